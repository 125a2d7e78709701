"""The page of a phase's sign-off, and what is done on it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.checklist.models import Phase
from evaluations.signoff import actions, queries
from evaluations.signoff.forms import AloneForm, ChangesForm, NotApplicableForm, PointForm, SignForm
from evaluations.signoff.reauthentication import asks_for_password, prove
from evaluations.signoff.shown import news_mark, shown_page, shown_phases, shown_state
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other

MOVED = (actions.ContentMoved, actions.MoveNotAllowed, actions.NotReady)
WRONG_PASSWORD = "That is not your password. Nothing was signed."  # noqa: S105 - a sentence, not a password


@require_GET
@opens_evaluation()
def phase(request: HttpRequest, evaluation: Evaluation, phase: str) -> HttpResponse:
    return _page(request, evaluation, _known(phase))


@require_GET
@opens_evaluation()
def state(request: HttpRequest, evaluation: Evaluation, phase: str) -> HttpResponse:
    """The small part that phase pages show, or 204 while it would say the same."""
    shown = shown_state(evaluation, _known(phase).value)
    if request.GET.get("seen") == shown["mark"]:
        return HttpResponse(status=204)
    return render(request, "signoff/_state.html", shown)


@require_GET
@opens_evaluation()
def news(request: HttpRequest, evaluation: Evaluation, phase: str) -> HttpResponse:
    """That the page no longer shows the phase as it is, else 204: what is being read is never changed underneath."""
    known = _known(phase)
    if request.GET.get("seen") == news_mark(evaluation, known.value):
        return HttpResponse(status=204)
    return render(request, "signoff/_news.html", {"evaluation": evaluation, "phase": known})


@require_GET
@opens_evaluation()
def progress(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The five phases at a glance, for the projector; 204 when nothing happened since."""
    if request.GET.get("since") == str(evaluation.log.count):
        return HttpResponse(status=204)
    shown = {"evaluation": evaluation, "phases": shown_phases(evaluation), "revision": evaluation.log.count}
    return render(request, "signoff/_progress.html", shown)


@require_POST
@opens_evaluation(Capability.SIGN, writes=True)
def sign(request: HttpRequest, evaluation: Evaluation, phase: str) -> HttpResponse:
    at = timezone.now()
    form = SignForm(request.POST, asks_for_password=asks_for_password(request, at))
    return _write(request, evaluation, _known(phase), form, actions.sign, at)


@require_POST
@opens_evaluation(Capability.LEAD, writes=True)
def approve_alone(request: HttpRequest, evaluation: Evaluation, phase: str) -> HttpResponse:
    at = timezone.now()
    form = AloneForm(request.POST, asks_for_password=asks_for_password(request, at))
    return _write(request, evaluation, _known(phase), form, actions.approve_alone, at)


@require_POST
@opens_evaluation(Capability.SIGN, writes=True)
def request_changes(request: HttpRequest, evaluation: Evaluation, phase: str) -> HttpResponse:
    return _write(
        request, evaluation, _known(phase), ChangesForm(request.POST), actions.request_changes, timezone.now()
    )


@require_POST
@opens_evaluation(Capability.LEAD, writes=True)
def set_not_applicable(request: HttpRequest, evaluation: Evaluation, phase: str) -> HttpResponse:
    form = NotApplicableForm(request.POST)
    return _write(request, evaluation, _known(phase), form, actions.set_not_applicable, timezone.now())


@require_POST
@opens_evaluation(Capability.LEAD, writes=True)
def set_applicable(request: HttpRequest, evaluation: Evaluation, phase: str) -> HttpResponse:
    return _write(request, evaluation, _known(phase), forms.Form({}), actions.set_applicable, timezone.now())


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def settle(request: HttpRequest, evaluation: Evaluation, point_id: int) -> HttpResponse:
    point = queries.point_of(evaluation, point_id)
    if point is None:
        raise Http404("There is no such point.")
    phase = Phase(point.signoff.phase)
    form = PointForm(request.POST)
    if not form.is_valid():
        return _page(request, evaluation, phase, status=422, note="Say whether the point is settled.")
    try:
        actions.settle_point(point=point, by=request.user, at=timezone.now(), **form.cleaned_data)
    except actions.PointMoved as moved:
        return _page(request, evaluation, phase, status=409, note=f"{moved} This is how it stands now.")
    return see_other("signoff:phase", evaluation.pk, phase.value)


def _known(phase: str) -> Phase:
    if phase not in Phase.values:
        raise Http404("There is no such phase.")
    return Phase(phase)


def _write(
    request: HttpRequest,
    evaluation: Evaluation,
    phase: Phase,
    form: forms.Form,
    act: Callable[..., object],
    at: datetime,
) -> HttpResponse:
    """Check the form and the password it may ask for, call the action, say what came of it."""
    if not form.is_valid():
        return _page(request, evaluation, phase, form, status=422)
    facts = form.cleaned_data
    if "digest" in facts:
        facts["digest_seen"] = facts.pop("digest")
    if "password" in facts and not prove(request, facts.pop("password")):
        form.add_error("password", WRONG_PASSWORD)
        return _page(request, evaluation, phase, form, status=422)
    try:
        act(evaluation=evaluation, phase=phase.value, by=request.user, at=at, **facts)
    except actions.SayWhy as missing:
        form.add_error(missing.field, str(missing))
        return _page(request, evaluation, phase, form, status=422)
    except MOVED as moved:
        return _page(request, evaluation, phase, form, status=409, note=str(moved))
    return see_other("signoff:phase", evaluation.pk, phase.value)


def _page(
    request: HttpRequest,
    evaluation: Evaluation,
    phase: Phase,
    typed: forms.Form | None = None,
    *,
    status: int = 200,
    note: str = "",
) -> HttpResponse:
    """The page, with the form that was typed into in its place; a signer's next try names what is shown now."""
    shown = shown_page(evaluation, phase, request.user)
    asks = asks_for_password(request, timezone.now())
    given = {"digest": shown["digest"]}
    drawn: dict[str, Any] = {
        "sign": SignForm(initial=given, asks_for_password=asks),
        "alone": AloneForm(initial=given, asks_for_password=asks),
        "changes": ChangesForm(initial=given),
        "aside": NotApplicableForm(),
    }
    word = getattr(typed, "word", "")
    if typed is not None and word:
        typed.data = typed.data.dict() | given
        drawn[word] = typed
    request.place = phase.value
    context = shown | {"forms": drawn, "note": note, "typed": word}
    return render(request, "signoff/page.html", context, status=status)
