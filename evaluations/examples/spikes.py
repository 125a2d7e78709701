"""The weeks after an example's first meeting: result files, measured scores, evidence, verdicts, checklists."""

import io
import time
from collections import Counter

from django.db import transaction
from django.utils import timezone

from evaluations.catalogue import example_results
from evaluations.examples import scales
from evaluations.examples.checklists import settle
from evaluations.examples.stage import Stage
from evaluations.jobs import actions as jobs
from evaluations.jobs.models import Job
from evaluations.scoring import actions as scoring
from evaluations.scoring.queries import evidence_of, fit_matrix, matrix_of
from evaluations.spikes import actions as spikes
from evaluations.spikes import judging
from evaluations.spikes.models import ResultFile, SpikeRun, Workload
from evaluations.spikes.queries import files_of, workloads_of

PHASE = "spikes"
PHASES_SHOWN = ("requirements", "spikes")
PATIENCE_S = 60.0
SETTLED = {ResultFile.State.ACCEPTED, ResultFile.State.REJECTED, ResultFile.State.QUARANTINED}


class ExampleNotRead(RuntimeError):
    """A result file that ships with the product was not accepted: the message is the reader's."""


def enter(stage: Stage) -> None:
    """Each step enters what is missing and nothing else."""
    for step in (_workload, _value_functions, _result_files, _setups, _bases, _evidence, _verdicts, _checklists):
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
    scales.set_functions(stage, PHASE, spikes.set_value_function)


def _result_files(stage: Stage) -> None:
    workload = workloads_of(stage.evaluation)[0]
    present = {(row.candidate_id, row.file_name) for row in files_of(stage.evaluation) if row.state in SETTLED}
    candidates = stage.candidates()
    for place, result in enumerate(stage.scenario.result_files):
        if (candidates[result.candidate].pk, result.name) not in present:
            stage.clock.turn_to(5 + place // 8, 9 + place % 8)
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


def _setups(stage: Stage) -> None:
    """How each run was made, said by who made it; the runs of one candidate and one tool are its repeats."""
    stage.clock.turn_to(8, 15)
    told, counted = stage.scenario.run_setup, Counter[tuple[str, str]]()
    candidates = stage.candidates()
    rows = SpikeRun.objects.filter(result_file__evaluation=stage.evaluation, facts__isnull=True)
    undescribed = {
        (run.result_file.candidate_id, run.result_file.file_name): run for run in rows.select_related("result_file")
    }
    for result in stage.scenario.result_files:
        kind = "sockets" if result.sockets else "requests"
        counted[result.candidate, kind] += 1
        run = undescribed.get((candidates[result.candidate].pk, result.name))
        if run is None:
            continue
        run.result_file.evaluation = stage.evaluation
        facts = {
            "host": told.host,
            "processors": told.processors,
            "workers": told.workers,
            "driver": "" if result.sockets else told.drivers[result.candidate],
            "client": told.client,
            "loop": told.loop,
            "users": result.users,
            "repeat": counted[result.candidate, kind],
            "warm_up_s": told.warm_up_s,
            "generator_busy": told.generator_busy,
        }
        judging.set_facts(run=run, seen=0, facts=facts, by=stage.person("ops"), at=stage.clock.tick())


def _bases(stage: Stage) -> None:
    stage.clock.turn_to(9, 9)
    scales.count_as_measured(stage, PHASE)


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
