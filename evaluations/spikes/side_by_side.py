"""What the page that compares runs is drawn from: the guard's verdict, and figures of the runs it keeps."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.spikes import comparability
from evaluations.spikes.comparability import Finding, Level, Told
from evaluations.spikes.guarding import told_of
from evaluations.spikes.measuring import interval_of
from evaluations.spikes.models import Measurement, SpikeRun
from evaluations.spikes.queries import COMPARED, Compared, Spread, counted_runs

RESOURCES = ("cpu_ms_per_request", "memory_mb", "memory_growth_mb_per_h")
MOST_ERRORS = 12


@dataclass(frozen=True)
class Pair:
    """Two candidates with the worst the guard says of any two runs of theirs, each reason once."""

    one: Candidate
    other: Candidate
    level: Level
    says: list[str]


@dataclass(frozen=True)
class Verdict:
    """Over the runs that are compared; left_out: (run, why) of those that are not."""

    level: Level
    says: str
    pairs: list[Pair]
    alone: list[tuple[Told, list[Finding]]]
    left_out: list[tuple[Told, list[str]]]
    despite: list[Told]


@dataclass(frozen=True)
class Point:
    candidate: Candidate
    run: int
    rate: float
    p95: float


@dataclass(frozen=True)
class Profile:
    """Shares of one profiled run's time by kind, which come to 1."""

    candidate: Candidate
    run: SpikeRun
    shares: dict[str, float]


def kept_runs(evaluation: Evaluation) -> tuple[list[Told], Verdict]:
    """The largest comparable group, and the guard's verdict over all runs that measured a load."""
    candidates = {candidate.pk: candidate for candidate in standing_candidates(evaluation)}
    runs = told_of(evaluation)
    choice = comparability.largest_group(runs)
    kept = choice.kept
    pairs = [
        _pair(candidates[one], candidates[other], kept)
        for one, other in combinations([pk for pk in candidates if any(run.candidate == pk for run in kept)], 2)
    ]
    alone = [(run, findings) for run in kept if (findings := comparability.alone(run))]
    levels = [pair.level for pair in pairs] + [comparability.level_of(findings) for _, findings in alone]
    verdict = Verdict(
        level=max(levels, default=Level.COMPARABLE),
        says=_in_words(kept, len(choice.left_out), pairs, levels),
        pairs=pairs,
        alone=alone,
        left_out=[(run, choice.left_out[run.run]) for run in runs if run.run in choice.left_out],
        despite=[run for run in kept if run.despite],
    )
    return kept, verdict


def _pair(one: Candidate, other: Candidate, kept: Sequence[Told]) -> Pair:
    mine, theirs = ([run for run in kept if run.candidate == each.pk] for each in (one, other))
    findings = [finding for run in mine for next_to in theirs for finding in comparability.between(run, next_to)]
    by_themselves = [finding for run in (*mine, *theirs) for finding in comparability.alone(run)]
    level = comparability.level_of([*findings, *by_themselves])
    return Pair(one, other, level, list(dict.fromkeys(finding.says for finding in findings)))


def _in_words(kept: Sequence[Told], left_out: int, pairs: Sequence[Pair], levels: Sequence[Level]) -> str:
    if not kept:
        return "No run tells rate or latency in a way that can be compared."
    runs = "One run" if len(kept) == 1 else f"{len(kept)} runs"
    others = f" {left_out} more can’t be compared with them and feed no score." if left_out else ""
    if not pairs:
        return f"{runs} of one candidate: there is nothing to compare it with yet.{others}"
    worst = max(levels, default=Level.COMPARABLE)
    how = {
        Level.COMPARABLE: "can be compared as they are.",
        Level.WITH_CARE: "can be compared with care: read below what differs.",
        Level.NOT_COMPARABLE: "are shown side by side because a lead lets some count that can’t be compared.",
    }[worst]
    return f"{runs} {how}{others}"


def compared_runs(evaluation: Evaluation, kept: Sequence[Told]) -> list[Compared]:
    """Each candidate's metrics over the kept runs: mean with its bootstrapped ends."""
    values: dict[tuple[int, str], list[float]] = defaultdict(list)
    rows = Measurement.objects.filter(run__in=[run.run for run in kept], endpoint="", metric__in=COMPARED)
    for candidate_id, metric, value in rows.order_by("run_id").values_list(
        "run__result_file__candidate_id", "metric", "value"
    ):
        values[candidate_id, metric].append(value)
    count = Counter(run.candidate for run in kept)
    return [
        Compared(candidate, count[candidate.pk], {m: _spread(values.get((candidate.pk, m), [])) for m in COMPARED})
        for candidate in standing_candidates(evaluation)
        if count[candidate.pk]
    ]


def _spread(values: list[float]) -> Spread | None:
    return Spread(fmean(values), *interval_of(values), len(values)) if values else None


def rate_against_p95(evaluation: Evaluation, kept: Sequence[Told]) -> list[Point]:
    candidates = {candidate.pk: candidate for candidate in standing_candidates(evaluation)}
    p95 = dict(
        Measurement.objects.filter(run__in=[run.run for run in kept], endpoint="", metric="latency_p95_ms").values_list(
            "run_id", "value"
        )
    )
    return [
        Point(candidates[run.candidate], run.run, run.rate, p95[run.run])
        for run in kept
        if run.rate is not None and run.run in p95
    ]


def time_lines(evaluation: Evaluation, kept: Sequence[Told]) -> list[SpikeRun]:
    """Of each candidate the newest kept run whose file holds a time line."""
    rows = SpikeRun.objects.filter(pk__in=[run.run for run in kept]).exclude(series=[])
    newest = rows.order_by("result_file__candidate_id", "-pk").distinct("result_file__candidate_id")
    found = SpikeRun.objects.filter(pk__in=newest.values("pk")).select_related("result_file__candidate")
    return list(found.order_by("result_file__candidate__position", "result_file__candidate_id"))


def errors_by_kind(kept: Sequence[Told]) -> dict[str, dict[int, int]]:
    """How often each error came, per candidate id, over the kept runs; the most frequent kinds first."""
    rows = SpikeRun.objects.filter(pk__in=[run.run for run in kept]).exclude(errors=[])
    found: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for candidate_id, errors in rows.values_list("result_file__candidate_id", "errors"):
        for error in errors:
            found[str(error.get("message") or "not told")][candidate_id] += int(error.get("count") or 0)
    often = sorted(found.items(), key=lambda kind: (-sum(kind[1].values()), kind[0]))
    return {kind: dict(counts) for kind, counts in often[:MOST_ERRORS]}


def resources(evaluation: Evaluation) -> dict[int, dict[str, Spread]]:
    """Processor time per request, memory and its growth per candidate id, over the runs that were sampled."""
    runs = {run.pk: run.result_file.candidate_id for run in counted_runs(evaluation)}
    rows = Measurement.objects.filter(run__in=list(runs), endpoint="", metric__in=RESOURCES).order_by("run_id")
    values: dict[int, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for run_id, metric, value in rows.values_list("run_id", "metric", "value"):
        values[runs[run_id]][metric].append(value)
    spreads: dict[int, dict[str, Spread]] = {}
    for candidate_id, metrics in values.items():
        spreads[candidate_id] = {
            metric: spread for metric, found in metrics.items() if (spread := _spread(found)) is not None
        }
    return spreads


def memory_over_time(evaluation: Evaluation) -> list[SpikeRun]:
    """Of each standing candidate the newest counted run beside which memory was sampled."""
    newest: dict[int, SpikeRun] = {}
    for run in counted_runs(evaluation):
        if (run.stated.get("context") or {}).get("memory_over_time"):
            newest[run.result_file.candidate_id] = run
    return [newest[candidate.pk] for candidate in standing_candidates(evaluation) if candidate.pk in newest]


def profiles(evaluation: Evaluation) -> list[Profile]:
    """Of each standing candidate the newest counted profile."""
    newest: dict[int, Profile] = {}
    for run in counted_runs(evaluation):
        shares = (run.stated.get("profile") or {}).get("shares")
        if shares:
            candidate = run.result_file.candidate
            newest[candidate.pk] = Profile(candidate, run, {str(kind): float(x) for kind, x in shares.items()})
    order = [candidate.pk for candidate in standing_candidates(evaluation)]
    return sorted(newest.values(), key=lambda profile: order.index(profile.candidate.pk))
