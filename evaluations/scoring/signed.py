"""What reviewers sign of scores: judged cells and verdicts in phase 1, measured scales in the phase of their metric."""

from collections.abc import Iterable
from typing import Any

from evaluations import catalogue
from evaluations.audit.queries import people_behind
from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.requirements.models import Criterion, Requirement
from evaluations.requirements.queries import standing_criteria
from evaluations.scoring.models import Evidence, MeasuredScore, MustHaveVerdict, Score, ValueFunction
from evaluations.scoring.queries import cells_of, evidence_of

JUDGED = ("scoring.score_set", "scoring.verdict_set", "scoring.evidence_added", "scoring.evidence_removed")
FIRST_MEASURED = "spikes"
"""The phase that answers for a measured criterion whose metric nobody chose yet."""


def judged(evaluation: Evaluation) -> dict[str, Any]:
    """The team's judgement: every cell, every must-have by candidate, the evidence. Values are on the scale 1..5."""
    candidates, criteria = standing_candidates(evaluation), standing_criteria(evaluation)
    cells = cells_of(evaluation, candidates, criteria)
    scores = Score.objects.filter(candidate__evaluation=evaluation, value__isnull=False)
    agreed = set(scores.order_by().values_list("candidate_id", "criterion_id"))
    return {
        "scores": [
            {
                "criterion": criterion.name,
                "candidate": candidate.name,
                "score": round(cell.judged, 4) if cell.judged is not None else None,
                "ratings": list(cell.values),
                "agreed": (candidate.pk, criterion.pk) in agreed,
                "reason": cell.reason,
            }
            for criterion in criteria
            for candidate in candidates
            for cell in [cells[candidate.pk, criterion.pk]]
        ],
        "must_haves": _verdicts(evaluation, [candidate.name for candidate in candidates]),
        "evidence": [_piece(row) for row in evidence_of(evaluation) if row.candidate in candidates],
    }


def _verdicts(evaluation: Evaluation, names: list[str]) -> list[dict[str, Any]]:
    must_haves = list(Requirement.objects.must_haves().filter(evaluation=evaluation).order_by("position", "pk"))
    rows = MustHaveVerdict.objects.filter(requirement__in=must_haves).select_related("candidate")
    said = {(row.requirement_id, row.candidate.name): row for row in rows if row.candidate.withdrawn_at is None}
    return [
        {
            "requirement": requirement.statement,
            "candidate": name,
            "verdict": row.get_verdict_display() if row else MustHaveVerdict.Verdict.NOT_PROVEN.label,
            "reason": row.reason if row else "",
        }
        for requirement in must_haves
        for name in names
        for row in [said.get((requirement.pk, name))]
    ]


def _piece(row: Evidence) -> dict[str, Any]:
    return {
        "title": row.title,
        "candidate": row.candidate.name,
        "about": row.criterion.name if row.criterion else row.requirement.statement if row.requirement else "",
        "kind": row.get_kind_display(),
        "strength": row.get_strength_display(),
        "text": row.text,
        "address": row.url,
        "sha256": row.sha256,
        "dated": row.dated_date.isoformat() if row.dated_date else "",
        "about_version": row.about_version,
    }


def judges_of(evaluation: Evaluation) -> set[int]:
    """Ids of those who entered agreed scores, verdicts or evidence."""
    return people_behind(evaluation.log, *JUDGED)


def measured(evaluation: Evaluation, phase: str) -> dict[str, Any]:
    """The criteria a phase's metrics measure: value functions, measured scores, and whether they are what counts.

    Empty where no criterion is measured by the phase.
    """
    functions = _functions(evaluation)
    criteria = _criteria_of(evaluation, phase, functions)
    if not criteria:
        return {}
    ids = [criterion.pk for criterion in criteria]
    rows = MeasuredScore.objects.filter(criterion__in=ids, candidate__withdrawn_at__isnull=True)
    scores = rows.select_related("candidate").order_by("candidate__position", "candidate_id")
    by_criterion: dict[int, list[MeasuredScore]] = {pk: [] for pk in ids}
    for row in scores:
        by_criterion[row.criterion_id].append(row)
    return {
        "value_functions": [
            _function(criterion, functions[criterion.pk]) for criterion in criteria if criterion.pk in functions
        ],
        "measured_scores": [
            {
                "criterion": criterion.name,
                "candidate": row.candidate.name,
                "score": round(row.value, 4),
                "deviation": round(row.deviation, 4),
                "low": round(row.low, 4),
                "high": round(row.high, 4),
            }
            for criterion in criteria
            for row in by_criterion[criterion.pk]
        ],
        "what_counts": [
            {"criterion": criterion.name, "basis": criterion.get_basis_display()} for criterion in criteria
        ],
    }


def _function(criterion: Criterion, row: ValueFunction) -> dict[str, Any]:
    return {
        "criterion": criterion.name,
        "metric": row.metric,
        "unit": row.unit,
        "endpoint": row.endpoint,
        "points": row.points,
        "outside": row.get_outside_display(),
        "fixed": row.frozen_at is not None,
    }


def _functions(evaluation: Evaluation) -> dict[int, ValueFunction]:
    return {row.criterion_id: row for row in ValueFunction.objects.filter(criterion__evaluation=evaluation)}


def _criteria_of(evaluation: Evaluation, phase: str, functions: dict[int, ValueFunction]) -> list[Criterion]:
    phases = {metric.key: metric.phase for metric in catalogue.metrics()}
    return [
        criterion
        for criterion in standing_criteria(evaluation)
        if (
            phases.get(functions[criterion.pk].metric, FIRST_MEASURED) == phase
            if criterion.pk in functions
            else phase == FIRST_MEASURED and criterion.basis == Criterion.Basis.MEASURED
        )
    ]


def scale_makers_of(evaluation: Evaluation, phase: str) -> set[int]:
    """Ids of those who said how a phase's measurements become scores, and whether these are what counts."""
    criteria = _criteria_of(evaluation, phase, _functions(evaluation))
    return _people(evaluation, [criterion.pk for criterion in criteria])


def _people(evaluation: Evaluation, criterion_ids: Iterable[int]) -> set[int]:
    events = evaluation.log.events.filter(
        kind__in=("scoring.value_function_set", "requirements.basis_set"),
        about__criterion__in=list(criterion_ids),
        by__isnull=False,
    )
    return set(events.order_by().values_list("by_id", flat=True).distinct())
