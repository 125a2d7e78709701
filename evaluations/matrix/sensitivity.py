"""The tab Sensitivity: what the lead hangs on."""

from typing import Any

from django.urls import reverse
from django.utils.html import escape

from evaluations.candidates.models import Evaluation
from evaluations.matrix.changes import Statement, statements
from evaluations.matrix.exhibits import Column, Exhibit, Line, how, points, share
from evaluations.problems.current import current_problem, figures
from evaluations.templatetags.look import percent

MOST_BARS = 15


def exhibits(evaluation: Evaluation) -> list[Exhibit]:
    stability = _stability(figures(evaluation, "weight_stability"), figures(evaluation, "verdict"))
    return [_changes(evaluation), stability, _tornado(figures(evaluation, "tornado"))]


def what_must_change(evaluation: Evaluation) -> list[Statement]:
    return statements(current_problem(evaluation), figures(evaluation, "what_must_change"))


def _changes(evaluation: Evaluation) -> Exhibit:
    told, found = figures(evaluation, "what_must_change"), what_must_change(evaluation)
    page = reverse("matrix:what_if", args=[evaluation.pk])
    columns = [Column("What"), Column("Of"), Column("Now"), Column("It takes"), Column("Level at", _level_at)]
    lines = [
        Line(
            [_what(one), one.candidate or "all", one.shown_now, one.shown_change, _tie(one)],
            f"{page}?{one.tried.query()}",
        )
        for one in found
    ]
    return Exhibit("changes", "What must change", _says_change(told, found), _how_change(told), columns, lines)


def _what(one: Statement) -> str:
    kinds = {"weight": "weight", "score": "score"}
    return f"{one.criterion}, {kinds.get(one.kind, one.metric)}"


def _level_at(value: float) -> str:
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2
    return f"{value:,.{digits}f}"


def _tie(one: Statement) -> float:
    return one.tie * 100 if one.kind == "weight" else one.tie


def _how_change(told: dict[str, Any] | None) -> str:
    if told is None:
        return "What must change; it needs two candidates that are in."
    return how(told, "rounded to the side on which the challenger wins; weights level at in percent")


def _says_change(told: dict[str, Any] | None, found: list[Statement]) -> str:
    if told is None:
        return "There is nobody to pass: fewer than two candidates are in."
    challenger, leader = told["challenger"], told["leader"]
    together = ""
    if move := told["smallest_weight_move"]:
        moved = percent(move["moved"])
        together = f" With all weights moved at once as little as possible, {moved} of the weight changes hands."
    if not found:
        return f"No single weight, score or measurement lets {challenger} pass {leader}.{together}"
    return f"{challenger} passes {leader} with any one of these {len(found)} changes.{together}"


def _stability(told: dict[str, Any], verdict: dict[str, Any]) -> Exhibit:
    rows = told["criteria"]
    known = [row for row in rows if row["low"] is not None]
    names = [escape(row["criterion"]) for row in reversed(known)]
    drawn = list(reversed(known))
    figure = {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "name": "the leader stays first",
                "y": names,
                "base": [100 * row["low"] for row in drawn],
                "x": [100 * (row["high"] - row["low"]) for row in drawn],
                "customdata": [[100 * row["low"], 100 * row["high"]] for row in drawn],
                "width": 0.4,
                "opacity": 0.45,
                "hovertemplate": "%{y}: stays from %{customdata[0]:.1f} % to %{customdata[1]:.1f} %<extra></extra>",
            },
            {
                "type": "scatter",
                "mode": "markers",
                "name": "weight now",
                "y": names,
                "x": [100 * row["weight"] for row in drawn],
                "marker": {"symbol": "line-ns", "size": 16, "line": {"width": 4}},
                "hovertemplate": "%{y}: now %{x:.1f} %<extra></extra>",
            },
        ],
        "layout": _lying("weight in percent, the others in proportion", len(drawn), [0, 100]),
    }
    columns = [Column("Criterion"), Column("Weight", share), Column("From", share), Column("To", share)]
    lines = [Line([row["criterion"], row["weight"], row["low"], row["high"]]) for row in rows]
    says = _says_stable(known, verdict)
    return Exhibit(
        "weights", "How far each weight can move", says, how(told), columns, lines, figure if known else None
    )


def _says_stable(rows: list[dict[str, Any]], verdict: dict[str, Any]) -> str:
    front = verdict["front"]
    if len(rows) == 0 or not front:
        return "Nobody is in, so no weight matters."
    bounded = [row for row in rows if row["low"] > 0 or row["high"] < 1]
    if not bounded:
        return f"{front[0]} stays first whatever a single criterion weighs."
    tight = min(bounded, key=_room)
    return (
        f"{front[0]} stays first while {tight['criterion']} weighs from {percent(tight['low'])} to "
        f"{percent(tight['high'])} (now {percent(tight['weight'])}): the least room of all. "
        f"{len(rows) - len(bounded)} of {len(rows)} weights can take any value."
    )


def _room(row: dict[str, Any]) -> float:
    ways = [row["weight"] - row["low"]] * (row["low"] > 0) + [row["high"] - row["weight"]] * (row["high"] < 1)
    return min(ways)


def _tornado(told: dict[str, Any] | None) -> Exhibit:
    columns = [
        Column("Criterion"),
        Column("Candidate"),
        Column("Lead at its low end", points),
        Column("Lead at its high end", points),
    ]
    if told is None:
        says = "There is no lead to move: fewer than two candidates are in."
        return Exhibit("tornado", "What is not certain", says, "Tornado; it needs two candidates.", columns, [])
    bars = told["bars"]
    lines = [Line([bar["criterion"], bar["candidate"], bar["at_low"], bar["at_high"]]) for bar in bars]
    figure = _tornado_figure(told, bars[:MOST_BARS]) if bars else None
    more = "" if len(bars) <= MOST_BARS else f"the chart shows the widest {MOST_BARS} of {len(bars)}"
    return Exhibit("tornado", "What is not certain", _says_tornado(told, bars), how(told, more), columns, lines, figure)


def _says_tornado(told: dict[str, Any], bars: list[dict[str, Any]]) -> str:
    leader, lead = told["leader"], told["lead"]
    if not bars:
        return f"No cell is known to vary: {leader} leads by {lead:.2f} points."
    turning = [bar for bar in bars if min(bar["at_low"], bar["at_high"]) < 0]
    widest = bars[0]
    low, high = sorted((widest["at_low"], widest["at_high"]))
    tells = (
        f"{leader} leads by {lead:.2f} points. {widest['criterion']} of {widest['candidate']} moves that most: "
        f"from {low:.2f} to {high:.2f}. "
    )
    if not turning:
        return tells + "No single cell can turn the order."
    return tells + f"{len(turning)} of {len(bars)} uncertain cells can turn the order alone."


def _tornado_figure(told: dict[str, Any], bars: list[dict[str, Any]]) -> dict[str, Any]:
    drawn = list(reversed(bars))
    names = [escape(f"{bar['criterion']}, {bar['candidate']}") for bar in drawn]
    sides = [("at its low end", "at_low", ""), ("at its high end", "at_high", "/")]
    layout = _lying("the leader’s lead in points", len(drawn), None)
    layout["barmode"] = "overlay"
    layout["shapes"] = [{"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1, "line": {"width": 1}}]
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "name": name,
                "y": names,
                "base": [told["lead"]] * len(drawn),
                "x": [bar[key] - told["lead"] for bar in drawn],
                "customdata": [bar[key] for bar in drawn],
                "marker": {"pattern": {"shape": pattern, "size": 8, "solidity": 0.15, "fillmode": "overlay"}},
                "hovertemplate": "%{y}, " + name + ": lead %{customdata:.2f}<extra></extra>",
            }
            for name, key, pattern in sides
        ],
        "layout": layout,
    }


def _lying(title: str, count: int, reach: list[float] | None) -> dict[str, Any]:
    axis: dict[str, Any] = {"title": {"text": title, "font": {"size": 12}}}
    if reach:
        axis["range"] = reach
    return {
        "xaxis": axis,
        "yaxis": {"type": "category"},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "height": 130 + 30 * count,
        "showlegend": True,
    }
