"""Whether the database answers this process, how long a page may wait for it, and who may still try.

While PostgreSQL is frozen each waiting request would keep a thread until none is left, and then not even
`/health/live` could be answered. So every wait is known here: when there are waits and nothing was answered for
half a second, the database is *in doubt*; then one request at a time tries it, two more wait a moment for the
outcome, and all others are refused at once. An answer ends the doubt.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

SILENCE_SECONDS = 1.0
ROOM_IN_DOUBT = 2
DOUBT_SECONDS = 0.3
TURN_SECONDS = 10.0

ANSWERED = "answered"
CLOSED = "closed"
LOST = "lost"

_of_this_process: float | None = None
_is_page_process = False
_of_this_thread = threading.local()


def serve_pages(limit: float) -> None:
    """Say that this process answers pages, none of which may wait longer than `limit` seconds; 0 is no limit."""
    global _of_this_process, _is_page_process
    _of_this_process = limit or None
    _is_page_process = True


def is_page_process() -> bool:
    return _is_page_process


def seconds() -> float | None:
    """How long this thread may wait for its next answer; None without a limit."""
    return getattr(_of_this_thread, "limit", None) or _of_this_process


def begin_request() -> None:
    _of_this_thread.spent = False


def is_spent() -> bool:
    """Whether this thread's request already lost the database."""
    return getattr(_of_this_thread, "spent", False)


@contextmanager
def at_most(limit: float) -> Iterator[None]:
    """For the time of the block this thread waits at most `limit` seconds for each answer."""
    _of_this_thread.limit = limit
    try:
        yield
    finally:
        _of_this_thread.limit = None


@dataclass
class Wait:
    since: float
    outcome: str = ANSWERED


class Answers:
    """What is known of a server's answers to this process."""

    def __init__(self) -> None:
        self.waits: dict[int, Wait] = {}
        self.answered_at = time.monotonic()
        self.lost = False
        self.lost_count = 0
        self.refused_count = 0
        self.changed = threading.Condition()

    @contextmanager
    def wait(self) -> Iterator[Wait]:
        """Around each wait for the server; the block changes `outcome` when it was not answered."""
        me = threading.get_ident()
        waiting = Wait(time.monotonic())
        self.waits[me] = waiting
        try:
            yield waiting
        finally:
            self.waits.pop(me, None)
            if waiting.outcome == ANSWERED:
                self.heard()
            elif waiting.outcome == LOST:
                self.lost_count += 1
                self.lost = _is_page_process
                _of_this_thread.spent = _is_page_process

    def heard(self) -> None:
        was_lost = self.lost
        self.answered_at = time.monotonic()
        self.lost = False
        if was_lost:
            with self.changed:
                self.changed.notify_all()

    def in_doubt(self) -> bool:
        if self.lost:
            return True
        now = time.monotonic()
        if now - self.answered_at < SILENCE_SECONDS:
            return False
        return any(now - waiting.since >= SILENCE_SECONDS for waiting in tuple(self.waits.values()))


DATABASE = Answers()


class Gate:
    """Lets at most `places` page requests of this process use the database; in doubt one at a time.

    With T page threads it has T - 4 places, so that a probe, two who wait for its outcome and one more thread,
    which refuses or tells that the process is alive, are always left.
    """

    def __init__(self, threads: int, answers: Answers = DATABASE) -> None:
        self.places = max(1, threads - ROOM_IN_DOUBT - 2)
        self.answers = answers
        self.inside = 0
        self.waiting = 0
        self.probing = False

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Yields whether the request may go on."""
        with self.answers.changed:
            admitted, probe = self._enter()
        if not admitted:
            yield False
            return
        try:
            yield True
        finally:
            with self.answers.changed:
                self.inside -= 1
                self.probing = self.probing and not probe
                self.answers.changed.notify_all()

    def _enter(self) -> tuple[bool, bool]:
        """Whether the request is admitted, and whether as the probe; waits for a place or for the doubt's end."""
        arrived = time.monotonic()
        doubted_since: float | None = None
        while True:
            now = time.monotonic()
            if self.answers.in_doubt():
                doubted_since = doubted_since or now
                if not self.probing:
                    self.probing = True
                    self.inside += 1
                    return True, True
                if self.waiting >= ROOM_IN_DOUBT or now - doubted_since >= DOUBT_SECONDS:
                    return False, False
            else:
                doubted_since = None
                if self.inside < self.places:
                    self.inside += 1
                    return True, False
                if now - arrived >= TURN_SECONDS:
                    return False, False
            self.waiting += 1
            self.answers.changed.wait(0.1)
            self.waiting -= 1
