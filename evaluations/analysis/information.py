"""What to find out next: the expected value of information (Raiffa & Schlaifer 1961)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from evaluations.analysis import acceptability, gaussian, inputs
from evaluations.analysis import cells as cell_tables
from evaluations.analysis.choices import DRAWS, LIMIT_PER_HOUR, SEED
from evaluations.analysis.inputs import Floats
from evaluations.analysis.values import SPAN, from_score

LIMIT = LIMIT_PER_HOUR / SPAN  # value units per hour


@dataclass(frozen=True)
class Information:
    """What knowing would be worth, in value units (the whole scale is 1).

    `evpi`: everything known; `evppi` (m x n): one cell known; `winner_changes` (m x n): the chance that knowing the
    cell puts another candidate first. `draws` and `seed` are None, and `error` 0, where nothing was drawn.
    """

    evpi: float
    evppi: Floats
    winner_changes: Floats
    variant: str
    method: str = "expected value of information"
    error: float = 0.0
    draws: int | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Finding:
    """One cell worth finding out: what it would bring, at what cost in hours."""

    candidate: int
    criterion: int
    evppi: float
    winner_changes: float
    hours: float
    per_hour: float


@dataclass(frozen=True)
class FindOutNext:
    """Cells by what they bring per hour, the most first; `stop`: none reaches the limit, so decide."""

    items: list[Finding]
    stop: bool
    limit: float
    information: Information
    method: str = "find out next"
    variant: str = "EVPPI per hour"


def expected_value_of_information(mean: ArrayLike, sd: ArrayLike, weights: ArrayLike) -> Information:
    """Independent normal cells: m x n means and standard deviations in value units, n weights. Integrated, not drawn.

    With s = w_j sd and d the expected total less the best other, EVPPI = s L(|d| / s) and the winner changes with
    probability Phi(-|d| / s). A cell of deviation 0 brings 0; so does every cell of a single candidate.
    """
    means = inputs.table("mean", mean)
    deviations = inputs.table("sd", sd, columns=means.shape[1], rows=means.shape[0])
    if (deviations < 0).any():
        i, j = (int(k) for k in np.argwhere(deviations < 0)[0])
        raise ValueError(f"sd, row {i}, column {j}: {deviations[i, j]:g} is negative")
    shares = inputs.weights(weights, means.shape[1])
    totals = means @ shares
    moves = deviations * shares
    evppi, changes = np.zeros_like(moves), np.zeros_like(moves)
    if len(totals) > 1:
        gaps = np.broadcast_to(np.abs(totals - _best_other(totals))[:, None], moves.shape)
        moving = moves > 0
        z = gaps[moving] / moves[moving]
        evppi[moving] = moves[moving] * gaussian.loss(z)
        changes[moving] = gaussian.below(-z)
    spread = np.sqrt((moves**2).sum(axis=1))
    evpi = max(gaussian.expected_largest(totals, spread) - float(totals.max()), float(evppi.max()), 0.0)
    return Information(evpi, evppi, changes, "independent normal cells, integrated")


def expected_value_of_perfect_information(totals: ArrayLike, shares: ArrayLike | None = None) -> float:
    """EVPI = E[max V] - max E[V] for any distribution: totals of m candidates in each state or draw (states x m), and
    the states' shares (equal where None). In the unit of the totals."""
    found = inputs.table("totals", totals)
    parts = inputs.shares(shares, len(found))
    best = int(np.argmax(parts @ found))
    return float(parts @ (found.max(axis=1) - found[:, best]))


def cell_information(
    cells: cell_tables.Rows,
    weights: ArrayLike,
    draws: int = DRAWS,
    seed: int = SEED,
    out: Iterable[int] = (),
) -> Information:
    """The value of knowing each of m x n cells of any kind, n weights; `out` are candidates that fail a must-have.

    EVPPI and the chance that the winner changes are exact: with independent cells and an additive model the inner
    expectation is a line in the cell's score. EVPI is drawn; its `error` is the standard error of the draws.
    """
    found = cell_tables.table(cells)
    shares = inputs.weights(weights, found.columns)
    left_out = inputs.indices("out", out, found.rows)
    kept = np.array([i for i in range(found.rows) if i not in left_out], dtype=np.intp)
    evppi, changes = np.zeros_like(found.mean), np.zeros_like(found.mean)
    variant = "independent cells of any kind; EVPPI integrated, EVPI drawn"
    if len(kept) < 2:
        return Information(0.0, evppi, changes, variant, draws=draws, seed=seed)
    totals = from_score(found.mean[kept]) @ shares
    for i, gap in zip(kept.tolist(), (totals - _best_other(totals)).tolist(), strict=True):
        for j, cell in enumerate(found.cells[i]):
            if cell.sd > 0 and shares[j] > 0:
                evppi[i, j], changes[i, j] = _one_cell(cell, float(shares[j]) / SPAN, gap)
    drawn = acceptability.drawn_totals(found, shares, draws, seed)[kept]
    losses = drawn.max(axis=0) - drawn[int(np.argmax(totals))]
    error = float(losses.std()) / float(np.sqrt(draws))
    evpi = max(float(losses.mean()), float(evppi.max()))
    return Information(evpi, evppi, changes, variant, error=error, draws=draws, seed=seed)


def find_out_next(
    cells: cell_tables.Rows,
    weights: ArrayLike,
    hours: ArrayLike | None = None,
    limit: float = LIMIT,
    draws: int = DRAWS,
    seed: int = SEED,
    out: Iterable[int] = (),
) -> FindOutNext:
    """Cells that are not certain, by EVPPI per hour, the most first.

    `hours`: m x n costs > 0, one cost for every cell, or None for one hour each; `limit` in value units per hour: when
    every cell brings less, `stop` is True. Cells that bring nothing are not listed; cells that bring the same (to
    twelve digits) stand in the order of the table.
    """
    found = cell_tables.table(cells)
    cost = _hours(hours, found)
    enough = inputs.number("limit", limit)
    known = cell_information(found, weights, draws, seed, out)
    per_hour = known.evppi / cost
    items = [
        Finding(i, j, *(float(part[i, j]) for part in (known.evppi, known.winner_changes, cost, per_hour)))
        for i, j in np.argwhere(known.evppi > 0).tolist()
    ]
    items.sort(key=lambda item: (-float(f"{item.per_hour:.12g}"), item.candidate, item.criterion))
    return FindOutNext(items, not any(item.per_hour >= enough for item in items), enough, known)


def _one_cell(cell: cell_tables.Cell, step: float, gap: float) -> tuple[float, float]:
    """EVPPI and the chance that the winner changes, for a cell of which one score moves the total by `step` while its
    candidate's expected total stands `gap` above the best other."""
    turning = cell.mean - gap / step
    excess, below = cell.excess(turning), cell.below(turning)
    if gap < 0:
        return step * excess, 1 - below
    return step * max(excess - (cell.mean - turning), 0.0), below


def _best_other(totals: Floats) -> Floats:
    """For each of at least two candidates the largest total among the others."""
    first, second = np.argsort(-totals, kind="stable")[:2]
    others = np.full(len(totals), totals[first])
    others[first] = totals[second]
    return others


def _hours(hours: Any, cells: cell_tables.CellTable) -> Floats:
    if hours is None or not isinstance(hours, Sequence | np.ndarray):
        found = np.full((cells.rows, cells.columns), 1.0 if hours is None else inputs.number("hours", hours))
    else:
        found = inputs.table("hours", hours, columns=cells.columns, rows=cells.rows)
    if (found <= 0).any():
        i, j = (int(k) for k in np.argwhere(found <= 0)[0])
        raise ValueError(f"hours, row {i}, column {j}: {found[i, j]:g} is not positive")
    return found
