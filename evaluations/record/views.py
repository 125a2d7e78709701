from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.record import actions, queries
from evaluations.record.compose import told_up_to
from evaluations.record.files import KINDS, file_name
from evaluations.record.models import Draft
from evaluations.record.open_points import open_points
from evaluations.scoring.standing import current_standing
from evaluations.teams.responses import see_other


@require_GET
@opens_evaluation()
def draft(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """Once it is decided, there is a record instead of drafts."""
    if not evaluation.is_writable and queries.final_record_of(evaluation):
        return see_other("record:final", evaluation.pk)
    return render(request, "record/page.html", _shown(evaluation))


@require_GET
@opens_evaluation()
def state(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The page's live part, or 204 while neither the evaluation nor the printing moved on."""
    if request.GET.get("seen") == _seen(told_up_to(evaluation)[0], queries.newest_draft(evaluation)):
        return HttpResponse(status=204)
    return render(request, "record/_draft.html", _shown(evaluation))


@require_POST
@opens_evaluation()
def ask(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    actions.request_draft(evaluation=evaluation, by=request.user, at=timezone.now())
    if not request.htmx:
        return see_other("record:draft", evaluation.pk)
    return render(request, "record/_draft.html", _shown(evaluation))


@require_GET
@opens_evaluation()
def download(request: HttpRequest, evaluation: Evaluation, draft_id: int, kind: str) -> HttpResponseBase:
    """The stored body in one of its forms; the PDF as it was printed."""
    found = queries.draft_of(evaluation, draft_id)
    if found is None or (kind != "pdf" and kind not in KINDS):
        raise Http404("There is no such file.")
    name = file_name(found.body, kind)
    if kind == "pdf":
        return FileResponse(_printed(found), as_attachment=True, filename=name, content_type="application/pdf")
    answer = HttpResponse(KINDS[kind].write(found.body), content_type=KINDS[kind].content_type)
    answer["Content-Disposition"] = content_disposition_header(True, name)
    return answer


def _printed(found: Draft) -> Any:
    if not found.pdf:
        raise Http404("This draft is not printed yet.")
    try:
        return default_storage.open(found.pdf.name)
    except FileNotFoundError as gone:
        raise Http404("The file of this draft is gone. Print it again.") from gone


def _shown(evaluation: Evaluation) -> dict[str, object]:
    found = queries.newest_draft(evaluation)
    standing = current_standing(evaluation)
    revision, _ = told_up_to(evaluation)
    return {
        "evaluation": evaluation,
        "standing": standing,
        "open_points": open_points(evaluation, standing),
        "draft": found,
        "revision": revision,
        "seen": _seen(revision, found),
    }


def _seen(revision: int, found: Draft | None) -> str:
    """What a drawn page has seen: the newest event a record tells of, and how far the printing is."""
    job = found.job if found else None
    return f"{revision}.{found.pk if found else 0}.{job.state if job else ''}.{job.done if job else 0}"
