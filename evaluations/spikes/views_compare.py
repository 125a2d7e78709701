"""Runs side by side with the guard's verdict, what people say of a run, and what a lead lets count."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluations.audit.queries import has_news
from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.spikes import exhibits, guarding, judging, queries, side_by_side
from evaluations.spikes.actions import RunMoved
from evaluations.spikes.forms import LetCountForm, RunFactsForm, TieRatioForm
from evaluations.spikes.models import RunFacts, SpikeRun
from evaluations.spikes.shown import may, shown_time_lines, whole
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other


@require_GET
@opens_evaluation()
def compare(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The page; with HTMX and `since` its figures as they are now, nothing when nothing they are drawn from changed."""
    since = request.GET.get("since")
    if request.htmx and since and not has_news(evaluation.log, whole(since, 0), "spikes", "candidates"):
        return HttpResponse(status=204)
    template = "spikes/_compare.html" if request.htmx and since else "spikes/compare.html"
    return render(request, template, _shown(evaluation))


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def tie_ratio(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    form = TieRatioForm(request.POST)
    if not form.is_valid():
        return render(request, "spikes/compare.html", _shown(evaluation, form), status=422)
    given = form.cleaned_data
    try:
        judging.set_tie_ratio(
            evaluation=evaluation, ratio=given["tie_ratio"], seen=given["seen"], by=request.user, at=timezone.now()
        )
    except judging.RuleMoved as moved:
        again = TieRatioForm({"tie_ratio": given["tie_ratio"], "seen": moved.current.version})
        again.add_error("tie_ratio", f"{moved} Save again to use yours.")
        return render(request, "spikes/compare.html", _shown(evaluation, again), status=409)
    return see_other("spikes:compare", evaluation.pk)


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def facts(request: HttpRequest, evaluation: Evaluation, run_id: int) -> HttpResponse:
    run = _run_or_404(evaluation, run_id)
    if request.method == "GET":
        said = RunFacts.objects.filter(run=run).first() or RunFacts()
        return _shown_facts(request, evaluation, run, RunFactsForm.of(said))
    form = RunFactsForm(request.POST)
    if not form.is_valid():
        return _shown_facts(request, evaluation, run, form, status=422)
    seen = form.cleaned_data["seen"]
    try:
        judging.set_facts(run=run, seen=seen, facts=form.facts(), by=request.user, at=timezone.now())
    except judging.FactsMoved as moved:
        again = RunFactsForm({**request.POST.dict(), "seen": moved.current.version})
        current = RunFactsForm.of(moved.current)
        return _shown_facts(request, evaluation, run, again, status=409, moved=current)
    except ValidationError as problem:
        form.add_error(None, problem)
        return _shown_facts(request, evaluation, run, form, status=422)
    return see_other("spikes:run", evaluation.pk, run.pk)


@require_POST
@opens_evaluation(Capability.LEAD, writes=True)
def let_count(request: HttpRequest, evaluation: Evaluation, run_id: int) -> HttpResponse:
    """With `stop` the guard decides again; else a reason is needed."""
    run = _run_or_404(evaluation, run_id)
    form = LetCountForm(request.POST)
    form.fields["reason"].required = "stop" not in request.POST
    if not form.is_valid():
        messages.error(request, "Say in a line why it should count although it can’t be compared.")
        return see_other("spikes:run", evaluation.pk, run.pk)
    reason = "" if "stop" in request.POST else form.cleaned_data["reason"]
    try:
        judging.let_count(run=run, reason=reason, seen=form.cleaned_data["seen"], by=request.user, at=timezone.now())
    except RunMoved as moved:
        messages.error(request, f"{moved} Nothing was saved: look at it again.")
    return see_other("spikes:run", evaluation.pk, run.pk)


def _shown(evaluation: Evaluation, form: TieRatioForm | None = None) -> dict[str, Any]:
    rule = guarding.rule_of(evaluation)
    kept, verdict = side_by_side.kept_runs(evaluation)
    rows = side_by_side.compared_runs(evaluation, kept)
    points = side_by_side.rate_against_p95(evaluation, kept)
    kinds = side_by_side.errors_by_kind(kept)
    sampled = side_by_side.resources(evaluation)
    over_time = side_by_side.memory_over_time(evaluation)
    profiled = side_by_side.profiles(evaluation)
    candidates = [row.candidate for row in rows]
    return {
        "evaluation": evaluation,
        "revision": evaluation.log.count,
        "verdict": verdict,
        "has_runs": bool(kept or verdict.left_out or sampled or profiled),
        "exhibits": [
            *([exhibits.percentiles(rows, float(rule.tie_ratio))] if rows else []),
            *([exhibits.throughput(points)] if points else []),
            *([exhibits.errors(kinds, candidates)] if kinds else []),
            *([exhibits.resources(sampled, standing_candidates(evaluation))] if sampled else []),
            *([exhibits.memory(over_time)] if over_time else []),
            *([exhibits.profiles(profiled)] if profiled else []),
        ],
        "profile_table": exhibits.profile_table() if profiled else [],
        **shown_time_lines(side_by_side.time_lines(evaluation, kept)),
        "rule": rule,
        "form": form or TieRatioForm.of(rule),
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
    }


def _shown_facts(
    request: HttpRequest,
    evaluation: Evaluation,
    run: SpikeRun,
    form: RunFactsForm,
    *,
    status: int = 200,
    moved: RunFactsForm | None = None,
) -> HttpResponse:
    context = {"evaluation": evaluation, "run": run, "form": form, "moved": moved}
    return render(request, "spikes/facts.html", context, status=status)


def _run_or_404(evaluation: Evaluation, run_id: int) -> SpikeRun:
    found = queries.run_of(evaluation, run_id)
    if found is None:
        raise Http404("No such run.")
    return found
