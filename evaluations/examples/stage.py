"""What every step of an example works on, and the clock of its story."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.catalogue.scenario_entries import Scenario
from evaluations.examples.cast import Cast
from evaluations.requirements.models import Criterion, Requirement
from evaluations.requirements.queries import standing_criteria, standing_requirements
from evaluations.teams.models import Person

Row = TypeVar("Row", Candidate, Criterion, Requirement)

DAYS = 13
FIRST_HOUR = 9
BETWEEN = timedelta(seconds=20)


class Clock:
    """Moments of a story that was over before today: day 0 is thirteen days ago, each moment later than the last."""

    def __init__(self, created_at: datetime) -> None:
        self._first = created_at - timedelta(hours=FIRST_HOUR)
        self._now = created_at

    @classmethod
    def ending_before(cls, at: datetime) -> "Clock":
        day = at.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
        return cls(day + timedelta(hours=FIRST_HOUR))

    def turn_to(self, day: int, hour: int) -> None:
        self._now = max(self._now, self._first + timedelta(days=day, hours=hour))

    def tick(self) -> datetime:
        self._now += BETWEEN
        return self._now

    @property
    def now(self) -> datetime:
        return self._now


@dataclass
class Stage:
    """One scenario on its way into one evaluation. Rows are read anew, so that a broken-off load can go on."""

    scenario: Scenario
    evaluation: Evaluation
    cast: Cast
    clock: Clock

    @property
    def lead(self) -> Person:
        return self.cast.lead

    def person(self, handle: str) -> Person:
        return self.cast.people[handle]

    def candidates(self) -> dict[str, Candidate]:
        """By the scenario's key."""
        rows = {row.name: self._owned(row) for row in standing_candidates(self.evaluation)}
        return {each.key: rows[each.name] for each in self.scenario.candidates if each.name in rows}

    def criteria(self) -> dict[str, Criterion]:
        """By the catalogue's key."""
        return {row.key: self._owned(row) for row in standing_criteria(self.evaluation)}

    def requirements(self) -> dict[str, Requirement]:
        """By the scenario's key."""
        rows = {row.statement: self._owned(row) for row in standing_requirements(self.evaluation)}
        return {each.key: rows[each.statement] for each in self.scenario.requirements if each.statement in rows}

    def _owned(self, row: Row) -> Row:
        row.evaluation = self.evaluation
        return row
