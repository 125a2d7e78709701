"""How far people agree: about the order, about each cell, and what that is worth talking about."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluations.analysis import inputs
from evaluations.analysis.inputs import Floats
from evaluations.analysis.values import SCALE_HIGH, SCALE_LOW, SPAN

PERMUTED_ITEMS = 2**20


@dataclass(frozen=True)
class Concordance:
    """Kendall's W, 0..1, NaN when every rater ties everything; `p` from chi-squared with `df` degrees of freedom."""

    w: float
    chi2: float
    df: int
    p: float
    permutation_p: float | None
    draws: int
    seed: int | None
    method: str = "Kendall's W"
    variant: str = "tie-corrected"


@dataclass(frozen=True)
class Topic:
    """One cell to talk about; `weight_of` = disagreement x influence."""

    candidate: int
    criterion: int
    disagreement: float
    influence: float
    weight_of: float
    low: float
    high: float
    answers: int


@dataclass(frozen=True)
class Agenda:
    """Cells on which members differ, the most worth talking about first."""

    items: list[Topic]
    method: str = "discussion agenda"
    variant: str = "disagreement x influence"


@dataclass(frozen=True)
class WeightDisagreement:
    """Per criterion the spread (standard deviation) and the ends of the members' weights; `overall` in 0..1 is the mean
    share of weight that two members place differently."""

    sd: Floats
    low: Floats
    high: Floats
    overall: float
    method: str = "disagreement about values"
    variant: str = "members' weights"


def kendalls_w(ratings: ArrayLike, permutations: int = 0, seed: int | None = None) -> Concordance:
    """Agreement of raters on the order of items, with the correction for ties.

    `ratings`: raters x items, higher is better, only their order counts. W = 12 S / (m^2 (n^3 - n) - m sum T), chi2 =
    m (n - 1) W. With `permutations`, also the share of random orders that agree as well, for small n; it needs a seed.
    ValueError for fewer than two raters or items.
    """
    found = inputs.table("ratings", ratings)
    m, n = found.shape
    if m < 2 or n < 2:
        raise ValueError(f"ratings: {m} rows and {n} columns where at least 2 of each are needed")
    count = inputs.whole("permutations", permutations, least=0)
    if count and seed is None:
        raise ValueError("seed: None where permutations need one")
    ranks, ties = _average_ranks(found)
    scale = m**2 * (n**3 - n) - m * ties
    if scale <= 0:
        return Concordance(math.nan, math.nan, n - 1, math.nan, None, count, seed)
    spread = _spread(ranks.sum(axis=0))
    w = 12 * spread / scale
    chi2 = m * (n - 1) * w
    permuted = _permutation_p(ranks, spread, count, inputs.seed(seed)) if count else None
    return Concordance(w, chi2, n - 1, chi_squared_above(chi2, n - 1), permuted, count, seed)


def chi_squared_above(x: float, df: int) -> float:
    """P(chi-squared with df degrees of freedom > x), in closed form for whole df."""
    inputs.whole("df", df)
    half = inputs.number("x", x) / 2
    if half <= 0:
        return 1.0
    odd = df % 2
    total = math.erfc(math.sqrt(half)) if odd else 0.0
    for k in range(df // 2):
        power = k + 0.5 * odd
        total += math.exp(power * math.log(half) - half - math.lgamma(power + 1))
    return min(total, 1.0)


def disagreement(values: Sequence[float | None]) -> float:
    """How far members differ on one cell, 0..1: the standard deviation of their scores (None, "don't know", left out)
    over the largest that the scale allows."""
    known = [inputs.number(f"values, column {k}", value) for k, value in enumerate(values) if value is not None]
    return float(np.std(known)) / (SPAN / 2) if len(known) > 1 else 0.0


def weight_disagreement(weights: ArrayLike) -> WeightDisagreement:
    """Disagreement about values: members x n weights."""
    found = inputs.member_weights(weights)
    pairs = [float(np.abs(found[a] - found[b]).sum()) / 2 for a in range(len(found)) for b in range(a + 1, len(found))]
    return WeightDisagreement(
        found.std(axis=0), found.min(axis=0), found.max(axis=0), float(np.mean(pairs)) if pairs else 0.0
    )


def agenda(
    ratings: Sequence[Sequence[Sequence[float | None]]], weights: ArrayLike, totals: ArrayLike | None = None
) -> Agenda:
    """What to talk about first: m x n cells, each the members' scores (None for "don't know"), n weights, and the m
    expected totals of the result in value units (None: those that the answers alone give, an empty cell as the middle).

    Influence of a cell is w_j x w_j / (w_j + |d|), where d is how far its candidate's expected total stands from the
    best other: a criterion that weighs much, on a candidate that this cell could bring to or from the first place.
    Cells on which nobody differs are left out.
    """
    rows = [[[value for value in cell if value is not None] for cell in row] for row in ratings]
    if not rows or not rows[0]:
        raise ValueError("ratings: empty")
    for i, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ValueError(f"ratings, row {i}: {len(row)} columns where row 0 has {len(rows[0])}")
    shares = inputs.weights(weights, len(rows[0]))
    placed = _answered_totals(rows, shares) if totals is None else inputs.vector("totals", totals, len(rows))
    items = []
    for i, row in enumerate(rows):
        others = np.delete(placed, i)
        gap = abs(float(placed[i] - others.max())) if len(others) else 0.0
        for j, cell in enumerate(row):
            differ = disagreement(cell)
            if differ > 0 and shares[j] > 0:
                influence = float(shares[j] ** 2 / (shares[j] + gap))
                items.append(Topic(i, j, differ, influence, differ * influence, min(cell), max(cell), len(cell)))
    return Agenda(sorted(items, key=lambda item: (-item.weight_of, item.candidate, item.criterion)))


def _answered_totals(rows: Sequence[Sequence[Sequence[float]]], shares: Floats) -> Floats:
    middle = (SCALE_LOW + SCALE_HIGH) / 2
    scores = np.array([[float(np.mean(cell)) if cell else middle for cell in row] for row in rows])
    return np.asarray((scores - SCALE_LOW) / SPAN @ shares)


def _average_ranks(ratings: Floats) -> tuple[Floats, float]:
    """Ranks of each rater's items, 1 for the lowest, the mean of their places where equal; and sum (t^3 - t)."""
    ranks, ties = np.empty_like(ratings), 0.0
    for row, rated in enumerate(ratings):
        _, place, counts = np.unique(rated, return_inverse=True, return_counts=True)
        ranks[row] = (np.cumsum(counts) - (counts - 1) / 2)[place]
        ties += float((counts.astype(float) ** 3 - counts).sum())
    return ranks, ties


def _spread(sums: Floats) -> float:
    return float(((sums - sums.mean()) ** 2).sum())


def _permutation_p(ranks: Floats, spread: float, permutations: int, seed: int) -> float:
    """(1 + how many random orders spread at least as far) / (1 + permutations)."""
    generator = np.random.default_rng(seed)
    size = max(1, PERMUTED_ITEMS // ranks.size)
    as_far = 0
    for start in range(0, permutations, size):
        here = min(size, permutations - start)
        shuffled = generator.permuted(np.broadcast_to(ranks, (here, *ranks.shape)), axis=2)
        sums = shuffled.sum(axis=1)
        spreads = ((sums - sums.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
        as_far += int((spreads >= spread * (1 - inputs.CLOSE)).sum())
    return (1 + as_far) / (1 + permutations)
