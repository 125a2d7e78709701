"""What the page process takes to start, beside the least that Django takes: processor time of whole processes."""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile

from benchmarks.rows import Row, run_alone

ROUNDS = 7
LEAST = "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'fwselect.settings'; import django; django.setup()"
PAGES = "import fwselect.wsgi"


def measure(options: argparse.Namespace) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="fwselect-bench-") as var:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("FWSELECT_")}
        environment |= {"FWSELECT_VAR": var}
        for code in (PAGES, LEAST):
            _started(code, environment)
        pairs = [(_started(PAGES, environment), _started(LEAST, environment)) for _ in range(ROUNDS)]
    ours, least = (statistics.median(pair[k] for pair in pairs) for k in (0, 1))
    return [Row("page process ready", ours, "ms", "django.setup()", least, 1.3)]


def _started(code: str, environment: dict[str, str]) -> float:
    """Milliseconds of processor time of one process, from its start to its end."""
    process = subprocess.Popen([sys.executable, "-c", code], env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{code!r} ended with {process.returncode}")
    return (used.ru_utime + used.ru_stime) * 1000


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
