"""The requirements' page: cards, votes, the top three."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.requirements import actions, queries
from evaluations.requirements.forms import EditRequirementForm, RequirementForm
from evaluations.requirements.models import Requirement
from evaluations.rounds.actions import RoundIsRevealed
from evaluations.rounds.models import Round
from evaluations.teams.access import Capability, membership_of
from evaluations.teams.responses import see_other

FOLLOWS = ("requirements", "rounds", "assignments", "candidates")
REFRESH = {"HX-Trigger": "revision"}
CLOSE_AND_REFRESH = {"HX-Trigger": '{"panel-close": "", "revision": ""}'}


def may(evaluation: Evaluation, capability: Capability) -> bool:
    return evaluation.is_writable and capability in evaluation.capabilities


def seen_in(request: HttpRequest) -> int:
    """The version a form was drawn from; one that cannot be read is none that ever stood."""
    given = request.POST.get("seen", "")
    return int(given) if given.isdecimal() and len(given) < 19 else -1


def shown_board(request: HttpRequest, evaluation: Evaluation, **more: Any) -> dict[str, Any]:
    """What the page and its live part are drawn from; of votes only one's own and those revealed."""
    evaluation.log.refresh_from_db()
    rows = queries.standing_requirements(evaluation)
    votes = queries.round_state(evaluation, Round.Subject.VOTES, request.user)
    mine = queries.own_votes(votes.open, request.user)
    ticked = more.get("ticked", mine)
    counts = queries.vote_counts(evaluation)
    unmapped = {row.pk for row in queries.unmapped_top(evaluation)}
    cards = [
        {
            "requirement": row,
            "criteria": [c for c in row.criteria.all() if c.removed_at is None],
            "votes": counts.get(row.pk, 0),
            "is_ticked": row.pk in ticked,
            "is_unmapped": row.pk in unmapped,
        }
        for row in rows
    ]
    return {
        "evaluation": evaluation,
        "team": evaluation.team,
        "is_member": membership_of(request.user, evaluation.team) is not None,
        "revision": evaluation.log.count,
        "cards": sorted(cards, key=lambda card: Requirement.Kind.values.index(card["requirement"].kind)),
        "count": len(rows),
        "is_adding": not rows,
        "votes": votes,
        "my_vote_count": len(mine),
        "votes_each": actions.VOTES_EACH,
        "is_counted": votes.was_revealed,
        "proposal": _proposal(cards, more.get("top_ticked")),
        "top_ids": ",".join(str(row.pk) for row in rows if row.is_top),
        "top_count": min(actions.TOP_COUNT, len(rows)),
        "points": queries.open_points(evaluation),
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
        "can_rate": may(evaluation, Capability.RATE),
        "can_lead": may(evaluation, Capability.LEAD),
        **more,
    }


def _proposal(cards: list[dict[str, Any]], typed: set[int] | None) -> list[dict[str, Any]]:
    """The cards by votes. Ticked is what was typed, else what is top, else what the votes alone make sure of."""
    ordered = sorted(cards, key=lambda card: (-card["votes"], card["requirement"].position))
    top = typed or {card["requirement"].pk for card in cards if card["requirement"].is_top}
    if top:
        return [{**card, "is_ticked": card["requirement"].pk in top} for card in ordered]
    last = actions.TOP_COUNT
    beyond = ordered[last]["votes"] if len(ordered) > last else -1
    return [
        {**card, "is_ticked": place < last and card["votes"] > max(beyond, 0)} for place, card in enumerate(ordered)
    ]


def board_answer(request: HttpRequest, evaluation: Evaluation, *, status: int = 200, **more: Any) -> HttpResponse:
    """The board with HTMX; without it the page again (303), or the page with what is wrong."""
    if not request.htmx and status == 200:
        return see_other(f"{reverse('requirements:index', args=[evaluation.pk])}#board")
    shown = shown_board(request, evaluation, **more)
    if request.htmx:
        return render(request, "requirements/_board.html", shown, status=status)
    shown["form"] = RequirementForm(evaluation=evaluation)
    return render(request, "requirements/page.html", shown, status=status)


@require_GET
@opens_evaluation()
def index(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    shown = shown_board(request, evaluation, form=RequirementForm(evaluation=evaluation))
    return render(request, "requirements/page.html", shown)


@require_GET
@opens_evaluation()
def board(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    if queries.nothing_new(evaluation, request.GET.get("since", ""), *FOLLOWS):
        return HttpResponse(status=204)
    return render(request, "requirements/_board.html", shown_board(request, evaluation))


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def add(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    form = RequirementForm(request.POST, evaluation=evaluation)
    if not form.is_valid():
        return _add_answer(request, evaluation, form, status=422)
    actions.add_requirement(evaluation=evaluation, by=request.user, at=timezone.now(), **form.cleaned_data)
    if not request.htmx:
        return see_other(f"{reverse('requirements:index', args=[evaluation.pk])}#add")
    fresh = RequirementForm(initial={"kind": form.cleaned_data["kind"]}, evaluation=evaluation)
    return _add_answer(request, evaluation, fresh, was_added=True)


def _add_answer(
    request: HttpRequest, evaluation: Evaluation, form: RequirementForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    if request.htmx:
        shown = {"evaluation": evaluation, "form": form, "is_adding": True, **more}
        headers = REFRESH if status == 200 else {}
        return render_with(request, "requirements/_add.html", shown, status=status, headers=headers)
    shown = shown_board(request, evaluation, form=form, is_adding=True)
    return render(request, "requirements/page.html", shown, status=status)


def render_with(
    request: HttpRequest, template: str, shown: dict[str, Any], *, status: int, headers: dict[str, str]
) -> HttpResponse:
    response = render(request, template, shown, status=status)
    for name, value in headers.items():
        response[name] = value
    return response


def _requirement(evaluation: Evaluation, requirement_id: int) -> Requirement:
    found = queries.requirement_of(evaluation, requirement_id)
    if found is None:
        raise Http404("There is no such requirement, or somebody removed it.")
    return found


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def edit(request: HttpRequest, evaluation: Evaluation, requirement_id: int) -> HttpResponse:
    """In the side panel with HTMX, a page of its own without."""
    row = _requirement(evaluation, requirement_id)
    if request.method == "GET":
        return _edit_answer(request, evaluation, row, EditRequirementForm.of(row, evaluation))
    form = EditRequirementForm(request.POST, evaluation=evaluation, prefix_id=f"requirement-{row.pk}")
    if not form.is_valid():
        return _edit_answer(request, evaluation, row, form, status=422)
    changes = {name: value for name, value in form.cleaned_data.items() if name != "seen"}
    try:
        actions.edit_requirement(
            requirement=row, seen=form.cleaned_data["seen"], changes=changes, by=request.user, at=timezone.now()
        )
    except actions.Moved as moved:
        if moved.current.removed_at is not None:
            return _edit_answer(request, evaluation, row, form, status=409, was_removed=True)
        again = EditRequirementForm.again(changes, moved.current, evaluation)
        return _edit_answer(request, evaluation, moved.current, again, status=409, moved=moved.current)
    return done(request, "requirements:index", evaluation)


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def remove(request: HttpRequest, evaluation: Evaluation, requirement_id: int) -> HttpResponse:
    row = _requirement(evaluation, requirement_id)
    try:
        actions.remove_requirement(requirement=row, seen=seen_in(request), by=request.user, at=timezone.now())
    except actions.Moved as moved:
        if moved.current.removed_at is None:
            form = EditRequirementForm.of(moved.current, evaluation)
            return _edit_answer(request, evaluation, moved.current, form, status=409, moved=moved.current)
    return done(request, "requirements:index", evaluation)


def _edit_answer(
    request: HttpRequest,
    evaluation: Evaluation,
    row: Requirement,
    form: EditRequirementForm,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    template = "requirements/_edit.html" if request.htmx else "requirements/edit.html"
    shown = {"evaluation": evaluation, "requirement": row, "form": form, **more}
    return render(request, template, shown, status=status)


def done(request: HttpRequest, to: str, evaluation: Evaluation) -> HttpResponse:
    """What was edited in the panel is saved: the panel closes and the parts behind it ask again."""
    if request.htmx:
        return HttpResponse(status=204, headers=CLOSE_AND_REFRESH)
    return see_other(to, evaluation.pk)


def _chosen(request: HttpRequest, evaluation: Evaluation) -> list[Requirement]:
    given = {text for text in request.POST.getlist("requirement") if text.isdecimal() and len(text) < 19}
    rows = list(Requirement.objects.filter(evaluation=evaluation, pk__in=given))
    if len(rows) != len(set(request.POST.getlist("requirement"))):
        raise Http404("There is no such requirement.")
    return rows


@require_POST
@opens_evaluation(Capability.RATE, writes=True)
def vote(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    chosen = _chosen(request, evaluation)
    try:
        actions.vote(
            evaluation=evaluation, requirements=chosen, by=request.user, at=timezone.now(), seen=seen_in(request)
        )
    except actions.TooManyVotes as refusal:
        return board_answer(request, evaluation, status=422, vote_error=str(refusal), ticked={row.pk for row in chosen})
    except RoundIsRevealed as late:
        return board_answer(request, evaluation, status=409, vote_error=late.reason)
    if request.htmx:  # ticks made meanwhile stay; the board asks again once the last of them has arrived
        return HttpResponse(status=204, headers=REFRESH)
    return board_answer(request, evaluation)


@require_POST
@opens_evaluation(Capability.LEAD, writes=True)
def set_top(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    chosen = _chosen(request, evaluation)
    seen = [int(text) for text in request.POST.get("top_seen", "").split(",") if text.isdecimal() and len(text) < 19]
    try:
        actions.set_top(evaluation=evaluation, requirements=chosen, by=request.user, at=timezone.now(), seen=seen)
    except actions.NotExactlyThree as refusal:
        return board_answer(
            request, evaluation, status=422, top_error=str(refusal), top_ticked={row.pk for row in chosen}
        )
    except actions.Moved:
        error = "The top requirements were marked in the meantime; these stand now. Mark again to change them."
        return board_answer(request, evaluation, status=409, top_error=error)
    return board_answer(request, evaluation)


def first_error(problem: ValidationError) -> tuple[str | None, str]:
    """Field (None for the whole) and words of a refusal by the model."""
    if hasattr(problem, "error_dict"):
        name, messages = next(iter(problem.message_dict.items()))
        return (None if name == "__all__" else name), messages[0]
    return None, problem.messages[0]
