"""Value functions over the exercise: how a figure becomes a score, seen before it is saved."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.checklist.models import Phase
from evaluations.scoring.views_scale import Measuring, edit_scale, list_scales
from evaluations.teamfit import actions, queries
from evaluations.teamfit.forms import ValueFunctionForm
from evaluations.teamfit.shown import SCORES_FOLLOW, nothing_new, shown_scores
from evaluations.teams.access import Capability

MEASURING = Measuring(
    phase=Phase.TEAMFIT,
    form=ValueFunctionForm,
    usual=queries.FIRST_METRIC,
    figures_of=lambda evaluation, metric, narrowed: queries.figures_of(evaluation, metric=metric),
    set_value_function=actions.set_value_function,
    score=queries.score_by,
)


@require_GET
@opens_evaluation()
def listed(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    if nothing_new(evaluation, request.GET.get("since", ""), *SCORES_FOLLOW):
        return HttpResponse(status=204)
    return list_scales(request, shown_scores(evaluation))


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def edit(request: HttpRequest, evaluation: Evaluation, criterion_id: int) -> HttpResponse:
    """POST with `preview` shows what the points come to and saves nothing."""
    return edit_scale(request, evaluation, criterion_id, MEASURING)
