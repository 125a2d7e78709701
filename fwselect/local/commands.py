"""The command line of each kind of process, and how it is asked to stop."""

import signal
import sys
from collections.abc import Mapping

STOP_SIGNALS: Mapping[str, signal.Signals] = {
    "pages": signal.SIGTERM,
    "live": signal.SIGTERM,
    "worker": signal.SIGTERM,  # REMAP_SIGTERM makes it Celery's cold shutdown with its soft time
    "beat": signal.SIGTERM,
    "examples": signal.SIGTERM,
}
CHILD_ENVIRONMENT: Mapping[str, str] = {
    "REMAP_SIGTERM": "SIGQUIT",  # with a plain SIGTERM an unfinished task's message stayed unacknowledged
    "PYTHONUNBUFFERED": "1",
    "PYTHONWARNINGS": "ignore:You're running the worker with superuser:Warning",
    "DJANGO_SETTINGS_MODULE": "fwselect.settings",
}

QUIET: Mapping[str, str] = {"FWSELECT_LOG_LEVEL": "WARNING"}  # beat says every few seconds that it still beats


def pages(host: str, port: int, workers: int, threads: int) -> list[str]:
    options = ["--interface", "wsgi", "--host", host, "--port", str(port), "--no-ws", "--log-level", "error"]
    options += ["--workers", str(workers), "--blocking-threads", str(threads)]
    options += ["--respawn-failed-workers", "--workers-kill-timeout", "5"]
    return [sys.executable, "-m", "granian", *options, "fwselect.wsgi:application"]


def live() -> list[str]:
    return [sys.executable, "-m", "evaluations.live.stream"]


def worker(concurrency: int) -> list[str]:
    options = ["--pool", "prefork", "--concurrency", str(concurrency), "--without-heartbeat", "--without-mingle"]
    return [sys.executable, "-m", "celery", "-q", "-A", "fwselect", "worker", "--loglevel", "INFO", *options]


def examples() -> list[str]:
    return [sys.executable, "-m", "fwselect.local.examples"]


def beat(pid_file: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "celery",
        "-q",
        "-A",
        "fwselect",
        "beat",
        "--loglevel",
        "WARNING",
        "--pidfile",
        pid_file,
    ]
