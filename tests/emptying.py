"""Empties the tables that have rows after tests marked `transaction=True`, although the audit log refuses that.

A TRUNCATE makes new files for every table and index, which is most of the time such a test takes to end.
"""

import re
import time
from collections.abc import Iterator

import pytest

# Emptied, they would be filled again with the very same rows.
FILLED_BY_DJANGO = {"auth_permission", "django_content_type"}
WHOLE_PATIENCE = 60.0
ONE_PATIENCE_MS = 300
"""Less than the second after which PostgreSQL looks for a deadlock: who still writes wins, and then it is our turn."""


def empty_tables(connection: object, names: set[str]) -> None:
    """Pages may still be answering what a closed browser asked: all tables are had together, or none is held."""
    from django.db import OperationalError

    ends = time.monotonic() + WHOLE_PATIENCE
    while True:
        try:
            return _empty_tables_now(connection, names)
        except OperationalError:
            if time.monotonic() > ends:
                raise


def _empty_tables_now(connection: object, names: set[str]) -> None:
    from django.db import transaction

    tables = {name: f'"{name}"' for name in sorted(names)}
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(f"SET LOCAL lock_timeout = {ONE_PATIENCE_MS}")
        cursor.execute(f"LOCK TABLE {', '.join(tables.values())} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(" UNION ALL ".join(f"(SELECT '{name}' FROM {tables[name]} LIMIT 1)" for name in tables))
        filled = [name for (name,) in cursor.fetchall()]
        cursor.execute("SET LOCAL session_replication_role = replica")
        for name in filled:
            cursor.execute(f"DELETE FROM {tables[name]}")


@pytest.fixture(scope="session", autouse=True)
def emptying_passes_the_append_only_triggers() -> Iterator[None]:
    from django.db.backends.postgresql.operations import DatabaseOperations

    def empty(self: DatabaseOperations, sql_list: list[str]) -> None:
        empty_tables(self.connection, set(re.findall(r'"(\w+)"', " ".join(sql_list))) - FILLED_BY_DJANGO)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", empty)
        yield
