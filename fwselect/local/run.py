"""Becomes one kind of process, for an image or a unit file: `python -m fwselect.local.run pages`."""

import os
import sys
from collections.abc import Mapping
from typing import Any

from fwselect.local import commands
from fwselect.ops import environment
from fwselect.ops.environment import WrongSetting

KINDS = ("pages", "live", "worker", "beat")


def command_of(kind: str, given: Mapping[str, Any]) -> list[str]:
    """The kind's command line under the settings given."""
    if kind == "pages":
        host, port = given["FWSELECT_HOST"], given["PORT"]
        return commands.pages(host, port, given["FWSELECT_PAGE_WORKERS"], given["FWSELECT_PAGE_THREADS"])
    if kind == "worker":
        return commands.worker(given["FWSELECT_WORKERS"])
    # No pid file for beat: in a container's next life the old one names a living stranger.
    return commands.live() if kind == "live" else commands.beat("")


def main(words: list[str]) -> int:
    if len(words) != 1 or words[0] not in KINDS:
        sys.stderr.write(f"fwselect: name one kind of process: {', '.join(KINDS)}\n")
        return 64
    kind = words[0]
    try:
        command = command_of(kind, environment.read())
    except WrongSetting as wrong:
        sys.stderr.write(f"fwselect: wrong setting: {wrong}\n")
        return 78
    quiet = commands.QUIET if kind == "beat" else {}
    os.execve(command[0], command, {**os.environ, **commands.CHILD_ENVIRONMENT, **quiet})  # noqa: S606  our own


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
