"""Counting ranks over many draws by comparing pairs: faster than sorting, and ties are seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluations.analysis.inputs import Floats

Ranks = NDArray[np.unsignedinteger]


@dataclass(frozen=True)
class RankAcceptability:
    """Shares of draws.

    `rank_acceptability` m x m (candidate, rank), `central_weights` m x n (a row of NaN where no draw puts the candidate
    first), `confidence` m (NaN there too), `pairwise_winning` m x m (diagonal 0), `error` the largest Monte Carlo
    standard error of a share.
    """

    rank_acceptability: Floats
    central_weights: Floats
    confidence: Floats
    pairwise_winning: Floats
    error: float
    variant: str
    draws: int
    seed: int
    method: str = "rank acceptability (SMAA-2)"


@dataclass
class Compared:
    """`ranks` (m x draws): how many candidates are strictly better; `wins` (m x m): draws in which the row's is."""

    ranks: Ranks
    wins: NDArray[np.int64]


def rank_type(candidates: int) -> type[np.unsignedinteger]:
    """The smallest type that holds the sum of one draw's ranks."""
    highest = candidates * (candidates - 1) // 2
    return np.uint8 if highest < 2**8 else np.uint16 if highest < 2**16 else np.uint32


def compare(totals: NDArray[np.floating], ranks: Ranks | None = None) -> Compared:
    """Every pair of candidates in every draw; totals are m x draws. `ranks`: an array of that shape to write to."""
    m, draws = totals.shape
    if ranks is None:
        ranks = np.empty((m, draws), dtype=rank_type(m))
    ranks[:] = 0
    wins = np.zeros((m, m), dtype=np.int64)
    beats = np.empty(draws, dtype=bool)
    as_number = beats.view(np.uint8)
    for i in range(m):
        for j in range(i + 1, m):
            for a, b in ((i, j), (j, i)):
                np.greater(totals[a], totals[b], out=beats)
                ranks[b] += as_number
                wins[a, b] = np.count_nonzero(beats)
    return Compared(ranks, wins)


def compare_again(compared: Compared, totals: NDArray[np.floating], candidate: int, old: NDArray[np.floating]) -> None:
    """Puts `compared` right after the totals of one candidate changed from `old`; the others' are as they were."""
    ranks, wins = compared.ranks, compared.wins
    new = totals[candidate]
    own = np.zeros_like(ranks[candidate])
    beats = np.empty(len(new), dtype=bool)
    as_number = beats.view(np.uint8)
    for j in range(len(totals)):
        if j == candidate:
            continue
        np.greater(old, totals[j], out=beats)
        ranks[j] -= as_number
        np.greater(new, totals[j], out=beats)
        ranks[j] += as_number
        wins[candidate, j] = np.count_nonzero(beats)
        np.greater(totals[j], new, out=beats)
        own += as_number
        wins[j, candidate] = np.count_nonzero(beats)
    ranks[candidate] = own


def tied_columns(compared: Compared) -> NDArray[np.intp]:
    """The draws in which at least two candidates are equal."""
    m, draws = compared.ranks.shape
    decided = compared.wins + compared.wins.T
    if int(decided.sum()) == m * (m - 1) * draws:
        return np.empty(0, dtype=np.intp)
    sums = np.add.reduce(compared.ranks, axis=0, dtype=compared.ranks.dtype)
    return np.flatnonzero(sums != m * (m - 1) // 2)


def histogram(ranks: Ranks, tied: NDArray[np.intp]) -> Floats:
    """How often each candidate takes each rank, m x m; equal candidates share theirs in equal parts."""
    m = len(ranks)
    if m <= 16:
        counts = np.array([[np.count_nonzero(row == rank) for rank in range(m)] for row in ranks], dtype=np.float64)
    else:
        counts = np.array([np.bincount(row, minlength=m) for row in ranks], dtype=np.float64)
    if not len(tied):
        return counts
    at = ranks[:, tied].astype(np.intp)
    equals = np.array([(at == row).sum(axis=0) for row in at])
    for i in range(m):
        pairs = np.bincount(at[i] * (m + 1) + equals[i], minlength=m * (m + 1)).reshape(m, m + 1)
        for rank, group in np.argwhere(pairs).tolist():
            counts[i, rank] -= pairs[rank, group]
            counts[i, rank : rank + group] += pairs[rank, group] / group
    return counts


def first_parts(ranks: Ranks, tied: NDArray[np.intp]) -> Floats:
    """Each candidate's part of the first place in each draw, m x draws: 1, 0, or 1/k where k are equal."""
    parts = (ranks == 0).astype(np.float64)
    if len(tied):
        parts[:, tied] /= parts[:, tied].sum(axis=0)
    return parts


def wins_with_ties(wins: NDArray[np.int64], draws: int) -> Floats:
    """Draws in which the row's candidate beats the column's, a tie counting half; the diagonal is 0."""
    found = wins + 0.5 * (draws - wins - wins.T)
    np.fill_diagonal(found, 0.0)
    return found


def even(totals: Floats) -> Floats:
    """Totals on a grid of about 1e-12 of their size, so that sums that differ by rounding alone are equal."""
    largest = float(np.abs(totals).max())
    return np.rint(totals * (2.0**39 / 2.0 ** np.ceil(np.log2(largest)))) if largest > 0 else totals


def central_weights(sums: Floats, firsts: Floats) -> Floats:
    """Sums of the weights that put each candidate first as means that sum to 1; NaN where none did."""
    central = np.full(sums.shape, np.nan)
    known = firsts > 0
    central[known] = sums[known] / sums[known].sum(axis=1, keepdims=True)
    return central


def first_at(drawn: Floats, central: Floats, known: NDArray[np.bool_]) -> Floats:
    """For each candidate known to be first somewhere: in how many of these draws it is so at its central weight."""
    if drawn.strides[0] == 0:
        return len(drawn) * first_at(drawn[:1].copy(), central, known)
    found = []
    for i in np.flatnonzero(known):
        totals = even(drawn @ central[i])
        best = totals == totals.max(axis=1, keepdims=True)
        found.append(float((best[:, i] / best.sum(axis=1)).sum()))
    return np.array(found)


def confidence_at(values: Floats, central: Floats) -> Floats:
    """1 where fixed values put a candidate first at its own central weight, 1/k where k tie, NaN where undefined."""
    known = ~np.isnan(central[:, 0])
    confidence = np.where(known, 0.0, np.nan)
    confidence[known] = first_at(values[None].copy(), central, known)
    return confidence
