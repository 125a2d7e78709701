"""Trade-offs and forecasts, each in the side panel with HTMX and on a page of its own without."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.decision import actions, moving, queries
from evaluations.decision.forms import ActualForm, ForecastForm, SeenForm, TradeOffForm
from evaluations.decision.models import Forecast, TradeOff
from evaluations.decision.ranking import Shortfall, shortfalls_of
from evaluations.decision.shown import outcome_of
from evaluations.requirements.models import Criterion
from evaluations.requirements.queries import criterion_of
from evaluations.scoring.standing import current_standing
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other

CLOSE_AND_REFRESH = {"HX-Trigger": '{"panel-close": "", "revision": ""}'}


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def add_trade_off(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """One of the team's own, beside what is offered."""
    if request.method == "GET":
        return _trade_off(request, evaluation, TradeOffForm())
    return _accept(request, evaluation, None, TradeOffForm(request.POST))


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def accept_offer(request: HttpRequest, evaluation: Evaluation, criterion_id: int) -> HttpResponse:
    criterion = _criterion_or_404(evaluation, criterion_id)
    offer = _offer(evaluation, criterion)
    if request.method == "GET":
        words = offer.words if offer else criterion.name
        return _trade_off(request, evaluation, TradeOffForm(initial={"what": words}), offer=offer, criterion=criterion)
    return _accept(request, evaluation, criterion, TradeOffForm(request.POST), offer=offer)


def _accept(
    request: HttpRequest,
    evaluation: Evaluation,
    criterion: Criterion | None,
    form: TradeOffForm,
    offer: Shortfall | None = None,
) -> HttpResponse:
    shown: dict[str, Any] = {"offer": offer, "criterion": criterion}
    if not form.is_valid():
        return _trade_off(request, evaluation, form, status=422, **shown)
    try:
        actions.accept_trade_off(
            evaluation=evaluation, criterion=criterion, by=request.user, at=timezone.now(), **form.cleaned_data
        )
    except actions.NothingChosen as refusal:
        form.add_error(None, str(refusal))
        return _trade_off(request, evaluation, form, status=422, **shown)
    except actions.TradeOffMoved as moved:
        again = TradeOffForm({**request.POST.dict(), "seen": moved.current.version if moved.current else 0})
        return _trade_off(request, evaluation, again, status=409, moved=moved.current, **shown)
    return _done(request, evaluation, "trade-offs")


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def leave_out_offer(request: HttpRequest, evaluation: Evaluation, criterion_id: int) -> HttpResponse:
    criterion = _criterion_or_404(evaluation, criterion_id)
    form = SeenForm(request.POST)
    if not form.is_valid():
        raise Http404("Load the page again, then leave it out.")
    try:
        actions.leave_out_offer(
            evaluation=evaluation, criterion=criterion, by=request.user, at=timezone.now(), **form.cleaned_data
        )
    except actions.NothingChosen as refusal:
        again = TradeOffForm(initial={"what": criterion.name})
        return _trade_off(request, evaluation, again, status=422, criterion=criterion, refusal=str(refusal))
    except actions.TradeOffMoved as moved:
        again = TradeOffForm.of(moved.current) if moved.current else TradeOffForm()
        return _trade_off(request, evaluation, again, status=409, moved=moved.current, criterion=criterion)
    return _done(request, evaluation, "trade-offs")


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def edit_trade_off(request: HttpRequest, evaluation: Evaluation, trade_off_id: int) -> HttpResponse:
    row = _trade_off_or_404(evaluation, trade_off_id)
    if request.method == "GET":
        return _trade_off(request, evaluation, TradeOffForm.of(row), trade_off=row)
    form = TradeOffForm(request.POST, about=str(row.pk))
    if not form.is_valid():
        return _trade_off(request, evaluation, form, trade_off=row, status=422)
    try:
        actions.edit_trade_off(trade_off=row, by=request.user, at=timezone.now(), **form.cleaned_data)
    except actions.TradeOffMoved as moved:
        assert moved.current is not None
        again = TradeOffForm({**request.POST.dict(), "seen": moved.current.version}, about=str(row.pk))
        return _trade_off(request, evaluation, again, trade_off=row, status=409, moved=moved.current)
    return _done(request, evaluation, "trade-offs")


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def leave_out_trade_off(request: HttpRequest, evaluation: Evaluation, trade_off_id: int) -> HttpResponse:
    row = _trade_off_or_404(evaluation, trade_off_id)
    form = SeenForm(request.POST)
    seen = form.cleaned_data["seen"] if form.is_valid() else -1
    try:
        actions.leave_out_trade_off(trade_off=row, seen=seen, by=request.user, at=timezone.now())
    except actions.TradeOffMoved as moved:
        assert moved.current is not None
        again = TradeOffForm.of(moved.current)
        return _trade_off(request, evaluation, again, trade_off=row, status=409, moved=moved.current)
    return _done(request, evaluation, "trade-offs")


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def add_forecast(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    if request.method == "GET":
        return _forecast(request, evaluation, None, ForecastForm())
    form = ForecastForm(request.POST)
    if not form.is_valid():
        return _forecast(request, evaluation, None, form, status=422)
    try:
        actions.add_forecast(evaluation=evaluation, by=request.user, at=timezone.now(), **form.cleaned_data)
    except actions.NothingChosen:
        form.add_error(None, "Choose a candidate first: a forecast is of what was chosen.")
        return _forecast(request, evaluation, None, form, status=422)
    return _done(request, evaluation, "forecast")


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def edit_forecast(request: HttpRequest, evaluation: Evaluation, forecast_id: int) -> HttpResponse:
    row = _forecast_or_404(evaluation, forecast_id)
    if request.method == "GET":
        return _forecast(request, evaluation, row, ForecastForm.of(row))
    form = ForecastForm(request.POST, about=str(row.pk))
    if not form.is_valid():
        return _forecast(request, evaluation, row, form, status=422)
    try:
        actions.edit_forecast(forecast=row, by=request.user, at=timezone.now(), **form.cleaned_data)
    except actions.ForecastMoved as moved:
        again = ForecastForm({**request.POST.dict(), "seen": moved.current.version}, about=str(row.pk))
        return _forecast(request, evaluation, row, again, status=409, moved=moved.current)
    return _done(request, evaluation, "forecast")


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def remove_forecast(request: HttpRequest, evaluation: Evaluation, forecast_id: int) -> HttpResponse:
    row = _forecast_or_404(evaluation, forecast_id)
    form = SeenForm(request.POST)
    seen = form.cleaned_data["seen"] if form.is_valid() else -1
    try:
        actions.remove_forecast(forecast=row, seen=seen, by=request.user, at=timezone.now())
    except actions.ForecastMoved as moved:
        if moved.current.removed_at is None:
            again = ForecastForm.of(moved.current)
            return _forecast(request, evaluation, row, again, status=409, moved=moved.current)
    return _done(request, evaluation, "forecast")


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE)
def enter_actual(request: HttpRequest, evaluation: Evaluation, forecast_id: int) -> HttpResponse:
    """What came of a forecast, once it is decided."""
    row = _forecast_or_404(evaluation, forecast_id)
    if request.method == "GET":
        return _actual(request, evaluation, row, ActualForm.of(row))
    form = ActualForm(request.POST, forecast=row)
    if not form.is_valid():
        return _actual(request, evaluation, row, form, status=422)
    try:
        moving.enter_actual(forecast=row, by=request.user, at=timezone.now(), **form.cleaned_data)
    except actions.ForecastMoved as moved:
        again = ActualForm({**request.POST.dict(), "seen": moved.current.version}, forecast=row)
        return _actual(request, evaluation, row, again, status=409, moved=outcome_of(moved.current))
    return _done(request, evaluation, "forecast")


def _done(request: HttpRequest, evaluation: Evaluation, part: str) -> HttpResponse:
    """What was edited in the panel is saved: the panel closes and the parts behind it ask again."""
    if request.htmx:
        return HttpResponse(status=204, headers=CLOSE_AND_REFRESH)
    return see_other(f"{reverse('decision:index', args=[evaluation.pk])}#{part}")


def _criterion_or_404(evaluation: Evaluation, criterion_id: int) -> Criterion:
    found = criterion_of(evaluation, criterion_id)
    if found is None or found.removed_at is not None:
        raise Http404("There is no such criterion.")
    return found


def _offer(evaluation: Evaluation, criterion: Criterion) -> Shortfall | None:
    decision = queries.decision_of(evaluation)
    if decision is None or decision.candidate is None:
        return None
    found = shortfalls_of(current_standing(evaluation), decision.candidate)
    return next((one for one in found if one.criterion.pk == criterion.pk), None)


def _trade_off_or_404(evaluation: Evaluation, trade_off_id: int) -> TradeOff:
    found = queries.trade_off_of(evaluation, trade_off_id)
    if found is None:
        raise Http404("There is no such trade-off.")
    return found


def _forecast_or_404(evaluation: Evaluation, forecast_id: int) -> Forecast:
    found = queries.forecast_of(evaluation, forecast_id)
    if found is None:
        raise Http404("There is no such forecast.")
    return found


def _trade_off(
    request: HttpRequest, evaluation: Evaluation, form: TradeOffForm, *, status: int = 200, **shown: Any
) -> HttpResponse:
    """shown: trade_off (edited), offer and criterion (offered), moved."""
    return _drawn(request, evaluation, "trade_off", status, {"form": form, "was_moved": status == 409, **shown})


def _forecast(
    request: HttpRequest,
    evaluation: Evaluation,
    forecast: Forecast | None,
    form: ForecastForm,
    *,
    status: int = 200,
    moved: Forecast | None = None,
) -> HttpResponse:
    shown = {"form": form, "forecast": forecast, "moved": outcome_of(moved) if moved else None}
    return _drawn(request, evaluation, "forecast", status, shown)


def _actual(
    request: HttpRequest,
    evaluation: Evaluation,
    forecast: Forecast,
    form: ActualForm,
    *,
    status: int = 200,
    **shown: Any,
) -> HttpResponse:
    context = {"form": form, "forecast": forecast, "outcome": outcome_of(forecast), **shown}
    return _drawn(request, evaluation, "actual", status, context)


def _drawn(
    request: HttpRequest, evaluation: Evaluation, name: str, status: int, context: dict[str, Any]
) -> HttpResponse:
    shown = {"evaluation": evaluation, "in_panel": bool(request.htmx), **context}
    part = f"decision/_{name}.html"
    if request.htmx:
        return render(request, part, shown, status=status)
    return render(request, "decision/panel.html", {**shown, "part": part}, status=status)
