"""Background work: the row is written with the change that asks for it, the broker hears of it after the commit.

A task claims its row before it starts; a second delivery finds it claimed and does nothing. What the broker lost
is sent again by the sweeper, and so is a job whose worker died: its lease runs out.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from celery import current_app
from django.db import transaction
from django.db.models import Q
from structlog.contextvars import get_contextvars

from evaluations.audit.announcing import announce_job
from evaluations.audit.models import AuditLog
from evaluations.jobs.models import Job

LEASE = timedelta(seconds=20)
RESEND_AFTER = timedelta(seconds=10)
MOST_ATTEMPTS = 3
REPORT_EVERY = timedelta(seconds=1)
GIVEN_UP = f"Given up after {MOST_ATTEMPTS} tries: the work never ended."

log = structlog.get_logger(__name__)


class MoveNotAllowed(RuntimeError):
    """The job is not in a state from which this move leads."""


def enqueue(
    *,
    task: str,
    arguments: dict[str, Any],
    about: dict[str, Any],
    title: str,
    on: AuditLog | None,
    by: Any,
    at: datetime,
) -> Job:
    """Write the job's row inside the caller's transaction and ring the broker after the commit.

    task: the Celery task's name; it is called with `job_id` alone. arguments: JSON, kept on the row.
    """
    job = Job.objects.create(
        task=task,
        arguments=arguments,
        about=about,
        title=title,
        log=on,
        queued_by=by if getattr(by, "pk", None) else None,
        queued_at=at,
        sent_at=at,
        request_id=str(get_contextvars().get("request_id", ""))[:64],
    )
    transaction.on_commit(lambda: _send_if_still_wanted(job))
    return job


def _send_if_still_wanted(job: Job) -> None:
    """Who claimed it in the transaction that wrote it does the work: no worker is to be woken for nothing."""
    if Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).exists():
        send(job)


def send(job: Job) -> bool:
    """Ring the broker; False when it can't be reached (the sweeper tries again)."""
    try:
        current_app.send_task(job.task, kwargs={"job_id": job.pk}, retry=False)
    except Exception as error:  # kombu and redis raise a dozen unrelated kinds; the row is the truth
        log.warning("job_not_sent", job_id=job.pk, reason=str(error))
        return False
    return True


def claim(*, job_id: int, at: datetime) -> Job | None:
    """Take the job for this delivery; None when it is done, or another delivery works on it and is alive.

    The fourth try is not made: the job is set aside (quarantined).
    """
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=job_id).first()
        if job is None or not job.is_open:
            return None
        if job.state == Job.State.RUNNING and job.seen_at and at - job.seen_at < LEASE:
            return None
        if job.attempts >= MOST_ATTEMPTS:
            _end(job, Job.State.QUARANTINED, at=at, error=GIVEN_UP)
            return None
        job.state = Job.State.RUNNING
        job.attempts += 1
        job.started_at = job.seen_at = at
        job.done, job.step = 0, ""
        job.save()
    _announce(job)
    return job


def report(*, job: Job, done: int, total: int | None, step: str, at: datetime) -> bool:
    """Save progress at most once a second, which also renews the lease.

    False when this delivery has lost the job: it was cancelled, or another delivery took it over.
    """
    if job.seen_at and at - job.seen_at < REPORT_EVERY and done:
        return True
    mine = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempts=job.attempts)
    changed = mine.update(done=done, total=total, step=step[:200], seen_at=at)
    job.done, job.total, job.step, job.seen_at = done, total, step, at
    _announce(job)
    return bool(changed)


def finish(*, job: Job, at: datetime) -> None:
    _move(job, Job.State.DONE, at=at)


def fail(*, job: Job, error: str, at: datetime) -> None:
    _move(job, Job.State.FAILED, at=at, error=error)


def quarantine(*, job: Job, error: str, at: datetime) -> None:
    _move(job, Job.State.QUARANTINED, at=at, error=error)


def cancel(*, job: Job, at: datetime) -> None:
    _move(job, Job.State.CANCELLED, at=at)


def retry(*, job: Job, at: datetime) -> None:
    """Put a failed or set-aside job back in the queue, with a fresh count of tries."""
    with transaction.atomic():
        locked = _locked(job, Job.State.QUEUED)
        locked.state, locked.attempts, locked.error, locked.ended_at = Job.State.QUEUED, 0, "", None
        locked.sent_at = at
        locked.save()
        transaction.on_commit(lambda: send(locked))
    _announce(locked)


def release(*, job: Job, at: datetime) -> None:
    """Give a running job back, e.g. when its worker is asked to stop; the next delivery starts it again."""
    mine = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempts=job.attempts)
    mine.update(state=Job.State.QUEUED, sent_at=None, seen_at=None)


def sweep(*, at: datetime) -> int:
    """Send again what waits too long and what a dead worker left; returns how many."""
    silent = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, seen_at__lt=at - LEASE)
    lost = Job.objects.filter(silent & (Q(sent_at__isnull=True) | Q(sent_at__lt=at - RESEND_AFTER)))
    count = 0
    for job in lost.order_by("pk")[:500]:
        if send(job):
            Job.objects.filter(pk=job.pk).update(sent_at=at)
            count += 1
    if count:
        log.info("jobs_sent_again", count=count)
    return count


def _move(job: Job, state: str, *, at: datetime, error: str = "") -> None:
    with transaction.atomic():
        locked = _locked(job, state)
        _end(locked, state, at=at, error=error)
    job.state, job.error, job.ended_at = locked.state, locked.error, locked.ended_at
    _announce(job)


def _locked(job: Job, state: str) -> Job:
    locked = Job.objects.select_for_update().get(pk=job.pk)
    if state not in Job.MOVES[locked.state]:
        raise MoveNotAllowed(f"job {job.pk} is {locked.state}: it can't become {state}")
    return locked


def _end(job: Job, state: str, *, at: datetime, error: str = "") -> None:
    job.state, job.error, job.ended_at, job.seen_at = state, error, at, at
    if state == Job.State.DONE and job.total:
        job.done = job.total
    job.save()


def _announce(job: Job) -> None:
    if job.log_id:
        log_id, job_id = job.log_id, job.pk
        transaction.on_commit(lambda: announce_job(log_id, job_id))
