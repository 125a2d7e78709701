"""The return of a backup: all of it or nothing.

The dump goes into a new database beside the real one and is verified there; the uploads are added by content; then
the two databases exchange their names in one transaction. Whatever fails before leaves the real one as it was.
"""

import contextlib
import io
import secrets
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

import psycopg
import redis
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from fwselect.ops import archive
from fwselect.ops.backup import count_of
from fwselect.ops.postgres_tools import Refused, address, connect, database_name, last_line, program, start

FILLED_BY_DJANGO = {"django_migrations", "django_content_type", "auth_permission"}
RESTORED = "restored"
LEAVING_S = 2.0


@dataclass(frozen=True)
class Outcome:
    """kept: the name of the database that was replaced, empty where there was nothing to keep."""

    manifest: archive.Manifest
    kept: str
    needs_migrating: bool


def restore(path: Path, *, replace: bool, at: datetime) -> Outcome:
    """Bring back what `path` holds. Refuses a database with rows unless `replace`, and one somebody uses.

    Raises Refused; then the database is as it was, and no file of the archive is left in the storage.
    """
    try:
        manifest = archive.check(path)
    except (archive.Damaged, OSError) as problem:
        raise Refused(f"{path}: {problem} Nothing was changed.") from problem
    _check_known(manifest)
    with connect(dbname="postgres") as server, contextlib.ExitStack() as undo:
        standing = _standing(server)
        if standing and not _is_empty() and not replace:
            raise Refused("The database is not empty; `--replace` sets it aside and puts the backup in its place.")
        scratch = _new_database(server, undo)
        _fill(path, scratch)
        _verify(manifest, scratch)
        _bring_files(path, manifest, undo)
        kept = _exchange(server, scratch, keep=bool(standing) and not _is_empty(), standing=standing, at=at)
        undo.pop_all()
    _forget_what_was_cached()
    return Outcome(manifest, kept, needs_migrating=_needs_migrating())


def _check_known(manifest: archive.Manifest) -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations} | {
        f"{app}.{name}" for migration in loader.disk_migrations.values() for app, name in migration.replaces
    }
    installed = {config.label for config in apps.get_app_configs()}
    unknown = [name for name in manifest.migrations if name.split(".")[0] in installed and name not in known]
    if unknown:
        raise Refused(
            f"The backup was made by version {manifest.release}, which this one does not know ({unknown[0]}); "
            "restore it with that version or a newer one."
        )


def _needs_migrating() -> bool:
    """Whether this version has steps that the restored database has not gone through."""
    executor = MigrationExecutor(connections["default"])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _standing(server: "psycopg.Connection[Any]") -> bool:
    """Whether the database exists; refuses where somebody else is connected to it."""
    connections.close_all()
    name = database_name()
    if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
        return False
    if others := _connections_that_stay(server, name):
        raise Refused(
            f"The database is in use (connections: {others}): stop pages, worker and beat on every host, "
            "then try again. Nothing was changed."
        )
    return True


def _connections_that_stay(server: "psycopg.Connection[Any]", name: str) -> int:
    """What was just closed, our own connection among it, is counted until its process of the server has ended."""
    question = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
    ends = time.monotonic() + LEAVING_S
    while True:
        row = server.execute(question, [name]).fetchone()
        if not row or not row[0] or time.monotonic() >= ends:
            return int(row[0]) if row else 0
        time.sleep(0.05)


def _is_empty() -> bool:
    with connect() as connection:
        tables = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        for table in set(tables) - FILLED_BY_DJANGO:
            question = sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier("public", table))
            if connection.execute(question).fetchone():
                return False
    return True


def _new_database(server: "psycopg.Connection[Any]", undo: contextlib.ExitStack) -> str:
    scratch = f"{database_name()}_restoring_{secrets.token_hex(4)}"
    try:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(scratch)))
    except psycopg.errors.InsufficientPrivilege as refusal:
        raise Refused(
            "The database's user may not create databases, which restoring needs (ALTER ROLE ... CREATEDB)."
        ) from refusal
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(scratch))
    undo.callback(server.execute, drop)
    return scratch


def _fill(path: Path, scratch: str) -> None:
    with connect(dbname=scratch) as fresh:
        fresh.execute("DROP SCHEMA public")  # the dump brings its own
    words = [program("pg_restore"), "--no-owner", "--no-privileges", "--exit-on-error"]
    words += [f"--dbname={address(dbname=scratch)}"]
    with tempfile.TemporaryFile() as said:
        filling = start(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said)
        with contextlib.suppress(BrokenPipeError):
            _feed(path, cast(IO[bytes], filling.stdin))
        if filling.wait() != 0:
            said.seek(0)
            raise Refused(f"The database could not be filled: {last_line(said.read())} Nothing was changed.")


def _feed(path: Path, target: IO[bytes]) -> None:
    with contextlib.closing(target):
        for _, piece in archive.contents(path, archive.DATABASE):
            while block := piece.read(archive.BLOCK):
                target.write(block)


def _verify(manifest: archive.Manifest, scratch: str) -> None:
    """Every table's count is the archive's, and every audit log's chain holds."""
    with connect(dbname=scratch) as filled:
        for table, count in manifest.counts.items():
            if (found := count_of(filled, table)) != count:
                raise Refused(f"{table} came back with {found} rows instead of {count}. Nothing was changed.")
    said = io.StringIO()
    with _as_database(scratch) as alias:
        try:
            call_command("verify_audit", database=alias, stdout=said, stderr=said)
        except CommandError as fault:
            raise Refused(f"An audit log of the backup does not hold: {fault} Nothing was changed.") from fault


@contextlib.contextmanager
def _as_database(name: str) -> Iterator[str]:
    connections.databases[RESTORED] = {**connections.databases["default"], "NAME": name}
    try:
        yield RESTORED
    finally:
        connections[RESTORED].close()
        del connections[RESTORED]
        del connections.databases[RESTORED]


def _bring_files(path: Path, manifest: archive.Manifest, undo: contextlib.ExitStack) -> None:
    for name, content in archive.contents(path, archive.UPLOADS):
        if _digest_of(name) == manifest.files[name].sha256:
            continue
        if default_storage.exists(name):
            default_storage.delete(name)  # it was cut short or damaged on this storage
        undo.callback(default_storage.delete, name)
        saved = default_storage.save(name, File(content))
        if saved != name:
            undo.callback(default_storage.delete, saved)
            raise Refused(f"{name} could not be stored under its own name. Nothing was changed.")


def _digest_of(name: str) -> str:
    """Empty where the storage has no such file."""
    if not default_storage.exists(name):
        return ""
    with default_storage.open(name) as stored:
        return archive.measured(cast(IO[bytes], stored)).sha256


def _exchange(server: "psycopg.Connection[Any]", scratch: str, *, keep: bool, standing: bool, at: datetime) -> str:
    """Give the filled database the real name; the name the former one is kept under, if it is kept."""
    name = database_name()
    former = f"{name}_replaced_{at:%Y%m%d_%H%M%S}_{secrets.token_hex(2)}"
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    try:
        with server.transaction():
            if standing:
                server.execute(rename.format(sql.Identifier(name), sql.Identifier(former)))
            server.execute(rename.format(sql.Identifier(scratch), sql.Identifier(name)))
    except psycopg.Error as refusal:
        reason = str(refusal).strip().splitlines()[0]
        raise Refused(f"The restored database could not take its place: {reason}. Nothing was changed.") from refusal
    if standing and not keep:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(former)))
    return former if keep else ""


def _forget_what_was_cached() -> None:
    """Pages are kept by revision, and the restored logs count their own: what is kept belongs to another history."""
    cache.clear()
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=2)
    with contextlib.closing(client), contextlib.suppress(redis.RedisError):
        for key in client.scan_iter(match="fwselect:log:*", count=1000):
            client.delete(key)
