"""`manage.py up` as people meet it: started, killed, refused and stopped for real."""

import inspect
import json
import os
import pwd
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from fwselect.local import addresses, network
from fwselect.local.postgres import Postgres
from fwselect.local.processes import children_of, living_members, recorded_pid, started_at, wait_until
from fwselect.local.supervisor import STOP_PATIENCE
from tests.real_processes import answers_with, free_port

MANAGE = [sys.executable, str(addresses.PROJECT / "manage.py")]
KINDS = ("postgres", "valkey", "pages", "live", "worker", "beat")
START_PATIENCE = 300
EXAMPLES_PATIENCE = 300
WAITING = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
PROMISED_END_S = 10
PATIENCE = 60
LONGEST_END_S = 30
"""On a busy machine; what hangs would not end at all. That its own patience keeps the promise is shown by itself."""


def clean_environment(var: Path, **given: str) -> dict[str, str]:
    ours = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FWSELECT_SOCKETS", "FWSELECT_LIVE_PORT", "XDG_RUNTIME_DIR"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "FWSELECT_VAR": str(var), "FWSELECT_EXAMPLES": "false", **given}


class Instance:
    def __init__(self, var: Path, before: list[str] | None = None, **given: str) -> None:
        self.var = var
        self.port = int(given.get("PORT") or free_port())
        self.said = Path(tempfile.mkstemp(prefix="fwselect-up-", suffix=".log")[1])
        env = clean_environment(var, **{**given, "PORT": str(self.port)})
        with self.said.open("ab") as output:
            self.process = subprocess.Popen(
                [*(before or []), *MANAGE, "up"], env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    @property
    def words(self) -> str:
        return self.said.read_text(errors="replace")

    def wait_ready(self) -> "Instance":
        wait_until(lambda: self.process.poll() is not None or "ready after" in self.words, START_PATIENCE, 0.1)
        if "ready after" not in self.words:
            pytest.fail(f"`up` did not get ready:\n{self.words[-4000:]}")
        wait_until(lambda: all(self.pids().values()), PATIENCE)
        return self

    def status(self, path: str) -> int:
        return answers_with(f"http://127.0.0.1:{self.port}{path}")

    def pids(self) -> dict[str, int | None]:
        return {kind: recorded_pid(self.var, kind) for kind in KINDS}

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(addresses.database_url(self.var), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def end(self, number: signal.Signals = signal.SIGTERM) -> float:
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(PATIENCE)
        return time.monotonic() - began

    def forget(self) -> None:
        if self.process.poll() is None:
            self.end()
        self.said.unlink()


Start = Callable[..., Instance]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    for name in ("XDG_RUNTIME_DIR", "FWSELECT_SOCKETS"):
        monkeypatch.delenv(name, raising=False)
    instances: list[Instance] = []

    def begin(var: Path, before: list[str] | None = None, **given: str) -> Instance:
        instances.append(Instance(var, before, **given))
        return instances[-1]

    yield begin
    for instance in instances:
        instance.forget()


@pytest.fixture
def var() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fwselect-up-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "var"


@pytest.fixture(scope="module")
def a_command() -> Iterator[tuple[Path, subprocess.CompletedProcess[str]]]:
    """A command on an empty folder, and the folder as it left it."""
    with tempfile.TemporaryDirectory(prefix="fwselect-up-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        var = Path(folder) / "var"
        code = "from evaluations.models import Team; print('teams:', Team.objects.count())"
        yield var, manage(var, "shell", "-c", code)


@pytest.fixture
def made(a_command: tuple[Path, subprocess.CompletedProcess[str]], var: Path) -> Path:
    """A folder whose database exists, for tests of what comes after its making."""
    return copied(a_command[0], var)


def copied(source: Path, var: Path) -> Path:
    """Where the data live elsewhere, a copy would share them: there the folder stays empty."""
    if not (source / "postgres").is_symlink():
        subprocess.run(["cp", "-a", str(source), str(var)], check=True)
    return var


def refused(var: Path, **given: str) -> subprocess.CompletedProcess[str]:
    env = clean_environment(var, **{"PORT": str(free_port()), **given})
    return subprocess.run([*MANAGE, "up"], env=env, capture_output=True, text=True, timeout=300, check=False)


def one_line(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    assert len(lines) == 1, said
    return lines[0]


def ends_all_it_started(up: Instance, number: signal.Signals) -> None:
    groups = [pid for pid in up.pids().values() if pid]

    seconds = up.end(number)

    assert len(groups) == len(KINDS)
    assert up.process.returncode == 0
    assert seconds < LONGEST_END_S
    assert not [kind for kind, pid in up.pids().items() if pid]
    assert wait_until(lambda: not [group for group in groups if living_members(group)], PATIENCE), (
        "something outlived it"
    )


def test_it_runs_under_a_long_path_with_spaces_and_ends_all_it_started(var: Path, start: Start) -> None:
    var = var / ("a long name with spaces " + "x" * 100) / "var"
    up = start(var).wait_ready()
    statuses = [up.status("/health/live"), up.status("/health/ready")]

    ends_all_it_started(up, signal.SIGTERM)

    assert statuses == [200, 200]


def test_after_kill_9_of_everything_the_next_start_has_lost_nothing_and_loads_what_was_not_complete(
    made: Path, start: Start
) -> None:
    held = made / "hold" / "examples"
    held.parent.mkdir(exist_ok=True)
    held.touch()
    first = start(made, FWSELECT_EXAMPLES="true").wait_ready()
    first.sql("CREATE TABLE kept (word text)")
    first.sql("INSERT INTO kept VALUES ('yes')")
    at_first = first.sql("SELECT example, state FROM evaluations_evaluation")
    blocking = psycopg.connect(addresses.database_url(made))
    blocking.execute("LOCK TABLE evaluations_evaluation IN EXCLUSIVE MODE")
    held.unlink()
    in_the_middle = wait_until(lambda: bool(first.sql(WAITING)), PATIENCE, 0.1)

    first.process.kill()
    for kind in (*KINDS, "examples"):
        if pid := recorded_pid(made, kind):
            os.killpg(pid, signal.SIGKILL)
    first.process.wait()
    blocking.close()
    second = start(made, FWSELECT_EXAMPLES="true", PORT=str(first.port)).wait_ready()
    kept = second.sql("SELECT word FROM kept")
    wait_until(lambda: len(second.sql("SELECT what FROM fwselect_done_once")) == 3, EXAMPLES_PATIENCE, 0.1)
    status, seen = second.status("/health/ready"), second.sql("SELECT example, state FROM evaluations_evaluation")
    seconds = second.end()

    assert at_first == [("logistics-open", "open")]
    assert in_the_middle, first.words[-4000:]
    assert "2 more example evaluations follow" in first.words
    assert kept == [("yes",)]
    assert status == 200
    assert sorted(seen) == [("logistics", "decided"), ("logistics-open", "open")], second.words[-4000:]
    assert seconds < LONGEST_END_S


def test_when_only_the_supervisor_is_killed_nothing_outlives_it(made: Path, start: Start) -> None:
    up = start(made).wait_ready()
    groups = [pid for pid in up.pids().values() if pid]

    up.process.kill()
    up.process.wait()

    assert wait_until(lambda: not any(up.pids().values()), PATIENCE)
    assert wait_until(lambda: not [group for group in groups if living_members(group)], PATIENCE)
    assert start(made, PORT=str(up.port)).wait_ready().status("/health/ready") == 200


@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_process_is_started_again(running: Instance, kind: str) -> None:
    before = recorded_pid(running.var, kind)
    assert before

    os.kill(before, signal.SIGKILL)

    assert wait_until(lambda: recorded_pid(running.var, kind) not in (None, before), PATIENCE, 0.1)
    assert wait_until(lambda: running.status("/health/ready") == 200, PATIENCE, 0.2)
    assert f"{kind} ended (SIGKILL)" in running.words


def test_a_held_service_stays_down_until_it_is_released(running: Instance) -> None:
    hold = running.var / "hold" / "postgres"
    hold.parent.mkdir(exist_ok=True)
    hold.touch()
    os.kill(recorded_pid(running.var, "postgres") or 0, signal.SIGINT)
    assert wait_until(lambda: recorded_pid(running.var, "postgres") is None, PATIENCE)

    time.sleep(2)
    while_held = recorded_pid(running.var, "postgres"), running.status("/health/live"), running.status("/health/ready")
    hold.unlink()

    assert while_held == (None, 200, 503)
    assert wait_until(lambda: running.status("/health/ready") == 200, PATIENCE, 0.1)


@pytest.fixture(scope="module")
def running(a_command: tuple[Path, subprocess.CompletedProcess[str]]) -> Iterator[Instance]:
    """One instance for the tests that only disturb it."""
    with tempfile.TemporaryDirectory(prefix="fwselect-up-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        instance = Instance(copied(a_command[0], Path(folder) / "var")).wait_ready()
        yield instance
        instance.forget()


def test_a_second_start_names_the_first(running: Instance) -> None:
    answer = refused(running.var)

    assert answer.returncode != 0
    assert f"already running for {running.var}: pid {running.process.pid}" in one_line(answer.stderr)


def test_commands_use_the_running_services(running: Instance) -> None:
    before = running.pids()

    answer = manage(running.var, "showmigrations", "evaluations")

    assert answer.returncode == 0, answer.stderr
    assert "[X] 0001_squashed_0010" in answer.stdout
    assert running.pids() == before


def manage(var: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = clean_environment(var)
    return subprocess.run([*MANAGE, *words], env=env, capture_output=True, text=True, timeout=300, check=False)


def test_a_command_starts_what_it_needs_for_its_own_time(
    a_command: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    var, answer = a_command

    assert answer.returncode == 0, answer.stderr
    assert "teams: 0" in answer.stdout
    assert recorded_pid(var, "postgres") is None
    assert (var / "postgres").is_dir()


def test_a_command_that_needs_no_database_starts_none(var: Path) -> None:
    answer = manage(var, "help")

    assert answer.returncode == 0
    assert not (var / "postgres").exists()


def test_a_taken_port_is_said_in_one_line(var: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        answer = refused(var, PORT=str(port))

    assert answer.returncode != 0
    assert f"Port {port}" in one_line(answer.stderr)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("FWSELECT_MODE", "prod"),
        ("FWSELECT_HOST", "no.such.host.invalid"),
        ("FWSELECT_UPLOAD_MAX", "much"),
        ("DATABASE_URL", "mysql://somewhere/else"),
        ("DATABASE_URL", "postgresql://127.0.0.1:1/nothing"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(var: Path, name: str, value: str) -> None:
    answer = refused(var, **{name: value})

    assert answer.returncode != 0
    assert name in one_line(answer.stderr)


def test_a_folder_that_cannot_be_written_is_said_in_one_line(var: Path) -> None:
    var.parent.joinpath("file").write_text("not a folder")

    answer = refused(var.parent / "file" / "var")

    assert answer.returncode != 0
    assert str(var.parent / "file") in one_line(answer.stderr)


def test_a_full_disk_is_said_in_one_line(var: Path) -> None:
    """The limit on a file's size refuses PostgreSQL's writes as a full disk does."""
    env = clean_environment(var, PORT=str(free_port()))

    answer = subprocess.run(
        [*MANAGE, "up"],
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000)),
    )

    assert answer.returncode != 0
    assert "PostgreSQL could not create its data" in one_line(answer.stderr)
    assert not (var / "postgres").exists()


def test_an_ordinary_user_can_run_it(var: Path, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(var.parent, nobody.pw_uid, nobody.pw_gid)
        monkeypatch.setattr(addresses.os, "getuid", lambda: nobody.pw_uid)
        up = start(var, as_nobody(), HOME=str(var.parent)).wait_ready()
    else:
        up = start(var).wait_ready()

    owner = Path(f"/proc/{recorded_pid(var, 'pages')}").stat().st_uid
    status = up.status("/health/ready")
    seconds = up.end()

    assert owner != 0
    assert status == 200
    assert up.process.returncode == 0
    assert seconds < LONGEST_END_S


def as_nobody() -> list[str]:
    """Become nobody; where nobody may not enter the interpreter's or the project's folder, with the right to enter."""
    plain = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    entering = [*plain, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    can = subprocess.run([*plain, *MANAGE, "version"], capture_output=True, check=False).returncode == 0
    return plain if can else entering


def test_it_runs_in_a_private_folder_and_keeps_its_data_there_or_says_where(var: Path, start: Start) -> None:
    var.parent.chmod(0o700)
    first = start(var).wait_ready()
    first.sql("CREATE TABLE kept (word text)")
    first.end()

    second = start(var).wait_ready()
    data = (var / "postgres").resolve()

    assert second.sql("SELECT count(*) FROM kept") == [(0,)]
    assert (data / "PG_VERSION").exists()
    assert data.parent == var.resolve() or str(data) in first.words
    second.end()
    if data.parent != var.resolve():
        shutil.rmtree(data.parent)


def test_on_the_network_it_prints_the_address_a_code_and_the_first_lead_s_link_but_no_demo_accounts(
    made: Path, start: Start
) -> None:
    up = start(made, FWSELECT_HOST="0.0.0.0").wait_ready()
    wait_until(lambda: "▀" in up.words or "█" in up.words, PATIENCE)
    address = f"http://{network.own_address()}:{up.port}"

    first_lead = re.search(re.escape(address) + r"/\S+", up.words)

    assert f"ready after {up.words.split('ready after ')[1].split(':')[0]}: {address}" in up.words
    assert "▀" in up.words or "█" in up.words
    assert "demo accounts, offered" not in up.words
    assert first_lead
    assert answers_with(first_lead.group()) == 200
    ends_all_it_started(up, signal.SIGINT)


def test_a_frozen_database_does_not_delay_the_end(made: Path, start: Start) -> None:
    up = start(made).wait_ready()
    postmaster = up.pids()["postgres"] or 0
    os.kill(postmaster, signal.SIGSTOP)  # first: from then on it starts and buries no other
    processes = [postmaster, *children_of(postmaster)]
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)

    seconds = up.end()

    assert seconds < LONGEST_END_S
    assert len(processes) > 1
    assert wait_until(lambda: not [pid for pid in processes if started_at(pid)], PATIENCE)


def test_what_does_not_end_by_itself_is_killed_before_the_ten_seconds_are_over() -> None:
    of_postgres = inspect.signature(Postgres.stop).parameters["patience"].default

    assert STOP_PATIENCE + of_postgres < PROMISED_END_S


def test_the_owner_is_written_where_other_commands_look(running: Instance) -> None:
    owner = json.loads((running.var / "up.lock").read_text())

    assert owner["pid"] == str(running.process.pid)
    assert owner["sockets"] == str(addresses.sockets_folder(running.var))
