"""Whether a request changed anything: every writing statement is seen, and every row is compared."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

WRITES = re.compile(r"^\s*(WITH\b.*)?\b(INSERT|UPDATE|DELETE|TRUNCATE|COPY|MERGE|ALTER|CREATE|DROP)\b", re.I | re.S)
NOT_THE_PRODUCTS = {"django_session", "django_migrations"}
"""A session is the browser's: signing in keeps a token in it, showing a note takes it out."""

Snapshot = dict[str, tuple[int, str]]


def snapshot() -> Snapshot:
    """Per table how many rows and the digest of all their contents, versions included; audit events among them."""
    with connection.cursor() as cursor:
        names = [name for name in connection.introspection.table_names(cursor) if name not in NOT_THE_PRODUCTS]
        parts = [
            f"SELECT '{name}', count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM \"{name}\" t"
            for name in sorted(names)
        ]
        cursor.execute(" UNION ALL ".join(parts))
        return {name: (count, digest) for name, count, digest in cursor.fetchall()}


def differences(before: Snapshot, after: Snapshot) -> list[str]:
    return [f"{name}: {before.get(name)} -> {after.get(name)}" for name in after if before.get(name) != after[name]]


class Watch:
    """Collects the writing statements; `asserted_unchanged` compares all rows whenever there was one."""

    def __init__(self) -> None:
        self.before = snapshot()
        self.statements: list[str] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if WRITES.match(sql) and not any(f'"{name}"' in sql for name in NOT_THE_PRODUCTS):
            self.statements.append(sql)
        return execute(sql, params, many, context)

    def check_unchanged(self, what: str, *, thoroughly: bool = False) -> None:
        """A request that sent no writing statement changed nothing; else, and `thoroughly`, all rows are compared."""
        if self.statements or thoroughly:
            changed = differences(self.before, snapshot())
            assert not changed, f"{what} changed the database: {changed}; {self.statements[:3]}"
        self.statements.clear()


@contextmanager
def watched() -> Iterator[Watch]:
    watch = Watch()
    with connection.execute_wrapper(watch):
        yield watch
    watch.check_unchanged("all of it together", thoroughly=True)


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
