from datetime import datetime, timedelta
from typing import Any

import pytest
import redis
from celery import current_app
from django.db import transaction

from evaluations.audit import announcing
from evaluations.audit.actions import open_log
from evaluations.jobs import actions
from evaluations.jobs.actions import GIVEN_UP, LEASE, MOST_ATTEMPTS, RESEND_AFTER, MoveNotAllowed
from evaluations.jobs.models import Job
from tests.at_once import at_once
from tests.builders import NOW

State = Job.State
SECOND = timedelta(seconds=1)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids of the jobs the broker was told of, in order."""
    ids: list[int] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, kwargs, retry: ids.append(kwargs["job_id"]))
    return ids


def make_job(**fields: Any) -> Job:
    found = {"task": "evaluations.jobs.tasks.sweep", "title": "Work", "queued_at": NOW, "sent_at": NOW, **fields}
    return Job.objects.create(**found)


def now_of(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def claimed(job: Job, at: datetime = NOW) -> Job:
    found = actions.claim(job_id=job.pk, at=at)
    assert found is not None
    return found


def enqueue(**fields: Any) -> Job:
    asked = {"task": "evaluations.record.tasks.x", "arguments": {}, "about": {}, "title": "Print", "on": None}
    return actions.enqueue(**asked, **fields, by=None, at=NOW)


@pytest.mark.django_db(transaction=True)
def test_the_broker_hears_of_a_job_after_the_commit(sent: list[int]) -> None:
    with transaction.atomic():
        job = enqueue()
        assert sent == []

    assert sent == [job.pk]


@pytest.mark.django_db(transaction=True)
def test_no_worker_is_woken_for_a_job_that_its_own_write_took(sent: list[int]) -> None:
    with transaction.atomic():
        taken = actions.claim(job_id=enqueue().pk, at=NOW)

    assert taken is not None
    assert sent == []


@pytest.mark.django_db(transaction=True)
def test_a_job_of_a_write_that_was_rolled_back_never_was(sent: list[int]) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue()
        raise ZeroDivisionError

    assert (sent, Job.objects.count()) == ([], 0)


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_costs_nothing_and_the_sweeper_sends_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(current_app, "send_task", away)
    with transaction.atomic():
        job = enqueue()
    told: list[int] = []
    assert actions.sweep(at=NOW + RESEND_AFTER + SECOND) == 0
    monkeypatch.setattr(current_app, "send_task", lambda name, kwargs, retry: told.append(kwargs["job_id"]))

    assert actions.sweep(at=NOW + RESEND_AFTER + SECOND) == 1
    assert told == [job.pk]


@pytest.mark.django_db(transaction=True)
def test_of_fifty_deliveries_one_gets_the_job() -> None:
    job = make_job()
    taken: list[int] = []

    def deliver() -> None:
        found = actions.claim(job_id=job.pk, at=NOW)
        if found:
            taken.append(found.pk)

    outcomes = [outcome for _ in range(5) for outcome in at_once(*[deliver] * 10)]

    assert outcomes == [None] * 50
    assert taken == [job.pk]
    assert (now_of(job).attempts, now_of(job).state) == (1, State.RUNNING)


@pytest.mark.django_db
class TestClaiming:
    def test_a_job_that_is_worked_on_is_left_alone_until_its_lease_ends(self) -> None:
        job = make_job()
        claimed(job)

        early = actions.claim(job_id=job.pk, at=NOW + LEASE - SECOND)
        late = actions.claim(job_id=job.pk, at=NOW + LEASE)

        assert early is None
        assert late is not None and late.attempts == 2

    def test_progress_renews_the_lease(self) -> None:
        job = claimed(make_job())
        actions.report(job=job, done=1, total=10, step="reading", at=NOW + LEASE - SECOND)

        assert actions.claim(job_id=job.pk, at=NOW + LEASE + SECOND) is None

    @pytest.mark.parametrize("state", [State.DONE, State.FAILED, State.QUARANTINED, State.CANCELLED])
    def test_what_has_ended_is_not_started_again(self, state: str) -> None:
        assert actions.claim(job_id=make_job(state=state).pk, at=NOW) is None

    def test_a_job_that_is_not_there_is_nobodys(self) -> None:
        assert actions.claim(job_id=10**9, at=NOW) is None

    def test_the_fourth_try_is_not_made(self) -> None:
        job, at = make_job(), NOW
        for _ in range(MOST_ATTEMPTS):
            claimed(job, at)
            at += LEASE

        fourth = actions.claim(job_id=job.pk, at=at)

        assert fourth is None
        assert (now_of(job).state, now_of(job).error, now_of(job).ended_at) == (State.QUARANTINED, GIVEN_UP, at)


@pytest.mark.django_db
class TestReporting:
    def test_progress_is_saved_once_a_second(self) -> None:
        job = claimed(make_job())
        for tenth in range(1, 21):
            actions.report(job=job, done=tenth, total=20, step="reading", at=NOW + tenth * SECOND / 10)

        assert now_of(job).done == 20
        assert now_of(job).seen_at == NOW + 2 * SECOND

    def test_what_comes_within_the_second_is_not_saved(self) -> None:
        job = claimed(make_job())
        actions.report(job=job, done=0, total=20, step="beginning", at=NOW)

        actions.report(job=job, done=5, total=20, step="reading", at=NOW + SECOND / 2)

        assert (now_of(job).done, now_of(job).step) == (0, "beginning")

    def test_a_cancelled_job_is_told_so(self) -> None:
        job = claimed(make_job())
        actions.cancel(job=job, at=NOW + SECOND)

        assert actions.report(job=job, done=5, total=20, step="reading", at=NOW + 2 * SECOND) is False
        assert now_of(job).done == 0

    def test_a_worker_that_was_overtaken_is_told_so_and_cannot_give_the_job_back(self) -> None:
        slow = claimed(make_job())
        quick = claimed(slow, NOW + LEASE)

        told = actions.report(job=slow, done=5, total=20, step="reading", at=NOW + LEASE + 2 * SECOND)
        actions.release(job=slow, at=NOW + LEASE + 2 * SECOND)

        assert told is False
        assert (now_of(quick).state, now_of(quick).done) == (State.RUNNING, 0)

    @pytest.mark.parametrize(("done", "total", "percent"), [(0, None, None), (5, 20, 25), (30, 20, 100), (0, 0, None)])
    def test_percent(self, done: int, total: int | None, percent: int | None) -> None:
        assert make_job(done=done, total=total).percent == percent


MOVES = {
    State.DONE: lambda job: actions.finish(job=job, at=NOW),
    State.FAILED: lambda job: actions.fail(job=job, error="no", at=NOW),
    State.QUARANTINED: lambda job: actions.quarantine(job=job, error="no", at=NOW),
    State.CANCELLED: lambda job: actions.cancel(job=job, at=NOW),
    State.QUEUED: lambda job: actions.retry(job=job, at=NOW),
}


@pytest.mark.django_db
@pytest.mark.parametrize("to", MOVES)
@pytest.mark.parametrize("state", State.values)
def test_jobs_move_along_the_table_and_nowhere_else(state: str, to: str) -> None:
    job = make_job(state=state)

    if to in Job.MOVES[state]:
        MOVES[to](job)
        assert now_of(job).state == to
    else:
        with pytest.raises(MoveNotAllowed):
            MOVES[to](job)
        assert now_of(job).state == state


@pytest.mark.django_db
def test_finishing_fills_the_bar_and_a_retry_begins_anew() -> None:
    done = claimed(make_job(total=7))
    actions.finish(job=done, at=NOW + SECOND)
    failed = claimed(make_job())
    actions.fail(job=failed, error="disk full", at=NOW + SECOND)

    actions.retry(job=failed, at=NOW + 2 * SECOND)

    assert (now_of(done).done, now_of(done).ended_at) == (7, NOW + SECOND)
    again = now_of(failed)
    assert (again.state, again.attempts, again.error, again.ended_at) == (State.QUEUED, 0, "", None)


@pytest.mark.django_db
class TestSweeping:
    def test_what_waits_too_long_or_lost_its_worker_is_sent_again(self, sent: list[int]) -> None:
        at = NOW + LEASE + SECOND
        waits, never = make_job(), make_job(sent_at=None)
        fresh = make_job(sent_at=at - SECOND)
        dead, alive = claimed(make_job()), claimed(make_job())
        actions.report(job=alive, done=1, total=None, step="on", at=at - SECOND)
        make_job(state=State.DONE)

        count = actions.sweep(at=at)

        assert (count, sent) == (3, [waits.pk, never.pk, dead.pk])
        assert fresh.pk not in sent

    def test_it_does_not_ring_twice_for_the_same_job_within_a_moment(self, sent: list[int]) -> None:
        claimed(make_job())
        at = NOW + LEASE + SECOND
        actions.sweep(at=at)

        actions.sweep(at=at + 5 * SECOND)

        assert len(sent) == 1

    def test_a_released_job_is_sent_at_the_next_sweep(self, sent: list[int]) -> None:
        job = claimed(make_job())
        actions.release(job=job, at=NOW + SECOND)

        actions.sweep(at=NOW + 2 * SECOND)

        assert sent == [job.pk]
        assert now_of(job).state == State.QUEUED


@pytest.mark.django_db(transaction=True)
def test_progress_is_announced_on_the_jobs_log(redis_client: redis.Redis) -> None:
    log = open_log()
    channel = redis_client.pubsub()
    channel.subscribe(announcing.channel(log.pk))
    channel.get_message(timeout=30)
    job = make_job(log=log)

    claimed(job)

    message = channel.get_message(timeout=30)
    assert message and message["data"] == f'{{"log": {log.pk}, "job": {job.pk}}}'.encode()
