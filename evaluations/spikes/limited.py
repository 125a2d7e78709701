"""Reads a result file in a child process that can hurt nobody, and explains how it ended.

The child is forked from a server that has the readers imported. It has limits on memory, processor time, written bytes
and open files, no environment and, where the system allows it, no network; it gets the file on standard input. Its wall
time and the size of its answer are bounded here.
"""

import contextlib
import json
import os
import selectors
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal

from evaluations.spikes.readers.child import OUT_OF_MEMORY
from evaluations.spikes.reading_server import ReadingServer, ServerGone, borrowed

MEMORY_MB = 512
CPU_BASE_S = 8
CPU_MB_PER_S = 8
CPU_MOST_S = 180
WALL_BASE_S = 20
ALIVE_EVERY_S = 1.0
ANSWER_LIMIT = 64 << 20

Progress = Callable[[int, int], None]

_ARCHIVES = (b"PK", b"\x1f\x8b")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How reading ended: accepted with runs, rejected with a sentence (line and column where known), or crashed.

    `crashed` means that the reader, not the file, gave up: `reason` says why, and `message` says it to a person.
    The keys of `runs` are those of `readers.measurements.Run.to_json`; latencies are milliseconds.
    """

    outcome: Literal["accepted", "rejected", "crashed"]
    format: str | None = None
    tool: str | None = None
    runs: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    message: str | None = None
    line: int | None = None
    column: int | None = None
    reason: str | None = None

    def to_json(self, name: str) -> dict[str, object]:
        """The object that `manage.py read_results --json` prints; a crash is a rejection to whoever sent the file."""
        accepted = self.outcome == "accepted"
        error = None if accepted else {"message": self.message, "line": self.line, "column": self.column}
        return {
            "file": name,
            "outcome": "accepted" if accepted else "rejected",
            "format": self.format,
            "tool": self.tool,
            "error": error,
            "warnings": self.warnings,
            "runs": self.runs,
        }


def read_file(source: str | os.PathLike[str] | BinaryIO, on_progress: Progress | None = None) -> Outcome:
    """Read one result file in a limited child.

    `source` is a path or an open binary file (its position is not kept). `on_progress(done, size)` is called with bytes
    a few times a second, and once a second while the child computes; what it raises ends the child and goes on to the
    caller. Never raises for what is in the file; `OSError` when it cannot be opened.
    """
    with _descriptor(source) as descriptor:
        size = os.fstat(descriptor).st_size
        is_archive = os.pread(descriptor, 2, 0) in _ARCHIVES
        cpu_s = CPU_MOST_S // 3 if is_archive else min(CPU_MOST_S, CPU_BASE_S + size // (CPU_MB_PER_S << 20))
        return _Child(size, cpu_s, on_progress).outcome(descriptor)


@contextlib.contextmanager
def _descriptor(source: str | os.PathLike[str] | BinaryIO) -> Iterator[int]:
    """A descriptor of a real file at its start; what lies in memory or elsewhere is spooled to a temporary one."""
    if isinstance(source, str | os.PathLike):
        with open(source, "rb", buffering=0) as opened:
            yield opened.fileno()
        return
    descriptor = _seekable_descriptor(source)
    if descriptor is not None:
        yield descriptor
        return
    with tempfile.TemporaryFile() as spooled:
        source.seek(0)
        shutil.copyfileobj(source, spooled)
        spooled.flush()
        spooled.seek(0)
        yield spooled.fileno()


def _seekable_descriptor(source: BinaryIO) -> int | None:
    """The file's own descriptor, wound back to its start, where it has one."""
    try:
        descriptor = source.fileno()
        os.lseek(descriptor, 0, os.SEEK_SET)
    except (OSError, AttributeError, ValueError):
        return None
    return descriptor


class _Child:
    """One reading: what the child says until it ends, and how it ended."""

    def __init__(self, size: int, cpu_s: int, on_progress: Progress | None) -> None:
        self._size = size
        self._cpu_s = cpu_s
        self._wall_s = WALL_BASE_S + 3 * cpu_s
        self._on_progress = on_progress
        self._done = 0
        self._answer: dict[str, Any] | None = None
        self._stopped: str | None = None

    def outcome(self, descriptor: int) -> Outcome:
        try:
            return self._explain(self._read_by_server(descriptor))
        except ServerGone:
            return self._explain(None)

    def _read_by_server(self, descriptor: int) -> int:
        """The child's exit code. Whatever is raised meanwhile, the child is ended."""
        with borrowed() as server, _answer_of(self._begun(server, descriptor)) as answer:
            try:
                self._listen(answer)
            finally:
                code = server.ended()
        return code

    def _begun(self, server: ReadingServer, descriptor: int) -> int:
        """Where the child's answer can be read from."""
        answer, theirs = os.pipe()
        try:
            server.read(descriptor, theirs, memory_mb=MEMORY_MB, cpu_s=self._cpu_s, size=self._size)
        except ServerGone:
            os.close(answer)
            raise
        finally:
            os.close(theirs)
        return answer

    def _listen(self, answer: int) -> None:
        """Take the child's lines until it closes its output, or until it says too much or lasts too long."""
        deadline = time.monotonic() + self._wall_s
        received, held = 0, b""
        with selectors.DefaultSelector() as selector:
            selector.register(answer, selectors.EVENT_READ)
            while self._stopped is None:
                left = deadline - time.monotonic()
                if left <= 0:
                    self._stopped = f"Reading took longer than {self._wall_s} s and was stopped"
                    return
                if not selector.select(timeout=min(ALIVE_EVERY_S, left)):
                    self._progress(self._done)
                    continue
                chunk = os.read(answer, 1 << 16)
                received += len(chunk)
                if received > ANSWER_LIMIT:
                    self._stopped = "The file holds more distinct names than can be kept"
                    return
                held += chunk
                *lines, held = held.split(b"\n") if b"\n" in chunk else [held]
                for line in lines:
                    self._hear(line)
                if not chunk:
                    return

    def _hear(self, line: bytes) -> None:
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            self._stopped = "The reader answered something unreadable"
        elif "progress" in said:
            self._progress(said["progress"])
        else:
            self._answer = said

    def _progress(self, done: int) -> None:
        self._done = done
        if self._on_progress is not None:
            self._on_progress(done, self._size)

    def _explain(self, code: int | None) -> Outcome:
        if self._stopped is not None:
            return Outcome("crashed", message=self._stopped, reason="stopped")
        if self._answer is not None and "accepted" in self._answer:
            return Outcome("accepted", **self._answer["accepted"])
        if self._answer is not None and "rejected" in self._answer:
            return Outcome("rejected", **self._answer["rejected"])
        if self._answer is not None and "crashed" in self._answer:
            reason = str(self._answer["crashed"])
            return Outcome(
                "crashed", message=f"The reader came upon something it does not understand ({reason})", reason=reason
            )
        return Outcome("crashed", message=self._epitaph(code), reason=f"exit code {code}")

    def _epitaph(self, code: int | None) -> str:
        if code == OUT_OF_MEMORY:
            return f"Reading this file needs more than {MEMORY_MB} MB of memory, the limit"
        if code in (-signal.SIGXCPU, -signal.SIGKILL):
            return f"Reading this file needs more than {self._cpu_s} s of processor time, the limit"
        if code in (-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT):
            return f"The content brought the reader down (signal {-code}); nothing of it was kept"
        if code is None:
            return "The process that reads files ended in the middle of this one"
        return f"The reader ended without an answer (exit code {code})"


@contextlib.contextmanager
def _answer_of(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)
