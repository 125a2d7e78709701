from celery import shared_task
from django.utils import timezone

from evaluations.jobs import actions as jobs
from evaluations.spikes import actions


@shared_task(name=actions.INGEST, ignore_result=True)
def ingest(job_id: int) -> None:
    job = jobs.claim(job_id=job_id, at=timezone.now())
    if job:
        actions.ingest(job=job)
    else:
        actions.settle(job_id=job_id, at=timezone.now())
