"""A cell of the table as a distribution on the scale 1..5: unknown is not 3."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluations.analysis import gaussian, inputs
from evaluations.analysis.inputs import Floats
from evaluations.analysis.values import SCALE_HIGH, SCALE_LOW, from_score

REACH = 1.959963984540054  # 95 % of a normal distribution lie within this many deviations


class Cell(Protocol):
    """One rating as a distribution: its ends, mean and standard deviation in scores, and its partial expectations."""

    @property
    def kind(self) -> str: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def mean(self) -> float: ...
    @property
    def sd(self) -> float: ...

    def sample(self, generator: np.random.Generator, draws: int) -> Floats:
        """`draws` scores."""

    def excess(self, threshold: float) -> float:
        """E[max(z - threshold, 0)], exact."""

    def below(self, threshold: float) -> float:
        """P(z < threshold) + P(z = threshold) / 2, exact."""


@dataclass(frozen=True)
class Discrete:
    """Values that are equally likely, such as the ratings of several members; one value is a point."""

    values: tuple[float, ...]

    @property
    def kind(self) -> str:
        return "point" if len(self.values) == 1 else "discrete"

    @cached_property
    def low(self) -> float:
        return min(self.values)

    @cached_property
    def high(self) -> float:
        return max(self.values)

    @cached_property
    def mean(self) -> float:
        return math.fsum(self.values) / len(self.values)

    @cached_property
    def sd(self) -> float:
        if self.low == self.high:
            return 0.0
        return math.sqrt(math.fsum((value - self.mean) ** 2 for value in self.values) / len(self.values))

    def sample(self, generator: np.random.Generator, draws: int) -> Floats:
        if self.sd == 0:
            return np.full(draws, self.mean)
        return self.from_uniform(generator.random(draws))

    def from_uniform(self, uniform: NDArray[np.floating]) -> Floats:
        """The value that each uniform number in [0, 1) picks."""
        picked = (uniform * np.float32(len(self.values))).astype(np.intp)
        return np.array(self.values).take(picked, mode="clip")

    def excess(self, threshold: float) -> float:
        return math.fsum(max(value - threshold, 0.0) for value in self.values) / len(self.values)

    def below(self, threshold: float) -> float:
        slack = inputs.CLOSE * SCALE_HIGH
        halves = sum(2 if v < threshold - slack else v <= threshold + slack for v in self.values)
        return halves / (2 * len(self.values))


@dataclass(frozen=True)
class Interval:
    """Any score between two ends, equally likely."""

    low: float
    high: float
    kind: str = "interval"

    @property
    def mean(self) -> float:
        return (self.low + self.high) / 2

    @property
    def sd(self) -> float:
        return (self.high - self.low) / math.sqrt(12)

    def sample(self, generator: np.random.Generator, draws: int) -> Floats:
        return self.low + (self.high - self.low) * generator.random(draws)

    def excess(self, threshold: float) -> float:
        if threshold <= self.low:
            return self.mean - threshold
        if threshold >= self.high:
            return 0.0
        return (self.high - threshold) ** 2 / (2 * (self.high - self.low))

    def below(self, threshold: float) -> float:
        return min(max((threshold - self.low) / (self.high - self.low), 0.0), 1.0)


@dataclass(frozen=True)
class Members:
    """Members' scores, equally likely, of which a None ("don't know") stands for any score of the scale."""

    values: tuple[float | None, ...]
    kind: str = "members"

    @property
    def low(self) -> float:
        return min(SCALE_LOW if value is None else value for value in self.values)

    @property
    def high(self) -> float:
        return max(SCALE_HIGH if value is None else value for value in self.values)

    @cached_property
    def mean(self) -> float:
        return self._average(lambda value: value, _ANYTHING.mean)

    @cached_property
    def sd(self) -> float:
        unsure = (_ANYTHING.mean - self.mean) ** 2 + _ANYTHING.sd**2
        return math.sqrt(self._average(lambda value: (value - self.mean) ** 2, unsure))

    def sample(self, generator: np.random.Generator, draws: int) -> Floats:
        return self.from_uniform(generator.random(draws))

    def from_uniform(self, uniform: NDArray[np.floating]) -> Floats:
        """A score for each uniform number in [0, 1): it picks the member; its rest gives an unsure one's score."""
        scaled = np.asarray(uniform, dtype=np.float64) * len(self.values)
        picked = np.minimum(scaled.astype(np.intp), len(self.values) - 1)
        known = np.array([math.nan if value is None else value for value in self.values]).take(picked)
        return np.where(np.isnan(known), SCALE_LOW + (SCALE_HIGH - SCALE_LOW) * (scaled - picked), known)

    def excess(self, threshold: float) -> float:
        return self._average(lambda value: max(value - threshold, 0.0), _ANYTHING.excess(threshold))

    def below(self, threshold: float) -> float:
        return self._average(lambda value: Discrete((value,)).below(threshold), _ANYTHING.below(threshold))

    def _average(self, of_known: Callable[[float], float], of_unsure: float) -> float:
        return math.fsum(of_unsure if value is None else of_known(value) for value in self.values) / len(self.values)


@dataclass(frozen=True)
class Normal:
    """A normal score with what lies beyond the scale moved to its ends; `low` and `high` hold 95 % of it."""

    centre: float
    spread: float
    kind: str = "normal"

    @property
    def low(self) -> float:
        return min(max(self.centre - REACH * self.spread, SCALE_LOW), SCALE_HIGH)

    @property
    def high(self) -> float:
        return min(max(self.centre + REACH * self.spread, SCALE_LOW), SCALE_HIGH)

    @cached_property
    def mean(self) -> float:
        return SCALE_LOW + self._between(SCALE_LOW)

    @cached_property
    def sd(self) -> float:
        a, b = self._standard(SCALE_LOW), self._standard(SCALE_HIGH)
        low, high = gaussian.scalar_below(a), gaussian.scalar_below(-b)
        inside = 1 - low - high
        at_a, at_b = gaussian.scalar_density(a), gaussian.scalar_density(b)
        # Moments about the clipped mean: subtracting squares of means would lose the digits of a narrow cell.
        off = self.centre - self.mean
        square = (off * off + self.spread**2) * inside + 2 * off * self.spread * (at_a - at_b)
        square += self.spread**2 * (a * at_a - b * at_b)
        square += (SCALE_LOW - self.mean) ** 2 * low + (SCALE_HIGH - self.mean) ** 2 * high
        return math.sqrt(max(square, 0.0))

    def sample(self, generator: np.random.Generator, draws: int) -> Floats:
        return self.from_normal(generator.standard_normal(draws))

    def from_normal(self, standard: NDArray[np.floating]) -> Floats:
        """Scores from standard normal numbers."""
        return np.clip(self.centre + self.spread * standard, SCALE_LOW, SCALE_HIGH)

    def excess(self, threshold: float) -> float:
        if threshold <= SCALE_LOW:
            return self.mean - threshold
        return 0.0 if threshold >= SCALE_HIGH else self._between(threshold)

    def below(self, threshold: float) -> float:
        if threshold < SCALE_LOW:
            return 0.0
        if threshold > SCALE_HIGH:
            return 1.0
        found = gaussian.scalar_below(self._standard(threshold))
        if threshold == SCALE_LOW:
            return found / 2
        return (1 + found) / 2 if threshold == SCALE_HIGH else found

    def _standard(self, score: float) -> float:
        return (score - self.centre) / self.spread

    def _between(self, threshold: float) -> float:
        """E[max(z - threshold, 0)] for a threshold on the scale: the integral of P(z > u) from it to the upper end."""
        lower, upper = self._standard(threshold), self._standard(SCALE_HIGH)
        return self.spread * max(gaussian.scalar_loss(lower) - gaussian.scalar_loss(upper), 0.0)


_ANYTHING = Interval(SCALE_LOW, SCALE_HIGH, "unknown")


def point(value: float) -> Discrete:
    """A score that is certain, such as one the team agreed."""
    return Discrete((_score("value", value),))


def discrete(values: Sequence[float]) -> Discrete:
    """Scores that are equally likely, such as the members' ratings. ValueError where there are none."""
    if not len(values):
        raise ValueError("values: empty; a cell nobody rated is unknown()")
    return Discrete(tuple(_score(f"values, column {k}", value) for k, value in enumerate(values)))


def members(values: Sequence[float | None]) -> Members | Discrete | Interval:
    """Members' ratings, equally likely; None is "don't know": any score of the scale. Nobody who knows: unknown()."""
    if not any(value is not None for value in values):
        return unknown()
    if not any(value is None for value in values):
        return discrete([value for value in values if value is not None])
    found = (value if value is None else _score(f"values, column {k}", value) for k, value in enumerate(values))
    return Members(tuple(found))


def normal(mean: float, sd: float) -> Normal | Discrete:
    """A normal score of this mean and standard deviation, clipped to the scale; sd 0 makes it a point."""
    centre, spread = inputs.number("mean", mean), inputs.number("sd", sd)
    if spread < 0:
        raise ValueError(f"sd: {spread:g} is negative")
    return Normal(centre, spread) if spread > 0 else point(min(max(centre, SCALE_LOW), SCALE_HIGH))


def interval(low: float, high: float) -> Interval | Discrete:
    """Any score from low to high, equally likely; equal ends make it a point."""
    start, end = _score("low", low), _score("high", high)
    if start > end:
        raise ValueError(f"low: {start:g} lies above high, {end:g}")
    return Interval(start, end) if start < end else point(start)


def unknown() -> Interval:
    """Don't know, or empty: any score of the scale, equally likely."""
    return _ANYTHING


@dataclass(frozen=True)
class CellTable:
    """m x n cells with their ends, means and deviations as arrays of scores."""

    cells: tuple[tuple[Cell, ...], ...]
    low: Floats
    high: Floats
    mean: Floats
    sd: Floats

    @property
    def rows(self) -> int:
        return len(self.cells)

    @property
    def columns(self) -> int:
        return len(self.cells[0])

    @property
    def unknown(self) -> int:
        """How many cells are unknown."""
        return sum(cell.kind == "unknown" for row in self.cells for cell in row)


Rows = Sequence[Sequence[Cell]] | CellTable


def table(rows: Rows) -> CellTable:
    """m x n cells, checked. ValueError where the table is ragged or empty."""
    if isinstance(rows, CellTable):
        return rows
    found = tuple(tuple(row) for row in rows)
    if not found or not found[0]:
        raise ValueError("cells: empty")
    for i, row in enumerate(found):
        if len(row) != len(found[0]):
            raise ValueError(f"cells, row {i}: {len(row)} columns where row 0 has {len(found[0])}")
        for j, cell in enumerate(row):
            if not isinstance(cell, Discrete | Interval | Members | Normal):
                raise ValueError(f"cells, row {i}, column {j}: {cell!r} is not a cell")
    parts = np.array([[(cell.low, cell.high, cell.mean, cell.sd) for cell in row] for row in found])
    return CellTable(found, *np.moveaxis(parts, 2, 0))


def sampler(rows: Rows) -> Callable[[np.random.Generator, int], Floats]:
    """The callable (generator, draws) -> values 0..1, draws x m x n, that `acceptability.smaa` takes."""
    found = table(rows)

    def sample(generator: np.random.Generator, draws: int) -> Floats:
        drawn = np.empty((draws, found.rows, found.columns))
        for i, row in enumerate(found.cells):
            for j, cell in enumerate(row):
                drawn[:, i, j] = cell.sample(generator, draws)
        return from_score(drawn)

    return sample


def _score(name: str, value: ArrayLike) -> float:
    found = inputs.number(name, value)
    if not SCALE_LOW <= found <= SCALE_HIGH:
        raise ValueError(f"{name}: {found:g} lies outside the scale {SCALE_LOW:g}..{SCALE_HIGH:g}")
    return found
