"""Lets tests marked `transaction=True` empty their tables afterwards, although the audit log refuses TRUNCATE."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def emptying_passes_the_append_only_triggers() -> Iterator[None]:
    from django.db.backends.postgresql.operations import DatabaseOperations

    flush = DatabaseOperations.execute_sql_flush

    def flush_without_triggers(self: DatabaseOperations, sql_list: list[str]) -> None:
        flush(self, ["SET LOCAL session_replication_role = replica", *sql_list])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", flush_without_triggers)
        yield
