"""Phase 2 writes: workloads, result files, runs, and the scores measured from them."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

from django.core.files.storage import default_storage
from django.utils import timezone

from evaluations.audit.actions import Entry, writing
from evaluations.audit.chain import canonical_json
from evaluations.candidates.access import check_can, check_is_writable
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.jobs import actions as jobs
from evaluations.jobs.models import Job
from evaluations.requirements.models import Criterion
from evaluations.scoring import actions as scoring
from evaluations.scoring.models import ValueFunction
from evaluations.spikes import limited, measuring, queries
from evaluations.spikes.models import Measurement, ResultFile, SpikeRun, Workload
from evaluations.spikes.storing import shown_name, store
from evaluations.teams.access import Capability
from evaluations.teams.models import Person

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


def digest_of(facts: Mapping[str, Any]) -> str:
    """SHA-256 over what makes two runs comparable: endpoints, users, rate, duration, warm-up, environment."""
    comparable = {name: facts.get(name) for name in COMPARABLE_FIELDS}
    rate = comparable["rate_per_s"]
    comparable["rate_per_s"] = format(rate.normalize(), "f") if isinstance(rate, Decimal) else rate
    return hashlib.sha256(canonical_json(comparable)).hexdigest()


def add_workload(*, evaluation: Evaluation, by: Person, at: datetime, **facts: Any) -> Workload:
    """Describe what every spike is put under; facts: WORKLOAD_FIELDS. Raises ValidationError, Refused."""
    _begin(evaluation, by)
    row = Workload(evaluation=evaluation, **_known(facts))
    row.digest = digest_of(_facts(row))
    row.full_clean(exclude=["evaluation"])
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
        row.full_clean(exclude=["evaluation"])
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
    stored = store(upload)
    same = ResultFile.objects.filter(candidate=candidate, workload=workload, sha256=stored.sha256)
    if found := same.first():
        return found, False
    with writing(evaluation.log, by=by, at=at) as entry:
        if found := same.first():
            # Sent twice at once: the other one won; an event keeps the write honest.
            entry.record("spikes.file_received_again", about={"result_file": found.pk, "candidate": candidate.pk})
            return found, False
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
        row.job = jobs.enqueue(
            task=INGEST,
            arguments={"result_file": row.pk},
            about={"result_file": row.pk},
            title=f"Read {row.file_name}",
            on=evaluation.log,
            by=by,
            at=at,
        )
        row.version = entry.record(
            "spikes.file_received",
            about={"result_file": row.pk, "candidate": candidate.pk, "workload": workload.pk},
            payload={"after": {"file_name": row.file_name, "size": row.size, "sha256": row.sha256}},
        )
        row.save(update_fields=["job", "version"])
        return row, True


def ingest(*, job: Job) -> None:
    """Read the job's file and enter what is in it. The job was claimed by the caller.

    Reading happens outside any transaction, in a child process with limits; what was read is entered in one.
    A file that can't be trusted is rejected with its reason; a reader that died leaves the job to be tried again.
    """
    row = ResultFile.objects.select_related("evaluation__log", "candidate", "workload").get(
        pk=job.arguments["result_file"]
    )
    if row.state in {ResultFile.State.ACCEPTED, ResultFile.State.REJECTED}:
        jobs.finish(job=job, at=timezone.now())
        return
    ResultFile.objects.filter(pk=row.pk).update(state=ResultFile.State.READING)

    def on_progress(done: int, total: int) -> None:
        jobs.report(job=job, done=done, total=total, step=f"reading {row.file_name}", at=timezone.now())

    with default_storage.open(row.file.name) as stored:
        outcome = limited.read_file(stored, on_progress)
    enter(row=row, outcome=outcome, job=job, at=timezone.now())


def enter(*, row: ResultFile, outcome: limited.Outcome, job: Job, at: datetime) -> None:
    """One write: runs, measurements, state, measured scores, and the end of the job."""
    if outcome.outcome == "crashed":
        _reader_died(row=row, outcome=outcome, job=job, at=at)
        return
    evaluation = row.evaluation
    with writing(evaluation.log, by=row.uploaded_by, at=at) as entry:
        locked = ResultFile.objects.select_for_update().get(pk=row.pk)
        if locked.state in {ResultFile.State.ACCEPTED, ResultFile.State.REJECTED}:
            entry.record("spikes.file_read_again", about=_about(locked))
        elif outcome.outcome == "rejected":
            _reject(entry, locked, outcome)
        else:
            _accept(entry, locked, outcome)
            remeasure(entry, evaluation=evaluation)
        jobs.finish(job=job, at=at)


def _reject(entry: Entry, row: ResultFile, outcome: limited.Outcome) -> None:
    row.state = ResultFile.State.REJECTED
    row.format, row.tool = (outcome.format or "")[:40], (outcome.tool or "")[:60]
    row.error, row.error_line = outcome.message or "The file could not be read.", outcome.line
    row.warnings = outcome.warnings
    row.version = entry.record(
        "spikes.file_rejected", about=_about(row), payload={"after": {"error": row.error, "line": row.error_line}}
    )
    row.save()


def _accept(entry: Entry, row: ResultFile, outcome: limited.Outcome) -> None:
    row.state = ResultFile.State.ACCEPTED
    row.format, row.tool = (outcome.format or "")[:40], (outcome.tool or "")[:60]
    row.warnings, row.error, row.error_line = outcome.warnings, "", None
    row.version = entry.record(
        "spikes.file_accepted",
        about=_about(row),
        payload={"after": {"format": row.format, "tool": row.tool, "runs": len(outcome.runs)}},
    )
    row.save()
    for index, run in enumerate(outcome.runs):
        _add_run(row, index, run)


def _add_run(row: ResultFile, index: int, run: Mapping[str, Any]) -> None:
    made = SpikeRun.objects.create(
        result_file=row,
        index=index,
        title=(run.get("name") or "")[:200],
        requests=run.get("requests"),
        failures=run.get("failures"),
        duration_s=run.get("duration_s"),
        requests_per_s=run.get("requests_per_s"),
        latency_ms=run.get("latency_ms") or {},
        endpoints=run.get("endpoints") or [],
        series=run.get("series") or [],
        errors=run.get("errors") or [],
        thresholds=run.get("thresholds") or [],
        stated={
            "percentile_rule": run.get("percentile_rule"),
            "stated": run.get("stated"),
            "computed": run.get("computed"),
        },
        version=row.version,
    )
    Measurement.objects.bulk_create(
        Measurement(run=made, metric=f.metric, endpoint=f.endpoint, value=f.value, rule=f.rule)
        for f in measuring.figures_of(run)
    )


def _reader_died(*, row: ResultFile, outcome: limited.Outcome, job: Job, at: datetime) -> None:
    if job.attempts < jobs.MOST_ATTEMPTS:
        ResultFile.objects.filter(pk=row.pk).update(state=ResultFile.State.RECEIVED)
        jobs.release(job=job, at=at)
        return
    message = outcome.message or "Reading this file ended the reader three times."
    with writing(row.evaluation.log, by=row.uploaded_by, at=at) as entry:
        locked = ResultFile.objects.select_for_update().get(pk=row.pk)
        locked.state, locked.error = ResultFile.State.QUARANTINED, message
        locked.version = entry.record(
            "spikes.file_quarantined", about=_about(locked), payload={"after": {"error": message}}
        )
        locked.save()
        jobs.quarantine(job=job, error=message, at=at)


def read_again(*, result_file: ResultFile, by: Person, at: datetime) -> ResultFile:
    """Put a rejected or set-aside file back in the queue, e.g. after an upgrade. Raises NotToBeReadAgain."""
    _begin(result_file.evaluation, by)
    with writing(result_file.evaluation.log, by=by, at=at) as entry:
        row = ResultFile.objects.select_for_update().get(pk=result_file.pk)
        if ResultFile.State.RECEIVED not in ResultFile.MOVES[row.state] or row.state == ResultFile.State.READING:
            raise NotToBeReadAgain("Only a rejected or set-aside file can be read again.")
        row.state, row.error, row.error_line = ResultFile.State.RECEIVED, "", None
        row.job = jobs.enqueue(
            task=INGEST,
            arguments={"result_file": row.pk},
            about={"result_file": row.pk},
            title=f"Read {row.file_name}",
            on=row.evaluation.log,
            by=by,
            at=at,
        )
        row.version = entry.record("spikes.file_to_be_read_again", about=_about(row))
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
            about={"run": row.pk, **_about(run.result_file)},
            payload={"before": before, "after": row.left_out_reason},
        )
        row.save(update_fields=["left_out_reason", "version"])
        remeasure(entry, evaluation=evaluation)
        return row


class RunMoved(Exception):
    """Someone changed the run meanwhile. `current` is the one that stands."""

    def __init__(self, current: SpikeRun) -> None:
        super().__init__("Someone changed this run while you were looking at it.")
        self.current = current


def set_value_function(*, criterion: Criterion, by: Person, at: datetime, **function: Any) -> ValueFunction:
    """As scoring.actions.set_value_function; the criterion's measured scores follow within the same write."""

    def follow(entry: Entry, row: ValueFunction) -> None:
        remeasure(entry, evaluation=criterion.evaluation, only=row)

    return scoring.set_value_function(criterion=criterion, by=by, at=at, then=follow, **function)


def remeasure(entry: Entry, *, evaluation: Evaluation, only: ValueFunction | None = None) -> int:
    """Compute every measured score of the evaluation's spikes anew inside the open write; returns how many changed."""
    functions = [only] if only else queries.functions_of_spikes(evaluation)
    candidates = {candidate.pk: candidate for candidate in standing_candidates(evaluation)}
    changes = 0
    for function in functions:
        if not queries.is_of_spikes(function):
            continue
        repeats = queries.repeats_of(evaluation, metric=function.metric, endpoint=function.endpoint)
        measured = [
            _measured(candidates[candidate_id], function, found)
            for candidate_id, found in repeats.items()
            if candidate_id in candidates
        ]
        if measured:
            scoring.freeze_value_function(entry, function=function)
        changes += scoring.put_measured_scores(entry, criterion=function.criterion, measured=measured)
    return changes


def _measured(candidate: Candidate, function: ValueFunction, repeats: list[queries.Repeat]) -> scoring.Measured:
    score = measuring.score_of([r.value for r in repeats], function.points, function.outside)
    return scoring.Measured(
        candidate=candidate,
        value=score.value,
        deviation=score.deviation,
        low=score.low,
        high=score.high,
        source={
            "package": "spikes",
            "runs": [r.run_id for r in repeats],
            "values": [r.value for r in repeats],
            "metric": function.metric,
            "endpoint": function.endpoint,
            "unit": function.unit,
            "value_function": function.version,
            "provenance": sorted({r.provenance for r in repeats if r.provenance}),
        },
    )


def _begin(evaluation: Evaluation, by: Person) -> None:
    check_can(Capability.CONTRIBUTE, by, evaluation)
    check_is_writable(evaluation)


def _known(facts: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(facts) - set(WORKLOAD_FIELDS)
    if unknown:
        raise TypeError(f"a workload has no {', '.join(sorted(unknown))}")
    return dict(facts)


def _facts(row: Workload) -> dict[str, Any]:
    return {name: getattr(row, name) for name in WORKLOAD_FIELDS}


def _about(row: ResultFile) -> dict[str, int]:
    return {"result_file": row.pk, "candidate": row.candidate_id}
