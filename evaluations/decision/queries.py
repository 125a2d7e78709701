"""What was decided, what it rests on, what it gives up, and what came of it."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Max

from evaluations.candidates.models import Evaluation, GuestAccess
from evaluations.candidates.queries import guests_of
from evaluations.decision.models import Decision, Forecast, Revisit, Succession, TradeOff, lines_of
from evaluations.teams.models import Role
from evaluations.teams.queries import members_of

State = Evaluation.State


@dataclass(frozen=True)
class Lineage:
    """Which evaluation this one started from, and which started from it.

    supersedes: that one is superseded by this decision. begun_from: this one starts from it, decided or not.
    superseded_by: the decided successor. under_way: a successor that is not decided yet.
    """

    begun_from: Evaluation | None
    supersedes: Evaluation | None
    superseded_by: Evaluation | None
    under_way: Evaluation | None


def decision_of(evaluation: Evaluation) -> Decision | None:
    """The evaluation's decision in whatever state; None as long as nothing was written on its page."""
    rows = Decision.objects.select_related("evaluation", "candidate", "proposed_by", "decided_by")
    return rows.filter(evaluation=evaluation).first()


def trade_offs_of(decision: Decision) -> list[TradeOff]:
    """What is accepted with the chosen candidate, the largest shortfall first, own ones after in their order."""
    rows = TradeOff.objects.filter(decision=decision, candidate=decision.candidate_id, is_left_out=False)
    found = rows.select_related("criterion", "by").order_by("pk")
    return sorted(found, key=lambda row: (row.shortfall is None, -(row.shortfall or 0.0), row.pk))


def left_out_of(decision: Decision) -> list[TradeOff]:
    """Offers that somebody looked at and did not take, for the chosen candidate."""
    rows = TradeOff.objects.filter(decision=decision, candidate=decision.candidate_id, is_left_out=True)
    return list(rows.select_related("criterion", "by").order_by("pk"))


def trade_off_of(evaluation: Evaluation, trade_off_id: int) -> TradeOff | None:
    rows = TradeOff.objects.select_related("decision__evaluation__log", "criterion", "candidate")
    return rows.filter(decision__evaluation=evaluation, pk=trade_off_id).first()


def forecasts_of(decision: Decision) -> list[Forecast]:
    rows = Forecast.objects.filter(decision=decision, removed_at__isnull=True)
    return list(rows.select_related("actual_by").order_by("pk"))


def forecast_of(evaluation: Evaluation, forecast_id: int) -> Forecast | None:
    rows = Forecast.objects.select_related("decision__evaluation__log")
    return rows.filter(decision__evaluation=evaluation, pk=forecast_id, removed_at__isnull=True).first()


def revisits_of(decision: Decision) -> list[Revisit]:
    return list(Revisit.objects.filter(decision=decision).select_related("by").order_by("at", "pk"))


def consequences_of(decision: Decision) -> dict[str, list[str]]:
    """By `good`, `bad` and `neutral`, one each a line."""
    return {name: lines_of(getattr(decision, name)) for name in ("good", "bad", "neutral")}


def consulted_of(decision: Decision) -> list[str]:
    return lines_of(decision.consulted)


def informed_of(decision: Decision) -> list[str]:
    return lines_of(decision.informed)


def next_look(decision: Decision, revisits: list[Revisit]) -> date | None:
    """When it is to be looked at next: the last look's own date where there was one, else the decision's."""
    return revisits[-1].next_on if revisits else decision.revisit_on


def due_for_a_look(evaluations: list[Evaluation], *, today: date) -> list[tuple[Evaluation, date]]:
    """Decided evaluations whose day to be looked at again has come, the longest due first; two queries."""
    decided = {row.pk: row for row in evaluations if row.state == State.DECIDED}
    decisions = list(Decision.objects.filter(evaluation__in=decided)) if decided else []
    looks: dict[int, list[Revisit]] = {}
    for row in Revisit.objects.filter(decision__in=decisions).order_by("at", "pk") if decisions else ():
        looks.setdefault(row.decision_id, []).append(row)
    days = [(decided[one.evaluation_id], next_look(one, looks.get(one.pk, []))) for one in decisions]
    due = [(evaluation, day) for evaluation, day in days if day is not None and day <= today]
    return sorted(due, key=lambda pair: (pair[1], pair[0].pk))


def lineage_of(evaluation: Evaluation) -> Lineage:
    rows = Succession.objects.select_related("predecessor", "successor")
    origin = rows.filter(successor=evaluation).first()
    begun_from = origin.predecessor if origin else None
    after = [row.successor for row in rows.filter(predecessor=evaluation).order_by("at", "pk")]
    is_decided = decided_at_all(evaluation)
    return Lineage(
        begun_from=begun_from,
        supersedes=begun_from if is_decided else None,
        superseded_by=next((one for one in after if decided_at_all(one)), None),
        under_way=next((one for one in reversed(after) if one.state in {State.OPEN, State.PROPOSED}), None),
    )


def decided_at_all(evaluation: Evaluation) -> bool:
    """Also when it was superseded or archived since."""
    if evaluation.state in {State.DECIDED, State.SUPERSEDED}:
        return True
    return (
        evaluation.state == State.ARCHIVED
        and Decision.objects.filter(evaluation=evaluation, decided_at__isnull=False).exists()
    )


def newest_version(decision: Decision) -> int:
    """The newest version among the decision, its trade-offs and its forecast: what somebody who decides has seen."""
    of_trade_offs = TradeOff.objects.filter(decision=decision).aggregate(newest=Max("version"))["newest"]
    of_forecasts = Forecast.objects.filter(decision=decision).aggregate(newest=Max("version"))["newest"]
    return max(decision.version, of_trade_offs or 0, of_forecasts or 0)


def people_told(evaluation: Evaluation) -> tuple[list[str], list[str]]:
    """Whom the form begins with: consulted are those who contribute or rate, informed is everybody else."""
    members, guests = members_of(evaluation.team), guests_of(evaluation)
    takes_part = [(row.person.shown_name, row.role in {Role.LEAD, Role.CONTRIBUTOR} or row.rates) for row in members]
    takes_part += [(row.person.shown_name, row.role == GuestAccess.Role.CONTRIBUTOR) for row in guests]
    return [name for name, takes in takes_part if takes], [name for name, takes in takes_part if not takes]
