from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluations import catalogue
from evaluations.audit.queries import has_news
from evaluations.candidates import actions, queries
from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.forms import (
    AddForm,
    EditDescriptionForm,
    EditForm,
    NewEvaluationForm,
    WithdrawForm,
)
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.teams.access import Capability, check_can, get_team
from evaluations.teams.responses import see_other


@login_required
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest, team_id: int) -> HttpResponse:
    team = get_team(request.user, team_id)
    request.team = team
    check_can(Capability.LEAD, request.user, team)
    form = NewEvaluationForm(request.POST or None, initial={"scenario": ""})
    if request.method == "POST" and form.is_valid():
        made = actions.create_evaluation(team=team, by=request.user, at=timezone.now(), **form.cleaned_data)
        return see_other("candidates:page", made.pk)
    status = 422 if form.is_bound else 200
    return render(request, "candidates/new.html", {"team": team, "form": form}, status=status)


def shown_candidates(request: HttpRequest, evaluation: Evaluation, **more: Any) -> dict[str, Any]:
    """What the candidates' page and its parts are drawn from."""
    evaluation.log.refresh_from_db()
    standing = queries.standing_candidates(evaluation)
    return {
        "evaluation": evaluation,
        "revision": evaluation.log.count,
        "cards": _cards(standing),
        "withdrawn": queries.withdrawn_candidates(evaluation),
        "can_contribute": _may(evaluation, Capability.CONTRIBUTE),
        "can_lead": _may(evaluation, Capability.LEAD),
        **more,
    }


def _may(evaluation: Evaluation, capability: Capability) -> bool:
    return evaluation.is_writable and capability in evaluation.capabilities


def _cards(standing: list[Candidate]) -> list[dict[str, Any]]:
    names = {framework.key: framework for framework in catalogue.frameworks()}
    keys = [str(candidate.pk) for candidate in standing]
    return [
        {
            "candidate": candidate,
            "framework": names.get(candidate.framework),
            "earlier": _swapped(keys, place - 1) if place else "",
            "later": _swapped(keys, place) if place + 1 < len(keys) else "",
        }
        for place, candidate in enumerate(standing)
    ]


def _swapped(keys: list[str], place: int) -> str:
    """The order in which the keys at `place` and after it have changed places."""
    moved = [*keys]
    moved[place], moved[place + 1] = moved[place + 1], moved[place]
    return ",".join(moved)


@require_GET
@opens_evaluation()
def page(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    shown = shown_candidates(request, evaluation, frameworks=catalogue.frameworks())
    return render(request, "candidates/page.html", shown)


@require_GET
@opens_evaluation()
def cards(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The candidates as they are now; nothing when nothing happened to them since."""
    since = request.GET.get("since", "")
    if since.isdecimal() and not has_news(evaluation.log, int(since[:18]), "candidates", "legacy"):
        return HttpResponse(status=204)
    return render(request, "candidates/_cards.html", shown_candidates(request, evaluation))


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.LEAD, writes=True)
def describe(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    form = EditDescriptionForm.of(evaluation)
    status, moved = 200, None
    if request.method == "POST":
        form = EditDescriptionForm(request.POST)
        status = 422
        if form.is_valid():
            try:
                actions.describe(evaluation=evaluation, by=request.user, at=timezone.now(), **form.cleaned_data)
            except actions.EvaluationMoved as collision:
                status, moved = 409, collision.evaluation
                form = EditDescriptionForm({**form.cleaned_data, "seen": moved.version})
            else:
                return see_other("candidates:page", evaluation.pk)
    context = {"evaluation": evaluation, "form": form, "moved": moved}
    return render(request, "candidates/describe.html", context, status=status)


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def add(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """A framework of the catalogue with its dated facts, or one's own; then the stack it would run on."""
    if request.method == "GET":
        return _shown_add(request, evaluation, AddForm.prefilled(_known(request.GET.get("framework", ""))))
    form = AddForm(request.POST)
    if form.is_valid():
        try:
            actions.add_candidate(evaluation=evaluation, by=request.user, at=timezone.now(), **form.cleaned_data)
        except actions.NameTaken as taken:
            form.add_error("name", str(taken))
        else:
            return see_other("candidates:page", evaluation.pk)
    return _shown_add(request, evaluation, form, status=422)


def _known(framework: str) -> str:
    if framework and framework not in {known.key for known in catalogue.frameworks()}:
        raise Http404("The catalogue has no such framework.")
    return framework


def _shown_add(request: HttpRequest, evaluation: Evaluation, form: AddForm, status: int = 200) -> HttpResponse:
    key = form["framework"].value()
    chosen = next((known for known in catalogue.frameworks() if known.key == key), None)
    names = {criterion.key: criterion.name for criterion in catalogue.criteria()}
    facts = [(names[fact.criterion], fact) for fact in chosen.facts] if chosen else []
    context = {"evaluation": evaluation, "form": form, "framework": chosen, "facts": facts}
    return render(request, "candidates/add.html", context, status=status)


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def edit(request: HttpRequest, evaluation: Evaluation, candidate_id: int) -> HttpResponse:
    candidate = _standing_or_404(evaluation, candidate_id)
    if request.method == "GET":
        return _shown_edit(request, candidate, EditForm(instance=candidate, initial={"seen": candidate.version}))
    form = EditForm(request.POST)
    if form.is_valid():
        try:
            actions.edit_candidate(candidate=candidate, by=request.user, at=timezone.now(), **form.cleaned_data)
        except actions.NameTaken as taken:
            form.add_error("name", str(taken))
        except actions.CandidateMoved as moved:
            again = EditForm({**form.cleaned_data, "seen": moved.candidate.version})
            return _shown_edit(request, candidate, again, status=409, moved=moved.candidate)
        else:
            return see_other("candidates:page", evaluation.pk)
    return _shown_edit(request, candidate, form, status=422)


def _shown_edit(
    request: HttpRequest, candidate: Candidate, form: EditForm, status: int = 200, **more: Any
) -> HttpResponse:
    evaluation = request.evaluation
    context = {
        "evaluation": evaluation,
        "candidate": candidate,
        "form": form,
        "withdraw_form": WithdrawForm(auto_id="withdraw_%s"),
        "can_lead": _may(evaluation, Capability.LEAD),
        **more,
    }
    return render(request, "candidates/edit.html", context, status=status)


@require_POST
@opens_evaluation(Capability.LEAD, writes=True)
def withdraw(request: HttpRequest, evaluation: Evaluation, candidate_id: int) -> HttpResponse:
    candidate = _standing_or_404(evaluation, candidate_id)
    form = WithdrawForm(request.POST, auto_id="withdraw_%s")
    if not form.is_valid():
        shown = EditForm(instance=candidate, initial={"seen": candidate.version})
        return _shown_edit(request, candidate, shown, status=422, withdraw_form=form)
    reason = form.cleaned_data["reason"]
    actions.withdraw_candidate(candidate=candidate, reason=reason, by=request.user, at=timezone.now())
    return see_other("candidates:page", evaluation.pk)


def _standing_or_404(evaluation: Evaluation, candidate_id: int) -> Candidate:
    candidate = queries.candidate_of(evaluation, candidate_id)
    if candidate is None or candidate.withdrawn_at is not None:
        raise Http404("No such candidate.")
    return candidate


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def reorder(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """order: keys of all standing candidates with commas between them."""
    order = [int(key[:18]) for key in request.POST.get("order", "").split(",") if key.strip().isdecimal()]
    status, note = 200, ""
    try:
        actions.reorder(evaluation=evaluation, order=order, by=request.user, at=timezone.now())
    except actions.OrderMoved as moved:
        status, note = 409, str(moved)
    if request.htmx:
        shown = shown_candidates(request, evaluation, note=note)
        return render(request, "candidates/_cards.html", shown, status=status)
    if status == 200:
        return see_other(reverse("candidates:page", args=[evaluation.pk]))
    shown = shown_candidates(request, evaluation, note=note, frameworks=catalogue.frameworks())
    return render(request, "candidates/page.html", shown, status=status)
