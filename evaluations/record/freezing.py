"""Freezing what was decided inside the very write that decides, and printing it from what was frozen."""

from datetime import datetime

from django.core.files.storage import default_storage
from django.utils import timezone

from evaluations.audit.actions import Entry, writing
from evaluations.candidates.access import check_can
from evaluations.candidates.models import Evaluation
from evaluations.jobs import actions as jobs
from evaluations.jobs.models import Job
from evaluations.record.actions import STEPS, BodyChanged, font_folders, stored_print
from evaluations.record.canonical import canonical_bytes, checksum
from evaluations.record.compose import AsOf, compose
from evaluations.record.models import FinalPrint, FinalRecord
from evaluations.record.printing import CannotPrint, print_record
from evaluations.record.validation import InvalidBody, check_body
from evaluations.teams.access import Capability
from evaluations.teams.models import Person

PRINT = "evaluations.record.tasks.print_final"
TOLD_WHEN_CLOSED = {"record.draft_asked", "record.print_asked"}


def freeze(*, evaluation: Evaluation, by: Person, at: datetime, entry: Entry) -> FinalRecord:
    """Keep the record as at the newest event of the open write that decides, and ask the worker to print it.

    What is kept is the canonical JSON of one body and its SHA-256, which an event of its own repeats. Raises
    InvalidBody for a body that no record could be printed from: then nothing is decided either.
    """
    body = compose(evaluation, AsOf(entry.log.count, at, "decided"))
    check_body(body)
    record = FinalRecord.objects.create(
        evaluation=evaluation,
        revision=body["revision"],
        document=canonical_bytes(body).decode(),
        sha256=checksum(body),
        frozen_by=by,
        frozen_at=at,
    )
    entry.record(
        "record.frozen",
        about={"final_record": record.pk},
        payload={"revision": record.revision, "sha256": record.sha256},
    )
    _print_later(entry, FinalPrint(record=record), by=by, at=at)
    return record


def request_print(*, record: FinalRecord, by: Person, at: datetime) -> FinalPrint:
    """Print it again, where printing failed or its file is gone; everybody who may read may ask. Raises Refused."""
    evaluation = record.evaluation
    check_can(Capability.READ, by, evaluation)
    if stands_printed(FinalPrint.objects.select_related("job").get(record=record)):
        return FinalPrint.objects.get(record=record)
    with writing(evaluation.log, by=by, at=at) as entry:
        row = FinalPrint.objects.select_for_update(of=("self",)).select_related("job").get(record=record)
        if not stands_printed(row):
            _print_later(entry, row, by=by, at=at)
        entry.record("record.print_asked", about={"final_record": record.pk}, payload={"revision": record.revision})
        return row


def stands_printed(row: FinalPrint) -> bool:
    """Whether there is a file, or one is being printed."""
    if row.job and row.job.is_open:
        return True
    return bool(row.pdf.name) and default_storage.exists(str(row.pdf.name))


def _print_later(entry: Entry, row: FinalPrint, *, by: Person, at: datetime) -> None:
    row.job = jobs.enqueue(
        task=PRINT,
        arguments={"final_record": row.record_id},
        about={"final_record": row.record_id},
        title=f"Print the record as at revision {row.record.revision}",
        on=entry.log,
        by=by,
        at=at,
    )
    row.pdf.name = ""
    row.save()


def print_final(*, job: Job) -> None:
    """Print the job's record from its frozen document alone. The job was claimed by the caller.

    A document that does not have its checksum, or that Typst refuses, fails the job with the reason.
    """
    record = FinalRecord.objects.get(pk=job.arguments["final_record"])
    jobs.report(job=job, done=0, total=STEPS, step="laying out the pages", at=timezone.now())
    try:
        pdf = printed(record)
    except (CannotPrint, InvalidBody, BodyChanged) as refusal:
        jobs.fail(job=job, error=str(refusal), at=timezone.now())
        return
    jobs.report(job=job, done=1, total=STEPS, step="keeping the file", at=timezone.now())
    FinalPrint.objects.filter(record=record).update(pdf=stored_print(pdf))
    jobs.finish(job=job, at=timezone.now())


def printed(record: FinalRecord) -> bytes:
    """The PDF of a frozen record, the same bytes each time. Raises BodyChanged, CannotPrint."""
    if checksum(record.body) != record.sha256:
        raise BodyChanged("The stored record does not match its checksum: it was changed after it was frozen.")
    return print_record(record.body, font_folders=font_folders())
