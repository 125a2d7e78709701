"""Phase 5's page: the checklist by candidate, and the answer to one item."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from evaluations.candidates.access import check_is_writable, opens_evaluation
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import candidate_of
from evaluations.checklist.models import ChecklistItem
from evaluations.readiness import actions, kinds, queries
from evaluations.readiness.forms import AnswerForm
from evaluations.readiness.models import ReadinessAnswer
from evaluations.readiness.shown import BANDS, TABLE_FOLLOWS, may, nothing_new, shown_index, shown_table, shown_test
from evaluations.teams.access import REASONS, Capability, Refused
from evaluations.teams.responses import see_other

CLOSE_AND_REFRESH = {"HX-Trigger": '{"panel-close": "", "revision": ""}'}


@require_GET
@opens_evaluation()
def index(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return render(request, "readiness/page.html", shown_index(evaluation))


@require_GET
@opens_evaluation()
def table(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The checklist by candidate as it is now; nothing when nothing in it changed."""
    if nothing_new(evaluation, request.GET.get("since", ""), *TABLE_FOLLOWS):
        return HttpResponse(status=204)
    return render(request, "readiness/_table.html", shown_table(evaluation))


@require_http_methods(["GET", "POST"])
@opens_evaluation()
def answer(request: HttpRequest, evaluation: Evaluation, item_id: int, candidate_id: int) -> HttpResponse:
    """In the side panel with HTMX, a page of its own without. Readers see what is known, contributors the form too."""
    item, candidate = _found(evaluation, item_id, candidate_id)
    cell = queries.cell_of(evaluation, item, candidate)
    if request.method == "GET":
        return _answer(request, evaluation, cell, AnswerForm.of(cell.answer, item=item, candidate=candidate))
    check_contributes(evaluation)
    form = AnswerForm(request.POST, item=item, candidate=candidate)
    if not form.is_valid():
        return _answer(request, evaluation, cell, form, status=422)
    try:
        actions.set_answer(item=item, candidate=candidate, by=request.user, at=timezone.now(), **form.cleaned_data)
    except actions.AnswerMoved as moved:
        seen = moved.current.version if moved.current else 0
        again = AnswerForm({**request.POST.dict(), "seen": seen}, item=item, candidate=candidate)
        return _answer(request, evaluation, cell, again, status=409, moved=moved.current)
    return done(request, evaluation, "checklist-table")


def check_contributes(evaluation: Evaluation) -> None:
    """For views that everybody may read and only contributors write."""
    check_is_writable(evaluation)
    if Capability.CONTRIBUTE not in evaluation.capabilities:
        raise Refused(REASONS[Capability.CONTRIBUTE])


def done(request: HttpRequest, evaluation: Evaluation, part: str) -> HttpResponse:
    """What was edited in the panel is saved: the panel closes and the parts behind it ask again."""
    if request.htmx:
        return HttpResponse(status=204, headers=CLOSE_AND_REFRESH)
    return see_other(f"{index_url(evaluation)}#{part}")


def index_url(evaluation: Evaluation) -> str:
    return reverse("readiness:index", args=[evaluation.pk])


def add_errors(form: Any, problem: ValidationError) -> None:
    """Puts what the model refused beside the form's fields."""
    told = problem.message_dict if hasattr(problem, "error_dict") else {"__all__": problem.messages}
    for name, messages in told.items():
        for message in messages:
            form.add_error(name if name in form.fields else None, message)


def _found(evaluation: Evaluation, item_id: int, candidate_id: int) -> tuple[ChecklistItem, Candidate]:
    item, candidate = queries.item_of(evaluation, item_id), candidate_of(evaluation, candidate_id)
    if item is None or candidate is None or candidate.withdrawn_at:
        raise Http404("There is no such item or candidate.")
    return item, candidate


def _answer(
    request: HttpRequest,
    evaluation: Evaluation,
    cell: queries.AnswerCell,
    form: AnswerForm,
    *,
    status: int = 200,
    moved: ReadinessAnswer | None = None,
) -> HttpResponse:
    context = {
        "evaluation": evaluation,
        "cell": cell,
        "band": BANDS[cell.counts],
        "tests": [shown_test(test) for test in cell.tests],
        "form": form,
        "moved": moved,
        "was_moved": status == 409,
        "figure": kinds.ITEM_FIGURES.get(cell.item.key),
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
        "in_panel": bool(request.htmx),
    }
    return render(
        request, "readiness/_answer.html" if request.htmx else "readiness/answer.html", context, status=status
    )
