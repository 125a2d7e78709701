"""A way on from an old system, written down through the actions people use."""

from typing import Any

from evaluations.candidates.models import Candidate
from evaluations.legacy import actions
from evaluations.legacy.models import Increment, LegacyPlan
from tests.builders import NOW, lead_of

COSTS = {
    "cost_low_days": 60.0,
    "cost_high_days": 140.0,
    "cost_source": "Two trial routes",
    "pain_points": "Slow\n\nOld",
}
STEP = {"moves": "Login", "effort_low_days": 5.0, "effort_high_days": 8.0, "rollback": "Route it back at the proxy"}


def describe(candidate: Candidate, *, seen: int = 0, **said: Any) -> LegacyPlan:
    by = lead_of(candidate.evaluation.team)
    return actions.describe(candidate=candidate, said=COSTS | said, seen=seen, by=by, at=NOW)


def add_step(candidate: Candidate, **said: Any) -> Increment:
    by = lead_of(candidate.evaluation.team)
    return actions.add_increment(candidate=candidate, said=STEP | said, by=by, at=NOW)
