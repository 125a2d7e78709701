"""PostgreSQL frozen and stopped under real pages, with and without the protection."""

from collections.abc import Iterator

import pytest

from fwselect.local.processes import wait_until
from fwselect.ops import environment
from tests.ops.stopping import (
    ASKS_THE_DATABASE,
    PATIENCE_S,
    STRANGER,
    OwnPostgres,
    ask,
    drill,
    own_postgres,
    pages_before,
)


@pytest.fixture(scope="module")
def postgres() -> Iterator[OwnPostgres]:
    with own_postgres() as own:
        yield own


def test_a_frozen_database_costs_typed_refusals_and_the_process_still_says_it_is_alive(postgres: OwnPostgres) -> None:
    with pages_before(postgres) as port:
        seen = drill(port, away=postgres.freeze, back=postgres.thaw, seconds=10)

    print("\nfrozen:", seen.told())
    assert seen.broken_promises() == []


def test_with_the_protection_taken_out_the_same_drill_fails(postgres: OwnPostgres) -> None:
    patient = {"FWSELECT_DB_CONNECT_TIMEOUT": "60", "FWSELECT_DB_STATEMENT_TIMEOUT": "60"}
    with pages_before(postgres, FWSELECT_DB_WATCHDOG="0", **patient) as port:
        seen = drill(port, away=postgres.freeze, back=postgres.thaw, seconds=6)

    print("\nfrozen, unprotected:", seen.told())
    assert any("/health/live" in promise for promise in seen.broken_promises())
    assert "no page was refused" in seen.broken_promises()


def test_a_stopped_database_costs_typed_refusals_and_is_back_at_once(postgres: OwnPostgres) -> None:
    with pages_before(postgres) as port:
        seen = drill(port, away=postgres.stop, back=postgres.start, seconds=6)

    print("\nstopped:", seen.told())
    assert seen.broken_promises() == []


def test_a_page_asked_for_while_the_database_is_frozen_is_given_up_after_the_watchdogs_seconds(
    postgres: OwnPostgres,
) -> None:
    with pages_before(postgres, FWSELECT_DB_WATCHDOG="1.5") as port:
        postgres.freeze()
        try:
            refused = ask(port, ASKS_THE_DATABASE, PATIENCE_S, **STRANGER)
        finally:
            postgres.thaw()
        again = wait_until(lambda: ask(port, ASKS_THE_DATABASE, PATIENCE_S, **STRANGER).status == 200, PATIENCE_S)

    assert refused.status == 503
    assert refused.seconds < environment.read({})["FWSELECT_DB_WATCHDOG"], (
        "the seconds of this setting, not the usual ones"
    )
    assert again


def test_readiness_names_the_database_while_it_is_away_and_liveness_does_not_mind(postgres: OwnPostgres) -> None:
    with pages_before(postgres) as port:
        before = ask(port, "/health/ready", PATIENCE_S)
        postgres.stop()
        try:
            away, live = ask(port, "/health/ready", PATIENCE_S), ask(port, "/health/live", PATIENCE_S)
        finally:
            postgres.start()
        after = ask(port, "/health/ready", PATIENCE_S)

    assert (before.status, away.status, live.status, after.status) == (200, 503, 200, 200)
