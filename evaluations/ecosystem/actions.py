"""Phase 3 writes: what the service needs, and what covers it for each candidate; measured scores follow in place."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Max

from evaluations.audit.actions import Entry, writing
from evaluations.candidates.access import check_can, check_is_writable
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.ecosystem.models import Need, PackageChoice
from evaluations.ecosystem.remeasuring import remeasure
from evaluations.requirements.models import Criterion
from evaluations.scoring import actions as scoring
from evaluations.scoring.models import ValueFunction
from evaluations.teams.access import Capability
from evaluations.teams.models import Person

NEED_FIELDS = ("kind", "own_kind", "name", "note", "is_required", "async_needed")
CHECKS = ("maintained", "stable", "supports_async", "release_history", "issue_tracker", "community")
"""What is looked at of each package by hand; each has a field of its name and one for its note."""
PACKAGE_FIELDS = (
    "package",
    "package_version",
    *CHECKS,
    *(f"{check}_note" for check in CHECKS),
    "issue_days",
    "verdict",
    "note",
    "dealbreaker",
    "dealbreaker_reason",
    "evidence_url",
    "looked_date",
)


class NeedMoved(Exception):
    """Someone changed or removed the need meanwhile. `current` is how it stands."""

    def __init__(self, current: Need) -> None:
        super().__init__("Someone changed this need while you were editing it.")
        self.current = current


class PackageMoved(Exception):
    """Someone said what covers the need meanwhile. `current` is what stands (None: nothing yet)."""

    def __init__(self, current: PackageChoice | None) -> None:
        super().__init__("Someone changed this while you were editing it.")
        self.current = current


class NotOfThisEvaluation(ValueError):
    """Need and candidate must stand in the same evaluation."""


def add_need(
    *,
    evaluation: Evaluation,
    kind: str,
    name: str,
    by: Person,
    at: datetime,
    own_kind: str = "",
    note: str = "",
    is_required: bool = True,
    async_needed: bool = False,
) -> Need:
    """Say that the service needs something from outside. own_kind: for kind "own", and only then.

    Raises ValidationError, Refused, NotOpen.
    """
    _begin(evaluation, by)
    row = Need(evaluation=evaluation, kind=kind, is_required=is_required, async_needed=async_needed)
    row.name, row.own_kind, row.note = name.strip(), own_kind.strip(), note.strip()
    row.full_clean(exclude=["evaluation", "removed_at"])
    with writing(evaluation.log, by=by, at=at) as entry:
        last = Need.objects.filter(evaluation=evaluation).aggregate(last=Max("position"))["last"]
        row.position = 0 if last is None else last + 1
        row.save()
        row.version = entry.record(
            "ecosystem.need_added", about={"need": row.pk}, payload={"after": _facts(row, NEED_FIELDS)}
        )
        row.save(update_fields=["version"])
        remeasure(entry, evaluation=evaluation)
        return row


def edit_need(*, need: Need, seen: int, changes: Mapping[str, Any], by: Person, at: datetime) -> Need:
    """Change a need; changes: of NEED_FIELDS. Raises NeedMoved, also where it was removed; ValidationError, Refused."""
    evaluation = need.evaluation
    _begin(evaluation, by)
    with writing(evaluation.log, by=by, at=at) as entry:
        row = _locked_need(need, seen)
        before = _facts(row, NEED_FIELDS)
        for name, value in _known(changes, NEED_FIELDS).items():
            setattr(row, name, value.strip() if isinstance(value, str) else value)
        row.full_clean(exclude=["evaluation", "removed_at"])
        row.version = entry.record(
            "ecosystem.need_edited",
            about={"need": row.pk},
            payload={"before": before, "after": _facts(row, NEED_FIELDS)},
        )
        row.save()
        remeasure(entry, evaluation=evaluation)
        return row


def remove_need(*, need: Need, seen: int, by: Person, at: datetime) -> Need:
    """Take a need out, with its dealbreakers; all of it stays in the history. Raises NeedMoved, Refused."""
    evaluation = need.evaluation
    _begin(evaluation, by)
    with writing(evaluation.log, by=by, at=at) as entry:
        row = _locked_need(need, seen)
        row.removed_at = at
        row.version = entry.record(
            "ecosystem.need_removed", about={"need": row.pk}, payload={"before": _facts(row, NEED_FIELDS)}
        )
        row.save(update_fields=["removed_at", "version"])
        remeasure(entry, evaluation=evaluation)
        return row


def set_package(
    *, need: Need, candidate: Candidate, seen: int, by: Person, at: datetime, **facts: Any
) -> PackageChoice:
    """Say what covers a need for a candidate; facts: of PACKAGE_FIELDS, what is left out goes back to unknown.

    seen: the version that the person saw, 0 when there was none. Verdict "missing" means that no package was found and
    asks for a note. Raises PackageMoved, ValidationError (by field), NotOfThisEvaluation, Refused, NotOpen.
    """
    evaluation = need.evaluation
    _begin(evaluation, by)
    if candidate.evaluation_id != evaluation.pk or candidate.withdrawn_at:
        raise NotOfThisEvaluation("Choose a candidate that stands in this evaluation.")
    with writing(evaluation.log, by=by, at=at) as entry:
        if Need.objects.select_for_update().get(pk=need.pk).removed_at:
            raise NotOfThisEvaluation("Somebody took this need out in the meantime.")
        row = PackageChoice.objects.select_for_update().filter(need=need, candidate=candidate).first()
        if (row.version if row else 0) != seen:
            raise PackageMoved(row)
        before = _facts(row, PACKAGE_FIELDS) if row else None
        row = _filled(row or PackageChoice(need=need, candidate=candidate), facts)
        row.by, row.at, row.version = by, at, entry.next_revision
        row.full_clean(exclude=["need", "candidate", "by"], validate_unique=False)
        row.version = _recorded(entry, row, before)
        row.save()
        remeasure(entry, evaluation=evaluation)
        return row


def set_value_function(*, criterion: Criterion, by: Person, at: datetime, **function: Any) -> ValueFunction:
    """As scoring.actions.set_value_function; the criterion's measured scores follow within the same write."""

    def follow(entry: Entry, row: ValueFunction) -> None:
        remeasure(entry, evaluation=criterion.evaluation, only=row)

    return scoring.set_value_function(criterion=criterion, by=by, at=at, then=follow, **function)


def _begin(evaluation: Evaluation, by: Person) -> None:
    check_can(Capability.CONTRIBUTE, by, evaluation)
    check_is_writable(evaluation)


def _locked_need(need: Need, seen: int) -> Need:
    row = Need.objects.select_for_update().get(pk=need.pk)
    if row.version != seen or row.removed_at:
        raise NeedMoved(row)
    return row


def _filled(row: PackageChoice, facts: Mapping[str, Any]) -> PackageChoice:
    known, nothing = _known(facts, PACKAGE_FIELDS), PackageChoice()
    for name in PACKAGE_FIELDS:
        value = known.get(name, getattr(nothing, name))
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    return row


def _recorded(entry: Entry, row: PackageChoice, before: Mapping[str, Any] | None) -> int:
    """Leaves the events of the change, the one about a dealbreaker apart; returns the number of the last."""
    about = {"need": row.need_id, "candidate": row.candidate_id}
    after = _facts(row, PACKAGE_FIELDS)
    number = entry.record("ecosystem.package_set", about=about, payload={"before": before, "after": after})
    was, now = _dealbreaker(before), _dealbreaker(after)
    if was == now:
        return number
    kind = "ecosystem.dealbreaker_lifted" if now is None else "ecosystem.dealbreaker_called"
    return entry.record(kind, about=about, payload={"before": was, "after": now})


def _dealbreaker(facts: Mapping[str, Any] | None) -> dict[str, str] | None:
    """What pages say of it where it rules a candidate out: they redraw when this changes."""
    if not facts or not facts["dealbreaker"]:
        return None
    return {"package": facts["package"], "reason": facts["dealbreaker_reason"]}


def _facts(row: Any, names: Sequence[str]) -> dict[str, Any]:
    facts = {name: getattr(row, name) for name in names}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in facts.items()}


def _known(facts: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    unknown = set(facts) - set(names)
    if unknown:
        raise TypeError(f"phase 3 knows no {', '.join(sorted(unknown))}")
    return dict(facts)
