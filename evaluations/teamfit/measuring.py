"""From members' answers to a score: medians with everybody's spread, shares with what the unknown could make them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, stdev

from evaluations.scoring.figures import HIGH, LOW, REACH, Figure, Scored, score_of


@dataclass(frozen=True)
class Counts:
    """How often a question was answered which way."""

    yes: int
    partly: int
    no: int
    unknown: int

    @property
    def known(self) -> int:
        return self.yes + self.partly + self.no

    @property
    def share(self) -> float | None:
        """Share of yes among those who know, 0..1."""
        return self.yes / self.known if self.known else None


def figure_of_share(counts: Counts) -> Figure | None:
    """The share of yes with its 95 % ends, "don't know" taken as no for the low end and as yes for the high one."""
    if counts.share is None:
        return None
    asked = counts.known + counts.unknown
    low, _ = wilson(counts.yes, asked)
    _, high = wilson(counts.yes + counts.unknown, asked)
    return Figure("answers", 0, counts.share, low, high)


def wilson(yes: int, asked: int) -> tuple[float, float]:
    """95 % ends of a share seen as `yes` of `asked`, at least one asked.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927) 209-212.
    """
    share, squared = yes / asked, REACH**2
    middle = share + squared / (2 * asked)
    half = REACH * math.sqrt(share * (1 - share) / asked + squared / (4 * asked**2))
    whole = 1 + squared / asked
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)


def score_of_median(values: Sequence[float], points: Sequence[Sequence[float]], outside: str) -> Scored:
    """Score 1..5 of the median of the values (in the metric's unit, at least one); the ends reach over the members.

    The deviation is that of the members' own scores. A single answer says nothing about the spread: deviation 0.
    """
    middle, *single = (
        score_of([Figure.exact("answers", 0, each)], points, outside).value for each in (median(values), *values)
    )
    spread = stdev(single) if len(single) > 1 else 0.0
    low, high = max(LOW, middle - REACH * spread), min(HIGH, middle + REACH * spread)
    return Scored(middle, spread, min(middle, low), max(middle, high))
