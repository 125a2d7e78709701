"""From the runs that count to the measured scores of the matrix, inside an open write."""

from evaluations.audit.actions import Entry
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.scoring import actions as scoring
from evaluations.scoring.models import ValueFunction
from evaluations.spikes import measuring, queries


def remeasure(entry: Entry, *, evaluation: Evaluation, only: ValueFunction | None = None) -> int:
    """Compute every measured score of the evaluation's spikes anew inside the open write; returns how many changed.

    A value function is frozen with the first run that goes through it. only: this function instead of all.
    """
    functions = [only] if only else queries.functions_of_spikes(evaluation)
    candidates = {candidate.pk: candidate for candidate in standing_candidates(evaluation)}
    changes = 0
    for function in functions:
        if not queries.is_of_spikes(function):
            continue
        repeats = queries.repeats_of(evaluation, metric=function.metric, endpoint=function.endpoint)
        counted = {pk: found for pk, found in repeats.items() if pk in candidates}
        if counted:
            scoring.freeze_value_function(entry, function=function)
        measured = [_measured(candidates[pk], function, found) for pk, found in counted.items()]
        changes += scoring.put_measured_scores(entry, criterion=function.criterion, measured=measured)
    return changes


def _measured(candidate: Candidate, function: ValueFunction, repeats: list[queries.Repeat]) -> scoring.Measured:
    score = measuring.score_of([repeat.value for repeat in repeats], function.points, function.outside)
    return scoring.Measured(
        candidate=candidate,
        value=score.value,
        deviation=score.deviation,
        low=score.low,
        high=score.high,
        source={
            "package": "spikes",
            "runs": [repeat.run_id for repeat in repeats],
            "values": [repeat.value for repeat in repeats],
            "metric": function.metric,
            "endpoint": function.endpoint,
            "unit": function.unit,
            "value_function": function.version,
            "provenance": sorted({repeat.provenance for repeat in repeats if repeat.provenance}),
        },
    )
