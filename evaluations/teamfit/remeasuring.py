"""From a closed exercise to the measured scores of the matrix, inside an open write."""

from evaluations import catalogue
from evaluations.audit.actions import Entry
from evaluations.candidates.models import Evaluation
from evaluations.checklist.models import Phase
from evaluations.scoring import actions as scoring
from evaluations.scoring.models import ValueFunction
from evaluations.scoring.scales import functions_over, metrics_of
from evaluations.teamfit import queries


def remeasure(entry: Entry, *, evaluation: Evaluation, only: ValueFunction | None = None) -> int:
    """Compute every measured score of the evaluation's team fit anew inside the open write; returns the changes.

    Answers of an exercise that is not closed count nothing. A value function is frozen with the first figure that goes
    through it. only: this function instead of all.
    """
    functions = [only] if only else functions_over(evaluation, Phase.TEAMFIT)
    results = queries.results_of(evaluation) if functions else []
    changes = 0
    for function in functions:
        if function.metric not in metrics_of(Phase.TEAMFIT):
            continue
        told = [result for result in results if queries.figures_in(result, function.metric)]
        if told:
            scoring.freeze_value_function(entry, function=function)
        measured = [_measured(result, function) for result in told]
        changes += scoring.put_measured_scores(entry, criterion=function.criterion, measured=measured)
    return changes


def _measured(result: queries.Result, function: ValueFunction) -> scoring.Measured:
    figures = queries.figures_in(result, function.metric)
    score = queries.score_by(function.metric, figures, function.points, function.outside)
    name = catalogue.metric(function.metric).name.lower()
    return scoring.Measured(
        candidate=result.candidate,
        value=score.value,
        deviation=score.deviation,
        low=score.low,
        high=score.high,
        source={
            "package": "teamfit",
            "values": [figure.value for figure in figures],
            "metric": function.metric,
            "endpoint": "",
            "unit": function.unit,
            "value_function": function.version,
            "provenance": [],
            "says": f"{name}: {queries.in_words(result, function.metric)}",
        },
    )
