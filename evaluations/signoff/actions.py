"""Signing, asking for changes, setting a phase aside. What was seen is compared with what is, under the log's lock."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from evaluations.audit.actions import Entry, writing
from evaluations.audit.queries import is_behind
from evaluations.candidates.access import check_can, check_is_writable
from evaluations.candidates.models import Evaluation
from evaluations.checklist.models import Phase
from evaluations.signoff.access import check_can_approve_alone, check_can_sign
from evaluations.signoff.models import ReviewPoint, Signoff
from evaluations.signoff.queries import (
    PhaseStanding,
    digest_of_text,
    ranking_now,
    rendered_phase,
    standing_of_phase,
    standing_signoff,
    written,
)
from evaluations.signoff.states import MOVES, PhaseState
from evaluations.teams.access import Capability
from evaluations.teams.models import Person

Word = Signoff.Word
LONGEST_TOLD = 500


class ContentMoved(Exception):
    """The phase is no longer what the signer read."""

    def __init__(self) -> None:
        super().__init__("This phase changed while you were reading it. Read it again, then sign.")


class MoveNotAllowed(Exception):
    """The phase is not in a state from which this leads anywhere; `standing` is how it stands."""

    def __init__(self, standing: PhaseStanding, wanted: PhaseState) -> None:
        super().__init__(f"This phase is {standing.state.label}: from there it can't become {wanted.label}.")
        self.standing = standing


class NotReady(Exception):
    """Exit criteria are not met. `missing` says which, a sentence each."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(f"This phase can't be signed yet. {' '.join(missing)}")
        self.missing = tuple(missing)


class PointMoved(Exception):
    """Somebody ticked the point off, or opened it again, since it was read; or another sign-off stands by now."""

    def __init__(self, point: ReviewPoint, *, by_oneself: bool) -> None:
        super().__init__(f"{'You' if by_oneself else 'Somebody else'} changed this point in the meantime.")
        self.point = point


class SayWhy(ValueError):
    """A reason, or at least one point, is asked for. `field` names the form's field."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def sign(
    *, evaluation: Evaluation, phase: str, digest_seen: str, comment: str = "", by: Person, at: datetime
) -> Signoff:
    """Approve the phase as it was read; a stale approval is confirmed the same way.

    digest_seen: SHA-256 of what the page rendered. Raises Refused (no reviewer, own work), NotOpen, NotReady,
    MoveNotAllowed, ContentMoved.
    """
    check_can_sign(by, evaluation, phase)
    with _moving(evaluation, phase, PhaseState.APPROVED, by=by, at=at) as (entry, standing):
        check_can_sign(by, evaluation, phase)
        _check_is_complete(standing)
        row = _drawn_up(entry, evaluation, phase, Word.APPROVED, by=by, digest_seen=digest_seen)
        row.comment = comment.strip()
        kind = "signoff.confirmed" if standing.state == PhaseState.STALE else "signoff.approved"
        return _put(entry, row, kind)


def approve_alone(
    *, evaluation: Evaluation, phase: str, digest_seen: str, reason: str, comment: str = "", by: Person, at: datetime
) -> Signoff:
    """The lead approves without independent review; the record's cover prints the reason.

    Raises Refused, NotOpen, SayWhy, NotReady, MoveNotAllowed, ContentMoved.
    """
    check_can_approve_alone(by, evaluation)
    if not reason.strip():
        raise SayWhy("reason", "Say why nobody independent reviews this phase: the record's cover prints it.")
    with _moving(evaluation, phase, PhaseState.APPROVED, by=by, at=at) as (entry, standing):
        check_can_approve_alone(by, evaluation)
        _check_is_complete(standing)
        row = _drawn_up(entry, evaluation, phase, Word.APPROVED, by=by, digest_seen=digest_seen)
        row.is_independent, row.reason, row.comment = False, reason.strip(), comment.strip()
        return _put(entry, row, "signoff.approved_alone")


def request_changes(
    *,
    evaluation: Evaluation,
    phase: str,
    digest_seen: str,
    points: Sequence[str],
    comment: str = "",
    by: Person,
    at: datetime,
) -> Signoff:
    """Send the phase back with points to be ticked off. Reviewers may, authors among them too.

    Raises Refused, NotOpen, SayWhy (no point), MoveNotAllowed, ContentMoved.
    """
    check_can(Capability.SIGN, by, evaluation)
    texts = [text.strip() for text in points if text.strip()]
    if not texts:
        raise SayWhy("points", "Name at least one thing to change, each on a line of its own.")
    with _moving(evaluation, phase, PhaseState.CHANGES_REQUESTED, by=by, at=at) as (entry, _):
        check_can(Capability.SIGN, by, evaluation)
        row = _drawn_up(entry, evaluation, phase, Word.CHANGES_REQUESTED, by=by, digest_seen=digest_seen)
        row.comment = comment.strip()
        _put(entry, row, "signoff.changes_requested", asked="; ".join(texts)[:LONGEST_TOLD])
        ReviewPoint.objects.bulk_create(
            ReviewPoint(signoff=row, position=place, text=text, version=row.version) for place, text in enumerate(texts)
        )
        return row


def settle_point(*, point: ReviewPoint, is_settled: bool, seen: int, by: Person, at: datetime) -> ReviewPoint:
    """Tick a reviewer's point off, or open it again. seen: the point's version the form was drawn from.

    Raises Refused, NotOpen, PointMoved.
    """
    evaluation, phase = point.signoff.evaluation, point.signoff.phase
    check_can(Capability.CONTRIBUTE, by, evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        _check_is_still_writable(evaluation)
        locked = ReviewPoint.objects.select_for_update().get(pk=point.pk)
        newest = standing_signoff(evaluation, phase)
        if locked.version != seen or newest is None or newest.pk != locked.signoff_id:
            raise PointMoved(locked, by_oneself=is_behind(evaluation.log, locked.version, by))
        locked.settled_at, locked.settled_by = (at, by) if is_settled else (None, None)
        locked.version = entry.record(
            "signoff.point_settled" if is_settled else "signoff.point_reopened",
            about={"signoff": locked.signoff_id, "point": locked.pk},
            payload={"phase": Phase(phase).label, "text": locked.text},
        )
        locked.save()
        return locked


def set_not_applicable(*, evaluation: Evaluation, phase: str, reason: str, by: Person, at: datetime) -> Signoff:
    """The lead sets a phase aside; the record prints the reason. Raises Refused, NotOpen, SayWhy, MoveNotAllowed."""
    check_can(Capability.LEAD, by, evaluation)
    if not reason.strip():
        raise SayWhy("reason", "Say why this phase does not apply: the record prints it.")
    with _moving(evaluation, phase, PhaseState.NOT_APPLICABLE, by=by, at=at) as (entry, _):
        row = _drawn_up(entry, evaluation, phase, Word.NOT_APPLICABLE, by=by)
        row.reason = reason.strip()
        return _put(entry, row, "signoff.not_applicable_set")


def set_applicable(*, evaluation: Evaluation, phase: str, by: Person, at: datetime) -> Signoff:
    """The lead takes a phase up again that was set aside. Raises Refused, NotOpen, MoveNotAllowed."""
    check_can(Capability.LEAD, by, evaluation)
    with _moving(evaluation, phase, PhaseState.OPEN, by=by, at=at) as (entry, standing):
        if standing.state != PhaseState.NOT_APPLICABLE:
            raise MoveNotAllowed(standing, PhaseState.OPEN)
        row = _drawn_up(entry, evaluation, phase, Word.APPLIES, by=by)
        return _put(entry, row, "signoff.not_applicable_lifted")


@contextmanager
def _moving(
    evaluation: Evaluation, phase: str, wanted: PhaseState, *, by: Person, at: datetime
) -> Iterator[tuple[Entry, PhaseStanding]]:
    """The open entry, and how the phase stands under the lock; refused where the table has no such move."""
    with writing(evaluation.log, by=by, at=at) as entry:
        _check_is_still_writable(evaluation)
        standing = standing_of_phase(evaluation, phase)
        if wanted not in MOVES[standing.state] and not (wanted == PhaseState.APPROVED and standing.missing):
            raise MoveNotAllowed(standing, wanted)
        yield entry, standing


def _check_is_still_writable(evaluation: Evaluation) -> None:
    evaluation.refresh_from_db(fields=["state"])
    check_is_writable(evaluation)


def _check_is_complete(standing: PhaseStanding) -> None:
    if standing.missing:
        raise NotReady(standing.missing)


def _drawn_up(
    entry: Entry, evaluation: Evaluation, phase: str, word: str, *, by: Person, digest_seen: str | None = None
) -> Signoff:
    """The row over the content as it is under the lock. Raises ContentMoved where that is not what was seen."""
    text = written(rendered_phase(evaluation, phase))
    digest = digest_of_text(text)
    if digest_seen is not None and digest != digest_seen:
        raise ContentMoved
    return Signoff(
        evaluation=evaluation,
        phase=phase,
        word=word,
        by=by,
        at=entry.at,
        revision=entry.log.count,
        digest=digest,
        content=text,
        standing=ranking_now(evaluation),
    )


def _put(entry: Entry, row: Signoff, kind: str, **told: Any) -> Signoff:
    row.save()
    row.version = entry.record(
        kind,
        about={"signoff": row.pk},
        payload={
            "phase": Phase(row.phase).label,
            "revision": row.revision,
            "digest": row.digest,
            "is_independent": row.is_independent,
            "reason": row.reason,
            "comment": row.comment,
            **told,
        },
    )
    row.save(update_fields=["version"])
    return row
