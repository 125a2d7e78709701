"""Real pages, live, worker and beat processes against the test database, for tests marked `transaction=True`."""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fwselect.local import addresses, commands
from fwselect.local.processes import start_child, stop_group, wait_until

READY_PATIENCE = 120  # on a machine with much else to do; what does not start at all mostly ends at once
FIRST_PORT, LAST_PORT = 20_000, 32_000  # below those that the system gives to whoever connects
HELD: list[socket.socket] = []


def free_port(host: str = "127.0.0.1") -> int:
    """A port that stays this test session's: bound, so that nobody else gets it, for whoever may share it to listen on.

    Even ones only: `up` takes the next one for live.
    """
    while True:
        holder = socket.socket()
        port = FIRST_PORT + 2 * secrets.randbelow((LAST_PORT - FIRST_PORT) // 2)
        try:
            holder.bind((host, port))
        except OSError:
            holder.close()
            continue
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # only now: it had to be nobody's
        HELD.append(holder)
        return port


def listens(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex((host, port)) == 0


def answers_with(url: str) -> int:
    """The status an address answers with; 0 where nothing answers."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code
    except OSError:
        return 0


class RealProcess:
    """A child with its output in a file, so that a failed test can show what the process said."""

    def __init__(self, name: str, command: list[str], env: dict[str, str]) -> None:
        self.name = name
        self.said = Path(tempfile.mkstemp(prefix=f"fwselect-{name}-", suffix=".log")[1])
        with self.said.open("ab") as output:
            self.process: subprocess.Popen[bytes] = start_child(command, env=env, output=output.fileno())

    def wait_for(self, ready: Callable[[], bool]) -> None:
        if (
            not wait_until(lambda: self.process.poll() is not None or ready(), READY_PATIENCE)
            or self.process.poll() is not None
        ):
            pytest.fail(f"{self.name} did not start:\n{self.said.read_text()[-4000:]}")

    def stop(self) -> None:
        stop_group(self.process, commands.STOP_SIGNALS[self.name], 8)
        self.said.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def process_environment(django_db_setup: None, pages_port: int, live_port: int) -> dict[str, str]:
    """What a child needs to share this test session's database, broker, uploads and secrets."""
    from django.conf import settings

    database = settings.DATABASES["default"]["NAME"]
    return {
        **os.environ,
        "DATABASE_URL": addresses.database_url(addresses.var_folder(), str(database)),
        "FWSELECT_HOST": "127.0.0.1",
        "FWSELECT_LIVE_SECRET": settings.FWSELECT_LIVE_SECRET,
        "FWSELECT_LIVE_PORT": str(live_port),
        "PORT": str(pages_port),
        "SECRET_KEY": settings.SECRET_KEY,
        **commands.CHILD_ENVIRONMENT,
    }


@pytest.fixture(scope="session")
def pages_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def live_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def running_pages(process_environment: dict[str, str], pages_port: int) -> Iterator[RealProcess]:
    pages = RealProcess("pages", commands.pages("127.0.0.1", pages_port, 1, 8), process_environment)
    pages.wait_for(lambda: answers_with(f"http://127.0.0.1:{pages_port}/health/live") == 200)
    yield pages
    pages.stop()


@pytest.fixture
def pages_server(transactional_db: None, running_pages: RealProcess, pages_port: int) -> str:
    """The address of real pages under granian that see what the test commits."""
    return f"http://127.0.0.1:{pages_port}"


def worker_answers() -> bool:
    """Whether a worker hears what is said to all; it is told to be ready before it listens, and is asked again."""
    from fwselect.celery import app

    found: list[object] = []

    def is_heard() -> bool:
        found[:] = [answer for one in app.control.ping(timeout=3, limit=1) for answer in one.values()]
        return bool(found)

    return wait_until(is_heard, READY_PATIENCE) and found == [{"ok": "pong"}]


@pytest.fixture
def worker_process(transactional_db: None, process_environment: dict[str, str]) -> Iterator[RealProcess]:
    """A real Celery worker of the test's database and broker, a new one for each test, ready to receive."""
    worker = RealProcess("worker", commands.worker(concurrency=2), process_environment)
    worker.wait_for(lambda: b" ready." in worker.said.read_bytes())
    yield worker
    worker.stop()


@pytest.fixture
def live_process(process_environment: dict[str, str], live_port: int) -> Iterator[str]:
    """The address of a real live process, a new one for each test."""
    live = RealProcess("live", commands.live(), process_environment)
    live.wait_for(lambda: listens(live_port))
    yield f"http://127.0.0.1:{live_port}"
    live.stop()


@pytest.fixture
def manage(process_environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `manage.py` as an operator does, against the test's database."""

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(addresses.PROJECT / "manage.py"), *words]
        env = {**process_environment, **more}
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)

    return run
