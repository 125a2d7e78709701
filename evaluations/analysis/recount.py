"""Rank acceptability of fixed values under sampled weights, kept open so that one changed cell is recounted alone."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from evaluations.analysis import clouds, inputs, rank_counts
from evaluations.analysis.weight_source import WeightSource


class Recount:
    """Totals and ranks of m candidates in every draw, from the kept cloud of weights.

    `values` m x n, of the order of 1 (single precision); `weights` "uniform" or {"order": [...]}. After `change_cell`
    the answer is bit for bit that of a new count. Memory: about 6 bytes x m x draws, beside the shared cloud.
    """

    def __init__(self, values: ArrayLike, weights: Any, draws: int, seed: int) -> None:
        self.values = inputs.table("values", values).copy()
        self.draws, self.seed = inputs.whole("draws", draws), inputs.seed(seed)
        source = WeightSource(weights, self.values.shape[1], self.seed)
        if not source.sampled:
            raise ValueError("weights: given weights need no sampling; known are 'uniform' and {'order': [...]}")
        self._variant = source.variant
        self._order = source.order if source.order is not None else slice(None)
        self._cloud = clouds.weights(self.values.shape[1], self.draws, self.seed, source.order is not None)
        self._totals = np.empty((len(self.values), self.draws), dtype=np.float32)
        for candidate in range(len(self.values)):
            self._count(candidate)
        self._compared = rank_counts.compare(self._totals)
        blocks = -(-self.draws // clouds.BLOCK)
        self._sums = np.zeros((blocks, *self.values.shape), dtype=np.float32)
        self._parts: np.ndarray | None = None

    def change_cell(self, candidate: int, criterion: int, value: float) -> None:
        """Puts one value in place and recounts what depends on it."""
        i = inputs.index("candidate", candidate, self.values.shape[0])
        j = inputs.index("criterion", criterion, self.values.shape[1])
        self.values[i, j] = inputs.number("value", value)
        old = self._totals[i].copy()
        self._count(i)
        rank_counts.compare_again(self._compared, self._totals, i, old)

    def answer(self) -> rank_counts.RankAcceptability:
        """The figures for the values as they are now."""
        tied = rank_counts.tied_columns(self._compared)
        ranks = rank_counts.histogram(self._compared.ranks, tied)
        self._sum_first_weights(rank_counts.first_parts(self._compared.ranks, tied))
        sums = np.empty(self.values.shape)
        sums[:, self._order] = self._sums.sum(axis=0, dtype=np.float64)
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

    def _count(self, candidate: int) -> None:
        """One candidate's totals. Row by row: a product of all rows at once may round a row by where it stands, which
        would part equal candidates and make a recount differ."""
        row = self.values[candidate, self._order].astype(np.float32)
        np.matmul(row, self._cloud, out=self._totals[candidate])

    def _sum_first_weights(self, parts: np.ndarray) -> None:
        before, self._parts = self._parts, parts
        for block, start in enumerate(range(0, self.draws, clouds.BLOCK)):
            here = slice(start, start + clouds.BLOCK)
            for candidate, part in enumerate(parts[:, here]):
                if before is None or not np.array_equal(part, before[candidate, here]):
                    np.matmul(self._cloud[:, here], part, out=self._sums[block, candidate])
