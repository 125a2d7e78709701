from collections.abc import Callable
from datetime import datetime

from django.db.models import Max

from evaluations import catalogue
from evaluations.audit.actions import Entry, writing
from evaluations.candidates.access import check_can, check_is_writable
from evaluations.candidates.models import Evaluation
from evaluations.checklist.models import ChecklistItem
from evaluations.teams.access import Capability
from evaluations.teams.models import Person

followers: list[Callable[[Entry, Evaluation, str], None]] = []
"""What packages above compute anew inside the same write, given the evaluation and the phase whose list changed."""


class ItemMoved(Exception):
    """Somebody changed the item since it was read; `item` is how it stands now."""

    def __init__(self, item: ChecklistItem) -> None:
        super().__init__("Somebody else changed this item in the meantime.")
        self.item = item


class ReasonMissing(ValueError):
    def __init__(self) -> None:
        super().__init__("Say why it does not apply.")


def seed(entry: Entry, evaluation: Evaluation) -> None:
    """Put the catalogue's five checklists into a new evaluation; part of the evaluation's first write."""
    items = [
        ChecklistItem(
            evaluation=evaluation,
            phase=phase.key,
            key=item.key,
            text=item.text,
            evidence_asked=item.evidence,
            position=position,
        )
        for phase in catalogue.phases()
        for position, item in enumerate(phase.items)
    ]
    version = entry.record(
        "checklist.seeded",
        about={"evaluation": evaluation.pk},
        payload={"after": {phase.key: [item.key for item in phase.items] for phase in catalogue.phases()}},
    )
    for item in items:
        item.version = version
    ChecklistItem.objects.bulk_create(items)


def set_state(*, item: ChecklistItem, state: str, reason: str, seen: int, by: Person, at: datetime) -> ChecklistItem:
    """Mark an item open, done or not applicable. reason: where it was shown, or why it does not apply (then needed).

    seen: the item's version the form was drawn from. Raises ItemMoved, ReasonMissing, Refused, NotOpen.
    """
    check_can(Capability.CONTRIBUTE, by, item.evaluation)
    check_is_writable(item.evaluation)
    if state == ChecklistItem.State.NOT_APPLICABLE and not reason.strip():
        raise ReasonMissing
    with writing(item.evaluation.log, by=by, at=at) as entry:
        locked = ChecklistItem.objects.select_for_update().get(pk=item.pk)
        if locked.version != seen:
            raise ItemMoved(locked)
        before = {"state": locked.state, "reason": locked.reason}
        locked.state, locked.reason = state, reason.strip()
        locked.version = entry.record(
            "checklist.state_set",
            about={"item": locked.pk},
            payload={
                "phase": locked.phase,
                "before": before,
                "after": {"state": locked.state, "reason": locked.reason},
            },
        )
        locked.save()
        for follow in followers:
            follow(entry, item.evaluation, locked.phase)
        return locked


def add_item(
    *, evaluation: Evaluation, phase: str, text: str, evidence_asked: str = "", by: Person, at: datetime
) -> ChecklistItem:
    """Add the team's own item at the end of a phase's list. Raises Refused, NotOpen."""
    check_can(Capability.CONTRIBUTE, by, evaluation)
    check_is_writable(evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        last = ChecklistItem.objects.filter(evaluation=evaluation, phase=phase).aggregate(last=Max("position"))["last"]
        made = ChecklistItem.objects.create(
            evaluation=evaluation,
            phase=phase,
            text=text,
            evidence_asked=evidence_asked,
            position=0 if last is None else last + 1,
        )
        made.version = entry.record(
            "checklist.item_added",
            about={"item": made.pk},
            payload={"phase": phase, "before": None, "after": {"text": text, "evidence_asked": evidence_asked}},
        )
        made.save(update_fields=["version"])
        for follow in followers:
            follow(entry, evaluation, phase)
        return made
