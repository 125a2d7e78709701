#!/usr/bin/env python
"""Django's commands; one that needs the database finds the embedded services running, or runs them for its own time."""

import contextlib
import os
import sys

from fwselect.local.addresses import var_folder
from fwselect.local.processes import StartRefused
from fwselect.local.services import ensure_services, prepare_var

NEED_NO_SERVICES = {
    "",
    "calculate",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "read_results",
    "settings_table",
    "startapp",
    "test",
    "testserver",
    "up",
    "verify_record",
    "version",
}
BUILD_THE_SCHEMA = {
    "flush",
    "makemigrations",
    "migrate",
    "optimizemigration",
    "restore",
    "showmigrations",
    "squashmigrations",
}


def needs_services(words: list[str]) -> bool:
    command = next((word for word in words if not word.startswith("-")), "")
    if {"--help", "-h", "--version"} & set(words):
        return False
    if command == "check":
        return any(word.startswith("--database") for word in words)
    return command not in NEED_NO_SERVICES


def main(words: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fwselect.settings")
    from django.core.management import call_command, execute_from_command_line

    if words[:1] == ["up"]:
        prepare_var(var_folder())
    with contextlib.ExitStack() as stack:
        if needs_services(words):
            running = stack.enter_context(ensure_services(var_folder()))
            if running.fresh and words[0] not in BUILD_THE_SCHEMA:
                import django

                django.setup()
                call_command("migrate", verbosity=0)
        execute_from_command_line([sys.argv[0], *words])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except StartRefused as refusal:
        sys.exit(f"fwselect: {refusal}")
    except KeyboardInterrupt:
        sys.exit(130)
