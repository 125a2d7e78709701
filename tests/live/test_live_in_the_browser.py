"""live.js in a real browser, against the real live process."""

import json
import os
import time
from collections.abc import Callable, Iterator

import pytest
import redis
from django.conf import settings as product
from playwright.sync_api import BrowserContext, Page

from fwselect.local import commands
from fwselect.local.processes import wait_until
from tests.live.listening_urls import DESK, Desk
from tests.real_processes import RealProcess, free_port, listens

LOG = 815


class Live:
    """A live process that can be ended and started again on the same port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.running: RealProcess | None = None

    def start(self) -> None:
        given = {"FWSELECT_LIVE_PORT": str(self.port), "FWSELECT_LIVE_SECRET": product.FWSELECT_LIVE_SECRET}
        self.running = RealProcess("live", commands.live(), {**os.environ, **commands.CHILD_ENVIRONMENT, **given})
        self.running.wait_for(lambda: listens(self.port))

    def kill(self) -> None:
        if self.running is not None:
            self.running.process.kill()
            self.running.process.wait(timeout=10)
            self.running.stop()
            self.running = None


@pytest.fixture
def live() -> Iterator[Live]:
    process = Live()
    yield process
    process.kill()


@pytest.fixture
def desk(live: Live, settings: object) -> Iterator[Desk]:
    settings.ROOT_URLCONF = "tests.live.listening_urls"  # type: ignore[attr-defined]
    settings.FWSELECT_LIVE_PORT = live.port  # type: ignore[attr-defined]
    DESK.live, DESK.secret, DESK.log_id, DESK.status = "", product.FWSELECT_LIVE_SECRET, LOG, 200
    DESK.asked.clear()
    yield DESK


@pytest.fixture
def listening(page: Page, desk: Desk, live: Live, live_server: object) -> Callable[[], Page]:
    def open_page() -> Page:
        host = live_server.url.rpartition(":")[0]  # type: ignore[attr-defined]
        desk.live = f"{host}:{live.port}"
        page.goto(f"{live_server.url}/page/")  # type: ignore[attr-defined]
        return page

    return open_page


def publish(redis_client: redis.Redis, **message: object) -> None:
    if "revision" in message:
        redis_client.set(f"fwselect:log:{LOG}:revision", str(message["revision"]))
    redis_client.publish(f"fwselect:log:{LOG}", json.dumps({"log": LOG, **message}))


def wait_state(page: Page, state: str, seconds: float = 60) -> None:
    page.wait_for_function("state => document.body.dataset.live === state", arg=state, timeout=seconds * 1000)


def wait_heard(page: Page, name: str, detail: str, seconds: float = 60) -> float:
    started = time.monotonic()
    wanted = "([name, detail]) => window.heard.some((one) => one[0] === name && one[1] === detail)"
    page.wait_for_function(wanted, arg=[name, detail], timeout=seconds * 1000, polling=20)
    return time.monotonic() - started


def test_a_change_is_heard_on_the_page_within_a_moment_and_nothing_is_complained_about(
    listening: Callable[[], Page], live: Live, redis_client: redis.Redis
) -> None:
    live.start()
    publish(redis_client, revision=41)
    complaints: list[str] = []
    page = listening()
    page.on("console", lambda message: complaints.append(message.text))
    wait_state(page, "on")
    wait_heard(page, "revision", "41")

    seconds = []
    for revision in ("42", "43", "44"):
        publish(redis_client, revision=int(revision))
        seconds.append(wait_heard(page, "revision", revision))
    publish(redis_client, job=7)

    wait_heard(page, "job", "7")
    assert min(seconds) < 3, "later than a page that asks every three seconds"
    assert complaints == []


def test_after_the_live_process_was_killed_the_page_polls_and_comes_back_by_itself(
    listening: Callable[[], Page], live: Live, desk: Desk, redis_client: redis.Redis
) -> None:
    live.start()
    page = listening()
    wait_state(page, "on")

    live.kill()
    wait_state(page, "polling")
    page.evaluate("window.heard = []")
    wait_heard(page, "revision", "?")
    publish(redis_client, revision=77)
    live.start()
    wait_state(page, "on")

    wait_heard(page, "revision", "77")
    assert len(desk.asked) >= 2


def test_where_live_can_not_be_reached_the_page_asks_every_three_seconds(listening: Callable[[], Page]) -> None:
    page = listening()
    wait_state(page, "polling")
    page.evaluate("window.heard = []; window.heardAt = []")
    page.evaluate("document.addEventListener('revision', () => heardAt.push(performance.now()))")

    page.wait_for_function("() => window.heardAt.length >= 4", timeout=60_000)

    first, *_, fourth = page.evaluate("window.heardAt.slice(0, 4)")
    assert 6_000 < fourth - first < 30_000
    assert {name for name, _ in page.evaluate("window.heard")} == {"revision", "job"}


@pytest.mark.parametrize("status", [401, 403, 404])
def test_who_may_no_longer_listen_stops_asking(listening: Callable[[], Page], desk: Desk, status: int) -> None:
    desk.status = status
    page = listening()
    wait_state(page, "off")

    page.wait_for_timeout(4000)

    assert len(desk.asked) == 1
    assert page.evaluate("window.heard.length") == 0


def test_a_failing_page_server_is_asked_less_and_less_often(listening: Callable[[], Page], desk: Desk) -> None:
    desk.status = 503
    page = listening()

    page.wait_for_timeout(6000)
    asked = len(desk.asked)

    assert asked <= 6
    assert wait_until(lambda: len(desk.asked) >= 2, 60)


def test_a_browser_that_was_offline_asks_at_once_and_listens_again(
    listening: Callable[[], Page], live: Live, context: BrowserContext, redis_client: redis.Redis
) -> None:
    live.start()
    page = listening()
    wait_state(page, "on")

    context.set_offline(True)
    wait_state(page, "off")
    publish(redis_client, revision=90)
    page.evaluate("window.heard = []")
    context.set_offline(False)

    wait_heard(page, "revision", "?")
    wait_heard(page, "revision", "90")
    wait_state(page, "on")


def test_a_revoked_person_is_told_to_go_and_asks_for_no_third_ticket(
    listening: Callable[[], Page], live: Live, desk: Desk, redis_client: redis.Redis
) -> None:
    live.start()
    page = listening()
    wait_state(page, "on")
    desk.status, asked = 404, len(desk.asked)

    publish(redis_client, revoke=1)

    wait_state(page, "off")
    assert len(desk.asked) == asked + 1
