"""Rank acceptability of fixed values under sampled weights, kept open so that one changed cell is recounted alone."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from evaluations.analysis import clouds, inputs, rank_counts
from evaluations.analysis.weight_source import WeightSource

Allocate = Callable[[str, tuple[int, int], DTypeLike], NDArray[Any]]
NEAR = 4096  # draws whose weights stay in the processor's cache while all candidates pass
FEW = 8  # up to one draw in so many is picked out, more are summed anew
_scratch = threading.local()


class Recount:
    """Totals and ranks of m candidates in every draw, from the kept cloud of weights.

    `values` m x n, of the order of 1 (single precision); `weights` "uniform" or {"order": [...]}. After `change_cell`
    the answer is bit for bit that of a new count. Memory: about 6 bytes x m x draws, beside the shared cloud.
    """

    def __init__(
        self,
        values: ArrayLike,
        weights: Any,
        draws: int,
        seed: int,
        allocate: Allocate = lambda _, *size: np.empty(*size),
    ) -> None:
        self.values = inputs.table("values", values).copy()
        self.draws, self.seed = inputs.whole("draws", draws), inputs.seed(seed)
        m, n = self.values.shape
        source = WeightSource(weights, n, self.seed)
        if source.level:
            raise ValueError("weights, order: a recount takes a strict order")
        if not source.sampled:
            raise ValueError("weights: given weights need no sampling; known are 'uniform' and {'order': [...]}")
        self._variant = source.variant
        self._order: Any = source.order if source.order is not None else slice(None)
        self._cloud = clouds.weights(n, self.draws, self.seed, source.order is not None)
        self._whole = clouds.whole_weights(n, self.draws, self.seed, source.order is not None)
        self._totals = allocate("totals", (m, self.draws), np.float32)
        self._count(range(m))
        ranks = allocate("ranks", (m, self.draws), rank_counts.rank_type(m))
        self._compared = rank_counts.compare(self._totals, ranks)
        self._firsts = allocate("firsts", (m, self.draws), np.bool_)
        self._firsts[:] = False
        self._sums = np.zeros((m, n))
        self._counted = False

    def change_cell(self, candidate: int, criterion: int, value: float) -> None:
        """Puts one value in place and recounts what depends on it."""
        i = inputs.index("candidate", candidate, self.values.shape[0])
        j = inputs.index("criterion", criterion, self.values.shape[1])
        self.values[i, j] = inputs.number("value", value)
        old = self._totals[i].copy()
        self._count([i])
        rank_counts.compare_again(self._compared, self._totals, i, old)

    def answer(self) -> rank_counts.RankAcceptability:
        """The figures for the values as they are now."""
        tied = rank_counts.tied_columns(self._compared)
        ranks = rank_counts.histogram(self._compared.ranks, tied)
        sums = np.empty(self.values.shape)
        sums[:, self._order] = self._first_weights() + self._shared_weights(tied)
        central = rank_counts.central_weights(sums, ranks[:, 0])
        return rank_counts.RankAcceptability(
            rank_acceptability=ranks / self.draws,
            central_weights=central,
            confidence=rank_counts.confidence_at(self.values, central),
            pairwise_winning=rank_counts.wins_with_ties(self._compared.wins, self.draws) / self.draws,
            error=clouds.error(self.draws),
            variant=self._variant,
            draws=self.draws,
            seed=self.seed,
        )

    def _count(self, candidates: Iterable[int]) -> None:
        """The totals of these candidates. Row by row: a product of all rows at once may round a row by where it stands,
        which would part equal candidates and make a recount differ."""
        rows = {i: self.values[i, self._order].astype(np.float32) for i in candidates}
        for start in range(0, self.draws, NEAR):
            weights = self._cloud[:, start : start + NEAR]
            for i, row in rows.items():
                np.matmul(row, weights, out=self._totals[i, start : start + NEAR])

    def _first_weights(self) -> NDArray[np.float64]:
        """The sum of the weights that put each candidate first, equals included, m x n. Sums of whole weights are
        exact, so those of the draws that changed can be added and taken away."""
        few = self.draws // FEW if self._counted else 0
        anew: dict[int, NDArray[np.float32]] = {}
        for i, ranks in enumerate(self._compared.ranks):
            now = ranks == 0
            differ = now != self._firsts[i]
            count = np.count_nonzero(differ)
            if count > few:
                anew[i] = now.astype(np.float32)
                self._sums[i] = 0.0
            elif count:
                changed = np.flatnonzero(differ)
                signs = np.where(now[changed], 1.0, -1.0)
                self._sums[i] += signs @ self._picked(changed)
            self._firsts[i] = now
        for start in range(0, self.draws, NEAR):
            weights = self._whole[:, start : start + NEAR]
            for i, parts in anew.items():
                self._sums[i] += weights @ parts[start : start + NEAR]
        self._counted = True
        return self._sums

    def _picked(self, draws: NDArray[np.intp]) -> NDArray[np.float32]:
        n = self.values.shape[1]
        return clouds.whole_rows(n, self.draws, self.seed, not isinstance(self._order, slice)).take(draws, axis=0)

    def _shared_weights(self, tied: NDArray[np.intp]) -> NDArray[np.float64]:
        """What `_first_weights` counts too much where k candidates are equal: each has 1/k of that draw's weights."""
        parts = (self._compared.ranks[:, tied] == 0).astype(np.float64)
        return (parts / np.maximum(parts.sum(axis=0), 1.0) - parts) @ self._whole[:, tied].T.astype(np.float64)


def count_once(values: ArrayLike, weights: Any, draws: int, seed: int) -> rank_counts.RankAcceptability:
    """One answer, counted in memory that this thread keeps: fresh pages would cost as much as the arithmetic."""
    return Recount(values, weights, draws, seed, _reused).answer()


def _reused(name: str, shape: tuple[int, int], kind: DTypeLike) -> NDArray[Any]:
    kept = getattr(_scratch, name, None)
    if kept is None or kept.shape != shape or kept.dtype != kind:
        kept = np.empty(shape, dtype=kind)
        setattr(_scratch, name, kept)
    return kept
