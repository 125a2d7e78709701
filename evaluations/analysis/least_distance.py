"""The shortest vector that satisfies linear inequalities (Lawson & Hanson 1974, Solving Least Squares Problems)."""

import numpy as np

from evaluations.analysis.inputs import Floats


def least_distance(rows: Floats, bounds: Floats) -> Floats | None:
    """The shortest x with rows @ x >= bounds, or None where no x satisfies them. rows k x n, bounds k."""
    n = rows.shape[1]
    system = np.vstack([rows.T, bounds])
    wanted = np.zeros(n + 1)
    wanted[n] = 1.0
    residual = system @ non_negative_least_squares(system, wanted) - wanted
    if -residual[n] <= 1e-10:
        return None
    return -residual[:n] / residual[n]


def non_negative_least_squares(matrix: Floats, wanted: Floats) -> Floats:
    """u >= 0 that makes |matrix @ u - wanted| smallest, by the active set."""
    columns = matrix.shape[1]
    found, active = np.zeros(columns), np.zeros(columns, dtype=bool)
    scale = max(1.0, float(np.abs(matrix).max()))
    for _ in range(10 * columns):
        slope = matrix.T @ (wanted - matrix @ found)
        slope[active] = -np.inf
        if active.all() or slope.max() <= 1e-13 * scale:
            return found
        active[int(np.argmax(slope))] = True
        while True:
            trial = np.zeros(columns)
            trial[active] = np.linalg.lstsq(matrix[:, active], wanted)[0]
            negative = active & (trial <= 0)
            if not negative.any():
                found = trial
                break
            away = found[negative] - trial[negative]
            step = float(np.min(np.where(away > 0, found[negative] / np.where(away > 0, away, 1.0), 0.0)))
            found = found + step * (trial - found)
            active &= found > 1e-15
            found[~active] = 0.0
    return found
