"""Mail about phases: ready, sent back or stale. Looked for once a minute: no write waits for a mail server."""

from collections.abc import Iterable
from datetime import datetime
from smtplib import SMTPRecipientsRefused

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import people_who
from evaluations.signoff.models import Notice
from evaluations.signoff.phases import authors_of
from evaluations.signoff.queries import PhaseStanding, phase_standings
from evaluations.signoff.states import PhaseState
from evaluations.teams.access import Capability
from evaluations.teams.models import Person

log = structlog.get_logger(__name__)

SUBJECTS = {
    PhaseState.READY: "{phase} is ready for review: {title}",
    PhaseState.CHANGES_REQUESTED: "Changes asked for in {phase}: {title}",
    PhaseState.STALE: "{phase} changed after it was signed: {title}",
}
TEXTS = {
    PhaseState.READY: "The phase {phase} of “{title}” misses nothing any more. Sign it, or ask for changes.",
    PhaseState.CHANGES_REQUESTED: "A reviewer asks for changes in the phase {phase} of “{title}”:",
    PhaseState.STALE: "What was signed of the phase {phase} of “{title}” changed since. A reviewer has to confirm it.",
}


def send_due(*, at: datetime) -> int:
    """Tell people of phases that became ready, stale or were sent back since the last look; how many mails went out.

    A mail server that is away raises OSError: what was not told yet is told at the next look.
    """
    return sum(_look_at(evaluation, at) for evaluation in _with_news())


def _with_news() -> Iterable[Evaluation]:
    """Open evaluations of which something happened since the last look."""
    rows = Evaluation.objects.filter(state__in=(Evaluation.State.OPEN, Evaluation.State.PROPOSED), example="")
    looked = dict(Notice.objects.order_by().values_list("evaluation_id", "revision"))
    found = rows.select_related("log", "team").order_by("pk")
    return [evaluation for evaluation in found if looked.get(evaluation.pk) != evaluation.log.count]


def _look_at(evaluation: Evaluation, at: datetime) -> int:
    before = dict(Notice.objects.filter(evaluation=evaluation).order_by().values_list("phase", "state"))
    sent = 0
    for standing in phase_standings(evaluation):
        if standing.state != before.get(standing.phase.value, PhaseState.OPEN) and standing.state in SUBJECTS:
            sent += _tell(evaluation, standing)
        Notice.objects.update_or_create(
            evaluation=evaluation,
            phase=standing.phase.value,
            defaults={"state": standing.state.value, "revision": evaluation.log.count, "at": at},
        )
    return sent


def _tell(evaluation: Evaluation, standing: PhaseStanding) -> int:
    addresses = [person.email for person in _people(evaluation, standing) if person.email and not person.is_demo]
    if not addresses or not settings.FWSELECT_MAIL_NOTICES:
        return 0
    words = {"phase": standing.phase.label, "title": evaluation.title}
    subject = SUBJECTS[standing.state].format(**words)
    text = _text(evaluation, standing, words)
    for address in addresses:
        _send(EmailMessage(subject=" ".join(f"fwselect: {subject}".split()), body=text, to=[address]), evaluation)
    log.info("notice_sent", evaluation_id=evaluation.pk, phase=standing.phase.value, state=standing.state.value)
    return len(addresses)


def _send(mail: EmailMessage, evaluation: Evaluation) -> None:
    """An address the mail server does not take costs that one mail: the others are not told again because of it."""
    try:
        mail.send()
    except SMTPRecipientsRefused:
        log.warning("notice_refused", evaluation_id=evaluation.pk)


def _people(evaluation: Evaluation, standing: PhaseStanding) -> list[Person]:
    """A phase that is ready: who may sign it. One that was sent back or changed: the leads and its authors."""
    authors = authors_of(evaluation, standing.phase.value)
    if standing.state == PhaseState.READY:
        return [person for person in people_who(Capability.SIGN, evaluation) if person.pk not in authors]
    leads = {person.pk for person in people_who(Capability.LEAD, evaluation)}
    return [person for person in people_who(Capability.READ, evaluation) if person.pk in leads | authors]


def _text(evaluation: Evaluation, standing: PhaseStanding, words: dict[str, str]) -> str:
    lines = [TEXTS[standing.state].format(**words)]
    lines += [f"- {point}" for point in standing.open_points]
    path = reverse("signoff:phase", args=[evaluation.pk, standing.phase.value])
    origin = settings.CSRF_TRUSTED_ORIGINS[0].rstrip("/") if settings.CSRF_TRUSTED_ORIGINS else ""
    where = f"{origin}{path}" if origin else f"Sign in and open the evaluation; its sign-off is at {path}"
    return "\n".join([*lines, "", where, ""])
