"""Value functions over the exercise: how a figure becomes a score, seen before it is saved."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.checklist.models import Phase
from evaluations.requirements.models import Criterion
from evaluations.requirements.queries import criterion_of
from evaluations.scoring.actions import ValueFunctionMoved
from evaluations.scoring.models import ValueFunction
from evaluations.scoring.scales import function_of, metrics_of, usual_metric
from evaluations.teamfit import actions, queries
from evaluations.teamfit.forms import ValueFunctionForm
from evaluations.teamfit.shown import MEASURED_BY, SCORES_FOLLOW, nothing_new, shown_scores
from evaluations.teamfit.views import index_url
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other


@require_GET
@opens_evaluation()
def listed(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    if nothing_new(evaluation, request.GET.get("since", ""), *SCORES_FOLLOW):
        return HttpResponse(status=204)
    return render(request, "scoring/_scales.html", shown_scores(evaluation))


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def edit(request: HttpRequest, evaluation: Evaluation, criterion_id: int) -> HttpResponse:
    """POST with `preview` shows what the points come to and saves nothing."""
    criterion = criterion_of(evaluation, criterion_id)
    if criterion is None:
        raise Http404("No such criterion.")
    function = function_of(criterion)
    if request.method == "GET":
        return _shown(request, evaluation, criterion, function, _fresh(request, criterion, function))
    form = ValueFunctionForm(request.POST, metric=request.POST.get("metric", ""))
    if not form.is_valid() or "preview" in request.POST:
        return _shown(request, evaluation, criterion, function, form, status=200 if form.is_valid() else 422)
    try:
        actions.set_value_function(criterion=criterion, by=request.user, at=timezone.now(), **form.function())
    except ValueFunctionMoved as moved:
        seen = moved.current.version if moved.current else 0
        again = ValueFunctionForm({**request.POST.dict(), "seen": seen}, metric=form.cleaned_data["metric"])
        return _shown(request, evaluation, criterion, moved.current, again, status=409, moved=True)
    return see_other(f"{index_url(evaluation)}#scores")


def _fresh(request: HttpRequest, criterion: Criterion, function: ValueFunction | None) -> ValueFunctionForm:
    """As saved; else the catalogue's points for the metric asked for or usual."""
    metrics = metrics_of(Phase.TEAMFIT)
    asked = metrics.get(request.GET.get("metric", ""))
    if function and function.metric in metrics and (asked is None or asked.key == function.metric):
        return ValueFunctionForm.of(function, function.metric, function.points)
    metric = asked or usual_metric(criterion, Phase.TEAMFIT) or metrics[queries.FIRST_METRIC]
    return ValueFunctionForm.of(function, metric.key, metric.points)


def _shown(
    request: HttpRequest,
    evaluation: Evaluation,
    criterion: Criterion,
    function: ValueFunction | None,
    form: ValueFunctionForm,
    *,
    status: int = 200,
    moved: bool = False,
) -> HttpResponse:
    metric = form.metrics.get(str(form["metric"].value() or ""), form.metrics[queries.FIRST_METRIC])
    context = {
        **MEASURED_BY,
        "evaluation": evaluation,
        "criterion": criterion,
        "function": function,
        "form": form,
        "metric": metric,
        "metrics": list(form.metrics.values()),
        "moved": moved,
        "results": _results(evaluation, form, metric.key),
    }
    return render(request, "scoring/scale.html", context, status=status)


def _results(evaluation: Evaluation, form: ValueFunctionForm, metric: str) -> list[dict[str, Any]]:
    """What the form's points make of the figures there are; nothing is saved."""
    if form.is_bound and not form.is_valid():
        return []
    given = form.cleaned_data if form.is_bound else form.initial
    found = queries.figures_of(evaluation, metric=metric)
    outside = given.get("outside", "clip")
    return [
        {
            "name": one.name,
            "figures": found[one.pk],
            "score": queries.score_by(metric, found[one.pk], given["points"], outside),
        }
        for one in standing_candidates(evaluation)
        if one.pk in found
    ]
