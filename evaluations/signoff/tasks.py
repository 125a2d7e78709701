from celery import shared_task
from django.utils import timezone

from evaluations.signoff import notices


@shared_task(name="evaluations.signoff.tasks.send_notices", ignore_result=True)
def send_notices() -> None:
    notices.send_due(at=timezone.now())
