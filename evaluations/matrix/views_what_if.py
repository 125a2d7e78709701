"""What if: tried on the server, redrawn while somebody drags, and kept only when they ask for it."""

import math
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET, require_POST

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.matrix import robustness
from evaluations.matrix.changes import metric_name
from evaluations.matrix.what_if import CellKey, Outcome, Tried, outcome_of
from evaluations.problems.current import Current, current_problem
from evaluations.problems.exporting import NothingToExport
from evaluations.requirements import proposing, weighing
from evaluations.requirements.actions import UnknownCriterion
from evaluations.requirements.models import WeightOpinion
from evaluations.requirements.queries import mean_of_opinions, own_weights
from evaluations.rounds.actions import RoundIsRevealed
from evaluations.scoring.standing import current_standing
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other
from evaluations.templatetags.look import percent

MOST_POINTS = 1000.0


@require_GET
@opens_evaluation()
def what_if(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The comparison with the weights, scores and metrics in the address; asked for by htmx, only what it comes to."""
    try:
        current = current_problem(evaluation)
    except NothingToExport:
        return render(request, "matrix/what_if.html", _around(evaluation) | {"current": None})
    tried, refused = _tried(request.GET, current)
    shown = {"evaluation": evaluation, "tried": tried, **_came_to(current, tried, refused)}
    if request.htmx:
        return render(request, "matrix/_what_if_result.html", shown | {"swapped": _swapped(shown["outcome"])})
    return _page(request, evaluation, current, tried, shown)


@require_POST
@opens_evaluation(Capability.RATE, writes=True)
def keep(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The tried weights as one's own, in the open round."""
    current = current_problem(evaluation)
    tried, _ = _tried(QueryDict(request.POST.get("tried", "")[:20_000]), current)
    try:
        weighing.give_weights(
            evaluation=evaluation,
            method=WeightOpinion.Method.POINTS,
            answers={"points": {str(pk): round(points, 4) for pk, points in _points(current, tried).items()}},
            by=request.user,
            at=timezone.now(),
        )
    except (RoundIsRevealed, UnknownCriterion, ValueError) as refusal:
        return _refused(request, evaluation, current, tried, getattr(refusal, "reason", str(refusal)))
    return see_other(f"{reverse('requirements:weights', args=[evaluation.pk])}?way=points#own")


@require_POST
@opens_evaluation(Capability.RATE, writes=True)
def propose(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The tried weights before the team, with a line of reason."""
    current = current_problem(evaluation)
    tried, _ = _tried(QueryDict(request.POST.get("tried", "")[:20_000]), current)
    try:
        proposing.propose_weights(
            evaluation=evaluation,
            shares=_points(current, tried),
            reason=request.POST.get("reason", ""),
            by=request.user,
            at=timezone.now(),
        )
    except (proposing.RoundIsOpen, UnknownCriterion, ValueError) as refusal:
        return _refused(request, evaluation, current, tried, str(refusal))
    return see_other(f"{reverse('requirements:weights', args=[evaluation.pk])}#proposals")


def _refused(request: HttpRequest, evaluation: Evaluation, current: Current, tried: Tried, reason: str) -> HttpResponse:
    shown = {"evaluation": evaluation, "tried": tried, **_came_to(current, tried, "")}
    return _page(request, evaluation, current, tried, shown | {"not_kept": reason}, status=409)


def _swapped(outcome: Outcome) -> SafeString:
    """Beside each slider the share it comes to; drawn here, since it is asked for many times a second."""
    parts = (
        f'<div id="shown-{pk}" hx-swap-oob="innerHTML">{percent(share)}</div>' for pk, share in outcome.shares.items()
    )
    return mark_safe("".join(parts))  # noqa: S308 (numbers alone)


def _page(
    request: HttpRequest,
    evaluation: Evaluation,
    current: Current,
    tried: Tried,
    shown: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    own = own_weights(evaluation, request.user)
    mine = mean_of_opinions([own], current.criteria) if own else {}
    outcome: Outcome = shown["outcome"]
    chosen = {pk: 100 * share for pk, share in outcome.shares.items()} if tried.weights is None else tried.weights
    context = {
        **_around(evaluation),
        **shown,
        "current": current,
        "sliders": [
            {
                "criterion": criterion,
                "points": f"{min(chosen.get(criterion.pk, 0.0), 100.0):.10g}",
                "share": outcome.shares[criterion.pk],
            }
            for criterion in current.criteria
        ],
        "values": _values(current, tried),
        "choices": _choices(current),
        "with_my_weights": Tried({pk: 100 * share for pk, share in mine.items()}, tried.scores, tried.metrics).query()
        if mine
        else "",
        "can_rate": Capability.RATE in evaluation.capabilities and evaluation.is_writable,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "matrix/what_if.html", context, status=status)


def _around(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "evaluation": evaluation,
        "tab": "what-if",
        "standing": current_standing(evaluation),
        **robustness.around(evaluation),
    }


def _came_to(current: Current, tried: Tried, refused: str) -> dict[str, Any]:
    """What it comes to; what cannot be computed is said, and the comparison as it stands is shown."""
    try:
        outcome = outcome_of(current, tried)
    except ValueError:
        refused = refused or "Give at least one criterion more than 0."
        outcome = outcome_of(current, Tried())
    return {"outcome": outcome, "refused": refused, "query": Tried(_in_percent(outcome)).query()}


def _tried(given: Mapping[str, str], current: Current) -> tuple[Tried, str]:
    """What the address asks for, and what of it was not usable; parts about anything else are passed over."""
    criteria = {criterion.pk: j for j, criterion in enumerate(current.criteria)}
    candidates = {candidate.pk for candidate in current.candidates}
    weights: dict[int, float] = {}
    cells: dict[str, dict[CellKey, float]] = {"s": {}, "m": {}}
    refused = ""
    wanted = dict(given.items())
    if wanted.get("try"):
        wanted.setdefault(wanted["try"], _starting_value(current, wanted["try"]))
    for name, text in wanted.items():
        kind, *ids = name.split("-")
        if kind not in ("w", "s", "m") or not all(part.isdecimal() and len(part) < 19 for part in ids):
            continue
        number = _number(text)
        if kind == "w" and len(ids) == 1 and int(ids[0]) in criteria:
            if number is None or not 0 <= number <= MOST_POINTS:
                refused = "A weight is a number from 0 to 1000."
                continue
            weights[int(ids[0])] = number
        elif kind in cells and len(ids) == 2 and int(ids[0]) in candidates and int(ids[1]) in criteria:
            column = current.calculation.problem.criteria[criteria[int(ids[1])]]
            if number is None or (kind == "s" and not 1 <= number <= 5):
                refused = "A score is a number from 1 to 5." if kind == "s" else "A measurement is a number."
            elif kind == "s" or column.function:
                cells[kind][int(ids[0]), int(ids[1])] = number
    return Tried(weights or None, cells["s"], cells["m"]), refused


def _number(text: str) -> float | None:
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) < 1e15 else None


def _starting_value(current: Current, name: str) -> str:
    """A cell that is tried begins where it stands."""
    kind, *ids = name.split("-")
    rows = {str(candidate.pk): i for i, candidate in enumerate(current.candidates)}
    columns = {str(criterion.pk): j for j, criterion in enumerate(current.criteria)}
    if len(ids) != 2 or ids[0] not in rows or ids[1] not in columns:
        return ""
    i, j = rows[ids[0]], columns[ids[1]]
    found = current.calculation.problem.ratings[i][j]
    if kind == "m":
        return "" if found.metric is None else f"{found.metric:.6g}"
    return f"{found.cell.mean:.2f}"


def _points(current: Current, tried: Tried) -> dict[int, float]:
    """The tried weights in percent; those in use where none are tried."""
    return _in_percent(outcome_of(current, Tried(tried.weights)))


def _in_percent(outcome: Outcome) -> dict[int, float]:
    return {pk: 100 * share for pk, share in outcome.shares.items()}


def _values(current: Current, tried: Tried) -> list[dict[str, Any]]:
    """The cells that are tried, each with its field."""
    names = {candidate.pk: candidate.name for candidate in current.candidates}
    found = []
    for kind, cells in (("s", tried.scores), ("m", tried.metrics)):
        for (candidate_id, criterion_id), value in cells.items():
            j = next(j for j, criterion in enumerate(current.criteria) if criterion.pk == criterion_id)
            i = next(i for i, candidate in enumerate(current.candidates) if candidate.pk == candidate_id)
            criterion = current.calculation.problem.criteria[j]
            rating = current.calculation.problem.ratings[i][j]
            is_score = kind == "s"
            found.append(
                {
                    "name": f"{kind}-{candidate_id}-{criterion_id}",
                    "is_score": is_score,
                    "label": f"{criterion.name} of {names[candidate_id]}",
                    "value": f"{value:.10g}",
                    "unit": "" if is_score or criterion.function is None else criterion.function.unit,
                    "metric": "" if is_score or criterion.function is None else metric_name(criterion.function.metric),
                    "now": rating.cell.mean if is_score else rating.metric,
                    "without": _without(tried, kind, (candidate_id, criterion_id)),
                }
            )
    return found


def _without(tried: Tried, kind: str, key: CellKey) -> str:
    scores = {k: v for k, v in tried.scores.items() if kind != "s" or k != key}
    metrics = {k: v for k, v in tried.metrics.items() if kind != "m" or k != key}
    return Tried(tried.weights, scores, metrics).query()


def _choices(current: Current) -> list[dict[str, Any]]:
    """What else can be tried, grouped by criterion: scores, and metrics where they were measured."""
    groups = []
    for j, criterion in enumerate(current.criteria):
        function = current.calculation.problem.criteria[j].function
        options = [(f"s-{one.pk}-{criterion.pk}", f"{one.name}: score") for one in current.candidates]
        if function:
            told = f"{metric_name(function.metric)}, {function.unit}" if function.unit else metric_name(function.metric)
            options += [(f"m-{one.pk}-{criterion.pk}", f"{one.name}: {told}") for one in current.candidates]
        groups.append({"name": criterion.name, "options": options})
    return groups
