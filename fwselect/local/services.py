"""The embedded services of one `var` folder: owned by one process at a time, used by any number of others."""

import contextlib
import errno
import fcntl
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from fwselect.local import addresses, commands, postgres
from fwselect.local.postgres import Postgres
from fwselect.local.processes import StartRefused, end_leftovers, remember
from fwselect.local.valkey import Valkey

Service = Postgres | Valkey
Process = subprocess.Popen[bytes]
FREE_BYTES_NEEDED = 150_000_000
LARGEST_LOG = 10_000_000
STOP_SIGNALS = {**commands.STOP_SIGNALS, "postgres": Postgres.stop_signal, "valkey": Valkey.stop_signal}


def needed_services(var: Path, durable: bool = True) -> list[Service]:
    """Those the environment gives no address for; none in production, where both are demanded."""
    if os.environ.get("FWSELECT_MODE") == "production":
        return []
    services: list[Service] = []
    if not os.environ.get("DATABASE_URL"):
        services.append(Postgres(var, durable))
    if not os.environ.get("REDIS_URL"):
        services.append(Valkey(var, durable))
    return services


@dataclass
class Running:
    """Started services and their processes; `fresh` when the database was created just now."""

    services: list[Service] = field(default_factory=list)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    fresh: bool = False

    def stop(self) -> None:
        for service in self.services:
            if service.name in self.processes:
                service.stop(self.processes.pop(service.name))
        for service in self.services:
            shutil.rmtree(addresses.sockets_folder(service.var), ignore_errors=True)


def start_services(var: Path, services: list[Service]) -> Running:
    """Start them and wait until they answer; the caller owns `var` (see `owning`)."""
    end_leftovers(var, STOP_SIGNALS)
    postgres.prepare_sockets(var)
    running = Running(services)
    try:
        for service in services:
            running.fresh |= service.initialise()
            running.processes[service.name] = service.start()
            remember(var, service.name, running.processes[service.name].pid)
        for service in services:
            service.wait_ready(running.processes[service.name])
    except BaseException:
        running.stop()
        raise
    return running


def prepare_var(var: Path) -> None:
    try:
        for folder in (var, var / "log", var / "run"):
            folder.mkdir(parents=True, exist_ok=True)
        for log in (var / "log").glob("*.log"):
            if log.stat().st_size > LARGEST_LOG:
                log.replace(log.with_suffix(".log.old"))
        free = shutil.disk_usage(var).free
    except OSError as refusal:
        raise StartRefused(f"{var} can't be written: {refusal.strerror}.") from refusal
    if free < FREE_BYTES_NEEDED:
        raise StartRefused(f"The disk of {var} is full: {free // 1_000_000} MB free, 150 MB needed.")


class Owned(Exception):
    """Another process owns the services of this folder."""

    def __init__(self, owner: dict[str, str]) -> None:
        super().__init__(f"{owner.get('command', 'another process')} (pid {owner.get('pid', 'unknown')})")
        self.owner = owner


@contextlib.contextmanager
def owning(var: Path) -> Iterator[None]:
    """Be the one process that starts and stops the services of `var`; the lock frees itself even on kill -9."""
    with _open_lock(var / "up.lock") as lock:
        if not _try_lock(lock, fcntl.LOCK_EX):
            raise Owned(_read_owner(lock))
        sockets = str(addresses.sockets_folder(var))
        owner = {"pid": str(os.getpid()), "command": shlex.join(sys.argv), "sockets": sockets}
        lock.seek(0)
        lock.truncate()
        lock.write(json.dumps(owner))
        lock.flush()
        os.environ["FWSELECT_SOCKETS"] = sockets
        yield


@contextlib.contextmanager
def ensure_services(var: Path, durable: bool = True) -> Iterator[Running]:
    """For the time of the block the needed services run: those another process owns, or our own, stopped at the end."""
    needed = needed_services(var, durable)
    if not needed:
        yield Running()
        return
    prepare_var(var)
    with contextlib.ExitStack() as stack:
        if _own_or_find(var, needed, stack):
            running = start_services(var, needed)
            stack.callback(_stop_when_unused, var, running)
            yield running
        else:
            yield Running()


def _own_or_find(var: Path, needed: list[Service], stack: contextlib.ExitStack) -> bool:
    """True when this process is now the owner; False when another's services answer and are held open for us."""
    deadline = time.monotonic() + postgres.READY_PATIENCE
    while True:
        try:
            stack.enter_context(owning(var))
            return True
        except Owned as owned:
            os.environ["FWSELECT_SOCKETS"] = owned.owner.get("sockets", "")
            if all(service.answers() for service in needed):
                users = stack.enter_context(_open_lock(var / "users.lock"))
                if _try_lock(users, fcntl.LOCK_SH):
                    return False
            if time.monotonic() > deadline:
                raise StartRefused(f"The services of {owned} do not answer; see {var / 'log'}.") from owned
            time.sleep(0.1)


def _stop_when_unused(var: Path, running: Running) -> None:
    with _open_lock(var / "users.lock") as users:
        if not _try_lock(users, fcntl.LOCK_EX):
            sys.stderr.write("fwselect: waiting for another command that uses the same database; Ctrl-C stops it now\n")
            with contextlib.suppress(KeyboardInterrupt):
                fcntl.flock(users, fcntl.LOCK_EX)
        running.stop()


def _open_lock(path: Path) -> IO[str]:
    return path.open("a+", encoding="utf-8")


def _try_lock(lock: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except OSError as refusal:
        if refusal.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise
    return True


def _read_owner(lock: IO[str]) -> dict[str, str]:
    lock.seek(0)
    try:
        return dict(json.loads(lock.read()))
    except ValueError:
        return {}
