from celery import shared_task
from django.utils import timezone

from evaluations.jobs import actions as jobs
from evaluations.record import actions, freezing


@shared_task(name=actions.PRINT, ignore_result=True)
def print_draft(job_id: int) -> None:
    job = jobs.claim(job_id=job_id, at=timezone.now())
    if job:
        actions.print_draft(job=job)


@shared_task(name=freezing.PRINT, ignore_result=True)
def print_final(job_id: int) -> None:
    job = jobs.claim(job_id=job_id, at=timezone.now())
    if job:
        freezing.print_final(job=job)
