"""One value function, for every phase that measures: how a figure becomes a score, seen before it is saved."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.checklist.models import Phase
from evaluations.requirements.models import Criterion
from evaluations.requirements.queries import criterion_of
from evaluations.scoring.actions import ValueFunctionMoved
from evaluations.scoring.figures import Figure, Scored, score_of
from evaluations.scoring.models import ValueFunction
from evaluations.scoring.scale_forms import ScaleForm
from evaluations.scoring.scales import function_of, metrics_of, usual_metric
from evaluations.teams.responses import see_other

Figures = Mapping[int, list[Figure]]
Points = Sequence[Sequence[float]]


def _by_the_mean(metric: str, figures: list[Figure], points: Points, outside: str) -> Scored:
    return score_of(figures, points, outside)


@dataclass(frozen=True)
class Measuring:
    """What a phase brings along. Its URLs, under the phase's own word, include `index` and `edit_score`.

    usual: the metric where neither asker nor catalogue names one. figures_of: of an evaluation and a metric, narrowed
    to a word or "", each candidate's figures by its id. set_value_function: the package's action, which remeasures.
    """

    phase: Phase
    form: type[ScaleForm]
    usual: str
    figures_of: Callable[[Evaluation, str, str], Figures]
    set_value_function: Callable[..., ValueFunction]
    score: Callable[[str, list[Figure], Points, str], Scored] = _by_the_mean

    @property
    def words(self) -> dict[str, str]:
        """What `scoring/_scales.html` and `scoring/scale.html` ask for."""
        return {"measured_by": self.phase.value, "measured_label": self.phase.label}


def list_scales(request: HttpRequest, scores: Mapping[str, Any]) -> HttpResponse:
    """The part with every criterion a phase measures; scores: what `scoring/_scales.html` asks for."""
    return render(request, "scoring/_scales.html", dict(scores))


def edit_scale(request: HttpRequest, evaluation: Evaluation, criterion_id: int, measuring: Measuring) -> HttpResponse:
    """Answers GET and POST of a view that opened the evaluation; POST with `preview` saves nothing."""
    criterion = criterion_of(evaluation, criterion_id)
    if criterion is None:
        raise Http404("No such criterion.")
    function = function_of(criterion)
    if request.method == "GET":
        return _shown(request, criterion, function, _fresh(request, criterion, function, measuring), measuring)
    form = measuring.form(request.POST, metric=request.POST.get("metric", ""))
    if not form.is_valid() or "preview" in request.POST:
        status = 200 if form.is_valid() else 422
        return _shown(request, criterion, function, form, measuring, status=status)
    try:
        measuring.set_value_function(criterion=criterion, by=request.user, at=timezone.now(), **form.function())
    except ValueFunctionMoved as moved:
        seen = moved.current.version if moved.current else 0
        again = measuring.form({**request.POST.dict(), "seen": seen}, metric=form.cleaned_data["metric"])
        return _shown(request, criterion, moved.current, again, measuring, status=409, moved=True)
    return see_other(f"{reverse(f'{measuring.phase.value}:index', args=[evaluation.pk])}#scores")


def _fresh(
    request: HttpRequest, criterion: Criterion, function: ValueFunction | None, measuring: Measuring
) -> ScaleForm:
    """As saved; else the catalogue's points for the metric asked for or usual."""
    metrics = metrics_of(measuring.phase)
    asked = metrics.get(request.GET.get("metric", ""))
    if function and function.metric in metrics and (asked is None or asked.key == function.metric):
        return measuring.form.of(function, function.metric, function.points)
    metric = asked or usual_metric(criterion, measuring.phase) or metrics[measuring.usual]
    return measuring.form.of(function, metric.key, metric.points)


def _shown(
    request: HttpRequest,
    criterion: Criterion,
    function: ValueFunction | None,
    form: ScaleForm,
    measuring: Measuring,
    *,
    status: int = 200,
    moved: bool = False,
) -> HttpResponse:
    metric = form.metrics.get(str(form["metric"].value() or ""), form.metrics[measuring.usual])
    context = {
        **measuring.words,
        "evaluation": criterion.evaluation,
        "criterion": criterion,
        "function": function,
        "form": form,
        "metric": metric,
        "metrics": list(form.metrics.values()),
        "moved": moved,
        "results": _results(criterion.evaluation, form, metric.key, measuring),
    }
    return render(request, "scoring/scale.html", context, status=status)


def _results(evaluation: Evaluation, form: ScaleForm, metric: str, measuring: Measuring) -> list[dict[str, Any]]:
    """What the form's points make of the figures there are; nothing is saved."""
    if form.is_bound and not form.is_valid():
        return []
    given = form.cleaned_data if form.is_bound else form.initial
    found = measuring.figures_of(evaluation, metric, given.get("endpoint", ""))
    outside = given.get("outside", "clip")
    return [
        {
            "name": one.name,
            "figures": found[one.pk],
            "score": measuring.score(metric, found[one.pk], given["points"], outside),
        }
        for one in standing_candidates(evaluation)
        if one.pk in found
    ]
