"""What the service needs from outside: adding, changing, taking out."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.ecosystem import actions, queries
from evaluations.ecosystem.forms import NeedForm
from evaluations.ecosystem.models import Need
from evaluations.ecosystem.views import done
from evaluations.requirements.views import seen_in
from evaluations.teams.access import Capability


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def add(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    if request.method == "GET":
        return _shown(request, evaluation, None, NeedForm())
    form = NeedForm(request.POST)
    if not form.is_valid():
        return _shown(request, evaluation, None, form, status=422)
    actions.add_need(evaluation=evaluation, by=request.user, at=timezone.now(), **form.facts())
    return done(request, evaluation, "needs")


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def edit(request: HttpRequest, evaluation: Evaluation, need_id: int) -> HttpResponse:
    need = _need_or_404(evaluation, need_id)
    if request.method == "GET":
        return _shown(request, evaluation, need, NeedForm.of(need))
    form = NeedForm(request.POST, need_id=need.pk)
    if not form.is_valid():
        return _shown(request, evaluation, need, form, status=422)
    seen = form.cleaned_data["seen"]
    try:
        actions.edit_need(need=need, seen=seen, changes=form.facts(), by=request.user, at=timezone.now())
    except actions.NeedMoved as moved:
        again = NeedForm({**request.POST.dict(), "seen": moved.current.version}, need_id=need.pk)
        return _shown(request, evaluation, need, again, status=409, moved=moved.current)
    return done(request, evaluation, "needs")


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def remove(request: HttpRequest, evaluation: Evaluation, need_id: int) -> HttpResponse:
    need = _need_or_404(evaluation, need_id)
    try:
        actions.remove_need(need=need, seen=seen_in(request), by=request.user, at=timezone.now())
    except actions.NeedMoved as moved:
        if moved.current.removed_at is None:
            form = NeedForm.of(moved.current)
            return _shown(request, evaluation, moved.current, form, status=409, moved=moved.current)
    return done(request, evaluation, "needs")


def _need_or_404(evaluation: Evaluation, need_id: int) -> Need:
    need = queries.need_of(evaluation, need_id)
    if need is None:
        raise Http404("There is no such need.")
    return need


def _shown(
    request: HttpRequest,
    evaluation: Evaluation,
    need: Need | None,
    form: NeedForm,
    *,
    status: int = 200,
    moved: Need | None = None,
) -> HttpResponse:
    context = {"evaluation": evaluation, "need": need, "form": form, "moved": moved, "in_panel": bool(request.htmx)}
    return render(request, "ecosystem/_need.html" if request.htmx else "ecosystem/need.html", context, status=status)
