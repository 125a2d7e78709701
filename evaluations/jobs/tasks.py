from celery import shared_task
from django.utils import timezone

from evaluations.jobs import actions


@shared_task(name="evaluations.jobs.tasks.sweep", ignore_result=True)
def sweep() -> None:
    actions.sweep(at=timezone.now())
