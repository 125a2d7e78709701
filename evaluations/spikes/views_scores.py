"""Value functions: how a metric becomes a score, with the resulting scores seen before they are saved."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.requirements.models import Criterion
from evaluations.requirements.queries import criterion_of
from evaluations.scoring.actions import ValueFunctionMoved
from evaluations.scoring.models import ValueFunction
from evaluations.spikes import actions, drawing, guarding, measuring, queries
from evaluations.spikes.forms import ValueFunctionForm
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def edit(request: HttpRequest, evaluation: Evaluation, criterion_id: int) -> HttpResponse:
    """GET with points in the address, and POST with `preview`, show what they come to and save nothing."""
    criterion = criterion_of(evaluation, criterion_id)
    if criterion is None:
        raise Http404("No such criterion.")
    function = queries.function_of(criterion)
    if request.method == "GET":
        return _shown(request, evaluation, criterion, function, _form(request, evaluation, criterion, function))
    form = ValueFunctionForm(request.POST, endpoints=_endpoints(evaluation, function))
    if not form.is_valid() or "preview" in request.POST:
        return _shown(request, evaluation, criterion, function, form, status=200 if form.is_valid() else 422)
    try:
        actions.set_value_function(criterion=criterion, by=request.user, at=timezone.now(), **form.function())
    except ValueFunctionMoved as moved:
        current = moved.current
        typed = {**request.POST.dict(), "seen": current.version if current else 0}
        again = ValueFunctionForm(typed, endpoints=_endpoints(evaluation, current))
        return _shown(request, evaluation, criterion, current, again, status=409, moved=True)
    return see_other("spikes:index", evaluation.pk)


def _form(
    request: HttpRequest, evaluation: Evaluation, criterion: Criterion, function: ValueFunction | None
) -> ValueFunctionForm:
    """As typed when points are in the address; else as saved; else the catalogue's points for the metric."""
    endpoints = _endpoints(evaluation, function)
    if "metric_0" in request.GET:
        return ValueFunctionForm(request.GET, endpoints=endpoints)
    metrics = {metric.key: metric for metric in queries.spike_metrics()}
    asked = metrics.get(request.GET.get("metric", ""))
    if function and (asked is None or asked.key == function.metric) and function.metric in metrics:
        return ValueFunctionForm.of(function, function.metric, function.points, endpoints)
    metric = asked or queries.usual_metric(criterion) or metrics["latency_p95_ms"]
    return ValueFunctionForm.of(function, metric.key, metric.points, endpoints)


def _endpoints(evaluation: Evaluation, function: ValueFunction | None) -> list[str]:
    found = queries.measured_endpoints(evaluation)
    own = [function.endpoint] if function and function.endpoint and function.endpoint not in found else []
    return [*own, *found]


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
    metrics = form.metrics
    metric = metrics.get(form["metric"].value() or "", metrics["latency_p95_ms"])
    context = {
        "evaluation": evaluation,
        "criterion": criterion,
        "function": function,
        "form": form,
        "metric": metric,
        "metrics": list(metrics.values()),
        "moved": moved,
        "read_before": 0 if function else queries.runs_that_tell(evaluation, metric.key),
        **_preview(evaluation, form, metric.key),
    }
    template = "spikes/_preview.html" if request.htmx and request.method == "GET" else "spikes/score.html"
    return render(request, template, context, status=status)


def _preview(evaluation: Evaluation, form: ValueFunctionForm, metric: str) -> dict[str, Any]:
    """What the points in the form make of the runs there are; nothing is saved."""
    if form.is_bound and not form.is_valid():
        return {
            "problem": " ".join(str(error) for error in form.non_field_errors()) or "Points are numbers.",
            "results": [],
        }
    points, endpoint, outside = _points_of(form)
    repeats = guarding.guarded(evaluation, metric=metric, endpoint=endpoint).repeats
    results = [
        _result(candidate.name, [repeat.value for repeat in repeats[candidate.pk]], points, outside)
        for candidate in standing_candidates(evaluation)
        if candidate.pk in repeats
    ]
    marks = [(each["mean"], each["score"].value) for each in results]
    return {"results": results, "curve": drawing.curve(points, marks, _rows_of(form))}


def _points_of(form: ValueFunctionForm) -> tuple[list[list[float]], str, str]:
    if form.is_bound:
        return form.cleaned_data["points"], form.cleaned_data["endpoint"], form.cleaned_data["outside"]
    pairs = [(x.value(), score.value()) for x, score in form.rows]
    points = [[float(x), float(score)] for x, score in pairs if x is not None]
    return points, form.initial.get("endpoint", ""), form.initial.get("outside", "clip")


def _rows_of(form: ValueFunctionForm) -> list[int]:
    """Which of the form's rows hold a point."""
    return [row for row, (x, _) in enumerate(form.rows) if x.value() not in (None, "")]


def _result(name: str, values: Sequence[float], points: list[list[float]], outside: str) -> dict[str, Any]:
    return {
        "name": name,
        "values": values,
        "mean": sum(values) / len(values),
        "measured": measuring.in_words(sum(values) / len(values)),
        "score": measuring.score_of(values, points, outside),
    }
