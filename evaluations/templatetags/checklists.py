from typing import Any

from django import template

from evaluations.candidates.models import Evaluation
from evaluations.checklist.models import Phase
from evaluations.checklist.views import shown_list

register = template.Library()


@register.inclusion_tag("checklist/_items.html", takes_context=True)
def phase_checklist(context: template.Context, evaluation: Evaluation, phase: str) -> dict[str, Any]:
    """`{% phase_checklist evaluation "readiness" %}`: the phase's checklist, live, on the phase's own page.

    `evaluation` comes from `opens_evaluation`.
    """
    given = {name: context.get(name) for name in ("request", "csrf_token")}
    return {**shown_list(evaluation, Phase(phase)), **given}
