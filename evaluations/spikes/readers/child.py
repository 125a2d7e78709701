"""The limited child: reads one file from standard input and answers in JSON lines.

Started as `python -I -S child.py MEMORY_MB CPU_SECONDS SIZE PARENT_PID` by `evaluations.spikes.limited`. Everything is
imported before the limits fall; afterwards no descriptor can be opened, hence no file and no network.
"""

import codecs
import ctypes
import importlib
import json
import os
import resource
import signal
import sys
import time

OUT_OF_MEMORY = 3
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


def main() -> int:
    memory_mb, cpu_s, size, parent = (int(text) for text in sys.argv[1:5])
    sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))))
    from evaluations.spikes.readers import Rejected, read

    if os.pread(0, 2, 0) == b"PK":
        importlib.import_module("evaluations.spikes.readers.archives")
    for name in _ENCODINGS:
        codecs.lookup(name)
    _die_with(parent)
    _keep_freed_memory()
    _limit(memory_mb, cpu_s)
    try:
        reading = read(sys.stdin.buffer, size=size or None, on_progress=_Reporter())
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
    sys.stdout.flush()
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
    """Leave no orphan, and leave the network, where the system allows it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)
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
    sys.exit(main())
