"""Connections with patience, against the real server."""

import time
from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from fwselect.ops import patience

THE_SERVERS_OWN_LIMIT_S = 5


@pytest.fixture
def own_connection(transactional_db: None) -> Iterator[BaseDatabaseWrapper]:
    """A second connection to the test's database, which this test may lose."""
    own = connection.copy()
    yield own
    own.close()
    patience.DATABASE.lost = False
    patience.begin_request()


@pytest.fixture
def page_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_is_page_process", True)


def asked(own: BaseDatabaseWrapper, question: str) -> object:
    with own.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def test_a_pages_statement_is_limited_by_the_server_too(
    own_connection: BaseDatabaseWrapper, page_process: None
) -> None:
    assert asked(own_connection, "SHOW statement_timeout") == f"{THE_SERVERS_OWN_LIMIT_S}s"


def test_a_migration_or_a_worker_may_take_its_time(own_connection: BaseDatabaseWrapper) -> None:
    assert asked(own_connection, "SHOW statement_timeout") == "0"
    assert patience.seconds() is None


def test_a_silent_connection_is_closed_and_the_request_does_not_wait_a_second_time(
    own_connection: BaseDatabaseWrapper, page_process: None
) -> None:
    asked(own_connection, "SELECT 1")
    started = time.monotonic()

    with patience.at_most(0.4), pytest.raises(OperationalError):
        asked(own_connection, "SELECT pg_sleep(30)")
    with pytest.raises(OperationalError):
        asked(own_connection, "SELECT pg_sleep(30)")

    assert time.monotonic() - started < THE_SERVERS_OWN_LIMIT_S, "neither waited until the server gave up"
    patience.begin_request()
    own_connection.close()
    assert asked(own_connection, "SELECT 1") == 1
    assert not patience.DATABASE.in_doubt()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_lost_its_connection_ends_with_the_same_refusal_and_writes_nothing(
    page_process: None,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE half_written (number int)")

    with patience.at_most(0.4), pytest.raises(OperationalError), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO half_written VALUES (1)")
        asked(connection, "SELECT pg_sleep(3)")

    patience.begin_request()
    connection.close()
    count = asked(connection, "SELECT count(*) FROM half_written")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE half_written")
    assert count == 0


def test_a_connection_the_server_closed_in_the_meantime_is_replaced_without_anybody_noticing(
    own_connection: BaseDatabaseWrapper, page_process: None
) -> None:
    backend = asked(own_connection, "SELECT pg_backend_pid()")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 30000)", [backend])
        assert cursor.fetchone() == (True,), "it has ended"
    own_connection.health_check_enabled = True
    own_connection.health_check_done = False

    assert asked(own_connection, "SELECT 2") == 2
    assert not patience.is_spent()
