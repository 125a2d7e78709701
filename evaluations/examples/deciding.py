"""The end of an example: reviewers sign, the team proposes, the lead decides; a worker prints the record."""

from typing import Any

from evaluations.candidates import door
from evaluations.candidates.access import can
from evaluations.candidates.models import GuestAccess, JoinRequest
from evaluations.catalogue.scenario_reader import GUEST
from evaluations.decision import actions as decision
from evaluations.decision import moving
from evaluations.decision.models import Decision
from evaluations.decision.queries import decision_of, forecasts_of, newest_version, people_told, trade_offs_of
from evaluations.examples.cast import GUEST_NAME
from evaluations.examples.stage import Stage
from evaluations.scoring.standing import current_standing
from evaluations.signoff import actions as signoff
from evaluations.signoff.queries import digest_of, standing_signoff
from evaluations.teams.access import Capability

DAY = 12


class NobodyLeads(RuntimeError):
    """The figures of a scenario give no winner: there is nothing to decide for."""


def enter(stage: Stage) -> None:
    """Each step enters what is missing and nothing else; what is decided stays as it is."""
    stage.evaluation.refresh_from_db(fields=["state"])
    if not stage.evaluation.is_writable:
        return
    for step in (_guest_reviewer, _signatures, _choice, _trade_offs, _forecasts, _decision):
        step(stage)


def _guest_reviewer(stage: Stage) -> None:
    """Comes through the door as everybody does; the lead lets them in to review."""
    stage.clock.turn_to(DAY, 10)
    guest = stage.person(GUEST)
    if can(Capability.SIGN, guest, stage.evaluation):
        return
    asked = JoinRequest.objects.filter(link__evaluation=stage.evaluation, person=guest).first()
    if asked is None:
        link, token = door.make_join_link(evaluation=stage.evaluation, by=stage.lead, at=stage.clock.tick())
        asked, _ = door.ask_to_join(token=token, name=GUEST_NAME, person=guest, at=stage.clock.tick())
        door.close_join_link(link=link, by=stage.lead, at=stage.clock.tick())
    door.admit(join_request=asked, by=stage.lead, at=stage.clock.tick(), role=GuestAccess.Role.REVIEWER)


def _signatures(stage: Stage) -> None:
    """By reviewers who wrote nothing of the phase; by the lead alone where the story says why."""
    stage.clock.turn_to(DAY, 11)
    for each in stage.scenario.signatures:
        if standing_signoff(stage.evaluation, each.phase):
            continue
        seen: dict[str, Any] = {
            "evaluation": stage.evaluation,
            "phase": each.phase,
            "digest_seen": digest_of(stage.evaluation, each.phase),
            "comment": each.comment,
            "by": stage.person(each.by),
            "at": stage.clock.tick(),
        }
        if each.alone_because:
            signoff.approve_alone(reason=each.alone_because, **seen)
        else:
            signoff.sign(**seen)


def _choice(stage: Stage) -> None:
    """Whoever the figures put first is chosen: the story gives the words, not the winner."""
    stage.clock.turn_to(DAY, 14)
    found = decision_of(stage.evaluation)
    if found and found.candidate_id:
        return
    leader = current_standing(stage.evaluation).verdict.leader
    if leader is None:
        raise NobodyLeads(f"Nobody leads in “{stage.evaluation.title}”.")
    told = stage.scenario.decision
    consulted, informed = people_told(stage.evaluation)
    decision.choose(
        evaluation=stage.evaluation,
        candidate=leader,
        said={
            "reason": told.because,
            "good": "\n".join(told.good),
            "bad": "\n".join(told.bad),
            "neutral": "\n".join(told.consequences),
            "confirmation": told.confirmation,
            "consulted": "\n".join(consulted),
            "informed": "\n".join(informed),
            "revisit_on": told.revisit_date,
        },
        seen=found.version if found else 0,
        by=stage.lead,
        at=stage.clock.tick(),
    )


def _trade_offs(stage: Stage) -> None:
    present = {row.what for row in trade_offs_of(_written(stage))}
    for each in stage.scenario.decision.accepted_tradeoffs:
        if each.what not in present:
            decision.accept_trade_off(
                evaluation=stage.evaluation,
                what=each.what,
                mitigation=each.mitigation,
                by=stage.lead,
                at=stage.clock.tick(),
            )


def _forecasts(stage: Stage) -> None:
    present = {row.metric for row in forecasts_of(_written(stage))}
    for metric, expected in stage.scenario.decision.forecast.items():
        if metric not in present:
            decision.add_forecast(
                evaluation=stage.evaluation, metric=metric, expected=expected, by=stage.lead, at=stage.clock.tick()
            )


def _decision(stage: Stage) -> None:
    """Proposed by who works with it, decided by the lead; the record is frozen in that write."""
    stage.clock.turn_to(DAY, 15)
    evaluation = stage.evaluation
    if evaluation.state == evaluation.State.OPEN:
        seen = newest_version(_written(stage))
        moving.propose(evaluation=evaluation, seen=seen, by=stage.person("backend-1"), at=stage.clock.tick())
    stage.clock.turn_to(DAY, 16)
    seen = newest_version(_written(stage))
    moving.decide(evaluation=evaluation, seen=seen, by=stage.lead, at=stage.clock.tick())
    evaluation.refresh_from_db(fields=["state"])


def _written(stage: Stage) -> Decision:
    return Decision.objects.get(evaluation=stage.evaluation)
