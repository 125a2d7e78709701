"""Figures for Plotly as plain dictionaries, with the sentence that says the same; colours and fonts are the page's."""

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from django.utils.html import escape

from evaluations.spikes.measuring import in_words
from evaluations.spikes.models import SpikeRun
from evaluations.spikes.queries import Compared

PERCENTILES = (("latency_p50_ms", "median"), ("latency_p95_ms", "95th percentile"), ("latency_p99_ms", "99th"))
MOST_POINTS = 300
NO_PERCENTILE_OVER_TIME = "No file tells the 95th percentile over time."


def latencies(rows: Sequence[Compared]) -> dict[str, Any]:
    """Percentiles per candidate in ms: mean over the counted runs, with the lowest and highest run as whiskers."""
    names = [escape(row.candidate.name) for row in rows]
    return {
        "data": [_percentile(rows, names, metric, label) for metric, label in PERCENTILES],
        "layout": {
            "barmode": "group",
            "yaxis": {"title": {"text": "ms"}, "rangemode": "tozero"},
            "xaxis": {"type": "category"},
            "legend": {"orientation": "h", "y": 1.12, "x": 0},
            "height": 340,
        },
    }


def _percentile(rows: Sequence[Compared], names: Sequence[str], metric: str, label: str) -> dict[str, Any]:
    spreads = [row.metrics[metric] for row in rows]
    return {
        "type": "bar",
        "name": label,
        "x": names,
        "y": [round(s.mean, 3) if s else None for s in spreads],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [round(s.high - s.mean, 3) if s else 0 for s in spreads],
            "arrayminus": [round(s.mean - s.low, 3) if s else 0 for s in spreads],
            "visible": any(s is not None and s.count > 1 for s in spreads),
        },
        "hovertemplate": "%{x}, " + label + ": %{y:.4g} ms<extra></extra>",
    }


def latencies_in_words(rows: Sequence[Compared]) -> str:
    found = [(row.candidate.name, spread) for row in rows if (spread := row.metrics["latency_p95_ms"])]
    if not found:
        return "No run tells its 95th percentile."
    found.sort(key=lambda pair: pair[1].mean)
    best, worst = found[0], found[-1]
    if len(found) == 1:
        return f"Only {best[0]} has runs: its 95th percentile is {in_words(best[1].mean)} ms."
    sentence = (
        f"The lowest 95th percentile is {best[0]}’s with {in_words(best[1].mean)} ms, "
        f"the highest {worst[0]}’s with {in_words(worst[1].mean)} ms."
    )
    overlap = best[1].high >= found[1][1].low
    return sentence + (f" The runs of {best[0]} and {found[1][0]} overlap." if overlap else "")


def time_line(runs: Sequence[SpikeRun], field: str) -> dict[str, Any]:
    """One line over the seconds since its start for each run that tells the field: requests_per_s or p95_ms."""
    unit = "requests per second" if field == "requests_per_s" else "95th percentile, ms"
    return {
        "data": [_line(run, field, unit) for run in runs if tells(run, field)],
        "layout": {
            "xaxis": {"title": {"text": "seconds since the start"}, "rangemode": "tozero"},
            "yaxis": {"title": {"text": unit}, "rangemode": "tozero"},
            "legend": {"orientation": "h", "y": 1.12, "x": 0},
            "showlegend": True,
            "height": 300,
        },
    }


def tells(run: SpikeRun, field: str) -> bool:
    return any(point.get(field) is not None for point in run.series)


def _line(run: SpikeRun, field: str, unit: str) -> dict[str, Any]:
    points = thinned(run.series, field)
    return {
        "type": "scatter",
        "mode": "lines" if len(points) > 1 else "markers",
        "name": escape(run.result_file.candidate.name),
        "x": [round(t, 3) for t, _ in points],
        "y": [None if value is None else round(value, 4) for _, value in points],
        "connectgaps": False,
        "hovertemplate": "%{x} s: %{y:.4g} " + unit.split(",")[0] + "<extra>%{fullData.name}</extra>",
    }


def thinned(series: Sequence[dict[str, Any]], field: str, most: int = MOST_POINTS) -> list[tuple[float, float | None]]:
    """At most `most` points: the mean of each stretch, of a percentile its highest; unknown stays a gap."""
    step = -(-len(series) // most) or 1
    found = []
    for start in range(0, len(series), step):
        stretch = series[start : start + step]
        values = [point[field] for point in stretch if point.get(field) is not None]
        joined = (max(values) if field == "p95_ms" else fmean(values)) if values else None
        found.append((float(stretch[0]["t"]), joined))
    return found


def time_lines_in_words(runs: Sequence[SpikeRun]) -> str:
    told = []
    for run in runs:
        rates = [point["requests_per_s"] for point in run.series if point.get("requests_per_s") is not None]
        if rates:
            told.append(f"{run.result_file.candidate.name} {in_words(min(rates))} to {in_words(max(rates))}")
    rates_say = f"Requests per second over the run: {', '.join(told)}." if told else "The runs tell no rate over time."
    return rates_say if any(tells(run, "p95_ms") for run in runs) else f"{rates_say} {NO_PERCENTILE_OVER_TIME}"


def time_line_rows(runs: Sequence[SpikeRun]) -> list[dict[str, Any]]:
    """The time lines as figures: per run its lowest, mean and highest rate and 95th percentile."""
    return [
        {
            "run": run,
            "candidate": run.result_file.candidate,
            "seconds": run.series[-1]["t"],
            "rate": _ends(run.series, "requests_per_s"),
            "p95": _ends(run.series, "p95_ms"),
        }
        for run in runs
    ]


def _ends(series: Sequence[dict[str, Any]], field: str) -> tuple[float, float, float] | None:
    values = [point[field] for point in series if point.get(field) is not None]
    return (min(values), fmean(values), max(values)) if values else None
