"""The way on from an old system: what it would cost, what hurts, and the plan in increments."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db.models import Max

from evaluations.audit.actions import Entry, writing
from evaluations.candidates.access import check_can, check_is_writable
from evaluations.candidates.actions import Withdrawn
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.legacy.models import Increment, LegacyPlan
from evaluations.teams.access import Capability
from evaluations.teams.models import Person

PLAN_FIELDS = ("cost_low_days", "cost_high_days", "cost_source", "pain_points")
INCREMENT_FIELDS = ("moves", "effort_low_days", "effort_high_days", "risk", "risk_note", "rollback")


class PlanMoved(Exception):
    """Somebody changed the plan since it was read; `current` is how it stands (None: nothing is written yet)."""

    def __init__(self, current: LegacyPlan | None) -> None:
        super().__init__("Somebody else changed this in the meantime.")
        self.current = current


class IncrementMoved(Exception):
    """Somebody changed or removed the increment since it was read; `current` is how it stands."""

    def __init__(self, current: Increment) -> None:
        super().__init__("Somebody else changed this increment in the meantime.")
        self.current = current


class OrderMoved(Exception):
    """Increments came or went since the order was read."""


def describe(*, candidate: Candidate, said: Mapping[str, Any], seen: int, by: Person, at: datetime) -> LegacyPlan:
    """Write down cost and pain points; said: all of PLAN_FIELDS, days as person-days or None.

    seen: the version the person saw, 0 when there was none. Raises PlanMoved, ValidationError (by field), Refused,
    NotOpen.
    """
    with _writing(candidate, by, at) as entry:
        row = LegacyPlan.objects.select_for_update().filter(candidate=candidate).first()
        if (row.version if row else 0) != seen:
            raise PlanMoved(row)
        before = _facts(row, PLAN_FIELDS) if row else None
        row = row or LegacyPlan(candidate=candidate)
        _put(row, said, PLAN_FIELDS)
        row.full_clean(exclude=["candidate"], validate_unique=False)
        row.version = entry.record(
            "legacy.described",
            about={"candidate": candidate.pk},
            payload={"before": before, "after": _facts(row, PLAN_FIELDS)},
        )
        row.save()
        return row


def add_increment(*, candidate: Candidate, said: Mapping[str, Any], by: Person, at: datetime) -> Increment:
    """Add a step at the end of the plan; said: INCREMENT_FIELDS. Raises ValidationError, Refused, NotOpen."""
    with _writing(candidate, by, at) as entry:
        plan = LegacyPlan.objects.filter(candidate=candidate).first() or LegacyPlan(candidate=candidate)
        last = (
            Increment.objects.filter(plan=plan).aggregate(last=Max("position"))["last"]
            if not plan._state.adding
            else None
        )
        row = Increment(plan=plan, position=0 if last is None else last + 1, by=by, at=at)
        _put(row, said, INCREMENT_FIELDS)
        row.full_clean(exclude=["plan", "by", "removed_at"])
        row.version = entry.record(
            "legacy.increment_added",
            about={"candidate": candidate.pk},
            payload={"after": _facts(row, INCREMENT_FIELDS)},
        )
        if plan._state.adding:
            plan.version = row.version
            plan.save()
        row.plan = plan
        row.save()
        return row


def edit_increment(*, increment: Increment, said: Mapping[str, Any], seen: int, by: Person, at: datetime) -> Increment:
    """Change a step. Raises IncrementMoved, also where it was removed meanwhile; ValidationError, Refused, NotOpen."""
    with _writing(increment.plan.candidate, by, at) as entry:
        row = _locked(increment, seen)
        before = _facts(row, INCREMENT_FIELDS)
        _put(row, said, INCREMENT_FIELDS)
        row.full_clean(exclude=["plan", "by", "removed_at"])
        row.version = entry.record(
            "legacy.increment_edited",
            about={"candidate": increment.plan.candidate_id},
            payload={"before": before, "after": _facts(row, INCREMENT_FIELDS)},
        )
        row.save()
        return row


def remove_increment(*, increment: Increment, seen: int, by: Person, at: datetime) -> Increment:
    """Take a step out; it stays in the history. Raises IncrementMoved, Refused, NotOpen."""
    with _writing(increment.plan.candidate, by, at) as entry:
        row = _locked(increment, seen)
        row.removed_at = at
        row.version = entry.record(
            "legacy.increment_removed",
            about={"candidate": increment.plan.candidate_id},
            payload={"before": _facts(row, INCREMENT_FIELDS)},
        )
        row.save(update_fields=["removed_at", "version"])
        return row


def order_increments(*, candidate: Candidate, order: list[int], by: Person, at: datetime) -> None:
    """order: keys of all steps of the plan, first to last. Raises OrderMoved when those are not the steps, Refused."""
    with _writing(candidate, by, at) as entry:
        rows = Increment.objects.select_for_update(of=("self",)).filter(
            plan__candidate=candidate, removed_at__isnull=True
        )
        steps = {row.pk: row for row in rows}
        before = sorted(steps, key=lambda key: (steps[key].position, key))
        if sorted(order) != sorted(steps):
            raise OrderMoved("Increments were added or removed in the meantime: order them again.")
        entry.record(
            "legacy.increments_ordered",
            about={"candidate": candidate.pk},
            payload={"before": [steps[key].moves for key in before], "after": [steps[key].moves for key in order]},
        )
        for position, key in enumerate(order):
            steps[key].position = position
        Increment.objects.bulk_update(steps.values(), ["position"])


def copy_plan(*, origin: Candidate, candidate: Candidate, by: Person, at: datetime) -> None:
    """Give a candidate the plan of another one; nothing where that one has none."""
    plan = LegacyPlan.objects.filter(candidate=origin).first()
    if plan is None:
        return
    describe(candidate=candidate, said=_facts(plan, PLAN_FIELDS), seen=0, by=by, at=at)
    for step in Increment.objects.filter(plan=plan, removed_at__isnull=True).order_by("position", "pk"):
        add_increment(candidate=candidate, said=_facts(step, INCREMENT_FIELDS), by=by, at=at)


@contextmanager
def _writing(candidate: Candidate, by: Person, at: datetime) -> Iterator[Entry]:
    """One write about a candidate that stands, in an evaluation that takes writes, looked at under the lock."""
    check_can(Capability.CONTRIBUTE, by, candidate.evaluation)
    check_is_writable(candidate.evaluation)
    with writing(candidate.evaluation.log, by=by, at=at) as entry:
        check_is_writable(Evaluation.objects.select_for_update(of=("self",)).get(pk=candidate.evaluation_id))
        if Candidate.objects.select_for_update(of=("self",)).get(pk=candidate.pk).withdrawn_at is not None:
            raise Withdrawn
        yield entry


def _locked(increment: Increment, seen: int) -> Increment:
    row = Increment.objects.select_for_update(of=("self",)).get(pk=increment.pk)
    if row.version != seen or row.removed_at is not None:
        raise IncrementMoved(row)
    return row


def _put(row: LegacyPlan | Increment, said: Mapping[str, Any], fields: tuple[str, ...]) -> None:
    for name in fields:
        if name in said:
            value = said[name]
            setattr(row, name, value.strip() if isinstance(value, str) else value)


def _facts(row: LegacyPlan | Increment, fields: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in fields}
