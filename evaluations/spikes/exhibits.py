"""The compare page's figures: each a sentence, a figure for Plotly and the same as a table."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import escape

from evaluations import catalogue
from evaluations.candidates.models import Candidate
from evaluations.spikes import charts
from evaluations.spikes.comparability import tied_with_the_best
from evaluations.spikes.measuring import in_words
from evaluations.spikes.models import SpikeRun
from evaluations.spikes.queries import Compared, Spread
from evaluations.spikes.readers import profile_rules
from evaluations.spikes.side_by_side import RESOURCES, Point, Profile
from evaluations.templatetags.look import percent

LEGEND = {"orientation": "h", "y": 1.12, "x": 0}
KINDS = (
    profile_rules.DATABASE,
    profile_rules.FRAMEWORK,
    profile_rules.SERIALIZATION,
    profile_rules.TEMPLATES,
    profile_rules.SERVER,
    profile_rules.LIBRARIES,
    profile_rules.APPLICATION,
    profile_rules.WAITING,
)
DRAWN = (
    ("database driver", (profile_rules.DATABASE,)),
    ("framework", (profile_rules.FRAMEWORK,)),
    ("serialization", (profile_rules.SERIALIZATION,)),
    ("application", (profile_rules.APPLICATION,)),
    ("waiting", (profile_rules.WAITING,)),
    ("server, templates, libraries", (profile_rules.SERVER, profile_rules.TEMPLATES, profile_rules.LIBRARIES)),
)
"""As many parts as there are colours to tell them apart; the table has them all."""
SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up", "star", "hexagon", "x")


@dataclass(frozen=True)
class Exhibit:
    """figure: JSON for Plotly, empty where the table says it all."""

    key: str
    title: str
    says: str
    figure: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    note: str = ""


def percentiles(rows: Sequence[Compared], ratio: float) -> Exhibit:
    cells = [[row.candidate.name, str(row.runs), *map(_ms, row.latencies), _shown(row.rate)] for row in rows]
    return Exhibit(
        key="percentiles",
        title="Percentiles of latency",
        says=f"{charts.latencies_in_words(rows)} {ties(rows, ratio)}".strip(),
        figure=json.dumps(charts.latencies(rows)),
        columns=["Candidate", "Runs", "Median", "p95", "p99", "Per second"],
        rows=cells,
        note="mean over the runs; whiskers: its 95 % interval, from three runs on resampled, else lowest and highest",
    )


def ties(rows: Sequence[Compared], ratio: float) -> str:
    """Who is level with the best by the team's ratio, in latency and in rate."""
    told = []
    for metric, label, falls in (
        ("latency_p95_ms", "95th percentile", True),
        ("requests_per_s", "rate", False),
    ):
        means = {row.candidate.name: spread.mean for row in rows if (spread := row.metrics[metric])}
        level = tied_with_the_best(means, ratio, falls=falls)
        if len(level) > 1:
            told.append(
                f"A tie in the {label}: {' and '.join([', '.join(level[:-1]), level[-1]])} (up to {ratio:g} times)."
            )
    return " ".join(told)


def throughput(points: Sequence[Point]) -> Exhibit:
    names = list(dict.fromkeys(point.candidate.name for point in points))
    data = []
    for place, name in enumerate(names):
        mine = [point for point in points if point.candidate.name == name]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": escape(name),
                "x": [round(point.rate, 3) for point in mine],
                "y": [round(point.p95, 3) for point in mine],
                "marker": {"symbol": SYMBOLS[place % len(SYMBOLS)], "size": 10},
                "hovertemplate": "%{x:.4g} per second, p95 %{y:.4g} ms<extra>%{fullData.name}</extra>",
            }
        )
    layout = {
        "xaxis": {"title": {"text": "requests per second"}, "rangemode": "tozero"},
        "yaxis": {"title": {"text": "95th percentile, ms"}, "rangemode": "tozero"},
        "legend": LEGEND,
        "showlegend": True,
        "height": 340,
    }
    return Exhibit(
        key="throughput",
        title="Throughput against latency",
        says=_throughput_in_words(points),
        figure=json.dumps({"data": data, "layout": layout}),
        columns=["Candidate", "Run", "Per second", "p95"],
        rows=[[p.candidate.name, f"run {p.run}", in_words(p.rate), f"{in_words(p.p95)} ms"] for p in points],
        note="a point per run; down and to the right is better",
    )


def _throughput_in_words(points: Sequence[Point]) -> str:
    best = max(points, key=lambda point: point.rate)
    return (
        f"The run with most answers per second is {best.candidate.name}’s: {in_words(best.rate)}, "
        f"with a 95th percentile of {in_words(best.p95)} ms."
    )


def errors(kinds: Mapping[str, Mapping[int, int]], candidates: Sequence[Candidate]) -> Exhibit:
    counts = {kind: [counted.get(each.pk, 0) for each in candidates] for kind, counted in kinds.items()}
    total = sum(map(sum, counts.values()))
    most = next(iter(counts), "")
    data = [
        {"type": "bar", "name": escape(kind[:60]), "x": [escape(each.name) for each in candidates], "y": row}
        for kind, row in counts.items()
    ]
    layout = {"barmode": "stack", "xaxis": {"type": "category"}, "showlegend": False, "height": 300}
    return Exhibit(
        key="errors",
        title="Errors by kind",
        says=f"{total} failed requests are told with their error; the most frequent is “{most}”.",
        figure=json.dumps({"data": data, "layout": layout}),
        columns=["Error", *(each.name for each in candidates)],
        rows=[[kind, *map(str, row)] for kind, row in counts.items()],
        note="over the compared runs, as their tools tell them",
    )


def resources(found: Mapping[int, Mapping[str, Spread]], candidates: Sequence[Candidate]) -> Exhibit:
    shown = [each for each in candidates if each.pk in found]
    metrics = {metric.key: metric for metric in catalogue.metrics()}
    memory = [(each, found[each.pk].get("memory_mb")) for each in shown]
    known = sorted((spread.mean, each.name) for each, spread in memory if spread)
    data = [
        {
            "type": "bar",
            "x": [escape(each.name) for each, _ in memory],
            "y": [round(spread.mean, 2) if spread else None for _, spread in memory],
            "hovertemplate": "%{x}: %{y:.4g} MB<extra></extra>",
        }
    ]
    layout = {"xaxis": {"type": "category"}, "yaxis": {"title": {"text": "MB"}, "rangemode": "tozero"}, "height": 280}
    return Exhibit(
        key="resources",
        title="Processor and memory",
        says=(
            f"{known[0][1]} holds least memory, {in_words(known[0][0])} MB; "
            f"{known[-1][1]} most, {in_words(known[-1][0])} MB."
            if len(known) > 1
            else "Sampled beside the service while it was under load."
        ),
        figure=json.dumps({"data": data, "layout": layout}) if known else "",
        columns=["Candidate", *(f"{metrics[key].name}, {metrics[key].unit}" for key in RESOURCES)],
        rows=[[each.name, *(_shown(found[each.pk].get(key)) for key in RESOURCES)] for each in shown],
        note="as the spike kit’s sampler and the tools tell it",
    )


def memory(runs: Sequence[SpikeRun]) -> Exhibit:
    """Memory over the time of the samples, with the straight line whose slope is the growth, where that is told."""
    told = [(run, run.stated["context"]) for run in runs]
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": escape(run.result_file.candidate.name),
            **_with_its_slope(context["memory_over_time"], context.get("memory_line") or []),
            "connectgaps": False,
            "hovertemplate": "%{x:.4g} s: %{y:.4g} MB<extra>%{fullData.name}</extra>",
        }
        for run, context in told
    ]
    layout = {
        "xaxis": {"title": {"text": "seconds since the first sample"}, "rangemode": "tozero"},
        "yaxis": {"title": {"text": "MB"}},
        "legend": LEGEND,
        "showlegend": True,
        "height": 320,
    }
    return Exhibit(
        key="memory",
        title="Memory over time",
        says=" ".join(_memory_in_words(run, context) for run, context in told),
        figure=json.dumps({"data": data, "layout": layout}),
        columns=["Candidate", "Seconds", "At first, MB", "At last, MB", "Highest, MB", "Growth, MB an hour"],
        rows=[_memory_row(run, context) for run, context in told],
        note="of each candidate its newest samples; the straight line through those after the warm-up is its growth",
    )


def _with_its_slope(points: Sequence[Sequence[float]], slope: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Both as one line with a gap, which gives them one colour of the page's."""
    drawn = [*points, *([(None, None), *slope] if slope else [])]
    return {"x": [x for x, _ in drawn], "y": [None if y is None else round(y, 4) for _, y in drawn]}


def _memory_row(run: SpikeRun, context: Mapping[str, Any]) -> list[str]:
    points = context["memory_over_time"]
    growth = context.get("memory_growth_mb_per_h")
    figures = [points[-1][0], points[0][1], points[-1][1], max(mb for _, mb in points)]
    return [run.result_file.candidate.name, *map(in_words, figures), "not told" if growth is None else in_words(growth)]


def _memory_in_words(run: SpikeRun, context: Mapping[str, Any]) -> str:
    points, growth = context["memory_over_time"], context.get("memory_growth_mb_per_h")
    name = run.result_file.candidate.name
    if growth is None:
        return f"{name} held {in_words(points[-1][1])} MB at last; too short to tell growth."
    way = "grew" if growth >= 0 else "fell"
    return f"{name} held {in_words(points[-1][1])} MB at last and {way} by {in_words(abs(growth))} MB an hour."


def profiles(found: Sequence[Profile]) -> Exhibit:
    names = [escape(profile.candidate.name) for profile in found]
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "name": label,
            "y": names,
            "x": [round(100 * sum(profile.shares.get(kind, 0) for kind in kinds), 2) for profile in found],
            "hovertemplate": "%{y}, " + label + ": %{x:.3g} %<extra></extra>",
        }
        for label, kinds in DRAWN
    ]
    layout = {
        "barmode": "stack",
        "xaxis": {"ticksuffix": " %", "range": [0, 100]},
        "yaxis": {"type": "category"},
        "legend": {"orientation": "h", "traceorder": "normal", "yanchor": "bottom", "y": 1.02, "x": 0},
        "height": 300 + 40 * len(found),
    }
    return Exhibit(
        key="profiles",
        title="Where the time goes",
        says=" ".join(_profile_in_words(profile) for profile in found),
        figure=json.dumps({"data": data, "layout": layout}),
        columns=["Candidate", *KINDS],
        rows=[[p.candidate.name, *(percent(p.shares.get(kind, 0.0)) for kind in KINDS)] for p in found],
        note="the newest profile of each candidate",
    )


def _profile_in_words(profile: Profile) -> str:
    largest = max(profile.shares, key=lambda kind: profile.shares[kind])
    share = percent(profile.shares.get(profile_rules.FRAMEWORK, 0.0))
    most = percent(profile.shares[largest])
    return f"In {profile.candidate.name} the framework is {share} of the time; most is {largest}, {most}."


def profile_table() -> list[tuple[str, str]]:
    """What counts as what in a profile: (kind, packages)."""
    return [(kind, " ".join(profile_rules.PACKAGES[kind].split())) for kind in KINDS if kind in profile_rules.PACKAGES]


def _ms(spread: Spread | None) -> str:
    return f"{_shown(spread)} ms" if spread else "?"


def _shown(spread: Spread | None) -> str:
    if spread is None:
        return "?"
    return in_words(spread.mean) + (f" ({in_words(spread.low)}–{in_words(spread.high)})" if spread.count > 1 else "")
