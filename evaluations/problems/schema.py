"""The problem file: `schema/problem-1.json` says what may stand in it, and this module reads it.

Rows are candidates and columns criteria. Every refusal is a ValueError that names the row, the column and the value.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from evaluations.analysis import inputs, weights
from evaluations.analysis.choices import DRAWS, LIMIT_PER_HOUR, SEED
from evaluations.problems import shape
from evaluations.problems.ratings import Rating, ValueFunction, rating

VERSION = 1
SCHEMA_FILE = Path(__file__).parent / "schema" / f"problem-{VERSION}.json"


@dataclass(frozen=True)
class Criterion:
    name: str
    direction: str
    hours: float
    function: ValueFunction | None


@dataclass(frozen=True)
class Weights:
    """`used`: n weights of sum 1 that totals take; `drawn`: what `acceptability.smaa` takes for the weights as given;
    `opinions`: each member's n weights of sum 1."""

    kind: str
    origin: str
    used: inputs.Floats
    drawn: Any
    opinions: dict[str, inputs.Floats]


@dataclass(frozen=True)
class MustHave:
    """`verdicts` and `reasons` by candidate; a candidate without a verdict is not proven."""

    statement: str
    verdicts: dict[str, str]
    reasons: dict[str, str]


@dataclass(frozen=True)
class Problem:
    """A problem whose every number was checked. `ratings` is m x n, in the order of candidates and criteria."""

    title: str
    source: str
    candidates: list[str]
    criteria: list[Criterion]
    weights: Weights
    ratings: list[list[Rating]]
    must_haves: list[MustHave]
    limit_per_hour: float
    draws: int
    seed: int

    def failed(self, candidate: str) -> list[MustHave]:
        return [each for each in self.must_haves if each.verdicts.get(candidate) == "not_met"]

    def not_proven(self, candidate: str) -> list[MustHave]:
        return [each for each in self.must_haves if each.verdicts.get(candidate, "not_proven") == "not_proven"]

    @property
    def out(self) -> list[int]:
        """The rows of the candidates that fail a must-have."""
        return [i for i, candidate in enumerate(self.candidates) if self.failed(candidate)]


@lru_cache(maxsize=1)
def json_schema() -> dict[str, Any]:
    """The published JSON Schema (2020-12)."""
    found: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return found


def problem_from_text(text: str) -> Problem:
    """The problem in a JSON text. ValueError where it is not JSON, says something twice, or is not a problem."""
    try:
        data = json.loads(text, object_pairs_hook=_each_once, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise ValueError("the file is nested too deeply") from error
    return problem_from(data)


def problem_from(data: Any) -> Problem:
    """The problem in parsed JSON. ValueError naming row, column and value."""
    shape.check(data, json_schema())
    criteria = _criteria(data["criteria"])
    candidates, names = list(data["candidates"]), [criterion.name for criterion in criteria]
    _check_names("ratings, row", data["ratings"], candidates, "candidates")
    for candidate, row in data["ratings"].items():
        _check_names(f"ratings, row {candidate!r}, column", row, names, "criteria")
    return Problem(
        title=data.get("title", ""),
        source=data.get("source", ""),
        candidates=candidates,
        criteria=criteria,
        weights=_weights(data["weights"], data.get("opinions", {}), names),
        ratings=[
            [_rating(data["ratings"], candidate, criterion) for criterion in criteria] for candidate in candidates
        ],
        must_haves=[_must_have(place, told, candidates) for place, told in enumerate(data.get("must_haves", []))],
        limit_per_hour=float(data.get("limit_per_hour", LIMIT_PER_HOUR)),
        draws=data.get("draws", DRAWS),
        seed=data.get("seed", SEED),
    )


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"{next(key for key in keys if keys.count(key) > 1)!r} is there twice in one object")
    return found


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is not a finite number")


def _criteria(told: list[dict[str, Any]]) -> list[Criterion]:
    found: list[Criterion] = []
    for place, each in enumerate(told):
        if any(each["name"] == other.name for other in found):
            raise ValueError(f"criteria, row {place}: {each['name']!r} is there twice")
        where = f"criteria, row {place}, {each['name']!r}"
        direction, function = each.get("direction", "max"), _function(where, each.get("value_function"))
        if function and "direction" in each and direction != _direction(function):
            raise ValueError(
                f"{where}, direction: {direction!r} where the value function says {_direction(function)!r}"
            )
        direction = _direction(function) if function else direction
        found.append(Criterion(each["name"], direction, float(each.get("hours", 1)), function))
    return found


def _direction(function: ValueFunction) -> str:
    return "max" if function.points[-1][1] >= function.points[0][1] else "min"


def _function(where: str, told: dict[str, Any] | None) -> ValueFunction | None:
    if told is None:
        return None
    for row, (_, score) in enumerate(told["points"]):
        if not 1 <= score <= 5:
            raise ValueError(f"{where}, points, row {row}, column 1: {score:g} lies outside the scale 1..5")
    function = ValueFunction(
        tuple((float(x), float(score)) for x, score in told["points"]),
        told.get("metric", ""),
        told.get("unit", ""),
        told.get("outside", "clip"),
    )
    try:
        function.score(0.0)
    except ValueError as refusal:
        raise ValueError(f"{where}, {refusal}") from refusal
    return function


def _weights(told: dict[str, Any], opinions: dict[str, Any], names: Sequence[str]) -> Weights:
    origin = told.get("origin", "")
    views = {member: _shares(f"opinions, {member!r}", given, names) for member, given in opinions.items()}
    if "fixed" in told:
        fixed = _shares("weights, fixed", told["fixed"], names)
        return Weights("fixed", origin, fixed, fixed, views)
    if "order" in told:
        _check_names("weights, order", told["order"], names, "criteria")
        if len(told["order"]) < len(names):
            missing = next(name for name in names if name not in told["order"])
            raise ValueError(f"weights, order: {missing!r} is missing")
        places = [told["order"].index(name) for name in names]
        order = [names.index(name) for name in told["order"]]
        return Weights("order", origin, weights.rank_order_centroid(len(names))[places], {"order": order}, views)
    if "uniform" in told:
        return Weights("uniform", origin, weights.normalise([1.0] * len(names)), "uniform", views)
    given = {m: _shares(f"weights, members, {m!r}", shares, names) for m, shares in told["members"].items()}
    rows = list(given.values())
    return Weights("members", origin, weights.combine_priorities(rows), rows, views or given)


def _shares(where: str, told: dict[str, float], names: Sequence[str]) -> inputs.Floats:
    _check_names(where, told, names, "criteria")
    return inputs.weights([told.get(name, 0.0) for name in names], name=where)


def _rating(told: dict[str, Any], candidate: str, criterion: Criterion) -> Rating:
    where = f"ratings, row {candidate!r}, column {criterion.name!r}"
    return rating(where, told.get(candidate, {}).get(criterion.name), criterion.function, criterion.direction == "min")


def _must_have(place: int, told: dict[str, Any], candidates: Sequence[str]) -> MustHave:
    reasons = told.get("reasons", {})
    _check_names(f"must_haves, row {place}, verdicts", told["verdicts"], candidates, "candidates")
    _check_names(f"must_haves, row {place}, reasons", reasons, candidates, "candidates")
    return MustHave(told["statement"], dict(told["verdicts"]), dict(reasons))


def _check_names(where: str, given: Any, known: Sequence[str], what: str) -> None:
    for name in given:
        if name not in known:
            raise ValueError(f"{where}: {name!r} is not one of the {what}")
