"""A table of the service's samples finds the run beside which it was taken, also where the two were sent apart.

Processor time per request needs both: the samples tell the seconds that were spent, the run how many requests it made.
Files sent together are one run from the start; what comes later is joined by rule, or by a person on the page.
"""

from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evaluations.audit.actions import Entry, writing
from evaluations.candidates.access import check_can, check_is_writable
from evaluations.spikes.bundling import SAMPLES, run_of
from evaluations.spikes.models import Measurement, ResultFile, SpikeRun
from evaluations.spikes.remeasuring import remeasure
from evaluations.teams.access import Capability
from evaluations.teams.models import Person

METRIC = "cpu_ms_per_request"
LEAST_OVERLAP = 0.8
"""How much of a run's time must have been sampled, for the rule to take the samples as those of the run."""
TIMES, NAMES, CHOSEN = "their times overlap", "their names begin alike", "chosen by a person"


class SamplesMoved(Exception):
    """Somebody joined the samples to another run meanwhile. `current` is how they stand."""

    def __init__(self, current: SpikeRun) -> None:
        super().__init__("Which run these samples belong to changed while you were looking at them.")
        self.current = current


class NotItsRun(ValueError):
    """Not a run of the same candidate and workload with requests, or one that has samples already."""


@dataclass(frozen=True)
class Timed:
    """What the rule looks at. Times are seconds since 1970 and seconds; None and "" where nobody knows."""

    started_at: float | None
    duration_s: float | None
    digest: str
    name: str


def overlap(samples: Timed, run: Timed) -> float | None:
    """The share of the run's time that was sampled, 0..1; None where a file doesn't say when it was."""
    if samples.started_at is None or run.started_at is None or not samples.duration_s or not run.duration_s:
        return None
    begin = max(samples.started_at, run.started_at)
    end = min(samples.started_at + samples.duration_s, run.started_at + run.duration_s)
    return max(0.0, end - begin) / run.duration_s


def chosen_by_rule(samples: Timed, runs: Sequence[Timed]) -> tuple[int, str] | None:
    """The place of the only run of the same workload that was sampled, and why; None where none or several were.

    A run was sampled where LEAST_OVERLAP of its time was; where its file doesn't say when it was, where the names of
    both files begin alike.
    """
    alike = [(place, run) for place, run in enumerate(runs) if run.digest == samples.digest]
    shares = [(place, overlap(samples, run)) for place, run in alike]
    sampled = [place for place, share in shares if share is not None and share >= LEAST_OVERLAP]
    if sampled:
        return (sampled[0], TIMES) if len(sampled) == 1 else None
    name = run_of(samples.name)
    named = [place for place, run in alike if overlap(samples, run) is None and name and run_of(run.name) == name]
    return (named[0], NAMES) if len(named) == 1 else None


def spent_within(context: Mapping[str, Any], samples: Timed, run: Timed) -> float | None:
    """Processor seconds the service spent while the run lasted; all of them where nobody knows when that was."""
    spent, over_time = context.get("cpu_s"), context.get("cpu_over_time")
    if not isinstance(spent, int | float):
        return None
    if overlap(samples, run) is None or not over_time or run.started_at is None or samples.started_at is None:
        return float(spent)
    begin = run.started_at - samples.started_at
    return _at(over_time, begin + (run.duration_s or 0.0)) - _at(over_time, begin)


def _at(over_time: Sequence[Sequence[float]], second: float) -> float:
    """Between two samples on a line; before the first and after the last as they are."""
    place = bisect([point[0] for point in over_time], second)
    if place == 0 or place == len(over_time):
        return float(over_time[min(place, len(over_time) - 1)][1])
    (early, low), (late, high) = over_time[place - 1], over_time[place]
    return float(low + (high - low) * (second - early) / (late - early))


def join_by_rule(entry: Entry, *, uploaded: ResultFile) -> None:
    """Join the candidate's samples that have no run yet, inside the write that accepts a file of the same candidate."""
    waiting = list(_samples_of(uploaded.candidate_id).filter(sampled_run=None, left_out_reason=""))
    for samples in waiting:
        runs = runs_for(samples)
        found = chosen_by_rule(_timed(samples), [_timed(run) for run in runs])
        if found and "cpu_s" in (samples.stated.get("context") or {}):
            _join(entry, samples, runs[found[0]], found[1])


def runs_for(samples: SpikeRun) -> list[SpikeRun]:
    """Runs of the same candidate and workload that count requests and have no samples yet, newest first."""
    file = samples.result_file
    rows = SpikeRun.objects.filter(
        result_file__candidate_id=file.candidate_id,
        result_file__workload_id=file.workload_id,
        result_file__state=ResultFile.State.ACCEPTED,
        requests__gt=0,
    ).exclude(measurements__metric=METRIC)
    return list(rows.select_related("result_file").defer("endpoints", "series", "errors").order_by("-pk"))


def is_samples(run: SpikeRun) -> bool:
    return run.result_file.format == SAMPLES


def choose(*, samples: SpikeRun, run: SpikeRun | None, seen: int, by: Person, at: datetime) -> SpikeRun:
    """Say beside which run the samples were taken; None: of no run. The measured scores follow.

    Raises SamplesMoved, NotItsRun, Refused.
    """
    evaluation = samples.result_file.evaluation
    if samples.version == seen and samples.sampled_run == run:
        return samples
    check_can(Capability.CONTRIBUTE, by, evaluation)
    check_is_writable(evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        row = _samples_of(samples.result_file.candidate_id).select_for_update(of=("self",)).get(pk=samples.pk)
        if row.version != seen:
            raise SamplesMoved(row)
        if run is not None and run not in [*runs_for(row), row.sampled_run]:
            raise NotItsRun("Choose a run of the same candidate and workload that has no samples yet.")
        if row.sampled_run is not None:
            _part(entry, row)
        if run is not None:
            _join(entry, row, run, CHOSEN)
        remeasure(entry, evaluation=evaluation)
        return row


def _samples_of(candidate_id: int) -> Any:
    rows = SpikeRun.objects.filter(
        result_file__candidate_id=candidate_id,
        result_file__format=SAMPLES,
        result_file__state=ResultFile.State.ACCEPTED,
    )
    return rows.select_related("result_file", "sampled_run").order_by("pk")


def _join(entry: Entry, samples: SpikeRun, run: SpikeRun, how: str) -> None:
    spent = spent_within(samples.stated.get("context") or {}, _timed(samples), _timed(run))
    if spent is None or not run.requests:
        raise NotItsRun("These samples tell no processor time, or the run no requests.")
    value = spent * 1000 / run.requests
    Measurement.objects.create(run=run, metric=METRIC, value=value, rule=f"samples of run {samples.pk} / requests"[:40])
    samples.sampled_run = run
    samples.version = entry.record(
        "spikes.samples_joined", about=_about(samples, run), payload={"after": {METRIC: value, "how": how}}
    )
    samples.save(update_fields=["sampled_run", "version"])


def _part(entry: Entry, samples: SpikeRun) -> None:
    run = samples.sampled_run
    assert run is not None
    Measurement.objects.filter(run=run, metric=METRIC, endpoint="").delete()
    samples.sampled_run = None
    samples.version = entry.record("spikes.samples_parted", about=_about(samples, run), payload={})
    samples.save(update_fields=["sampled_run", "version"])


def _about(samples: SpikeRun, run: SpikeRun) -> dict[str, int]:
    file = samples.result_file
    return {"run": run.pk, "result_file": file.pk, "candidate": file.candidate_id, "workload": file.workload_id}


def _timed(run: SpikeRun) -> Timed:
    context = run.stated.get("context") or {}
    return Timed(
        started_at=run.started_at.timestamp() if run.started_at else None,
        duration_s=run.duration_s,
        digest=str(context.get("workload_digest") or run.workload_digest),
        name=run.result_file.file_name,
    )
