from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from evaluations.assignments import actions, queries
from evaluations.assignments.forms import AssignForm, anchor, form_for
from evaluations.assignments.models import Assignment
from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import people_who
from evaluations.teams.access import Capability
from evaluations.teams.models import Person
from evaluations.teams.responses import next_or, see_other


def shown_assignment(
    evaluation: Evaluation,
    person: Person,
    subject: str,
    title: str,
    *,
    assignment: Assignment | None,
    people: list[Person],
    **more: Any,
) -> dict[str, Any]:
    """What `_assign.html` is drawn from, on the page it stands on and after each change."""
    contributes = Capability.CONTRIBUTE in evaluation.capabilities
    return {
        "evaluation": evaluation,
        "anchor": anchor(subject),
        "subject": subject,
        "title": title,
        "assignment": assignment,
        "form": form_for(subject, title, assignment, people),
        "can_assign": evaluation.is_writable and contributes,
        "can_finish": evaluation.is_writable
        and assignment is not None
        and (contributes or assignment.owner_id == person.pk),
        **more,
    }


def answer(
    request: HttpRequest, evaluation: Evaluation, subject: str, title: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The part with HTMX; without it on to the page one came from (303), or a page with what is wrong."""
    if not request.htmx and status == 200:
        return see_other(next_or(request, reverse("candidates:page", args=[evaluation.pk])))
    shown = shown_assignment(
        evaluation,
        request.user,
        subject,
        title,
        assignment=queries.open_assignments(evaluation).get(subject),
        people=people_who(Capability.READ, evaluation),
        next=request.POST.get("next", ""),
        **more,
    )
    template = "assignments/_assign.html" if request.htmx else "assignments/page.html"
    return render(request, template, shown, status=status)


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def assign(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    subject, title = request.POST.get("subject", ""), request.POST.get("title", "")[:200]
    if not actions.is_known(subject, evaluation):
        raise Http404("Nothing of this kind can be assigned.")
    people = people_who(Capability.READ, evaluation)
    form = AssignForm(request.POST, people=people, subject=subject)
    if not form.is_valid():
        return answer(request, evaluation, subject, title, status=422, form=form)
    try:
        actions.assign(evaluation=evaluation, by=request.user, at=timezone.now(), **form.cleaned_data)
    except actions.AssignmentMoved as moved:
        typed = {**request.POST.dict(), "seen": moved.assignment.version if moved.assignment else 0}
        again = AssignForm(typed, people=people, subject=subject)
        return answer(request, evaluation, subject, title, status=409, form=again, moved=True)
    return answer(request, evaluation, subject, title)


@require_POST
@opens_evaluation(writes=True)
def finish(request: HttpRequest, evaluation: Evaluation, assignment_id: int) -> HttpResponse:
    """Open to whoever may read: the owner may be a viewer; the action says who else."""
    assignment = queries.assignment_of(evaluation, assignment_id)
    if assignment is None:
        raise Http404("No such assignment.")
    try:
        actions.finish(assignment=assignment, by=request.user, at=timezone.now())
    except actions.AssignmentMoved:
        return answer(request, evaluation, assignment.subject, assignment.title, status=409, moved=True)
    return answer(request, evaluation, assignment.subject, assignment.title)
