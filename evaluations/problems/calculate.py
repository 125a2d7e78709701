"""Everything the analysis says about a problem, as plain JSON values: the same calls that the pages make.

Totals and scores are on the scale 1..5; weights, shares and chances are parts of one; what information is worth is in
points of expected total (scale 1..5). Every part names its method and variant, and draws, seed and error where drawn.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from evaluations.analysis import (
    acceptability,
    agreement,
    cells,
    cross_checks,
    information,
    ranking,
    sensitivity,
    values,
    verdict,
)
from evaluations.analysis.choices import LEVEL, PERMUTATIONS
from evaluations.analysis.rank_counts import RankAcceptability
from evaluations.problems.schema import Problem

ADDITIVE = "additive"
METHODS = (ADDITIVE, *cross_checks.METHODS)


@dataclass(frozen=True)
class Calculation:
    """A problem with the draws and the seed that every drawn figure of it uses."""

    problem: Problem
    draws: int
    seed: int

    @cached_property
    def cells(self) -> cells.CellTable:
        return cells.table([[each.cell for each in row] for row in self.problem.ratings])

    @cached_property
    def kept(self) -> list[int]:
        """The rows of the candidates that fail no must-have."""
        return [i for i in range(len(self.problem.candidates)) if i not in self.problem.out]

    @cached_property
    def names(self) -> list[str]:
        return [criterion.name for criterion in self.problem.criteria]

    def candidate(self, row: int | None) -> str | None:
        return None if row is None else self.problem.candidates[row]

    def candidates(self, rows: Sequence[int]) -> list[str]:
        return [self.problem.candidates[row] for row in rows]

    def by_criterion(self, numbers: Sequence[float] | np.ndarray) -> dict[str, float | None]:
        return {name: _number(x) for name, x in zip(self.names, numbers, strict=True)}

    def cell(self, candidate: int | None, criterion: int) -> dict[str, Any]:
        return {"candidate": self.candidate(candidate), "criterion": self.names[criterion]}


def calculate(
    problem: Problem, method: str = ADDITIVE, draws: int | None = None, seed: int | None = None
) -> dict[str, Any]:
    """All results by name. `method` "additive" gives everything; a cross-check's name that method's answer alone.

    `draws` and `seed` stand before the problem's own. ValueError for an unknown method.
    """
    if method not in METHODS:
        raise ValueError(f"method: {method!r} is unknown; known are {', '.join(map(repr, METHODS))}")
    given = Calculation(problem, draws or problem.draws, problem.seed if seed is None else seed)
    told = {"title": problem.title, "source": problem.source, "weights": _weights(given)}
    parts = PARTS if method == ADDITIVE else {"answer": lambda one: _one_method(one, method)}
    return told | {name: part(given) for name, part in parts.items()}


def _weights(given: Calculation) -> dict[str, Any]:
    weights = given.problem.weights
    return {"kind": weights.kind, "origin": weights.origin, "used": given.by_criterion(weights.used)}


def _ranking(given: Calculation) -> dict[str, Any]:
    problem = given.problem
    found = ranking.additive(given.cells, problem.weights.used, problem.out)
    chance = acceptability.first_shares(given.cells, problem.weights.used, given.draws, given.seed, problem.out)
    rows = [
        {
            "candidate": name,
            "rank": found.ranks[i],
            "worst": float(found.worst[i]),
            "expected": float(found.expected[i]),
            "best": float(found.best[i]),
            "first_share": None if found.ranks[i] is None else float(chance.shares[i]),
            "contributions": given.by_criterion(problem.weights.used * given.cells.mean[i]),
            "fails": [each.statement for each in problem.failed(name)],
            "not_proven": [each.statement for each in problem.not_proven(name)],
        }
        for i, name in enumerate(problem.candidates)
    ]
    return {**_named(found), "candidates": rows, "first_share": _named(chance)}


def _verdict(given: Calculation) -> dict[str, Any]:
    problem = given.problem
    found = verdict.verdict(given.cells, problem.weights.used, given.draws, given.seed, problem.out)
    totals = ranking.additive(given.cells, problem.weights.used, problem.out)
    front = [i for i in found.front if found.state != "one candidate"]
    margin = _margin(totals)
    state: str = found.state
    if margin is not None and margin < LEVEL and state in ("leader", "too early", "tie"):
        state = "level"
        front = [i for i in totals.order if totals.expected[totals.order[0]] - totals.expected[i] < LEVEL]
    return {
        **_named(found),
        "state": state,
        "leader": given.candidate(found.leader if state != "level" else None),
        "front": given.candidates(front),
        "runner_up": given.candidate(next((i for i in totals.order if i not in front), None)),
        "margin": margin,
        "share": found.share,
        "unknown": found.unknown,
        "cells": found.cells,
    }


def _margin(totals: ranking.Additive) -> float | None:
    """How far the first stands above the second, in points."""
    if len(totals.order) < 2:
        return None
    first, second = totals.order[:2]
    return float(totals.expected[first] - totals.expected[second])


def _rank_acceptability(given: Calculation) -> list[dict[str, Any]]:
    """With the weights as the problem gives them, and with any weights; over the candidates that are in."""
    if not given.kept:
        return []
    sources = [given.problem.weights.drawn]
    if given.problem.weights.kind != "uniform":
        sources.append("uniform")
    found = cells.table([given.cells.cells[i] for i in given.kept])
    drawn: Any = values.from_score(found.mean) if not found.sd.any() else cells.sampler(found)
    return [_acceptability(given, acceptability.smaa(drawn, source, given.draws, given.seed)) for source in sources]


def _acceptability(given: Calculation, found: RankAcceptability) -> dict[str, Any]:
    names = given.candidates(given.kept)
    rows = [
        {
            "candidate": name,
            "ranks": found.rank_acceptability[i].tolist(),
            "central_weights": None
            if np.isnan(found.central_weights[i]).any()
            else given.by_criterion(found.central_weights[i]),
            "confidence": _number(found.confidence[i]),
            "wins_against": {
                other: float(found.pairwise_winning[i, k]) for k, other in enumerate(names) if other != name
            },
        }
        for i, name in enumerate(names)
    ]
    return {**_named(found), "candidates": rows}


def _weight_stability(given: Calculation) -> dict[str, Any]:
    told = {"method": "weight stability interval", "variant": "the others in proportion; expected cell values"}
    if not given.kept:
        return {**told, "criteria": []}
    used = given.problem.weights.used
    found = sensitivity.weight_intervals(values.from_score(given.cells.mean[given.kept]), used)
    rows = [
        {"criterion": name, "weight": float(used[j]), "low": _number(found[j, 0]), "high": _number(found[j, 1])}
        for j, name in enumerate(given.names)
    ]
    return {**told, "criteria": rows}


def _what_must_change(given: Calculation) -> dict[str, Any] | None:
    problem = given.problem
    metrics = {
        j: {
            "points": criterion.function.points,
            "unit": criterion.function.unit,
            "now": [row[j].metric for row in problem.ratings],
        }
        for j, criterion in enumerate(problem.criteria)
        if criterion.function
    }
    found = sensitivity.what_must_change(given.cells.mean, problem.weights.used, metrics=metrics, out=problem.out)
    if found is None:
        return None
    move = found.weight_move
    changes = [
        {"kind": one.kind, **given.cell(one.candidate, one.criterion), "now": one.now}
        | {"tie": one.tie, "side": one.side, "unit": one.unit}
        for one in found.changes
    ]
    return {
        **_named(found),
        "leader": given.candidate(found.leader),
        "challenger": given.candidate(found.challenger),
        "changes": changes,
        "smallest_weight_move": move
        and {"weights": given.by_criterion(move.weights), "distance": move.distance, "moved": move.moved},
    }


def _tornado(given: Calculation) -> dict[str, Any] | None:
    found = sensitivity.tornado(given.cells, given.problem.weights.used, given.problem.out)
    if found is None:
        return None
    bars = [
        {**given.cell(bar.candidate, bar.criterion), "at_low": bar.at_low * values.SPAN}
        | {"at_high": bar.at_high * values.SPAN}
        for bar in found.bars
    ]
    lead = found.lead * values.SPAN
    return {**_named(found), "leader": given.candidate(found.leader), "lead": lead, "bars": bars}


def _find_out_next(given: Calculation) -> dict[str, Any]:
    problem = given.problem
    hours = [[criterion.hours for criterion in problem.criteria] for _ in problem.candidates]
    found = information.find_out_next(
        given.cells,
        problem.weights.used,
        hours,
        problem.limit_per_hour / values.SPAN,
        given.draws,
        given.seed,
        problem.out,
    )
    items = [
        {
            **given.cell(item.candidate, item.criterion),
            "evppi": item.evppi * values.SPAN,
            "winner_changes": item.winner_changes,
            "hours": item.hours,
            "per_hour": item.per_hour * values.SPAN,
        }
        for item in found.items
    ]
    worth = {**_named(found.information), "value": found.information.evpi * values.SPAN}
    worth["error"] = found.information.error * values.SPAN
    return {
        **_named(found),
        "items": items,
        "stop": found.stop,
        "limit_per_hour": problem.limit_per_hour,
        "evpi": worth,
    }


def _cross_checks(given: Calculation) -> dict[str, Any]:
    problem = given.problem
    found = cross_checks.cross_check(given.cells.mean, problem.weights.used, problem.out)
    return {
        **_named(found),
        "firsts": given.candidates(found.firsts),
        "agreeing": found.agreeing,
        "of": len(found.checks),
        "checks": [
            {"key": key, **_check(given, check), **_reversals(given, key)}
            for key, check in zip(cross_checks.STANDARD, found.checks, strict=True)
        ],
    }


def _one_method(given: Calculation, method: str) -> dict[str, Any]:
    found = cross_checks.cross_check(given.cells.mean, given.problem.weights.used, given.problem.out, [method])
    return {"key": method, **_check(given, found.checks[0]), **_reversals(given, method)}


def _check(given: Calculation, check: cross_checks.Check) -> dict[str, Any]:
    rows = [
        {"candidate": name, "total": check.totals[i], "rank": check.ranks[i]}
        for i, name in enumerate(given.problem.candidates)
    ]
    firsts = given.candidates(check.firsts)
    told = {"method": check.method, "variant": check.variant, "firsts": firsts, "agrees": check.agrees}
    return {**told, "candidates": rows}


def _reversals(given: Calculation, method: str) -> dict[str, Any]:
    problem = given.problem
    found = cross_checks.rank_reversal(given.cells.mean, problem.weights.used, method, problem.out)
    return {
        "rank_reversals": [
            {"left_out": given.candidate(each.left_out), "firsts": given.candidates(each.firsts)}
            for each in found.reversals
        ]
    }


def _agreement(given: Calculation) -> dict[str, Any]:
    return {"facts": _about_facts(given), "values": _about_values(given)}


def _about_facts(given: Calculation) -> dict[str, Any] | None:
    """Kendall's W of the members' own totals at the weights in use, over the candidates that are in.

    Where a member gave no score, or doesn't know, the cell's expected score stands in. Only named answers count.
    """
    answers = {
        (member, i, j): score
        for i, row in enumerate(given.problem.ratings)
        for j, one in enumerate(row)
        if one.is_named
        for member, score in one.answers.items()
        if score is not None
    }
    members = sorted({member for member, _, _ in answers})
    if len(members) < 2 or len(given.kept) < 2:
        return None
    scores = np.repeat(given.cells.mean[None], len(members), axis=0)
    for (member, i, j), score in answers.items():
        scores[members.index(member), i, j] = score
    totals = (scores @ given.problem.weights.used)[:, given.kept]
    names = given.candidates(given.kept)
    own = {m: dict(zip(names, row, strict=True)) for m, row in zip(members, totals.tolist(), strict=True)}
    return {**_concordance(given, _level(totals)), "of": "members' totals per candidate", "totals": own}


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
    apart = {**_named(found), "overall": found.overall, "criteria": spread}
    return {**_concordance(given, _level(table)), "of": "members' weights per criterion", "disagreement": apart}


def _level(table: np.ndarray) -> np.ndarray:
    """Numbers that differ by rounding alone made equal, so that they tie."""
    return np.round(table, 9)


def _concordance(given: Calculation, table: np.ndarray) -> dict[str, Any]:
    found = agreement.kendalls_w(table, PERMUTATIONS, given.seed)
    told = {"w": _number(found.w), "chi2": _number(found.chi2), "df": found.df, "p": _number(found.p)}
    return {**_named(found), **told, "permutation_p": found.permutation_p}


def _agenda(given: Calculation) -> dict[str, Any]:
    told = {"method": "discussion agenda", "variant": "disagreement x influence", "items": []}
    if not given.kept:
        return told
    ratings = [[list(one.answers.values()) for one in given.problem.ratings[i]] for i in given.kept]
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


PARTS: dict[str, Callable[[Calculation], Any]] = {
    "verdict": _verdict,
    "ranking": _ranking,
    "rank_acceptability": _rank_acceptability,
    "weight_stability": _weight_stability,
    "what_must_change": _what_must_change,
    "tornado": _tornado,
    "find_out_next": _find_out_next,
    "cross_checks": _cross_checks,
    "agreement": _agreement,
    "agenda": _agenda,
}


def _named(found: Any) -> dict[str, Any]:
    """How a figure came about: method and variant, and draws, seed and error where something was drawn."""
    told = {"method": found.method, "variant": found.variant}
    if getattr(found, "draws", None):
        told |= {name: getattr(found, name) for name in ("draws", "seed", "error") if hasattr(found, name)}
    return told


def _number(x: float) -> float | None:
    return float(x) if math.isfinite(x) else None
