"""What the parts of the decision's page are drawn from."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from evaluations.audit.queries import has_news
from evaluations.candidates.models import Evaluation
from evaluations.decision import queries
from evaluations.decision.missing import known_of, missing_to_decide, missing_to_propose
from evaluations.decision.models import Decision, Forecast
from evaluations.decision.ranking import shortfalls_of
from evaluations.scoring.standing import current_standing
from evaluations.teams.access import Capability

OFFERED = 5
"""So many places where the choice is weakest are offered; the small ones behind them explain nothing."""
SHARE = "share"
LEVEL = 0.005
"""Forecast and outcome closer than half a percent are called the same."""

State = Evaluation.State


@dataclass(frozen=True)
class Outcome:
    """A forecast with its figures as people read them, and the comparison in words (empty until there is one)."""

    forecast: Forecast
    expected: str
    actual: str
    words: str


def may(evaluation: Evaluation, capability: Capability) -> bool:
    return capability in evaluation.capabilities  # type: ignore[attr-defined]


def nothing_new(evaluation: Evaluation, since: str) -> bool:
    """Whether the part drawn at revision `since` would look the same now: anything may change the ranking."""
    known = since.isascii() and since.isdigit() and len(since) < 19
    return known and not has_news(evaluation.log, int(since))


def shown_moves(evaluation: Evaluation, *, today: date) -> dict[str, Any]:
    """Where the decision stands, what is missing, and the moves this person may make."""
    revision = _begun(evaluation)
    decision = queries.decision_of(evaluation)
    known = known_of(evaluation, decision)
    revisits = queries.revisits_of(decision) if decision else []
    next_look = queries.next_look(decision, revisits) if decision else None
    return {
        "evaluation": evaluation,
        "revision": revision,
        "decision": decision,
        "standing": current_standing(evaluation),
        "place": known.place,
        "phases": known.phases,
        "missing_to_propose": missing_to_propose(known),
        "missing_to_decide": missing_to_decide(known),
        "seen": queries.newest_version(decision) if decision else 0,
        "lineage": queries.lineage_of(evaluation),
        "revisits": revisits,
        "next_look": next_look,
        "is_due": bool(next_look and next_look <= today and evaluation.state == State.DECIDED),
        "is_decided": evaluation.state == State.DECIDED,
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
        "can_lead": may(evaluation, Capability.LEAD),
    }


def shown_grounds(evaluation: Evaluation) -> dict[str, Any]:
    """Trade-offs, accepted and offered, and the forecast with what came of it."""
    revision = _begun(evaluation)
    decision = queries.decision_of(evaluation)
    accepted = queries.trade_offs_of(decision) if decision else []
    left_out = queries.left_out_of(decision) if decision else []
    return {
        "evaluation": evaluation,
        "revision": revision,
        "decision": decision,
        "accepted": accepted,
        "left_out": left_out,
        "offers": _offers(evaluation, decision, {row.criterion_id for row in (*accepted, *left_out)}),
        "outcomes": [outcome_of(row) for row in (queries.forecasts_of(decision) if decision else [])],
        "can_write": may(evaluation, Capability.CONTRIBUTE) and evaluation.is_writable,
        "can_enter_actual": may(evaluation, Capability.CONTRIBUTE) and evaluation.state == State.DECIDED,
    }


def _offers(evaluation: Evaluation, decision: Decision | None, told: set[int | None]) -> list[Any]:
    if decision is None or decision.candidate is None or not evaluation.is_writable:
        return []
    found = shortfalls_of(current_standing(evaluation), decision.candidate)
    return [one for one in found[:OFFERED] if one.criterion.pk not in told]


def outcome_of(row: Forecast) -> Outcome:
    return Outcome(
        forecast=row,
        expected=figure(row.expected, row.unit),
        actual="" if row.actual is None else figure(row.actual, row.unit),
        words=came_of(row),
    )


def figure(value: float, unit: str) -> str:
    """With its unit; shares as percent."""
    if unit == SHARE:
        return f"{value * 100:.4g} %"
    return f"{value:,.6g} {unit}".strip()


def came_of(row: Forecast) -> str:
    """The outcome against the forecast in words: "22 % worse than expected: 28 ms instead of 23 ms."."""
    if row.actual is None:
        return ""
    both = f"{figure(row.actual, row.unit)} instead of {figure(row.expected, row.unit)}"
    difference = row.actual - row.expected
    if abs(difference) <= abs(row.expected) * LEVEL:
        return f"As expected: {figure(row.actual, row.unit)}."
    if row.lower_is_better is None:
        how = "more" if difference > 0 else "less"
    else:
        how = "better" if (difference < 0) == row.lower_is_better else "worse"
    by = f"{abs(difference / row.expected) * 100:.0f} % " if row.expected else ""
    said = f"{by}{how} than expected: {both}."
    return said[0].upper() + said[1:]


def _begun(evaluation: Evaluation) -> int:
    """The revision is read before the rows: what comes between is asked for again."""
    evaluation.log.refresh_from_db(fields=["count"])
    return evaluation.log.count
