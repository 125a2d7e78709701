"""The tab Trade-offs: the value of each candidate against one thing that was measured.

Runs that can't be compared with the others stand apart, hollow and with the reason: no mean is taken over them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Any

from django.utils.html import escape

from evaluations.candidates.models import Evaluation
from evaluations.matrix.changes import metric_name
from evaluations.matrix.exhibits import Column, Exhibit, Line, measured, points, whole
from evaluations.scoring.models import MeasuredScore
from evaluations.scoring.queries import value_functions
from evaluations.scoring.standing import Standing
from evaluations.spikes.guarding import guarded
from evaluations.spikes.queries import repeats_of, spike_metrics

SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up", "star", "hexagon", "x")


@dataclass(frozen=True)
class Apart:
    """A value that is not compared, and why; `run` is where it was measured."""

    run: int
    value: float
    reason: str


@dataclass(frozen=True)
class Measured:
    """One metric with its values per candidate id; less is better where `falls`.

    metric: the catalogue's key where runs tell it, of `endpoint` or of the whole run. apart: values not compared.
    """

    key: str
    name: str
    unit: str
    falls: bool
    values: Mapping[int, Sequence[float]]
    metric: str = ""
    endpoint: str = ""
    apart: Mapping[int, Sequence[Apart]] = field(default_factory=dict)


def measured_of(evaluation: Evaluation) -> list[Measured]:
    """Everything measured of at least one candidate: what scores are made of, then the other metrics of the runs.

    Of metrics that runs tell, the values are those of every counted run; `compared` sets apart what can't be compared.
    """
    found = _of_scores(evaluation)
    taken = {one.key for one in found}
    for metric in spike_metrics():
        repeats = repeats_of(evaluation, metric=metric.key, endpoint="")
        if repeats and f"run-{metric.key}" not in taken:
            values = {pk: [one.value for one in rows] for pk, rows in repeats.items()}
            name, falls = f"{metric.name}, whole run", metric.direction == "lower"
            found.append(Measured(f"run-{metric.key}", name, metric.unit, falls, values, metric=metric.key))
    return found


def compared(evaluation: Evaluation, chosen: Measured) -> Measured:
    """The same with the runs that the comparability guard leaves out set apart, each with its reason."""
    if not chosen.metric:
        return chosen
    found = guarded(evaluation, metric=chosen.metric, endpoint=chosen.endpoint)
    every = repeats_of(evaluation, metric=chosen.metric, endpoint=chosen.endpoint)
    of_run = {one.run_id: one.value for rows in every.values() for one in rows}
    apart = {
        pk: [Apart(each["run"], of_run[each["run"]], each["reason"]) for each in rows]
        for pk, rows in found.left_out.items()
    }
    values = {pk: [one.value for one in rows] for pk, rows in found.repeats.items()}
    return replace(chosen, values=values, apart=apart)


def exhibit(standing: Standing, chosen: Measured) -> Exhibit:
    shown = [
        (row, chosen.values.get(row.candidate.pk, ()), chosen.apart.get(row.candidate.pk, ()))
        for row in standing.rows
        if chosen.values.get(row.candidate.pk) or chosen.apart.get(row.candidate.pk)
    ]
    placed = [(SYMBOLS[place % len(SYMBOLS)], *each) for place, each in enumerate(shown)]
    means = [fmean(values) for _, values, _ in shown if values]
    middle = (min(means) + max(means)) / 2 if means else 0.0
    figure = {
        "data": [_point(symbol, row, values, chosen.unit, middle) for symbol, row, values, _ in placed if values]
        + [_hollow(symbol, row, apart, chosen.unit) for symbol, row, _, apart in placed if apart],
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
        Column(f"Lowest{unit}", _end),
        Column(f"Highest{unit}", _end),
        Column("Compared", whole),
        *([Column("Not compared, and why")] if chosen.apart else []),
    ]
    lines = [Line(_cells(row, values, apart, chosen)) for row, values, apart in shown]
    return Exhibit(
        "trade-offs",
        f"Value against {chosen.name}",
        f"{_says([(row, values) for row, values, _ in shown if values], chosen)}{_says_apart(chosen)}",
        f"{standing.method_note}; total from worst to best, {chosen.name} as the mean with whiskers from the lowest to "
        f"the highest of what was measured; a single value has no interval.",
        columns,
        lines,
        figure,
    )


def _cells(row: Any, values: Sequence[float], apart: Sequence[Apart], chosen: Measured) -> list[Any]:
    ends = [min(values), max(values)] if len(values) > 1 else [None, None]
    reasons = "; ".join(f"run {one.run} ({measured(one.value)} {chosen.unit}): {one.reason}" for one in apart)
    figures = [row.expected, row.worst, row.best, fmean(values) if values else None, *ends, float(len(values))]
    return [row.candidate.name, *figures, *([reasons] if chosen.apart else [])]


def _end(value: float | None) -> str:
    return "no interval" if value is None else measured(value)


def _says_apart(chosen: Measured) -> str:
    count = sum(len(rows) for rows in chosen.apart.values())
    if not count:
        return ""
    which = "1 run stands" if count == 1 else f"{count} runs stand"
    return f" {which} apart, hollow in the chart: not comparable with the others, for the reasons in the table."


def _of_scores(evaluation: Evaluation) -> list[Measured]:
    functions = value_functions(evaluation)
    values: dict[int, dict[int, list[float]]] = {}
    of_runs: set[int] = set()
    rows = MeasuredScore.objects.filter(candidate__evaluation=evaluation, candidate__withdrawn_at__isnull=True)
    for row in rows.order_by("criterion__position", "criterion_id"):
        if row.criterion_id in functions and row.source.get("values"):
            values.setdefault(row.criterion_id, {})[row.candidate_id] = [float(x) for x in row.source["values"]]
            if row.source.get("package") == "spikes":
                of_runs.add(row.criterion_id)
    found = []
    for criterion_id, by_candidate in values.items():
        function = functions[criterion_id]
        key = f"run-{function.metric}" if not function.endpoint else f"criterion-{criterion_id}"
        where = f", {function.endpoint}" if function.endpoint else ""
        falls = function.points[-1][1] < function.points[0][1]
        metric = function.metric if criterion_id in of_runs else ""
        name = metric_name(function.metric) + where
        found.append(Measured(key, name, function.unit, falls, by_candidate, metric, function.endpoint))
    return list({one.key: one for one in reversed(found)}.values())[::-1]


def _point(symbol: str, row: Any, values: Sequence[float], unit: str, middle: float) -> dict[str, Any]:
    mean = fmean(values)
    name = _named(row)
    whiskers = {
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [max(values) - mean],
            "arrayminus": [mean - min(values)],
        }
    }
    lone = "" if len(values) > 1 else ", one value: no interval"
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": name,
        "x": [mean],
        "y": [row.expected],
        "text": [name],
        # Beside the whiskers and inside the frame.
        "textposition": "top right" if mean < middle else "top left",
        "marker": {"size": 12, "symbol": symbol},
        **(whiskers if len(values) > 1 else {}),
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [row.best - row.expected],
            "arrayminus": [row.expected - row.worst],
        },
        "hovertemplate": f"%{{x:.4g}} {escape(unit)}{lone}, total %{{y:.2f}}<extra>{name}</extra>",
    }


def _hollow(symbol: str, row: Any, apart: Sequence[Apart], unit: str) -> dict[str, Any]:
    name = _named(row)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"{name}, not compared",
        "x": [one.value for one in apart],
        "y": [row.expected] * len(apart),
        "marker": {"size": 10, "symbol": f"{symbol}-open"},
        "customdata": [f"run {one.run}" for one in apart],
        "hovertemplate": f"%{{x:.4g}} {escape(unit)}, %{{customdata}}: not compared<extra>{name}</extra>",
    }


def _named(row: Any) -> str:
    return str(escape(row.candidate.name)) + (" (out)" if row.out else "")


def _axis(chosen: Measured) -> str:
    unit = f"{chosen.unit}, " if chosen.unit else ""
    return f"{escape(chosen.name)}<br>{escape(unit)}{'less' if chosen.falls else 'more'} is better"


def _says(shown: Sequence[tuple[Any, Sequence[float]]], chosen: Measured) -> str:
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
