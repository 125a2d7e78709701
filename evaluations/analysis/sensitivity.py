"""What the result hangs on: how far each weight, score or metric can move before another candidate is first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from evaluations.analysis import cells as cell_tables
from evaluations.analysis import inputs, ranking, values
from evaluations.analysis.inputs import CLOSE, Floats
from evaluations.analysis.least_distance import least_distance

Side = Literal["at or above", "at or below"]


@dataclass(frozen=True)
class Change:
    """One change that makes the challenger first: move `kind` ("weight", "score" or "metric") of a candidate (None for
    a weight) and criterion from `now` to `tie`, where it ties, or beyond on `side`. A weight is a share 0..1 with the
    others scaled, a score is on 1..5, a metric in `unit`."""

    kind: Literal["weight", "score", "metric"]
    candidate: int | None
    criterion: int
    now: float | None
    tie: float
    side: Side
    unit: str = ""

    def rounded(self, step: float) -> float:
        """The nearest multiple of `step` to the tie that lies beyond it, on the winning side."""
        return round_beyond(self.tie, self.side, step)


@dataclass(frozen=True)
class WeightMove:
    """The smallest combined move of all weights that lets the challenger tie for the first place.

    `weights` sum to 1; `distance` is the length of the move; `moved` the share of weight that changes hands.
    """

    weights: Floats
    distance: float
    moved: float


@dataclass(frozen=True)
class WhatMustChange:
    """What must change for the challenger to be first instead of the leader. `weight_move` is None where no weights
    do."""

    leader: int
    challenger: int
    changes: list[Change]
    weight_move: WeightMove | None
    method: str = "what must change"
    variant: str = "one change at a time; all weights together by least distance"


@dataclass(frozen=True)
class Bar:
    """One bar of a tornado: the leader's lead over the best other with this cell at its low and at its high end."""

    candidate: int
    criterion: int
    at_low: float
    at_high: float

    @property
    def swing(self) -> float:
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True)
class Tornado:
    """The lead in value units with every cell at its mean, and how each uncertain cell moves it, the widest first."""

    leader: int
    lead: float
    bars: list[Bar]
    method: str = "tornado"
    variant: str = "one cell at a time, from its low to its high end"


def weight_interval(values: ArrayLike, weights: ArrayLike, criterion: int) -> tuple[float, float]:
    """The weight stability interval (low, high) of one criterion: while its weight lies there, the others scaled in
    proportion, the candidate that is first stays first. m x n values, n weights. Where several are first, the one
    listed first. ValueError for a criterion that does not exist."""
    table, shares = _checked(values, weights)
    j = inputs.index("criterion", criterion, table.shape[1])
    low, high = _intervals(table, shares, _leader(table @ shares))[j]
    return float(low), float(high)


def weight_intervals(values: ArrayLike, weights: ArrayLike) -> Floats:
    """`weight_interval` of every criterion at once: n x 2."""
    table, shares = _checked(values, weights)
    return _intervals(table, shares, _leader(table @ shares))


def break_even(values: ArrayLike, weights: ArrayLike, candidate: int, criterion: int) -> float | None:
    """The value v that this candidate needs (or may fall to) on this criterion to tie with the best other; None where
    the weight is 0, v lies outside 0..1, or there is no other. m x n values, n weights."""
    table, shares = _checked(values, weights)
    i = inputs.index("candidate", candidate, table.shape[0])
    j = inputs.index("criterion", criterion, table.shape[1])
    totals = table @ shares
    if shares[j] == 0 or len(totals) < 2:
        return None
    return _on_scale(float(table[i, j] + (np.delete(totals, i).max() - totals[i]) / shares[j]))


def smallest_weight_move(values: ArrayLike, weights: ArrayLike, candidate: int) -> WeightMove | None:
    """The weights nearest to the given ones (least squares) at which this candidate's total is at least every other's;
    None where no weights do that. m x n values, n weights."""
    table, shares = _checked(values, weights)
    i = inputs.index("candidate", candidate, table.shape[0])
    n = len(shares)
    leads = table[i] - np.delete(table, i, axis=0)
    if not len(leads) or (leads @ shares).min() >= 0:
        return WeightMove(shares, 0.0, 0.0)
    leads = leads / np.maximum(np.abs(leads).max(axis=1, keepdims=True), np.finfo(float).tiny)
    if n == 1:
        return None
    # Moves that keep the sum: an orthonormal basis of the vectors that sum to 0.
    basis = np.linalg.qr(np.column_stack([np.ones(n), np.eye(n)[:, :-1]]))[0][:, 1:]
    move = least_distance(np.vstack([basis, leads @ basis]), np.concatenate([-shares, -leads @ shares]))
    if move is None:
        return None
    step = basis @ move
    moved = np.maximum(shares + step, 0.0)
    return WeightMove(moved / moved.sum(), float(np.linalg.norm(step)), float(np.abs(step).sum()) / 2)


def what_must_change(
    scores: ArrayLike,
    weights: ArrayLike,
    challenger: int | None = None,
    metrics: Mapping[int, Mapping[str, Any]] | None = None,
    out: Iterable[int] = (),
) -> WhatMustChange | None:
    """What must change for the runner-up (or the named challenger) to be first; None where there is nobody to pass.

    `scores` m x n on 1..5, n weights, `out` the candidates that fail a must-have. `metrics`: per measured criterion
    {"points": [(x, score), ...], "unit": str, "now": [x or None per candidate]}. Changes that no single score, metric
    or weight can bring about are left out.
    """
    table = values.from_score(inputs.table("scores", scores))
    shares = inputs.weights(weights, table.shape[1])
    left_out = inputs.indices("out", out, len(table))
    totals = table @ shares
    kept = [i for i in range(len(table)) if i not in left_out]
    order = sorted(kept, key=lambda i: (ranking.ranks(totals, left_out)[i], i))
    if len(order) < 2:
        return None
    rival = order[1] if challenger is None else inputs.index("challenger", challenger, len(table))
    if rival == order[0] or rival in left_out:
        raise ValueError(f"challenger: {rival} is first already, or out")
    at = kept.index(rival)
    changes = _weight_changes(table[kept], shares, at)
    for criterion in range(len(shares)):
        for candidate, value in _score_ties(totals, table, shares, order, rival, criterion):
            now, metric = float(table[candidate, criterion]), (metrics or {}).get(criterion)
            changes += _as_changes(candidate, criterion, now, value, rival, metric)
    return WhatMustChange(order[0], rival, changes, smallest_weight_move(table[kept], shares, at))


def tornado(cells: cell_tables.Rows, weights: ArrayLike, out: Iterable[int] = ()) -> Tornado | None:
    """How each uncertain cell alone moves the lead: m x n cells, n weights; None where fewer than two candidates are
    in. Cells that cannot move the lead are left out."""
    found = cell_tables.table(cells)
    shares = inputs.weights(weights, found.columns)
    left_out = inputs.indices("out", out, found.rows)
    kept = [i for i in range(found.rows) if i not in left_out]
    if len(kept) < 2:
        return None
    totals = values.from_score(found.mean) @ shares
    leader = min(kept, key=lambda i: (ranking.ranks(totals, left_out)[i], i))
    others = [i for i in kept if i != leader]
    bars = []
    for i in kept:
        rest = max((totals[k] for k in others if k != i), default=-np.inf)
        for j in range(found.columns):
            ends = totals[i] + shares[j] / values.SPAN * (
                np.array([found.low[i, j], found.high[i, j]]) - found.mean[i, j]
            )
            leads = ends - totals[others].max() if i == leader else totals[leader] - np.maximum(ends, rest)
            if abs(leads[1] - leads[0]) > CLOSE:
                bars.append(Bar(i, j, float(leads[0]), float(leads[1])))
    bars.sort(key=lambda bar: (-bar.swing, bar.candidate, bar.criterion))
    return Tornado(leader, float(totals[leader] - totals[others].max()), bars)


def round_beyond(tie: float, side: Side, step: float) -> float:
    """The nearest multiple of `step` strictly beyond a tie, on the side where the challenger wins."""
    inputs.one_of("side", side, ("at or above", "at or below"))
    width = inputs.number("step", step)
    if width <= 0:
        raise ValueError(f"step: {width:g} is not positive")
    steps = inputs.number("tie", tie) / width
    count = np.floor(steps + 1e-9) + 1 if side == "at or above" else np.ceil(steps - 1e-9) - 1
    return float(round(count * width, 12))


def _checked(values: ArrayLike, weights: ArrayLike) -> tuple[Floats, Floats]:
    table = inputs.table("values", values)
    return table, inputs.weights(weights, table.shape[1])


def _leader(totals: Floats) -> int:
    slack = CLOSE * max(1.0, float(np.abs(totals).max()))
    return int(np.argmax(totals >= totals.max() - slack))


def _intervals(table: Floats, shares: Floats, candidate: int) -> Floats:
    """n x 2: the weights t of each criterion, the others scaled, at which no other's total exceeds the candidate's; NaN
    where there is none. At t the lead is the line (1 - t) R + t (v_ak - v_bk), with R the lead over the other criteria.
    """
    n = len(shares)
    leads = table[candidate] - table
    if n == 1:
        stays = leads.min() >= -CLOSE
        return np.array([[0.0, 1.0] if stays else [np.nan, np.nan]])
    rest = 1 - shares
    at_zero = (leads @ shares)[:, None] - leads * shares
    alone = rest <= CLOSE
    # A criterion that has all the weight leaves nothing to scale: the others then share equally.
    equally = (leads.sum(axis=1, keepdims=True) - leads) / (n - 1)
    at_zero = np.where(alone, equally, at_zero / np.where(alone, 1.0, rest))
    slack = CLOSE * max(1.0, float(np.abs(table).max()))
    at_zero = np.where(np.abs(at_zero) <= slack, 0.0, at_zero)
    at_one = np.where(np.abs(leads) <= slack, 0.0, leads)
    slope = at_one - at_zero
    crossing = -at_zero / np.where(slope == 0, 1.0, slope)
    low = np.where((at_zero < 0) & (slope > 0), crossing, np.where((at_zero < 0) & (at_one <= 0), np.inf, 0.0))
    high = np.where((at_one < 0) & (slope < 0), crossing, np.where((at_zero < 0) & (at_one < 0), -np.inf, 1.0))
    low, high = low.max(axis=0), high.min(axis=0)
    found = np.array([low, high]).T
    found[low > high + CLOSE] = np.nan
    return found


def _on_scale(value: float) -> float | None:
    """A value that is on 0..1 but for rounding, else None."""
    return min(max(value, 0.0), 1.0) if -CLOSE <= value <= 1 + CLOSE else None


def _weight_changes(table: Floats, shares: Floats, challenger: int) -> list[Change]:
    changes = []
    for j, (low, high) in enumerate(_intervals(table, shares, challenger).tolist()):
        if not high - low > CLOSE:
            continue  # a tie at most, at one end of the weight's range
        if low >= shares[j] - CLOSE:
            changes.append(Change("weight", None, j, float(shares[j]), low, "at or above"))
        elif high <= shares[j] + CLOSE:
            changes.append(Change("weight", None, j, float(shares[j]), high, "at or below"))
    return changes


def _score_ties(
    totals: Floats, table: Floats, shares: Floats, order: Sequence[int], rival: int, criterion: int
) -> list[tuple[int, float]]:
    """(candidate, value) at which the challenger ties: its own value raised, or the leader's lowered where the
    challenger is the best of the others; at an end of the scale it could only tie."""
    if shares[criterion] == 0:
        return []
    gap = float(totals[order[0]] - totals[rival]) / float(shares[criterion])
    raised, lowered = float(table[rival, criterion]) + gap, float(table[order[0], criterion]) - gap
    ties = [(rival, raised)] if raised < 1 - CLOSE else []
    return ties + ([(order[0], lowered)] if rival == order[1] and lowered > CLOSE else [])


def _as_changes(
    candidate: int, criterion: int, now: float, tie: float, challenger: int, metric: Mapping[str, Any] | None
) -> list[Change]:
    rising = candidate == challenger
    score, needed = float(values.to_score(now)), float(values.to_score(tie))
    changes = [Change("score", candidate, criterion, score, needed, "at or above" if rising else "at or below")]
    if metric is None:
        return changes
    points = metric["points"]
    # Past the whole of a flat stretch: on it the score only ties.
    x = values.inverse(points, needed, "most" if rising else "least")
    more_is_better = points[-1][1] >= points[0][1]
    side: Side = "at or above" if rising == more_is_better else "at or below"
    if x is not None and x != (points[-1][0] if side == "at or above" else points[0][0]):
        measured = metric.get("now")
        at_now = measured[candidate] if measured else None
        changes.append(Change("metric", candidate, criterion, at_now, x, side, metric.get("unit", "")))
    return changes
