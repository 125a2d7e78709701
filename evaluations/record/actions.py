"""Asking for a draft record, and printing it from what was stored when it was asked for."""

import hashlib
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from evaluations.audit.actions import Entry, writing
from evaluations.candidates.access import check_can
from evaluations.candidates.models import Evaluation
from evaluations.jobs import actions as jobs
from evaluations.jobs.models import Job
from evaluations.record.canonical import checksum
from evaluations.record.compose import compose, counted_body
from evaluations.record.models import Draft
from evaluations.record.printing import CannotPrint, print_record
from evaluations.record.validation import InvalidBody
from evaluations.teams.access import Capability, Refused
from evaluations.teams.models import Person

PRINT = "evaluations.record.tasks.print_draft"
STEPS = 2


def request_draft(*, evaluation: Evaluation, by: Person, at: datetime) -> Draft:
    """Compose the body as at now, keep it, and ask the worker to print it; everybody who may read may ask.

    The same body is the same draft: while it stands or is being printed, nothing is written. A draft whose printing
    failed, or whose file is gone, is printed again. Raises Refused.
    """
    check_can(Capability.READ, by, evaluation)
    if not evaluation.is_writable:
        raise Refused("Nothing changes here any more: the record of what was decided stands on its own page.")
    count, body = counted_body(evaluation)
    digest = checksum(body)
    standing = _same(evaluation, digest)
    if standing and _needs_no_printing(standing):
        return standing
    with writing(evaluation.log, by=by, at=at) as entry:
        if entry.log.count != count:
            body = compose(evaluation)
            digest = checksum(body)
        draft = _same(evaluation, digest) or Draft(
            evaluation=evaluation, sha256=digest, body=body, revision=body["revision"], asked_by=by, asked_at=at
        )
        draft.save()
        if not _needs_no_printing(draft):
            _print_later(entry, draft, by=by, at=at)
        entry.record(
            "record.draft_asked",
            about={"draft": draft.pk},
            payload={"revision": draft.revision, "sha256": draft.sha256},
        )
        return draft


def _same(evaluation: Evaluation, digest: str) -> Draft | None:
    return Draft.objects.select_related("job").filter(evaluation=evaluation, sha256=digest).first()


def _needs_no_printing(draft: Draft) -> bool:
    if draft.job and draft.job.is_open:
        return True
    name = draft.pdf.name
    return bool(name) and default_storage.exists(str(name))


def _print_later(entry: Entry, draft: Draft, *, by: Person, at: datetime) -> None:
    draft.job = jobs.enqueue(
        task=PRINT,
        arguments={"draft": draft.pk},
        about={"draft": draft.pk},
        title=f"Print the draft as at revision {draft.revision}",
        on=entry.log,
        by=by,
        at=at,
    )
    draft.pdf.name = ""
    draft.save(update_fields=["job", "pdf"])


def print_draft(*, job: Job) -> None:
    """Print the job's draft from its stored body alone. The job was claimed by the caller.

    A body that is not the one that was stored, or that Typst refuses, fails the job with the reason.
    """
    draft = Draft.objects.get(pk=job.arguments["draft"])
    jobs.report(job=job, done=0, total=STEPS, step="laying out the pages", at=timezone.now())
    try:
        pdf = _printed(draft)
    except (CannotPrint, InvalidBody, BodyChanged) as refusal:
        jobs.fail(job=job, error=str(refusal), at=timezone.now())
        return
    jobs.report(job=job, done=1, total=STEPS, step="keeping the file", at=timezone.now())
    Draft.objects.filter(pk=draft.pk).update(pdf=stored_print(pdf))
    jobs.finish(job=job, at=timezone.now())


class BodyChanged(ValueError):
    """What is stored is not what was hashed when it was stored."""


def _printed(draft: Draft) -> bytes:
    if checksum(draft.body) != draft.sha256:
        raise BodyChanged("The stored body does not match its checksum: it was changed after it was stored.")
    return print_record(draft.body, font_folders=font_folders())


def font_folders() -> list[Path]:
    """Fonts of this deployment, beside those that come with Typst."""
    return [Path(settings.FWSELECT_FONTS)] if settings.FWSELECT_FONTS else []


def stored_print(pdf: bytes) -> str:
    """The name in the storage, by content: the same bytes are kept once."""
    digest = hashlib.sha256(pdf).hexdigest()
    name = f"records/{digest[:2]}/{digest}.pdf"
    return name if default_storage.exists(name) else default_storage.save(name, ContentFile(pdf))
