from django import template

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.legacy.models import Increment
from evaluations.legacy.queries import Path, days, legacy_paths

register = template.Library()


@register.simple_tag
def paths_of(evaluation: Evaluation) -> dict[int, Path]:
    """`{% paths_of evaluation as paths %}`: by candidate, every way on from the old system; empty without one."""
    return {path.candidate.pk: path for path in legacy_paths(evaluation)}


@register.filter
def path_of(paths: dict[int, Path], candidate: Candidate) -> Path | None:
    return paths.get(candidate.pk)


@register.filter
def cost(path: Path) -> str:
    plan = path.plan
    return days(plan.cost_low_days, plan.cost_high_days) if plan else days(None, None)


@register.filter
def effort(found: Path | Increment) -> str:
    """Of a whole plan or of one increment."""
    if isinstance(found, Path):
        return days(*(found.effort or (None, None)))
    return days(found.effort_low_days, found.effort_high_days)
