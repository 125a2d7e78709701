from collections.abc import Callable
from datetime import datetime

from django.db.models import Max

from evaluations.audit.actions import Entry, writing
from evaluations.candidates.access import check_can, check_is_writable
from evaluations.candidates.models import Evaluation
from evaluations.rounds.models import Finish, Round
from evaluations.teams.access import Capability, Refused
from evaluations.teams.models import Person

finish_followers: list[Callable[[Entry, Round], None]] = []
"""What packages above do, within the same write, after somebody said that they are finished."""

reveal_followers: list[Callable[[Entry, Round], None]] = []
"""What packages above do, within the same write, with the answers of a round that was revealed."""


class RoundIsOpen(Refused):
    """A round of this subject is open already."""


class RoundIsRevealed(Refused):
    """The round was revealed: its answers are fixed."""


def open_round(*, evaluation: Evaluation, subject: str, by: Person, at: datetime) -> Round:
    """Start a blind round of votes, weights or ratings. Raises RoundIsOpen, Refused."""
    check_can(Capability.LEAD, by, evaluation)
    check_is_writable(evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        if Round.objects.unrevealed().filter(evaluation=evaluation, subject=subject).exists():
            raise RoundIsOpen("A round is open already: reveal it first.")
        return _open(entry, evaluation=evaluation, subject=subject, by=by, at=at)


def reveal(*, round: Round, by: Person, at: datetime) -> Round:
    """Show every answer of the round to everybody at once. Raises RoundIsRevealed, Refused."""
    check_can(Capability.LEAD, by, round.evaluation)
    check_is_writable(round.evaluation)
    with writing(round.evaluation.log, by=by, at=at) as entry:
        locked = Round.objects.select_for_update().get(pk=round.pk)
        if locked.is_revealed:
            raise RoundIsRevealed("This round was revealed already.")
        return _revealed(entry, locked, "rounds.revealed", by=by)


def reveal_when_all_are_in(entry: Entry, *, round: Round) -> Round:
    """For packages whose rounds end by themselves, and which hold the open entry: nobody in particular reveals it."""
    locked = Round.objects.select_for_update().get(pk=round.pk)
    return locked if locked.is_revealed else _revealed(entry, locked, "rounds.all_in", by=None)


def set_finished(*, round: Round, finished: bool, by: Person, at: datetime) -> None:
    """Say "I am done" or take it back; others see only how many are. Raises RoundIsRevealed, Refused."""
    check_can(Capability.RATE, by, round.evaluation)
    check_is_writable(round.evaluation)
    with writing(round.evaluation.log, by=by, at=at) as entry:
        if Round.objects.select_for_update().get(pk=round.pk).is_revealed:
            raise RoundIsRevealed("This round was revealed already.")
        note_finished(entry, round=round, finished=finished, by=by)


def note_finished(entry: Entry, *, round: Round, finished: bool, by: Person) -> None:
    """As `set_finished`, for actions that hold the open entry and have looked that the round is open."""
    if finished:
        Finish.objects.get_or_create(round=round, person=by, defaults={"at": entry.at})
    else:
        Finish.objects.filter(round=round, person=by).delete()
    entry.record("rounds.finished", about={"round": round.pk}, payload={"finished": finished}, sealed_by=round.seal)
    for follow in finish_followers if finished else ():
        follow(entry, round)


def current_round(
    entry: Entry, *, evaluation: Evaluation, subject: str, by: Person | None, at: datetime, seen: int | None = None
) -> Round:
    """The open round of the subject, started now when none is; for actions that hold an open entry.

    seen: the round a page showed its reader, 0 when none had been opened yet, None not to ask. What somebody typed for
    a round that was revealed meanwhile never slips into another one: RoundIsRevealed.
    """
    found = Round.objects.unrevealed().select_for_update().filter(evaluation=evaluation, subject=subject).first()
    if seen is not None and not _is_still(found, seen, evaluation, subject):
        raise RoundIsRevealed("This round was revealed while you were answering: it takes no answers any more.")
    return found or _open(entry, evaluation=evaluation, subject=subject, by=by, at=at)


def _revealed(entry: Entry, round: Round, kind: str, *, by: Person | None) -> Round:
    round.revealed_at, round.revealed_by = entry.at, by
    facts = {"subject": round.subject, "number": round.number}
    round.version = entry.record(kind, about={"round": round.pk}, payload=facts)
    round.save()
    for follow in reveal_followers:
        follow(entry, round)
    return round


def _is_still(found: Round | None, seen: int, evaluation: Evaluation, subject: str) -> bool:
    if seen:
        return found is not None and found.pk == seen
    return not Round.objects.revealed().filter(evaluation=evaluation, subject=subject).exists()


def _open(entry: Entry, *, evaluation: Evaluation, subject: str, by: Person | None, at: datetime) -> Round:
    last = Round.objects.filter(evaluation=evaluation, subject=subject).aggregate(last=Max("number"))["last"]
    made = Round.objects.create(
        evaluation=evaluation, subject=subject, number=(last or 0) + 1, opened_at=at, opened_by=by
    )
    made.version = entry.record(
        "rounds.opened", about={"round": made.pk}, payload={"subject": subject, "number": made.number}
    )
    made.save(update_fields=["version"])
    return made
