"""Phase 1 writes: requirements, votes, criteria, weights. Every action is one transaction with one or more events."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max

from evaluations import catalogue
from evaluations.audit.actions import Entry, writing
from evaluations.candidates.access import check_can, check_is_writable
from evaluations.candidates.models import Evaluation
from evaluations.requirements.models import AgreedWeight, Criterion, Requirement, RequirementVote, WeightOpinion
from evaluations.rounds.actions import RoundIsRevealed, current_round
from evaluations.rounds.models import Round
from evaluations.teams.access import Capability
from evaluations.teams.models import Person

VOTES_EACH = 3
TOP_COUNT = 3
REQUIREMENT_FIELDS = ("kind", "statement", "quantity", "unit", "must_have", "source", "verification")
CRITERION_FIELDS = ("name", "question", "group", "anchor_1", "anchor_3", "anchor_5", "cost_hours")


class Moved(Exception):
    """Someone changed the same thing meanwhile. `current` is what stands now; the caller keeps what was typed."""

    def __init__(self, current: Any) -> None:
        super().__init__("This was changed by someone else while you were editing it.")
        self.current = current


class TooManyVotes(ValueError):
    """More votes than a member has."""


class NotExactlyThree(ValueError):
    """The top requirements are exactly three (or all of them while there are fewer)."""


class UnknownCriterion(ValueError):
    """An answer names a criterion that is not one of the evaluation's."""


def _begin(evaluation: Evaluation, by: Person, capability: Capability = Capability.CONTRIBUTE) -> None:
    check_can(capability, by, evaluation)
    check_is_writable(evaluation)


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
    _begin(evaluation, by)
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
        row.full_clean(exclude=["criteria"])
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
    _begin(requirement.evaluation, by)
    with writing(requirement.evaluation.log, by=by, at=at) as entry:
        row = Requirement.objects.select_for_update().get(pk=requirement.pk)
        _check_seen(row, seen)
        before = _facts(row, REQUIREMENT_FIELDS) | {"criteria": sorted(row.criteria.values_list("pk", flat=True))}
        for name in REQUIREMENT_FIELDS:
            if name in changes:
                setattr(row, name, changes[name])
        row.full_clean(exclude=["criteria"])
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
    _begin(requirement.evaluation, by)
    with writing(requirement.evaluation.log, by=by, at=at) as entry:
        row = Requirement.objects.select_for_update().get(pk=requirement.pk)
        _check_seen(row, seen)
        row.removed_at, row.is_top = at, False
        row.version = entry.record(
            "requirements.requirement_removed",
            about={"requirement": row.pk},
            payload={"before": {"statement": row.statement}},
        )
        row.save()
        return row


def vote(*, evaluation: Evaluation, requirements: Iterable[Requirement], by: Person, at: datetime) -> Round:
    """Cast one's votes (at most three) in the open round, instead of those cast before. Raises TooManyVotes."""
    _begin(evaluation, by, Capability.RATE)
    chosen = sorted({row.pk for row in requirements})
    if len(chosen) > VOTES_EACH:
        raise TooManyVotes(f"You have {VOTES_EACH} votes; take back {len(chosen) - VOTES_EACH}.")
    with writing(evaluation.log, by=by, at=at) as entry:
        round = current_round(entry, evaluation=evaluation, subject=Round.Subject.VOTES, by=by, at=at)
        standing = Requirement.objects.standing().filter(evaluation=evaluation, pk__in=chosen)
        before = list(RequirementVote.objects.filter(round=round, person=by).values_list("requirement_id", flat=True))
        RequirementVote.objects.filter(round=round, person=by).delete()
        RequirementVote.objects.bulk_create(
            RequirementVote(round=round, requirement=row, person=by) for row in standing
        )
        entry.record(
            "requirements.voted",
            about={"round": round.pk},
            payload={"before": sorted(before), "after": chosen},
            sealed_by=round.seal,
        )
        return round


def set_top(*, evaluation: Evaluation, requirements: Iterable[Requirement], by: Person, at: datetime) -> None:
    """The lead fixes the top three: as voted, ties broken. Raises NotExactlyThree."""
    _begin(evaluation, by, Capability.LEAD)
    with writing(evaluation.log, by=by, at=at) as entry:
        standing = Requirement.objects.select_for_update().standing().filter(evaluation=evaluation)
        chosen = {row.pk for row in requirements} & {row.pk for row in standing}
        wanted = min(TOP_COUNT, len(standing))
        if len(chosen) != wanted:
            raise NotExactlyThree(f"Mark exactly {wanted} requirements as top; you marked {len(chosen)}.")
        before = sorted(row.pk for row in standing if row.is_top)
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
    cost_hours: Decimal | None = None,
) -> Criterion:
    """Add a criterion from the catalogue (a text given here replaces the catalogue's) or one of the team's own."""
    _begin(evaluation, by)
    with writing(evaluation.log, by=by, at=at) as entry:
        known = catalogue.criterion(key) if key else None
        row = Criterion(
            evaluation=evaluation,
            key=key,
            name=name or (known.name if known else ""),
            question=question or (known.question if known else ""),
            group=group or (known.group if known else ""),
            anchor_1=anchor_1 or (known.anchors.one if known else ""),
            anchor_3=anchor_3 or (known.anchors.three if known else ""),
            anchor_5=anchor_5 or (known.anchors.five if known else ""),
            position=_next_position(Criterion.objects.filter(evaluation=evaluation)),
        )
        hours = cost_hours or (known.hours if known else None)
        if hours:
            row.cost_hours = Decimal(str(hours))
        row.full_clean()
        row.save()
        row.version = entry.record(
            "requirements.criterion_added",
            about={"criterion": row.pk},
            payload={"after": _facts(row, CRITERION_FIELDS) | {"key": key}},
        )
        row.save(update_fields=["version"])
        return row


def edit_criterion(
    *, criterion: Criterion, seen: int, changes: Mapping[str, Any], by: Person, at: datetime
) -> Criterion:
    """Change some of CRITERION_FIELDS. Raises Moved."""
    _begin(criterion.evaluation, by)
    with writing(criterion.evaluation.log, by=by, at=at) as entry:
        row = Criterion.objects.select_for_update().get(pk=criterion.pk)
        _check_seen(row, seen)
        before = _facts(row, CRITERION_FIELDS)
        for name in CRITERION_FIELDS:
            if name in changes:
                setattr(row, name, changes[name])
        row.full_clean()
        row.version = entry.record(
            "requirements.criterion_edited",
            about={"criterion": row.pk},
            payload={"before": before, "after": _facts(row, CRITERION_FIELDS)},
        )
        row.save()
        return row


def remove_criterion(*, criterion: Criterion, seen: int, by: Person, at: datetime) -> Criterion:
    """Take a criterion out; the other agreed weights keep their proportions. Raises Moved."""
    _begin(criterion.evaluation, by)
    with writing(criterion.evaluation.log, by=by, at=at) as entry:
        row = Criterion.objects.select_for_update().get(pk=criterion.pk)
        _check_seen(row, seen)
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


def give_weights(
    *, evaluation: Evaluation, method: str, answers: Mapping[str, Any], by: Person, at: datetime
) -> WeightOpinion:
    """One member's own weights in the open round. Raises UnknownCriterion, ValueError (all points zero, negative).

    answers by method: ordering {"order": [criterion ids]}, swing and points {"points": {criterion id: number}}.
    """
    _begin(evaluation, by, Capability.RATE)
    with writing(evaluation.log, by=by, at=at) as entry:
        round = current_round(entry, evaluation=evaluation, subject=Round.Subject.WEIGHTS, by=by, at=at)
        shares = shares_of(method, answers, set(_standing_ids(evaluation)))
        opinion, _ = WeightOpinion.objects.get_or_create(
            round=round, person=by, defaults={"method": method, "answers": {}, "shares": {}}
        )
        before = {"method": opinion.method, "shares": opinion.shares} if opinion.version else None
        opinion.method, opinion.answers, opinion.shares = method, dict(answers), shares
        opinion.version = entry.record(
            "requirements.weights_given",
            about={"round": round.pk},
            payload={"before": before, "after": {"method": method, "shares": shares}},
            sealed_by=round.seal,
        )
        opinion.save()
        return opinion


def shares_of(method: str, answers: Mapping[str, Any], criteria: set[int]) -> dict[str, float]:
    """Weights (sum 1) from one member's answers: {criterion id as text: share}.

    Ordering gives rank-order centroid weights (Barron & Barrett 1996), swing and points give p_j / sum p.
    Raises UnknownCriterion for an id that is not in `criteria` or is missing, ValueError for useless points.
    """
    from evaluations.analysis import weights as weighing  # NumPy: not needed to start the page process

    if method == WeightOpinion.Method.ORDERING:
        order = [int(pk) for pk in answers["order"]]
        if sorted(order) != sorted(criteria):
            raise UnknownCriterion("Put every criterion of this evaluation in order, each once.")
        centroid = weighing.rank_order_centroid(len(order))
        return {str(pk): float(share) for pk, share in zip(order, centroid, strict=True)}
    points = {int(pk): float(value) for pk, value in answers["points"].items()}
    if set(points) - criteria:
        raise UnknownCriterion("Give points to criteria of this evaluation only.")
    ids = sorted(criteria)
    normalised = weighing.normalise([points.get(pk, 0.0) for pk in ids])
    return {str(pk): float(share) for pk, share in zip(ids, normalised, strict=True)}


def agree_weights(
    *, evaluation: Evaluation, shares: Mapping[int, Any], method: str, seen: int, by: Person, at: datetime
) -> None:
    """The lead fixes the team's weights. shares: {criterion id: number >= 0}, divided by their sum.

    seen: the newest version among the agreed weights that the lead saw (0 when none). Raises Moved, UnknownCriterion.
    """
    from evaluations.analysis import weights as weighing  # NumPy: not needed to start the page process

    _begin(evaluation, by, Capability.LEAD)
    with writing(evaluation.log, by=by, at=at) as entry:
        ids = _standing_ids(evaluation)
        if set(shares) != set(ids):
            raise UnknownCriterion("Give every criterion a weight; 0 is one too.")
        existing = {row.criterion_id: row for row in _agreed_rows(evaluation).select_for_update(of=("self",))}
        newest = max((row.version for row in existing.values()), default=0)
        if newest != seen:
            raise Moved({row.criterion_id: row.share for row in existing.values()})
        normalised = weighing.normalise([float(shares[pk]) for pk in ids])
        after = {pk: Decimal(str(round(float(share), 8))) for pk, share in zip(ids, normalised, strict=True)}
        revision = entry.record(
            "requirements.weights_agreed",
            about={},
            payload={
                "before": {str(pk): row.share for pk, row in existing.items()},
                "after": {str(pk): share for pk, share in after.items()},
                "method": method,
            },
        )
        for pk, share in after.items():
            AgreedWeight.objects.update_or_create(
                criterion_id=pk, defaults={"share": share, "method": method, "version": revision}
            )


def check_round_is_open(round: Round) -> None:
    if round.is_revealed:
        raise RoundIsRevealed("This round was revealed already.")


def _agreed_rows(evaluation: Evaluation) -> Any:
    return AgreedWeight.objects.filter(criterion__evaluation=evaluation, criterion__removed_at__isnull=True)


def _standing_ids(evaluation: Evaluation) -> list[int]:
    return list(Criterion.objects.standing().filter(evaluation=evaluation).order_by("pk").values_list("pk", flat=True))


def _own_criteria(evaluation: Evaluation, criteria: Iterable[Criterion]) -> list[Criterion]:
    chosen = list(criteria)
    if any(c.evaluation_id != evaluation.pk for c in chosen):
        raise UnknownCriterion("A criterion of another evaluation can't be used here.")
    return chosen


def _check_seen(row: Any, seen: int) -> None:
    if row.version != seen:
        raise Moved(row)
