"""Mail about accounts, such as the link for a new password: no page waits for a mail server, the worker does."""

from collections.abc import Sequence
from typing import Any

import structlog
from celery import current_app
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

TASK = "evaluations.teams.tasks.send_mail"

log = structlog.get_logger(__name__)


class ByWorker(BaseEmailBackend):
    """A worker sends it, and tries again while the mail server is away. Without the broker it is sent at once."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            told: dict[str, Any] = {"subject": str(message.subject), "body": str(message.body)}
            told |= {"from_email": message.from_email, "to": list(message.to)}
            try:
                current_app.send_task(TASK, kwargs=told, retry=False)
            except Exception as error:  # kombu and redis raise a dozen unrelated kinds
                log.warning("mail_not_handed_over", reason=str(error))
                EmailMessage(**told).send(fail_silently=True)
        return len(email_messages)
