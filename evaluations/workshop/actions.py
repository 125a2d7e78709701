"""The workshop's clock. Only a lead steers it, naming the version seen: two leads never skip a step."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from evaluations.audit.actions import Entry, writing
from evaluations.audit.queries import is_behind
from evaluations.candidates.access import check_can, check_is_writable
from evaluations.candidates.models import Evaluation
from evaluations.teams.access import Capability
from evaluations.teams.models import Person
from evaluations.workshop.models import Workshop
from evaluations.workshop.steps import LAST, STEPS

EXTRA_MINUTES = 5
MOST_EXTRA_MINUTES = 120


class WorkshopMoved(Exception):
    """The workshop was steered meanwhile, which makes a second press do nothing; `workshop` is how it stands now."""

    def __init__(self, workshop: Workshop, *, by_oneself: bool) -> None:
        super().__init__(f"{'You' if by_oneself else 'Somebody else'} moved the workshop a moment ago.")
        self.workshop = workshop


class NotNow(ValueError):
    """The clock cannot do that in its present state."""


def start(*, evaluation: Evaluation, by: Person, at: datetime) -> Workshop:
    """Begin with the first step; a workshop that ended begins anew. Raises NotNow while one is going on, Refused."""
    _begin(evaluation, by)
    with writing(evaluation.log, by=by, at=at) as entry:
        row = Workshop.objects.select_for_update().filter(evaluation=evaluation).first()
        if row and row.ended_at is None:
            raise NotNow("The workshop is going on already.")
        row = row or Workshop(evaluation=evaluation)
        row.started_at, row.started_by, row.step_started_at = at, by, at
        row.step, row.extra_minutes, row.paused_at, row.ended_at = 0, 0, None, None
        row.version = entry.record("workshop.started", about={}, payload={"after": STEPS[0].key})
        row.save()
        return row


def go_to_step(*, workshop: Workshop, step: int, seen: int, by: Person, at: datetime) -> Workshop:
    """Begin a step (0..5) with its full time. Raises WorkshopMoved, NotNow for a step that does not exist, Refused."""
    with _steering(workshop, seen, by, at) as (entry, row):
        if not 0 <= step <= LAST:
            raise NotNow("There is no such step.")
        before = row.current.key
        row.step, row.step_started_at, row.extra_minutes, row.paused_at = step, at, 0, None
        row.version = entry.record(
            "workshop.step_begun",
            about={},
            payload={"before": before, "after": row.current.key, "title": row.current.title},
        )
        return row


def pause(*, workshop: Workshop, seen: int, by: Person, at: datetime) -> Workshop:
    with _steering(workshop, seen, by, at) as (entry, row):
        if row.paused_at is not None:
            raise NotNow("The clock stands already.")
        row.paused_at = at
        row.version = entry.record("workshop.paused", about={}, payload=_left(row, at))
        return row


def resume(*, workshop: Workshop, seen: int, by: Person, at: datetime) -> Workshop:
    """Go on with what was left of the step when it was paused. Raises NotNow when the clock is running."""
    with _steering(workshop, seen, by, at) as (entry, row):
        if row.paused_at is None:
            raise NotNow("The clock is running already.")
        left = _left(row, at)
        row.step_started_at += at - row.paused_at
        row.paused_at = None
        row.version = entry.record("workshop.resumed", about={}, payload=left)
        return row


def extend(*, workshop: Workshop, seen: int, by: Person, at: datetime, minutes: int = EXTRA_MINUTES) -> Workshop:
    """Give the step more minutes; two hours more at the most. Raises NotNow, WorkshopMoved, Refused."""
    with _steering(workshop, seen, by, at) as (entry, row):
        if minutes < 1 or row.extra_minutes + minutes > MOST_EXTRA_MINUTES:
            raise NotNow("A step cannot be that long: go on to the next one.")
        row.extra_minutes += minutes
        row.version = entry.record("workshop.extended", about={}, payload={"minutes": minutes, "step": row.current.key})
        return row


def end(*, workshop: Workshop, seen: int, by: Person, at: datetime) -> Workshop:
    with _steering(workshop, seen, by, at) as (entry, row):
        row.ended_at, row.paused_at = at, None
        row.version = entry.record("workshop.ended", about={}, payload={"before": row.current.key})
        return row


@contextmanager
def _steering(workshop: Workshop, seen: int, by: Person, at: datetime) -> Iterator[tuple[Entry, Workshop]]:
    _begin(workshop.evaluation, by)
    with writing(workshop.evaluation.log, by=by, at=at) as entry:
        row = Workshop.objects.select_for_update().get(pk=workshop.pk)
        if row.version != seen:
            raise WorkshopMoved(row, by_oneself=is_behind(workshop.evaluation.log, row.version, by))
        if row.ended_at is not None:
            raise NotNow("The workshop has ended. Start it again to go on.")
        yield entry, row
        row.save()


def _begin(evaluation: Evaluation, by: Person) -> None:
    check_can(Capability.LEAD, by, evaluation)
    check_is_writable(evaluation)


def _left(row: Workshop, at: datetime) -> dict[str, Any]:
    return {"step": row.current.key, "seconds_left": round(row.left(at).total_seconds())}
