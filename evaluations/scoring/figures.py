"""From what a phase knows of a candidate to a score: exact numbers, numbers known as "more than", and shares."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Literal

REACH = 1.959963984540054
"""95 % of a normal distribution lie within this many deviations."""

LOW, HIGH = 1.0, 5.0
FAR = 1e12
"""Stands for "never" in a metric's unit: beyond every point of a value function."""


@dataclass(frozen=True)
class Figure:
    """One number of a metric in its unit, and between which ends the truth lies.

    source: the word of the measuring package for what the number was read from, such as "test"; source_id: its row.
    """

    source: str
    source_id: int
    value: float
    low: float
    high: float
    is_censored: bool = False
    provenance: str = ""

    @classmethod
    def exact(cls, source: str, source_id: int, value: float, provenance: str = "") -> "Figure":
        return cls(source, source_id, value, value, value, provenance=provenance)

    @classmethod
    def more_than(cls, source: str, source_id: int, value: float, provenance: str = "") -> "Figure":
        return cls(source, source_id, value, value, math.inf, is_censored=True, provenance=provenance)


@dataclass(frozen=True)
class Scored:
    """A value on 1..5 with its deviation and its 95 % ends."""

    value: float
    deviation: float
    low: float
    high: float


def score_of(figures: Sequence[Figure], points: Sequence[Sequence[float]], outside: str) -> Scored:
    """Put each figure through the value function, clip to 1..5, take the mean over the figures; at least one.

    A figure known only as "more than" counts as the middle of the scores it may still have; the ends of the result
    reach over all of them. Figures that differ widen the ends as repeats do.
    """
    single = [_one(figure, points, outside) for figure in figures]
    spread = stdev(each.value for each in single) if len(single) > 1 else 0.0
    value = fmean(each.value for each in single)
    low = min(value, max(LOW, fmean(each.low for each in single) - REACH * spread))
    high = max(value, min(HIGH, fmean(each.high for each in single) + REACH * spread))
    return Scored(value, max(spread, (high - low) / (2 * REACH)), low, high)


def _one(figure: Figure, points: Sequence[Sequence[float]], outside: str) -> Scored:
    from evaluations.analysis.values import piecewise_linear  # NumPy: not needed to start the page process

    pairs = [(float(x), float(v)) for x, v in points]
    beyond: Literal["clip", "extrapolate"] = "extrapolate" if outside == "extrapolate" else "clip"

    def score(x: float) -> float:
        return min(HIGH, max(LOW, piecewise_linear(pairs, min(x, FAR), outside=beyond)))

    between = [x for x, _ in pairs if figure.low < x < figure.high]
    reached = [score(x) for x in (figure.low, *between, figure.high)]
    low, high = min(reached), max(reached)
    value = (low + high) / 2 if figure.is_censored else score(figure.value)
    return Scored(value, 0.0, low, high)
