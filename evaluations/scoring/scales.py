"""Criteria that a phase can measure: by which metric, through which value function, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from evaluations import catalogue
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.catalogue.entries import Metric
from evaluations.requirements.models import Criterion
from evaluations.requirements.queries import standing_criteria
from evaluations.scoring.models import MeasuredScore, ValueFunction


@dataclass(frozen=True)
class ScoredCell:
    candidate: Candidate
    score: MeasuredScore | None


@dataclass(frozen=True)
class Scale:
    """A criterion with its value function over a phase's metric, if it has one, and what it makes of the figures.

    narrowed: the one kind of source the function looks at, in words; empty: all that tell the metric.
    """

    criterion: Criterion
    function: ValueFunction | None
    metric: Metric | None
    cells: list[ScoredCell]
    narrowed: str = ""


def metrics_of(phase: str) -> dict[str, Metric]:
    """The catalogue's metrics of a phase, by key, in the catalogue's order."""
    return {metric.key: metric for metric in catalogue.metrics() if metric.phase == phase}


def usual_metric(criterion: Criterion, phase: str) -> Metric | None:
    """The metric the catalogue measures such a criterion by, where that is one of the phase."""
    known = {entry.key: entry.metric for entry in catalogue.criteria()}
    return metrics_of(phase).get(known.get(criterion.key) or "")


def function_of(criterion: Criterion) -> ValueFunction | None:
    return ValueFunction.objects.filter(criterion=criterion).first()


def functions_over(evaluation: Evaluation, phase: str) -> list[ValueFunction]:
    """Of standing criteria, those that go over a metric of the phase."""
    rows = ValueFunction.objects.filter(
        criterion__evaluation=evaluation, criterion__removed_at__isnull=True, metric__in=list(metrics_of(phase))
    )
    return list(rows.select_related("criterion").order_by("criterion_id"))


def scales_of(evaluation: Evaluation, phase: str, *, narrowing: Mapping[str, str] | None = None) -> list[Scale]:
    """Criteria measured by the phase first, then those the catalogue says could be, then the rest without a function.

    Criteria measured by another phase are left out. narrowing: words for what a function can be narrowed to.
    """
    candidates, metrics = standing_candidates(evaluation), metrics_of(phase)
    functions = {row.criterion_id: row for row in ValueFunction.objects.filter(criterion__evaluation=evaluation)}
    rows = MeasuredScore.objects.filter(criterion__evaluation=evaluation)
    scores = {(row.criterion_id, row.candidate_id): row for row in rows}
    found = []
    for criterion in standing_criteria(evaluation):
        function = functions.get(criterion.pk)
        if function and function.metric not in metrics:
            continue
        metric = metrics[function.metric] if function else usual_metric(criterion, phase)
        cells = [ScoredCell(one, scores.get((criterion.pk, one.pk))) for one in candidates] if function else []
        narrowed = (narrowing or {}).get(function.endpoint, "") if function else ""
        found.append(Scale(criterion, function, metric, cells, narrowed))
    return sorted(found, key=lambda scale: (scale.function is None, scale.metric is None))
