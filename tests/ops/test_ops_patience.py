"""Who may still try the database while it is in doubt. Real threads, no database."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fwselect.local.processes import wait_until
from fwselect.ops import patience
from fwselect.ops.patience import Answers, Gate


@contextmanager
def waiting_for_the_database(answers: Answers, since: float) -> Iterator[None]:
    """Another thread that began to wait some time ago and is still waiting."""
    thread_id = -1
    answers.waits[thread_id] = patience.Wait(time.monotonic() - since)
    try:
        yield
    finally:
        answers.waits.pop(thread_id)


def silent_for(answers: Answers, seconds: float) -> None:
    answers.answered_at = time.monotonic() - seconds


def test_a_slow_statement_alone_is_no_doubt_while_others_are_answered() -> None:
    answers = Answers()

    with waiting_for_the_database(answers, since=3.0):
        answers.heard()

        assert not answers.in_doubt()


def test_silence_without_anybody_waiting_is_no_doubt() -> None:
    answers = Answers()
    silent_for(answers, 3600)

    assert not answers.in_doubt()


def test_in_doubt_one_request_tries_and_the_next_is_refused_within_a_moment() -> None:
    answers = Answers()
    gate = Gate(threads=8, answers=answers)
    silent_for(answers, 2)

    with waiting_for_the_database(answers, since=2.0), gate.place() as first:
        started = time.monotonic()
        with gate.place() as second:
            seconds = time.monotonic() - started

    assert (first, second) == (True, False)
    assert patience.DOUBT_SECONDS <= seconds < patience.TURN_SECONDS


def test_in_doubt_the_rest_is_refused_at_once_so_that_threads_stay_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "DOUBT_SECONDS", 30.0)
    answers = Answers()
    gate = Gate(threads=8, answers=answers)
    silent_for(answers, 2)
    gate.waiting = patience.ROOM_IN_DOUBT

    with waiting_for_the_database(answers, since=2.0), gate.place() as probe:
        started = time.monotonic()
        with gate.place() as refused:
            seconds = time.monotonic() - started

    assert (probe, refused) == (True, False)
    assert seconds < patience.DOUBT_SECONDS


def test_an_answer_lets_those_who_waited_for_the_outcome_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "DOUBT_SECONDS", 60.0)
    answers = Answers()
    gate = Gate(threads=8, answers=answers)
    answers.lost = True
    admitted: list[bool] = []

    def come() -> None:
        with gate.place() as may:
            admitted.append(may)

    with gate.place() as probe:
        newcomer = threading.Thread(target=come)
        newcomer.start()
        waited = wait_until(lambda: gate.waiting == 1, 30, 0.001)
        answers.heard()
        newcomer.join(timeout=30)

    assert (probe, waited, admitted) == (True, True, [True])


def test_without_doubt_a_full_house_waits_for_a_place_instead_of_being_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "TURN_SECONDS", 60.0)
    gate = Gate(threads=5, answers=Answers())
    admitted: list[bool] = []

    def come() -> None:
        with gate.place() as may:
            admitted.append(may)
            time.sleep(0.02)

    crowd = [threading.Thread(target=come) for _ in range(20)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(timeout=60)

    assert admitted == [True] * 20
    assert gate.inside == 0


def test_the_gate_leaves_four_threads_to_a_probe_to_those_who_wait_and_to_refusals() -> None:
    assert Gate(threads=8).places == 4
    assert Gate(threads=5).places == 1


def test_a_place_is_given_back_when_the_page_fails() -> None:
    gate = Gate(threads=8, answers=Answers())

    try:
        with gate.place():
            raise RuntimeError
    except RuntimeError:
        pass

    assert (gate.inside, gate.probing) == (0, False)


def test_patience_is_each_threads_own() -> None:
    seen: list[float | None] = []

    with patience.at_most(1.5):
        mine = patience.seconds()
        other = threading.Thread(target=lambda: seen.append(patience.seconds()))
        other.start()
        other.join()

    assert (mine, seen, patience.seconds()) == (1.5, [None], None)
