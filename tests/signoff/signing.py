"""A comparison whose first phase is ready to be signed, with somebody to sign it."""

from dataclasses import dataclass

from evaluations.candidates.models import Evaluation
from evaluations.checklist.models import ChecklistItem
from evaluations.requirements import actions as requirements
from evaluations.signoff import actions
from evaluations.signoff.models import ReviewPoint, Signoff
from evaluations.signoff.queries import PhaseStanding, digest_of, phase_standings
from evaluations.teams.models import Person, Role
from tests.builders import NOW, make_guest_reviewer, make_member, make_requirement
from tests.scoring.table import Table, make_table

FIRST = "requirements"


@dataclass
class Signing:
    table: Table
    reviewer: Person

    @property
    def evaluation(self) -> Evaluation:
        return self.table.evaluation

    @property
    def lead(self) -> Person:
        return self.table.lead

    @property
    def author(self) -> Person:
        return self.table.members[0]

    def seen(self, phase: str = FIRST) -> dict[str, object]:
        return {"evaluation": self.evaluation, "phase": phase, "digest_seen": digest_of(self.evaluation, phase)}

    def sign(self, phase: str = FIRST, *, by: Person | None = None, comment: str = "") -> Signoff:
        return actions.sign(**self.seen(phase), comment=comment, by=by or self.reviewer, at=NOW)

    def ask(self, *points: str, phase: str = FIRST) -> Signoff:
        return actions.request_changes(**self.seen(phase), points=points, by=self.reviewer, at=NOW)

    def standing(self, phase: str = FIRST) -> PhaseStanding:
        return next(one for one in phase_standings(self.evaluation) if one.phase == phase)

    def change(self, score: float = 2, candidate: str = "Django", criterion: str = "Speed") -> None:
        self.table.agree({(candidate, criterion): score}, by=self.author)


def settle_checklist(evaluation: Evaluation, phase: str) -> None:
    """Straight into the table: eleven writes would be eleven seconds of a slow machine, and make the lead an author."""
    ChecklistItem.objects.filter(evaluation=evaluation, phase=phase).update(state="done", reason="shown")


def make_signing(*, is_ready: bool = True) -> Signing:
    """FastAPI leads with 4.0 to 3.0; the reviewer wrote nothing."""
    table = make_table()
    scores = {"FastAPI": 4, "Django": 3}
    table.agree({(name, one): value for name, value in scores.items() for one in ("Speed", "Learning")})
    if is_ready:
        make_ready(table)
    return Signing(table, make_member(table.evaluation.team, Role.REVIEWER, name="Rea Reviewer"))


def make_ready(table: Table) -> None:
    evaluation = table.evaluation
    need = make_requirement(evaluation, "Hold 5,000 connections", must_have=True)
    requirements.set_top(evaluation=evaluation, requirements=[need], by=table.lead, at=NOW)
    table.weigh({"Speed": 1, "Learning": 1})
    settle_checklist(evaluation, FIRST)


def guest_reviewer(signing: Signing) -> Person:
    return make_guest_reviewer(signing.evaluation)


def leave_nothing_to_answer(evaluation: Evaluation) -> None:
    """Phase 5 without an item that applies misses nothing."""
    items = ChecklistItem.objects.filter(evaluation=evaluation, phase="readiness")
    items.update(state="not_applicable", reason="A prototype")


def set_aside(evaluation: Evaluation, phase: str, *, by: Person) -> Signoff:
    return actions.set_not_applicable(evaluation=evaluation, phase=phase, reason="A prototype", by=by, at=NOW)


def sent_back(evaluation: Evaluation, text: str, *, by: Person) -> ReviewPoint:
    """A point of phase 1 that waits to be ticked off, whatever else that phase misses."""
    content = {"digest": digest_of(evaluation, FIRST), "content": "{}", "revision": evaluation.log.count}
    row = Signoff.objects.create(evaluation=evaluation, phase=FIRST, word="changes_requested", by=by, at=NOW, **content)
    return ReviewPoint.objects.create(signoff=row, text=text, version=evaluation.log.count)
