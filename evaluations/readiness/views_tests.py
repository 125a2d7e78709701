"""Failure tests: the table of verdicts, one test, entering by form and by file."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.readiness import actions, queries, reading
from evaluations.readiness.forms import FailureTestForm, FileForm
from evaluations.readiness.models import FailureTest
from evaluations.readiness.shown import TESTS_FOLLOW, may, nothing_new, shown_test, shown_tests
from evaluations.readiness.views import add_errors, done
from evaluations.requirements.views import seen_in
from evaluations.teams.access import Capability


@require_GET
@opens_evaluation()
def listed(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The table of verdicts as it is now; nothing when nothing in it changed."""
    if nothing_new(evaluation, request.GET.get("since", ""), *TESTS_FOLLOW):
        return HttpResponse(status=204)
    return render(request, "readiness/_tests.html", shown_tests(evaluation))


@require_GET
@opens_evaluation()
def test(request: HttpRequest, evaluation: Evaluation, test_id: int) -> HttpResponse:
    return _shown(request, evaluation, _test_or_404(evaluation, test_id))


@require_GET
@opens_evaluation()
def schema(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The JSON Schema of the file, to be saved."""
    name = f"failure-tests-{reading.VERSION}.schema.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(reading.json_schema(), content_type="application/schema+json", headers=headers)


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def add(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    candidates = standing_candidates(evaluation)
    if request.method == "GET":
        asked = {name: request.GET.get(name, "") for name in ("candidate", "kind")}
        return _form(request, evaluation, FailureTestForm(candidates=candidates, initial=asked))
    form = FailureTestForm(request.POST, candidates=candidates)
    if not form.is_valid():
        return _form(request, evaluation, form, status=422)
    candidate = form.candidate_chosen
    candidate.evaluation = evaluation
    try:
        actions.add_failure_test(candidate=candidate, by=request.user, at=timezone.now(), **form.facts())
    except ValidationError as problem:
        add_errors(form, problem)
        return _form(request, evaluation, form, status=422)
    return done(request, evaluation, "failure-tests")


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def edit(request: HttpRequest, evaluation: Evaluation, test_id: int) -> HttpResponse:
    row = _test_or_404(evaluation, test_id)
    if request.method == "GET":
        return _form(request, evaluation, FailureTestForm.of(row), row=row)
    form = FailureTestForm(request.POST, test_id=row.pk)
    if not form.is_valid():
        return _form(request, evaluation, form, row=row, status=422)
    given: dict[str, Any] = {"seen": form.cleaned_data["seen"], "changes": form.facts()}
    try:
        actions.edit_failure_test(test=row, by=request.user, at=timezone.now(), **given)
    except ValidationError as problem:
        add_errors(form, problem)
        return _form(request, evaluation, form, row=row, status=422)
    except actions.TestMoved as moved:
        again = FailureTestForm({**request.POST.dict(), "seen": moved.current.version}, test_id=row.pk)
        return _form(request, evaluation, again, row=row, status=409, moved=moved.current)
    return done(request, evaluation, "failure-tests")


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def remove(request: HttpRequest, evaluation: Evaluation, test_id: int) -> HttpResponse:
    row = _test_or_404(evaluation, test_id)
    try:
        actions.remove_failure_test(test=row, seen=seen_in(request), by=request.user, at=timezone.now())
    except actions.TestMoved as moved:
        if moved.current.removed_at is None:
            form = FailureTestForm.of(moved.current)
            return _form(request, evaluation, form, row=moved.current, status=409, moved=moved.current)
    return done(request, evaluation, "failure-tests")


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def send(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """All tests of the file, or none and every fault with its line. A file over the cap is refused unread."""
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _file(request, evaluation, form, status=422)
    upload = form.cleaned_data["tests_file"]
    try:
        if upload.size > reading.LARGEST_FILE:
            raise reading.too_large(upload.size)
        added, here = actions.add_file(
            evaluation=evaluation,
            content=upload.read(),
            file_name=upload.name or "",
            by=request.user,
            at=timezone.now(),
        )
    except reading.Unreadable as refusal:
        return _file(request, evaluation, form, faults=refusal.faults, name=upload.name, status=422)
    except actions.AllHereAlready as nothing:
        messages.info(request, str(nothing))
    else:
        messages.success(request, _told(len(added), here))
    if not request.htmx:
        return done(request, evaluation, "failure-tests")
    answer = _file(request, evaluation, FileForm(), was_sent=True)
    answer["HX-Trigger"] = "revision"
    return answer


def _told(added: int, here: int) -> str:
    tests = "1 failure test" if added == 1 else f"{added} failure tests"
    return f"{tests} entered{f'; {here} stood already' if here else ''}."


def _test_or_404(evaluation: Evaluation, test_id: int) -> FailureTest:
    row = queries.test_of(evaluation, test_id)
    if row is None:
        raise Http404("There is no such failure test.")
    return row


def _shown(request: HttpRequest, evaluation: Evaluation, row: FailureTest) -> HttpResponse:
    context = {
        "evaluation": evaluation,
        **shown_test(row),
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
        "in_panel": bool(request.htmx),
    }
    return render(request, "readiness/_test.html" if request.htmx else "readiness/test.html", context)


def _form(
    request: HttpRequest,
    evaluation: Evaluation,
    form: FailureTestForm,
    *,
    row: FailureTest | None = None,
    status: int = 200,
    moved: FailureTest | None = None,
) -> HttpResponse:
    context = {
        "evaluation": evaluation,
        "test": row,
        "form": form,
        "moved": shown_test(moved) if moved else None,
        "in_panel": bool(request.htmx),
    }
    template = "readiness/_test_form.html" if request.htmx else "readiness/test_form.html"
    return render(request, template, context, status=status)


def _file(
    request: HttpRequest, evaluation: Evaluation, form: FileForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"evaluation": evaluation, "file_form": form, "can_contribute": True, **more}
    template = "readiness/_send.html" if request.htmx else "readiness/send.html"
    return render(request, template, context, status=status)
