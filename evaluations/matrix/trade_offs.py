"""The tab Trade-offs: the value of each candidate against one thing that was measured."""

from dataclasses import dataclass
from statistics import fmean
from typing import Any

from django.utils.html import escape

from evaluations.candidates.models import Evaluation
from evaluations.matrix.changes import metric_name
from evaluations.matrix.exhibits import Column, Exhibit, Line, measured, points
from evaluations.scoring.models import MeasuredScore
from evaluations.scoring.queries import value_functions
from evaluations.scoring.standing import Standing
from evaluations.spikes.queries import repeats_of, spike_metrics

SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up", "star", "hexagon", "x")


@dataclass(frozen=True)
class Measured:
    """One metric with its values per candidate id; less is better where `falls`."""

    key: str
    name: str
    unit: str
    falls: bool
    values: dict[int, list[float]]


def measured_of(evaluation: Evaluation) -> list[Measured]:
    """Everything measured of at least one candidate: what scores are made of, then the other metrics of the runs."""
    found = _of_scores(evaluation)
    taken = {one.key for one in found}
    for metric in spike_metrics():
        repeats = repeats_of(evaluation, metric=metric.key, endpoint="")
        if repeats and f"run-{metric.key}" not in taken:
            values = {pk: [one.value for one in rows] for pk, rows in repeats.items()}
            falls = metric.direction == "lower"
            found.append(Measured(f"run-{metric.key}", f"{metric.name}, whole run", metric.unit, falls, values))
    return found


def exhibit(standing: Standing, chosen: Measured) -> Exhibit:
    rows = [row for row in standing.rows if chosen.values.get(row.candidate.pk)]
    shown = [(row, chosen.values[row.candidate.pk]) for row in rows]
    figure = {
        "data": [_point(place, row, values, chosen.unit) for place, (row, values) in enumerate(shown)],
        "layout": {
            "xaxis": {"title": {"text": _axis(chosen), "font": {"size": 12}}},
            "yaxis": {"title": {"text": "total, 1 to 5", "font": {"size": 12}}, "range": [1, 5]},
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
            "height": 420,
            "showlegend": True,
        },
    }
    unit = f", {chosen.unit}" if chosen.unit else ""
    columns = [
        Column("Candidate"),
        Column("Total", points),
        Column("Worst", points),
        Column("Best", points),
        Column(f"Mean{unit}", measured),
        Column(f"Lowest{unit}", measured),
        Column(f"Highest{unit}", measured),
        Column("Runs", measured),
    ]
    lines = [
        Line([r.candidate.name, r.expected, r.worst, r.best, fmean(v), min(v), max(v), float(len(v))]) for r, v in shown
    ]
    note = (
        f"{standing.method_note}; total from worst to best, {chosen.name} as the mean with whiskers from the lowest to "
        f"the highest run."
    )
    return Exhibit("trade-offs", f"Value against {chosen.name}", _says(shown, chosen), note, columns, lines, figure)


def _of_scores(evaluation: Evaluation) -> list[Measured]:
    functions = value_functions(evaluation)
    values: dict[int, dict[int, list[float]]] = {}
    rows = MeasuredScore.objects.filter(candidate__evaluation=evaluation, candidate__withdrawn_at__isnull=True)
    for row in rows.order_by("criterion__position", "criterion_id"):
        if row.criterion_id in functions and row.source.get("values"):
            values.setdefault(row.criterion_id, {})[row.candidate_id] = [float(x) for x in row.source["values"]]
    found = []
    for criterion_id, by_candidate in values.items():
        function = functions[criterion_id]
        key = f"run-{function.metric}" if not function.endpoint else f"criterion-{criterion_id}"
        where = f", {function.endpoint}" if function.endpoint else ""
        falls = function.points[-1][1] < function.points[0][1]
        found.append(Measured(key, metric_name(function.metric) + where, function.unit, falls, by_candidate))
    return list({one.key: one for one in reversed(found)}.values())[::-1]


def _point(place: int, row: Any, values: list[float], unit: str) -> dict[str, Any]:
    mean = fmean(values)
    name = escape(row.candidate.name) + (" (out)" if row.out else "")
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": name,
        "x": [mean],
        "y": [row.expected],
        "text": [name],
        "textposition": "top center",
        "marker": {"size": 12, "symbol": SYMBOLS[place % len(SYMBOLS)]},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [max(values) - mean],
            "arrayminus": [mean - min(values)],
        },
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [row.best - row.expected],
            "arrayminus": [row.expected - row.worst],
        },
        "hovertemplate": f"%{{x:.4g}} {escape(unit)}, total %{{y:.2f}}<extra>{name}</extra>",
    }


def _axis(chosen: Measured) -> str:
    unit = f", {chosen.unit}" if chosen.unit else ""
    return f"{escape(chosen.name)}{escape(unit)} ({'less' if chosen.falls else 'more'} is better)"


def _says(shown: list[tuple[Any, list[float]]], chosen: Measured) -> str:
    """Whom nobody beats in both."""
    if len(shown) < 2:
        return f"{chosen.name} was measured of {len(shown)} candidate: two are needed to weigh one against the other."
    sign = -1 if chosen.falls else 1
    places = [(row.candidate.name, row.expected, sign * fmean(values)) for row, values in shown if not row.out]
    best = [
        name
        for name, total, value in places
        if not any((t >= total and v >= value) and (t > total or v > value) for _, t, v in places)
    ]
    if len(best) == 1:
        return f"{best[0]} is ahead in both, its total and {chosen.name}: nothing is traded."
    listed = f"{', '.join(best[:-1])} and {best[-1]}" if best else "Nobody"
    return f"Between {listed} one pays for the other: a better total for a worse {chosen.name}, or the other way round."
