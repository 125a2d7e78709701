"""The weeks after an example's first meeting: result files, measured scores, evidence, verdicts, checklists."""

import io
import time

from django.db import transaction
from django.utils import timezone

from evaluations import catalogue
from evaluations.catalogue import example_results
from evaluations.examples.checklists import settle
from evaluations.examples.stage import Stage
from evaluations.jobs import actions as jobs
from evaluations.jobs.models import Job
from evaluations.requirements.models import Criterion
from evaluations.scoring import actions as scoring
from evaluations.scoring.queries import evidence_of, fit_matrix, matrix_of, value_functions
from evaluations.spikes import actions as spikes
from evaluations.spikes.models import ResultFile, Workload
from evaluations.spikes.queries import files_of, workloads_of

PHASES_SHOWN = ("requirements", "spikes")
PATIENCE_S = 60.0
SETTLED = {ResultFile.State.ACCEPTED, ResultFile.State.REJECTED, ResultFile.State.QUARANTINED}


class ExampleNotRead(RuntimeError):
    """A result file that ships with the product was not accepted: the message is the reader's."""


def enter(stage: Stage) -> None:
    """Each step enters what is missing and nothing else."""
    for step in (_workload, _value_functions, _result_files, _bases, _evidence, _verdicts, _checklists):
        step(stage)


def _workload(stage: Stage) -> None:
    stage.clock.turn_to(4, 9)
    told = stage.scenario.workload
    if workloads_of(stage.evaluation):
        return
    spikes.add_workload(
        evaluation=stage.evaluation,
        title=told.name,
        description="\n".join(
            [
                told.description,
                f"Arrival: {told.arrival}.",
                f"Outside call: {told.external_call}.",
                f"Authentication: {told.authentication}.",
            ]
        ),
        endpoints=[
            {"method": each.method, "path": each.path, "share": each.share, "note": ""} for each in told.endpoints
        ],
        users=told.users,
        duration_s=told.duration_s,
        environment=f"{told.environment}. Database: {told.database}.",
        by=stage.lead,
        at=stage.clock.tick(),
    )


def _value_functions(stage: Stage) -> None:
    criteria, present = stage.criteria(), value_functions(stage.evaluation)
    for each in stage.scenario.value_functions:
        if criteria[each.criterion].pk not in present:
            spikes.set_value_function(
                criterion=criteria[each.criterion],
                metric=each.metric,
                unit=catalogue.metric(each.metric).unit,
                points=each.points,
                outside=each.outside,
                seen=0,
                by=stage.lead,
                at=stage.clock.tick(),
            )


def _result_files(stage: Stage) -> None:
    workload = workloads_of(stage.evaluation)[0]
    present = {(row.candidate_id, row.file_name) for row in files_of(stage.evaluation) if row.state in SETTLED}
    candidates = stage.candidates()
    for place, result in enumerate(stage.scenario.result_files):
        if (candidates[result.candidate].pk, result.name) not in present:
            stage.clock.turn_to(5 + place // 4, 9 + 2 * (place % 4))
            _receive(stage, workload, place)


def _receive(stage: Stage, workload: Workload, place: int) -> None:
    result = stage.scenario.result_files[place]
    with transaction.atomic():
        row, _ = spikes.receive(
            evaluation=stage.evaluation,
            candidate=stage.candidates()[result.candidate],
            workload=workload,
            upload=io.BytesIO(example_results.render(result)),
            file_name=result.name,
            provenance=result.provenance,
            by=stage.person("ops"),
            at=stage.clock.tick(),
        )
        # Taken before the commit tells the broker: no worker reads it at a moment that is not the story's.
        job = _taken(row)
    row = _read(row, job, stage)
    if row.state != ResultFile.State.ACCEPTED:
        raise ExampleNotRead(f"{row.file_name}: {row.error}")


def _taken(row: ResultFile) -> Job | None:
    return jobs.claim(job_id=row.job_id, at=timezone.now()) if row.job_id else None


def _read(row: ResultFile, job: Job | None, stage: Stage) -> ResultFile:
    """Read here, in the limited child, as a worker would; what another process has taken is waited for."""
    patience = time.monotonic() + PATIENCE_S
    while row.state not in SETTLED:
        if job:
            spikes.ingest(job=job, at=stage.clock.tick())
        elif time.monotonic() > patience:
            raise ExampleNotRead(f"{row.file_name}: who took it has not read it")
        else:
            time.sleep(0.2)
        row.refresh_from_db()
        job = None if row.state in SETTLED else _taken(row)
    return row


def _bases(stage: Stage) -> None:
    stage.clock.turn_to(9, 9)
    criteria = stage.criteria()
    for key in stage.scenario.measured:
        if criteria[key].basis != Criterion.Basis.MEASURED:
            scoring.set_basis(
                criterion=criteria[key], basis=Criterion.Basis.MEASURED, by=stage.lead, at=stage.clock.tick()
            )


def _evidence(stage: Stage) -> None:
    stage.clock.turn_to(9, 10)
    candidates, criteria = stage.candidates(), stage.criteria()
    present = {(row.candidate_id, row.criterion_id, row.title) for row in evidence_of(stage.evaluation)}
    for each in stage.scenario.evidence:
        candidate, criterion = candidates[each.candidate], criteria[each.criterion]
        if (candidate.pk, criterion.pk, each.text) not in present:
            scoring.add_evidence(
                candidate=candidate,
                criterion=criterion,
                kind=each.kind,
                title=each.text,
                text=each.text if each.kind == "note" else "",
                url=each.url or "",
                dated_date=each.date,
                about_version=each.version,
                strength=each.strength,
                provenance=stage.scenario.provenance,
                by=stage.person(each.by),
                at=stage.clock.tick(),
            )


def _verdicts(stage: Stage) -> None:
    stage.clock.turn_to(10, 9)
    candidates, requirements = stage.candidates(), stage.requirements()
    proofs = {(row.candidate_id, row.requirement_id) for row in evidence_of(stage.evaluation)}
    given = {
        (verdict.requirement_id, verdict.candidate_id)
        for row in fit_matrix(stage.evaluation, matrix_of(stage.evaluation))
        for verdict in row.verdicts
        if verdict
    }
    for each in stage.scenario.verdicts:
        candidate, requirement = candidates[each.candidate], requirements[each.requirement]
        if (candidate.pk, requirement.pk) not in proofs:
            scoring.add_evidence(
                candidate=candidate,
                requirement=requirement,
                kind="note",
                title=each.evidence,
                text=each.evidence,
                strength="strong",
                provenance=stage.scenario.provenance,
                by=stage.person(each.by),
                at=stage.clock.tick(),
            )
        if (requirement.pk, candidate.pk) not in given:
            scoring.set_verdict(
                requirement=requirement,
                candidate=candidate,
                verdict=each.verdict,
                reason=each.reason,
                seen=0,
                by=stage.person(each.by),
                at=stage.clock.tick(),
            )


def _checklists(stage: Stage) -> None:
    """Of the phases entered so far; the others settle theirs with what they enter."""
    stage.clock.turn_to(11, 9)
    for phase in PHASES_SHOWN:
        settle(stage, phase)
