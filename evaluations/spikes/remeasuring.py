"""From the runs that count to the measured scores of the matrix, inside an open write."""

from evaluations.audit.actions import Entry
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.scoring import actions as scoring
from evaluations.scoring.models import ValueFunction
from evaluations.spikes import guarding, measuring, queries


def remeasure(entry: Entry, *, evaluation: Evaluation, only: ValueFunction | None = None) -> int:
    """Compute every measured score of the evaluation's spikes anew inside the open write; returns how many changed.

    A value function is frozen with the first run that goes through it. only: this function instead of all. Only runs
    that can be compared with each other go through it; the source of a score names the candidate's others.
    """
    functions = [only] if only else queries.functions_of_spikes(evaluation)
    if not functions:
        return 0
    candidates = {candidate.pk: candidate for candidate in standing_candidates(evaluation)}
    changes = 0
    for function in functions:
        if not queries.is_of_spikes(function):
            continue
        found = guarding.guarded(evaluation, metric=function.metric, endpoint=function.endpoint)
        counted = {pk: repeats for pk, repeats in found.repeats.items() if pk in candidates}
        if counted:
            scoring.freeze_value_function(entry, function=function)
        measured = [_measured(candidates[pk], function, repeats, found) for pk, repeats in counted.items()]
        changes += scoring.put_measured_scores(entry, criterion=function.criterion, measured=measured)
    return changes


def _measured(
    candidate: Candidate, function: ValueFunction, repeats: list[queries.Repeat], found: guarding.Guarded
) -> scoring.Measured:
    apart = {"left_out": found.left_out.get(candidate.pk), "despite": found.despite.get(candidate.pk)}
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
            **{key: runs for key, runs in apart.items() if runs},
        },
    )
