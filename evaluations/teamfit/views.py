"""Phase 4's page: the exercise everybody builds, and what came of it once it is closed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.rounds.models import Round
from evaluations.rounds.queries import open_round_of
from evaluations.teamfit import actions, queries
from evaluations.teamfit.forms import ExerciseForm
from evaluations.teamfit.models import Exercise
from evaluations.teamfit.shown import FOLLOWS, nothing_new, shown_exercise, shown_index, shown_results
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other

CLOSE_AND_REFRESH = {"HX-Trigger": '{"panel-close": "", "revision": ""}'}


@require_GET
@opens_evaluation()
def index(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return render(request, "teamfit/page.html", shown_index(evaluation, request.user, timezone.now()))


@require_GET
@opens_evaluation()
def exercise(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    if nothing_new(evaluation, request.GET.get("since", ""), "teamfit"):
        return HttpResponse(status=204)
    return render(request, "teamfit/_exercise.html", shown_exercise(evaluation))


@require_GET
@opens_evaluation()
def results(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    if nothing_new(evaluation, request.GET.get("since", ""), *FOLLOWS):
        return HttpResponse(status=204)
    return render(request, "teamfit/_results.html", shown_results(evaluation))


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def edit_exercise(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    current = queries.current_exercise(evaluation)
    if request.method == "GET":
        return _edited(request, evaluation, current, ExerciseForm.of(current))
    form = ExerciseForm(request.POST)
    if not form.is_valid():
        return _edited(request, evaluation, current, form, status=422)
    try:
        actions.set_exercise(evaluation=evaluation, by=request.user, at=timezone.now(), **form.cleaned_data)
    except actions.ExerciseBegun as begun:
        form.add_error(None, str(begun))
        return _edited(request, evaluation, current, form, status=422)
    except actions.ExerciseMoved as moved:
        seen = moved.current.version if moved.current else 0
        again = ExerciseForm({**request.POST.dict(), "seen": seen})
        return _edited(request, evaluation, moved.current, again, status=409)
    return done(request, evaluation, "exercise")


def done(request: HttpRequest, evaluation: Evaluation, part: str) -> HttpResponse:
    """What was edited in the panel is saved: the panel closes and the parts behind it ask again."""
    if request.htmx:
        return HttpResponse(status=204, headers=CLOSE_AND_REFRESH)
    return see_other(f"{index_url(evaluation)}#{part}")


def index_url(evaluation: Evaluation) -> str:
    return reverse("teamfit:index", args=[evaluation.pk])


def _edited(
    request: HttpRequest, evaluation: Evaluation, current: Exercise | None, form: ExerciseForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "evaluation": evaluation,
        "exercise": current,
        "form": form,
        "was_moved": status == 409,
        "is_open": open_round_of(evaluation, Round.Subject.EXERCISE) is not None,
        "has_answers": current is not None and current.attempts.exists(),
        "in_panel": bool(request.htmx),
    }
    template = "teamfit/_edit_exercise.html" if request.htmx else "teamfit/edit_exercise.html"
    return render(request, template, context, status=status)
