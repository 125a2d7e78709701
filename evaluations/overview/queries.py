from dataclasses import dataclass
from datetime import datetime

from evaluations.assignments import queries as assignments
from evaluations.assignments.models import Assignment
from evaluations.audit.models import AuditEvent
from evaluations.candidates.access import can
from evaluations.candidates.models import Evaluation, GuestAccess
from evaluations.checklist.models import Phase
from evaluations.checklist.queries import PhaseProgress, progress_of
from evaluations.rounds.models import Round
from evaluations.rounds.queries import has_finished
from evaluations.scoring.standing import Verdict, current_standing
from evaluations.teams.access import Capability
from evaluations.teams.models import Person, Team

ROUND_PAGES = {
    Round.Subject.VOTES: ("Vote for the top three requirements", "requirements:index"),
    Round.Subject.WEIGHTS: ("Give your weights", "requirements:weights"),
    Round.Subject.RATINGS: ("Rate the candidates", "scoring:sheet"),
}


@dataclass(frozen=True)
class Card:
    """An evaluation on its team's page."""

    evaluation: Evaluation
    verdict: Verdict
    phases: list[tuple[Phase, PhaseProgress]]
    changed_at: datetime | None


@dataclass(frozen=True)
class WaitingRound:
    """A blind round that waits for the person's answers."""

    evaluation: Evaluation
    title: str
    page: str


@dataclass(frozen=True)
class Work:
    assignments: list[Assignment]
    rounds: list[WaitingRound]

    @property
    def is_empty(self) -> bool:
        return not self.assignments and not self.rounds


def cards_of(team: Team) -> list[Card]:
    return [_card(evaluation) for evaluation in evaluations_of(team)]


def evaluations_of(team: Team) -> list[Evaluation]:
    return list(Evaluation.objects.filter(team=team).select_related("team", "log").order_by("-created_at", "-pk"))


def guest_evaluations(person: Person) -> list[Evaluation]:
    access = GuestAccess.objects.filter(person=person, ended_at__isnull=True)
    rows = Evaluation.objects.filter(guests__in=access).exclude(team__memberships__person=person)
    return list(rows.select_related("team", "log").order_by("-created_at", "-pk"))


def work_of(person: Person, evaluations: list[Evaluation]) -> Work:
    """What waits for the person in these evaluations: assignments, and open rounds they have not finished."""
    ids = {evaluation.pk for evaluation in evaluations}
    mine = [row for row in assignments.mine(person) if row.evaluation_id in ids]
    return Work(assignments=mine, rounds=_waiting_rounds(person, evaluations))


def newest_event_at(evaluation: Evaluation) -> datetime | None:
    newest = AuditEvent.objects.filter(log_id=evaluation.log_id, number=evaluation.log.count)
    return newest.values_list("at", flat=True).first()


def _card(evaluation: Evaluation) -> Card:
    progress = progress_of(evaluation)
    return Card(
        evaluation=evaluation,
        verdict=current_standing(evaluation).verdict,
        phases=[(phase, progress[phase]) for phase in Phase],
        changed_at=newest_event_at(evaluation),
    )


def _waiting_rounds(person: Person, evaluations: list[Evaluation]) -> list[WaitingRound]:
    found = []
    for evaluation in evaluations:
        if not evaluation.is_writable or not can(Capability.RATE, person, evaluation):
            continue
        for round in Round.objects.unrevealed().filter(evaluation=evaluation):
            if not has_finished(round, person):
                title, page = ROUND_PAGES[round.subject]
                found.append(WaitingRound(evaluation, title, page))
    return found
