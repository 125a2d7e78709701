"""What finding out costs here, by kind of evidence, and when to stop; in the panel, and as a page of its own."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.requirements import costing, queries
from evaluations.requirements.actions import Moved
from evaluations.requirements.forms import CostsForm
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other

CLOSE_AND_REFRESH = {"HX-Trigger": '{"panel-close": "", "revision": ""}'}


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def costs(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    if request.method == "GET":
        return _shown(request, evaluation, CostsForm.of(queries.costs_of(evaluation)))
    form = CostsForm(request.POST)
    if not form.is_valid():
        return _shown(request, evaluation, form, status=422)
    try:
        costing.set_costs(
            evaluation=evaluation,
            hours=form.hours(),
            limit_per_hour=form.cleaned_data["limit_per_hour"],
            seen=form.cleaned_data["seen"],
            by=request.user,
            at=timezone.now(),
        )
    except Moved:
        now = queries.costs_of(evaluation)
        return _shown(request, evaluation, CostsForm.again(request.POST.dict(), now), status=409, moved=now)
    if request.htmx:
        return HttpResponse(status=204, headers=CLOSE_AND_REFRESH)
    return see_other(f"{reverse('overview:evaluation', args=[evaluation.pk])}#next")


def _shown(
    request: HttpRequest,
    evaluation: Evaluation,
    form: CostsForm,
    *,
    status: int = 200,
    moved: queries.Costs | None = None,
) -> HttpResponse:
    kinds = queries.evidence_kinds()
    context: dict[str, Any] = {
        "evaluation": evaluation,
        "form": form,
        "moved": moved,
        "moved_hours": [(kinds[key], hours) for key, hours in moved.hours.items()] if moved else [],
        "in_panel": bool(request.htmx),
    }
    template = "requirements/_costs.html" if request.htmx else "requirements/costs.html"
    return render(request, template, context, status=status)
