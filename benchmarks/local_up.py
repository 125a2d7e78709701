"""`manage.py up` on a `var/` that exists: seconds from its start until it answers its first page."""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.rows import Row, run_alone

ROUNDS, LIMIT_S, PATIENCE_S = 3, 5.0, 120.0
ROOT = Path(__file__).resolve().parent.parent


def measure(options: argparse.Namespace) -> list[Row]:
    from tests.real_processes import free_port

    ours = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FWSELECT_SOCKETS", "FWSELECT_LIVE_PORT"}
    with tempfile.TemporaryDirectory(prefix="fwselect-bench-", ignore_cleanup_errors=True) as var:
        Path(var).chmod(0o711)
        environment = {key: value for key, value in os.environ.items() if key not in ours}
        environment |= {"FWSELECT_VAR": var, "FWSELECT_EXAMPLES": "false", "PORT": str(free_port())}
        first = _started(environment)
        again = statistics.median(_started(environment) for _ in range(ROUNDS))
    return [
        Row("up, an empty var", first, "s", "", None, None, "figure", "with a new database"),
        Row("up, an existing var", again, "s", "", None, LIMIT_S, "figure"),
    ]


def _started(environment: dict[str, str]) -> float:
    """Seconds until the page for signing in is answered; everything has ended when this returns."""
    from tests.real_processes import answers_with

    begun = time.monotonic()
    up = subprocess.Popen(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while answers_with(f"http://127.0.0.1:{environment['PORT']}/accounts/login/") != 200:
            if up.poll() is not None or time.monotonic() - begun > PATIENCE_S:
                raise RuntimeError("`manage.py up` answered no page")
            time.sleep(0.02)
        return time.monotonic() - begun
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(PATIENCE_S)


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
