"""How sure the ranking is: stochastic acceptability (SMAA-2, Lahdelma & Salminen 2001)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from evaluations.analysis import cells as cell_tables
from evaluations.analysis import clouds, inputs, rank_counts
from evaluations.analysis.choices import DRAWS, SEED
from evaluations.analysis.inputs import Floats
from evaluations.analysis.recount import count_once
from evaluations.analysis.values import SPAN
from evaluations.analysis.weight_source import WeightSource

BLOCK_ITEMS = 2**21  # values drawn at a time: 16 MB
Sampler = Callable[[np.random.Generator, int], ArrayLike]


@dataclass(frozen=True)
class FirstShares:
    """`shares` (m): the part of the draws in which each candidate is first, ties shared, 0 for one that is out."""

    shares: Floats
    error: float
    draws: int
    seed: int
    method: str = "share of first places"
    variant: str = "cells vary, weights fixed"


def smaa(values: ArrayLike | Sampler, weights: Any, draws: int, seed: int) -> rank_counts.RankAcceptability:
    """Rank acceptability, central weights, confidence and pairwise winning index of m candidates over n criteria.

    `values`: m x n fixed; draws x m x n; or a callable (generator, size) -> size x m x n, called in blocks (twice with
    the same numbers). Not clipped. `weights`: "uniform" on the simplex; {"order": [criterion indices, most important
    first; a list of indices where they are level]}; n fixed; or members x n, one member per draw at random. Equal
    candidates share their ranks. ValueError for a wrong shape, a negative weight, NaN or infinity, an unknown name. The
    same seed gives the same answer.
    """
    count, start = inputs.whole("draws", draws), inputs.seed(seed)
    table = _fixed(values)
    criteria = table.shape[1] if table is not None else _peek(values, count, start)
    source = WeightSource(weights, criteria, start)
    if table is not None and source.sampled:
        table = _near_zero(table)
        if clouds.fits(max(table.shape), count) and not source.level:
            return count_once(table, weights, count, start)
    return _tallied(_value_blocks(table if table is not None else values, count, start), source, count, start)


def first_shares(
    cells: cell_tables.Rows, weights: ArrayLike, draws: int = DRAWS, seed: int = SEED, out: Iterable[int] = ()
) -> FirstShares:
    """The share of draws in which each of m candidates is first at n fixed weights while the m x n cells vary.

    `out` are candidates that fail a must-have. A cell keeps its random numbers when other cells change.
    """
    found = cell_tables.table(cells)
    count, start = inputs.whole("draws", draws), inputs.seed(seed)
    left_out = inputs.indices("out", out, found.rows)
    shares = np.zeros(found.rows)
    kept = [i for i in range(found.rows) if i not in left_out]
    if kept:
        totals = drawn_totals(found, weights, count, start)[kept]
        best = totals.max(axis=0)
        first = totals >= best - 1e-9
        shares[kept] = (first / first.sum(axis=0)).mean(axis=1)
    return FirstShares(shares, clouds.error(count), count, start)


def drawn_totals(cells: cell_tables.Rows, weights: ArrayLike, draws: int = DRAWS, seed: int = SEED) -> Floats:
    """Totals in value units, m x draws, at n fixed weights while the cells vary; the numbers of `first_shares`."""
    found = cell_tables.table(cells)
    m, n = found.rows, found.columns
    steps = inputs.weights(weights, n) / SPAN
    totals = np.empty((m, draws))
    totals[:] = ((np.where(found.sd > 0, found.low, found.mean) - 1) @ steps)[:, None]
    nothing = np.empty((0, 0, 0), dtype=np.float32)
    kinds = {cell.kind for row in found.cells for cell in row}
    uniform = clouds.uniform(m * n, draws, seed).reshape(m, n, draws) if kinds - {"point", "normal"} else nothing
    normal = clouds.normal(m * n, draws, seed).reshape(m, n, draws) if "normal" in kinds else nothing
    for i, row in enumerate(found.cells):
        reach = np.zeros(n, dtype=np.float32)
        for j, cell in enumerate(row):
            if cell.sd == 0 or steps[j] == 0:
                continue
            if isinstance(cell, cell_tables.Interval):
                reach[j] = (cell.high - cell.low) * steps[j]
            elif isinstance(cell, cell_tables.Discrete | cell_tables.Members):
                totals[i] += steps[j] * (cell.from_uniform(uniform[i, j]) - cell.low)
            elif isinstance(cell, cell_tables.Normal):
                totals[i] += steps[j] * (cell.from_normal(normal[i, j]) - cell.low)
        if reach.any():
            totals[i] += reach @ uniform[i]
    return totals


def _fixed(values: ArrayLike | Sampler) -> Floats | None:
    """The m x n values when they are fixed, else None."""
    if callable(values):
        return None
    depth, inner = 0, values
    if isinstance(values, np.ndarray):
        depth = values.ndim
    else:
        while isinstance(inner, list | tuple | np.ndarray) and len(inner):
            depth, inner = depth + 1, inner[0]
    return None if depth == 3 else inputs.table("values", values)


def _near_zero(table: Floats) -> Floats:
    """Values far from 0 moved by a constant per criterion, which changes no rank and spares single precision."""
    reach = float(np.ptp(table, axis=0).max())
    if np.abs(table).max() <= 16 * reach:
        return table
    return table - table.min(axis=0)


def _peek(values: Any, draws: int, seed: int) -> int:
    if not callable(values):
        return _drawn(values, draws).shape[2]
    return _drawn(values(clouds.values_generator(seed), 1), 1).shape[2]


def _drawn(values: Any, draws: int) -> Floats:
    """draws x m x n values, checked."""
    try:
        found = np.asarray(values, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise ValueError(f"values: not an array of draws x candidates x criteria ({error})") from error
    if found.ndim != 3 or not found.size:
        raise ValueError(f"values: shape {found.shape} where draws x candidates x criteria is needed")
    if len(found) != draws:
        raise ValueError(f"values: {len(found)} draws where {draws} are needed")
    if not np.isfinite(found).all():
        d, i, j = (int(k) for k in np.argwhere(~np.isfinite(found))[0])
        raise ValueError(f"values, draw {d}, row {i}, column {j}: {found[d, i, j]} is not a finite number")
    return found


Blocks = Callable[[], Iterator[tuple[int, Floats]]]


def _value_blocks(values: Any, draws: int, seed: int) -> Blocks:
    """A function that runs through (first draw, size x m x n values); every run gives the same numbers."""
    if callable(values):
        shape = _drawn(values(clouds.values_generator(seed), 1), 1).shape
        size = _block_size(shape[1] * shape[2])

        def drawn_blocks() -> Iterator[tuple[int, Floats]]:
            generator = clouds.values_generator(seed)
            for start in range(0, draws, size):
                here = min(size, draws - start)
                yield start, _drawn(values(generator, here), here)

        return drawn_blocks
    whole = np.broadcast_to(values, (draws, *values.shape)) if np.ndim(values) == 2 else _drawn(values, draws)

    def blocks() -> Iterator[tuple[int, Floats]]:
        for start in range(0, draws, clouds.BLOCK):
            yield start, whole[start : start + clouds.BLOCK]

    return blocks


def _block_size(cells: int) -> int:
    """The largest part of a block, by halves, that holds at most BLOCK_ITEMS values."""
    size = clouds.BLOCK
    while size > 64 and size * cells > BLOCK_ITEMS:
        size //= 2
    return size


def _tallied(blocks: Blocks, source: WeightSource, draws: int, seed: int) -> rank_counts.RankAcceptability:
    ranks, wins, sums = np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((1, 1))
    for start, drawn in blocks():
        size = len(drawn)
        weights = np.asarray(source.block(start, size), dtype=np.float64)
        compared = rank_counts.compare(rank_counts.even(np.ascontiguousarray(_totals(drawn, weights).T)))
        tied = rank_counts.tied_columns(compared)
        ranks = ranks + rank_counts.histogram(compared.ranks, tied)
        wins = wins + rank_counts.wins_with_ties(compared.wins, size)
        sums = sums + rank_counts.first_parts(compared.ranks, tied) @ weights.T
    first = ranks[:, 0] > 0
    central = rank_counts.central_weights(sums, ranks[:, 0])
    confidence = np.where(first, 0.0, np.nan)
    if source.members is not None and len(source.members) == 1:
        central[first] = source.members[0]
        confidence[first] = ranks[first, 0] / draws
    else:
        for _, drawn in blocks():
            confidence[first] += rank_counts.first_at(drawn, central, first)
        confidence[first] /= draws
    return rank_counts.RankAcceptability(
        ranks / draws, central, confidence, wins / draws, clouds.error(draws), source.variant, draws, seed
    )


def _totals(drawn: Floats, weights: Floats) -> Floats:
    """size x m totals from size x m x n values and n x size weights."""
    if drawn.strides[0] == 0:
        return weights.T @ drawn[0].T
    if weights.strides[1] == 0:
        return drawn @ weights[:, 0]
    return np.matmul(drawn, weights.T[:, :, None])[:, :, 0]
