"""From packages to the measured scores of the matrix, inside an open write."""

from evaluations import catalogue
from evaluations.audit.actions import Entry
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.checklist.models import Phase
from evaluations.ecosystem import queries
from evaluations.scoring import actions as scoring
from evaluations.scoring.figures import Figure, score_of
from evaluations.scoring.models import ValueFunction
from evaluations.scoring.scales import functions_over, metrics_of


def remeasure(entry: Entry, *, evaluation: Evaluation, only: ValueFunction | None = None) -> int:
    """Compute every measured score of the evaluation's ecosystem anew inside the open write; returns the changes.

    A value function is frozen with the first figure that goes through it. only: this function instead of all.
    """
    functions = [only] if only else functions_over(evaluation, Phase.ECOSYSTEM)
    known = metrics_of(Phase.ECOSYSTEM)
    candidates = {candidate.pk: candidate for candidate in standing_candidates(evaluation)} if functions else {}
    changes = 0
    for function in functions:
        if function.metric not in known:
            continue
        coverages: dict[int, queries.Coverage] = {}
        if function.metric == queries.SHARE:
            coverages = queries.coverage_by_candidate(evaluation)
            found = queries.figures_of_coverages(coverages)
        else:
            found = queries.figures_of(evaluation, metric=function.metric)
        if found:
            scoring.freeze_value_function(entry, function=function)
        measured = [_measured(candidates[pk], function, figures, coverages.get(pk)) for pk, figures in found.items()]
        changes += scoring.put_measured_scores(entry, criterion=function.criterion, measured=measured)
    return changes


def _measured(
    candidate: Candidate, function: ValueFunction, figures: list[Figure], coverage: queries.Coverage | None
) -> scoring.Measured:
    score = score_of(figures, function.points, function.outside)
    return scoring.Measured(
        candidate=candidate,
        value=score.value,
        deviation=score.deviation,
        low=score.low,
        high=score.high,
        source={
            "package": "ecosystem",
            "values": [one.value for one in figures],
            "choices": coverage.choice_ids if coverage else [one.source_id for one in figures],
            "metric": function.metric,
            "endpoint": function.endpoint,
            "unit": function.unit,
            "value_function": function.version,
            "provenance": [],
            "says": _in_words(function, figures, coverage),
        },
    )


def _in_words(function: ValueFunction, figures: list[Figure], coverage: queries.Coverage | None) -> str:
    """The source as one reads it: what, how much, out of how many."""
    name = catalogue.metric(function.metric).name.lower()
    if coverage:
        left_out = f", {len(coverage.unknown)} unknown left out" if coverage.unknown else ""
        return f"{name}: {len(coverage.covered)} of {coverage.judged} needs{left_out}"
    values = ", ".join(f"{one.value:g}" for one in figures)
    packages = "a package" if len(figures) == 1 else f"{len(figures)} packages"
    return f"{name}: {values} {function.unit}, from {packages}"
