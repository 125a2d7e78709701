from typing import Any

from django import template

from evaluations.assignments.queries import open_assignments
from evaluations.assignments.views import shown_assignment
from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import people_who
from evaluations.teams.access import Capability

register = template.Library()


@register.inclusion_tag("assignments/_assign.html", takes_context=True)
def assign(context: template.Context, evaluation: Evaluation, subject: str, title: str) -> dict[str, Any]:
    """`{% assign evaluation "item:7" item.text %}`: who does this until when, and a small form to say so.

    People and open assignments are read once for all of an evaluation's parts on a page. `evaluation` comes from
    `opens_evaluation`.
    """
    request = context["request"]
    if not hasattr(evaluation, "assigning"):
        evaluation.assigning = open_assignments(evaluation), people_who(Capability.READ, evaluation)  # type: ignore[attr-defined]
    assignments, people = evaluation.assigning  # type: ignore[attr-defined]
    came_from = "" if getattr(request, "htmx", False) else request.get_full_path()
    shown = shown_assignment(
        evaluation, request.user, subject, title[:200], assignment=assignments.get(subject), people=people
    )
    return {**shown, "next": came_from, "csrf_token": context.get("csrf_token")}
