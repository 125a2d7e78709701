"""Result files and the runs in them: sending, following, reading, leaving out."""

from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.spikes import actions, exhibits, feeding, guarding, queries, sampling
from evaluations.spikes.bundling import Parcel
from evaluations.spikes.forms import LeaveOutForm, LetCountForm, RunFactsForm, SampledForm, UploadForm
from evaluations.spikes.measuring import in_words
from evaluations.spikes.models import ResultFile, RunFacts, SpikeRun
from evaluations.spikes.sending import send
from evaluations.spikes.shown import may, shown_file, shown_files, shown_time_lines, shown_upload
from evaluations.spikes.views import index_context
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other

LATENCIES = ("min", "mean", "p50", "p90", "p95", "p99", "max")
MOST_SHOWN = 200


@require_GET
@opens_evaluation()
def listed(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The list of files as it is now; nothing when neither a file nor an open job moved."""
    mark = queries.mark_of_files(evaluation, evaluation.log.count)
    if request.GET.get("since") == mark:
        return HttpResponse(status=204)
    return render(request, "spikes/_files.html", shown_files(evaluation, request.GET.get("page")))


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def upload(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """Each file is taken or refused by itself, and said so; 422 when at least one was refused."""
    candidates, workloads = standing_candidates(evaluation), queries.workloads_of(evaluation)
    form = UploadForm(request.POST, request.FILES, candidates=candidates, workloads=workloads)
    if not form.is_valid():
        return _answer(request, evaluation, form=form, status=422)
    parcels = [(Parcel(file, file.name or ""), form.destination(file)) for file in form.cleaned_data["result_files"]]
    sent = send(
        evaluation=evaluation,
        workload=form.workload_chosen,
        parcels=parcels,
        provenance=form.cleaned_data["provenance"],
        by=request.user,
        at=timezone.now(),
    )
    if any(each.is_refused for each in sent):
        return _answer(request, evaluation, form=form, sent=sent, status=422)
    if request.htmx:
        return _answer(request, evaluation, sent=sent)
    for each in sent:
        messages.success(request, f"{each.name}: {each.says}")
    return see_other(f"{reverse('spikes:index', args=[evaluation.pk])}#files")


def _answer(
    request: HttpRequest, evaluation: Evaluation, *, status: int = 200, form: UploadForm | None = None, **more: Any
) -> HttpResponse:
    if request.htmx:
        context = shown_upload(evaluation, form, **more)
        answer = render(request, "spikes/_upload.html", context, status=status)
        answer["HX-Trigger"] = "revision"  # the page's parts ask for what changed, without waiting for the stream
        return answer
    evaluation.log.refresh_from_db()
    return render(request, "spikes/page.html", index_context(request, evaluation, form=form, **more), status=status)


@require_GET
@opens_evaluation()
def page(request: HttpRequest, evaluation: Evaluation, file_id: int) -> HttpResponse:
    row = _file_or_404(evaluation, file_id)
    return render(request, "spikes/file.html", _shown_one(evaluation, row))


@require_GET
@opens_evaluation()
def state(request: HttpRequest, evaluation: Evaluation, file_id: int) -> HttpResponse:
    """The file as it is now; nothing when neither it nor its job moved."""
    shown = _shown_one(evaluation, _file_or_404(evaluation, file_id))
    if request.GET.get("since") == shown["item"]["mark"]:
        return HttpResponse(status=204)
    return render(request, "spikes/_file.html", shown)


def _shown_one(evaluation: Evaluation, row: ResultFile) -> dict[str, Any]:
    shown = shown_file(row, list(queries.light_runs().filter(result_file=row)))
    can = may(evaluation, Capability.CONTRIBUTE)
    return {"evaluation": evaluation, "item": shown, "file": row, "can_contribute": can}


@require_GET
@opens_evaluation()
def download(request: HttpRequest, evaluation: Evaluation, file_id: int) -> HttpResponse:
    row = _file_or_404(evaluation, file_id)
    try:
        stored = default_storage.open(row.file.name or "")
    except FileNotFoundError as gone:
        raise Http404("The stored file is not there any more.") from gone
    answer = FileResponse(stored, as_attachment=True, filename=row.file_name, content_type="application/octet-stream")
    answer["X-Content-Type-Options"] = "nosniff"
    return answer  # type: ignore[return-value]  # Django types streamed answers apart


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def cancel(request: HttpRequest, evaluation: Evaluation, file_id: int) -> HttpResponse:
    row = _file_or_404(evaluation, file_id)
    try:
        actions.cancel(result_file=row, by=request.user, at=timezone.now())
    except actions.NothingToCancel as refusal:
        messages.info(request, str(refusal))
    return see_other("spikes:file", evaluation.pk, row.pk)


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def read_again(request: HttpRequest, evaluation: Evaluation, file_id: int) -> HttpResponse:
    row = _file_or_404(evaluation, file_id)
    try:
        actions.read_again(result_file=row, by=request.user, at=timezone.now())
    except actions.NotToBeReadAgain as refusal:
        messages.info(request, str(refusal))
    return see_other("spikes:file", evaluation.pk, row.pk)


@require_GET
@opens_evaluation()
def run(request: HttpRequest, evaluation: Evaluation, run_id: int) -> HttpResponse:
    return _shown_run(request, evaluation, _run_or_404(evaluation, run_id))


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def leave_out(request: HttpRequest, evaluation: Evaluation, run_id: int) -> HttpResponse:
    found = _run_or_404(evaluation, run_id)
    form = LeaveOutForm(request.POST)
    if not form.is_valid():
        return _shown_run(request, evaluation, found, form=form, status=422)
    try:
        actions.leave_out(run=found, by=request.user, at=timezone.now(), **form.cleaned_data)
    except actions.RunMoved as moved:
        again = LeaveOutForm({"reason": form.cleaned_data["reason"], "seen": moved.current.version})
        return _shown_run(request, evaluation, _run_or_404(evaluation, run_id), form=again, moved=True, status=409)
    return see_other("spikes:run", evaluation.pk, found.pk)


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def take_in(request: HttpRequest, evaluation: Evaluation, run_id: int) -> HttpResponse:
    found = _run_or_404(evaluation, run_id)
    seen = request.POST.get("seen", "")
    try:
        actions.take_in(
            run=found, seen=int(seen) if seen.isascii() and seen.isdigit() else 0, by=request.user, at=timezone.now()
        )
    except actions.RunMoved:
        return _shown_run(request, evaluation, _run_or_404(evaluation, run_id), moved=True, status=409)
    return see_other("spikes:run", evaluation.pk, found.pk)


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def sampled(request: HttpRequest, evaluation: Evaluation, run_id: int) -> HttpResponse:
    """Samples are taken for those of the chosen run, or of none."""
    samples = _run_or_404(evaluation, run_id)
    if not sampling.is_samples(samples):
        raise Http404("Not a run of samples.")
    form = SampledForm.of(samples, sampling.runs_for(samples), request.POST)
    if not form.is_valid():
        return _shown_run(request, evaluation, samples, sampled_form=form, status=422)
    try:
        sampling.choose(
            samples=samples, run=form.chosen, seen=form.cleaned_data["seen"], by=request.user, at=timezone.now()
        )
    except sampling.SamplesMoved as moved:
        again = SampledForm.of(moved.current, sampling.runs_for(moved.current))
        again.notice = f"{moved} It is as shown now; nothing of yours was saved."
        return _shown_run(request, evaluation, _run_or_404(evaluation, run_id), sampled_form=again, status=409)
    except sampling.NotItsRun as refusal:
        form.add_error("run", str(refusal))
        return _shown_run(request, evaluation, samples, sampled_form=form, status=422)
    return see_other("spikes:run", evaluation.pk, samples.pk)


def _shown_run(
    request: HttpRequest,
    evaluation: Evaluation,
    found: SpikeRun,
    *,
    form: LeaveOutForm | None = None,
    sampled_form: SampledForm | None = None,
    moved: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "evaluation": evaluation,
        "run": found,
        "file": found.result_file,
        **shown_time_lines([found] if found.series else []),
        "latencies": [found.latency_ms.get(name) for name in LATENCIES],
        "endpoints": found.endpoints[:MOST_SHOWN],
        "endpoints_left": max(0, len(found.endpoints) - MOST_SHOWN),
        "errors": found.errors[:MOST_SHOWN],
        "error_share": found.failures / found.requests if found.requests and found.failures is not None else None,
        "context": _told(found.stated.get("context") or {}),
        **_sampled(found, sampled_form),
        "form": form or LeaveOutForm(initial={"seen": found.version}),
        "facts": _said_facts(found),
        "guard": guarding.guard_of(evaluation, found),
        "fed": feeding.fed_by(evaluation, found),
        "let_count_form": LetCountForm(initial={"seen": found.version}, auto_id="let_count_%s"),
        "can_lead": may(evaluation, Capability.LEAD),
        "moved": moved,
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
    }
    return render(request, "spikes/run.html", context, status=status)


def _sampled(run: SpikeRun, form: SampledForm | None) -> dict[str, Any]:
    """What was sampled beside the run, and for samples beside which run."""
    beside = run.sampled_by.select_related("result_file__candidate").order_by("pk").first()
    shown = next(
        (one for one in (run, beside) if one and (one.stated.get("context") or {}).get("memory_over_time")), None
    )
    spent = run.measurements.filter(metric=sampling.METRIC, endpoint="").first()
    return {
        "memory": exhibits.memory([shown]) if shown else None,
        "beside": beside,
        "spent": f"{in_words(spent.value)} ms, {spent.rule}" if spent else "",
        "sampled_form": form or (SampledForm.of(run, sampling.runs_for(run)) if sampling.is_samples(run) else None),
    }


def _said_facts(run: SpikeRun) -> list[tuple[str, str]]:
    said = RunFacts.objects.filter(run=run).first()
    if said is None:
        return []
    told = []
    for field in RunFactsForm.of(said).visible_fields():
        value = getattr(said, f"get_{field.name}_display", field.value)()
        if value not in (None, ""):
            told.append((str(field.label), str(value)))
    return told


def _told(context: dict[str, Any]) -> list[tuple[str, Any]]:
    """What else the file says, in words and numbers; long rows of numbers are left to charts."""
    told = []
    for key, value in context.items():
        if isinstance(value, dict):
            value = ", ".join(f"{name} {_said(one)}" for name, one in value.items())
        if not isinstance(value, list):
            told.append((key.replace("_", " "), _said(value)))
    return told


def _said(value: Any) -> Any:
    return in_words(value) if isinstance(value, float) else value


def _file_or_404(evaluation: Evaluation, file_id: int) -> ResultFile:
    row = queries.file_of(evaluation, file_id)
    if row is None:
        raise Http404("No such file.")
    return row


def _run_or_404(evaluation: Evaluation, run_id: int) -> SpikeRun:
    found = queries.run_of(evaluation, run_id)
    if found is None:
        raise Http404("No such run.")
    return found
