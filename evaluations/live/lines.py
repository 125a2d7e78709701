"""JSON log lines of the live process, one write each, in the shape of the pages' lines."""

import json
import os
import sys
from datetime import UTC, datetime


def write_line(event: str, *, level: str = "info", **more: object) -> None:
    line = {
        **more,
        "level": level,
        "logger": "fwselect.live",
        "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "event": event,
    }
    os.write(sys.stderr.fileno(), json.dumps(line).encode() + b"\n")
