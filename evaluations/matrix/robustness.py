"""The tab Robustness: how often each candidate takes each rank, and which weights would speak for it."""

from typing import Any

from django.utils.html import escape

from evaluations.candidates.models import Evaluation
from evaluations.matrix import cross_checking
from evaluations.matrix.exhibits import Column, Exhibit, Line, chance, how, share
from evaluations.matrix.sensitivity import what_must_change
from evaluations.problems.current import figures
from evaluations.problems.exporting import NothingToExport
from evaluations.templatetags.look import percent

PATTERNS = ("", "/", ".", "x", "-", "\\", "|", "+")
KINDS = {
    "weights fixed": ("fixed", "At the weights in use"),
    "members' weights": ("members", "With each member’s weights"),
    "weights uniform within the order": ("order", "With any weights that keep the order"),
    "weights uniform": ("any", "With any weights"),
}
SAID = {
    "fixed": "the draws of what is not certain",
    "members": "the draws of members and of what is not certain",
    "order": "the weightings that keep your order of the criteria",
    "any": "all weightings there are",
}


def exhibits(evaluation: Evaluation) -> list[Exhibit]:
    told = figures(evaluation, "rank_acceptability")
    ranks = [_ranks(one) for one in told]
    return [*ranks, *(_central(one) for one in told if KINDS[one["variant"]][0] == "any")]


def pattern(place: int) -> dict[str, Any]:
    """Told apart without colour; the fill stays, so that what is written on it can be read."""
    return {"shape": PATTERNS[place % len(PATTERNS)], "size": 8, "solidity": 0.15, "fillmode": "overlay"}


def around(evaluation: Evaluation) -> dict[str, Any]:
    """What stands around the verdict on every page of the comparison."""
    return {"sentences": sentences(evaluation), "cross_checked": cross_checking.sentence(evaluation)}


def sentences(evaluation: Evaluation) -> list[str]:
    """How sure the front is, over weightings, and the least change that would turn it; nothing where none leads."""
    try:
        verdict = figures(evaluation, "verdict")
    except NothingToExport:
        return []
    if verdict["state"] not in ("leader", "too early") or not verdict["front"]:
        return []
    front = verdict["front"][0]
    return [one for one in (_over_weightings(evaluation, front), nearest_change(evaluation)) if one]


def nearest_change(evaluation: Evaluation) -> str:
    """What the runner-up needs: the weight that has to move least, else the score."""
    found = what_must_change(evaluation)
    for kind in ("weight", "score"):
        of_kind = [one for one in found if one.kind == kind and one.now is not None]
        if of_kind:
            nearest = min(of_kind, key=lambda one: abs(one.needed - (one.now or 0.0)))
            return f"{nearest.challenger} would lead if {nearest.text}."
    return ""


def _over_weightings(evaluation: Evaluation, name: str) -> str:
    told = figures(evaluation, "over_weightings")
    kind = KINDS[told["variant"]][0]
    row = next(row for row in told["candidates"] if row["candidate"] == name)
    return f"{name} is first in {chance(row['ranks'][0])} of {SAID[kind]}."


def _ranks(told: dict[str, Any]) -> Exhibit:
    key, title = KINDS[told["variant"]]
    rows = sorted(told["candidates"], key=lambda row: [-chance for chance in row["ranks"]])
    count = len(rows)
    drawn = list(reversed(rows))
    names = [escape(row["candidate"]) for row in drawn]
    figure = {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "name": f"rank {rank + 1}",
                "y": names,
                "x": [100 * row["ranks"][rank] for row in drawn],
                "text": [f"{rank + 1}" if row["ranks"][rank] >= 0.06 else "" for row in drawn],
                "textposition": "inside",
                "insidetextanchor": "middle",
                "textangle": 0,
                "marker": {"pattern": pattern(rank)},
                "hovertemplate": f"%{{y}}: rank {rank + 1} in %{{x:.1f}} %<extra></extra>",
            }
            for rank in range(count)
        ],
        "layout": {
            "barmode": "stack",
            "xaxis": {"range": [0, 100], "title": {"text": "percent of the draws", "font": {"size": 12}}},
            "yaxis": {"type": "category"},
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
            "height": 130 + 44 * count,
            "showlegend": True,
        },
    }
    columns = [Column("Candidate"), *(Column(f"Rank {rank + 1}", chance) for rank in range(count))]
    lines = [Line([row["candidate"], *row["ranks"]]) for row in rows]
    return Exhibit(f"ranks-{key}", title, _says_ranks(rows, key, told["error"]), how(told), columns, lines, figure)


def _says_ranks(rows: list[dict[str, Any]], key: str, error: float) -> str:
    first = rows[0]
    says = (
        f"{first['candidate']} is first in {chance(first['ranks'][0])} of {SAID[key]}, "
        f"give or take {error * 100:.1f} percentage points"
    )
    if len(rows) == 1:
        return f"{says}."
    second = rows[1]
    last = f"{first['candidate']} is last in {chance(first['ranks'][-1])}"
    return f"{says}; {second['candidate']} in {chance(second['ranks'][0])}. {last}."


def _central(told: dict[str, Any]) -> Exhibit:
    rows = told["candidates"]
    known = [row for row in rows if row["central_weights"]]
    criteria = list(known[0]["central_weights"]) if known else []
    figure = {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "name": escape(row["candidate"]),
                "y": [escape(name) for name in reversed(criteria)],
                "x": [100 * row["central_weights"][name] for name in reversed(criteria)],
                "marker": {"pattern": pattern(place)},
                "hovertemplate": "%{y}: %{x:.1f} %<extra>" + escape(row["candidate"]) + "</extra>",
            }
            for place, row in enumerate(known)
        ],
        "layout": {
            "barmode": "group",
            "xaxis": {"title": {"text": "weight in percent", "font": {"size": 12}}, "rangemode": "tozero"},
            "yaxis": {"type": "category"},
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
            "height": 130 + len(criteria) * (16 + 10 * len(known)),
            "showlegend": True,
        },
    }
    columns = [Column("Candidate"), Column("Confidence", share), *(Column(name, share) for name in criteria)]
    lines = [
        Line([row["candidate"], row["confidence"], *((row["central_weights"] or {}).get(name) for name in criteria)])
        for row in rows
    ]
    never = [row["candidate"] for row in rows if not row["central_weights"]]
    says = _says_central(known, never)
    return Exhibit("central", "Weights that speak for each", says, how(told), columns, lines, figure if known else None)


def _says_central(known: list[dict[str, Any]], never: list[str]) -> str:
    parts = []
    for row in known:
        name, weight = max(row["central_weights"].items(), key=lambda pair: pair[1])
        parts.append(f"{row['candidate']} when {name} counts most ({percent(weight)})")
    says = f"On average of the weights that put it first: {'; '.join(parts)}." if parts else ""
    if never:
        says += f" No weights put {' or '.join(never)} first."
    return says.strip()
