"""Weights of criteria: from points, from an order, from pairwise comparisons, and from several people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluations.analysis import inputs
from evaluations.analysis.inputs import Floats

RANDOM_INDICES: dict[str, tuple[float, ...]] = {
    "saaty-2005": (0.52, 0.89, 1.11, 1.25, 1.35, 1.40, 1.45, 1.49, 1.52, 1.54, 1.56, 1.58, 1.59),
    "donegan-dodd-1991": (
        *(0.4914, 0.8286, 1.0591, 1.1797, 1.2519, 1.3171, 1.3733),
        *(1.4055, 1.4213, 1.4497, 1.4643, 1.4822, 1.4969),
    ),
    "alonso-lamata-2006": (
        *(0.5247, 0.8816, 1.1086, 1.2479, 1.3417, 1.4057, 1.4499),
        *(1.4854, 1.5140, 1.5365, 1.5551, 1.5713, 1.5838),
    ),
}
PRINTED = 0.05  # printed tables round 1/3 to 0.33 and 1/8 to 0.12 or 0.13


@dataclass(frozen=True)
class Pairwise:
    """Weights from pairwise comparisons, with their consistency."""

    weights: Floats
    lambda_max: float
    consistency_index: float
    consistency_ratio: float | None
    completed: Floats
    random_index: str
    method: str = "pairwise comparison (AHP)"
    variant: str = "principal eigenvector"


@dataclass(frozen=True)
class Triple:
    """The three criteria whose comparisons contradict each other most.

    `first` to `second` times `second` to `third` gives `implied`; `stated` is what was answered for `first` to `third`;
    `factor` >= 1 is how far apart the two are.
    """

    first: int
    second: int
    third: int
    stated: float
    implied: float
    factor: float
    method: str = "most inconsistent triple"
    variant: str = "largest ratio between stated and implied comparison"


def normalise(points: ArrayLike) -> Floats:
    """n points >= 0 divided by their sum: n weights. ValueError where one is negative or all are 0."""
    return inputs.weights(points, name="points")


def swing(points: ArrayLike) -> Floats:
    """Swing weighting (von Winterfeldt & Edwards 1986): n points for moving each criterion from its worst to its best.

    The most valued swing has 100 points. Returns n weights. ValueError where the largest is not 100.
    """
    found = inputs.vector("points", points)
    if abs(found.max() - 100) > 1e-9:
        raise ValueError(f"points, column {int(found.argmax())}: the largest is {found.max():g}, it must be 100")
    return inputs.weights(found, name="points")


def rank_order_centroid(count: int) -> Floats:
    """Rank-order centroid (Barron & Barrett 1996): `count` weights, the most important criterion first."""
    n = inputs.whole("count", count)
    return np.cumsum(1.0 / np.arange(n, 0, -1))[::-1] / n


def rank_sum(count: int) -> Floats:
    """Rank-sum weights 2 (n + 1 - i) / (n (n + 1)): `count` weights, the most important criterion first."""
    n = inputs.whole("count", count)
    return 2.0 * np.arange(n, 0, -1) / (n * (n + 1))


def combine_priorities(weights: ArrayLike, shares: ArrayLike | None = None) -> Floats:
    """Mean of priorities (AIP, Forman & Peniwati 1998): members x n weights and a share per member give n weights."""
    members = inputs.member_weights(weights)
    return inputs.shares(shares, len(members)) @ members


def combine_judgments(matrices: Sequence[Any], shares: ArrayLike | None = None) -> NDArray[Any]:
    """Geometric mean of judgments (AIJ, Aczel & Saaty 1983): the members' n x n matrices become one.

    A comparison that some members left out (None) is taken from those who made it; one that nobody made stays None
    (the array then holds objects). The result is reciprocal like its sources.
    """
    tables = [_comparisons(matrix, f"matrices, member {k}") for k, matrix in enumerate(matrices)]
    if not tables:
        raise ValueError("matrices: empty")
    for k, found in enumerate(tables):
        if found.shape != tables[0].shape:
            raise ValueError(f"matrices, member {k}: {len(found)} rows where member 0 has {len(tables[0])}")
    stack = np.array(tables)
    known = ~np.isnan(stack)
    parts = inputs.shares(shares, len(tables))[:, None, None] * known
    total = parts.sum(axis=0)
    logs = (parts * np.log(np.where(known, stack, 1.0))).sum(axis=0)
    group = np.exp(logs / np.where(total > 0, total, 1.0))
    if (total > 0).all():
        return group
    answered: NDArray[Any] = group.astype(object)
    answered[total == 0] = None
    return answered


def pairwise(matrix: Any, random_index: str = "saaty-2005") -> Pairwise:
    """Weights from an n x n matrix of comparisons (Saaty 1977): entry i, j says how many times i outweighs j.

    None in both halves marks a missing comparison; these are completed so that lambda_max is smallest (Bozoki, Fulop &
    Ronyai 2010). The consistency ratio is CI divided by the named random index (n = 3..15), 0 up to n = 2, None beyond
    15. ValueError where the matrix is not square, positive and reciprocal (printed tables may be 5 % off), where the
    comparisons do not connect all criteria, or where the name is unknown.
    """
    inputs.one_of("random_index", random_index, RANDOM_INDICES)
    given = _comparisons(matrix, "matrix")
    completed = _completed(given)
    n = len(completed)
    top, weights = _principal(completed)
    index = (top - n) / (n - 1) if n > 2 else 0.0
    index = 0.0 if abs(index) < 1e-13 * n else index
    ratio: float | None = 0.0
    if n > 2:
        table = RANDOM_INDICES[random_index]
        ratio = index / table[n - 3] if n - 3 < len(table) else None
    missing = int(np.isnan(given).sum()) // 2
    variant = "principal eigenvector" + (f", {missing} comparisons completed" if missing else "")
    return Pairwise(weights, top, index, ratio, completed, random_index, variant=variant)


def most_inconsistent_triple(matrix: Any) -> Triple | None:
    """The triple whose three comparisons contradict each other most; None where no three were all compared, or where
    all agree. `matrix` as for `pairwise`."""
    found = _comparisons(matrix, "matrix")
    logs, n = np.log(found), len(found)
    worst: tuple[float, tuple[int, int, int]] | None = None
    for i in range(n):
        for j in range(i + 1, n):
            for k in range(j + 1, n):
                gap = abs(logs[i, j] + logs[j, k] - logs[i, k])
                if gap > (worst[0] if worst else 1e-9):
                    worst = gap, (i, j, k)
    if worst is None:
        return None
    i, j, k = worst[1]
    implied = float(found[i, j] * found[j, k])
    return Triple(i, j, k, float(found[i, k]), implied, float(np.exp(worst[0])))


def _comparisons(matrix: Any, name: str) -> Floats:
    """The matrix with NaN for a missing comparison, checked."""
    rows = [list(row) for row in matrix]
    n = len(rows)
    if not n:
        raise ValueError(f"{name}: empty")
    found = np.full((n, n), np.nan)
    for i, row in enumerate(rows):
        if len(row) != n:
            raise ValueError(f"{name}, row {i}: {len(row)} columns where {n} are needed")
        for j, value in enumerate(row):
            if value is not None:
                found[i, j] = inputs.number(f"{name}, row {i}, column {j}", value)
                if found[i, j] <= 0:
                    raise ValueError(f"{name}, row {i}, column {j}: {value} is not positive")
    for i in range(n):
        if not abs(found[i, i] - 1) < 1e-9:
            raise ValueError(f"{name}, row {i}, column {i}: {rows[i][i]} on the diagonal must be 1")
        for j in range(i):
            product = found[i, j] * found[j, i]
            both_missing = np.isnan(found[i, j]) and np.isnan(found[j, i])
            if not both_missing and not abs(product - 1) <= PRINTED:
                raise ValueError(f"{name}, row {i}, column {j}: {rows[i][j]} is not the reciprocal of {rows[j][i]}")
    return found


def _principal(matrix: Floats) -> tuple[float, Floats]:
    values, vectors = np.linalg.eig(matrix)
    k = int(np.argmax(values.real))
    vector = np.abs(vectors[:, k].real)
    return float(values[k].real), vector / vector.sum()


def _completed(given: Floats) -> Floats:
    """Missing comparisons filled so that lambda_max is smallest; it is convex in their logarithms."""
    rows, columns = np.nonzero(np.triu(np.isnan(given)))
    if not len(rows):
        return given
    start = _log_least_squares(given)
    logs = start[rows] - start[columns]

    def filled(logs: Floats) -> Floats:
        matrix = given.copy()
        matrix[rows, columns], matrix[columns, rows] = np.exp(logs), np.exp(-logs)
        return matrix

    matrix = filled(logs)
    top, right = _principal(matrix)
    for _ in range(2000):
        left = _principal(matrix.T)[1]
        # Half the log-ratio of the two one-sided derivatives: opposite in sign to the slope in every coordinate.
        step = 0.5 * np.log(left[columns] * right[rows] / (left[rows] * right[columns])) - logs
        if np.abs(step).max() < 1e-13:
            break
        for _ in range(40):
            trial = filled(logs + step)
            trial_top, trial_right = _principal(trial)
            if trial_top <= top + 1e-14 * top:
                break
            step = step / 2
        logs, matrix, top, right = logs + step, trial, trial_top, trial_right
    return matrix


def _log_least_squares(given: Floats) -> Floats:
    """Logarithms of weights that fit the known comparisons best; ValueError where these do not connect all criteria."""
    known = ~np.isnan(given)
    reached, frontier = {0}, [0]
    while frontier:
        for j in np.flatnonzero(known[frontier.pop()]).tolist():
            if j not in reached:
                reached.add(j)
                frontier.append(j)
    if len(reached) < len(given):
        apart = sorted(set(range(len(given))) - reached)
        raise ValueError(f"matrix, row {apart[0]}: no chain of comparisons connects it with row 0 (None)")
    laplacian = np.diag(known.sum(axis=1)).astype(float) - known
    return np.linalg.lstsq(laplacian, np.where(known, np.log(np.where(known, given, 1.0)), 0.0).sum(axis=1))[0]
