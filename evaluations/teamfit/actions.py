"""Phase 4 writes: the exercise, one's own attempts with their clock, reviews of others' code.

Who answered what stays with them for good: their events are sealed by a seal that no reveal breaks. What everybody
reads once the exercise is closed are the results, without names but for the quotes whose authors agreed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from evaluations.audit.actions import Entry, writing
from evaluations.audit.queries import was_told
from evaluations.candidates.access import check_can, check_is_writable
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.requirements.models import Criterion
from evaluations.rounds import actions as rounds
from evaluations.rounds.actions import RoundIsRevealed
from evaluations.rounds.models import Finish, Round
from evaluations.scoring import actions as scoring
from evaluations.scoring.models import ValueFunction
from evaluations.teamfit import queries
from evaluations.teamfit.models import Attempt, CodeReview, Exercise
from evaluations.teamfit.remeasuring import remeasure
from evaluations.teams.access import Capability, Refused
from evaluations.teams.models import Person

EXERCISE_FIELDS = ("title", "text", "conventions", "limit_minutes")
ANSWER_FIELDS = (
    "typed_minutes",
    "sentiment",
    *queries.QUESTIONS,
    "friction",
    "may_be_quoted",
    "may_be_named",
    "code_at",
)
ANSWERED = "teamfit.answered"


class ExerciseMoved(Exception):
    """Someone changed the exercise, or put another in its place. `current` is the one that stands (None: none yet)."""

    def __init__(self, current: Exercise | None) -> None:
        super().__init__("The exercise changed meanwhile.")
        self.current = current


class ExerciseBegun(ValueError):
    """Members are at it: the exercise cannot change under their hands."""


class AttemptMoved(Exception):
    """The same person changed this attempt elsewhere. `current` is how it stands (None: not begun)."""

    def __init__(self, current: Attempt | None) -> None:
        super().__init__("This changed in another window of yours.")
        self.current = current


class ClockRunsElsewhere(ValueError):
    """One does one exercise at a time."""


class HandedIn(ValueError):
    """The clock of what was handed in stands still."""


class ReviewMoved(Exception):
    """The same person changed this review elsewhere. `current` is how it stands (None: none yet)."""

    def __init__(self, current: CodeReview | None) -> None:
        super().__init__("This review changed in another window of yours.")
        self.current = current


class NotOfThisEvaluation(ValueError):
    """Exercise and candidate must stand in the same evaluation, and the candidate be one that can be tried."""


class NothingToReview(ValueError):
    """Only code that was handed in is reviewed."""


def set_exercise(
    *,
    evaluation: Evaluation,
    title: str,
    text: str,
    seen: int,
    by: Person,
    at: datetime,
    conventions: str = "",
    limit_minutes: int | None = None,
) -> Exercise:
    """Agree on what everybody builds. Once answers of a closed round stand, another exercise takes its place, without.

    seen: the version of the exercise the person saw, 0 when there was none. limit_minutes: when to stop trying.
    Raises ExerciseMoved, ExerciseBegun, ValidationError, Refused.
    """
    check_can(Capability.CONTRIBUTE, by, evaluation)
    check_is_writable(evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        row = Exercise.objects.select_for_update().filter(evaluation=evaluation, replaced_at__isnull=True).first()
        if (row.version if row else 0) != seen:
            raise ExerciseMoved(row)
        if row and queries.has_begun(row, queries.open_exercise_round(evaluation)):
            raise ExerciseBegun("Members have begun: the lead closes the exercise first, then agree on another one.")
        before = _facts(row, EXERCISE_FIELDS) if row else None
        is_another = row is not None and row.attempts.exists()
        if row and is_another:
            row.replaced_at = at
            row.save(update_fields=["replaced_at"])
        if row is None or is_another:
            row = Exercise(evaluation=evaluation)
        row.title, row.text, row.conventions = title.strip(), text.strip(), conventions.strip()
        row.limit_minutes, row.by, row.at, row.version = limit_minutes, by, at, entry.next_revision
        row.full_clean(exclude=["evaluation", "by", "replaced_at"], validate_constraints=False)
        row.save()
        row.version = entry.record(
            "teamfit.exercise_replaced" if is_another else "teamfit.exercise_set",
            about={"exercise": row.pk},
            payload={"before": before, "after": _facts(row, EXERCISE_FIELDS)},
        )
        row.save(update_fields=["version"])
        if is_another:
            remeasure(entry, evaluation=evaluation)
        return row


def start_clock(
    *, exercise: Exercise, candidate: Candidate, by: Person, at: datetime, seen_round: int | None = None
) -> Attempt:
    """Start, or go on with, one's own exercise with a candidate. The clock runs on the server, in any browser.

    seen_round: as in rounds.actions.current_round. Raises AttemptMoved when it runs already, ClockRunsElsewhere,
    HandedIn, ExerciseMoved, NotOfThisEvaluation, RoundIsRevealed, Refused.
    """
    evaluation = _begin(exercise, candidate, by)
    with writing(evaluation.log, by=by, at=at) as entry:
        round = _round_for(entry, exercise, by, at, seen_round)
        own = {row.candidate_id: row for row in Attempt.objects.select_for_update().filter(round=round, person=by)}
        row = own.get(candidate.pk) or Attempt(exercise=exercise, round=round, candidate=candidate, person=by)
        if row.is_running:
            raise AttemptMoved(row)
        if row.finished:
            raise HandedIn("You have handed this in. Take it back first, then go on.")
        if any(each.is_running for each in own.values()):
            raise ClockRunsElsewhere("Your clock runs for another candidate: stop it first.")
        row.earlier_s = row.clock_seconds(at)
        row.started_at, row.stopped_at = at, None
        return _kept(entry, row, "teamfit.clock_started", {"after": {"minutes": round_minutes(row.earlier_s)}})


def stop_clock(*, attempt: Attempt, by: Person, at: datetime) -> Attempt:
    """Stop one's own clock; its minutes count unless others are typed.

    Raises AttemptMoved when it stands already, RoundIsRevealed, Refused.
    """
    evaluation = attempt.round.evaluation
    check_can(Capability.RATE, by, evaluation)
    check_is_writable(evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        row = Attempt.objects.select_for_update().get(pk=attempt.pk)
        if row.person_id != by.pk:
            raise Refused("This is somebody else’s exercise.")
        if row.round.is_revealed:
            raise RoundIsRevealed("The exercise is closed: its answers are fixed.")
        if not row.is_running:
            raise AttemptMoved(row)
        row.stopped_at = at
        return _kept(entry, row, "teamfit.clock_stopped", {"after": {"minutes": row.minutes}})


def save_attempt(
    *,
    exercise: Exercise,
    candidate: Candidate,
    seen: int,
    finished: bool,
    by: Person,
    at: datetime,
    seen_round: int | None = None,
    **answers: Any,
) -> Attempt:
    """Keep one's own answers (ANSWER_FIELDS; the rest stays as it was); finished hands them in. Nobody else reads them.

    Typed minutes stop a clock that still runs when they are handed in. Who has handed in every candidate is finished;
    when all are, and all code is reviewed, the exercise closes by itself. seen: the version of the attempt, 0 for none;
    what the clock did since is no collision: the form says nothing of it.
    Raises AttemptMoved, ValidationError (by field), ExerciseMoved, NotOfThisEvaluation, RoundIsRevealed, Refused.
    """
    evaluation = _begin(exercise, candidate, by)
    with writing(evaluation.log, by=by, at=at) as entry:
        round = _round_for(entry, exercise, by, at, seen_round)
        row = Attempt.objects.select_for_update().filter(round=round, candidate=candidate, person=by).first()
        if row and row.version != seen and was_told(evaluation.log, seen, ANSWERED, about=_about(row), by=by):
            raise AttemptMoved(row)
        before = _facts(row, (*ANSWER_FIELDS, "finished")) if row else None
        row = row or Attempt(exercise=exercise, round=round, candidate=candidate, person=by)
        for name, value in _known(answers).items():
            setattr(row, name, value.strip() if isinstance(value, str) else value)
        row.may_be_quoted = row.may_be_quoted or row.may_be_named
        row.finished = finished
        if finished and row.is_running and row.typed_minutes is not None:
            row.stopped_at = at
        row.version = entry.next_revision
        _check(row)
        after = _facts(row, (*ANSWER_FIELDS, "finished"))
        _kept(entry, row, ANSWERED, {"before": before, "after": after})
        _note_finished(entry, evaluation, row, by)
        return row


def review_code(*, attempt: Attempt, quality: int, seen: int, by: Person, at: datetime, remark: str = "") -> CodeReview:
    """Judge handed-in code of somebody else, quality 1..5. Marks are fixed once the exercise is closed; a missing one
    can still be given then. Raises ReviewMoved, NothingToReview, RoundIsRevealed, ValidationError, Refused.
    """
    evaluation = attempt.round.evaluation
    check_can(Capability.RATE, by, evaluation)
    check_is_writable(evaluation)
    if attempt.person_id == by.pk:
        raise Refused("Your own code is reviewed by somebody else.")
    with writing(evaluation.log, by=by, at=at) as entry:
        locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
        if not locked.finished:
            raise NothingToReview("This was taken back: there is nothing to review at the moment.")
        row = CodeReview.objects.select_for_update().filter(attempt=locked, reviewer=by).first()
        if row and locked.round.is_revealed:
            raise RoundIsRevealed("The exercise is closed: your mark is fixed.")
        if (row.version if row else 0) != seen:
            raise ReviewMoved(row)
        before = {"quality": row.quality, "remark": row.remark} if row else None
        row = row or CodeReview(attempt=locked, reviewer=by)
        row.quality, row.remark, row.at, row.version = quality, remark.strip(), at, entry.next_revision
        row.full_clean(exclude=["attempt", "reviewer"], validate_unique=False, validate_constraints=False)
        row.version = entry.record(
            "teamfit.reviewed",
            about={"candidate": locked.candidate_id, "round": locked.round_id},
            payload={"before": before, "after": {"quality": quality, "remark": row.remark}},
            sealed_by=own_seal(locked.round, by),
        )
        row.save()
        if locked.round.is_revealed:
            remeasure(entry, evaluation=evaluation)
        else:
            close_when_all_are_in(entry, locked.round)
        return row


def set_value_function(*, criterion: Criterion, by: Person, at: datetime, **function: Any) -> ValueFunction:
    """As scoring.actions.set_value_function; the criterion's measured scores follow within the same write."""

    def follow(entry: Entry, row: ValueFunction) -> None:
        remeasure(entry, evaluation=criterion.evaluation, only=row)

    return scoring.set_value_function(criterion=criterion, by=by, at=at, then=follow, **function)


def close_when_all_are_in(entry: Entry, round: Round) -> None:
    """Inside the write of whoever was the last that was waited for."""
    if round.subject == Round.Subject.EXERCISE and queries.everything_is_in(round):
        rounds.reveal_when_all_are_in(entry, round=round)


def follow_reveal(entry: Entry, round: Round) -> None:
    """Inside the write that closes the exercise: its answers begin to count, and no clock runs on."""
    if round.subject != Round.Subject.EXERCISE:
        return
    Attempt.objects.filter(round=round, started_at__isnull=False, stopped_at__isnull=True).update(stopped_at=entry.at)
    remeasure(entry, evaluation=round.evaluation)


def own_seal(round: Round, person: Person) -> str:
    """Unlike the round's own seal, nothing ever breaks it."""
    return f"exercise:{round.pk}:{person.pk}"


def round_minutes(seconds: int) -> float:
    return round(seconds / 60, 1)


def _begin(exercise: Exercise, candidate: Candidate, by: Person) -> Evaluation:
    evaluation = exercise.evaluation
    check_can(Capability.RATE, by, evaluation)
    check_is_writable(evaluation)
    is_tried = candidate.kind == Candidate.Kind.STACK and candidate.withdrawn_at is None
    if candidate.evaluation_id != evaluation.pk or not is_tried:
        raise NotOfThisEvaluation("Choose a candidate of this evaluation that can be tried.")
    return evaluation


def _round_for(entry: Entry, exercise: Exercise, by: Person, at: datetime, seen: int | None) -> Round:
    current = Exercise.objects.select_for_update().filter(
        evaluation_id=exercise.evaluation_id, replaced_at__isnull=True
    )
    found = current.first()
    if found is None or found.pk != exercise.pk:
        raise ExerciseMoved(found)
    subject = Round.Subject.EXERCISE
    return rounds.current_round(entry, evaluation=exercise.evaluation, subject=subject, by=by, at=at, seen=seen)


def _kept(entry: Entry, row: Attempt, kind: str, payload: dict[str, Any]) -> Attempt:
    row.at = entry.at
    row.version = entry.record(
        kind,
        about=_about(row),
        payload=payload,
        sealed_by=own_seal(row.round, row.person),
    )
    row.save()
    return row


def _about(row: Attempt) -> dict[str, int]:
    return {"candidate": row.candidate_id, "round": row.round_id}


def _check(row: Attempt) -> None:
    faults: dict[str, str] = {}
    if row.finished and row.minutes is None:
        faults["typed_minutes"] = "Stop the clock first, or type the minutes."
    if row.finished and row.sentiment is None:
        faults["sentiment"] = "Say how it felt before you hand it in."
    if faults:
        raise ValidationError(faults)
    row.full_clean(
        exclude=["exercise", "round", "candidate", "person", "at"], validate_unique=False, validate_constraints=False
    )


def _note_finished(entry: Entry, evaluation: Evaluation, row: Attempt, by: Person) -> None:
    """Handing in the last one says "I am finished"; taking one back takes that back."""
    was_finished = Finish.objects.filter(round=row.round, person=by).exists()
    if row.finished and not was_finished and queries.handed_in_everything(evaluation, row.round, by):
        rounds.note_finished(entry, round=row.round, finished=True, by=by)
    elif not row.finished and was_finished:
        rounds.note_finished(entry, round=row.round, finished=False, by=by)
    elif row.finished:
        close_when_all_are_in(entry, row.round)


def _facts(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _known(answers: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(answers) - set(ANSWER_FIELDS)
    if unknown:
        raise TypeError(f"an attempt has no {', '.join(sorted(unknown))}")
    return dict(answers)
