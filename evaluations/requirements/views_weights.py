"""The weights' page: one's own, blind until the reveal; then everybody's side by side, and the team's."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.requirements import queries, weighing
from evaluations.requirements.actions import Moved, UnknownCriterion
from evaluations.requirements.forms import NumbersForm
from evaluations.requirements.models import Criterion, WeightOpinion
from evaluations.requirements.pairs import typed_comparisons
from evaluations.requirements.views import FOLLOWS, may, seen_in
from evaluations.requirements.views_pairs import rows_of, shown_consistency
from evaluations.rounds.actions import RoundIsRevealed
from evaluations.rounds.models import Round
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other

Method = WeightOpinion.Method
WAYS = {
    Method.ORDERING: "In order",
    Method.SWING: "Swings",
    Method.POINTS: "100 points",
    Method.PAIRWISE: "Pairs",
}


def shown_own(
    request: HttpRequest,
    evaluation: Evaluation,
    *,
    way: str = "",
    order: list[int] | None = None,
    numbers: NumbersForm | None = None,
    compared: dict[str, float] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One member's own weights; `order`, `numbers` and `compared` are what they typed and did not save yet."""
    criteria = queries.standing_criteria(evaluation)
    state = queries.round_state(evaluation, Round.Subject.WEIGHTS, request.user)
    opinion = queries.own_weights(evaluation, request.user)
    saved = opinion if opinion and state.open and opinion.round_id == state.open.pk else None
    way = way if way in WAYS else (opinion.method if opinion else Method.ORDERING)
    kept = opinion.answers if opinion and opinion.method == way else {}
    pairs_shown: dict[str, Any] = {}
    if way == Method.PAIRWISE:
        answers = kept.get("comparisons", {}) if compared is None else compared
        rows, pairs_shown = rows_of(criteria, answers), shown_consistency(criteria, answers)
    elif way == Method.ORDERING:
        rows = _ordered(criteria, order, kept)
    else:
        rows = _numbered(criteria, numbers, kept, saved)
    return {
        "evaluation": evaluation,
        "own_revision": evaluation.log.count,
        "state": state,
        "way": way,
        "ways": WAYS.items(),
        "rows": rows,
        "largest": max((row.get("share") or 0 for row in rows), default=0),
        "saved": saved if saved and saved.method == way else None,
        "saved_way": WAYS[Method(saved.method)] if saved else "",
        "is_unsaved": order is not None or numbers is not None or compared is not None,
        "is_incomplete": saved is not None and any(str(c.pk) not in saved.shares for c in criteria),
        "can_rate": may(evaluation, Capability.RATE),
        **pairs_shown,
        **more,
    }


def _ordered(criteria: list[Criterion], order: list[int] | None, kept: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The criteria in the typed, else the kept order, those it does not name at the end; with the shares it gives."""
    from evaluations.analysis.weights import rank_order_centroid  # NumPy: not needed to start the page process

    wanted = order if order is not None else [int(pk) for pk in kept.get("order", [])]
    places = {pk: place for place, pk in enumerate(wanted)}
    rows = sorted(criteria, key=lambda c: places.get(c.pk, len(places)))
    if not rows:
        return []
    shares = rank_order_centroid(len(rows))
    return [
        {"criterion": c, "place": place, "share": float(share)}
        for place, (c, share) in enumerate(zip(rows, shares, strict=True), 1)
    ]


def _numbered(
    criteria: list[Criterion], numbers: NumbersForm | None, kept: Mapping[str, Any], saved: WeightOpinion | None
) -> list[dict[str, Any]]:
    points = kept.get("points", {})
    return [
        {
            "criterion": c,
            "text": numbers.typed[c.pk] if numbers else _shown_number(points.get(str(c.pk))),
            "error": numbers.errors.get(c.pk, "") if numbers else "",
            "share": saved.shares.get(str(c.pk)) if saved and not numbers else None,
        }
        for c in criteria
    ]


def _shown_number(value: float | None) -> str:
    return "" if value is None else f"{float(value):g}"


def shown_team(
    request: HttpRequest, evaluation: Evaluation, *, typed: NumbersForm | None = None, **more: Any
) -> dict[str, Any]:
    """The progress of the round, after the reveal everybody's weights, and the team's with where they come from."""
    evaluation.log.refresh_from_db()
    criteria = queries.standing_criteria(evaluation)
    state = queries.round_state(evaluation, Round.Subject.WEIGHTS, request.user)
    weights = queries.team_weights(evaluation, criteria)
    opinions = queries.opinions_of(evaluation, criteria)
    offered = _offered(weights, opinions)
    return {
        "evaluation": evaluation,
        "revision": evaluation.log.count,
        "state": state,
        "weights": weights,
        "how_agreed": queries.how_agreed(evaluation),
        "opinions": opinions,
        "is_typed": typed is not None,
        "agreed_seen": queries.agreed_version(evaluation),
        "team_rows": [
            {
                "criterion": c,
                "share": weights.shares.get(c.pk, 0.0),
                "is_unweighed": c.pk in weights.unweighed,
                "text": typed.typed[c.pk] if typed else _as_percent(offered[c.pk]),
                "error": typed.errors.get(c.pk, "") if typed else "",
            }
            for c in criteria
        ],
        "largest_share": max(weights.shares.values(), default=0),
        "proposals": _proposals(evaluation, criteria),
        "can_rate": may(evaluation, Capability.RATE),
        "can_lead": may(evaluation, Capability.LEAD),
        **more,
    }


def _proposals(evaluation: Evaluation, criteria: list[Criterion]) -> list[dict[str, Any]]:
    return [
        {"row": row, "shares": [(c, shares[c.pk], _as_percent(shares[c.pk] / sum(shares.values()))) for c in criteria]}
        for row, shares in queries.proposals_of(evaluation, criteria)
    ]


def _offered(weights: queries.TeamWeights, opinions: queries.Opinions | None) -> Mapping[int, float]:
    """What the lead's form starts with: what was agreed, else the mean, else equal shares."""
    if weights.is_agreed or opinions is None:
        return weights.shares
    return opinions.mean


def _as_percent(share: float) -> str:
    return f"{share * 100:.2f}".rstrip("0").rstrip(".")


def _page(request: HttpRequest, evaluation: Evaluation, *, status: int = 200, **more: Any) -> HttpResponse:
    own = {name: more.pop(name) for name in ("way", "order", "numbers", "compared") if name in more}
    team = {name: more.pop(name) for name in ("typed",) if name in more}
    shown = shown_team(request, evaluation, **team) | shown_own(request, evaluation, **own) | more
    return render(request, "requirements/weights.html", shown, status=status)


def _typed_order(request: HttpRequest) -> list[int] | None:
    """The order in the address, after the move that was asked for; None when there is none."""
    order = [int(text) for text in request.GET.getlist("order") if text.isdecimal() and len(text) < 19]
    if not order:
        return None
    which, _, where = request.GET.get("move", "").partition(":")
    if which.isdecimal() and int(which) in order:
        place = order.index(int(which))
        to = {"up": place - 1, "down": place + 1, "top": 0}.get(where, place)
        if 0 <= to < len(order):
            order.insert(to, order.pop(place))
    return order


@require_GET
@opens_evaluation()
def page(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return _page(request, evaluation, way=request.GET.get("way", ""), order=_typed_order(request))


@require_GET
@opens_evaluation()
def own(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """One's own part: again when something happened, or with an item moved that is not saved yet."""
    order = _typed_order(request)
    if order is None and queries.nothing_new(evaluation, request.GET.get("since", ""), "requirements", "rounds"):
        return HttpResponse(status=204)
    shown = shown_own(request, evaluation, way=request.GET.get("way", ""), order=order)
    moved = request.GET.get("move", "").partition(":")[0]
    shown["moved"] = next((row for row in shown["rows"] if str(row["criterion"].pk) == moved), None)
    return render(request, "requirements/_own.html", shown)


@require_GET
@opens_evaluation()
def team(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    if queries.nothing_new(evaluation, request.GET.get("since", ""), *FOLLOWS):
        return HttpResponse(status=204)
    return render(request, "requirements/_team_weights.html", shown_team(request, evaluation))


@require_POST
@opens_evaluation(Capability.RATE, writes=True)
def give(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    way = request.POST.get("way", "")
    typed: dict[str, Any] = {"way": way}
    answers: dict[str, Any]
    if way == Method.ORDERING:
        order = [int(text) for text in request.POST.getlist("order") if text.isdecimal() and len(text) < 19]
        typed["order"], answers = order, {"order": order}
    elif way == Method.PAIRWISE:
        compared = typed_comparisons(queries.standing_criteria(evaluation), request.POST.dict())
        typed["compared"], answers = compared, {"comparisons": compared}
    else:
        numbers = NumbersForm("points", queries.standing_criteria(evaluation), request.POST)
        if way not in WAYS or not numbers.is_valid:
            return _own_answer(request, evaluation, status=422, way=way, numbers=numbers)
        typed["numbers"], answers = numbers, {"points": {str(pk): n for pk, n in numbers.numbers.items()}}
    try:
        weighing.give_weights(
            evaluation=evaluation,
            method=way,
            answers=answers,
            by=request.user,
            at=timezone.now(),
            seen=seen_in(request),
        )
    except RoundIsRevealed as late:
        return _own_answer(request, evaluation, status=409, own_error=late.reason, **typed)
    except UnknownCriterion:
        error = "Criteria were added or removed in the meantime. Your answer is kept below: look it over, save again."
        return _own_answer(request, evaluation, status=409, own_error=error, **typed)
    except ValueError as useless:
        return _own_answer(request, evaluation, status=422, own_error=str(useless), **typed)
    return _own_answer(request, evaluation, way=way)


def _own_answer(request: HttpRequest, evaluation: Evaluation, *, status: int = 200, **more: Any) -> HttpResponse:
    if not request.htmx:
        if status == 200:
            return see_other(f"{reverse('requirements:weights', args=[evaluation.pk])}?way={more['way']}#own")
        return _page(request, evaluation, status=status, **more)
    evaluation.log.refresh_from_db()
    return render(request, "requirements/_own.html", shown_own(request, evaluation, **more), status=status)


@require_POST
@opens_evaluation(Capability.LEAD, writes=True)
def agree(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The typed percentages, or with `mean=1` the members' mean as it is."""
    criteria = queries.standing_criteria(evaluation)
    opinions = queries.opinions_of(evaluation, criteria)
    typed = NumbersForm("share", criteria, request.POST)
    takes_mean = opinions is not None and (request.POST.get("mean") == "1" or _is_the_mean(typed, opinions))
    if not takes_mean and not typed.is_valid:
        return _team_answer(request, evaluation, status=422, typed=typed)
    try:
        weighing.agree_weights(
            evaluation=evaluation,
            shares=opinions.mean if takes_mean and opinions else typed.numbers,
            method=_how(opinions, takes_mean),
            seen=seen_in(request),
            by=request.user,
            at=timezone.now(),
        )
    except Moved as moved:
        names = {c.pk: c.name for c in criteria}
        now = [(names[pk], share) for pk, share in moved.current.items() if pk in names]
        return _team_answer(request, evaluation, status=409, typed=typed, agreed_now=now)
    except UnknownCriterion:
        error = "Criteria were added or removed in the meantime: look the weights over and agree again."
        return _team_answer(request, evaluation, status=409, typed=typed, team_error=error)
    except ValueError:
        error = "Give at least one criterion more than 0."
        return _team_answer(request, evaluation, status=422, typed=typed, team_error=error)
    return _team_answer(request, evaluation)


def _is_the_mean(typed: NumbersForm, opinions: queries.Opinions) -> bool:
    return all(text == _as_percent(opinions.mean[pk]) for pk, text in typed.typed.items())


def _how(opinions: queries.Opinions | None, takes_mean: bool) -> str:
    if opinions is None:
        return "set by the lead, without the members' weights"
    count = len(opinions.people)
    members = "1 member" if count == 1 else f"{count} members"
    return f"mean of {members}" if takes_mean else f"set by the lead after the weights of {members}"


def _team_answer(request: HttpRequest, evaluation: Evaluation, *, status: int = 200, **more: Any) -> HttpResponse:
    if request.htmx:
        shown = shown_team(request, evaluation, **more)
        return render(request, "requirements/_team_weights.html", shown, status=status)
    if status == 200:
        return see_other(f"{reverse('requirements:weights', args=[evaluation.pk])}#team-weights")
    return _page(request, evaluation, status=status, **more)
