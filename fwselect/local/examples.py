"""Loads the examples that may come while pages are open, then ends: `python -m fwselect.local.examples`."""

import os
import sys

POLITE = 5  # whoever opens the first pages comes first


def main() -> None:
    import django

    django.setup()
    from fwselect.local import preparing

    preparing.load_examples_once(preparing.LATER_EXAMPLES, _say)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.nice(POLITE)
    main()
