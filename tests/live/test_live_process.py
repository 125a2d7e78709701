"""The real live process, with the real Redis-protocol server."""

import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings

from fwselect.local import addresses, commands, services
from fwselect.local.valkey import Valkey
from tests.live.listening import Listener, stream_of
from tests.real_processes import RealProcess, free_port, listens

LOG = 4711
LONG_BEFORE_A_STREAM_ENDS_BY_ITSELF = 15.0  # a machine with nothing else to do needs less than one


@pytest.fixture
def secret() -> str:
    return settings.FWSELECT_LIVE_SECRET


@pytest.fixture
def publish(redis_client: redis.Redis) -> Callable[..., None]:
    def tell(log: int = LOG, **message: object) -> None:
        if "revision" in message:
            redis_client.set(f"fwselect:log:{log}:revision", str(message["revision"]))
        redis_client.publish(f"fwselect:log:{log}", json.dumps({"log": log, **message}))

    return tell


@pytest.fixture
def live_with_output() -> Iterator[tuple[str, RealProcess]]:
    port = free_port()
    live = RealProcess("live", commands.live(), live_environment(port))
    live.wait_for(lambda: listens(port))
    yield f"http://127.0.0.1:{port}", live
    live.stop()


def live_environment(port: int, **more: str) -> dict[str, str]:
    given = {"FWSELECT_LIVE_PORT": str(port), "FWSELECT_LIVE_SECRET": settings.FWSELECT_LIVE_SECRET}
    return {**os.environ, **commands.CHILD_ENVIRONMENT, **given, **more}


def wait_connected(live: str, connected: bool = True, patience: float = 60.0) -> None:
    ends = time.monotonic() + patience
    while time.monotonic() < ends:
        with urllib.request.urlopen(f"{live}/live/health", timeout=30) as answer:
            if ("missing" not in json.load(answer)) == connected:
                return
        time.sleep(0.05)
    raise AssertionError(f"live did not become {'connected' if connected else 'disconnected'}")


def test_a_stream_starts_with_the_current_number_and_hears_the_next_one(
    live_with_output: tuple[str, RealProcess], publish: Callable[..., None], secret: str
) -> None:
    live, _ = live_with_output
    wait_connected(live)
    publish(revision=127)
    stream = Listener(stream_of(live, secret, log_id=LOG))

    first = stream.next()
    publish(revision=128, topics=["scoring"])
    stream.until(("revision", "128"))
    publish(job=12)

    assert first == ("revision", "127")
    assert stream.next() == ("job", "12")
    stream.close()


def test_a_log_nobody_wrote_to_yet_is_told_as_unknown(
    live_with_output: tuple[str, RealProcess], redis_client: redis.Redis, secret: str
) -> None:
    live, _ = live_with_output
    redis_client.delete("fwselect:log:999999:revision")

    stream = Listener(stream_of(live, secret, log_id=999999))

    assert stream.next() == ("revision", "?")
    stream.close()


def test_without_a_good_ticket_there_is_no_stream(live_with_output: tuple[str, RealProcess], secret: str) -> None:
    live, _ = live_with_output

    old = Listener(stream_of(live, secret, log_id=LOG, now=time.time() - 61))
    forged = Listener(stream_of(live, "another secret", log_id=LOG))
    none = Listener(f"{live}/live/stream?")

    assert (old.status, forged.status, none.status) == (401, 401, 401)


def test_a_revoked_person_is_sent_away_and_an_older_ticket_of_theirs_is_refused(
    live_with_output: tuple[str, RealProcess], publish: Callable[..., None], secret: str
) -> None:
    live, _ = live_with_output
    wait_connected(live)
    address = stream_of(live, secret, log_id=LOG, person_id=9)
    theirs, others = Listener(address), Listener(stream_of(live, secret, log_id=LOG, person_id=10))
    theirs.next(), others.next()

    publish(revoke=9)

    end = theirs.next()
    assert end is not None and end[0] == "end"
    assert theirs.next() is None
    assert Listener(address).status == 403
    publish(revision=200)
    others.until(("revision", "200"))
    others.close()


def test_only_pages_of_the_same_host_name_may_read_the_stream(
    live_with_output: tuple[str, RealProcess], secret: str
) -> None:
    live, _ = live_with_output

    page = Listener(stream_of(live, secret, log_id=LOG), Origin="http://127.0.0.1:8000")
    foreign = Listener(stream_of(live, secret, log_id=LOG), Origin="http://elsewhere.example")

    assert page.answer.getheader("access-control-allow-origin") == "http://127.0.0.1:8000"
    assert foreign.answer.getheader("access-control-allow-origin") is None
    page.close()
    foreign.close()


def test_sigterm_ends_open_streams_with_different_waits_and_the_process_at_once(
    live_with_output: tuple[str, RealProcess], secret: str
) -> None:
    live, running = live_with_output
    streams = [Listener(stream_of(live, secret, log_id=LOG, person_id=person)) for person in range(20)]
    for stream in streams:
        stream.next()

    started = time.monotonic()
    running.process.send_signal(signal.SIGTERM)
    ends = [stream.last() for stream in streams]
    running.process.wait(timeout=60)

    assert time.monotonic() - started < LONG_BEFORE_A_STREAM_ENDS_BY_ITSELF
    assert all(end is not None and end[0] == "end" for end in ends), ends
    assert len({end[1] for end in ends if end}) > 10


def test_request_ids_pass_through_and_every_line_written_is_json(
    live_with_output: tuple[str, RealProcess], secret: str
) -> None:
    live, running = live_with_output

    stream = Listener(stream_of(live, secret, log_id=LOG), X_Request_ID="workshop-0001")
    stream.next()
    stream.close()
    refused = Listener(f"{live}/live/stream?ticket=x", X_Request_ID="bad id\twith blanks")
    ends = time.monotonic() + 60
    while b"stream_closed" not in running.said.read_bytes() and time.monotonic() < ends:
        time.sleep(0.05)

    lines = [json.loads(line) for line in running.said.read_text().splitlines()]
    closed = next(line for line in lines if line["event"] == "stream_closed")
    assert stream.answer.getheader("x-request-id") == "workshop-0001"
    assert closed["request_id"] == "workshop-0001" and closed["log"] == LOG
    assert refused.answer.getheader("x-request-id") != "bad id\twith blanks"


def test_counts_are_told_to_prometheus(live_with_output: tuple[str, RealProcess], secret: str) -> None:
    live, _ = live_with_output
    stream = Listener(stream_of(live, secret, log_id=LOG))
    stream.next()

    with urllib.request.urlopen(f"{live}/live/metrics", timeout=30) as answer:
        text = answer.read().decode()

    assert "fwselect_live_streams 1\n" in text
    assert "fwselect_live_opened_total 1\n" in text
    stream.close()


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[tuple[str, Callable[[], subprocess.Popen[bytes]]]]:
    """A Redis-protocol server of this test alone, to be frozen and killed; the second part starts it."""
    var = tmp_path / "var"
    services.prepare_var(var)
    addresses.sockets_folder(var).mkdir(mode=0o700, parents=True, exist_ok=True)
    server = Valkey(var, durable=False)
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        process = server.start()
        started.append(process)
        server.wait_ready(process)
        return process

    server.initialise()
    yield addresses.redis_url(var), start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait(timeout=60)


def test_a_redis_that_is_killed_costs_nothing_but_a_moment(
    own_valkey: tuple[str, Callable[[], subprocess.Popen[bytes]]], secret: str
) -> None:
    url, start = own_valkey
    server, port = start(), free_port()
    running = RealProcess("live", commands.live(), live_environment(port, REDIS_URL=url))
    try:
        running.wait_for(lambda: listens(port))
        live = f"http://127.0.0.1:{port}"
        wait_connected(live)
        stream = Listener(stream_of(live, secret, log_id=LOG))
        stream.next()

        server.kill()
        server.wait(timeout=60)
        stream.until(("revision", "?"))
        newcomer = Listener(stream_of(live, secret, log_id=LOG, person_id=2))
        told_to_newcomer = newcomer.next()
        start()
        wait_connected(live)
        redis.Redis.from_url(url).publish(f"fwselect:log:{LOG}", json.dumps({"log": LOG, "revision": 300}))

        assert told_to_newcomer == ("revision", "?")
        stream.until(("revision", "300"))
        newcomer.until(("revision", "300"))
        stream.close()
        newcomer.close()
    finally:
        running.stop()


def test_a_redis_that_freezes_is_noticed_and_streams_are_told_to_ask(
    own_valkey: tuple[str, Callable[[], subprocess.Popen[bytes]]], secret: str
) -> None:
    url, start = own_valkey
    server, port = start(), free_port()
    running = RealProcess("live", commands.live(), live_environment(port, REDIS_URL=url))
    try:
        running.wait_for(lambda: listens(port))
        live = f"http://127.0.0.1:{port}"
        wait_connected(live)
        stream = Listener(stream_of(live, secret, log_id=LOG))
        stream.next()

        server.send_signal(signal.SIGSTOP)
        stream.until(("revision", "?"))
        server.send_signal(signal.SIGCONT)
        wait_connected(live)
        redis.Redis.from_url(url).publish(f"fwselect:log:{LOG}", json.dumps({"log": LOG, "revision": 301}))

        stream.until(("revision", "301"))
        stream.close()
    finally:
        running.stop()


@pytest.mark.parametrize("name", ["REDIS_URL", "FWSELECT_LIVE_SECRET", "FWSELECT_LIVE_PORT"])
def test_a_missing_setting_stops_the_start_with_one_line_that_names_it(name: str) -> None:
    env = {**live_environment(free_port()), name: ""}

    ended = subprocess.run(commands.live(), env=env, capture_output=True, text=True, timeout=120, check=False)

    assert ended.returncode == 78
    assert name in ended.stderr and len(ended.stderr.splitlines()) == 1


def test_the_live_process_imports_no_django() -> None:
    program = "import sys, evaluations.live.stream; print([m for m in sys.modules if m.split('.')[0] == 'django'])"

    ended = subprocess.run(
        [*commands.live()[:1], "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=settings.BASE_DIR,
    )

    assert ended.stdout.strip() == "[]"


def test_the_live_process_may_hold_more_streams_than_the_usual_limit_of_descriptors(
    live_with_output: tuple[str, RealProcess],
) -> None:
    _, running = live_with_output

    limits = Path(f"/proc/{running.process.pid}/limits").read_text()
    soft, hard = next(line.split()[3:5] for line in limits.splitlines() if line.startswith("Max open files"))

    assert hard == "unlimited" or int(soft) >= min(int(hard), 65_536)
