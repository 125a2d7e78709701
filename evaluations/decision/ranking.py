"""Where the chosen candidate stands in the ranking, and on which criteria another one is better."""

from dataclasses import dataclass

from evaluations.candidates.models import Candidate
from evaluations.requirements.models import Criterion
from evaluations.scoring.standing import LEVEL, Standing, StandingRow, VerdictKind

SMALLEST = 0.005
"""Shortfalls below this vanish in a total shown to two decimals."""
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@dataclass(frozen=True)
class Place:
    """Whether the choice goes against the ranking, and the sentence that says how it stands."""

    is_against: bool
    note: str


@dataclass(frozen=True)
class Shortfall:
    """One criterion on which another candidate is better.

    points: of the total on 1..5, the criterion's weight times the difference of the two values. own, best: the values;
    own is None where the chosen candidate's cell is unknown, and counts as the middle of the scale.
    """

    criterion: Criterion
    other: Candidate
    points: float
    own: float | None
    best: float | None

    @property
    def words(self) -> str:
        """As it is offered: "Learning time: Django is better, 4.0 against 2.5."."""
        values = f"{_value(self.best)} against {_value(self.own)}"
        return f"{self.criterion.name}: {self.other.name} is better, {values}."


def place_of(standing: Standing, candidate: Candidate) -> Place:
    """Against the ranking is whoever is out by a must-have, or behind another by more than LEVEL."""
    row = standing.by_candidate.get(candidate.pk)
    if row is None:
        return Place(True, f"{candidate.name} does not stand in the comparison.") if standing.rows else _no_ranking()
    if row.out:
        return Place(True, f"{candidate.name} {row.out_in_words}: {row.out[0].reason}")
    first = next(one for one in standing.ranked if one.rank is not None)
    behind = first.expected - row.expected
    if behind < LEVEL:
        return Place(False, _ahead(standing, row))
    left = sum(one.rank is not None for one in standing.rows)
    note = f"{candidate.name} is {_ordinal(row.rank or 0)} of {left}, {behind:.2f} behind {first.candidate.name}."
    return Place(True, f"{note} {_early(standing)}".strip())


def shortfalls_of(standing: Standing, candidate: Candidate) -> list[Shortfall]:
    """Criteria on which another candidate that is still in does better, what costs the total most first."""
    own = standing.by_candidate.get(candidate.pk)
    others = [row for row in standing.rows if row.rank is not None and row.candidate.pk != candidate.pk]
    if own is None or not others:
        return []
    found = []
    for criterion in standing.matrix.criteria:
        best = max(others, key=lambda row: row.contributions[criterion.pk])
        points = best.contributions[criterion.pk] - own.contributions[criterion.pk]
        if points >= SMALLEST:
            found.append(
                Shortfall(
                    criterion=criterion,
                    other=best.candidate,
                    points=points,
                    own=standing.matrix.cell(candidate, criterion).value,
                    best=standing.matrix.cell(best.candidate, criterion).value,
                )
            )
    return sorted(found, key=lambda one: (-one.points, one.criterion.position, one.criterion.pk))


def _ahead(standing: Standing, row: StandingRow) -> str:
    verdict = standing.verdict
    if verdict.kind == VerdictKind.TOO_EARLY:
        return f"{row.candidate.name} is ahead at present. {verdict.sentence}"
    return verdict.sentence


def _early(standing: Standing) -> str:
    return standing.verdict.sentence if standing.verdict.kind == VerdictKind.TOO_EARLY else ""


def _no_ranking() -> Place:
    return Place(False, "There is no ranking: nothing was compared.")


def _ordinal(rank: int) -> str:
    return ORDINALS[rank - 1] if 0 < rank <= len(ORDINALS) else f"number {rank}"


def _value(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1f}"
