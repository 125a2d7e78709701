"""Phase 3's page: needs by candidate, and what covers one of them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from evaluations.candidates.access import check_can, check_is_writable, opens_evaluation
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import candidate_of
from evaluations.ecosystem import actions, queries
from evaluations.ecosystem.forms import PackageForm
from evaluations.ecosystem.models import Need, PackageChoice
from evaluations.ecosystem.shown import BANDS, TABLE_FOLLOWS, shown_checks, shown_index, shown_table
from evaluations.requirements.queries import nothing_new
from evaluations.scoring.views import may
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other

CLOSE_AND_REFRESH = {"HX-Trigger": '{"panel-close": "", "revision": ""}'}


@require_GET
@opens_evaluation()
def index(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return render(request, "ecosystem/page.html", shown_index(evaluation))


@require_GET
@opens_evaluation()
def table(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """Needs by candidate as they are now; nothing when nothing in them changed."""
    if nothing_new(evaluation, request.GET.get("since", ""), *TABLE_FOLLOWS):
        return HttpResponse(status=204)
    return render(request, "ecosystem/_table.html", shown_table(evaluation))


@require_http_methods(["GET", "POST"])
@opens_evaluation()
def package(request: HttpRequest, evaluation: Evaluation, need_id: int, candidate_id: int) -> HttpResponse:
    """In the side panel with HTMX, a page of its own without. Readers see what is known, contributors the form too."""
    need, candidate = _found(evaluation, need_id, candidate_id)
    cell = queries.cell_of(need, candidate)
    at = timezone.now()
    if request.method == "GET":
        form = PackageForm.of(cell.choice, need=need, candidate=candidate, today=at.date())
        return _package(request, evaluation, cell, form)
    check_can(Capability.CONTRIBUTE, request.user, evaluation)
    check_is_writable(evaluation)
    form = PackageForm(request.POST, need=need, candidate=candidate)
    if not form.is_valid():
        return _package(request, evaluation, cell, form, status=422)
    try:
        actions.set_package(
            need=need, candidate=candidate, seen=form.cleaned_data["seen"], by=request.user, at=at, **form.facts()
        )
    except actions.PackageMoved as moved:
        seen = moved.current.version if moved.current else 0
        again = PackageForm({**request.POST.dict(), "seen": seen}, need=need, candidate=candidate)
        return _package(request, evaluation, cell, again, status=409, moved=moved.current)
    except actions.NotOfThisEvaluation as refusal:
        raise Http404(str(refusal)) from refusal
    return done(request, evaluation, "needs")


def done(request: HttpRequest, evaluation: Evaluation, part: str) -> HttpResponse:
    """What was edited in the panel is saved: the panel closes and the parts behind it ask again."""
    if request.htmx:
        return HttpResponse(status=204, headers=CLOSE_AND_REFRESH)
    return see_other(f"{index_url(evaluation)}#{part}")


def index_url(evaluation: Evaluation) -> str:
    return reverse("ecosystem:index", args=[evaluation.pk])


def _found(evaluation: Evaluation, need_id: int, candidate_id: int) -> tuple[Need, Candidate]:
    need, candidate = queries.need_of(evaluation, need_id), candidate_of(evaluation, candidate_id)
    if need is None or candidate is None or candidate.withdrawn_at:
        raise Http404("There is no such need or candidate.")
    return need, candidate


def _package(
    request: HttpRequest,
    evaluation: Evaluation,
    cell: queries.PackageCell,
    form: PackageForm,
    *,
    status: int = 200,
    moved: PackageChoice | None = None,
) -> HttpResponse:
    context = {
        "evaluation": evaluation,
        "cell": cell,
        "band": BANDS[cell.verdict],
        "checks": shown_checks(cell.choice),
        "form": form,
        "moved": moved,
        "was_moved": status == 409,
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
        "in_panel": bool(request.htmx),
    }
    template = "ecosystem/_package.html" if request.htmx else "ecosystem/package.html"
    return render(request, template, context, status=status)
