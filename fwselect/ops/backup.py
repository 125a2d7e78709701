"""One file with the database and the uploads its rows name, as they were at one moment, while people go on working.

The dump and the list of files are taken in one snapshot of the database. A file is stored before the row that names
it is written and never changed afterwards, so what the snapshot names can be copied later.
"""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import FileField
from psycopg import sql

from fwselect.ops import archive
from fwselect.ops.postgres_tools import Refused, address, connect, last_line, program, start


@dataclass(frozen=True)
class Snapshot:
    """One moment of the database, held open: what a dump with this name contains."""

    name: str
    migrations: list[str]
    counts: dict[str, int]
    files: list[str]


def back_up(path: Path, *, at: datetime) -> archive.Manifest:
    """Write a whole, checked backup to `path`, which must not exist. Raises Refused; then nothing is left behind."""
    if path.exists():
        raise Refused(f"{path} exists already; name another file.")
    try:
        unfinished, place = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".unfinished", dir=path.parent)
    except OSError as problem:
        raise Refused(f"{path} can't be written: {problem.strerror}.") from problem
    try:
        with os.fdopen(unfinished, "wb") as target:
            with _snapshot() as snapshot, archive.writing(target) as writer:
                _write(writer, snapshot, at)
            target.flush()
            os.fsync(target.fileno())
        manifest = archive.check(Path(place))
        Path(place).rename(path)
        return manifest
    except (OSError, archive.Damaged) as problem:
        raise Refused(f"The backup could not be written: {problem}") from problem
    finally:
        Path(place).unlink(missing_ok=True)


@contextlib.contextmanager
def _snapshot() -> Iterator[Snapshot]:
    with connect() as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        name = _value(connection, sql.SQL("SELECT pg_export_snapshot()"))
        tables = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        if "django_migrations" not in tables:
            raise Refused("There is nothing to back up: the database has no schema yet.")
        applied = connection.execute("SELECT app || '.' || name FROM django_migrations ORDER BY id")
        yield Snapshot(
            name=str(name),
            migrations=[row[0] for row in applied],
            counts={table: count_of(connection, table) for table in sorted(tables)},
            files=_named_files(connection, tables),
        )


def _value(connection: "psycopg.Connection[Any]", question: sql.SQL | sql.Composed) -> Any:
    row = connection.execute(question).fetchone()
    return row[0] if row else None


def count_of(connection: "psycopg.Connection[Any]", table: str) -> int:
    return int(_value(connection, sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", table))))


def _named_files(connection: "psycopg.Connection[Any]", tables: list[str]) -> list[str]:
    names: set[str] = set()
    for model in apps.get_models():
        for found in model._meta.local_fields:
            if isinstance(found, FileField) and model._meta.db_table in tables:
                column, table = sql.Identifier(str(found.column)), sql.Identifier(model._meta.db_table)
                question = sql.SQL("SELECT DISTINCT {0} FROM {1} WHERE {0} <> ''").format(column, table)
                names |= {row[0] for row in connection.execute(question)}
    return sorted(names)


def _write(writer: archive.Writer, snapshot: Snapshot, at: datetime) -> None:
    _add_database(writer, snapshot)
    missing = [name for name in snapshot.files if not _add_file(writer, name)]
    writer.finish(
        release=settings.RELEASE,
        made_at=at.isoformat(),
        migrations=snapshot.migrations,
        counts=snapshot.counts,
        missing=missing,
    )


def _add_database(writer: archive.Writer, snapshot: Snapshot) -> None:
    words = [program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", "--schema=public"]
    words += [f"--snapshot={snapshot.name}", f"--dbname={address()}"]
    with tempfile.TemporaryFile() as said:
        dump = start(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said)
        try:
            if dump.stdout is not None:
                writer.add_stream(archive.DATABASE, dump.stdout)
        finally:
            if dump.stdout is not None:
                dump.stdout.close()
            code = dump.wait()
        if code != 0:
            said.seek(0)
            raise Refused(f"The database could not be dumped: {last_line(said.read())}")


def _add_file(writer: archive.Writer, name: str) -> bool:
    """False where the storage has lost the file; the backup says so and goes on."""
    try:
        with default_storage.open(name) as stored:
            writer.add(f"{archive.UPLOADS}{name}", stored.size, stored)
    except FileNotFoundError:
        return False
    return True
