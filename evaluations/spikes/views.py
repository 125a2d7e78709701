"""Phase 2's page: the workload, the files, what they say side by side."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluations.audit.queries import has_news
from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.spikes import actions, queries
from evaluations.spikes.forms import WorkloadForm
from evaluations.spikes.kit import folder_of, packed
from evaluations.spikes.models import Workload
from evaluations.spikes.shown import shown_files, shown_results, shown_scores, shown_upload, shown_workloads, whole
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other


def index_context(request: HttpRequest, evaluation: Evaluation, **upload: Any) -> dict[str, Any]:
    return {
        **shown_upload(evaluation, **upload),
        **shown_workloads(evaluation),
        **shown_files(evaluation, request.GET.get("page")),
        **shown_results(evaluation),
        **shown_scores(evaluation),
    }


@require_GET
@opens_evaluation()
def index(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return render(request, "spikes/page.html", index_context(request, evaluation))


@require_GET
@opens_evaluation()
def workloads(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The workloads as they are now; nothing when none of them changed."""
    if not has_news(evaluation.log, whole(request.GET.get("since"), 0), "spikes"):
        return HttpResponse(status=204)
    return render(request, "spikes/_workloads.html", shown_workloads(evaluation))


@require_GET
@opens_evaluation()
def results(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The charts as they are now; nothing when nothing they are drawn from changed."""
    if not has_news(evaluation.log, whole(request.GET.get("since"), 0), "spikes", "candidates"):
        return HttpResponse(status=204)
    return render(request, "spikes/_results.html", shown_results(evaluation))


@require_GET
@opens_evaluation()
def scores(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The measured scores as they are now; nothing when nothing they come from changed."""
    topics = ("spikes", "scoring", "candidates", "requirements")
    if not has_news(evaluation.log, whole(request.GET.get("since"), 0), *topics):
        return HttpResponse(status=204)
    return render(request, "spikes/_scores.html", shown_scores(evaluation))


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def add_workload(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    form = WorkloadForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.add_workload(evaluation=evaluation, by=request.user, at=timezone.now(), **form.facts())
        return see_other("spikes:index", evaluation.pk)
    context = {"evaluation": evaluation, "form": form}
    return render(request, "spikes/workload.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def edit_workload(request: HttpRequest, evaluation: Evaluation, workload_id: int) -> HttpResponse:
    workload = _workload_or_404(evaluation, workload_id)
    if request.method == "GET":
        return _shown_workload(request, evaluation, workload, WorkloadForm.of(workload))
    form = WorkloadForm(request.POST)
    if not form.is_valid():
        return _shown_workload(request, evaluation, workload, form, status=422)
    try:
        actions.edit_workload(
            workload=workload,
            seen=form.cleaned_data["seen"],
            changes=form.facts(),
            by=request.user,
            at=timezone.now(),
        )
    except actions.WorkloadMoved as moved:
        typed = {**request.POST.dict(), "seen": moved.current.version}
        again = WorkloadForm(typed)
        return _shown_workload(request, evaluation, workload, again, status=409, moved=WorkloadForm.of(moved.current))
    return see_other("spikes:index", evaluation.pk)


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def remove_workload(request: HttpRequest, evaluation: Evaluation, workload_id: int) -> HttpResponse:
    workload = _workload_or_404(evaluation, workload_id)
    seen = whole(request.POST.get("seen"), 0)
    try:
        actions.remove_workload(workload=workload, seen=seen, by=request.user, at=timezone.now())
    except (actions.WorkloadInUse, actions.WorkloadMoved) as refusal:
        messages.error(request, str(refusal))
        return see_other(reverse("spikes:edit_workload", args=[evaluation.pk, workload.pk]))
    return see_other("spikes:index", evaluation.pk)


@require_GET
@opens_evaluation()
def kit(request: HttpRequest, evaluation: Evaluation, workload_id: int) -> HttpResponse:
    """The workload's spike kit, as an archive to unpack beside the service."""
    workload = _workload_or_404(evaluation, workload_id)
    send_to = request.build_absolute_uri(reverse("api:files", args=[evaluation.pk]))
    names = [candidate.name for candidate in standing_candidates(evaluation)]
    headers = {"Content-Disposition": f'attachment; filename="{folder_of(workload)}.zip"'}
    content = packed(workload, candidates=names, send_to=send_to)
    return HttpResponse(content, content_type="application/zip", headers=headers)


def _workload_or_404(evaluation: Evaluation, workload_id: int) -> Workload:
    workload = queries.workload_of(evaluation, workload_id)
    if workload is None:
        raise Http404("No such workload.")
    return workload


def _shown_workload(
    request: HttpRequest,
    evaluation: Evaluation,
    workload: Workload,
    form: WorkloadForm,
    *,
    status: int = 200,
    moved: WorkloadForm | None = None,
) -> HttpResponse:
    context = {"evaluation": evaluation, "workload": workload, "form": form, "moved": moved}
    return render(request, "spikes/workload.html", context, status=status)
