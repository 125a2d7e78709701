"""One's own exercises: the clock, the answers, handing in. Nobody else's is ever read here."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluations.candidates.access import check_is_writable, opens_evaluation
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import candidate_of
from evaluations.requirements.queries import round_state
from evaluations.rounds.actions import RoundIsRevealed
from evaluations.rounds.models import Round
from evaluations.teamfit import actions, queries
from evaluations.teamfit.forms import AttemptForm
from evaluations.teamfit.models import Attempt, Exercise
from evaluations.teamfit.shown import FOLLOWS, nothing_new, shown_attempt, shown_own
from evaluations.teamfit.views import done
from evaluations.teams.access import Capability

MOVED_ON = (actions.ClockRunsElsewhere, actions.HandedIn, actions.AttemptMoved, actions.ExerciseMoved, RoundIsRevealed)


@require_GET
@opens_evaluation()
def own(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The round and one's own exercises as they are now; nothing when nothing in them changed."""
    if nothing_new(evaluation, request.GET.get("since", ""), *FOLLOWS):
        return HttpResponse(status=204)
    return render(request, "teamfit/_own.html", shown_own(evaluation, request.user, timezone.now()))


@require_POST
@opens_evaluation(Capability.RATE, writes=True)
def start(request: HttpRequest, evaluation: Evaluation, candidate_id: int) -> HttpResponse:
    candidate, exercise = _candidate_or_404(evaluation, candidate_id), _exercise_or_404(evaluation)

    def begin() -> None:
        actions.start_clock(
            exercise=exercise, candidate=candidate, seen_round=_seen_round(request), by=request.user, at=timezone.now()
        )

    return _clocked(request, evaluation, begin)


@require_POST
@opens_evaluation(Capability.RATE, writes=True)
def stop(request: HttpRequest, evaluation: Evaluation, candidate_id: int) -> HttpResponse:
    candidate = _candidate_or_404(evaluation, candidate_id)
    attempt = queries.own_attempt(evaluation, candidate, request.user)
    if attempt is None:
        raise Http404("You have not begun with this candidate.")
    return _clocked(
        request, evaluation, lambda: actions.stop_clock(attempt=attempt, by=request.user, at=timezone.now())
    )


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.RATE)
def attempt(request: HttpRequest, evaluation: Evaluation, candidate_id: int) -> HttpResponse:
    """`finished=1` hands in, `finished=0` keeps for later. Once the exercise is closed one reads one's own here."""
    candidate, exercise = _candidate_or_404(evaluation, candidate_id), _exercise_or_404(evaluation)
    row = queries.own_attempt(evaluation, candidate, request.user)
    if request.method == "GET":
        return _shown(request, evaluation, candidate, row, _form_of(request, evaluation, candidate, row))
    check_is_writable(evaluation)
    form = AttemptForm(request.POST, candidate_id=candidate.pk, clock_minutes=_clock_minutes(row))
    if not form.is_valid():
        return _shown(request, evaluation, candidate, row, form, status=422)
    finished = request.POST.get("finished") == "1"
    try:
        _save(request, exercise, candidate, form, finished)
    except ValidationError as fault:
        for name, told in fault.message_dict.items():
            form.add_error(name if name in form.fields else None, told)
        return _shown(request, evaluation, candidate, row, form, status=422)
    except (actions.AttemptMoved, actions.ExerciseMoved, RoundIsRevealed) as moved:
        current = queries.own_attempt(evaluation, candidate, request.user)
        typed = {**request.POST.dict(), "seen": current.version if current else 0}
        again = AttemptForm(typed, candidate_id=candidate.pk, clock_minutes=_clock_minutes(current))
        return _shown(request, evaluation, candidate, current, again, status=409, note=str(moved))
    return done(request, evaluation, "own")


def _save(request: HttpRequest, exercise: Exercise, candidate: Candidate, form: AttemptForm, finished: bool) -> None:
    actions.save_attempt(
        exercise=exercise,
        candidate=candidate,
        finished=finished,
        by=request.user,
        at=timezone.now(),
        **form.cleaned_data,
    )


def _clocked(request: HttpRequest, evaluation: Evaluation, push: Callable[[], object]) -> HttpResponse:
    """The clock's buttons: what stands already, or stands in the way, is told where one looks next."""
    try:
        push()
    except MOVED_ON as moved:
        if request.htmx:
            headers = {"HX-Reswap": "none", "HX-Trigger": "revision"}
            return HttpResponse(str(moved), status=409, content_type="text/plain", headers=headers)
        messages.error(request, str(moved))
    return done(request, evaluation, "own")


def _candidate_or_404(evaluation: Evaluation, candidate_id: int) -> Candidate:
    found = candidate_of(evaluation, candidate_id)
    if found is None or found.withdrawn_at or found.kind != Candidate.Kind.STACK:
        raise Http404("There is no such candidate to try.")
    return found


def _exercise_or_404(evaluation: Evaluation) -> Exercise:
    found = queries.current_exercise(evaluation)
    if found is None:
        raise Http404("There is no exercise yet.")
    found.evaluation = evaluation
    return found


def _seen_round(request: HttpRequest) -> int:
    given = request.POST.get("seen", "")
    return int(given) if given.isdecimal() and len(given) < 19 else 0


def _clock_minutes(row: Attempt | None) -> float | None:
    if row is None or (row.started_at is None and not row.earlier_s):
        return None
    return actions.round_minutes(row.clock_seconds(timezone.now()))


def _form_of(request: HttpRequest, evaluation: Evaluation, candidate: Candidate, row: Attempt | None) -> AttemptForm:
    seen = round_state(evaluation, Round.Subject.EXERCISE, request.user).seen
    drawn = row if row and not row.round.is_revealed else None
    return AttemptForm.of(drawn, candidate_id=candidate.pk, seen_round=seen, clock_minutes=_clock_minutes(drawn))


def _shown(
    request: HttpRequest,
    evaluation: Evaluation,
    candidate: Candidate,
    row: Attempt | None,
    form: AttemptForm,
    *,
    status: int = 200,
    note: str = "",
) -> HttpResponse:
    at = timezone.now()
    state = round_state(evaluation, Round.Subject.EXERCISE, request.user)
    context = {
        "evaluation": evaluation,
        "own": shown_attempt(candidate, row, at),
        "candidate": candidate,
        "attempt": row,
        "questions": [(label, row and row.answer_in_words(name)) for name, label in queries.QUESTIONS.items()],
        "reviews": queries.reviews_of_own(row) if row else [],
        "form": form,
        "state": state,
        "takes_answers": state.takes_answers and evaluation.is_writable,
        "note": note,
        "at": at,
        "in_panel": bool(request.htmx),
    }
    template = "teamfit/_attempt.html" if request.htmx else "teamfit/attempt.html"
    return render(request, template, context, status=status)
