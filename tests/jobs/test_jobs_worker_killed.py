"""The whole worker killed in mid-task, as by a machine without memory: the job is done once, without a hand."""

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest
import redis
from celery import current_app
from django.db import transaction
from django.utils import timezone

from evaluations.jobs import actions
from evaluations.jobs.models import Job
from fwselect.local import commands
from tests.jobs.slow_tasks import NAME
from tests.real_processes import RealProcess

PROMISED_S, PATIENCE_S = 30.0, 150.0
WORK_S = 2.0
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def start_worker(transactional_db: None, process_environment: dict[str, str]) -> Iterator[Callable[[], RealProcess]]:
    started: list[RealProcess] = []

    def start() -> RealProcess:
        command = [*commands.worker(concurrency=2), "--include", "tests.jobs.slow_tasks"]
        worker = RealProcess("worker", command, process_environment)
        started.append(worker)
        worker.wait_for(lambda: b" ready." in worker.said.read_bytes())
        return worker

    yield start
    for worker in started:
        worker.stop()


def enqueue() -> Job:
    with transaction.atomic():
        return actions.enqueue(task=NAME, arguments={}, about={}, title="Slow", on=None, by=None, at=timezone.now())


def wait(ready: Callable[[], bool], seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if ready():
            return True
        time.sleep(0.1)
    return False


def count(marks: redis.Redis, name: str, job: Job) -> int:
    return int(marks.get(f"test:{name}:{job.pk}") or 0)


def state_of(job: Job) -> str:
    return Job.objects.values_list("state", flat=True).get(pk=job.pk)


def test_a_job_whose_worker_was_killed_is_done_once_without_a_hand(
    start_worker: Callable[[], RealProcess], redis_client: redis.Redis
) -> None:
    first = start_worker()
    job = enqueue()
    assert wait(lambda: count(redis_client, "began", job) == 1, 60), first.said.read_text()[-2000:]

    os.killpg(first.process.pid, signal.SIGKILL)
    killed = time.monotonic()
    second = start_worker()
    every = swept_every()
    swept = 0.0
    while time.monotonic() - killed < PATIENCE_S and state_of(job) != Job.State.DONE:
        if time.monotonic() - swept >= every:
            current_app.send_task("evaluations.jobs.tasks.sweep", retry=False)
            swept = time.monotonic()
        time.sleep(0.1)

    assert state_of(job) == Job.State.DONE, second.said.read_text()[-2000:]
    assert (count(redis_client, "began", job), count(redis_client, "ended", job)) == (2, 1)
    assert Job.objects.get(pk=job.pk).attempts == 2


def test_lease_sweep_and_work_together_take_less_than_thirty_seconds() -> None:
    """A busy machine sets how long a worker takes to start; `make prove` measures the whole on a calm one."""
    assert actions.LEASE.total_seconds() + swept_every() + WORK_S < PROMISED_S


def test_fifty_deliveries_to_a_real_worker_do_the_work_once(
    start_worker: Callable[[], RealProcess], redis_client: redis.Redis
) -> None:
    start_worker()
    job = enqueue()
    for _ in range(49):
        actions.send(job)

    assert wait(lambda: state_of(job) == Job.State.DONE, 60)
    assert wait(lambda: redis_client.llen("fwselect:celery:celery") == 0, 60)
    time.sleep(0.5)
    assert (count(redis_client, "began", job), count(redis_client, "ended", job)) == (1, 1)


def swept_every() -> int:
    from django.conf import settings

    return next(seconds for _, name, seconds in settings.PERIODIC_TASKS if name.endswith("sweep"))
