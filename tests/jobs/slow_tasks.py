"""A task that takes its time, for the worker of the tests: its marks say how often it began and ended."""

import time

from celery import shared_task
from django.utils import timezone

from evaluations.jobs import actions

NAME = "tests.jobs.slow_tasks.slow"


@shared_task(name=NAME, ignore_result=True)
def slow(job_id: int) -> None:
    import redis
    from django.conf import settings

    job = actions.claim(job_id=job_id, at=timezone.now())
    if job is None:
        return
    marks = redis.Redis.from_url(settings.REDIS_URL)
    marks.incr(f"test:began:{job_id}")
    for done in range(1, 5):
        time.sleep(0.5)
        actions.report(job=job, done=done, total=4, step="sleeping", at=timezone.now())
    marks.incr(f"test:ended:{job_id}")
    actions.finish(job=job, at=timezone.now())
