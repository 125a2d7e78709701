"""The criteria's page: what stands, and the library to choose from."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluations import catalogue
from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.requirements import actions, queries
from evaluations.requirements.forms import CriterionForm, EditCriterionForm
from evaluations.requirements.models import Criterion
from evaluations.requirements.views import REFRESH, done, first_error, may, render_with, seen_in
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other

FOLLOWS = ("requirements",)


def shown_criteria(request: HttpRequest, evaluation: Evaluation, **more: Any) -> dict[str, Any]:
    """What the list of criteria is drawn from."""
    evaluation.log.refresh_from_db()
    rows = queries.standing_criteria(evaluation)
    weights, costs = queries.team_weights(evaluation, rows), queries.costs_of(evaluation)
    ids = [str(row.pk) for row in rows]
    asked_by: dict[int, list[str]] = {}
    for requirement in queries.standing_requirements(evaluation):
        for criterion in requirement.criteria.all():
            asked_by.setdefault(criterion.pk, []).append(requirement.statement)
    return {
        "evaluation": evaluation,
        "revision": evaluation.log.count,
        "cards": [
            {
                "criterion": row,
                "share": weights.shares.get(row.pk),
                "is_unweighed": row.pk in weights.unweighed,
                "hours": costs.hours_of(row),
                "asked_by": asked_by.get(row.pk, []),
                "earlier": _swapped(ids, place - 1) if place else "",
                "later": _swapped(ids, place) if place + 1 < len(ids) else "",
            }
            for place, row in enumerate(rows)
        ],
        "origin": weights.origin,
        "is_too_many": len(rows) > queries.SUGGESTED_COUNT,
        "most": queries.SUGGESTED_COUNT,
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
        **more,
    }


def _swapped(ids: list[str], place: int) -> str:
    """The order in which the ids at `place` and after it have changed places."""
    moved = [*ids]
    moved[place], moved[place + 1] = moved[place + 1], moved[place]
    return ",".join(moved)


def shown_library(request: HttpRequest, evaluation: Evaluation, wanted: str, **more: Any) -> dict[str, Any]:
    return {
        "evaluation": evaluation,
        "wanted": wanted,
        "library": queries.library(evaluation, wanted),
        "suggested": queries.suggested_criteria(evaluation),
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
        **more,
    }


def _page(request: HttpRequest, evaluation: Evaluation, wanted: str, *, status: int = 200, **more: Any) -> HttpResponse:
    shown = shown_criteria(request, evaluation) | shown_library(request, evaluation, wanted) | more
    return render(request, "requirements/criteria.html", shown, status=status)


@require_GET
@opens_evaluation()
def page(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return _page(request, evaluation, request.GET.get("q", "")[:80])


@require_GET
@opens_evaluation()
def listed(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    if queries.nothing_new(evaluation, request.GET.get("since", ""), *FOLLOWS):
        return HttpResponse(status=204)
    return render(request, "requirements/_criteria.html", shown_criteria(request, evaluation))


@require_GET
@opens_evaluation()
def library(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    shown = shown_library(request, evaluation, request.GET.get("q", "")[:80])
    return render(request, "requirements/_library.html", shown)


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def add_known(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """Add one or several criteria of the catalogue; the library is drawn again without them."""
    keys, wanted = request.POST.getlist("key")[:50], request.POST.get("q", "")[:80]
    if not keys or set(keys) - {known.key for known in catalogue.criteria()}:
        raise Http404("The catalogue has no such criterion.")
    try:
        actions.add_criteria(evaluation=evaluation, keys=keys, by=request.user, at=timezone.now())
    except ValidationError as problem:
        error = first_error(problem)[1]
        if not request.htmx:
            return _page(request, evaluation, wanted, status=422, library_error=error)
        shown = shown_library(request, evaluation, wanted, library_error=error)
        return render(request, "requirements/_library.html", shown, status=422)
    if not request.htmx:
        return see_other(f"{reverse('requirements:criteria', args=[evaluation.pk])}#criteria")
    shown = shown_library(request, evaluation, wanted)
    return render_with(request, "requirements/_library.html", shown, status=200, headers=REFRESH)


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def add_own(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    form = CriterionForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return _form_answer(request, evaluation, None, form, status=422 if form.is_bound else 200)
    try:
        actions.add_criterion(evaluation=evaluation, by=request.user, at=timezone.now(), **form.cleaned_data)
    except ValidationError as problem:
        form.add_error("name", first_error(problem)[1])
        return _form_answer(request, evaluation, None, form, status=422)
    return done(request, "requirements:criteria", evaluation)


def _criterion(evaluation: Evaluation, criterion_id: int) -> Criterion:
    found = queries.criterion_of(evaluation, criterion_id)
    if found is None:
        raise Http404("There is no such criterion, or somebody removed it.")
    return found


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def edit(request: HttpRequest, evaluation: Evaluation, criterion_id: int) -> HttpResponse:
    row = _criterion(evaluation, criterion_id)
    if request.method == "GET":
        return _form_answer(request, evaluation, row, EditCriterionForm.of(row))
    form = EditCriterionForm(request.POST, prefix_id=f"criterion-{row.pk}")
    if not form.is_valid():
        return _form_answer(request, evaluation, row, form, status=422)
    changes = {name: value for name, value in form.cleaned_data.items() if name != "seen"}
    try:
        actions.edit_criterion(
            criterion=row, seen=form.cleaned_data["seen"], changes=changes, by=request.user, at=timezone.now()
        )
    except ValidationError as problem:
        form.add_error("name", first_error(problem)[1])
        return _form_answer(request, evaluation, row, form, status=422)
    except actions.Moved as moved:
        if moved.current.removed_at is not None:
            return _form_answer(request, evaluation, row, form, status=409, was_removed=True)
        again = EditCriterionForm.again(changes, moved.current)
        return _form_answer(request, evaluation, moved.current, again, status=409, moved=moved.current)
    return done(request, "requirements:criteria", evaluation)


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def remove(request: HttpRequest, evaluation: Evaluation, criterion_id: int) -> HttpResponse:
    row = _criterion(evaluation, criterion_id)
    try:
        actions.remove_criterion(criterion=row, seen=seen_in(request), by=request.user, at=timezone.now())
    except actions.Moved as moved:
        if moved.current.removed_at is None:
            form = EditCriterionForm.of(moved.current)
            return _form_answer(request, evaluation, moved.current, form, status=409, moved=moved.current)
    return done(request, "requirements:criteria", evaluation)


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def order(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    given = [int(text) for text in request.POST.get("order", "").split(",") if text.isdecimal() and len(text) < 19]
    status, note = 200, ""
    try:
        actions.order_criteria(evaluation=evaluation, order=given, by=request.user, at=timezone.now())
    except actions.OrderMoved as moved:
        status, note = 409, str(moved)
    if request.htmx:
        shown = shown_criteria(request, evaluation, note=note)
        return render(request, "requirements/_criteria.html", shown, status=status)
    if note:
        return _page(request, evaluation, "", status=status, note=note)
    return see_other(f"{reverse('requirements:criteria', args=[evaluation.pk])}#criteria")


def _form_answer(
    request: HttpRequest,
    evaluation: Evaluation,
    row: Criterion | None,
    form: CriterionForm,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """In the side panel with HTMX, a page of its own without."""
    template = "requirements/_edit_criterion.html" if request.htmx else "requirements/edit_criterion.html"
    shown = {"evaluation": evaluation, "criterion": row, "form": form, **more}
    return render(request, template, shown, status=status)
