"""What came of it, as a body tells it: the decision, the people in it, and the ways on from an old system."""

from typing import Any

from evaluations.candidates.models import Evaluation, GuestAccess
from evaluations.candidates.queries import guests_of
from evaluations.decision import queries as decisions
from evaluations.decision.models import Decision, Forecast, TradeOff
from evaluations.legacy.models import Increment
from evaluations.legacy.queries import Path, legacy_paths
from evaluations.record.naming import Names, moment, rounded
from evaluations.teams.models import Person, Role
from evaluations.teams.queries import members_of

CONSULTED = {Role.LEAD, Role.CONTRIBUTOR}
KINDS = ("good", "neutral", "bad")


def decision(evaluation: Evaluation, names: Names) -> dict[str, Any] | None:
    """None as long as nobody chose, or what was chosen is withdrawn."""
    found = decisions.decision_of(evaluation)
    if found is None or found.candidate_id is None or found.candidate_id not in names.candidates:
        return None
    said = decisions.consequences_of(found)
    return {
        "chosen": names.candidates[found.candidate_id],
        "why": found.reason,
        "against_ranking": bool(found.was_against_ranking),
        "ranking_note": found.ranking_note,
        "trade_offs": [_trade_off(row, names) for row in decisions.trade_offs_of(found)],
        "consequences": [{"kind": kind, "text": text} for kind in KINDS for text in said[kind]],
        "confirmation": found.confirmation,
        "revisit_date": found.revisit_on.isoformat() if found.revisit_on else None,
        "forecast": [_forecast(row) for row in decisions.forecasts_of(found)],
        "proposed_by": _shown(found.proposed_by),
        "decided_by": _shown(found.decided_by),
        "decided_at": moment(found.decided_at) if found.decided_at else None,
    } | _lineage(evaluation)


def _trade_off(row: TradeOff, names: Names) -> dict[str, Any]:
    return {
        "criterion": names.criteria.get(row.criterion_id or 0),
        "what": row.what,
        "mitigation": row.mitigation,
        "shortfall": None if row.shortfall is None else rounded(max(row.shortfall, 0.0)),
    }


def _forecast(row: Forecast) -> dict[str, Any]:
    return {
        "what": row.name,
        "expected": rounded(row.expected),
        "unit": row.unit,
        "lower_is_better": row.lower_is_better,
        "note": row.note,
    }


def _shown(person: Person | None) -> str:
    return person.shown_name if person else ""


def _lineage(evaluation: Evaluation) -> dict[str, str]:
    before = decisions.lineage_of(evaluation).begun_from
    return {"supersedes": f"{before.title} (evaluation {before.pk})"} if before else {}


def people(evaluation: Evaluation) -> dict[str, Any]:
    """Who decided, who was asked and who is told: as the decision says, else by what their roles let them do."""
    members = members_of(evaluation.team)
    guests = guests_of(evaluation)
    told = [{"name": row.person.shown_name, "role": row.role} for row in members]
    told += [{"name": row.person.shown_name, "role": guest_role(row)} for row in guests]
    asked = [row.person.shown_name for row in members if row.role in CONSULTED or row.rates]
    asked += [row.person.shown_name for row in guests if row.role == GuestAccess.Role.CONTRIBUTOR]
    found = decisions.decision_of(evaluation)
    decided = [_shown(found.decided_by)] if found and found.decided_by else []
    consulted = _named(found, "consulted") or [name for name in asked if name not in decided]
    informed = _named(found, "informed") or [
        one["name"] for one in told if one["name"] not in consulted and one["name"] not in decided
    ]
    return {"decided": decided, "consulted": consulted, "informed": informed, "members": told}


def _named(found: Decision | None, which: str) -> list[str]:
    if found is None:
        return []
    return decisions.consulted_of(found) if which == "consulted" else decisions.informed_of(found)


def guest_role(row: GuestAccess) -> str:
    return "guest reviewer" if row.role == GuestAccess.Role.REVIEWER else "contributor"


def legacy(evaluation: Evaluation, names: Names) -> list[dict[str, Any]]:
    return [_path(path, names) for path in legacy_paths(evaluation) if path.candidate.pk in names.candidates]


def _path(path: Path, names: Names) -> dict[str, Any]:
    plan = path.plan
    return {
        "candidate": names.candidates[path.candidate.pk],
        "cost_low_days": rounded(plan.cost_low_days) if plan else None,
        "cost_high_days": rounded(plan.cost_high_days) if plan else None,
        "cost_source": plan.cost_source if plan else "",
        "pain_points": plan.pains if plan else [],
        "increments": [_increment(number, row) for number, row in enumerate(path.increments, 1)],
    }


def _increment(number: int, row: Increment) -> dict[str, Any]:
    return {
        "number": number,
        "moves": row.moves,
        "effort_low_days": rounded(row.effort_low_days),
        "effort_high_days": rounded(row.effort_high_days),
        "risk": row.risk,
        "risk_note": row.risk_note,
        "rollback": row.rollback,
    }
