from collections.abc import Iterable
from dataclasses import dataclass

from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import people_who
from evaluations.rounds.models import Finish, Round
from evaluations.teams.access import Capability
from evaluations.teams.models import Person


@dataclass(frozen=True)
class Progress:
    """ "4 of 5 finished": a count, never names."""

    finished: int
    expected: int


def open_round_of(evaluation: Evaluation, subject: str) -> Round | None:
    return Round.objects.unrevealed().filter(evaluation=evaluation, subject=subject).first()


def round_of(evaluation: Evaluation, round_id: int) -> Round | None:
    rows = Round.objects.select_related("evaluation__log", "evaluation__team")
    return rows.filter(evaluation=evaluation, pk=round_id).first()


def last_revealed(evaluation: Evaluation, subject: str) -> Round | None:
    return Round.objects.revealed().filter(evaluation=evaluation, subject=subject).order_by("-number").first()


def progress_of(round: Round) -> Progress:
    expected = {person.pk for person in people_who(Capability.RATE, round.evaluation)}
    finished = set(Finish.objects.filter(round=round).values_list("person_id", flat=True)) & expected
    return Progress(finished=len(finished), expected=len(expected))


def has_finished(round: Round, person: Person) -> bool:
    return Finish.objects.filter(round=round, person=person).exists()


def unanswered_rounds(person: Person, evaluations: Iterable[Evaluation]) -> list[Round]:
    """Open rounds of these evaluations in which the person has not said that they are done; the oldest first."""
    rows = Round.objects.unrevealed().filter(evaluation__in=list(evaluations)).exclude(finishes__person=person)
    return list(rows.order_by("opened_at", "pk"))


def open_seals(evaluation: Evaluation) -> set[str]:
    """Seals of the evaluation that are broken: events sealed by them may be read by everybody."""
    return {round.seal for round in Round.objects.revealed().filter(evaluation=evaluation)}
