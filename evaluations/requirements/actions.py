"""Requirements, votes and criteria. Every action is one transaction; weights stand in `weighing.py`."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max

from evaluations import catalogue
from evaluations.audit.actions import Entry, writing
from evaluations.candidates.access import check_can, check_is_writable
from evaluations.candidates.models import Evaluation
from evaluations.requirements.models import Criterion, Requirement, RequirementVote
from evaluations.rounds.actions import current_round
from evaluations.rounds.models import Round
from evaluations.teams.access import Capability
from evaluations.teams.models import Person

VOTES_EACH = 3
TOP_COUNT = 3
REQUIREMENT_FIELDS = ("kind", "statement", "quantity", "unit", "must_have", "source", "verification")
CRITERION_FIELDS = ("name", "question", "group", "anchor_1", "anchor_3", "anchor_5", "evidence_kind", "cost_hours")
NOT_TYPED = ("evaluation", "removed_at", "version")


class Moved(Exception):
    """Someone changed the same thing meanwhile. `current` is what stands now; the caller keeps what was typed."""

    def __init__(self, current: Any) -> None:
        super().__init__("This was changed by someone else while you were editing it.")
        self.current = current


class TooManyVotes(ValueError):
    """More votes than a member has."""


class NotExactlyThree(ValueError):
    """The top requirements are exactly three (or all of them while there are fewer)."""


class OrderMoved(Exception):
    """Criteria came or went since the order was read."""


class UnknownCriterion(ValueError):
    """An answer names a criterion that is not one of the evaluation's."""


def begin(evaluation: Evaluation, by: Person, capability: Capability = Capability.CONTRIBUTE) -> None:
    check_can(capability, by, evaluation)
    check_is_writable(evaluation)


def check_row(row: Requirement | Criterion) -> None:
    """Raises ValidationError. Fields nobody types are left out, but not from the constraints that name them."""
    row.clean_fields(exclude=NOT_TYPED)
    row.validate_constraints()


def _facts(row: Any, fields: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in fields}


def _next_position(rows: Any) -> int:
    return (rows.aggregate(last=Max("position"))["last"] or 0) + 1


def add_requirement(
    *,
    evaluation: Evaluation,
    kind: str,
    statement: str,
    by: Person,
    at: datetime,
    quantity: Decimal | None = None,
    unit: str = "",
    must_have: bool = False,
    source: str = "",
    verification: str = "",
    criteria: Iterable[Criterion] = (),
) -> Requirement:
    """Write down what the service needs; `criteria` are those it is weighed by."""
    begin(evaluation, by)
    with writing(evaluation.log, by=by, at=at) as entry:
        row = Requirement(
            evaluation=evaluation,
            kind=kind,
            statement=statement,
            quantity=quantity,
            unit=unit,
            must_have=must_have,
            source=source,
            verification=verification,
            position=_next_position(Requirement.objects.filter(evaluation=evaluation)),
        )
        check_row(row)
        row.save()
        chosen = _own_criteria(evaluation, criteria)
        row.criteria.set(chosen)
        row.version = entry.record(
            "requirements.requirement_added",
            about={"requirement": row.pk},
            payload={"after": _facts(row, REQUIREMENT_FIELDS) | {"criteria": [c.pk for c in chosen]}},
        )
        row.save(update_fields=["version"])
        return row


def edit_requirement(
    *, requirement: Requirement, seen: int, changes: Mapping[str, Any], by: Person, at: datetime
) -> Requirement:
    """Change some of REQUIREMENT_FIELDS and/or "criteria". Raises Moved when it was changed after revision `seen`."""
    begin(requirement.evaluation, by)
    with writing(requirement.evaluation.log, by=by, at=at) as entry:
        row = Requirement.objects.select_for_update().get(pk=requirement.pk)
        check_seen(row, seen)
        before = _facts(row, REQUIREMENT_FIELDS) | {"criteria": sorted(row.criteria.values_list("pk", flat=True))}
        for name in REQUIREMENT_FIELDS:
            if name in changes:
                setattr(row, name, changes[name])
        check_row(row)
        if "criteria" in changes:
            row.criteria.set(_own_criteria(row.evaluation, changes["criteria"]))
        after = _facts(row, REQUIREMENT_FIELDS) | {"criteria": sorted(row.criteria.values_list("pk", flat=True))}
        row.version = entry.record(
            "requirements.requirement_edited",
            about={"requirement": row.pk},
            payload={"before": before, "after": after},
        )
        row.save()
        return row


def remove_requirement(*, requirement: Requirement, seen: int, by: Person, at: datetime) -> Requirement:
    """Take a requirement out; its history stays. Raises Moved."""
    begin(requirement.evaluation, by)
    with writing(requirement.evaluation.log, by=by, at=at) as entry:
        row = Requirement.objects.select_for_update().get(pk=requirement.pk)
        check_seen(row, seen)
        row.removed_at, row.is_top = at, False
        row.version = entry.record(
            "requirements.requirement_removed",
            about={"requirement": row.pk},
            payload={"before": {"statement": row.statement}},
        )
        row.save()
        return row


def vote(
    *, evaluation: Evaluation, requirements: Iterable[Requirement], by: Person, at: datetime, seen: int | None = None
) -> Round:
    """Cast one's votes (at most three) in the open round, instead of those cast before.

    seen: as in `current_round`. Raises TooManyVotes, RoundIsRevealed.
    """
    begin(evaluation, by, Capability.RATE)
    chosen = sorted({row.pk for row in requirements})
    if len(chosen) > VOTES_EACH:
        raise TooManyVotes(f"You have {VOTES_EACH} votes; take back {len(chosen) - VOTES_EACH}.")
    with writing(evaluation.log, by=by, at=at) as entry:
        round = current_round(entry, evaluation=evaluation, subject=Round.Subject.VOTES, by=by, at=at, seen=seen)
        standing = list(Requirement.objects.standing().filter(evaluation=evaluation, pk__in=chosen).order_by("pk"))
        before = list(RequirementVote.objects.filter(round=round, person=by).values_list("requirement_id", flat=True))
        RequirementVote.objects.filter(round=round, person=by).delete()
        RequirementVote.objects.bulk_create(
            RequirementVote(round=round, requirement=row, person=by) for row in standing
        )
        entry.record(
            "requirements.voted",
            about={"round": round.pk},
            payload={"before": sorted(before), "after": [row.pk for row in standing]},
            sealed_by=round.seal,
        )
        return round


def set_top(
    *,
    evaluation: Evaluation,
    requirements: Iterable[Requirement],
    by: Person,
    at: datetime,
    seen: Iterable[int] | None = None,
) -> None:
    """The lead fixes the top three: as voted, ties broken. Raises NotExactlyThree, Moved.

    seen: ids of those that were top when the lead chose; None not to ask.
    """
    begin(evaluation, by, Capability.LEAD)
    with writing(evaluation.log, by=by, at=at) as entry:
        standing = Requirement.objects.select_for_update().standing().filter(evaluation=evaluation)
        chosen = {row.pk for row in requirements} & {row.pk for row in standing}
        wanted = min(TOP_COUNT, len(standing))
        if len(chosen) != wanted:
            raise NotExactlyThree(f"Mark exactly {wanted} requirements as top; you marked {len(chosen)}.")
        before = sorted(row.pk for row in standing if row.is_top)
        if seen is not None and sorted(seen) != before:
            raise Moved([row for row in standing if row.is_top])
        revision = entry.record("requirements.top_set", about={}, payload={"before": before, "after": sorted(chosen)})
        for row in standing:
            if row.is_top != (row.pk in chosen):
                row.is_top, row.version = row.pk in chosen, revision
                row.save(update_fields=["is_top", "version"])


def add_criterion(
    *,
    evaluation: Evaluation,
    by: Person,
    at: datetime,
    key: str = "",
    name: str = "",
    question: str = "",
    group: str = "",
    anchor_1: str = "",
    anchor_3: str = "",
    anchor_5: str = "",
    evidence_kind: str = "",
    cost_hours: Decimal | None = None,
) -> Criterion:
    """Add a criterion from the catalogue (a text given here replaces the catalogue's) or one of the team's own.

    Raises KeyError for an unknown key, ValidationError where the name is taken or missing.
    """
    begin(evaluation, by)
    typed = {"name": name, "question": question, "group": group, "evidence_kind": evidence_kind}
    anchors = {"anchor_1": anchor_1, "anchor_3": anchor_3, "anchor_5": anchor_5}
    with writing(evaluation.log, by=by, at=at) as entry:
        return _add_criterion(entry, evaluation, key, typed | anchors, cost_hours)


def add_criteria(*, evaluation: Evaluation, keys: Iterable[str], by: Person, at: datetime) -> list[Criterion]:
    """Add several criteria of the catalogue in one write. Raises KeyError, ValidationError; then none is added."""
    begin(evaluation, by)
    with writing(evaluation.log, by=by, at=at) as entry:
        return [_add_criterion(entry, evaluation, key, {}, None) for key in keys]


def _add_criterion(
    entry: Entry, evaluation: Evaluation, key: str, typed: Mapping[str, str], cost_hours: Decimal | None
) -> Criterion:
    row = Criterion(
        evaluation=evaluation, key=key, position=_next_position(Criterion.objects.filter(evaluation=evaluation))
    )
    for name, value in (_of_the_catalogue(key) if key else {}).items():
        setattr(row, name, value)
    for name, value in typed.items():
        if value:
            setattr(row, name, value)
    if cost_hours:
        row.cost_hours = cost_hours
    check_row(row)
    row.save()
    row.version = entry.record(
        "requirements.criterion_added",
        about={"criterion": row.pk},
        payload={"after": _facts(row, CRITERION_FIELDS) | {"key": key}},
    )
    row.save(update_fields=["version"])
    return row


def _of_the_catalogue(key: str) -> dict[str, Any]:
    known = catalogue.criterion(key)
    usual = catalogue.evidence_kind(known.evidence).hours
    return {
        "name": known.name,
        "question": known.question,
        "group": known.group,
        "anchor_1": known.anchors.one,
        "anchor_3": known.anchors.three,
        "anchor_5": known.anchors.five,
        "evidence_kind": known.evidence,
        "cost_hours": None if known.hours == usual else Decimal(str(known.hours)),
    }


def order_criteria(*, evaluation: Evaluation, order: list[int], by: Person, at: datetime) -> None:
    """order: ids of all standing criteria, first to last. Raises OrderMoved when that is not what stands."""
    begin(evaluation, by)
    with writing(evaluation.log, by=by, at=at) as entry:
        standing = {
            row.pk: row for row in Criterion.objects.standing().select_for_update().filter(evaluation=evaluation)
        }
        if sorted(order) != sorted(standing):
            raise OrderMoved("Criteria were added or removed in the meantime: order them again.")
        before = sorted(standing, key=lambda pk: (standing[pk].position, pk))
        entry.record("requirements.criteria_ordered", about={}, payload={"before": before, "after": order})
        for position, pk in enumerate(order, 1):
            standing[pk].position = position
        Criterion.objects.bulk_update(standing.values(), ["position"])


def edit_criterion(
    *, criterion: Criterion, seen: int, changes: Mapping[str, Any], by: Person, at: datetime
) -> Criterion:
    """Change some of CRITERION_FIELDS. Raises Moved."""
    begin(criterion.evaluation, by)
    with writing(criterion.evaluation.log, by=by, at=at) as entry:
        row = Criterion.objects.select_for_update().get(pk=criterion.pk)
        check_seen(row, seen)
        before = _facts(row, CRITERION_FIELDS)
        for name in CRITERION_FIELDS:
            if name in changes:
                setattr(row, name, changes[name])
        check_row(row)
        row.version = entry.record(
            "requirements.criterion_edited",
            about={"criterion": row.pk},
            payload={"before": before, "after": _facts(row, CRITERION_FIELDS)},
        )
        row.save()
        return row


def remove_criterion(*, criterion: Criterion, seen: int, by: Person, at: datetime) -> Criterion:
    """Take a criterion out; the other agreed weights keep their proportions. Raises Moved."""
    begin(criterion.evaluation, by)
    with writing(criterion.evaluation.log, by=by, at=at) as entry:
        row = Criterion.objects.select_for_update().get(pk=criterion.pk)
        check_seen(row, seen)
        row.removed_at = at
        row.version = entry.record(
            "requirements.criterion_removed", about={"criterion": row.pk}, payload={"before": {"name": row.name}}
        )
        row.save()
        row.requirements.clear()
        return row


def set_basis(entry: Entry, *, criterion: Criterion, basis: str) -> int:
    """For scoring alone, which holds the open entry: judged or measured."""
    before, criterion.basis = criterion.basis, basis
    criterion.version = entry.record(
        "requirements.basis_set", about={"criterion": criterion.pk}, payload={"before": before, "after": basis}
    )
    criterion.save(update_fields=["basis", "version"])
    return criterion.version


def _own_criteria(evaluation: Evaluation, criteria: Iterable[Criterion]) -> list[Criterion]:
    chosen = list(criteria)
    if any(c.evaluation_id != evaluation.pk for c in chosen):
        raise UnknownCriterion("A criterion of another evaluation can't be used here.")
    return chosen


def check_seen(row: Any, seen: int) -> None:
    if row.version != seen:
        raise Moved(row)
