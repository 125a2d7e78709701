"""What `up` does once in the life of a database; remembered in the database, so that it travels with it."""

from django.db import connection

TABLE = "fwselect_done_once"


def is_done(what: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {TABLE} (what text PRIMARY KEY, done_at timestamptz NOT NULL)")
        cursor.execute(f"SELECT 1 FROM {TABLE} WHERE what = %s", [what])  # noqa: S608  a constant of ours
        return cursor.fetchone() is not None


def mark_done(what: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} VALUES (%s, now()) ON CONFLICT DO NOTHING", [what])  # noqa: S608
