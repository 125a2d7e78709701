"""What is known of an evaluation's runs, put before the comparability guard."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluations.candidates.models import Evaluation
from evaluations.spikes import comparability
from evaluations.spikes.comparability import Told
from evaluations.spikes.making import NOTHING_SAID, facts_by_run, kit_machine, loop_in, number_in, users_in
from evaluations.spikes.models import ComparisonRule, RunFacts, SpikeRun
from evaluations.spikes.queries import Repeat, counted, functions_of_spikes, repeats_of

TIE_RATIO = 1.5
"""Up to this ratio two candidates are a tie, until a team sets its own: shared machines wobble by that much."""
FILE = "result_file__"
COLUMNS = (
    "pk",
    f"{FILE}candidate_id",
    f"{FILE}candidate__name",
    f"{FILE}workload__digest",
    f"{FILE}format",
    f"{FILE}tool",
    "workload_digest",
    "counts_despite",
    "duration_s",
    "requests",
    "failures",
    "requests_per_s",
    "latency_ms",
    "stated__context",
)


@dataclass(frozen=True)
class Guarded:
    """Values per candidate id that may feed a score, and per candidate id the runs that may not, with the reasons."""

    repeats: dict[int, list[Repeat]]
    left_out: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    despite: dict[int, list[dict[str, Any]]] = field(default_factory=dict)


def told_of(evaluation: Evaluation) -> list[Told]:
    """Every counted run of the evaluation that measured a load, oldest first."""
    return _told_runs(evaluation, [row for row in _rows(evaluation) if _measured_a_load(row)])


def _rows(evaluation: Evaluation) -> "list[dict[str, Any]]":
    """Counted runs as bare rows: a thousand files read at once ask for them a thousand times."""
    return list(counted(evaluation).order_by("pk").values(*COLUMNS))


def _measured_a_load(row: dict[str, Any]) -> bool:
    """Whether a run tells rate or latency; profiles and samples of the service's memory don't."""
    return row["requests_per_s"] is not None or any(value is not None for value in row["latency_ms"].values())


def _told_runs(evaluation: Evaluation, rows: Sequence[dict[str, Any]]) -> list[Told]:
    """How many of the rows are a candidate's counts as its repeats."""
    facts = facts_by_run(evaluation)
    repeats = Counter(row[f"{FILE}candidate_id"] for row in rows)
    return [_told(row, facts.get(row["pk"], NOTHING_SAID), repeats[row[f"{FILE}candidate_id"]]) for row in rows]


def _told(row: dict[str, Any], said: RunFacts, repeats: int) -> Told:
    context = row["stated__context"] or {}
    warm_up = said.warm_up_s if said.warm_up_s is not None else number_in(context, "warm_up_s")
    return Told(
        run=row["pk"],
        candidate=row[f"{FILE}candidate_id"],
        name=f"{row[f'{FILE}candidate__name']}, run {row['pk']}",
        digest=row["workload_digest"] or row[f"{FILE}workload__digest"],
        host=" ".join(said.host.casefold().split()),
        processors=said.processors,
        workers=said.workers,
        driver=said.driver.strip().casefold(),
        client=(said.client.strip() or kit_machine(row[f"{FILE}format"], context)).casefold(),
        tool=row[f"{FILE}tool"],
        loop=said.loop or loop_in(context),
        users=said.users or users_in(context),
        warm_up_s=warm_up,
        busy=said.generator_busy,
        duration_s=row["duration_s"],
        requests=row["requests"],
        failures=row["failures"],
        rate=row["requests_per_s"],
        mean_ms=row["latency_ms"].get("mean"),
        max_ms=row["latency_ms"].get("max"),
        repeats=repeats,
        despite=row["counts_despite"],
    )


def guarded(evaluation: Evaluation, *, metric: str, endpoint: str) -> Guarded:
    """The metric's values of the largest group of runs that can be compared, per candidate; the rest with reasons."""
    repeats = repeats_of(evaluation, metric=metric, endpoint=endpoint)
    with_the_metric = {repeat.run_id for rows in repeats.values() for repeat in rows}
    runs = _told_runs(evaluation, [row for row in _rows(evaluation) if row["pk"] in with_the_metric])
    choice = comparability.largest_group(runs, metric)
    kept = {run.run for run in choice.kept}
    found = Guarded({pk: rows for pk, all_of in repeats.items() if (rows := [r for r in all_of if r.run_id in kept])})
    for run in runs:
        if run.run in choice.left_out:
            reason = " ".join(choice.left_out[run.run])
            found.left_out.setdefault(run.candidate, []).append({"run": run.run, "reason": reason})
        elif run.despite:
            found.despite.setdefault(run.candidate, []).append({"run": run.run, "reason": run.despite})
    return found


@dataclass(frozen=True)
class OfOneRun:
    """What the guard says of one run: by itself and beside the others, and which criteria it does not feed and why."""

    level: comparability.Level
    findings: list[comparability.Finding]
    left_out: list[tuple[str, str]]


def guard_of(evaluation: Evaluation, run: SpikeRun) -> OfOneRun | None:
    """None where the run is not compared: left out by somebody, or without rate and latency."""
    runs = told_of(evaluation)
    mine = next((told for told in runs if told.run == run.pk), None)
    if mine is None:
        return None
    group = comparability.largest_group(runs).kept
    beside = [finding for other in group if other is not mine for finding in comparability.between(mine, other)]
    findings = list(dict.fromkeys([*comparability.alone(mine), *beside]))
    left_out = [
        (function.criterion.name, each["reason"])
        for function in functions_of_spikes(evaluation)
        for each in guarded(evaluation, metric=function.metric, endpoint=function.endpoint).left_out.get(
            mine.candidate, []
        )
        if each["run"] == run.pk
    ]
    return OfOneRun(comparability.level_of(findings), findings, left_out)


def rule_of(evaluation: Evaluation) -> ComparisonRule:
    """As the team set it, else the product's own, not saved."""
    row = ComparisonRule.objects.filter(evaluation=evaluation).first()
    return row or ComparisonRule(evaluation=evaluation, tie_ratio=TIE_RATIO)
