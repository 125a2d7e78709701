"""What a reviewer of phase 1 sees and signs of this package, and who wrote it."""

from typing import Any

from evaluations.audit.queries import people_behind
from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.requirements.queries import how_agreed, standing_criteria, standing_requirements, team_weights

ENTERED = (
    "candidates.candidate_added",
    "candidates.candidate_edited",
    "candidates.candidate_withdrawn",
    "requirements.requirement_added",
    "requirements.requirement_edited",
    "requirements.requirement_removed",
    "requirements.top_set",
    "requirements.criterion_added",
    "requirements.criterion_edited",
    "requirements.criterion_removed",
    "requirements.weights_agreed",
)
"""Events that put agreed content into phase 1; votes and one's own weights are not among them."""


def rendered(evaluation: Evaluation) -> dict[str, Any]:
    """Candidates, requirements, criteria with anchors and the team's weights: JSON-able, in their order.

    Weights are shares of one, to eight decimals.
    """
    criteria = standing_criteria(evaluation)
    weights = team_weights(evaluation, criteria)
    return {
        "candidates": [
            {
                "candidate": candidate.name,
                "kind": candidate.get_kind_display(),
                "stack": candidate.stack,
                "note": candidate.note,
            }
            for candidate in standing_candidates(evaluation)
        ],
        "requirements": [
            {
                "requirement": requirement.statement,
                "kind": requirement.get_kind_display(),
                "amount": requirement.amount,
                "must_have": requirement.must_have,
                "top": requirement.is_top,
                "criteria": sorted(criterion.name for criterion in requirement.criteria.all()),
                "source": requirement.source,
                "verification": requirement.verification,
            }
            for requirement in standing_requirements(evaluation)
        ],
        "criteria": [
            {
                "criterion": criterion.name,
                "group": criterion.group,
                "weight": round(weights.shares[criterion.pk], 8),
                "question": criterion.question,
                "looks_like_1": criterion.anchor_1,
                "looks_like_3": criterion.anchor_3,
                "looks_like_5": criterion.anchor_5,
            }
            for criterion in criteria
        ],
        "weights": {"come_from": how_agreed(evaluation) if weights.is_agreed else weights.origin},
    }


def authors_of(evaluation: Evaluation) -> set[int]:
    return people_behind(evaluation.log, *ENTERED)
