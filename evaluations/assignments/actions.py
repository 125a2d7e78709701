import re
from datetime import date, datetime

from evaluations.assignments.models import Assignment
from evaluations.audit.actions import writing
from evaluations.candidates.access import can, check_can, check_is_writable
from evaluations.candidates.models import Evaluation
from evaluations.teams.access import Capability, Refused
from evaluations.teams.models import Person

SUBJECT = re.compile(
    r"(cell:\d+:\d+|requirement:\d+|verdict:\d+:\d+|item:\d+|phase:(requirements|spikes|ecosystem|teamfit|readiness))"
)


class AssignmentMoved(Exception):
    """Somebody assigned, or settled, the same thing meanwhile; `assignment` is how it stands now, None when settled."""

    def __init__(self, assignment: Assignment | None) -> None:
        super().__init__("Somebody else changed this assignment in the meantime.")
        self.assignment = assignment


class UnknownSubject(ValueError):
    def __init__(self, subject: str) -> None:
        super().__init__(f"{subject!r} names nothing that can be assigned.")


class OwnerIsOutside(ValueError):
    def __init__(self) -> None:
        super().__init__("Only somebody who takes part in the evaluation can own this.")


def assign(
    *,
    evaluation: Evaluation,
    subject: str,
    title: str,
    owner: Person,
    due_date: date | None,
    seen: int,
    by: Person,
    at: datetime,
) -> Assignment:
    """Give something left open an owner and a due date; what is assigned already changes hands.

    subject: "cell:<candidate>:<criterion>", "requirement:<id>", "verdict:<requirement>:<candidate>", "item:<id>" or
    "phase:<key>". seen: version of the open assignment the form was drawn from, 0 when there was none.
    Raises AssignmentMoved, UnknownSubject, OwnerIsOutside, Refused, NotOpen.
    """
    check_can(Capability.CONTRIBUTE, by, evaluation)
    check_is_writable(evaluation)
    if not is_known(subject, evaluation):
        raise UnknownSubject(subject)
    if not can(Capability.READ, owner, evaluation):
        raise OwnerIsOutside
    with writing(evaluation.log, by=by, at=at) as entry:
        found = Assignment.objects.select_for_update().filter(
            evaluation=evaluation, subject=subject, done_at__isnull=True
        )
        row = found.first()
        if (row.version if row else 0) != seen:
            raise AssignmentMoved(row)
        before = _described(row) if row else None
        row = row or Assignment(evaluation=evaluation, subject=subject)
        row.title, row.owner, row.due_date = title, owner, due_date
        row.save()
        row.version = entry.record(
            "assignments.assigned",
            about={"assignment": row.pk, "person": owner.pk},
            payload={"subject": subject, "before": before, "after": _described(row)},
        )
        row.save(update_fields=["version"])
        return row


def is_known(subject: str, evaluation: Evaluation) -> bool:
    """Whether the subject names something of this very evaluation."""
    if not SUBJECT.fullmatch(subject):
        return False
    kind, *keys = subject.split(":")
    if kind == "phase":
        return True
    places = {
        "cell": (evaluation.candidates, evaluation.criteria),
        "verdict": (evaluation.requirements, evaluation.candidates),
        "requirement": (evaluation.requirements,),
        "item": (evaluation.checklist_items,),
    }[kind]
    return all(len(key) < 19 and place.filter(pk=key).exists() for place, key in zip(places, keys, strict=True))


def finish(*, assignment: Assignment, by: Person, at: datetime) -> Assignment:
    """Settle it: the owner, or anybody who contributes. Raises AssignmentMoved when it was settled before, Refused."""
    check_can_finish(by, assignment)
    check_is_writable(assignment.evaluation)
    with writing(assignment.evaluation.log, by=by, at=at) as entry:
        row = Assignment.objects.select_for_update(of=("self",)).select_related("owner").get(pk=assignment.pk)
        if row.done_at is not None:
            raise AssignmentMoved(None)
        row.done_at = at
        row.version = entry.record(
            "assignments.finished",
            about={"assignment": row.pk, "person": row.owner_id},
            payload={"subject": row.subject, "before": _described(row), "after": None},
        )
        row.save()
        return row


def check_can_finish(person: Person, assignment: Assignment) -> None:
    if assignment.owner_id == person.pk:
        check_can(Capability.READ, person, assignment.evaluation)
    elif not can(Capability.CONTRIBUTE, person, assignment.evaluation):
        raise Refused("Its owner, a contributor or a lead says when this is done.")


def can_finish(person: Person, assignment: Assignment) -> bool:
    try:
        check_can_finish(person, assignment)
    except Refused:
        return False
    return True


def _described(row: Assignment) -> dict[str, object]:
    return {"title": row.title, "owner": row.owner_id, "due_date": row.due_date}
