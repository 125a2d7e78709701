"""Totals and ranks: the additive value that decides, and the other methods that only cross-check it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from evaluations.analysis import cells as cell_tables
from evaluations.analysis import inputs, values
from evaluations.analysis.inputs import Floats

DIRECTIONS = ("max", "min")
NORMALISATIONS = ("vector", "min-max")
THRESHOLDS = {
    "usual": "",
    "u-shape": "q",
    "v-shape": "p",
    "level": "qp",
    "linear": "qp",
    "gaussian": "s",
}


@dataclass(frozen=True)
class Flows:
    """PROMETHEE II: outgoing, incoming and net flow of m candidates; the net flows sum to 0."""

    plus: Floats
    minus: Floats
    net: Floats
    variant: str
    method: str = "PROMETHEE II"


@dataclass(frozen=True)
class Additive:
    """Totals of m candidates on the scale 1..5.

    `worst` and `best` take every cell's end, `expected` its mean; `contributions` (m x n) are w_j v_ij in value units
    and sum to `values`, the expected total in 0..1. `ranks` are 1 for the best, equal totals share the better rank,
    None for a candidate that is out; `order` lists those that are in, best first.
    """

    worst: Floats
    expected: Floats
    best: Floats
    values: Floats
    contributions: Floats
    ranks: list[int | None]
    order: list[int]
    method: str = "additive value"
    variant: str = "expected cell values, scale 1..5"


def weighted_sum(values: ArrayLike, weights: ArrayLike) -> Floats:
    """Additive value (Keeney & Raiffa 1976): m x n values and n weights give m totals sum_j w_j v_ij."""
    found = inputs.table("values", values)
    return found @ inputs.weights(weights, found.shape[1])


def weighted_product(values: ArrayLike, weights: ArrayLike) -> Floats:
    """Weighted product: m x n values >= 0 and n weights give m totals prod_j v_ij ** w_j. ValueError below 0."""
    found = inputs.table("values", values)
    if (found < 0).any():
        i, j = (int(k) for k in np.argwhere(found < 0)[0])
        raise ValueError(f"values, row {i}, column {j}: {found[i, j]:g} is negative, a product can't take it")
    return np.prod(found ** inputs.weights(weights, found.shape[1]), axis=1)


def topsis(matrix: ArrayLike, weights: ArrayLike, directions: Sequence[str], normalisation: str = "vector") -> Floats:
    """TOPSIS (Hwang & Yoon 1981): m x n raw performance, n weights, "max" or "min" per criterion.

    Normalised by the column's length (`vector`) or its range (`min-max`). Returns m closeness values in 0..1; a
    constant column counts 0; where no column tells the candidates apart each is as near to the best as to the worst,
    0.5.
    """
    found, shares, signs = _performance(matrix, weights, directions)
    inputs.one_of("normalisation", normalisation, NORMALISATIONS)
    low, reach = found.min(axis=0), np.ptp(found, axis=0)
    constant = reach <= inputs.CLOSE * np.abs(found).max(axis=0)
    if normalisation == "min-max":
        scaled = (found - low) / np.where(constant, 1.0, reach)
    else:
        largest = np.abs(found).max(axis=0)
        scaled = found / np.where(largest > 0, largest, 1.0)
        scaled = scaled / np.where(constant, 1.0, np.sqrt((scaled**2).sum(axis=0)))
    weighed = np.where(constant, 0.0, scaled * shares * signs)
    to_best = np.sqrt(((weighed.max(axis=0) - weighed) ** 2).sum(axis=1))
    to_worst = np.sqrt(((weighed - weighed.min(axis=0)) ** 2).sum(axis=1))
    both = to_best + to_worst
    return np.where(both > 0, to_worst / np.where(both > 0, both, 1.0), 0.5)


def promethee_ii(
    matrix: ArrayLike, weights: ArrayLike, directions: Sequence[str], preferences: Sequence[dict[str, Any]]
) -> Flows:
    """PROMETHEE II (Brans & Vincke 1985): m x n raw performance, n weights, "max" or "min" and a preference each.

    A preference is {"kind": usual|u-shape|v-shape|level|linear|gaussian} with its thresholds q, p, s in raw units:
    u-shape is 1 only above q; level is 0 up to q, 1/2 up to p, then 1. Flows are divided by m - 1. ValueError for an
    unknown kind, a missing or negative threshold, p below q.
    """
    found, shares, signs = _performance(matrix, weights, directions)
    if len(preferences) != found.shape[1]:
        raise ValueError(f"preferences: {len(preferences)} values where {found.shape[1]} are needed")
    m = len(found)
    index = np.zeros((m, m))
    for j, preference in enumerate(preferences):
        kind, thresholds = _thresholds(j, preference)
        column = found[:, j] * signs[j]
        difference = column[:, None] - column[None, :]
        index += shares[j] * _preference(kind, difference, thresholds, inputs.CLOSE * float(np.abs(column).max()))
    others = max(m - 1, 1)
    plus, minus = index.sum(axis=1) / others, index.sum(axis=0) / others
    return Flows(plus, minus, plus - minus, ", ".join(str(one["kind"]) for one in preferences))


def ranks(totals: ArrayLike, out: Iterable[int] = ()) -> list[int | None]:
    """Ranks of m totals, 1 for the largest; equal totals share the better rank; None for the candidates in `out`."""
    found = inputs.vector("totals", totals)
    left_out = inputs.indices("out", out, len(found))
    slack = inputs.CLOSE * max(1.0, float(np.abs(found).max()))
    kept = [i for i in range(len(found)) if i not in left_out]
    return [
        None if i in left_out else 1 + sum(bool(found[k] > found[i] + slack) for k in kept) for i in range(len(found))
    ]


def additive(cells: cell_tables.Rows, weights: ArrayLike, out: Iterable[int] = ()) -> Additive:
    """The main method over cells that may be uncertain: m x n cells, n weights; `out` are the candidates that fail a
    must-have: they keep their totals and have no rank."""
    found = cell_tables.table(cells)
    shares = inputs.weights(weights, found.columns)
    contributions = values.from_score(found.mean) * shares
    totals = contributions.sum(axis=1)
    placed = ranks(totals, out)
    order = sorted((i for i in range(found.rows) if placed[i] is not None), key=lambda i: (placed[i], i))
    return Additive(found.low @ shares, found.mean @ shares, found.high @ shares, totals, contributions, placed, order)


def firsts(totals: ArrayLike, out: Iterable[int] = ()) -> list[int]:
    """The candidates with the largest total, several where they tie."""
    return [i for i, rank in enumerate(ranks(totals, out)) if rank == 1]


def _performance(matrix: ArrayLike, weights: ArrayLike, directions: Sequence[str]) -> tuple[Floats, Floats, Floats]:
    found = inputs.table("matrix", matrix)
    if isinstance(directions, str) or len(directions) != found.shape[1]:
        raise ValueError(f"directions: {len(directions)} values where {found.shape[1]} are needed")
    for j, direction in enumerate(directions):
        inputs.one_of(f"directions, column {j}", direction, DIRECTIONS)
    signs = np.array([1.0 if direction == "max" else -1.0 for direction in directions])
    return found, inputs.weights(weights, found.shape[1]), signs


def _thresholds(column: int, preference: dict[str, Any]) -> tuple[str, dict[str, float]]:
    name = f"preferences, column {column}"
    kind = inputs.one_of(f"{name}, kind", preference.get("kind", ""), THRESHOLDS)
    unknown = set(preference) - {"kind", "q", "p", "s"}
    if unknown:
        raise ValueError(f"{name}: {min(unknown)!r} is unknown; known are 'kind', 'q', 'p', 's'")
    found = {}
    for letter in THRESHOLDS[kind]:
        found[letter] = inputs.number(f"{name}, {letter}", preference.get(letter))
        if found[letter] < 0 or (letter == "s" and found[letter] == 0):
            raise ValueError(f"{name}, {letter}: {found[letter]:g} is too small")
    if found.get("p", np.inf) < found.get("q", 0.0):
        raise ValueError(f"{name}, p: {found['p']:g} lies below q, {found['q']:g}")
    return kind, found


def _preference(kind: str, difference: Floats, thresholds: dict[str, float], slack: float) -> Floats:
    """Preference 0..1 for each difference d; a difference within rounding of a threshold counts as on it."""
    d = difference
    for threshold in (0.0, *thresholds.values()):
        d = np.where(np.abs(d - threshold) <= slack, threshold, d)
    q, p, s = (thresholds.get(letter, 0.0) for letter in "qps")
    if kind in ("usual", "u-shape"):
        return (d > q).astype(float)
    if kind == "level":
        return 0.5 * (d > q) + 0.5 * (d > p)
    if kind == "gaussian":
        return np.where(d > 0, -np.expm1(-(d**2) / (2 * s * s)), 0.0)
    return np.clip((d - q) / (p - q), 0.0, 1.0) if p > q else (d > q).astype(float)
