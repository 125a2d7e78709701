"""From answers and failure tests to the measured scores of the matrix, inside an open write."""

from evaluations import catalogue
from evaluations.audit.actions import Entry
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.checklist.models import Phase
from evaluations.readiness import queries
from evaluations.scoring import actions as scoring
from evaluations.scoring.figures import Figure, score_of
from evaluations.scoring.models import ValueFunction
from evaluations.scoring.scales import functions_over, metrics_of


def remeasure(entry: Entry, *, evaluation: Evaluation, only: ValueFunction | None = None) -> int:
    """Compute every measured score of the evaluation's readiness anew inside the open write; returns the changes.

    A value function is frozen with the first figure that goes through it. only: this function instead of all.
    """
    functions = [only] if only else functions_over(evaluation, Phase.READINESS)
    candidates = {candidate.pk: candidate for candidate in standing_candidates(evaluation)} if functions else {}
    changes = 0
    for function in functions:
        if function.metric not in metrics_of(Phase.READINESS):
            continue
        shares: dict[int, queries.Share] = {}
        if function.metric == queries.SHARE:
            shares = queries.shares_by_candidate(evaluation)
            found = queries.figures_of_shares(shares)
        else:
            found = queries.figures_of(evaluation, metric=function.metric, narrowed=function.endpoint)
        counted = {pk: figures for pk, figures in found.items() if pk in candidates}
        if counted:
            scoring.freeze_value_function(entry, function=function)
        measured = [_measured(candidates[pk], function, figures, shares.get(pk)) for pk, figures in counted.items()]
        changes += scoring.put_measured_scores(entry, criterion=function.criterion, measured=measured)
    return changes


def _measured(
    candidate: Candidate, function: ValueFunction, figures: list[Figure], share: queries.Share | None
) -> scoring.Measured:
    score = score_of(figures, function.points, function.outside)
    tests = share.test_ids if share else [one.source_id for one in figures if one.source == "test"]
    answers = share.answer_ids if share else [one.source_id for one in figures if one.source == "answer"]
    return scoring.Measured(
        candidate=candidate,
        value=score.value,
        deviation=score.deviation,
        low=score.low,
        high=score.high,
        source={
            "package": "readiness",
            "values": [one.value for one in figures],
            "tests": tests,
            "answers": answers,
            "metric": function.metric,
            "endpoint": function.endpoint,
            "unit": function.unit,
            "value_function": function.version,
            "provenance": sorted({one.provenance for one in figures if one.provenance}),
            "says": _in_words(function, figures, share),
        },
    )


def _in_words(function: ValueFunction, figures: list[Figure], share: queries.Share | None) -> str:
    """The source as one reads it: what, how much, out of how many."""
    name = catalogue.metric(function.metric).name.lower()
    if share:
        left_out = f", {len(share.unknown)} unknown left out" if share.unknown else ""
        return f"{name}: {share.answered} of {share.total} items answered{left_out}"
    values = ", ".join(f"{'more than ' if one.is_censored else ''}{one.value:g}" for one in figures)
    return f"{name}: {values} {function.unit}, from {_origin(figures)}"


def _origin(figures: list[Figure]) -> str:
    """One kind of source per metric: either tests or answers."""
    if figures[0].source == "answer":
        return "the team’s answer"
    return "a failure test" if len(figures) == 1 else f"{len(figures)} failure tests"
