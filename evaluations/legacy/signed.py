"""What a reviewer of phase 1 sees and signs of the way on from an old system, and who wrote it."""

from typing import Any

from evaluations.audit.queries import people_behind
from evaluations.candidates.models import Evaluation
from evaluations.legacy.queries import days, legacy_paths

ENTERED = (
    "legacy.described",
    "legacy.increment_added",
    "legacy.increment_edited",
    "legacy.increment_removed",
    "legacy.increments_ordered",
)


def rendered(evaluation: Evaluation) -> dict[str, Any]:
    """The plans that somebody wrote, as JSON, increments in their order; nothing where there is none."""
    told = [
        {
            "candidate": path.candidate.name,
            "cost": days(path.plan.cost_low_days, path.plan.cost_high_days),
            "source": path.plan.cost_source,
            "pain_points": path.plan.pains,
            "increments": [
                f"{step.moves}; {days(step.effort_low_days, step.effort_high_days)}; {step.risk} risk"
                f"{f' ({step.risk_note})' if step.risk_note else ''}; rolled back: {step.rollback or 'not said'}"
                for step in path.increments
            ],
        }
        for path in legacy_paths(evaluation)
        if path.plan is not None and not path.is_empty
    ]
    return {"way_on_from_the_old_system": told} if told else {}


def authors_of(evaluation: Evaluation) -> set[int]:
    """Ids of those who wrote any of it."""
    return people_behind(evaluation.log, *ENTERED)
