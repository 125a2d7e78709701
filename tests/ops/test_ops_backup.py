"""Backup while people write, and its return on another machine; what can't be brought back whole changes nothing."""

import itertools
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from evaluations.audit.models import AuditEvent
from evaluations.candidates.models import Evaluation
from fwselect.local import addresses
from fwselect.ops import archive, restore
from fwselect.ops.backup import back_up
from fwselect.ops.postgres_tools import Refused, connect
from tests.builders import make_candidate, make_evaluation, make_requirement
from tests.spikes.spike_files import add_workload, k6_summary, locust_stats, read, send

pytestmark = pytest.mark.django_db(transaction=True)
Manage = Callable[..., subprocess.CompletedProcess[str]]


class Machine:
    """A database and a folder of uploads of its own; the database exists and is empty."""

    names = itertools.count(1)

    def __init__(self, folder: Path, manage: Manage) -> None:
        self.database = f"fwselect_machine_{os.getpid()}_{next(self.names)}"
        self.uploads = folder / "uploads"
        self.url = addresses.database_url(addresses.var_folder(), self.database)
        self._manage = manage
        self.server(f'CREATE DATABASE "{self.database}"')

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._manage(*words, DATABASE_URL=self.url, FWSELECT_UPLOADS=str(self.uploads))

    def server(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(addresses.database_url(addresses.var_folder(), "postgres"), autocommit=True) as talk:
            cursor = talk.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def databases(self) -> list[str]:
        listed = self.server(f"SELECT datname FROM pg_database WHERE datname LIKE '{self.database}%' ORDER BY 1")
        return [name for (name,) in listed]

    def count(self, table: str) -> int:
        with psycopg.connect(self.url) as talk:
            return int(talk.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])

    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.uploads)) for path in self.uploads.rglob("*") if path.is_file())

    def forget(self) -> None:
        for name in self.databases():
            self.server(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def machine(tmp_path: Path, manage: Manage) -> Iterator[Machine]:
    made = Machine(tmp_path, manage)
    yield made
    made.forget()


@pytest.fixture
def evaluation() -> Evaluation:
    """With three result files that were read, one of them refused."""
    evaluation = make_evaluation("Order service")
    candidate, workload = make_candidate(evaluation, "Falcon"), add_workload(evaluation)
    read(send(candidate, workload, locust_stats(), at=timezone.now()))
    read(send(candidate, workload, k6_summary(), "summary.json", at=timezone.now()))
    read(send(candidate, workload, b"no result" * 200_000, "notes.txt", at=timezone.now()))
    return evaluation


def now_backed_up(path: Path) -> archive.Manifest:
    return back_up(path, at=timezone.now())


def test_a_backup_under_writes_comes_back_whole_on_an_empty_machine(
    machine: Machine, evaluation: Evaluation, manage: Manage, tmp_path: Path
) -> None:
    path, over, written = tmp_path / "backup.fwselect", threading.Event(), []

    def keep_writing() -> None:
        for number in itertools.count():
            if over.is_set():
                break
            make_requirement(evaluation, f"Written meanwhile {number}", at=timezone.now())
            written.append(number)
        connection.close()

    writer = threading.Thread(target=keep_writing)
    writer.start()
    said = manage("backup", str(path))
    over.set()
    writer.join()
    after = AuditEvent.objects.count()
    restored = machine.manage("restore", str(path))

    assert said.returncode == 0, said.stderr
    assert restored.returncode == 0, restored.stderr
    manifest = archive.check(path)
    assert len(written) > 10 and 0 < manifest.counts["evaluations_auditevent"] < after
    assert {table: machine.count(table) for table in manifest.counts} == manifest.counts
    assert machine.files() == sorted(manifest.files) and len(manifest.files) == 3
    for name in manifest.files:
        assert (machine.uploads / name).read_bytes() == default_storage.open(name).read()
    verified = machine.manage("verify_audit")
    assert verified.returncode == 0 and "the chain holds" in verified.stdout
    assert path.stat().st_mode & 0o077 == 0
    assert machine.databases() == [machine.database]


def test_a_database_with_rows_is_replaced_only_on_demand_and_then_kept_aside(
    machine: Machine, evaluation: Evaluation, tmp_path: Path
) -> None:
    path, older = tmp_path / "backup.fwselect", tmp_path / "older.fwselect"
    now_backed_up(path)
    migrated = machine.manage("restore", str(path))
    with psycopg.connect(machine.url) as talk:
        talk.execute("DELETE FROM django_migrations WHERE app = 'evaluations' AND name NOT LIKE '%initial'")
    assert machine.manage("backup", str(older)).returncode == 0
    with psycopg.connect(machine.url) as talk:
        talk.execute("UPDATE evaluations_evaluation SET title = 'Later'")

    refused = machine.manage("restore", str(older))
    title = titles(machine)
    replaced = machine.manage("restore", str(older), "--replace")

    assert migrated.returncode == 0, migrated.stderr
    assert ("earlier version" in migrated.stdout, "earlier version" in replaced.stdout) == (False, True)
    assert refused.returncode == 1 and "not empty" in refused.stderr
    assert title == ["Later"]
    assert replaced.returncode == 0, replaced.stderr
    assert titles(machine) == ["Order service"]
    kept = [name for name in machine.databases() if "_replaced_" in name]
    assert len(kept) == 1 and kept[0] in replaced.stdout


def titles(machine: Machine) -> list[str]:
    with psycopg.connect(machine.url) as talk:
        return [title for (title,) in talk.execute("SELECT title FROM evaluations_evaluation")]


def test_a_truncated_or_tampered_archive_is_refused_and_nothing_is_left_of_it(
    machine: Machine, evaluation: Evaluation, tmp_path: Path
) -> None:
    path = tmp_path / "backup.fwselect"
    now_backed_up(path)
    whole = path.read_bytes()
    cut, changed = tmp_path / "cut", tmp_path / "changed"
    cut.write_bytes(whole[: len(whole) // 2])
    changed.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])

    answers = [machine.manage("restore", str(one)) for one in (cut, changed)]

    assert [answer.returncode for answer in answers] == [1, 1]
    assert "ends too early" in answers[0].stderr or "can't be read" in answers[0].stderr
    assert "is not what was stored" in answers[1].stderr
    assert all("Nothing was changed" in answer.stderr for answer in answers)
    assert machine.databases() == [machine.database]
    assert machine.files() == []


def test_a_backup_of_a_log_that_does_not_hold_is_refused_after_all_of_it_was_looked_at(
    machine: Machine, evaluation: Evaluation, tmp_path: Path
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE evaluations_auditevent SET kind = 'forged' WHERE number = 2")
        cursor.execute("SET session_replication_role = DEFAULT")
    path = tmp_path / "backup.fwselect"
    now_backed_up(path)

    refused = machine.manage("restore", str(path))

    assert refused.returncode == 1
    assert "An audit log of the backup does not hold" in refused.stderr
    assert machine.databases() == [machine.database]
    assert machine.files() == []


def test_a_database_somebody_uses_is_not_exchanged(machine: Machine, evaluation: Evaluation, tmp_path: Path) -> None:
    path = tmp_path / "backup.fwselect"
    now_backed_up(path)

    with psycopg.connect(machine.url):
        refused = machine.manage("restore", str(path))

    assert refused.returncode == 1
    assert "in use (connections: 1): stop pages" in refused.stderr
    assert machine.databases() == [machine.database]


def test_a_connection_that_is_just_ending_is_waited_for(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restore, "database_name", lambda: machine.database)
    monkeypatch.setattr(restore, "LEAVING_S", 60.0)
    leaving = psycopg.connect(machine.url)

    with connect(dbname="postgres") as server:
        closing = threading.Timer(0.3, leaving.close)
        closing.start()
        is_there = restore._standing(server)
    closing.join()

    assert is_there
    assert leaving.closed


def test_a_lost_file_is_named_and_a_present_file_of_that_name_is_not_overwritten(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    path = tmp_path / "backup.fwselect"
    lost = evaluation.result_files.first().file.name
    content = default_storage.open(lost).read()
    default_storage.delete(lost)

    manifest = now_backed_up(path)
    with pytest.raises(Refused, match="exists already"):
        now_backed_up(path)

    (settings.FWSELECT_UPLOADS / lost).write_bytes(content)
    assert manifest.missing == [lost]
    assert lost not in manifest.files and len(manifest.files) == 2


def test_a_dump_that_fails_leaves_no_file(
    evaluation: Evaluation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fwselect.ops.backup.address", lambda: "dbname=no_such_database")

    with pytest.raises(Refused, match="could not be dumped"):
        now_backed_up(tmp_path / "backup.fwselect")

    assert list(tmp_path.iterdir()) == []
