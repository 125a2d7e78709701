"""An evaluation in which something can be chosen: two candidates, two criteria, agreed weights and scores."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.checklist.models import Phase
from evaluations.decision import actions, moving
from evaluations.decision.models import Decision, Forecast, TradeOff
from evaluations.decision.queries import decision_of, newest_version
from evaluations.requirements.models import Criterion
from evaluations.requirements.weighing import agree_weights
from evaluations.rounds import actions as rounds
from evaluations.rounds.models import Round
from evaluations.scoring import actions as scoring
from evaluations.signoff import actions as signoff
from evaluations.teams.models import Person
from tests.builders import NOW, lead_of, make_candidate, make_criterion, make_evaluation


@dataclass
class Choice:
    """`ahead` leads with 4.1, `behind` follows with 3.4; `behind` is better at `learning`."""

    evaluation: Evaluation
    lead: Person
    ahead: Candidate
    behind: Candidate
    speed: Criterion
    learning: Criterion


def make_choice(**fields: Any) -> Choice:
    evaluation = make_evaluation(**fields)
    lead = lead_of(evaluation.team)
    ahead, behind = make_candidate(evaluation, "FastAPI"), make_candidate(evaluation, "Django")
    speed, learning = make_criterion(evaluation, "Speed"), make_criterion(evaluation, "Learning time")
    agree_weights(
        evaluation=evaluation, shares={speed.pk: 70, learning.pk: 30}, method="points", seen=0, by=lead, at=NOW
    )
    values = {(ahead, speed): "5", (ahead, learning): "2", (behind, speed): "3", (behind, learning): "4.5"}
    for (candidate, criterion), value in values.items():
        scoring.set_score(
            candidate=candidate, criterion=criterion, value=Decimal(value), reason="talked", seen=0, by=lead, at=NOW
        )
    evaluation.refresh_from_db()
    return Choice(evaluation, lead, ahead, behind, speed, learning)


def choose(choice: Choice, candidate: Candidate | None = None, *, by: Person | None = None, **said: Any) -> Decision:
    found = decision_of(choice.evaluation)
    return actions.choose(
        evaluation=choice.evaluation,
        candidate=candidate or choice.ahead,
        said=said,
        seen=found.version if found else 0,
        by=by or choice.lead,
        at=NOW,
    )


def seen_now(evaluation: Evaluation) -> int:
    found = decision_of(evaluation)
    return newest_version(found) if found else 0


def settle_phases(evaluation: Evaluation) -> None:
    """Every phase is set aside with a reason, which is the shortest way to five settled ones."""
    for phase in Phase:
        signoff.set_not_applicable(
            evaluation=evaluation, phase=phase, reason="a small tool", by=lead_of(evaluation.team), at=NOW
        )


def decide(choice: Choice, *, at: datetime = NOW) -> Decision:
    """Settle the phases, propose and decide; the choice is there already."""
    settle_phases(choice.evaluation)
    propose(choice)
    return moving.decide(evaluation=choice.evaluation, seen=seen_now(choice.evaluation), by=choice.lead, at=at)


def propose(choice: Choice) -> Decision:
    return moving.propose(evaluation=choice.evaluation, seen=seen_now(choice.evaluation), by=choice.lead, at=NOW)


def draft_decision(evaluation: Evaluation, candidate: Candidate, mark: str) -> tuple[Decision, TradeOff, Forecast]:
    """A draft with one trade-off of its own and one figure, where nobody wrote any before."""
    given = {"evaluation": evaluation, "by": lead_of(evaluation.team), "at": NOW}
    row = actions.choose(candidate=candidate, said={"reason": f"{mark} reason"}, seen=0, **given)
    trade_off = actions.accept_trade_off(what=f"{mark} no admin", mitigation="", **given)
    return row, trade_off, actions.add_forecast(name=f"{mark} cost", unit="EUR", expected=20, **given)


def clear_the_way(evaluation: Evaluation) -> None:
    """Reveal every round, settle every phase and propose what is chosen: then a lead can decide."""
    lead = lead_of(evaluation.team)
    for round in Round.objects.unrevealed().filter(evaluation=evaluation):
        rounds.reveal(round=round, by=lead, at=NOW)
    settle_phases(evaluation)
    moving.propose(evaluation=evaluation, seen=seen_now(evaluation), by=lead, at=NOW)


def decide_at_last(evaluation: Evaluation) -> Decision:
    clear_the_way(evaluation)
    return moving.decide(evaluation=evaluation, seen=seen_now(evaluation), by=lead_of(evaluation.team), at=NOW)
