from dataclasses import dataclass

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.legacy.models import Increment, LegacyPlan

OLD_SYSTEM = (Candidate.Kind.KEEP, Candidate.Kind.STRANGLER)


@dataclass(frozen=True)
class Path:
    """One candidate's way on from the old system; `plan` None where nobody wrote anything yet.

    effort: sum of the increments' person-days, low and high; None as long as one of them is not estimated.
    """

    candidate: Candidate
    plan: LegacyPlan | None
    increments: tuple[Increment, ...]
    effort: tuple[float, float] | None

    @property
    def is_empty(self) -> bool:
        return self.plan is None or not (self.increments or self.plan.cost_source or self.plan.pain_points)

    @property
    def unestimated(self) -> int:
        return sum(step.effort_low_days is None for step in self.increments)


def legacy_paths(evaluation: Evaluation) -> list[Path]:
    """Of every standing candidate that keeps or replaces the old system, and of any other with a plan; two queries."""
    rows = Candidate.objects.standing().filter(evaluation=evaluation).select_related("legacy_plan")
    found = [row for row in rows.order_by("position", "pk") if row.kind in OLD_SYSTEM or plan_in(row)]
    steps = Increment.objects.filter(plan__candidate__in=found, removed_at__isnull=True).order_by("position", "pk")
    by_plan: dict[int, list[Increment]] = {}
    for step in steps:
        by_plan.setdefault(step.plan_id, []).append(step)
    return [_path(row, by_plan) for row in found]


def legacy_path(candidate: Candidate) -> Path:
    plan = plan_of(candidate)
    steps = list(Increment.objects.filter(plan=plan, removed_at__isnull=True).order_by("position", "pk"))
    return Path(candidate, plan, tuple(steps), effort_of(steps))


def plan_of(candidate: Candidate) -> LegacyPlan | None:
    return LegacyPlan.objects.filter(candidate=candidate).first()


def increment_of(candidate: Candidate, increment_id: int) -> Increment | None:
    rows = Increment.objects.select_related("plan__candidate__evaluation__log")
    return rows.filter(plan__candidate=candidate, pk=increment_id, removed_at__isnull=True).first()


def plan_in(candidate: Candidate) -> LegacyPlan | None:
    """The plan of a candidate that was read together with it."""
    return getattr(candidate, "legacy_plan", None)


def effort_of(steps: list[Increment]) -> tuple[float, float] | None:
    ends = [(step.effort_low_days, step.effort_high_days) for step in steps]
    known = [(low, high) for low, high in ends if low is not None and high is not None]
    if not known or len(known) < len(ends):
        return None
    return sum(low for low, _ in known), sum(high for _, high in known)


def _path(candidate: Candidate, by_plan: dict[int, list[Increment]]) -> Path:
    plan = plan_in(candidate)
    steps = by_plan.get(plan.pk, []) if plan else []
    return Path(candidate, plan, tuple(steps), effort_of(steps))


def days(low: float | None, high: float | None) -> str:
    """A range of person-days as people read it; "unknown" where nobody estimated it."""
    if low is None or high is None:
        return "unknown"
    ends = f"{low:,.6g}" if low == high else f"{low:,.6g} to {high:,.6g}"
    return f"{ends} person-days"
