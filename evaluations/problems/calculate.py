"""Everything the analysis says about a problem, as plain JSON values: the same calls that the pages make.

Totals and scores are on the scale 1..5; weights, shares and chances are parts of one; what information is worth is in
points of expected total (scale 1..5). Every part names its method and variant, and draws, seed and error where drawn.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from evaluations.analysis import (
    acceptability,
    cells,
    cross_checks,
    information,
    ranking,
    sensitivity,
    values,
    verdict,
)
from evaluations.analysis.choices import LEVEL
from evaluations.analysis.inputs import CLOSE
from evaluations.problems.agreeing import agenda, agreement_of
from evaluations.problems.calculation import Calculation, named, number
from evaluations.problems.schema import Problem

ADDITIVE = "additive"
METHODS = (ADDITIVE, *cross_checks.METHODS)


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
    return {**named(found), "candidates": rows, "first_share": named(chance)}


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
        **named(found),
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
    """With the weights as the problem gives them, with any that keep their order, and with any at all; over the
    candidates that are in. Criteria of equal weight have no order among them."""
    if not given.kept:
        return []
    weights = given.problem.weights
    sources = [weights.drawn, *_order(given), *(["uniform"] if weights.kind != "uniform" else [])]
    return [_acceptability(given, source) for source in sources]


def over_weightings(given: Calculation) -> dict[str, Any] | None:
    """Rank acceptability over the weights that keep the order of those in use, else over all weights."""
    return _acceptability(given, (*_order(given), "uniform")[0]) if given.kept else None


def _order(given: Calculation) -> list[Any]:
    """The order of the weights in use, equal ones level; none where all are equal."""
    weights = given.problem.weights
    groups: list[list[int]] = []
    for j in np.argsort(-weights.used, kind="stable").tolist():
        if groups and weights.used[groups[-1][0]] - weights.used[j] <= CLOSE:
            groups[-1].append(j)
        else:
            groups.append([j])
    return [{"order": groups}] if len(groups) > 1 and weights.kind in ("fixed", "members") else []


def _acceptability(given: Calculation, weights: Any) -> dict[str, Any]:
    table = cells.table([given.cells.cells[i] for i in given.kept])
    drawn: Any = cells.sampler(table) if table.sd.any() else values.from_score(table.mean)
    found = acceptability.smaa(drawn, weights, given.draws, given.seed)
    names = given.candidates(given.kept)
    rows = [
        {
            "candidate": name,
            "ranks": found.rank_acceptability[i].tolist(),
            "central_weights": None
            if np.isnan(found.central_weights[i]).any()
            else given.by_criterion(found.central_weights[i]),
            "confidence": number(found.confidence[i]),
            "wins_against": {
                other: float(found.pairwise_winning[i, k]) for k, other in enumerate(names) if other != name
            },
        }
        for i, name in enumerate(names)
    ]
    return {**named(found), "candidates": rows}


def _weight_stability(given: Calculation) -> dict[str, Any]:
    told = {"method": "weight stability interval", "variant": "the others in proportion; expected cell values"}
    if not given.kept:
        return {**told, "criteria": []}
    used = given.problem.weights.used
    found = sensitivity.weight_intervals(values.from_score(given.cells.mean[given.kept]), used)
    rows = [
        {"criterion": name, "weight": float(used[j]), "low": number(found[j, 0]), "high": number(found[j, 1])}
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
        **named(found),
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
    return {**named(found), "leader": given.candidate(found.leader), "lead": lead, "bars": bars}


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
    worth = {**named(found.information), "value": found.information.evpi * values.SPAN}
    worth["error"] = found.information.error * values.SPAN
    return {
        **named(found),
        "items": items,
        "stop": found.stop,
        "limit_per_hour": problem.limit_per_hour,
        "evpi": worth,
    }


def _cross_checks(given: Calculation) -> dict[str, Any]:
    problem = given.problem
    found = cross_checks.cross_check(given.cells.mean, problem.weights.used, problem.out)
    return {
        **named(found),
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


PARTS: dict[str, Callable[[Calculation], Any]] = {
    "verdict": _verdict,
    "ranking": _ranking,
    "rank_acceptability": _rank_acceptability,
    "weight_stability": _weight_stability,
    "what_must_change": _what_must_change,
    "tornado": _tornado,
    "find_out_next": _find_out_next,
    "cross_checks": _cross_checks,
    "agreement": agreement_of,
    "agenda": agenda,
}
