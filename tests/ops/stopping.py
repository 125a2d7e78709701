"""A PostgreSQL of one test alone that can be frozen and stopped, real pages before it, and the drill itself."""

import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fwselect.local import addresses, commands, services
from fwselect.local.postgres import Postgres, prepare_sockets
from fwselect.local.processes import wait_until
from tests.real_processes import RealProcess, answers_with, free_port

THREADS = 8
PATIENCE_S = 60.0
MORE_THAN_THE_THREADS = 24
FIRST_GOOD_PAGE_S = 2.0  # after the return, on a machine with nothing else to do
BUSY_MACHINE = 5.0  # how many times longer the same may take where others keep the processors busy
BETWEEN_TWO_PAGES = 0.5  # enough to fill all threads at once without keeping the machine itself busy
STRANGER = {"Cookie": "sessionid=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}
ASKS_THE_DATABASE = "/accounts/login/"


class OwnPostgres:
    """Starts, freezes (every process of it), thaws, stops."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.server = Postgres(var, durable=False)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = self.server.start()
        self.server.wait_ready(self.process)

    def stop(self) -> None:
        if self.process is not None:
            self.thaw()
            self.server.stop(self.process)
            self.process = None

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)  # first: from then on it starts and buries no other
        for pid in self.children():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in [*self.children(), self.process.pid]:
            os.kill(pid, signal.SIGCONT)

    def children(self) -> list[int]:
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in text.split()]

    @property
    def url(self) -> str:
        return addresses.database_url(self.var)


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """A server of its own with the schema in it."""
    var = Path(tempfile.mkdtemp(prefix="fwselect-test-away-"))
    var.chmod(0o711)
    services.prepare_var(var)
    prepare_sockets(var)
    own = OwnPostgres(var)
    own.server.initialise()
    own.start()
    migrated = subprocess.run(
        [sys.executable, str(addresses.PROJECT / "manage.py"), "migrate", "-v0"],
        env=environment(own),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert migrated.returncode == 0, migrated.stderr
    yield own
    own.stop()
    shutil.rmtree(var, ignore_errors=True)
    shutil.rmtree(addresses.sockets_folder(var), ignore_errors=True)


def environment(postgres: OwnPostgres, **more: str) -> dict[str, str]:
    given = {"DATABASE_URL": postgres.url, "FWSELECT_PAGE_THREADS": str(THREADS)}
    return {**os.environ, **commands.CHILD_ENVIRONMENT, **given, **more}


@contextmanager
def pages_before(postgres: OwnPostgres, **more: str) -> Iterator[int]:
    """The port of real pages that have asked this server once."""
    port = free_port()
    running = RealProcess("pages", commands.pages("127.0.0.1", port, 1, THREADS), environment(postgres, **more))
    try:
        running.wait_for(lambda: answers_with(f"http://127.0.0.1:{port}/health/live") == 200)
        assert ask(port, ASKS_THE_DATABASE, PATIENCE_S, **STRANGER).status == 200
        yield port
    finally:
        running.stop()


@dataclass(frozen=True)
class Answer:
    asked_at: float
    seconds: float
    status: int
    retry_after: str
    request_id: str

    @property
    def ended_at(self) -> float:
        return self.asked_at + self.seconds


def ask(port: int, path: str, patience: float, **headers: str) -> Answer:
    """One request on a connection of its own; status 0 where no answer came within the patience."""
    asked_at = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        status, retry_after = answer.status, answer.getheader("Retry-After", "")
        request_id = answer.getheader("X-Request-ID", "")
    except (OSError, http.client.HTTPException):
        status, retry_after, request_id = 0, "", ""
    finally:
        connection.close()
    return Answer(asked_at, time.monotonic() - asked_at, status, retry_after, request_id)


@dataclass
class Drill:
    """What people and the load balancer saw while the database was away."""

    pages: list[Answer] = field(default_factory=list)
    lives: list[Answer] = field(default_factory=list)
    went_at: float = 0.0
    returns_at: float = 0.0
    returned_at: float = 0.0

    def broken_promises(self, *, slowness: float = BUSY_MACHINE) -> list[str]:
        broken = []
        if bad := [live for live in self.lives if live.status != 200]:
            broken.append(f"/health/live was not 200 in {len(bad)} of {len(self.lives)} answers")
        if held := self.held_lives():
            broken.append(f"/health/live had to wait for the database in {len(held)} of {len(self.lives)} answers")
        if strange := {page.status for page in self.pages} - {200, 503}:
            broken.append(f"pages answered {sorted(strange)}")
        refused = [page for page in self.pages if page.status == 503]
        if not refused:
            broken.append("no page was refused")
        if untyped := [page for page in refused if not page.retry_after or not page.request_id]:
            broken.append(f"{len(untyped)} refusals without Retry-After or request id")
        if self.seconds_to_first_good_page() > FIRST_GOOD_PAGE_S * slowness:
            broken.append(f"the first good page came {self.seconds_to_first_good_page():.1f} s after the return")
        return broken

    def held_lives(self) -> list[Answer]:
        """Asked in the first half of the time away and answered only after the return, whatever the machine's speed."""
        half = (self.went_at + self.returns_at) / 2
        return [live for live in self.lives if live.asked_at <= half and live.ended_at >= self.returns_at]

    def has_a_good_page(self) -> bool:
        return any(page.status == 200 and page.ended_at >= self.returned_at for page in list(self.pages))

    def seconds_to_first_good_page(self) -> float:
        good = [page.ended_at for page in self.pages if page.status == 200]
        after = [at - self.returned_at for at in good if at >= self.returned_at]
        return min(after, default=float("inf"))

    def told(self) -> str:
        slowest = max(live.seconds for live in self.lives)
        counts = {status: sum(page.status == status for page in self.pages) for status in (200, 503, 0)}
        return (
            f"{len(self.lives)} x /health/live, slowest {slowest:.2f} s; pages {counts}; "
            f"first good page {self.seconds_to_first_good_page():.2f} s after the return"
        )


def drill(port: int, *, away: Callable[[], None], back: Callable[[], None], seconds: float) -> Drill:
    """Ask for more pages at a time than there are threads, take the database away, bring it back, keep asking."""
    seen = Drill()
    over = threading.Event()

    def keep_asking(path: str, answers: list[Answer], pause: float, patience: float, headers: dict[str, str]) -> None:
        while not over.is_set():
            answers.append(ask(port, path, patience, **headers))
            over.wait(pause)

    asking = [
        threading.Thread(
            target=keep_asking, args=(ASKS_THE_DATABASE, seen.pages, BETWEEN_TWO_PAGES, PATIENCE_S, STRANGER)
        )
        for _ in range(MORE_THAN_THE_THREADS)
    ]
    asking.append(threading.Thread(target=keep_asking, args=("/health/live", seen.lives, 0.1, PATIENCE_S, {})))
    for thread in asking:
        thread.start()
    try:
        time.sleep(1)
        away()
        seen.went_at = time.monotonic()
        time.sleep(seconds)
    finally:
        seen.returns_at = time.monotonic()
        back()
        seen.returned_at = time.monotonic()
        wait_until(seen.has_a_good_page, PATIENCE_S)
        over.set()
        for thread in asking:
            thread.join()
    return seen
