"""What may be said about the winner: named only when it is first in at least half of the draws."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from evaluations.analysis import acceptability, inputs, ranking
from evaluations.analysis import cells as cell_tables
from evaluations.analysis.choices import DRAWS, ENOUGH, SEED
from evaluations.analysis.inputs import Floats

State = Literal[
    "no candidates",
    "no criteria",
    "no weights",
    "all out",
    "one candidate",
    "nothing known",
    "tie",
    "too early",
    "leader",
]


@dataclass(frozen=True)
class Verdict:
    """`state` says which sentence is true. `leader` is set for "leader" and "one candidate" only; `front` is whoever
    has the largest expected total (several in a tie), `runner_up` the next, `share` the part of draws in which the
    first of `front` is first, `shares` everyone's. `unknown` of `cells` cells of candidates that are in are unknown."""

    state: State
    leader: int | None = None
    front: list[int] = field(default_factory=list)
    runner_up: int | None = None
    share: float | None = None
    shares: Floats | None = None
    unknown: int = 0
    cells: int = 0
    error: float | None = None
    draws: int | None = None
    seed: int | None = None
    method: str = "verdict"
    variant: str = "additive value; cells vary, weights fixed; named from half of the draws"


def verdict(
    cells: cell_tables.Rows,
    weights: ArrayLike | None,
    draws: int = DRAWS,
    seed: int = SEED,
    out: Iterable[int] = (),
) -> Verdict:
    """The verdict over m x n cells (no rows, or rows without cells, are states too) and n weights (None, or all 0: not
    weighed yet); `out` are candidates that fail a must-have."""
    if not isinstance(cells, cell_tables.CellTable):
        if not len(cells):
            return Verdict("no candidates")
        if not len(cells[0]):
            return Verdict("no criteria")
    found = cell_tables.table(cells)
    left_out = inputs.indices("out", out, found.rows)
    kept = [i for i in range(found.rows) if i not in left_out]
    total = len(kept) * found.columns
    unknown = sum(cell.kind == "unknown" for i in kept for cell in found.cells[i])
    if not kept:
        return Verdict("all out")
    if weights is None or not np.any(inputs.vector("weights", weights, found.columns)):
        return Verdict("no weights", unknown=unknown, cells=total)
    if len(kept) == 1:
        return Verdict("one candidate", kept[0], kept, unknown=unknown, cells=total)
    placed = ranking.additive(found, weights, left_out)
    front = [i for i in placed.order if placed.ranks[i] == 1]
    chance = acceptability.first_shares(found, weights, draws, seed, left_out)
    share = float(chance.shares[front[0]])
    if unknown == total:
        state: State = "nothing known"
    elif len(front) > 1:
        state = "tie"
    else:
        state = "leader" if share >= ENOUGH else "too early"
    return Verdict(
        state=state,
        leader=front[0] if state == "leader" else None,
        front=front,
        runner_up=next((i for i in placed.order if i not in front), None),
        share=share,
        shares=chance.shares,
        unknown=unknown,
        cells=total,
        error=chance.error,
        draws=chance.draws,
        seed=chance.seed,
    )
