import contextlib
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from fwselect.local import commands
from fwselect.ops.cache import ForgivingClient, ForgivingRedisCache
from tests.builders import make_person
from tests.ops.stopping import ASKS_THE_DATABASE, STRANGER, ask
from tests.real_processes import RealProcess, answers_with, free_port

OPTIONS = {"OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}, "KEY_PREFIX": "fwselect:cache"}


@pytest.fixture(autouse=True)
def no_memory_of_other_tests() -> Iterator[None]:
    ForgivingClient.away_until = 0.0
    yield
    ForgivingClient.away_until = 0.0


@pytest.fixture
def frozen(tmp_path: Path) -> Iterator[socket.socket]:
    """A socket that takes connections and says nothing, as a frozen server does."""
    place = f"/tmp/fwselect-frozen-{os.getpid()}.sock"
    Path(place).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(place)
        listener.listen(64)
        yield listener
    Path(place).unlink()


@pytest.fixture
def frozen_redis(frozen: socket.socket) -> str:
    return f"unix://{frozen.getsockname()}"


def connections_taken(listener: socket.socket) -> int:
    listener.setblocking(False)
    taken = []
    with contextlib.suppress(BlockingIOError):
        while True:
            taken.append(listener.accept()[0])
    for one in taken:
        one.close()
    return len(taken)


def test_the_cache_keeps_what_it_is_given() -> None:
    cache.set("colour", {"name": "green"}, 30)

    assert cache.get("colour") == {"name": "green"}
    assert cache.add("colour", "red") is False
    assert cache.incr(_counted("visits")) == 2
    cache.delete("colour")
    assert cache.get("colour", "none") == "none"


def _counted(key: str) -> str:
    cache.set(key, 1, 30)
    return key


def test_clearing_the_cache_leaves_the_broker_and_live_alone(redis_client: object) -> None:
    redis_client.set("fwselect:log:1:revision", 7)  # type: ignore[attr-defined]
    cache.set("colour", "green", 30)

    cache.clear()

    assert cache.get("colour") is None
    assert redis_client.get("fwselect:log:1:revision") == b"7"  # type: ignore[attr-defined]


def test_without_redis_the_cache_forgets_instead_of_failing() -> None:
    away = ForgivingRedisCache("unix:///nowhere/at/all.sock", OPTIONS)

    away.set("colour", "green", 30)

    assert away.get("colour", "none") == "none"
    assert away.get_many(["colour"]) == {}
    assert away.add("colour", "green") is True
    assert away.has_key("colour") is False


def test_a_frozen_redis_costs_one_short_wait_and_not_one_a_question(
    frozen: socket.socket, frozen_redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fwselect.ops.cache.PAUSE_SECONDS", 60.0)
    asked = ForgivingRedisCache(frozen_redis, OPTIONS)

    started = time.monotonic()
    asked.get("colour", "none")
    of_one = connections_taken(frozen)
    answers = [asked.get("colour", "none") for _ in range(50)]
    seconds = time.monotonic() - started

    assert answers == ["none"] * 50
    assert (of_one >= 1, connections_taken(frozen)) == (True, 0)
    assert seconds < 20, "fifty waits of half a second"


def test_people_sign_in_while_redis_is_away(db: None, settings: object) -> None:
    settings.CACHES = {  # type: ignore[attr-defined]
        "default": {
            "BACKEND": "fwselect.ops.cache.ForgivingRedisCache",
            "LOCATION": "unix:///nowhere/at/all.sock",
            **OPTIONS,
        }
    }
    person = make_person(password="a long enough word")
    client = Client()

    answer = client.post("/accounts/login/", {"login": person.username, "password": "a long enough word"})

    assert answer.status_code == 302
    assert "_auth_user_id" in client.session


@pytest.mark.django_db(transaction=True)
def test_real_pages_answer_while_redis_is_frozen(process_environment: dict[str, str], frozen_redis: str) -> None:
    port = free_port()
    pages = RealProcess(
        "pages", commands.pages("127.0.0.1", port, 1, 8), {**process_environment, "REDIS_URL": frozen_redis}
    )
    try:
        pages.wait_for(lambda: answers_with(f"http://127.0.0.1:{port}/health/live") == 200)
        answer, ready = ask(port, ASKS_THE_DATABASE, 60, **STRANGER), ask(port, "/health/ready", 60)
    finally:
        pages.stop()

    assert answer.status == 200
    assert answer.seconds < 10
    assert ready.status == 503
