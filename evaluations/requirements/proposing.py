"""Weights that one member tried and puts before the team; the lead may take them over."""

from collections.abc import Mapping
from datetime import datetime

from evaluations.audit.actions import writing
from evaluations.candidates.models import Evaluation
from evaluations.requirements.actions import UnknownCriterion, begin
from evaluations.requirements.models import Criterion, WeightProposal
from evaluations.rounds.models import Round
from evaluations.rounds.queries import open_round_of
from evaluations.teams.access import Capability
from evaluations.teams.models import Person

LONGEST_REASON = 300


class RoundIsOpen(Exception):
    """While the team weighs blind, nobody's weights are shown."""

    def __init__(self) -> None:
        super().__init__(
            "A blind round of weights is open: what you propose would show. Keep it as your own opinion, or propose it "
            "after the reveal."
        )


def propose_weights(
    *, evaluation: Evaluation, shares: Mapping[int, float], reason: str, by: Person, at: datetime
) -> WeightProposal:
    """Put weights before the team, in the place of what the same member proposed earlier. They count nothing yet.

    shares: {criterion id: number >= 0}, divided by their sum. Raises RoundIsOpen, UnknownCriterion, ValueError,
    Refused.
    """
    from evaluations.analysis import weights as weighing  # NumPy: not needed to start the page process

    begin(evaluation, by, Capability.RATE)
    with writing(evaluation.log, by=by, at=at) as entry:
        if open_round_of(evaluation, Round.Subject.WEIGHTS) is not None:
            raise RoundIsOpen()
        standing = Criterion.objects.standing().filter(evaluation=evaluation)
        ids = list(standing.order_by("pk").values_list("pk", flat=True))
        if set(shares) != set(ids):
            raise UnknownCriterion("Criteria were added or removed in the meantime: try your weights again.")
        normalised = weighing.normalise([float(shares[pk]) for pk in ids])
        row = WeightProposal.objects.filter(evaluation=evaluation, person=by).first()
        before = {"shares": row.shares, "reason": row.reason} if row else None
        row = row or WeightProposal(evaluation=evaluation, person=by)
        row.shares = {str(pk): float(share) for pk, share in zip(ids, normalised, strict=True)}
        row.reason, row.at = reason.strip()[:LONGEST_REASON], at
        row.version = entry.record(
            "requirements.weights_proposed",
            about={},
            payload={"before": before, "after": {"shares": row.shares, "reason": row.reason}},
        )
        row.save()
        return row
