"""From one state to the next, and what a decided evaluation still takes: a look back, and a successor."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.decision import actions, moving, succeeding
from evaluations.decision.forms import DecideForm, RevisitForm, SeenForm, SuccessorForm
from evaluations.decision.states import NoSuchMove
from evaluations.decision.views import shown_page
from evaluations.signoff.reauthentication import asks_for_password, prove
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def propose(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    form = SeenForm(request.POST)
    if not form.is_valid():
        return shown_page(request, evaluation, status=422)
    try:
        moving.propose(evaluation=evaluation, seen=form.cleaned_data["seen"], by=request.user, at=timezone.now())
    except (moving.NotYet, NoSuchMove) as refusal:
        return shown_page(request, evaluation, status=422, refusal=str(refusal))
    except actions.DecisionMoved as moved:
        return shown_page(request, evaluation, status=409, moved_before_move=moved.current)
    return see_other("decision:index", evaluation.pk)


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def take_back(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    try:
        moving.take_back(evaluation=evaluation, by=request.user, at=timezone.now())
    except NoSuchMove as refusal:
        return shown_page(request, evaluation, status=409, refusal=str(refusal))
    return see_other("decision:index", evaluation.pk)


@require_POST
@opens_evaluation(Capability.LEAD, writes=True)
def decide(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """Whoever decides proves again who they are, as for a sign-off."""
    at = timezone.now()
    asks = asks_for_password(request, at)
    form = DecideForm(request.POST, asks_for_password=asks)
    if not form.is_valid():
        return shown_page(request, evaluation, status=422, decide_form=form)
    if asks and not prove(request, form.cleaned_data["password"]):
        form.add_error("password", "This is not your password. Type it again.")
        return shown_page(request, evaluation, status=422, decide_form=form)
    try:
        moving.decide(evaluation=evaluation, seen=form.cleaned_data["seen"], by=request.user, at=at)
    except (moving.NotYet, NoSuchMove) as refusal:
        return shown_page(request, evaluation, status=422, refusal=str(refusal))
    except actions.DecisionMoved as moved:
        return shown_page(request, evaluation, status=409, moved_before_move=moved.current)
    return see_other("decision:index", evaluation.pk)


@require_POST
@opens_evaluation(Capability.LEAD)
def archive(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    try:
        moving.archive(evaluation=evaluation, by=request.user, at=timezone.now())
    except NoSuchMove as refusal:
        return shown_page(request, evaluation, status=409, refusal=str(refusal))
    return see_other("decision:index", evaluation.pk)


@require_POST
@opens_evaluation(Capability.LEAD)
def bring_back(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    try:
        moving.bring_back(evaluation=evaluation, by=request.user, at=timezone.now())
    except NoSuchMove as refusal:
        return shown_page(request, evaluation, status=409, refusal=str(refusal))
    return see_other("decision:index", evaluation.pk)


@require_POST
@opens_evaluation(Capability.LEAD)
def revisit(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    form = RevisitForm(request.POST)
    if not form.is_valid():
        return shown_page(request, evaluation, status=422, revisit_form=form)
    try:
        moving.revisit(evaluation=evaluation, by=request.user, at=timezone.now(), **form.cleaned_data)
    except actions.DecisionMoved:
        again = RevisitForm({**request.POST.dict(), "seen": form.cleaned_data["seen"] + 1})
        return shown_page(request, evaluation, status=409, revisit_form=again, revisited_meanwhile=True)
    return see_other("decision:index", evaluation.pk)


@require_POST
@opens_evaluation(Capability.LEAD)
def succeed(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    form = SuccessorForm(request.POST)
    if not form.is_valid():
        return shown_page(request, evaluation, status=422, successor_form=form)
    made = succeeding.start_successor(
        evaluation=evaluation, title=form.cleaned_data["title"], by=request.user, at=timezone.now()
    )
    return see_other("overview:evaluation", made.pk)
