from typing import Any

from django import template

from evaluations.candidates.models import Evaluation
from evaluations.signoff.shown import shown_phases, shown_state

register = template.Library()


@register.inclusion_tag("signoff/_state.html")
def phase_state(evaluation: Evaluation, phase: str) -> dict[str, Any]:
    """`{% phase_state evaluation "readiness" %}`: how the phase stands, live, and the way to its sign-off."""
    return shown_state(evaluation, phase)


@register.inclusion_tag("signoff/_progress.html")
def phase_progress(evaluation: Evaluation) -> dict[str, Any]:
    """`{% phase_progress evaluation %}`: the five phases at a glance, live."""
    return {"evaluation": evaluation, "phases": shown_phases(evaluation), "revision": evaluation.log.count}
