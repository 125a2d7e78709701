"""The tab Members: each one's ranking beside the team's, and where they differ: about facts, and about values."""

from typing import Any

from django.urls import reverse
from django.utils.html import escape

from evaluations.candidates.models import Evaluation
from evaluations.matrix.exhibits import Column, Exhibit, Line, fine, how, points, share, whole
from evaluations.problems.current import current_problem, figures
from evaluations.problems.exporting import members_of
from evaluations.templatetags.look import percent

MOST_CELLS = 15
SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up", "star", "hexagon", "x")
TEAM = "The team"


def exhibits(evaluation: Evaluation) -> list[Exhibit]:
    told = figures(evaluation, "agreement")
    people = {name: person.shown_name for name, person in members_of(evaluation).items()}
    return [
        _rankings(told["members"], figures(evaluation, "ranking"), people),
        _concordance(told),
        _about_facts(evaluation, figures(evaluation, "agenda")),
        _about_values(told["values"]),
    ]


def _rankings(told: dict[str, Any], team: dict[str, Any], people: dict[str, str]) -> Exhibit:
    ours = [row for row in team["candidates"] if row["rank"] is not None]
    names = [row["candidate"] for row in ours]
    totals = {TEAM: {row["candidate"]: (row["expected"], row["rank"]) for row in ours}}
    for one in told["rankings"]:
        by_candidate = {row["candidate"]: (row["total"], row["rank"]) for row in one["candidates"]}
        totals[people.get(one["member"], one["member"])] = by_candidate
    columns = [Column("Who")]
    for name in names:
        columns += [Column(f"{name}, rank", whole), Column(f"{name}, total", points)]
    lines = [
        Line([who, *(part for name in names for part in (float(by[name][1]), by[name][0]))])
        for who, by in totals.items()
    ]
    says = _says_rankings(totals)
    figure = _rankings_figure(names, totals) if len(totals) > 1 else None
    return Exhibit("rankings", "Each one’s ranking beside the team’s", says, how(told), columns, lines, figure)


def _says_rankings(totals: dict[str, dict[str, tuple[float, int]]]) -> str:
    if len(totals) == 1:
        return "Nobody has answered yet, or nothing is revealed: there is only the team’s ranking."
    firsts = {who: [name for name, (_, rank) in by.items() if rank == 1] for who, by in totals.items()}
    team = firsts.pop(TEAM)
    same = sum(theirs == team for theirs in firsts.values())
    others = sorted({name for theirs in firsts.values() for name in theirs if name not in team})
    says = f"{same} of {len(firsts)} members would put {' and '.join(team)} first with their own weights and scores"
    return f"{says}; others would take {', '.join(others)}." if others else f"{says}."


def _rankings_figure(names: list[str], totals: dict[str, dict[str, tuple[float, int]]]) -> dict[str, Any]:
    who = list(reversed(totals))
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "markers",
                "name": escape(name),
                "y": [escape(one) for one in who],
                "x": [totals[one][name][0] for one in who],
                "customdata": [totals[one][name][1] for one in who],
                "marker": {"size": 11, "symbol": SYMBOLS[place % len(SYMBOLS)]},
                "hovertemplate": "%{y}: rank %{customdata}, total %{x:.2f}<extra>" + escape(name) + "</extra>",
            }
            for place, name in enumerate(names)
        ],
        "layout": {
            "xaxis": {"range": [1, 5], "dtick": 1, "title": {"text": "total, 1 to 5", "font": {"size": 12}}},
            "yaxis": {"type": "category"},
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
            "height": 140 + 34 * len(who),
            "showlegend": True,
        },
    }


def _concordance(told: dict[str, Any]) -> Exhibit:
    kinds = [
        ("Facts, as everybody rated apart before the reveal", told["facts"]),
        ("Facts, after it: settled cells count the same for all", told["facts_settled"]),
        ("Values: the members’ weights", told["values"]),
    ]
    columns = [
        Column("Agreement about"),
        Column("Kendall’s W", fine),
        Column("p, chi-squared", fine),
        Column("p, permuted", fine),
    ]
    lines = [Line([name, one["w"], one["p"], one["permutation_p"]]) for name, one in kinds if one]
    known = next((one for _, one in kinds if one), None)
    note = how(known, "1 is one order, 0 is none") if known else "Kendall’s W; it needs two members who answered."
    says = _says_concordance(told)
    return Exhibit("concordance", "How far you agree, before and after the reveal", says, note, columns, lines)


def _says_concordance(told: dict[str, Any]) -> str:
    before, after = told["facts"], told["facts_settled"]
    if before is None:
        return "Agreement can be said once two members’ ratings are revealed and two candidates are in."
    if before["w"] is None:
        return "Before the reveal nobody’s ratings told the candidates apart."
    says = f"Before the reveal the members’ rankings agreed with W = {before['w']:.2f}"
    if after is None or after["w"] is None:
        return f"{says}; since then every cell was settled, so that the rankings are the same."
    word = "more" if after["w"] > before["w"] + 0.005 else "less" if after["w"] < before["w"] - 0.005 else "as much"
    return f"{says}; with the cells settled since they agree {word}: W = {after['w']:.2f}."


def _about_facts(evaluation: Evaluation, agenda: dict[str, Any]) -> Exhibit:
    items, current = agenda["items"], current_problem(evaluation)
    columns = [
        Column("Criterion"),
        Column("Candidate"),
        Column("Lowest", whole),
        Column("Highest", whole),
        Column("Disagreement", fine),
        Column("Influence", fine),
        Column("Worth talking about", fine),
    ]
    lines = []
    for item in items:
        cell = current.candidate_named(item["candidate"]).pk, current.criterion_named(item["criterion"]).pk
        numbers = [item[key] for key in ("low", "high", "disagreement", "influence", "weight")]
        url = reverse("scoring:cell", args=[evaluation.pk, *cell])
        lines.append(Line([item["criterion"], item["candidate"], *numbers], url))
    figure = _spans(
        [(f"{item['criterion']}, {item['candidate']}", item["low"], item["high"]) for item in items[:MOST_CELLS]],
        "scores from the lowest to the highest",
        [1, 5],
    )
    if items:
        worst = items[0]
        says = (
            f"You differ on {len(items)} cells. Most worth talking about: {worst['criterion']} of "
            f"{worst['candidate']}, from {worst['low']:g} to {worst['high']:g}."
        )
    else:
        says = "You differ on no cell that counts."
    return Exhibit("facts", "Different about facts", says, how(agenda), columns, lines, figure if items else None)


def _about_values(told: dict[str, Any] | None) -> Exhibit:
    columns = [Column("Criterion"), Column("Lowest", share), Column("Highest", share), Column("Deviation", share)]
    if told is None:
        says = "Weights can be compared once two members’ are revealed."
        return Exhibit("values", "Different about values", says, "It needs two members’ weights.", columns, [])
    apart = told["disagreement"]
    rows = sorted(apart["criteria"], key=lambda row: -row["deviation"])
    lines = [Line([row["criterion"], row["low"], row["high"], row["deviation"]]) for row in rows]
    figure = _spans(
        [(row["criterion"], 100 * row["low"], 100 * row["high"]) for row in rows], "weight in percent", None
    )
    says = (
        f"Two members place {percent(apart['overall'])} of the weight differently, on average; most on "
        f"{rows[0]['criterion']}, from {percent(rows[0]['low'])} to {percent(rows[0]['high'])}."
    )
    return Exhibit("values", "Different about values", says, how(apart), columns, lines, figure)


def _spans(rows: list[tuple[str, float, float]], title: str, reach: list[float] | None) -> dict[str, Any]:
    drawn = list(reversed(rows))
    axis: dict[str, Any] = {"title": {"text": title, "font": {"size": 12}}, "rangemode": "tozero"}
    if reach:
        axis["range"] = reach
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "y": [escape(name) for name, *_ in drawn],
                "base": [low for _, low, _ in drawn],
                "x": [high - low for _, low, high in drawn],
                "customdata": [[low, high] for _, low, high in drawn],
                "width": 0.5,
                "hovertemplate": "%{y}: %{customdata[0]:.3g} to %{customdata[1]:.3g}<extra></extra>",
            }
        ],
        "layout": {"xaxis": axis, "yaxis": {"type": "category"}, "height": 100 + 28 * len(drawn)},
    }
