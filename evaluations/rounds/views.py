"""Opening, revealing and finishing blind rounds, for every page that has one."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.rounds import actions, queries
from evaluations.rounds.models import Round
from evaluations.teams.access import Capability
from evaluations.teams.responses import next_or, see_other


@require_POST
@opens_evaluation(Capability.LEAD, writes=True)
def open_round(request: HttpRequest, evaluation: Evaluation, subject: str) -> HttpResponse:
    if subject not in Round.Subject.values:
        raise Http404("There is no such round.")
    try:
        actions.open_round(evaluation=evaluation, subject=subject, by=request.user, at=timezone.now())
    except actions.RoundIsOpen:
        return _look_again(request, evaluation, "A round is open already.")
    return _look_again(request, evaluation)


@require_POST
@opens_evaluation(Capability.LEAD, writes=True)
def reveal(request: HttpRequest, evaluation: Evaluation, round_id: int) -> HttpResponse:
    try:
        actions.reveal(round=_round(evaluation, round_id), by=request.user, at=timezone.now())
    except actions.RoundIsRevealed as revealed:
        return _look_again(request, evaluation, revealed.reason)
    return _look_again(request, evaluation)


@require_POST
@opens_evaluation(Capability.RATE, writes=True)
def finish(request: HttpRequest, evaluation: Evaluation, round_id: int) -> HttpResponse:
    """`finished=1` says "I am done", `finished=0` takes it back."""
    finished = request.POST.get("finished") != "0"
    found = _round(evaluation, round_id)
    try:
        actions.set_finished(round=found, finished=finished, by=request.user, at=timezone.now())
    except actions.RoundIsRevealed as revealed:
        return _look_again(request, evaluation, revealed.reason)
    return _look_again(request, evaluation)


def _round(evaluation: Evaluation, round_id: int) -> Round:
    found = queries.round_of(evaluation, round_id)
    if found is None:
        raise Http404("There is no such round.")
    return found


def _look_again(request: HttpRequest, evaluation: Evaluation, note: str = "") -> HttpResponse:
    """With HTMX the page's live parts ask again at once; without it the page the form came from is shown anew."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Trigger": "revision"})
    if note:
        messages.info(request, note)
    return see_other(next_or(request, reverse("candidates:page", args=[evaluation.pk])))
