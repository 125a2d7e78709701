"""One cell, in the side panel or on its own page: what is known, the agreed score, evidence, basis."""

from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.requirements.models import Criterion, Requirement
from evaluations.requirements.queries import criterion_of
from evaluations.scoring import actions, details, queries
from evaluations.scoring.forms import EvidenceForm, ScoreForm
from evaluations.scoring.models import Evidence
from evaluations.scoring.views import cell_or_404, may, whole
from evaluations.teams.access import Capability
from evaluations.teams.responses import next_or, see_other
from evaluations.uploads.storing import NothingInIt, TooLarge, shown_name, store

REVISION = "revision"
PANEL = "panel-"


def cell_address(candidate: Candidate, criterion: Criterion) -> str:
    return reverse("scoring:cell", args=[candidate.evaluation_id, candidate.pk, criterion.pk])


def _facts(evaluation: Evaluation, candidate: Candidate, criterion: Criterion) -> dict[str, Any]:
    """What everybody sees of the cell; drawn again when something happened to it."""
    key = candidate.pk, criterion.pk
    return {
        "evaluation": evaluation,
        "candidate": candidate,
        "criterion": criterion,
        "revision": evaluation.log.count,
        "cell": queries.cells_of(evaluation, [candidate], [criterion])[key],
        "score": details.score_of(candidate, criterion),
        "answers": details.answers(evaluation, candidate=candidate, criterion=criterion).get(key, []),
        "evidence": details.cell_evidence(candidate, criterion),
        "history": details.cell_history(evaluation, candidate, criterion),
        "value_function": queries.value_functions(evaluation).get(criterion.pk),
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
        "can_lead": may(evaluation, Capability.LEAD),
        "next": cell_address(candidate, criterion),
    }


def _whole_cell(evaluation: Evaluation, candidate: Candidate, criterion: Criterion, **more: Any) -> dict[str, Any]:
    facts = _facts(evaluation, candidate, criterion)
    return {
        **facts,
        "form": ScoreForm.of(facts["score"], candidate=candidate, criterion=criterion, place=PANEL),
        "evidence_form": EvidenceForm(auto_id="evidence-%s"),
        "subject": f"cell:{candidate.pk}:{criterion.pk}",
        "subject_title": f"{criterion.name} of {candidate.name}",
        **more,
    }


@require_GET
@opens_evaluation()
def cell(request: HttpRequest, evaluation: Evaluation, candidate_id: int, criterion_id: int) -> HttpResponse:
    candidate, criterion = cell_or_404(evaluation, candidate_id, criterion_id)
    in_panel = bool(request.htmx) and not request.htmx.boosted
    shown = _whole_cell(evaluation, candidate, criterion, in_panel=in_panel)
    return render(request, "scoring/_cell.html" if in_panel else "scoring/cell.html", shown)


@require_GET
@opens_evaluation()
def facts(request: HttpRequest, evaluation: Evaluation, candidate_id: int, criterion_id: int) -> HttpResponse:
    candidate, criterion = cell_or_404(evaluation, candidate_id, criterion_id)
    evaluation.log.refresh_from_db(fields=["count"])
    if not details.cell_news(evaluation, candidate, criterion, whole(request.GET.get("since"))):
        return HttpResponse(status=204)
    return render(request, "scoring/_facts.html", _facts(evaluation, candidate, criterion))


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def set_score(request: HttpRequest, evaluation: Evaluation, candidate_id: int, criterion_id: int) -> HttpResponse:
    """Refused beside the field (422), or moved meanwhile (409): both values are shown, what was typed stays."""
    candidate, criterion = cell_or_404(evaluation, candidate_id, criterion_id)
    cell: dict[str, Any] = {"candidate": candidate, "criterion": criterion}
    place = _place(request)
    form = ScoreForm(request.POST, **cell, place=place)
    if not form.is_valid():
        return _shown_score(request, evaluation, form, status=422, **cell)
    try:
        saved = actions.set_score(**cell, **form.cleaned_data, by=request.user, at=timezone.now())
    except actions.ReasonNeeded as needed:
        form.add_error("reason", str(needed))
        return _shown_score(request, evaluation, form, status=422, **cell)
    except actions.ScoreMoved as moved:
        typed = {**request.POST.dict(), "seen": moved.current.version if moved.current else 0}
        again = ScoreForm(typed, **cell, place=place)
        return _shown_score(request, evaluation, again, status=409, moved=details.score_of(**cell), **cell)
    if not request.htmx:
        return see_other(next_or(request, cell_address(candidate, criterion)))
    return _shown_score(request, evaluation, ScoreForm.of(saved, **cell, place=place), is_saved=True, **cell)


def _place(request: HttpRequest) -> str:
    """Which of a cell's two forms was sent: the panel's, or the one on the page behind it."""
    return PANEL if not request.htmx or (request.htmx.target or "").startswith(PANEL) else ""


def _shown_score(
    request: HttpRequest,
    evaluation: Evaluation,
    form: ScoreForm,
    *,
    candidate: Candidate,
    criterion: Criterion,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    if request.htmx:
        shown = {"evaluation": evaluation, "candidate": candidate, "criterion": criterion, "form": form, **more}
        shown["next"] = next_or(request, cell_address(candidate, criterion))
        if status == 200:
            return drawn_anew(request, "scoring/_score_form.html", shown)
        return render(request, "scoring/_score_form.html", shown, status=status)
    shown = _whole_cell(evaluation, candidate, criterion, **{"form": form, **more})
    return render(request, "scoring/cell.html", shown, status=status)


def drawn_anew(request: HttpRequest, template: str, shown: dict[str, Any]) -> HttpResponse:
    """The part after a write: the page behind asks for what changed at once, without waiting for its stream."""
    answer = render(request, template, shown)
    answer["HX-Trigger"] = REVISION
    return answer


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def add_evidence(request: HttpRequest, evaluation: Evaluation, candidate_id: int, criterion_id: int) -> HttpResponse:
    candidate, criterion = cell_or_404(evaluation, candidate_id, criterion_id)
    form = EvidenceForm(request.POST, request.FILES, auto_id="evidence-%s")
    if form.is_valid() and put_evidence(request, form, candidate, criterion=criterion):
        if not request.htmx:
            return see_other(cell_address(candidate, criterion))
        shown = {"evaluation": evaluation, "candidate": candidate, "criterion": criterion, "is_saved": True}
        shown["evidence_form"] = EvidenceForm(auto_id="evidence-%s")
        return drawn_anew(request, "scoring/_evidence_form.html", shown)
    if request.htmx:
        shown = {"evaluation": evaluation, "candidate": candidate, "criterion": criterion, "evidence_form": form}
        return render(request, "scoring/_evidence_form.html", shown, status=422)
    shown = _whole_cell(evaluation, candidate, criterion, evidence_form=form)
    return render(request, "scoring/cell.html", shown, status=422)


def put_evidence(
    request: HttpRequest, form: EvidenceForm, candidate: Candidate, **about: Criterion | Requirement
) -> bool:
    """Add what a valid form holds; False, with the reason on the form, when its file is refused."""
    given = dict(form.cleaned_data)
    upload, stored = given.pop("file"), None
    if given["kind"] == Evidence.Kind.FILE:
        try:
            stored = store(upload, folder="evidence")
        except (TooLarge, NothingInIt) as refused:
            form.add_error("file", str(refused))
            return False
    name = shown_name(upload.name) if stored else ""
    actions.add_evidence(
        candidate=candidate,
        stored=stored,
        file_name=name,
        by=request.user,
        at=timezone.now(),
        **about,
        **given,
    )
    return True


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def remove_evidence(request: HttpRequest, evaluation: Evaluation, evidence_id: int) -> HttpResponse:
    row = _evidence_or_404(evaluation, evidence_id)
    actions.remove_evidence(evidence=row, by=request.user, at=timezone.now())
    if row.criterion is None:
        return see_other("scoring:verdict_evidence", evaluation.pk, row.requirement_id, row.candidate_id)
    if not request.htmx:
        return see_other(cell_address(row.candidate, row.criterion))
    evaluation.log.refresh_from_db(fields=["count"])
    return drawn_anew(request, "scoring/_facts.html", _facts(evaluation, row.candidate, row.criterion))


@require_GET
@opens_evaluation()
def file(request: HttpRequest, evaluation: Evaluation, evidence_id: int) -> FileResponse:
    """Always to be saved, never shown: what is inside came from outside."""
    row = _evidence_or_404(evaluation, evidence_id)
    if row.kind != Evidence.Kind.FILE or not default_storage.exists(row.file.name):
        raise Http404("There is no such file.")
    answer = FileResponse(
        default_storage.open(row.file.name),
        as_attachment=True,
        filename=row.file_name,
        content_type="application/octet-stream",
    )
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _evidence_or_404(evaluation: Evaluation, evidence_id: int) -> Evidence:
    row = details.evidence_with_id(evaluation, evidence_id)
    if row is None:
        raise Http404("There is no such evidence.")
    return row


@require_POST
@opens_evaluation(Capability.LEAD, writes=True)
def basis(request: HttpRequest, evaluation: Evaluation, criterion_id: int) -> HttpResponse:
    """Whether the criterion's cells count as judged or as measured."""
    criterion = criterion_of(evaluation, criterion_id)
    if criterion is None or request.POST.get("basis") not in Criterion.Basis.values:
        raise Http404("There is no such criterion or basis.")
    try:
        actions.set_basis(criterion=criterion, basis=request.POST["basis"], by=request.user, at=timezone.now())
    except actions.NothingMeasured as refusal:
        if request.htmx:
            return HttpResponse(str(refusal), status=422, content_type="text/plain", headers={"HX-Reswap": "none"})
        messages.error(request, str(refusal))
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Trigger": REVISION})
    return see_other(next_or(request, reverse("scoring:sheet", args=[evaluation.pk])))
