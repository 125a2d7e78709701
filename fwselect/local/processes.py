"""Children that end with their parent, and what an earlier parent may have left behind."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
SEES_PROCESSES = Path("/proc/self/stat").exists()
LIBC = ctypes.CDLL(None, use_errno=True)


class StartRefused(Exception):
    """The start can't go on; the message is the one line a person reads."""


def start_child(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    output: int | IO[bytes],
    stop_signal: signal.Signals = signal.SIGTERM,
    folder: Path | None = None,
    user: int | None = None,
    group: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own that receives `stop_signal` when this process dies, however it dies."""
    return subprocess.Popen(  # noqa: S603  our own commands, never a person's words
        list(command),
        env=dict(env),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        user=user,
        group=group,
        extra_groups=[] if user is not None else None,
        preexec_fn=_die_with(os.getpid(), stop_signal),
    )


def _die_with(parent: int, stop_signal: signal.Signals) -> Callable[[], None]:
    def in_the_child() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        if sys.platform == "linux":
            LIBC.prctl(PR_SET_PDEATHSIG, int(stop_signal))
        if os.getppid() != parent:
            os._exit(1)

    return in_the_child


def stop_group(process: subprocess.Popen[bytes], first: signal.Signals, patience: float) -> None:
    """Ask the child to stop, wait, then kill whatever of its group is still there."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(first)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    kill_group(process.pid)
    process.wait()


def kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def started_at(pid: int) -> str | None:
    """What the system says about the start of `pid`; pid and start together name one process for ever."""
    if SEES_PROCESSES:
        fields = _stat(pid)
        return None if fields is None or fields[0] == "Z" else fields[19]
    asked = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)  # noqa: S603, S607
    return asked.stdout.strip() or None


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def remember(var: Path, name: str, pid: int) -> None:
    record = var / "run" / f"{name}.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps({"pid": pid, "started": started_at(pid)}))


def recorded_pid(var: Path, name: str) -> int | None:
    """The pid of a process of this `var` that is alive now: postgres, valkey, pages, live, worker or beat."""
    record = _read_record(var / "run" / f"{name}.json")
    return record.pid if record and record.is_alive() else None


@dataclass(frozen=True)
class Record:
    pid: int
    started: str | None

    def is_alive(self) -> bool:
        return self.started is not None and started_at(self.pid) == self.started


def _read_record(path: Path) -> Record | None:
    try:
        return Record(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def end_leftovers(var: Path, stop_signals: Mapping[str, signal.Signals], patience: float = 10) -> None:
    """End what a killed parent left of `var`: recorded processes that still run, and orphans of their groups."""
    for path in sorted((var / "run").glob("*.json")):
        record = _read_record(path)
        if record and record.is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(record.pid, stop_signals.get(path.stem, signal.SIGTERM))
            wait_until(partial(_is_gone, record), patience)
        for orphan in _orphans(record.pid, var) if record else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(orphan, signal.SIGKILL)
        path.unlink(missing_ok=True)


def _is_gone(record: Record) -> bool:
    return not record.is_alive()


def children_of(parent: int) -> list[int]:
    """The pids of a process's children, where the system has a /proc."""
    pids = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if (fields := _stat(pid)) and int(fields[1]) == parent]


def processes_in(folder: Path) -> list[int]:
    """The pids of living processes that work in a folder, where the system has a /proc."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "cwd").readlink() == folder and started_at(int(entry.name)) is not None:
                found.append(int(entry.name))
    return found


def living_members(group: int) -> list[int]:
    """The pids of a process group that run, without the unreaped dead, where the system has a /proc."""
    pids = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if (fields := _stat(pid)) and fields[0] != "Z" and int(fields[2]) == group]


def _orphans(group: int, var: Path) -> Iterator[int]:
    """Members of a group whose leader is gone and that were started for `var`."""
    marker = b"FWSELECT_VAR=" + os.fsencode(var) + b"\0"
    for pid in living_members(group):
        with contextlib.suppress(OSError):
            if marker in Path(f"/proc/{pid}/environ").read_bytes():
                yield pid


def wait_until(condition: Callable[[], bool], patience: float, pause: float = 0.02) -> bool:
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
