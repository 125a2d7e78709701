"""The rating sheet: one's own answers, blind until the lead reveals; then everybody's by name."""

from itertools import chain
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluations.candidates.access import check_can, check_is_writable, opens_evaluation
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import candidate_of, standing_candidates
from evaluations.requirements.models import Criterion
from evaluations.requirements.queries import criterion_of, nothing_new, round_state, standing_criteria
from evaluations.rounds.actions import RoundIsRevealed
from evaluations.rounds.models import Round
from evaluations.scoring import actions, queries
from evaluations.scoring.details import answers
from evaluations.scoring.forms import RATINGS, UNKNOWN
from evaluations.scoring.models import Rating
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other


def may(evaluation: Evaluation, capability: Capability) -> bool:
    return evaluation.is_writable and capability in evaluation.capabilities


def cell_or_404(evaluation: Evaluation, candidate_id: int, criterion_id: int) -> tuple[Candidate, Criterion]:
    candidate, criterion = candidate_of(evaluation, candidate_id), criterion_of(evaluation, criterion_id)
    if candidate is None or candidate.withdrawn_at is not None or criterion is None:
        raise Http404("There is no such cell.")
    return candidate, criterion


def whole(text: str | None) -> int:
    """A number of a form or address; 0 for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0


def _row(
    candidate: Candidate, criterion: Criterion, rating: Rating | None, typed: dict[str, Any] | None = None
) -> dict[str, Any]:
    """One candidate's keys and reason under one criterion. Keys, not numbers, so that a 5 saved and a 5 typed agree."""
    saved = "" if rating is None else UNKNOWN if rating.value is None else str(rating.value)
    value, reason = (typed["value"], typed["reason"]) if typed else (saved, rating.reason if rating else "")
    return {
        "candidate": candidate,
        "criterion": criterion,
        "key": f"{candidate.pk}-{criterion.pk}",
        "value": value,
        "reason": reason,
        "is_saved": rating is not None and (value, reason) == (saved, rating.reason),
        "asks_reason": value in {"1", "5"} and not reason,
    }


def _shown_sheet(
    request: HttpRequest, evaluation: Evaluation, typed: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    candidates, criteria = standing_candidates(evaluation), standing_criteria(evaluation)
    state = round_state(evaluation, Round.Subject.RATINGS, request.user)
    own = queries.own_ratings(state.open, request.user)
    parts = [
        {
            "criterion": criterion,
            "rows": [
                _row(c, criterion, own.get((c.pk, criterion.pk)), (typed or {}).get(f"{c.pk}-{criterion.pk}"))
                for c in candidates
            ],
        }
        for criterion in criteria
    ]
    return {
        "evaluation": evaluation,
        "candidates": candidates,
        "parts": parts if candidates else [],
        "results": _results(evaluation, candidates, criteria) if state.was_revealed else None,
        "can_rate": may(evaluation, Capability.RATE),
        **_progress(request, evaluation, state, len(own), len(candidates) * len(criteria)),
        **more,
    }


def _progress(
    request: HttpRequest, evaluation: Evaluation, state: Any, answered: int, cells: int, shown_round: int | None = None
) -> dict[str, Any]:
    """How far the round is: counts only, and what the reader may do next."""
    seen = state.seen if shown_round is None else shown_round
    return {
        "revision": evaluation.log.count,
        "state": state,
        "shown_round": seen,
        "is_another_round": bool(seen) and seen != state.seen,
        "answered": answered,
        "cell_count": cells,
        "can_rate": may(evaluation, Capability.RATE),
        "can_lead": may(evaluation, Capability.LEAD),
    }


def _results(evaluation: Evaluation, candidates: list[Candidate], criteria: list[Criterion]) -> dict[str, Any]:
    """Everybody's revealed answers: one row per cell, one column per person."""
    said = answers(evaluation)
    people = sorted({one.name for one in chain.from_iterable(said.values())}, key=str.casefold)
    rows = []
    for criterion in criteria:
        for candidate in candidates:
            by_name = {one.name: one for one in said.get((candidate.pk, criterion.pk), [])}
            if by_name:
                given = [by_name.get(name) for name in people]
                rows.append({"criterion": criterion, "candidate": candidate, "answers": given})
    return {"people": people, "rows": rows}


@require_http_methods(["GET", "POST"])
@opens_evaluation()
def sheet(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """GET the sheet; POST everything on it at once: without script, and where Enter is pressed."""
    if request.method == "GET":
        return render(request, "scoring/sheet.html", _shown_sheet(request, evaluation))
    check_can(Capability.RATE, request.user, evaluation)
    check_is_writable(evaluation)
    typed = _typed(request, evaluation)
    try:
        _save(request, evaluation, typed)
    except RoundIsRevealed as revealed:
        shown = _shown_sheet(request, evaluation, typed, note=revealed.reason)
        return render(request, "scoring/sheet.html", shown, status=409)
    return HttpResponse(status=204) if request.htmx else see_other("scoring:sheet", evaluation.pk)


def _typed(request: HttpRequest, evaluation: Evaluation) -> dict[str, Any]:
    """{cell key: what the form holds}, only for cells that stand."""
    found = {}
    for candidate in standing_candidates(evaluation):
        for criterion in standing_criteria(evaluation):
            key = f"{candidate.pk}-{criterion.pk}"
            value, reason = request.POST.get(f"value-{key}", ""), request.POST.get(f"reason-{key}", "")
            if value in RATINGS:
                given = {"value": value, "reason": reason.strip()[:1000]}
                found[key] = {"candidate": candidate, "criterion": criterion, **given}
    return found


def _save(request: HttpRequest, evaluation: Evaluation, typed: dict[str, Any]) -> None:
    state = round_state(evaluation, Round.Subject.RATINGS, request.user)
    own, seen, at = queries.own_ratings(state.open, request.user), whole(request.POST.get("round")), timezone.now()
    for given in typed.values():
        candidate, criterion = given["candidate"], given["criterion"]
        saved = own.get((candidate.pk, criterion.pk))
        value, reason = RATINGS[given["value"]], given["reason"]
        if saved is None or (saved.value, saved.reason) != (value, reason):
            cell = {"candidate": candidate, "criterion": criterion}
            actions.rate(**cell, value=value, reason=reason, seen=seen, by=request.user, at=at)


@require_GET
@opens_evaluation()
def progress(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The counts of the round, asked for when something happened."""
    evaluation.log.refresh_from_db(fields=["count"])
    if nothing_new(evaluation, request.GET.get("since", ""), "rounds"):
        return HttpResponse(status=204)
    state = round_state(evaluation, Round.Subject.RATINGS, request.user)
    cells = len(standing_candidates(evaluation)) * len(standing_criteria(evaluation))
    answered = len(queries.own_ratings(state.open, request.user))
    shown_round = whole(request.GET.get("shown_round"))
    shown = _progress(request, evaluation, state, answered, cells, shown_round or None)
    return render(request, "scoring/_progress.html", {"evaluation": evaluation, **shown})


@require_POST
@opens_evaluation(Capability.RATE, writes=True)
def rate(request: HttpRequest, evaluation: Evaluation, candidate_id: int, criterion_id: int) -> HttpResponse:
    """One answer, saved by itself; the answer says so beside the keys and leaves keys and reason alone."""
    candidate, criterion = cell_or_404(evaluation, candidate_id, criterion_id)
    key = f"{candidate.pk}-{criterion.pk}"
    value, reason = request.POST.get(f"value-{key}", ""), request.POST.get(f"reason-{key}", "")
    row = {"candidate": candidate, "criterion": criterion, "key": key, "value": value, "reason": reason}
    if value not in RATINGS:
        return _saved(request, evaluation, row, status=422, note="Choose 1 to 5 or “don’t know”, then say why.")
    if len(reason) > 1000:
        return _saved(request, evaluation, row, status=422, note="The reason is longer than 1,000 characters.")
    try:
        saved = actions.rate(
            candidate=candidate,
            criterion=criterion,
            value=RATINGS[value],
            reason=reason,
            seen=whole(request.POST.get("round")),
            by=request.user,
            at=timezone.now(),
        )
    except RoundIsRevealed as revealed:
        return _saved(request, evaluation, row, status=409, note=revealed.reason)
    return _saved(request, evaluation, _row(candidate, criterion, saved))


def _saved(
    request: HttpRequest, evaluation: Evaluation, row: dict[str, Any], *, note: str = "", status: int = 200
) -> HttpResponse:
    shown = {"evaluation": evaluation, "row": row, "note": note, **_counted(request, evaluation)}
    return render(request, "scoring/_saved.html", shown, status=status)


def _counted(request: HttpRequest, evaluation: Evaluation) -> dict[str, Any]:
    """How many cells the person answered so far, swapped in beside the round."""
    state = round_state(evaluation, Round.Subject.RATINGS, request.user)
    return {
        "answered": len(queries.own_ratings(state.open, request.user)),
        "cell_count": len(standing_candidates(evaluation)) * len(standing_criteria(evaluation)),
        "swap": True,
    }


@require_POST
@opens_evaluation(Capability.RATE, writes=True)
def clear(request: HttpRequest, evaluation: Evaluation, candidate_id: int, criterion_id: int) -> HttpResponse:
    candidate, criterion = cell_or_404(evaluation, candidate_id, criterion_id)
    actions.clear_rating(candidate=candidate, criterion=criterion, by=request.user, at=timezone.now())
    if not request.htmx:
        return see_other("scoring:sheet", evaluation.pk)
    counted = _counted(request, evaluation)
    shown = {"evaluation": evaluation, "row": _row(candidate, criterion, None), "can_rate": True, **counted}
    return render(request, "scoring/_row.html", shown)
