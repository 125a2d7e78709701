"""Value functions: from a metric in its own unit to a value or a score, and back."""

from collections.abc import Sequence
from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike

from evaluations.analysis import inputs
from evaluations.analysis.inputs import Floats

SCALE_LOW, SCALE_HIGH = 1.0, 5.0
SPAN = SCALE_HIGH - SCALE_LOW
Points = Sequence[tuple[float, float]] | Sequence[Sequence[float]] | Floats
Outside = Literal["clip", "extrapolate"]


def from_score(score: ArrayLike) -> Floats:
    """Scores on the scale 1..5 as values 0..1, any shape."""
    return (np.asarray(score, dtype=np.float64) - SCALE_LOW) / SPAN


def to_score(value: ArrayLike) -> Floats:
    """Values 0..1 as scores on the scale 1..5, any shape."""
    return SCALE_LOW + SPAN * np.asarray(value, dtype=np.float64)


@overload
def piecewise_linear(points: Points, x: float, outside: Outside = ...) -> float: ...
@overload
def piecewise_linear(points: Points, x: Sequence[float] | Floats, outside: Outside = ...) -> Floats: ...
def piecewise_linear(points: Points, x: ArrayLike, outside: Outside = "clip") -> float | Floats:
    """The value at x of the function through `points` = [(x, v), ...], ascending in x; x a number or an array.

    Beyond the first and last point the value stays (`clip`) or goes on along the outermost line (`extrapolate`).
    Returns a float for a number, else an array of x's shape. ValueError for fewer than two points, points that do not
    ascend, NaN or infinity, and an unknown name.
    """
    xs, vs = _checked(points)
    inputs.one_of("outside", outside, ("clip", "extrapolate"))
    scalar = np.ndim(x) == 0
    flat = np.array([inputs.number("x", x)]) if scalar else np.asarray(x, dtype=np.float64)
    if not np.isfinite(flat).all():
        at = tuple(int(k) for k in np.argwhere(~np.isfinite(flat))[0])
        raise ValueError(f"x, at {at}: {flat[at]} is not a finite number")
    found = np.interp(flat, xs, vs)
    if outside == "extrapolate":
        first = vs[0] + (flat - xs[0]) * ((vs[1] - vs[0]) / (xs[1] - xs[0]))
        last = vs[-1] + (flat - xs[-1]) * ((vs[-1] - vs[-2]) / (xs[-1] - xs[-2]))
        found = np.where(flat < xs[0], first, np.where(flat > xs[-1], last, found))
    return float(found[0]) if scalar else found


def inverse(points: Points, v: float, asking: Literal["least", "most"] = "least") -> float | None:
    """The x at which the function through `points` takes the value v; None where it never does.

    Where several x do, the one that asks least: the smallest for a function that ends higher than it begins (the more
    the better), the largest for one that ends lower (latency); or, by name, the one that asks most.
    """
    xs, vs = _checked(points)
    wanted = inputs.number("v", v)
    slack = inputs.CLOSE * max(1.0, float(np.abs(vs).max()))
    inputs.one_of("asking", asking, ("least", "most"))
    if (vs[-1] < vs[0]) == (asking == "least"):
        xs, vs = xs[::-1], vs[::-1]
    for x0, x1, v0, v1 in zip(xs[:-1], xs[1:], vs[:-1], vs[1:], strict=True):
        if abs(wanted - v0) <= slack:
            return float(x0)
        if min(v0, v1) < wanted < max(v0, v1):
            return float(x0 + (wanted - v0) / (v1 - v0) * (x1 - x0))
    return float(xs[-1]) if abs(wanted - vs[-1]) <= slack else None


def _checked(points: Points) -> tuple[Floats, Floats]:
    found = inputs.table("points", points, columns=2)
    if len(found) < 2:
        raise ValueError(f"points: {len(found)} given where at least 2 are needed")
    rises = np.diff(found[:, 0]) > 0
    if not rises.all():
        row = int(np.flatnonzero(~rises)[0]) + 1
        raise ValueError(f"points, row {row}, column 0: {found[row, 0]:g} does not lie above the row before")
    return found[:, 0], found[:, 1]
