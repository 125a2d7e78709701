"""Empties the tables that have rows after tests marked `transaction=True`, although the audit log refuses that.

A TRUNCATE makes new files for every table and index, which is most of the time such a test takes to end.
"""

import re
from collections.abc import Iterator

import pytest

# Emptied, they would be filled again with the very same rows.
FILLED_BY_DJANGO = {"auth_permission", "django_content_type"}


@pytest.fixture(scope="session", autouse=True)
def emptying_passes_the_append_only_triggers() -> Iterator[None]:
    from django.db import transaction
    from django.db.backends.postgresql.operations import DatabaseOperations

    def empty(self: DatabaseOperations, sql_list: list[str]) -> None:
        names = set(re.findall(r'"(\w+)"', " ".join(sql_list))) - FILLED_BY_DJANGO
        tables = {name: f'"{name}"' for name in sorted(names)}
        with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {', '.join(tables.values())} IN ACCESS EXCLUSIVE MODE")
            cursor.execute(" UNION ALL ".join(f"(SELECT '{name}' FROM {tables[name]} LIMIT 1)" for name in tables))
            filled = [name for (name,) in cursor.fetchall()]
            cursor.execute("SET LOCAL session_replication_role = replica")
            for name in filled:
                cursor.execute(f"DELETE FROM {tables[name]}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", empty)
        yield
