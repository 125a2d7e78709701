"""PostgreSQL frozen and stopped under real pages, with and without the protection."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fwselect.local import addresses, commands, services
from fwselect.local.postgres import prepare_sockets
from tests.ops.stopping import ASKS_THE_DATABASE, STRANGER, OwnPostgres, ask, drill
from tests.real_processes import RealProcess, answers_with, free_port

THREADS = 8


@pytest.fixture(scope="module")
def postgres() -> Iterator[OwnPostgres]:
    var = Path(tempfile.mkdtemp(prefix="fwselect-test-away-"))
    var.chmod(0o711)
    services.prepare_var(var)
    prepare_sockets(var)
    own = OwnPostgres(var)
    own.server.initialise()
    own.start()
    migrated = subprocess.run(
        [sys.executable, str(addresses.PROJECT / "manage.py"), "migrate", "-v0"],
        env=environment(own),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert migrated.returncode == 0, migrated.stderr
    yield own
    own.stop()
    shutil.rmtree(var, ignore_errors=True)
    shutil.rmtree(addresses.sockets_folder(var), ignore_errors=True)


def environment(postgres: OwnPostgres, **more: str) -> dict[str, str]:
    given = {"DATABASE_URL": postgres.url, "FWSELECT_PAGE_THREADS": str(THREADS)}
    return {**os.environ, **commands.CHILD_ENVIRONMENT, **given, **more}


@contextmanager
def pages_before(postgres: OwnPostgres, **more: str) -> Iterator[int]:
    port = free_port()
    running = RealProcess("pages", commands.pages("127.0.0.1", port, 1, THREADS), environment(postgres, **more))
    try:
        running.wait_for(lambda: answers_with(f"http://127.0.0.1:{port}/health/live") == 200)
        assert ask(port, ASKS_THE_DATABASE, 20, **STRANGER).status == 200
        yield port
    finally:
        running.stop()


def test_a_frozen_database_costs_typed_refusals_and_the_process_still_says_it_is_alive(postgres: OwnPostgres) -> None:
    with pages_before(postgres) as port:
        seen = drill(port, away=postgres.freeze, back=postgres.thaw, seconds=10, after=2.5)

    print("\nfrozen:", seen.told())
    assert seen.broken_promises() == []


def test_with_the_protection_taken_out_the_same_drill_fails(postgres: OwnPostgres) -> None:
    with pages_before(postgres, FWSELECT_DB_WATCHDOG="0") as port:
        seen = drill(port, away=postgres.freeze, back=postgres.thaw, seconds=5, after=2.5)

    print("\nfrozen, unprotected:", seen.told())
    assert any("/health/live" in promise for promise in seen.broken_promises())
    assert "no page was refused" in seen.broken_promises()


def test_a_stopped_database_costs_typed_refusals_and_is_back_at_once(postgres: OwnPostgres) -> None:
    with pages_before(postgres) as port:
        seen = drill(port, away=postgres.stop, back=postgres.start, seconds=6, after=2.5)

    print("\nstopped:", seen.told())
    assert seen.broken_promises() == []


def test_a_page_asked_for_while_the_database_is_frozen_is_given_up_after_the_watchdogs_seconds(
    postgres: OwnPostgres,
) -> None:
    with pages_before(postgres, FWSELECT_DB_WATCHDOG="1.5") as port:
        postgres.freeze()
        try:
            refused = ask(port, ASKS_THE_DATABASE, 20, **STRANGER)
        finally:
            postgres.thaw()
        again = ask(port, ASKS_THE_DATABASE, 20, **STRANGER)

    assert refused.status == 503
    assert refused.seconds < 4
    assert again.status == 200


def test_readiness_names_the_database_while_it_is_away_and_liveness_does_not_mind(postgres: OwnPostgres) -> None:
    with pages_before(postgres) as port:
        before = ask(port, "/health/ready", 20)
        postgres.stop()
        try:
            away, live = ask(port, "/health/ready", 20), ask(port, "/health/live", 20)
        finally:
            postgres.start()
        after = ask(port, "/health/ready", 20)

    assert (before.status, away.status, live.status, after.status) == (200, 503, 200, 200)
