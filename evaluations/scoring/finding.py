"""Find out next: which missing piece of evidence is worth an afternoon."""

from dataclasses import dataclass

from evaluations.candidates.models import Candidate
from evaluations.requirements.models import Criterion
from evaluations.requirements.queries import evidence_kinds
from evaluations.scoring.queries import Cell
from evaluations.scoring.standing import Standing, distribution

SPAN = 4.0
"""From value units (the whole scale is 1) to points on the scale 1..5."""


@dataclass(frozen=True)
class Finding:
    """One cell worth finding out: points of expected total per hour, and the chance that it changes the winner."""

    candidate: Candidate
    criterion: Criterion
    cell: Cell
    hours: float
    chance: float
    per_hour: float

    @property
    def subject(self) -> str:
        """The assignment's subject."""
        return f"cell:{self.candidate.pk}:{self.criterion.pk}"

    @property
    def found_out_by(self) -> str:
        """What the hours go into; empty where nobody said."""
        kind = self.criterion.evidence_kind
        return evidence_kinds().get(kind, "") if kind else ""

    @property
    def title(self) -> str:
        return f"{self.criterion.name}, {self.candidate.name}"


@dataclass(frozen=True)
class FindOutNext:
    """Cells by what they bring per hour, the most first; `stop`: none reaches the limit, so decide.

    compares: False where fewer than two candidates are left, so that nothing could change the order.
    """

    items: list[Finding]
    stop: bool
    limit: float
    compares: bool = True


def find_out_next(standing: Standing) -> FindOutNext:
    """At the weights in use, over the cells that are not certain (Raiffa & Schlaifer 1961: EVPPI per hour of cost)."""
    matrix = standing.matrix
    if len([row for row in standing.rows if row.rank]) < 2:
        return FindOutNext([], stop=False, limit=0.0, compares=False)
    from evaluations.analysis import information  # NumPy: not needed to start the page process

    cells = [[distribution(matrix.cell(c, k)) for k in matrix.criteria] for c in matrix.candidates]
    weights = [matrix.weights.shares[k.pk] for k in matrix.criteria]
    hours = [[matrix.hours[k.pk] for k in matrix.criteria] for _ in matrix.candidates]
    out = [i for i, candidate in enumerate(matrix.candidates) if candidate.pk in matrix.out]
    found = information.find_out_next(cells, weights, hours=hours, limit=matrix.limit_per_hour / SPAN, out=out)
    items = [
        Finding(
            candidate=matrix.candidates[item.candidate],
            criterion=matrix.criteria[item.criterion],
            cell=matrix.cell(matrix.candidates[item.candidate], matrix.criteria[item.criterion]),
            hours=item.hours,
            chance=item.winner_changes,
            per_hour=item.per_hour * SPAN,
        )
        for item in found.items
    ]
    return FindOutNext(items, found.stop, found.limit * SPAN)
