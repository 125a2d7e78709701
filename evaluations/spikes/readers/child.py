"""The reading server and its limited children: each file is read by a process of its own, which answers in JSON lines.

Started as `python -I -S child.py PARENT_PID` by `evaluations.spikes.reading_server`, with an empty environment and a
socket on standard input. The server imports the readers once. For each file it is sent the descriptors of file and
answer and forks; the fork takes its limits before it looks at the file, and can open no descriptor from then on, hence
no file and no network. The server never looks at a file itself.
"""

import codecs
import contextlib
import ctypes
import gc
import importlib
import io
import json
import os
import resource
import signal
import socket
import struct
import sys
import time
from typing import NoReturn

OUT_OF_MEMORY = 3
REQUEST = struct.Struct("!qqq")
"""Megabytes of memory, seconds of processor time, bytes of the file; its descriptor and the answer's come along."""
STATUS = struct.Struct("!i")
"""How the child ended, as `subprocess` says it: negative is the signal that ended it."""

_DESCRIPTORS = 16
_ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "ascii",
    "latin-1",
    "cp437",
    "cp1252",
    "iso8859-15",
)
_PR_SET_PDEATHSIG = 1
_CLONE_NEWNET = 0x40000000
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
_REPORT_EVERY_S = 0.2


def serve() -> None:
    """Fork a limited child for every request, one after the other, until whoever asks is gone."""
    _die_with(int(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_DESCRIPTORS, _DESCRIPTORS))
    with socket.socket(fileno=os.dup(0)) as line:
        _import_all()
        gc.freeze()  # a collection in a child would copy every page of what is shared
        while True:
            asked, descriptors, _, _ = socket.recv_fds(line, REQUEST.size, 2)
            if len(asked) < REQUEST.size or len(descriptors) < 2:
                return
            server, child = os.getpid(), os.fork()
            if not child:
                _be_child(server, *descriptors, *REQUEST.unpack(asked))
            for descriptor in descriptors:
                os.close(descriptor)
            line.recv(1)  # said when the answer has ended or nobody waits for it any more, or said by going away
            line.sendall(STATUS.pack(_ended(child)))


def _import_all() -> None:
    sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))))
    importlib.import_module("evaluations.spikes.readers.archives")
    for name in _ENCODINGS:
        codecs.lookup(name)


def _ended(child: int) -> int:
    """End the child and what it may have started, if it has not ended; nobody else has its number until it is waited
    for."""
    for kill in (os.killpg, os.kill):  # a child that was just forked leads no group yet
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _be_child(server: int, file: int, answer: int, memory_mb: int, cpu_s: int, size: int) -> NoReturn:
    code = 1
    try:
        os.setsid()
        os.dup2(file, 0)
        os.dup2(answer, 1)
        os.closerange(3, _DESCRIPTORS)
        _die_with(server)
        _leave_the_network()
        _keep_freed_memory()
        _limit(memory_mb, cpu_s)
        code = work(size)
        sys.stdout.flush()
    finally:
        os._exit(code)


def work(size: int) -> int:
    """Read the file on standard input, say what it holds, and return the exit code."""
    from evaluations.spikes.readers import Rejected, read

    try:
        stream = io.BufferedReader(io.FileIO(0, closefd=False))
        reading = read(stream, size=size or None, on_progress=_Reporter())
        answer: dict[str, object] = {"accepted": reading.to_json()}
        text = json.dumps(answer, allow_nan=False)
    except Rejected as error:
        text = json.dumps({"rejected": {"message": error.message, "line": error.line, "column": error.column}})
    except MemoryError:
        return OUT_OF_MEMORY
    except (
        Exception
    ) as error:  # the last line of defence: a mistake of ours must name itself, and costs this child only
        text = json.dumps({"crashed": f"{type(error).__name__} at {_place(error)}"})
    sys.stdout.write(text + "\n")
    return 0


class _Reporter:
    """Tells the parent how many bytes are read, at most five times a second."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _REPORT_EVERY_S
            sys.stdout.write(f'{{"progress": {done}}}\n')
            sys.stdout.flush()


def _die_with(parent: int) -> None:
    """Leave no orphan, where the system allows it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def _leave_the_network() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "unshare"):
        libc.unshare(_CLONE_NEWNET)


def _keep_freed_memory() -> None:
    """Blocks of a file follow each other; giving memory back in between costs more than a tenth of the time."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        for option, size in ((_M_MMAP_THRESHOLD, 4 << 20), (_M_TRIM_THRESHOLD, 16 << 20), (_M_TOP_PAD, 1 << 20)):
            libc.mallopt(option, size)


def _limit(memory_mb: int, cpu_s: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"


if __name__ == "__main__":
    serve()
