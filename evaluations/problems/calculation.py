"""A problem on its way through the methods, and how every figure says how it came about."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from evaluations.analysis import cells
from evaluations.problems.schema import Problem


@dataclass(frozen=True)
class Calculation:
    """A problem with the draws and the seed that every drawn figure of it uses."""

    problem: Problem
    draws: int
    seed: int

    @cached_property
    def cells(self) -> cells.CellTable:
        return cells.table([[each.cell for each in row] for row in self.problem.ratings])

    @cached_property
    def kept(self) -> list[int]:
        """The rows of the candidates that fail no must-have."""
        return [i for i in range(len(self.problem.candidates)) if i not in self.problem.out]

    @cached_property
    def names(self) -> list[str]:
        return [criterion.name for criterion in self.problem.criteria]

    def candidate(self, row: int | None) -> str | None:
        return None if row is None else self.problem.candidates[row]

    def candidates(self, rows: Sequence[int]) -> list[str]:
        return [self.problem.candidates[row] for row in rows]

    def by_criterion(self, numbers: Sequence[float] | np.ndarray) -> dict[str, float | None]:
        return {name: number(x) for name, x in zip(self.names, numbers, strict=True)}

    def cell(self, candidate: int | None, criterion: int) -> dict[str, Any]:
        return {"candidate": self.candidate(candidate), "criterion": self.names[criterion]}


def named(found: Any) -> dict[str, Any]:
    """How a figure came about: method and variant, and draws, seed and error where something was drawn."""
    told = {"method": found.method, "variant": found.variant}
    if getattr(found, "draws", None):
        told |= {name: getattr(found, name) for name in ("draws", "seed", "error") if hasattr(found, name)}
    return told


def number(x: float) -> float | None:
    return float(x) if math.isfinite(x) else None
