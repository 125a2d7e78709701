"""Weights: each member's own, blind until the reveal, and the team's, agreed by the lead."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from evaluations.audit.actions import writing
from evaluations.candidates.models import Evaluation
from evaluations.requirements import pairs
from evaluations.requirements.actions import Moved, UnknownCriterion, begin
from evaluations.requirements.models import AgreedWeight, Criterion, WeightOpinion
from evaluations.rounds.actions import current_round
from evaluations.rounds.models import Round
from evaluations.teams.access import Capability
from evaluations.teams.models import Person

BEST_SWING = 100
MOST_POINTS = 1000


def give_weights(
    *,
    evaluation: Evaluation,
    method: str,
    answers: Mapping[str, Any],
    by: Person,
    at: datetime,
    seen: int | None = None,
) -> WeightOpinion:
    """One member's own weights in the open round. seen: as in `current_round`.

    Raises UnknownCriterion, RoundIsRevealed, ValueError (all points zero, one negative, no swing of 100).

    answers by method: ordering {"order": [criterion ids]}, swing and points {"points": {criterion id: number}},
    pairwise {"comparisons": {"a:b": 1/9..9}}; these may be incomplete as long as they tie all criteria together.
    """
    begin(evaluation, by, Capability.RATE)
    with writing(evaluation.log, by=by, at=at) as entry:
        round = current_round(entry, evaluation=evaluation, subject=Round.Subject.WEIGHTS, by=by, at=at, seen=seen)
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

    Ordering gives rank-order centroid weights (Barron & Barrett 1996), swing and points give p_j / sum p, the largest
    swing being 100; pairs the principal eigenvector (Saaty 1977). Raises UnknownCriterion for an id that is not in
    `criteria` or is missing, ValueError for points that say nothing and pairs that do not tie all criteria together.
    """
    from evaluations.analysis import weights as weighing  # NumPy: not needed to start the page process

    if method == WeightOpinion.Method.ORDERING:
        order = [int(pk) for pk in answers["order"]]
        if sorted(order) != sorted(criteria):
            raise UnknownCriterion("Put every criterion of this evaluation in order, each once.")
        centroid = weighing.rank_order_centroid(len(order))
        return {str(pk): float(share) for pk, share in zip(order, centroid, strict=True)}
    if method == WeightOpinion.Method.PAIRWISE:
        return {str(pk): share for pk, share in pairs.shares_from(sorted(criteria), answers["comparisons"]).items()}
    points = {int(pk): float(value) for pk, value in answers["points"].items()}
    if set(points) - criteria:
        raise UnknownCriterion("Give points to criteria of this evaluation only.")
    ids = sorted(criteria)
    given = [points.get(pk, 0.0) for pk in ids]
    _check_points(given, method)
    normalised = weighing.normalise(given)
    return {str(pk): float(share) for pk, share in zip(ids, normalised, strict=True)}


def _check_points(given: list[float], method: str) -> None:
    if any(not 0 <= value <= MOST_POINTS for value in given):
        raise ValueError(f"Points go from 0 to {MOST_POINTS}.")
    if not any(given):
        raise ValueError("Give at least one criterion more than 0.")
    if method == WeightOpinion.Method.SWING and max(given) != BEST_SWING:
        raise ValueError(f"Give the swing you value most exactly {BEST_SWING}, and the others less or the same.")


def agree_weights(
    *, evaluation: Evaluation, shares: Mapping[int, Any], method: str, seen: int, by: Person, at: datetime
) -> None:
    """The lead fixes the team's weights. shares: {criterion id: number >= 0}, divided by their sum.

    seen: the newest version among the agreed weights that the lead saw (0 when none). Raises Moved, UnknownCriterion.
    """
    from evaluations.analysis import weights as weighing  # NumPy: not needed to start the page process

    begin(evaluation, by, Capability.LEAD)
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


def _agreed_rows(evaluation: Evaluation) -> Any:
    return AgreedWeight.objects.filter(criterion__evaluation=evaluation, criterion__removed_at__isnull=True)


def _standing_ids(evaluation: Evaluation) -> list[int]:
    return list(Criterion.objects.standing().filter(evaluation=evaluation).order_by("pk").values_list("pk", flat=True))
