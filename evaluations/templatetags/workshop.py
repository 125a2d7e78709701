from typing import Any

from django import template

from evaluations.candidates.models import Evaluation
from evaluations.workshop.views import shown_workshop

register = template.Library()


@register.inclusion_tag("workshop/_bar.html", takes_context=True)
def workshop_bar(context: template.Context, evaluation: Evaluation) -> dict[str, Any]:
    """`{% workshop_bar evaluation %}`: where the two-hour workshop is, on every page that has a part in it."""
    return shown_workshop(context["request"], evaluation)
