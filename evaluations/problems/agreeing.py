"""How far the members of a problem agree: about facts before and after they settled cells, about values, one by one."""

from typing import Any

import numpy as np

from evaluations.analysis import agreement, ranking
from evaluations.analysis.choices import PERMUTATIONS
from evaluations.problems.calculation import Calculation, named, number

Answers = dict[tuple[str, int, int], float]
"""(member, row, column): the score that member gave."""


def agreement_of(given: Calculation) -> dict[str, Any]:
    """`facts` as everybody answered apart; `facts_settled` with the cells settled since the same for all."""
    said = _said(given)
    members = sorted({member for member, _, _ in said})
    open_still = {key: score for key, score in said.items() if _is_open(given, key)}
    return {
        "facts": _about_facts(given, said, members),
        "facts_settled": _about_facts(given, open_still, members),
        "values": _about_values(given),
        "members": _members(given, said),
    }


def _said(given: Calculation) -> Answers:
    """Only named answers count; "don't know" is none."""
    return {
        (member, i, j): score
        for i, row in enumerate(given.problem.ratings)
        for j, one in enumerate(row)
        if one.is_named
        for member, score in one.answers.items()
        if score is not None
    }


def _is_open(given: Calculation, key: tuple[str, int, int]) -> bool:
    """Whether the members' answers are what the cell still counts as."""
    return given.problem.ratings[key[1]][key[2]].counts_answers


def _own_scores(given: Calculation, said: Answers, member: str) -> np.ndarray:
    """m x n: the member's own scores; where there is none, the cell's expected score."""
    scores = given.cells.mean.copy()
    for (who, i, j), score in said.items():
        if who == member:
            scores[i, j] = score
    return scores


def _about_facts(given: Calculation, said: Answers, members: list[str]) -> dict[str, Any] | None:
    """Kendall's W of the members' own totals at the weights in use, over the candidates that are in."""
    if len(members) < 2 or len(given.kept) < 2:
        return None
    used = given.problem.weights.used
    totals = np.array([(_own_scores(given, said, member) @ used)[given.kept] for member in members])
    names = given.candidates(given.kept)
    own = {m: dict(zip(names, row, strict=True)) for m, row in zip(members, totals.tolist(), strict=True)}
    return {**_concordance(given, _level(totals)), "of": "members' totals per candidate", "totals": own}


def _members(given: Calculation, said: Answers) -> dict[str, Any]:
    """Each member's totals and ranks with their own weights and scores; where they gave none, with the team's."""
    opinions, names = given.problem.weights.opinions, given.candidates(given.kept)
    rows = []
    for member in sorted({who for who, _, _ in said} | set(opinions)) if given.kept else []:
        weights = opinions.get(member, given.problem.weights.used)
        totals = _level((_own_scores(given, said, member) @ weights)[given.kept])
        rows.append(
            {
                "member": member,
                "own_weights": member in opinions,
                "own_scores": sum(who == member for who, _, _ in said),
                "candidates": [
                    {"candidate": name, "total": float(total), "rank": rank}
                    for name, total, rank in zip(names, totals, ranking.ranks(totals), strict=True)
                ],
            }
        )
    return {"method": "additive value", "variant": "own weights and own scores, else the team's", "rankings": rows}


def _about_values(given: Calculation) -> dict[str, Any] | None:
    """Kendall's W of the members' weights over the criteria, and how much weight two members place differently."""
    opinions = given.problem.weights.opinions
    if len(opinions) < 2 or len(given.names) < 2:
        return None
    table = np.array(list(opinions.values()))
    found = agreement.weight_disagreement(table)
    spread = [
        {"criterion": name, "deviation": float(found.sd[j]), "low": float(found.low[j]), "high": float(found.high[j])}
        for j, name in enumerate(given.names)
    ]
    apart = {**named(found), "overall": found.overall, "criteria": spread}
    return {**_concordance(given, _level(table)), "of": "members' weights per criterion", "disagreement": apart}


def _level(table: np.ndarray) -> np.ndarray:
    """Numbers that differ by rounding alone made equal, so that they tie."""
    return np.round(table, 9)


def _concordance(given: Calculation, table: np.ndarray) -> dict[str, Any]:
    found = agreement.kendalls_w(table, PERMUTATIONS, given.seed)
    told = {"w": number(found.w), "chi2": number(found.chi2), "df": found.df, "p": number(found.p)}
    return {**named(found), **told, "permutation_p": found.permutation_p}


def agenda(given: Calculation) -> dict[str, Any]:
    told = {"method": "discussion agenda", "variant": "disagreement x influence", "items": []}
    if not given.kept:
        return told
    ratings = [[_talked_about(given, i, j) for j in range(len(given.names))] for i in given.kept]
    used = given.problem.weights.used
    totals = ranking.additive(given.cells, used).values[given.kept]
    found = agreement.agenda(ratings, used, totals)
    items = [
        {
            **given.cell(given.kept[item.candidate], item.criterion),
            "disagreement": item.disagreement,
            "influence": item.influence,
            "weight": item.weight_of,
            "low": item.low,
            "high": item.high,
            "answers": item.answers,
        }
        for item in found.items
    ]
    return {**told, "items": items}


def _talked_about(given: Calculation, i: int, j: int) -> list[float | None]:
    """The members' answers; none where a measurement counts instead, so that they have no influence."""
    one = given.problem.ratings[i][j]
    is_measured = given.problem.criteria[j].function is not None and not one.counts_answers
    return [] if is_measured else list(one.answers.values())
