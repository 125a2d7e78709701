"""Phase 2 writes: workloads, result files, runs, and the scores measured from them."""

import contextlib
import hashlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import IO, Any, BinaryIO, cast

from django.core.files.storage import default_storage
from django.utils import timezone

from evaluations.audit.actions import Entry, writing
from evaluations.audit.chain import canonical_json
from evaluations.candidates.access import check_can, check_is_writable
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.jobs import actions as jobs
from evaluations.jobs.models import Job
from evaluations.requirements.models import Criterion
from evaluations.scoring import actions as scoring
from evaluations.scoring.models import ValueFunction
from evaluations.spikes import entering, limited
from evaluations.spikes.models import ResultFile, SpikeRun, Workload
from evaluations.spikes.remeasuring import remeasure
from evaluations.teams.access import Capability
from evaluations.teams.models import Person
from evaluations.uploads.storing import Stored, shown_name, store

WORKLOAD_FIELDS = (
    "title",
    "description",
    "endpoints",
    "users",
    "rate_per_s",
    "duration_s",
    "warm_up_s",
    "environment",
)
COMPARABLE_FIELDS = ("endpoints", "users", "rate_per_s", "duration_s", "warm_up_s", "environment")
INGEST = "evaluations.spikes.tasks.ingest"
UNREAD = {ResultFile.State.RECEIVED, ResultFile.State.READING}
ENDED_UNREAD = {ResultFile.State.REJECTED, ResultFile.State.QUARANTINED}
CLOSED_MEANWHILE = "The evaluation was closed before this file was read: it counts for nothing."


class WorkloadMoved(Exception):
    """Someone changed the workload meanwhile. `current` is the one that stands."""

    def __init__(self, current: Workload) -> None:
        super().__init__("Someone changed this workload while you were editing it.")
        self.current = current


class WorkloadInUse(ValueError):
    """Runs stand under this workload: it can't be removed."""


class NotOfThisEvaluation(ValueError):
    """Candidate and workload must stand in the same evaluation."""


class NotToBeReadAgain(ValueError):
    """Only a rejected or set-aside file can be read again."""


class NothingToCancel(ValueError):
    """The file was read meanwhile."""


class RunMoved(Exception):
    """Someone changed the run meanwhile. `current` is the one that stands."""

    def __init__(self, current: SpikeRun) -> None:
        super().__init__("This run changed while you were looking at it.")
        self.current = current


class ReadingEnded(Exception):
    """The job was cancelled or its file was entered while this delivery was still reading it."""


class _CameTwiceAtOnce(Exception):
    def __init__(self, found: ResultFile) -> None:
        self.found = found


def digest_of(facts: Mapping[str, Any]) -> str:
    """SHA-256 over what makes two runs comparable: endpoints, users, rate, duration, warm-up, environment.

    The order of endpoints, their notes and the way a number is written make no difference.
    """
    comparable = {name: facts.get(name) for name in COMPARABLE_FIELDS}
    comparable["endpoints"] = sorted(
        [str(each.get("method") or "").upper(), str(each.get("path") or ""), _exact(each.get("share"))]
        for each in facts.get("endpoints") or []
    )
    comparable["rate_per_s"] = _exact(facts.get("rate_per_s"))
    comparable["environment"] = " ".join((facts.get("environment") or "").split())
    return hashlib.sha256(canonical_json(comparable)).hexdigest()


def _exact(number: Any) -> str:
    return "" if number is None else format(Decimal(str(number)).normalize(), "f")


def add_workload(*, evaluation: Evaluation, by: Person, at: datetime, **facts: Any) -> Workload:
    """Describe what every spike is put under; facts: WORKLOAD_FIELDS. Raises ValidationError, Refused."""
    _begin(evaluation, by)
    row = Workload(evaluation=evaluation, **_known(facts))
    row.digest = digest_of(_facts(row))
    row.full_clean(exclude=["evaluation", "removed_at"])
    with writing(evaluation.log, by=by, at=at) as entry:
        row.save()
        row.version = entry.record(
            "spikes.workload_added", about={"workload": row.pk}, payload={"after": _facts(row) | {"digest": row.digest}}
        )
        row.save(update_fields=["version"])
        return row


def edit_workload(*, workload: Workload, seen: int, changes: Mapping[str, Any], by: Person, at: datetime) -> Workload:
    """Change the workload; runs keep the files they have, under the changed workload. Raises WorkloadMoved."""
    _begin(workload.evaluation, by)
    with writing(workload.evaluation.log, by=by, at=at) as entry:
        row = Workload.objects.select_for_update().get(pk=workload.pk)
        if row.version != seen:
            raise WorkloadMoved(row)
        before = _facts(row) | {"digest": row.digest}
        for name, value in _known(changes).items():
            setattr(row, name, value)
        row.digest = digest_of(_facts(row))
        row.full_clean(exclude=["evaluation", "removed_at"])
        row.version = entry.record(
            "spikes.workload_edited",
            about={"workload": row.pk},
            payload={"before": before, "after": _facts(row) | {"digest": row.digest}},
        )
        row.save()
        return row


def remove_workload(*, workload: Workload, seen: int, by: Person, at: datetime) -> Workload:
    """Take a workload out. Raises WorkloadInUse when files were uploaded for it, WorkloadMoved."""
    _begin(workload.evaluation, by)
    with writing(workload.evaluation.log, by=by, at=at) as entry:
        row = Workload.objects.select_for_update().get(pk=workload.pk)
        if row.version != seen:
            raise WorkloadMoved(row)
        if row.result_files.exists():
            raise WorkloadInUse(
                "Files were uploaded for this workload: it stays, so that their runs can be understood."
            )
        row.removed_at = at
        row.version = entry.record(
            "spikes.workload_removed", about={"workload": row.pk}, payload={"before": {"title": row.title}}
        )
        row.save(update_fields=["removed_at", "version"])
        return row


def _check_workload(row: Workload) -> None:
    empty = [] if row.endpoints else ["endpoints"]
    row.full_clean(exclude=["evaluation", "removed_at", *empty])


def receive(
    *,
    evaluation: Evaluation,
    candidate: Candidate,
    workload: Workload,
    upload: IO[bytes],
    file_name: str,
    by: Person,
    at: datetime,
    provenance: str = "",
) -> tuple[ResultFile, bool]:
    """Take a result file in and ask the worker to read it; (the file, whether it is new).

    The same bytes for the same candidate and workload are the same file: it is returned, nothing is written.
    Raises TooLarge, NothingInIt, NotOfThisEvaluation, Refused.
    """
    _begin(evaluation, by)
    if {candidate.evaluation_id, workload.evaluation_id} != {evaluation.pk} or candidate.withdrawn_at:
        raise NotOfThisEvaluation("Choose a candidate and a workload of this evaluation.")
    stored = store(upload, folder="results")
    same = ResultFile.objects.filter(candidate=candidate, workload=workload, sha256=stored.sha256)
    if found := same.first():
        return found, False
    try:
        return _received(evaluation, candidate, workload, stored, file_name, by=by, at=at, provenance=provenance), True
    except _CameTwiceAtOnce as twice:
        return twice.found, False


def _received(
    evaluation: Evaluation,
    candidate: Candidate,
    workload: Workload,
    stored: Stored,
    file_name: str,
    *,
    by: Person,
    at: datetime,
    provenance: str,
) -> ResultFile:
    with writing(evaluation.log, by=by, at=at) as entry:
        found = ResultFile.objects.filter(candidate=candidate, workload=workload, sha256=stored.sha256).first()
        if found:
            raise _CameTwiceAtOnce(found)
        _check_stand(candidate, workload)
        row = ResultFile(
            evaluation=evaluation,
            candidate=candidate,
            workload=workload,
            file_name=shown_name(file_name),
            size=stored.size,
            sha256=stored.sha256,
            provenance=provenance,
            uploaded_by=by,
            uploaded_at=at,
        )
        row.file.name = stored.name
        row.save()
        row.job = _asked_for(row, by=by, at=at)
        row.version = entry.record(
            "spikes.file_received",
            about=entering.about(row),
            payload={"after": _file_facts(row, workload)},
        )
        row.save(update_fields=["job", "version"])
        return row


def _check_stand(candidate: Candidate, workload: Workload) -> None:
    candidates = Candidate.objects.standing().filter(pk=candidate.pk)
    workloads = Workload.objects.filter(pk=workload.pk, removed_at__isnull=True)
    if not (candidates.exists() and workloads.exists()):
        raise NotOfThisEvaluation("The candidate or the workload was taken out meanwhile.")


def _file_facts(row: ResultFile, workload: Workload) -> dict[str, Any]:
    facts = {"file_name": row.file_name, "size": row.size, "sha256": row.sha256}
    return facts | {"workload_digest": workload.digest, "provenance": row.provenance}


def _asked_for(row: ResultFile, *, by: Person, at: datetime) -> Job:
    return jobs.enqueue(
        task=INGEST,
        arguments={"result_file": row.pk},
        about={"result_file": row.pk},
        title=f"Read {row.file_name}",
        on=row.evaluation.log,
        by=by,
        at=at,
    )


def ingest(*, job: Job, at: datetime | None = None) -> None:
    """Read the job's file and enter what is in it. The job was claimed by the caller.

    at: when it counts as read, for stories that happened before today; None is the moment reading ended.
    Reading happens outside any transaction, in a child process with limits; what was read is entered in one.
    A file that can't be trusted is rejected with its reason; a reader that died leaves the job to be tried again.
    """
    row = ResultFile.objects.select_related("evaluation__log", "uploaded_by").get(pk=job.arguments["result_file"])
    if row.job_id != job.pk or row.state not in UNREAD:
        jobs.finish(job=job, at=timezone.now())
        return
    ResultFile.objects.filter(pk=row.pk, state=ResultFile.State.RECEIVED).update(state=ResultFile.State.READING)

    def on_progress(done: int, total: int) -> None:
        if not jobs.report(job=job, done=done, total=total, step="reading", at=timezone.now()):
            raise ReadingEnded(f"job {job.pk} is no longer running")

    try:
        with default_storage.open(row.file.name or "") as stored:
            outcome = limited.read_file(cast(BinaryIO, stored), on_progress)
    except ReadingEnded:
        return
    except FileNotFoundError:
        outcome = limited.Outcome("crashed", message="The stored file is not there any more.", reason="missing")
    _end(row=row, outcome=outcome, job=job, at=at or timezone.now())


def _end(*, row: ResultFile, outcome: limited.Outcome, job: Job, at: datetime) -> None:
    """One write: runs, measurements, state, measured scores, and the end of the job. A second end changes nothing."""
    died = outcome.outcome == "crashed"
    if died and _was_overtaken(job):
        return
    if died and job.attempts < jobs.MOST_ATTEMPTS:
        ResultFile.objects.filter(pk=row.pk, job=job, state=ResultFile.State.READING).update(
            state=ResultFile.State.RECEIVED
        )
        jobs.release(job=job, at=at)
        return
    with contextlib.suppress(ReadingEnded), writing(row.evaluation.log, by=row.uploaded_by, at=at) as entry:
        locked = _locked_unread(row, job_id=job.pk)
        if died:
            message = outcome.message or "Reading this file ended the reader three times."
            entering.set_aside(entry, locked, error=message)
            jobs.quarantine(job=job, error=message, at=at)
        elif not locked.evaluation.is_writable:
            entering.set_aside(entry, locked, error=CLOSED_MEANWHILE)
            jobs.finish(job=job, at=at)
        elif outcome.outcome == "rejected":
            entering.reject(entry, locked, outcome)
            jobs.finish(job=job, at=at)
        else:
            entering.accept(entry, locked, outcome)
            remeasure(entry, evaluation=locked.evaluation)
            jobs.finish(job=job, at=at)


def settle(*, job_id: int, at: datetime) -> None:
    """End the file of a job that ended without it: given up after workers died over it, or cancelled."""
    row = (
        ResultFile.objects.select_related("evaluation__log", "uploaded_by", "job")
        .filter(job_id=job_id, state__in=UNREAD)
        .first()
    )
    if row is None or row.job is None or row.job.is_open:
        return
    with contextlib.suppress(ReadingEnded), writing(row.evaluation.log, by=row.uploaded_by, at=at) as entry:
        locked = _locked_unread(row, job_id=job_id)
        entering.set_aside(entry, locked, error=row.job.error or "Reading ended without a result.")


def cancel(*, result_file: ResultFile, by: Person, at: datetime) -> ResultFile:
    """Stop waiting for a file that is not read yet; it is set aside and can be read again. Raises NothingToCancel."""
    evaluation = result_file.evaluation
    _begin(evaluation, by)
    with writing(evaluation.log, by=by, at=at) as entry:
        row = ResultFile.objects.select_for_update().get(pk=result_file.pk)
        if row.state not in UNREAD:
            raise NothingToCancel("There is nothing to cancel: the file was read meanwhile.")
        job = Job.objects.select_for_update().filter(result_file=row).first()
        if job and job.is_open:
            jobs.cancel(job=job, at=at)
        error = f"Reading was cancelled by {by.shown_name}."
        entering.set_aside(entry, row, error=error, kind="spikes.reading_cancelled")
        return row


def read_again(*, result_file: ResultFile, by: Person, at: datetime) -> ResultFile:
    """Put a rejected or set-aside file back in the queue, e.g. after an upgrade. Raises NotToBeReadAgain."""
    _begin(result_file.evaluation, by)
    with writing(result_file.evaluation.log, by=by, at=at) as entry:
        row = ResultFile.objects.select_for_update().get(pk=result_file.pk)
        if not (row.state in ENDED_UNREAD or (row.state in UNREAD and row.job and not row.job.is_open)):
            raise NotToBeReadAgain("Only a rejected or set-aside file can be read again.")
        row.state, row.error, row.error_line = ResultFile.State.RECEIVED, "", None
        row.job = _asked_for(row, by=by, at=at)
        row.version = entry.record("spikes.file_to_be_read_again", about=entering.about(row))
        row.save()
        return row


def leave_out(*, run: SpikeRun, reason: str, seen: int, by: Person, at: datetime) -> SpikeRun:
    """A run stops feeding scores, with a reason; an empty reason takes it in again. Raises RunMoved."""
    evaluation = run.result_file.evaluation
    _begin(evaluation, by)
    with writing(evaluation.log, by=by, at=at) as entry:
        row = SpikeRun.objects.select_for_update().get(pk=run.pk)
        if row.version != seen:
            raise RunMoved(row)
        before, row.left_out_reason = row.left_out_reason, reason.strip()
        row.version = entry.record(
            "spikes.run_left_out" if row.left_out_reason else "spikes.run_taken_in",
            about={"run": row.pk, **entering.about(run.result_file)},
            payload={"before": before, "after": row.left_out_reason},
        )
        row.save(update_fields=["left_out_reason", "version"])
        remeasure(entry, evaluation=evaluation)
        return row


def take_in(*, run: SpikeRun, seen: int, by: Person, at: datetime) -> SpikeRun:
    """A run that was left out feeds scores again. Raises RunMoved."""
    return leave_out(run=run, reason="", seen=seen, by=by, at=at)


def set_value_function(*, criterion: Criterion, by: Person, at: datetime, **function: Any) -> ValueFunction:
    """As scoring.actions.set_value_function; the criterion's measured scores follow within the same write."""

    def follow(entry: Entry, row: ValueFunction) -> None:
        remeasure(entry, evaluation=criterion.evaluation, only=row)

    return scoring.set_value_function(criterion=criterion, by=by, at=at, then=follow, **function)


def _begin(evaluation: Evaluation, by: Person) -> None:
    check_can(Capability.CONTRIBUTE, by, evaluation)
    check_is_writable(evaluation)


def _was_overtaken(job: Job) -> bool:
    """Whether another delivery took the job meanwhile: then it decides what becomes of it."""
    return not Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempts=job.attempts).exists()


def _locked_unread(row: ResultFile, *, job_id: int) -> ResultFile:
    locked = ResultFile.objects.select_for_update(of=("self",)).select_related("evaluation", "workload").get(pk=row.pk)
    if locked.state not in UNREAD or locked.job_id != job_id:
        raise ReadingEnded(f"{locked.file_name} is {locked.state}")
    return locked


def _known(facts: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(facts) - set(WORKLOAD_FIELDS)
    if unknown:
        raise TypeError(f"a workload has no {', '.join(sorted(unknown))}")
    return dict(facts)


def _facts(row: Workload) -> dict[str, Any]:
    return {name: getattr(row, name) for name in WORKLOAD_FIELDS}
