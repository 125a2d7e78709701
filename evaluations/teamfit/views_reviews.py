"""Reviews of handed-in code, by somebody else than its author."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from evaluations.candidates.access import check_is_writable, opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.rounds.actions import RoundIsRevealed
from evaluations.teamfit import actions, queries
from evaluations.teamfit.forms import ReviewForm
from evaluations.teamfit.shown import FOLLOWS, nothing_new, shown_reviews
from evaluations.teamfit.views import done
from evaluations.teams.access import Capability


@require_GET
@opens_evaluation()
def listed(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    if nothing_new(evaluation, request.GET.get("since", ""), *FOLLOWS):
        return HttpResponse(status=204)
    return render(request, "teamfit/_reviews.html", shown_reviews(evaluation, request.user))


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.RATE)
def review(request: HttpRequest, evaluation: Evaluation, attempt_id: int) -> HttpResponse:
    solution = queries.solution_for(evaluation, attempt_id, request.user)
    if solution is None:
        raise Http404("There is no such code to review.")
    if request.method == "GET":
        return _shown(request, evaluation, solution, ReviewForm.of(solution.own, attempt_id=attempt_id))
    check_is_writable(evaluation)
    form = ReviewForm(request.POST, attempt_id=attempt_id)
    if not form.is_valid():
        return _shown(request, evaluation, solution, form, status=422)
    found = queries.attempt_to_review(evaluation, attempt_id)
    if found is None:
        raise Http404("There is no such code to review.")
    try:
        actions.review_code(attempt=found, by=request.user, at=timezone.now(), **form.cleaned_data)
    except (actions.ReviewMoved, actions.NothingToReview, RoundIsRevealed) as moved:
        current = queries.solution_for(evaluation, attempt_id, request.user) or solution
        typed = {**request.POST.dict(), "seen": current.own.version if current.own else 0}
        again = ReviewForm(typed, attempt_id=attempt_id)
        return _shown(request, evaluation, current, again, status=409, note=str(moved))
    return done(request, evaluation, "reviews")


def _shown(
    request: HttpRequest,
    evaluation: Evaluation,
    solution: queries.Solution,
    form: ReviewForm,
    *,
    status: int = 200,
    note: str = "",
) -> HttpResponse:
    context = {
        "evaluation": evaluation,
        "solution": solution,
        "takes_review": solution.takes_review and evaluation.is_writable,
        "form": form,
        "note": note,
        "in_panel": bool(request.htmx),
    }
    template = "teamfit/_review.html" if request.htmx else "teamfit/review.html"
    return render(request, template, context, status=status)
