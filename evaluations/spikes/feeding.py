"""From a measured score back to what was measured: which run, which endpoint, which metric, which place in its file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluations.candidates.models import Evaluation
from evaluations.requirements.models import Criterion
from evaluations.scoring.models import MeasuredScore
from evaluations.spikes.measuring import endpoint_name, in_words
from evaluations.spikes.models import Measurement, SpikeRun
from evaluations.spikes.queries import functions_of_spikes, spike_metrics


@dataclass(frozen=True)
class Fed:
    """One criterion's score to which a run's figure went. endpoint: empty for the whole run."""

    criterion: Criterion
    metric: str
    endpoint: str
    figure: str
    rule: str
    place: str
    score: float


def fed_by(evaluation: Evaluation, run: SpikeRun) -> list[Fed]:
    """Every measured score this run's figures went to."""
    metrics = {metric.key: metric for metric in spike_metrics()}
    figures = {(row.metric, row.endpoint): row for row in Measurement.objects.filter(run=run)}
    scores = MeasuredScore.objects.filter(
        criterion__evaluation=evaluation, candidate=run.result_file.candidate_id, source__runs__contains=run.pk
    )
    by_criterion = {score.criterion_id: score for score in scores if score.source.get("package") == "spikes"}
    found = []
    for function in functions_of_spikes(evaluation):
        score, figure = by_criterion.get(function.criterion_id), figures.get((function.metric, function.endpoint))
        if score and figure:
            metric = metrics[function.metric]
            shown = f"{in_words(figure.value)} {metric.unit}".strip()
            place = place_of(run, figure)
            found.append(
                Fed(function.criterion, metric.name, figure.endpoint, shown, figure.rule, place, float(score.value))
            )
    return found


def place_of(run: SpikeRun, figure: Measurement) -> str:
    """Where in the file a figure stands; a figure that was computed stands nowhere."""
    name = figure.metric.removeprefix("latency_")
    if line := _line_of(run.endpoints, figure.endpoint) if figure.endpoint else _line_in(run.stated, name):
        return f"line {line}"
    stated: Mapping[str, Any] = run.stated.get("stated") or {}
    is_stated = figure.endpoint or name in stated or figure.rule.startswith(("stated", "as the tool"))
    return "stated in the file" if is_stated else "computed over the file"


def _line_in(stated: Mapping[str, Any], name: str) -> int | None:
    """A figure's own line, else that of the row of totals in which it stands with the others."""
    return (stated.get("lines") or {}).get(name.removesuffix("_ms")) or stated.get("line")


def _line_of(endpoints: list[dict[str, Any]], endpoint: str) -> int | None:
    return next((each.get("line") for each in endpoints if endpoint_name(each) == endpoint), None)
