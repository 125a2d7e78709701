"""A worker killed -9 at a named place of its work, another in its stead, and what became of the job."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import redis
from celery import current_app
from django.conf import settings
from django.utils import timezone

from evaluations.jobs import actions as jobs
from evaluations.jobs.models import Job
from fwselect.local import commands
from fwselect.local.processes import wait_until
from tests.jobs.dying import PLACE, died_mark
from tests.real_processes import RealProcess

QUEUE = "fwselect:celery:celery"
PATIENCE_S = 150.0  # for a worker's start, the lease's seconds and the work, on a busy machine

INGEST_PLACES = (
    "before evaluations.spikes.actions.ingest",
    "before evaluations.spikes.limited.read_file",
    "after evaluations.spikes.limited.read_file",
    "after evaluations.spikes.actions.remeasure",
    "after evaluations.spikes.actions.ingest",
)
DRAFT_PLACES = (
    "before evaluations.record.actions.print_draft",
    "before evaluations.record.actions.print_record",
    "after evaluations.record.actions.print_record",
    "after evaluations.record.actions.stored_print",
    "after evaluations.record.actions.print_draft",
)
FINAL_PLACES = (
    "before evaluations.record.freezing.print_final",
    "before evaluations.record.freezing.print_record",
    "after evaluations.record.freezing.print_record",
    "after evaluations.record.freezing.stored_print",
    "after evaluations.record.freezing.print_final",
)


@contextmanager
def worker_with(env: dict[str, str], place: str) -> Iterator[RealProcess]:
    command = [*commands.worker(concurrency=1), "--include", "tests.jobs.dying"]
    worker = RealProcess("worker", command, {**env, PLACE: place})
    try:
        worker.wait_for(lambda: b" ready." in worker.said.read_bytes())
        yield worker
    finally:
        worker.stop()


def seconds_until_done_after_a_kill(
    env: dict[str, str], place: str, ask: Callable[[], Job], *, lease_ran_out: bool = False
) -> float:
    """Ask for the work, see the worker die at the place, start another, ring as beat does; seconds from the death.

    lease_ran_out: pretend that the lease's seconds have passed, instead of waiting for them.
    """
    broker = redis.Redis.from_url(settings.REDIS_URL)
    broker.delete(died_mark(place), QUEUE)
    with worker_with(env, place) as first:
        job = ask()
        assert wait_until(lambda: first.process.poll() is not None, 120, 0.05), first.said.read_text()[-3000:]
        died = time.monotonic()
        assert broker.get(died_mark(place)) == b"yes"
    if lease_ran_out:
        earlier = timezone.now() - jobs.LEASE - timedelta(seconds=1)
        Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(seen_at=earlier, sent_at=earlier)
    with worker_with(env, place) as second:
        assert _done(job, died), second.said.read_text()[-3000:]
        seconds = time.monotonic() - died
        jobs.send(job)  # one delivery more than needed, as of a broker that gives a message back
        assert wait_until(lambda: broker.llen(QUEUE) == 0, 60)
        time.sleep(0.5)
    return seconds


def _done(job: Job, since: float) -> bool:
    every = next(seconds for _, name, seconds in settings.PERIODIC_TASKS if name.endswith("sweep"))
    swept = 0.0
    while time.monotonic() - since < PATIENCE_S:
        if Job.objects.filter(pk=job.pk, state=Job.State.DONE).exists():
            return True
        if time.monotonic() - swept >= every:
            current_app.send_task("evaluations.jobs.tasks.sweep", retry=False)
            swept = time.monotonic()
        time.sleep(0.1)
    return False
