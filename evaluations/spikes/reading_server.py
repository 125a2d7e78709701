"""The process that has the readers imported and forks a limited child per file, kept from one file to the next.

It is started when a file is first to be read, with an empty environment and no descriptor but its socket, and it ends
with the process that started it. It holds no connection and no secret: a Python started anew for every small file took
ten times as long as reading it.
"""

import atexit
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from evaluations.spikes.readers.child import REQUEST, STATUS

SCRIPT = Path(__file__).resolve().parent / "readers" / "child.py"
PATIENCE_S = 15.0
"""For how long it may take to say how a child ended: it kills it first."""


class ServerGone(Exception):
    """The server has ended, or does not answer."""


class ReadingServer:
    """One server; it reads one file at a time, for the process that started it."""

    def __init__(self) -> None:
        self._owner = os.getpid()
        self._line, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-I", "-S", "-X", "utf8", str(SCRIPT), str(self._owner)]
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter, our own script
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                start_new_session=True,
            )
        self._line.settimeout(PATIENCE_S)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_mine(self) -> bool:
        """Whether this process started it: a fork of it has a copy of the socket, and no right to use it."""
        return self._owner == os.getpid()

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def read(self, file: int, answer: int, *, memory_mb: int, cpu_s: int, size: int) -> None:
        """Have a limited child read the descriptor `file` and write to `answer`. Raises ServerGone."""
        try:
            socket.send_fds(self._line, [REQUEST.pack(memory_mb, cpu_s, size)], [file, answer])
        except OSError as error:
            raise ServerGone from error

    def ended(self) -> int:
        """End the child, if it hasn't ended: its exit code, negative for a signal. Raises ServerGone."""
        try:
            self._line.sendall(b"\0")
            said = self._line.recv(STATUS.size)
        except OSError as error:
            raise ServerGone from error
        if len(said) < STATUS.size:
            raise ServerGone
        return int(STATUS.unpack(said)[0])

    def close(self) -> None:
        self._line.close()
        if self.is_mine:
            self._process.kill()
            self._process.wait()


_idle: list[ReadingServer] = []


@contextlib.contextmanager
def borrowed() -> Iterator[ReadingServer]:
    """A server nobody else uses meanwhile. Whatever is raised over it ends it: how far it was is not known then."""
    while _idle:
        server = _idle.pop()
        if server.is_mine and server.is_alive:
            break
        server.close()
    else:
        server = ReadingServer()
    try:
        yield server
    except BaseException:
        server.close()
        raise
    _idle.append(server)


def close_idle() -> None:
    while _idle:
        _idle.pop().close()


atexit.register(close_idle)
