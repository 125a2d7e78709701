import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from evaluations.live.stream import Live
from evaluations.live.streams import LIFE_SECONDS, MOST_JOBS_PENDING, MOST_PER_PERSON, RECHECK_SECONDS, Streams


def test_a_slow_reader_gets_the_newest_number_only() -> None:
    streams = Streams()
    slow = streams.open(7, 1, now=0.0)

    for revision in range(100, 200):
        streams.hear({"log": 7, "revision": revision, "topics": ["scoring"]}, now=0.0)

    assert slow.taken() == b"event: revision\ndata: 199\n\n"
    assert slow.taken() == b""


def test_a_change_of_one_log_is_not_told_to_the_streams_of_another() -> None:
    streams = Streams()
    here, there = streams.open(7, 1, now=0.0), streams.open(8, 1, now=0.0)

    streams.hear({"log": 7, "revision": 5}, now=0.0)

    assert here.taken() == b"event: revision\ndata: 5\n\n"
    assert there.taken() == b""


def test_jobs_are_told_once_each_and_never_pile_up() -> None:
    streams = Streams()
    stream = streams.open(7, 1, now=0.0)

    for job in [*range(200), 3, 3]:
        streams.hear({"log": 7, "job": job}, now=0.0)

    assert stream.taken().count(b"event: job") == MOST_JOBS_PENDING


def test_a_revoked_person_loses_the_streams_of_that_log_alone() -> None:
    streams = Streams()
    revoked, other_log, other_person = streams.open(7, 1, 0.0), streams.open(8, 1, 0.0), streams.open(7, 2, 0.0)

    streams.hear({"log": 7, "revoke": 1}, now=50.0)

    assert (revoked.ended, other_log.ended, other_person.ended) == (True, False, False)
    assert b"event: end" in revoked.taken()
    assert streams.was_revoked(7, 1, issued_at=49.0)
    assert not streams.was_revoked(7, 1, issued_at=51.0)
    assert not streams.was_revoked(7, 2, issued_at=49.0)


def test_after_the_signal_was_lost_all_are_told_to_ask_and_to_show_their_ticket_again() -> None:
    streams = Streams()
    stream = streams.open(7, 1, now=0.0)
    streams.hear({"log": 7, "revision": 5}, now=0.0)
    stream.taken()

    streams.signal_lost(now=100.0)

    assert stream.taken() == b"event: revision\ndata: ?\n\n"
    assert stream.ends_at <= 100.0 + RECHECK_SECONDS
    assert streams.known == {}


def test_a_stream_ends_by_itself_after_its_life() -> None:
    streams = Streams()
    stream = streams.open(7, 1, now=0.0)

    streams.beat(now=LIFE_SECONDS * 0.5)
    young = stream.taken()
    streams.beat(now=LIFE_SECONDS * 1.3)
    old = stream.taken()

    assert young == b"event: beat\ndata: \n\n"
    assert b"event: end" in old


def test_one_person_may_hold_only_so_many_streams_of_a_log() -> None:
    streams = Streams()

    opened = [streams.open(7, 1, now=0.0) for _ in range(MOST_PER_PERSON)]

    assert streams.is_full_for(7, 1)
    assert not streams.is_full_for(7, 2)
    streams.close(opened[0])
    assert not streams.is_full_for(7, 1)


def test_messages_that_mean_nothing_are_passed_over() -> None:
    streams = Streams()
    stream = streams.open(7, 1, now=0.0)

    for message in ({}, {"log": "7", "revision": 1}, {"log": 7, "revision": "1"}, {"log": 7, "job": None}):
        streams.hear(message, now=0.0)

    assert stream.taken() == b""


def test_who_stops_while_a_number_is_being_sent_still_takes_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []

    async def stopped_over_the_first_number() -> None:
        live = Live(redis_url="redis://127.0.0.1:1/0", secret="a secret of this test")
        stream = live.streams.open(7, 1, now=0.0)

        async def send(message: dict[str, Any]) -> None:
            if body := message.get("body"):
                live.stop()
                sent.append(body)

        async def current(log_id: int) -> str:
            return "5"

        async def receive() -> dict[str, Any]:
            return await asyncio.Future()

        monkeypatch.setattr(live.signal, "current", current)
        await asyncio.wait_for(live.pump(stream, "a-request", {}, receive, send), 20)

    with ThreadPoolExecutor() as elsewhere:  # a browser of other tests has a loop of its own in this thread
        elsewhere.submit(asyncio.run, stopped_over_the_first_number()).result()

    assert sent[0] == b"event: revision\ndata: 5\n\n"
    assert b"event: end" in sent[1]
    assert len(sent) == 2
