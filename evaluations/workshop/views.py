from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.requirements.queries import nothing_new
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other
from evaluations.workshop import actions, queries
from evaluations.workshop.steps import STEPS


def shown_workshop(request: HttpRequest, evaluation: Evaluation, **more: Any) -> dict[str, Any]:
    """What the workshop's page, the projector and the bar on other pages are drawn from: counts, never names."""
    evaluation.log.refresh_from_db()
    workshop = queries.workshop_of(evaluation)
    return {
        "evaluation": evaluation,
        "revision": evaluation.log.count,
        "clock": queries.clock_of(workshop, timezone.now()) if workshop else None,
        "plan": STEPS,
        "minutes_in_all": sum(step.minutes for step in STEPS),
        "too_much": queries.too_much_for_two_hours(evaluation),
        "can_lead": evaluation.is_writable and Capability.LEAD in evaluation.capabilities,
        **more,
    }


def _part(request: HttpRequest, evaluation: Evaluation, name: str) -> HttpResponse:
    if nothing_new(evaluation, request.GET.get("since", ""), *queries.FOLLOWS, "requirements"):
        return HttpResponse(status=204)
    return render(request, f"workshop/_{name}.html", shown_workshop(request, evaluation))


@require_GET
@opens_evaluation()
def index(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return render(request, "workshop/page.html", shown_workshop(request, evaluation))


@require_GET
@opens_evaluation()
def now(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return _part(request, evaluation, "now")


@require_GET
@opens_evaluation()
def bar(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return _part(request, evaluation, "bar")


@require_GET
@opens_evaluation()
def projector(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return render(request, "workshop/projector.html", shown_workshop(request, evaluation))


@require_GET
@opens_evaluation()
def screen(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return _part(request, evaluation, "screen")


@require_POST
@opens_evaluation(Capability.LEAD, writes=True)
def start(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    try:
        actions.start(evaluation=evaluation, by=request.user, at=timezone.now())
    except actions.NotNow as refusal:
        return _answer(request, evaluation, status=409, note=str(refusal))
    return _answer(request, evaluation)


@require_POST
@opens_evaluation(Capability.LEAD, writes=True)
def steer(request: HttpRequest, evaluation: Evaluation, push: str) -> HttpResponse:
    """One push of the lead's: next, back, pause, resume, extend, end."""
    workshop = queries.workshop_of(evaluation)
    if workshop is None or push not in PUSHES:
        raise Http404("There is no such workshop.")
    given = request.POST.get("seen", "")
    seen = int(given) if given.isdecimal() and len(given) < 19 else -1
    try:
        PUSHES[push](workshop, {"seen": seen, "by": request.user, "at": timezone.now()})
    except actions.WorkshopMoved as moved:
        note = f"{moved} Look where it is now before you go on."
        return _answer(request, evaluation, status=409, note=note)
    except actions.NotNow as refusal:
        return _answer(request, evaluation, status=422, note=str(refusal))
    return _answer(request, evaluation)


PUSHES = {
    "next": lambda workshop, how: actions.go_to_step(workshop=workshop, step=workshop.step + 1, **how),
    "back": lambda workshop, how: actions.go_to_step(workshop=workshop, step=workshop.step - 1, **how),
    "pause": lambda workshop, how: actions.pause(workshop=workshop, **how),
    "resume": lambda workshop, how: actions.resume(workshop=workshop, **how),
    "extend": lambda workshop, how: actions.extend(workshop=workshop, **how),
    "end": lambda workshop, how: actions.end(workshop=workshop, **how),
}


def _answer(request: HttpRequest, evaluation: Evaluation, *, status: int = 200, note: str = "") -> HttpResponse:
    if not request.htmx and status == 200:
        return see_other(reverse("workshop:index", args=[evaluation.pk]))
    template = "workshop/_now.html" if request.htmx else "workshop/page.html"
    return render(request, template, shown_workshop(request, evaluation, note=note), status=status)
