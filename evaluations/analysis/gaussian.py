"""The normal distribution and the unit normal loss, without SciPy."""

import math
from functools import lru_cache

import numpy as np

from evaluations.analysis.inputs import Floats

SQRT_2, SQRT_2PI = math.sqrt(2.0), math.sqrt(2.0 * math.pi)
_erfc = np.frompyfunc(math.erfc, 1, 1)


def density(z: Floats | float) -> Floats:
    """phi(z)."""
    return np.exp(-0.5 * np.square(z)) / SQRT_2PI


def below(z: Floats | float) -> Floats:
    """Phi(z), accurate in the lower tail."""
    return np.asarray(0.5 * _erfc(np.negative(z) / SQRT_2), dtype=np.float64)


def loss(z: Floats) -> Floats:
    """Unit normal loss L(z) = phi(z) - z (1 - Phi(z)) = E[max(Z - z, 0)] (Raiffa & Schlaifer 1961)."""
    return np.maximum(density(z) - z * below(np.negative(z)), 0.0)


def scalar_density(z: float) -> float:
    return math.exp(-0.5 * z * z) / SQRT_2PI


def scalar_below(z: float) -> float:
    return 0.5 * math.erfc(-z / SQRT_2)


def scalar_loss(z: float) -> float:
    return max(scalar_density(z) - z * scalar_below(-z), 0.0)


@lru_cache(maxsize=1)
def gauss_legendre() -> tuple[Floats, Floats]:
    """Ten nodes and weights on 0..1."""
    nodes, weights = np.polynomial.legendre.leggauss(10)
    return (nodes + 1) / 2, weights / 2


def expected_largest(mean: Floats, sd: Floats) -> float:
    """E[max] of independent normal variables, sd 0 allowed, by integrating 1 - prod F over panels of one deviation."""
    lifted = float(np.max(mean - 10 * sd))
    random = sd > 0
    if not random.any():
        return lifted
    mu, sigma = mean[random], sd[random]
    edges = (mu[:, None] + sigma[:, None] * np.arange(-10.0, 11.0)).ravel()
    edges = np.unique(np.concatenate([[lifted], edges[edges > lifted]]))
    nodes, weights = gauss_legendre()
    widths = np.diff(edges)
    x = edges[:-1, None] + widths[:, None] * nodes
    together = np.ones_like(x)
    for centre, deviation in zip(mu, sigma, strict=True):
        z = (x - centre) / deviation
        near = z < 9
        together[near] *= below(z[near])
    return lifted + float(((1 - together) @ weights) @ widths)
