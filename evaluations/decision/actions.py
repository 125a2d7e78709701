"""What is written on the way to a decision: the choice with all that is said of it. Its states: `moving.py`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from evaluations import catalogue
from evaluations.audit.actions import Entry, writing
from evaluations.audit.queries import somebody_else_wrote
from evaluations.candidates.access import check_can, check_is_writable
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.decision.models import Decision, Forecast, TradeOff
from evaluations.decision.ranking import place_of, shortfalls_of
from evaluations.requirements.models import Criterion
from evaluations.scoring.standing import current_standing
from evaluations.teams.access import Capability
from evaluations.teams.models import Person

TEXTS = ("reason", "good", "bad", "neutral", "confirmation", "consulted", "informed")
DECISION_FIELDS = (*TEXTS, "revisit_on")
FORECAST_FIELDS = ("metric", "name", "unit", "expected", "note")
LONGEST_NOTE = 500


class DecisionMoved(Exception):
    """Somebody changed the decision since it was read. `current` is how it stands (None: nothing is written yet)."""

    def __init__(self, current: Decision | None) -> None:
        super().__init__("Somebody else changed the decision in the meantime.")
        self.current = current


class TradeOffMoved(Exception):
    """Somebody changed the trade-off since it was read; `current` is how it stands (None: not accepted yet)."""

    def __init__(self, current: TradeOff | None) -> None:
        super().__init__("Somebody else changed this trade-off in the meantime.")
        self.current = current


class ForecastMoved(Exception):
    """Somebody changed or removed the forecast since it was read; `current` is how it stands."""

    def __init__(self, current: Forecast) -> None:
        super().__init__("Somebody else changed this forecast in the meantime.")
        self.current = current


class NothingChosen(ValueError):
    def __init__(self) -> None:
        super().__init__("Choose a candidate first: trade-offs are what comes with it.")


class NotACandidate(ValueError):
    def __init__(self) -> None:
        super().__init__("Choose one of the candidates that stand in this evaluation.")


class ReasonMissing(ValueError):
    """The choice goes against the ranking."""

    def __init__(self, note: str) -> None:
        super().__init__(f"This goes against the ranking: {note} Say why it is right all the same.")


def locked_for_writing(evaluation: Evaluation) -> Evaluation:
    """The evaluation as it stands under the lock of its log, which the caller holds. Raises NotOpen."""
    locked = Evaluation.objects.select_for_update(of=("self",)).get(pk=evaluation.pk)
    check_is_writable(locked)
    return locked


def choose(
    *, evaluation: Evaluation, candidate: Candidate | None, said: Mapping[str, Any], seen: int, by: Person, at: datetime
) -> Decision:
    """Save the draft: whom one would choose (None: nobody yet), and what is said with it; said: of DECISION_FIELDS.

    seen: the version that the person saw, 0 when there was none. Raises DecisionMoved, NotACandidate, Refused, NotOpen,
    and ReasonMissing for a choice against the ranking without a reason.
    """
    check_can(Capability.CONTRIBUTE, by, evaluation)
    check_is_writable(evaluation)
    if candidate and (candidate.evaluation_id != evaluation.pk or candidate.withdrawn_at):
        raise NotACandidate
    with writing(evaluation.log, by=by, at=at) as entry:
        locked_for_writing(evaluation)
        row = Decision.objects.select_for_update(of=("self",)).filter(evaluation=evaluation).first()
        if (row.version if row else 0) != seen:
            raise DecisionMoved(row)
        before = _told(row) if row else None
        row = row or Decision(evaluation=evaluation)
        row.candidate = candidate
        for name in DECISION_FIELDS:
            if name in said:
                value = said[name]
                setattr(row, name, value.strip() if isinstance(value, str) else value)
        if candidate:
            check_reason(candidate, row.reason)
        row.version = entry.record(
            "decision.drafted",
            about={"candidate": candidate.pk} if candidate else {},
            payload={"before": before, "after": _told(row)},
        )
        row.save()
        return row


def check_reason(candidate: Candidate, reason: str) -> None:
    """Raises ReasonMissing when the choice goes against the ranking and nobody says why."""
    place = place_of(current_standing(candidate.evaluation), candidate)
    if place.is_against and not reason.strip():
        raise ReasonMissing(place.note)


def accept_trade_off(
    *,
    evaluation: Evaluation,
    what: str,
    mitigation: str,
    by: Person,
    at: datetime,
    criterion: Criterion | None = None,
    seen: int = 0,
) -> TradeOff:
    """Accept that the chosen candidate is weaker in something, with what is done about it.

    criterion: where it was offered; one that was left out before is taken up again. Raises TradeOffMoved,
    NothingChosen, Refused, NotOpen.
    """
    return _put_trade_off(evaluation, criterion, what, mitigation, seen=seen, leave_out=False, by=by, at=at)


def leave_out_offer(*, evaluation: Evaluation, criterion: Criterion, seen: int, by: Person, at: datetime) -> TradeOff:
    """Say that an offered trade-off is none, so that it is not offered again; one's own word on it a moment ago gives
    way. Raises as `accept_trade_off`."""
    return _put_trade_off(evaluation, criterion, "", "", seen=seen, leave_out=True, by=by, at=at)


def _put_trade_off(
    evaluation: Evaluation,
    criterion: Criterion | None,
    what: str,
    mitigation: str,
    *,
    seen: int,
    leave_out: bool,
    by: Person,
    at: datetime,
) -> TradeOff:
    check_can(Capability.CONTRIBUTE, by, evaluation)
    check_is_writable(evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        decision = _chosen(evaluation)
        row = None
        if criterion:
            rows = TradeOff.objects.select_for_update(of=("self",)).filter(decision=decision, criterion=criterion)
            row = rows.filter(candidate=decision.candidate_id).first()
        is_as_read = (row.version if row else 0) == seen
        if not is_as_read and (not leave_out or somebody_else_wrote(evaluation.log, seen, "decision", by=by)):
            raise TradeOffMoved(row)
        before = _told_of_trade_off(row) if row else None
        row = row or TradeOff(decision=decision, candidate=decision.candidate, criterion=criterion, at=at)
        if criterion and decision.candidate:
            offers = shortfalls_of(current_standing(evaluation), decision.candidate)
            offered = next((one for one in offers if one.criterion.pk == criterion.pk), None)
            row.shortfall = round(offered.points, 4) if offered else row.shortfall
            what = what or row.what or (offered.words[:LONGEST_NOTE] if offered else criterion.name)
        row.what, row.is_left_out = what.strip(), leave_out
        row.mitigation = row.mitigation if leave_out else mitigation.strip()
        return _save_trade_off(entry, row, before, by, at)


def edit_trade_off(*, trade_off: TradeOff, what: str, mitigation: str, seen: int, by: Person, at: datetime) -> TradeOff:
    """Change the words of an accepted one, or take up one that was left out. Raises TradeOffMoved, Refused, NotOpen."""
    return _change_trade_off(trade_off, what, mitigation, seen=seen, leave_out=False, by=by, at=at)


def leave_out_trade_off(*, trade_off: TradeOff, seen: int, by: Person, at: datetime) -> TradeOff:
    """Take it out; its words stay, and it can be taken up again. Raises TradeOffMoved, Refused, NotOpen."""
    words = {"what": trade_off.what, "mitigation": trade_off.mitigation}
    return _change_trade_off(trade_off, **words, seen=seen, leave_out=True, by=by, at=at)


def _change_trade_off(
    trade_off: TradeOff, what: str, mitigation: str, *, seen: int, leave_out: bool, by: Person, at: datetime
) -> TradeOff:
    evaluation = trade_off.decision.evaluation
    check_can(Capability.CONTRIBUTE, by, evaluation)
    check_is_writable(evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        locked_for_writing(evaluation)
        row = TradeOff.objects.select_for_update(of=("self",)).get(pk=trade_off.pk)
        if row.version != seen:
            raise TradeOffMoved(row)
        before = _told_of_trade_off(row)
        row.what, row.mitigation, row.is_left_out = what.strip(), mitigation.strip(), leave_out
        return _save_trade_off(entry, row, before, by, at)


def _save_trade_off(entry: Entry, row: TradeOff, before: dict[str, Any] | None, by: Person, at: datetime) -> TradeOff:
    row.by, row.at = by, at
    about = {"candidate": row.candidate_id} | ({"criterion": row.criterion_id} if row.criterion_id else {})
    kind = "decision.trade_off_left_out" if row.is_left_out else "decision.trade_off_accepted"
    row.version = entry.record(kind, about=about, payload={"before": before, "after": _told_of_trade_off(row)})
    row.save()
    return row


def add_forecast(
    *,
    evaluation: Evaluation,
    expected: float,
    by: Person,
    at: datetime,
    metric: str = "",
    name: str = "",
    unit: str = "",
    note: str = "",
) -> Forecast:
    """Write down a figure expected once it runs. metric: key of the catalogue, which gives name and unit; else both are
    one's own. Raises NothingChosen, KeyError for an unknown metric, Refused, NotOpen."""
    check_can(Capability.CONTRIBUTE, by, evaluation)
    check_is_writable(evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        row = _named(Forecast(decision=_chosen(evaluation)), metric, name, unit)
        row.expected, row.note = expected, note.strip()
        row.save()
        row.version = entry.record(
            "decision.forecast_added", about={"forecast": row.pk}, payload={"after": _told_of_forecast(row)}
        )
        row.save(update_fields=["version"])
        return row


def edit_forecast(
    *,
    forecast: Forecast,
    expected: float,
    seen: int,
    by: Person,
    at: datetime,
    metric: str = "",
    name: str = "",
    unit: str = "",
    note: str = "",
) -> Forecast:
    """Change an expected figure, before deciding. Raises ForecastMoved, Refused, NotOpen."""
    evaluation = forecast.decision.evaluation
    check_can(Capability.CONTRIBUTE, by, evaluation)
    check_is_writable(evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        locked_for_writing(evaluation)
        row = locked_forecast(forecast, seen)
        before = _told_of_forecast(row)
        _named(row, metric, name, unit)
        row.expected, row.note = expected, note.strip()
        row.version = entry.record(
            "decision.forecast_edited",
            about={"forecast": row.pk},
            payload={"before": before, "after": _told_of_forecast(row)},
        )
        row.save()
        return row


def remove_forecast(*, forecast: Forecast, seen: int, by: Person, at: datetime) -> Forecast:
    """Take a forecast out, before deciding; it stays in the history. Raises ForecastMoved, Refused, NotOpen."""
    evaluation = forecast.decision.evaluation
    check_can(Capability.CONTRIBUTE, by, evaluation)
    check_is_writable(evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        locked_for_writing(evaluation)
        row = locked_forecast(forecast, seen)
        row.removed_at = at
        row.version = entry.record(
            "decision.forecast_removed", about={"forecast": row.pk}, payload={"before": _told_of_forecast(row)}
        )
        row.save(update_fields=["removed_at", "version"])
        return row


def locked_forecast(forecast: Forecast, seen: int) -> Forecast:
    row = Forecast.objects.select_for_update(of=("self",)).get(pk=forecast.pk)
    if row.version != seen or row.removed_at is not None:
        raise ForecastMoved(row)
    return row


def _named(row: Forecast, metric: str, name: str, unit: str) -> Forecast:
    row.metric, row.name, row.unit = metric, name.strip(), unit.strip()
    row.lower_is_better = None
    if metric:
        known = catalogue.metric(metric)
        row.name, row.unit, row.lower_is_better = known.name, known.unit, known.direction == "lower"
    return row


def _chosen(evaluation: Evaluation) -> Decision:
    """The decision with its candidate, under the lock. Raises NothingChosen, NotOpen."""
    locked_for_writing(evaluation)
    rows = Decision.objects.select_for_update(of=("self",)).select_related("candidate")
    row = rows.filter(evaluation=evaluation, candidate__isnull=False).first()
    if row is None:
        raise NothingChosen
    return row


def _told(row: Decision) -> dict[str, Any]:
    name = row.candidate.name if row.candidate else None
    return {"chosen": name} | {field: getattr(row, field) for field in DECISION_FIELDS}


def _told_of_trade_off(row: TradeOff) -> dict[str, Any]:
    return {"what": row.what, "mitigation": row.mitigation, "left_out": row.is_left_out}


def _told_of_forecast(row: Forecast) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FORECAST_FIELDS}
