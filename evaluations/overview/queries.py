from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F
from django.urls import reverse

from evaluations.assignments import queries as assignments
from evaluations.assignments.models import Assignment
from evaluations.audit.models import AuditEvent
from evaluations.candidates.access import can, capabilities_in_each
from evaluations.candidates.models import Evaluation, GuestAccess
from evaluations.checklist.models import Phase
from evaluations.checklist.queries import phases_of_open_items
from evaluations.decision.queries import due_for_a_look
from evaluations.overview.places import phase_url
from evaluations.rounds.models import Round
from evaluations.rounds.queries import unanswered_rounds
from evaluations.scoring.standing import Verdict, current_standing
from evaluations.signoff.access import can_sign
from evaluations.signoff.queries import PhaseStanding, phase_standings_in
from evaluations.signoff.shown import ShownPhase, shown_phase
from evaluations.signoff.states import PhaseState
from evaluations.teams.access import Capability
from evaluations.teams.models import Person, Team

NEWEST = 3
REVIEWING = {Capability.SIGN, Capability.CONTRIBUTE}

ROUND_PAGES: dict[str, tuple[str, str]] = {
    Round.Subject.VOTES: ("Vote for the top three requirements", "requirements:index"),
    Round.Subject.WEIGHTS: ("Give your weights", "requirements:weights"),
    Round.Subject.RATINGS: ("Rate the candidates", "scoring:sheet"),
    Round.Subject.EXERCISE: ("Do the exercise", "teamfit:index"),
}


@dataclass(frozen=True)
class Card:
    """An evaluation on its team's page."""

    evaluation: Evaluation
    verdict: Verdict
    phases: list[ShownPhase]
    changed_at: datetime | None


@dataclass(frozen=True)
class TeamCards:
    """A team on its member's first page: its newest evaluations as cards, and how many more it has."""

    team: Team
    evaluations: list[Evaluation]
    cards: list[Card]
    may_create: bool

    @property
    def left_out(self) -> int:
        return len(self.evaluations) - len(self.cards)


@dataclass(frozen=True)
class WaitingRound:
    """A blind round that waits for the person's answers."""

    evaluation: Evaluation
    title: str
    page: str


@dataclass(frozen=True)
class Assigned:
    """Something the person was given, and where it is done."""

    assignment: Assignment
    url: str
    is_late: bool


@dataclass(frozen=True)
class WaitingReview:
    """A phase that waits for the person: to be signed or confirmed by a reviewer, or to be changed as one asked."""

    evaluation: Evaluation
    phase: Phase
    title: str
    note: str


@dataclass(frozen=True)
class WaitingDecision:
    """A decision that waits for a lead: a proposal to be decided, or a day on which to look at it again (`due`)."""

    evaluation: Evaluation
    title: str
    due: date | None = None


@dataclass(frozen=True)
class Work:
    assignments: list[Assigned]
    rounds: list[WaitingRound]
    reviews: list[WaitingReview]
    decisions: list[WaitingDecision]

    @property
    def is_empty(self) -> bool:
        return not (self.assignments or self.rounds or self.reviews or self.decisions)


def cards_of(evaluations: list[Evaluation]) -> list[Card]:
    changed_at = _changed_at(evaluations)
    phases = phase_standings_in(evaluations)
    return [
        Card(
            evaluation=evaluation,
            verdict=current_standing(evaluation).verdict,
            phases=[shown_phase(one) for one in phases[evaluation.pk]],
            changed_at=changed_at.get(evaluation.log_id),
        )
        for evaluation in evaluations
    ]


def team_cards(team: Team, *, may_create: bool) -> TeamCards:
    evaluations = evaluations_of(team)
    return TeamCards(team, evaluations, cards_of(evaluations[:NEWEST]), may_create)


def evaluations_of(team: Team) -> list[Evaluation]:
    return list(Evaluation.objects.filter(team=team).select_related("team", "log").order_by("-created_at", "-pk"))


def guest_evaluations(person: Person) -> list[Evaluation]:
    access = GuestAccess.objects.filter(person=person, ended_at__isnull=True)
    rows = Evaluation.objects.filter(guests__in=access).exclude(team__memberships__person=person)
    return list(rows.select_related("team", "log").order_by("-created_at", "-pk"))


def work_of(person: Person, evaluations: list[Evaluation], *, today: date) -> Work:
    """What waits for the person in these evaluations: assignments, unfinished open rounds, phases, decisions."""
    ids = {evaluation.pk for evaluation in evaluations}
    mine = [row for row in assignments.mine(person) if row.evaluation_id in ids]
    phases = phases_of_open_items({_item_of(row) for row in mine} - {0})
    waiting = [row for row in mine if not _item_of(row) or _item_of(row) in phases]
    given = [
        Assigned(row, _url_of(row, phases), is_late=bool(row.due_date and row.due_date < today)) for row in waiting
    ]
    return Work(
        assignments=given,
        rounds=_waiting_rounds(person, evaluations),
        reviews=_waiting_reviews(person, evaluations),
        decisions=_waiting_decisions(person, evaluations, today),
    )


def _url_of(row: Assignment, phases: dict[int, str]) -> str:
    """The page on which the assignment's subject is settled. phases: of checklist items, by their ids."""
    word, *_ = row.subject.split(":")
    here = row.evaluation_id
    if word == "cell":
        return reverse("scoring:cell", args=[here, *_numbers(row.subject)])
    if word == "verdict":
        return reverse("scoring:verdicts", args=[here])
    if word == "requirement":
        return reverse("requirements:index", args=[here])
    if word == "phase":
        return phase_url(row.evaluation, Phase(row.subject.removeprefix("phase:")))
    item = _numbers(row.subject)[0]
    return f"{reverse('checklist:phase', args=[here, phases[item]])}#item-{item}"


def _item_of(row: Assignment) -> int:
    """The id of the checklist item that was given to somebody; 0 where it is something else."""
    return _numbers(row.subject)[0] if row.subject.startswith("item:") else 0


def _numbers(subject: str) -> list[int]:
    return [int(part) for part in subject.split(":")[1:]]


def _changed_at(evaluations: list[Evaluation]) -> dict[int, datetime]:
    """By log id: the moment of the newest event."""
    newest = AuditEvent.objects.filter(log__in=[e.log_id for e in evaluations], number=F("log__count"))
    return dict(newest.order_by().values_list("log_id", "at"))


def _waiting_decisions(person: Person, evaluations: list[Evaluation], today: date) -> list[WaitingDecision]:
    may = capabilities_in_each(person, evaluations)
    led = [one for one in evaluations if Capability.LEAD in may[one.pk]]
    proposed = [one for one in led if one.state == Evaluation.State.PROPOSED]
    due = due_for_a_look(led, today=today)
    looks = [WaitingDecision(one, "Look at the decision again", day) for one, day in due]
    return looks + [WaitingDecision(one, "Decide: a choice is proposed") for one in proposed]


def _waiting_reviews(person: Person, evaluations: list[Evaluation]) -> list[WaitingReview]:
    may = capabilities_in_each(person, evaluations)
    mine = [one for one in evaluations if one.is_writable and may[one.pk] & REVIEWING]
    standings = phase_standings_in(mine)
    return [
        WaitingReview(evaluation, standing.phase, *told)
        for evaluation in mine
        for standing in standings[evaluation.pk]
        if (told := _waits_for(person, evaluation, standing, may[evaluation.pk]))
    ]


def _waits_for(
    person: Person, evaluation: Evaluation, standing: PhaseStanding, capabilities: frozenset[Capability]
) -> tuple[str, str] | None:
    """Title and note of what the person is to do about the phase; None where it does not wait for them."""
    name, state = standing.phase.label, standing.state
    if state == PhaseState.CHANGES_REQUESTED and Capability.CONTRIBUTE in capabilities:
        return f"{name}: make the changes a reviewer asked for", "sent back"
    to_sign = state in (PhaseState.READY, PhaseState.STALE)
    if not (to_sign and Capability.SIGN in capabilities and can_sign(person, evaluation, standing.phase)):
        return None
    if state == PhaseState.STALE:
        return f"{name}: see what changed and confirm", "changed since"
    return f"{name}: review and sign", "ready"


def _waiting_rounds(person: Person, evaluations: list[Evaluation]) -> list[WaitingRound]:
    writable = {evaluation.pk: evaluation for evaluation in evaluations if evaluation.is_writable}
    rounds = unanswered_rounds(person, writable.values())
    mine = {pk for pk in {row.evaluation_id for row in rounds} if can(Capability.RATE, person, writable[pk])}
    return [
        WaitingRound(writable[row.evaluation_id], *ROUND_PAGES[row.subject])
        for row in rounds
        if row.evaluation_id in mine
    ]
