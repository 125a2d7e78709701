"""The page on which it is decided: where it stands, the choice, what it gives up and what is expected of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.decision import actions, queries
from evaluations.decision.forms import ChoiceForm, DecideForm, RevisitForm, SuccessorForm
from evaluations.decision.models import Decision
from evaluations.decision.shown import may, nothing_new, shown_grounds, shown_moves
from evaluations.signoff.reauthentication import asks_for_password
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other


@require_GET
@opens_evaluation()
def index(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return shown_page(request, evaluation)


@require_GET
@opens_evaluation()
def moves(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """Where the decision stands and what is missing; nothing when nothing happened since."""
    if nothing_new(evaluation, request.GET.get("since", "")):
        return HttpResponse(status=204)
    return render(request, "decision/_moves.html", drawn_moves(request, evaluation))


@require_GET
@opens_evaluation()
def grounds(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """Trade-offs and forecast; nothing when nothing happened since."""
    if nothing_new(evaluation, request.GET.get("since", "")):
        return HttpResponse(status=204)
    return render(request, "decision/_grounds.html", shown_grounds(evaluation))


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def choose(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    candidates = standing_candidates(evaluation)
    form = ChoiceForm(request.POST, candidates=candidates)
    if not form.is_valid():
        return shown_page(request, evaluation, choice=form, status=422)
    try:
        actions.choose(
            evaluation=evaluation,
            candidate=form.chosen,
            said=form.said(),
            seen=form.cleaned_data["seen"],
            by=request.user,
            at=timezone.now(),
        )
    except (actions.ReasonMissing, actions.NotACandidate) as refusal:
        form.add_error("reason" if isinstance(refusal, actions.ReasonMissing) else "candidate", str(refusal))
        return shown_page(request, evaluation, choice=form, status=422)
    except actions.DecisionMoved as moved:
        again = ChoiceForm.again(request.POST.dict(), moved.current, candidates)
        return shown_page(request, evaluation, choice=again, moved=moved.current, status=409)
    return see_other("decision:index", evaluation.pk)


def drawn_moves(request: HttpRequest, evaluation: Evaluation) -> dict[str, Any]:
    """The part with the moves; its forms begin empty."""
    at = timezone.now()
    shown = shown_moves(evaluation, today=at.date())
    asks = shown["can_lead"] and evaluation.is_writable and asks_for_password(request, at)
    return shown | {
        "decide_form": DecideForm(initial={"seen": shown["seen"]}, asks_for_password=asks),
        "revisit_form": RevisitForm(initial={"seen": len(shown["revisits"])}),
        "successor_form": SuccessorForm(initial={"title": f"{evaluation.title[:113]}, again"}),
    }


def shown_page(
    request: HttpRequest,
    evaluation: Evaluation,
    *,
    status: int = 200,
    choice: ChoiceForm | None = None,
    moved: Decision | None = None,
    **more: Any,
) -> HttpResponse:
    """The whole page; `more` takes the place of what `drawn_moves` begins with: a form with its errors, a notice."""
    shown = drawn_moves(request, evaluation) | shown_grounds(evaluation)
    candidates = standing_candidates(evaluation)
    decision = shown["decision"]
    context = {
        **shown,
        "choice": choice or ChoiceForm.of(decision, queries.people_told(evaluation), candidates),
        "candidates": candidates,
        "can_write": may(evaluation, Capability.CONTRIBUTE) and evaluation.is_writable,
        "moved": moved,
        "consequences": queries.consequences_of(decision) if decision else {},
        "consulted": queries.consulted_of(decision) if decision else [],
        "informed": queries.informed_of(decision) if decision else [],
        **more,
    }
    return render(request, "decision/page.html", context, status=status)
