from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.decision.queries import lineage_of
from evaluations.record import freezing, queries
from evaluations.record.files import KINDS, file_name
from evaluations.record.models import FinalRecord
from evaluations.record.verifying import checks_of
from evaluations.teams.responses import see_other


@require_GET
@opens_evaluation()
def final(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return render(request, "record/final.html", _shown(evaluation))


@require_GET
@opens_evaluation()
def final_state(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The page's live part, or 204 while the printing has not moved on."""
    shown = _shown(evaluation)
    if request.GET.get("seen") == shown["seen"]:
        return HttpResponse(status=204)
    return render(request, "record/_final.html", shown)


@require_POST
@opens_evaluation()
def print_final(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    freezing.request_print(record=_frozen(evaluation), by=request.user, at=timezone.now())
    if not request.htmx:
        return see_other("record:final", evaluation.pk)
    return render(request, "record/_final.html", _shown(evaluation))


@require_GET
@opens_evaluation()
def verify(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """Recompute everything now and say, check by check, whether it holds."""
    shown = {"evaluation": evaluation, "checks": checks_of(_frozen(evaluation))}
    return render(request, "record/_verified.html" if request.htmx else "record/verified.html", shown)


@require_GET
@opens_evaluation()
def final_file(request: HttpRequest, evaluation: Evaluation, kind: str) -> HttpResponseBase:
    """The frozen document in one of its forms; the PDF as it was printed."""
    record = _frozen(evaluation)
    if kind != "pdf" and kind not in KINDS:
        raise Http404("There is no such file.")
    name = file_name(record.body, kind)
    if kind == "pdf":
        return FileResponse(_printed(record), as_attachment=True, filename=name, content_type="application/pdf")
    content = record.document.encode() if kind == "json" else KINDS[kind].write(record.body)
    answer = HttpResponse(content, content_type=KINDS[kind].content_type)
    answer["Content-Disposition"] = content_disposition_header(True, name)
    return answer


def _frozen(evaluation: Evaluation) -> FinalRecord:
    record = queries.final_record_of(evaluation)
    if record is None:
        raise Http404("Nothing has been decided yet.")
    return record


def _printed(record: FinalRecord) -> Any:
    name = str(record.print.pdf.name or "")
    if not name:
        raise Http404("The record is not printed yet.")
    try:
        return default_storage.open(name)
    except FileNotFoundError as gone:
        raise Http404("The file of the record is gone. Print it again.") from gone


def _shown(evaluation: Evaluation) -> dict[str, object]:
    record = queries.final_record_of(evaluation)
    if record is None:
        return {"evaluation": evaluation, "record": None, "seen": ""}
    job = record.print.job
    return {
        "evaluation": evaluation,
        "record": record,
        "body": record.body,
        "decision": record.body.get("decision"),
        "job": job,
        "has_file": bool(record.print.pdf.name),
        "superseded_by": lineage_of(evaluation).superseded_by,
        "seen": f"{record.pk}.{evaluation.state}.{job.pk}.{job.state}.{job.done}" if job else "",
    }
