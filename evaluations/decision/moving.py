"""From proposed to decided, superseded and archived; and what may still be written once it is decided."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol

from django.db import transaction

from evaluations.audit.actions import Entry, writing
from evaluations.audit.queries import somebody_else_wrote
from evaluations.candidates.access import check_can, check_is_writable
from evaluations.candidates.models import Evaluation
from evaluations.decision.actions import DecisionMoved, locked_forecast
from evaluations.decision.missing import Known, known_of, missing_to_decide, missing_to_propose
from evaluations.decision.models import Decision, Forecast, Revisit, Succession
from evaluations.decision.queries import decision_of, newest_version
from evaluations.decision.ranking import place_of
from evaluations.decision.states import State, check_move
from evaluations.scoring.standing import current_standing
from evaluations.teams.access import Capability, Refused
from evaluations.teams.models import Person


class Follower(Protocol):
    def __call__(self, *, evaluation: Evaluation, by: Person, at: datetime, entry: Entry) -> object: ...


TOLD_WHEN_CLOSED = {
    "decision.actual_entered",
    "decision.archived",
    "decision.brought_back",
    "decision.revisited",
    "decision.successor_started",
    "decision.superseded",
}
on_decided: list[Follower] = []
"""What packages above do inside the very write that decides; registered when the app starts."""


class NotYet(ValueError):
    """Something is missing; `missing` says what, a sentence each."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(" ".join(missing))
        self.missing = missing


class NotDecided(Refused):
    def __init__(self) -> None:
        super().__init__("This is written down once the evaluation is decided, and as long as it stands.")


def propose(*, evaluation: Evaluation, seen: int, by: Person, at: datetime) -> Decision:
    """Put the choice before the lead. seen: `queries.newest_version` of what the person read; their own changes after
    it are no news to them. Raises NotYet, DecisionMoved, NoSuchMove, Refused.
    """
    check_can(Capability.CONTRIBUTE, by, evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        locked, decision = _ready_to_move(evaluation, State.PROPOSED, seen, missing_to_propose, by)
        decision.proposed_by, decision.proposed_at = by, at
        revision = entry.record(
            "decision.proposed",
            about={"candidate": decision.candidate_id},
            payload={"before": locked.state, "after": State.PROPOSED.value},
        )
        _moved(entry, locked, decision, State.PROPOSED, revision)
    evaluation.state = locked.state
    return decision


def take_back(*, evaluation: Evaluation, by: Person, at: datetime) -> Decision:
    """Take a proposal back: the evaluation is open again. Raises NoSuchMove, Refused."""
    check_can(Capability.CONTRIBUTE, by, evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        locked = _locked(evaluation)
        check_is_writable(locked)
        check_move(locked.state, State.OPEN)
        decision = Decision.objects.select_for_update(of=("self",)).get(evaluation=locked)
        decision.proposed_by, decision.proposed_at = None, None
        revision = entry.record(
            "decision.taken_back",
            about={"candidate": decision.candidate_id},
            payload={"before": locked.state, "after": State.OPEN.value},
        )
        _moved(entry, locked, decision, State.OPEN, revision)
    evaluation.state = locked.state
    return decision


def decide(*, evaluation: Evaluation, seen: int, by: Person, at: datetime) -> Decision:
    """The lead decides: everything is read only from here on, and the record is frozen in the same write.

    seen: as in `propose`. An evaluation this one started from is superseded with it.
    Raises NotYet, DecisionMoved, NoSuchMove, Refused.
    """
    check_can(Capability.LEAD, by, evaluation)
    with transaction.atomic():
        with writing(evaluation.log, by=by, at=at) as entry:
            locked, decision = _ready_to_move(evaluation, State.DECIDED, seen, missing_to_decide, by)
            place = place_of(current_standing(locked), decision.candidate) if decision.candidate else None
            decision.decided_by, decision.decided_at = by, at
            decision.was_against_ranking = bool(place and place.is_against)
            decision.ranking_note = place.note[:500] if place else ""
            revision = entry.record(
                "decision.decided",
                about={"candidate": decision.candidate_id},
                payload={
                    "before": locked.state,
                    "after": State.DECIDED.value,
                    "against_ranking": decision.was_against_ranking,
                    "ranking": decision.ranking_note,
                },
            )
            decision.decided_revision = revision
            _moved(entry, locked, decision, State.DECIDED, revision)
            for follow in on_decided:
                follow(evaluation=locked, by=by, at=at, entry=entry)
        _supersede_origin(locked, by, at)
    evaluation.state = locked.state
    return decision


def archive(*, evaluation: Evaluation, by: Person, at: datetime) -> None:
    """Put it away, read only, in whatever state it is. Raises NoSuchMove, Refused."""
    check_can(Capability.LEAD, by, evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        locked = _locked(evaluation)
        check_move(locked.state, State.ARCHIVED)
        decision, _ = Decision.objects.select_for_update(of=("self",)).get_or_create(evaluation=locked)
        decision.archived_from = locked.state
        revision = entry.record(
            "decision.archived", about={}, payload={"before": locked.state, "after": State.ARCHIVED.value}
        )
        _moved(entry, locked, decision, State.ARCHIVED, revision)
    evaluation.state = locked.state


def bring_back(*, evaluation: Evaluation, by: Person, at: datetime) -> None:
    """Out of the archive, into the state it was archived from and no other. Raises NoSuchMove, Refused."""
    check_can(Capability.LEAD, by, evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        locked = _locked(evaluation)
        decision = Decision.objects.select_for_update(of=("self",)).filter(evaluation=locked).first()
        came_from = State(decision.archived_from) if decision and decision.archived_from else State.OPEN
        if locked.state != State.ARCHIVED or decision is None:
            raise Refused("This evaluation is not archived.")
        check_move(locked.state, came_from)
        decision.archived_from = ""
        revision = entry.record(
            "decision.brought_back", about={}, payload={"before": locked.state, "after": came_from.value}
        )
        _moved(entry, locked, decision, came_from, revision)
    evaluation.state = locked.state


def enter_actual(*, forecast: Forecast, actual: float, note: str, seen: int, by: Person, at: datetime) -> Forecast:
    """What came of a forecast: the one thing beside `revisit` that a decided evaluation takes.

    Raises NotDecided, ForecastMoved, Refused.
    """
    evaluation = forecast.decision.evaluation
    check_can(Capability.CONTRIBUTE, by, evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        _check_is_decided(_locked(evaluation))
        row = locked_forecast(forecast, seen)
        before = {"actual": row.actual, "note": row.actual_note}
        row.actual, row.actual_note, row.actual_by, row.actual_at = actual, note.strip(), by, at
        row.version = entry.record(
            "decision.actual_entered",
            about={"forecast": row.pk},
            payload={"before": before, "after": {"actual": actual, "note": row.actual_note}, "name": row.name},
        )
        row.save()
        return row


def revisit(
    *, evaluation: Evaluation, finding: str, next_on: date | None, seen: int, by: Person, at: datetime
) -> Revisit:
    """The lead looked at the decision again: what was found, and when to look next (None: not again).

    seen: how many looks there were when the form was drawn. Raises NotDecided, DecisionMoved, Refused.
    """
    check_can(Capability.LEAD, by, evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        _check_is_decided(_locked(evaluation))
        decision = Decision.objects.select_for_update(of=("self",)).get(evaluation=evaluation)
        if Revisit.objects.filter(decision=decision).count() != seen:
            raise DecisionMoved(decision)
        row = Revisit.objects.create(decision=decision, finding=finding.strip(), next_on=next_on, by=by, at=at)
        entry.record("decision.revisited", about={}, payload={"after": {"text": row.finding, "next_on": next_on}})
        return row


def _check_is_decided(locked: Evaluation) -> None:
    if locked.state != State.DECIDED:
        raise NotDecided


def _locked(evaluation: Evaluation) -> Evaluation:
    rows = Evaluation.objects.select_for_update(of=("self",)).select_related("team", "log")
    return rows.get(pk=evaluation.pk)


def _ready_to_move(
    evaluation: Evaluation, to: State, seen: int, missing: Callable[[Known], list[str]], by: Person
) -> tuple[Evaluation, Decision]:
    """Both under the lock, when the move is allowed, nobody else wrote since `seen`, and nothing is missing."""
    locked = _locked(evaluation)
    check_is_writable(locked)
    decision = decision_of(locked)
    is_as_read = decision is None or newest_version(decision) == seen
    if not is_as_read and somebody_else_wrote(locked.log, seen, "decision", by=by):
        raise DecisionMoved(decision)
    lacking = missing(known_of(locked, decision, exactly=True))
    if lacking or decision is None:
        raise NotYet(lacking)
    check_move(locked.state, to)
    decision.evaluation = locked
    return locked, decision


def _moved(entry: Entry, locked: Evaluation, decision: Decision, to: State, revision: int) -> None:
    """Whoever waits for the log with a change in hand finds it closed; `check_is_writable` alone could come before."""
    locked.state, locked.version = to, revision
    locked.save(update_fields=["state", "version"])
    entry.log.is_closed = not locked.is_writable
    decision.version = revision
    decision.save()


def _supersede_origin(successor: Evaluation, by: Person, at: datetime) -> None:
    """The evaluation the decided one started from; one in the archive comes back as superseded."""
    link = Succession.objects.select_related("predecessor__log").filter(successor=successor).first()
    if link is None:
        return
    with writing(link.predecessor.log, by=by, at=at) as entry:
        origin = _locked(link.predecessor)
        decision = Decision.objects.select_for_update(of=("self",)).filter(evaluation=origin).first()
        revision = entry.record(
            "decision.superseded",
            about={"evaluation": successor.pk},
            payload={"before": origin.state, "after": State.SUPERSEDED.value, "title": successor.title},
        )
        if decision and origin.state == State.ARCHIVED:
            decision.archived_from, decision.version = State.SUPERSEDED, revision
            decision.save(update_fields=["archived_from", "version"])
        elif decision and origin.state == State.DECIDED:
            _moved(entry, origin, decision, State.SUPERSEDED, revision)
