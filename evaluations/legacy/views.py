"""The way on from an old system, for one candidate: cost, pain points and the plan in increments."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluations.audit.queries import has_news
from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import candidate_of
from evaluations.legacy import actions, queries
from evaluations.legacy.forms import IncrementForm, PlanForm, SeenForm
from evaluations.legacy.models import Increment, LegacyPlan
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other

CLOSE_AND_REFRESH = {"HX-Trigger": '{"panel-close": "", "revision": ""}'}
FOLLOWS = ("legacy", "candidates")


@require_GET
@opens_evaluation()
def index(request: HttpRequest, evaluation: Evaluation, candidate_id: int) -> HttpResponse:
    return render(request, "legacy/page.html", shown_plan(evaluation, _candidate_or_404(evaluation, candidate_id)))


@require_GET
@opens_evaluation()
def plan(request: HttpRequest, evaluation: Evaluation, candidate_id: int) -> HttpResponse:
    """The live part; nothing when nothing in it changed."""
    candidate = _candidate_or_404(evaluation, candidate_id)
    since = request.GET.get("since", "")
    if since.isdecimal() and not has_news(evaluation.log, int(since[:18]), *FOLLOWS):
        return HttpResponse(status=204)
    return render(request, "legacy/_plan.html", shown_plan(evaluation, candidate))


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def describe(request: HttpRequest, evaluation: Evaluation, candidate_id: int) -> HttpResponse:
    candidate = _standing_or_404(evaluation, candidate_id)
    if request.method == "GET":
        return _costs(request, candidate, PlanForm.of(queries.plan_of(candidate)))
    form = PlanForm(request.POST)
    if not form.is_valid():
        return _costs(request, candidate, form, status=422)
    said = {name: value for name, value in form.cleaned_data.items() if name != "seen"}
    try:
        actions.describe(
            candidate=candidate, said=said, seen=form.cleaned_data["seen"], by=request.user, at=timezone.now()
        )
    except actions.PlanMoved as moved:
        again = PlanForm({**request.POST.dict(), "seen": moved.current.version if moved.current else 0})
        return _costs(request, candidate, again, status=409, moved=moved.current)
    return _done(request, candidate)


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def add(request: HttpRequest, evaluation: Evaluation, candidate_id: int) -> HttpResponse:
    candidate = _standing_or_404(evaluation, candidate_id)
    form = IncrementForm(request.POST or None)
    if request.method == "GET":
        return _increment(request, candidate, None, form)
    if not form.is_valid():
        return _increment(request, candidate, None, form, status=422)
    actions.add_increment(candidate=candidate, said=_said(form), by=request.user, at=timezone.now())
    return _done(request, candidate)


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def edit(request: HttpRequest, evaluation: Evaluation, candidate_id: int, increment_id: int) -> HttpResponse:
    row = _increment_or_404(evaluation, candidate_id, increment_id)
    if request.method == "GET":
        return _increment(request, row.plan.candidate, row, IncrementForm.of(row))
    form = IncrementForm(request.POST, about=str(row.pk))
    if not form.is_valid():
        return _increment(request, row.plan.candidate, row, form, status=422)
    try:
        actions.edit_increment(
            increment=row, said=_said(form), seen=form.cleaned_data["seen"], by=request.user, at=timezone.now()
        )
    except actions.IncrementMoved as moved:
        again = IncrementForm({**request.POST.dict(), "seen": moved.current.version}, about=str(row.pk))
        return _increment(request, row.plan.candidate, row, again, status=409, moved=moved.current)
    return _done(request, row.plan.candidate)


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def remove(request: HttpRequest, evaluation: Evaluation, candidate_id: int, increment_id: int) -> HttpResponse:
    row = _increment_or_404(evaluation, candidate_id, increment_id)
    form = SeenForm(request.POST)
    seen = form.cleaned_data["seen"] if form.is_valid() else -1
    try:
        actions.remove_increment(increment=row, seen=seen, by=request.user, at=timezone.now())
    except actions.IncrementMoved as moved:
        if moved.current.removed_at is None:
            again = IncrementForm.of(moved.current)
            return _increment(request, row.plan.candidate, row, again, status=409, moved=moved.current)
    return _done(request, row.plan.candidate)


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def order(request: HttpRequest, evaluation: Evaluation, candidate_id: int) -> HttpResponse:
    """order: keys of all increments with commas between them."""
    candidate = _standing_or_404(evaluation, candidate_id)
    keys = [int(key[:18]) for key in request.POST.get("order", "").split(",") if key.strip().isdecimal()]
    status, note = 200, ""
    try:
        actions.order_increments(candidate=candidate, order=keys, by=request.user, at=timezone.now())
    except actions.OrderMoved as moved:
        status, note = 409, str(moved)
    if request.htmx:
        shown = shown_plan(evaluation, candidate) | {"note": note}
        return render(request, "legacy/_plan.html", shown, status=status)
    if status == 200:
        return see_other("legacy:index", evaluation.pk, candidate.pk)
    return render(request, "legacy/page.html", shown_plan(evaluation, candidate) | {"note": note}, status=status)


def shown_plan(evaluation: Evaluation, candidate: Candidate) -> dict[str, Any]:
    """What the live part is drawn from; the revision is read before the rows."""
    evaluation.log.refresh_from_db(fields=["count"])
    path = queries.legacy_path(candidate)
    keys = [str(step.pk) for step in path.increments]
    can_write = Capability.CONTRIBUTE in evaluation.capabilities and evaluation.is_writable
    return {
        "evaluation": evaluation,
        "candidate": candidate,
        "revision": evaluation.log.count,
        "path": path,
        "steps": [
            {
                "step": step,
                "earlier": _swapped(keys, place - 1) if place else "",
                "later": _swapped(keys, place) if place + 1 < len(keys) else "",
            }
            for place, step in enumerate(path.increments)
        ],
        "can_write": can_write and candidate.withdrawn_at is None,
    }


def _swapped(keys: list[str], place: int) -> str:
    """The order in which the keys at `place` and after it have changed places."""
    moved = [*keys]
    moved[place], moved[place + 1] = moved[place + 1], moved[place]
    return ",".join(moved)


def _said(form: IncrementForm) -> dict[str, Any]:
    return {name: value for name, value in form.cleaned_data.items() if name != "seen"}


def _done(request: HttpRequest, candidate: Candidate) -> HttpResponse:
    """What was edited in the panel is saved: the panel closes and the part behind it asks again."""
    if request.htmx:
        return HttpResponse(status=204, headers=CLOSE_AND_REFRESH)
    return see_other(reverse("legacy:index", args=[candidate.evaluation_id, candidate.pk]))


def _candidate_or_404(evaluation: Evaluation, candidate_id: int) -> Candidate:
    found = candidate_of(evaluation, candidate_id)
    if found is None:
        raise Http404("There is no such candidate.")
    return found


def _standing_or_404(evaluation: Evaluation, candidate_id: int) -> Candidate:
    found = _candidate_or_404(evaluation, candidate_id)
    if found.withdrawn_at is not None:
        raise Http404("This candidate was withdrawn.")
    return found


def _increment_or_404(evaluation: Evaluation, candidate_id: int, increment_id: int) -> Increment:
    found = queries.increment_of(_standing_or_404(evaluation, candidate_id), increment_id)
    if found is None:
        raise Http404("There is no such increment.")
    return found


def _costs(
    request: HttpRequest, candidate: Candidate, form: PlanForm, *, status: int = 200, moved: LegacyPlan | None = None
) -> HttpResponse:
    return _drawn(request, candidate, "costs", status, {"form": form, "moved": moved})


def _increment(
    request: HttpRequest,
    candidate: Candidate,
    increment: Increment | None,
    form: IncrementForm,
    *,
    status: int = 200,
    moved: Increment | None = None,
) -> HttpResponse:
    return _drawn(request, candidate, "increment", status, {"form": form, "increment": increment, "moved": moved})


def _drawn(request: HttpRequest, candidate: Candidate, name: str, status: int, context: dict[str, Any]) -> HttpResponse:
    shown = {
        "evaluation": request.evaluation,
        "candidate": candidate,
        "in_panel": bool(request.htmx),
        "was_moved": status == 409,
        **context,
    }
    part = f"legacy/_{name}.html"
    if request.htmx:
        return render(request, part, shown, status=status)
    return render(request, "legacy/panel.html", {**shown, "part": part}, status=status)
