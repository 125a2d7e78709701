"""Do other methods choose the same candidate, and does leaving one out change whom they choose?"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluations.analysis import inputs, ranking
from evaluations.analysis.inputs import Floats

# Half a point on the scale is indifferent, two points are a full preference.
PREFERENCE = {"kind": "linear", "q": 0.5, "p": 2.0}
Totals = Callable[[Floats, Floats], Floats]


@dataclass(frozen=True)
class Check:
    """One method's totals and ranks (None for a candidate that is out), whom it puts first, and whether that is the
    main method's choice."""

    method: str
    variant: str
    totals: list[float | None]
    ranks: list[int | None]
    firsts: list[int]
    agrees: bool


@dataclass(frozen=True)
class CrossChecks:
    """The main method's first candidates, and each cross-check; `agreeing` of them choose the same."""

    firsts: list[int]
    checks: list[Check]
    method: str = "cross-checks of the additive value"
    variant: str = "scores 1..5"

    @property
    def agreeing(self) -> int:
        return sum(check.agrees for check in self.checks)

    @property
    def differing(self) -> list[Check]:
        return [check for check in self.checks if not check.agrees]


@dataclass(frozen=True)
class Reversal:
    """Leaving out a candidate that is not first makes `firsts` first."""

    left_out: int
    firsts: list[int]


@dataclass(frozen=True)
class RankReversal:
    """Whom the method puts first among all, and every candidate without which it puts another first."""

    firsts: list[int]
    reversals: list[Reversal]
    variant: str
    method: str = "rank reversal"


def _closeness(normalisation: str) -> Totals:
    return lambda scores, weights: ranking.topsis(scores, weights, ["max"] * scores.shape[1], normalisation)


def _net_flow(scores: Floats, weights: Floats) -> Floats:
    columns = scores.shape[1]
    return ranking.promethee_ii(scores, weights, ["max"] * columns, [PREFERENCE] * columns).net


METHODS: dict[str, tuple[str, str, Totals]] = {
    "topsis": ("TOPSIS", "vector normalisation", _closeness("vector")),
    "topsis-min-max": ("TOPSIS", "min-max normalisation", _closeness("min-max")),
    "promethee-ii": ("PROMETHEE II", "linear preference, q 0.5, p 2 points", _net_flow),
    "weighted-product": ("weighted product", "scores 1..5", ranking.weighted_product),
    "weighted-sum": ("additive value", "scores 1..5", ranking.weighted_sum),
}
STANDARD = ("topsis", "promethee-ii", "weighted-product")


def cross_check(
    scores: ArrayLike, weights: ArrayLike, out: Iterable[int] = (), methods: Sequence[str] = STANDARD
) -> CrossChecks:
    """m x n scores 1..5 and n weights through each named method beside the additive value; `out` are candidates that
    fail a must-have, left out before any method sees them. A check agrees when it puts the same candidates first, or
    settles a tie of the main method."""
    table, shares, kept = _kept(scores, weights, out)
    main = [kept[k] for k in ranking.firsts(table[kept] @ shares)] if kept else []
    checks = []
    for name in methods:
        method, variant, totals = METHODS[inputs.one_of("methods", name, METHODS)]
        found: list[float | None] = [None] * len(table)
        ranks: list[int | None] = [None] * len(table)
        if kept:
            given = totals(table[kept], shares)
            for i, total, rank in zip(kept, given.tolist(), ranking.ranks(given), strict=True):
                found[i], ranks[i] = total, rank
        firsts = [i for i, rank in enumerate(ranks) if rank == 1]
        checks.append(Check(method, variant, found, ranks, firsts, set(firsts) <= set(main)))
    return CrossChecks(main, checks)


def rank_reversal(
    scores: ArrayLike, weights: ArrayLike, method: str = "topsis", out: Iterable[int] = ()
) -> RankReversal:
    """Does leaving out a candidate that is not first change the first place? m x n scores 1..5, n weights."""
    table, shares, kept = _kept(scores, weights, out)
    name, variant, totals = METHODS[inputs.one_of("method", method, METHODS)]

    def first_among(candidates: list[int]) -> list[int]:
        return [candidates[k] for k in ranking.firsts(totals(table[candidates], shares))] if candidates else []

    firsts = first_among(kept)
    reversals = []
    for left_out in (i for i in kept if i not in firsts):
        now = first_among([i for i in kept if i != left_out])
        if now != firsts:
            reversals.append(Reversal(left_out, now))
    return RankReversal(firsts, reversals, f"{name}, {variant}")


def _kept(scores: ArrayLike, weights: ArrayLike, out: Iterable[int]) -> tuple[Floats, Floats, list[int]]:
    table = inputs.table("scores", scores)
    left_out = inputs.indices("out", out, len(table))
    kept = [i for i in np.arange(len(table)).tolist() if i not in left_out]
    return table, inputs.weights(weights, table.shape[1]), kept
