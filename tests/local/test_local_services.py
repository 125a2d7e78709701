"""The embedded services, started for real under folders as people have them."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from fwselect.local import addresses, postgres, services
from fwselect.local.processes import recorded_pid, wait_until


@pytest.fixture(autouse=True)
def embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")


@pytest.fixture(params=["plain", "with a space, ünïcode and a very long name " + "x" * 120])
def var(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("local") / request.param / "var"
    yield folder
    if (folder / "postgres").is_symlink():  # pytest's folders are private, so a root's data live elsewhere
        shutil.rmtree((folder / "postgres").readlink().parent)


def test_services_answer_in_awkward_folders_and_keep_what_was_written(var: Path) -> None:
    with services.ensure_services(var) as first, psycopg.connect(addresses.database_url(var)) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('yes')")
        redis.from_url(addresses.redis_url(var)).set("kept", "yes")

    with services.ensure_services(var) as second, psycopg.connect(addresses.database_url(var)) as connection:
        rows = connection.execute("SELECT word FROM kept").fetchall()
        value = redis.from_url(addresses.redis_url(var)).get("kept")

    assert (first.fresh, second.fresh) == (True, False)
    assert rows == [("yes",)]
    assert value == b"yes"


def test_a_second_user_attaches_and_starts_nothing(var: Path) -> None:
    with services.ensure_services(var) as owner, services.ensure_services(var) as guest:
        pids = {name: process.pid for name, process in owner.processes.items()}

        assert pids == {"postgres": recorded_pid(var, "postgres"), "valkey": recorded_pid(var, "valkey")}
        assert guest.processes == {}


def test_nothing_is_left_when_the_block_ends(var: Path) -> None:
    with services.ensure_services(var) as running:
        processes = list(running.processes.values())

    assert len(processes) == 2
    assert not addresses.sockets_folder(var).exists()
    assert all(process.poll() is not None for process in processes)
    assert recorded_pid(var, "postgres") is None


def test_services_end_when_their_owner_is_killed_and_the_next_start_finds_everything(var: Path) -> None:
    answer, tell = os.pipe()
    owner = os.fork()
    if owner == 0:
        _own_until_killed(var, tell)
    os.read(answer, 5)
    pids = [recorded_pid(var, name) for name in ("postgres", "valkey")]

    os.kill(owner, signal.SIGKILL)
    os.waitpid(owner, 0)
    gone = wait_until(lambda: all(recorded_pid(var, name) is None for name in ("postgres", "valkey")), 60)
    with services.ensure_services(var), psycopg.connect(addresses.database_url(var)) as connection:
        rows = connection.execute("SELECT count(*) FROM kept").fetchone()

    assert all(pids)
    assert gone
    assert rows == (0,)


def test_a_root_s_private_installation_is_copied_to_where_the_database_s_owner_may_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = postgres._installed_binaries()
    private = tmp_path / "private"
    package, libraries = installed.parent.name, installed.parent.name + ".libs"
    shutil.copytree(installed, private / package / installed.name, symlinks=True)
    shutil.copytree(installed.parent.with_name(libraries), private / libraries, symlinks=True)
    private.chmod(0o700)
    monkeypatch.setattr(postgres, "_installed_binaries", lambda: private / package / installed.name)
    var = private / "var"

    with services.ensure_services(var), psycopg.connect(addresses.database_url(var)) as connection:
        answer = connection.execute("SELECT 1").fetchone()
        place = postgres.places(var)

    assert answer == (1,)
    assert (private in place.binaries.parents) == (os.getuid() != 0)
    for elsewhere in {place.binaries, place.data}:
        if private not in elsewhere.parents:
            shutil.rmtree(Path("/", *elsewhere.parts[1:4]))


def _own_until_killed(var: Path, tell: int) -> None:
    try:
        with services.ensure_services(var), psycopg.connect(addresses.database_url(var)) as connection:
            connection.execute("CREATE TABLE kept (word text)")
            connection.commit()
            os.write(tell, b"ready")
            signal.pause()
    finally:
        os._exit(1)
