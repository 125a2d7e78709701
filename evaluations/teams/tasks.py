from celery import shared_task
from django.core.mail import EmailMessage

from evaluations.teams.mail import TASK


@shared_task(name=TASK, ignore_result=True, autoretry_for=(OSError,), retry_backoff=5, max_retries=8)
def send_mail(subject: str, body: str, from_email: str, to: list[str]) -> None:
    """Tried for about twenty minutes while the mail server is away."""
    EmailMessage(subject, body, from_email, to).send()
