"""Who signed which phase, having seen what, and how the phases stand, as a body tells it."""

from typing import Any

from evaluations import catalogue
from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import guests_of
from evaluations.catalogue.entries import Phase
from evaluations.checklist.queries import PhaseProgress, progress_of
from evaluations.record.naming import listed, moment
from evaluations.record.outcome import guest_role
from evaluations.signoff.models import Signoff
from evaluations.signoff.queries import PhaseStanding, told_so_far
from evaluations.signoff.states import PhaseState
from evaluations.teams.queries import members_of

WORDS = {
    Signoff.Word.APPROVED: "approved",
    Signoff.Word.CHANGES_REQUESTED: "changes requested",
    Signoff.Word.NOT_APPLICABLE: "not applicable",
    Signoff.Word.APPLIES: "applies after all",
}


def phases(evaluation: Evaluation, standings: tuple[PhaseStanding, ...]) -> list[dict[str, Any]]:
    progress = progress_of(evaluation)
    return [_phase(phase, standing, progress[phase.key]) for phase, standing in _told(standings)]


def _told(standings: tuple[PhaseStanding, ...]) -> list[tuple[Phase, PhaseStanding]]:
    by_key = {standing.phase.value: standing for standing in standings}
    return [(phase, by_key[phase.key]) for phase in catalogue.phases()]


def _phase(phase: Phase, standing: PhaseStanding, progress: PhaseProgress) -> dict[str, Any]:
    return {
        "number": phase.number,
        "name": phase.name,
        "state": standing.state.label,
        "done": progress.done,
        "total": progress.total,
    }


def sign_offs(evaluation: Evaluation, standings: tuple[PhaseStanding, ...]) -> list[dict[str, Any]]:
    """Every word on every phase, phase by phase, oldest first; the last of a phase is the one that stands."""
    roles = _roles(evaluation)
    found = []
    for phase, standing in _told(standings):
        rows = told_so_far(evaluation, phase.key)
        for row in reversed(rows):
            found.append(_word(row, phase.name, standing if row == rows[0] else None, roles))
    return found


def _word(row: Signoff, phase: str, standing: PhaseStanding | None, roles: dict[int, str]) -> dict[str, Any]:
    is_stale = standing is not None and standing.state == PhaseState.STALE
    return {
        "phase": phase,
        "state": "stale" if is_stale else WORDS[Signoff.Word(row.word)],
        "stands": standing is not None,
        "by": row.by.shown_name,
        "role": roles.get(row.by_id, "no longer a member"),
        "at": moment(row.at),
        "revision": row.revision,
        "digest": row.digest,
        "independent": row.is_independent,
        "reason": row.reason,
        "comment": row.comment,
        "points": [{"text": point.text, "settled": point.settled_at is not None} for point in row.points.all()],
    }


def _roles(evaluation: Evaluation) -> dict[int, str]:
    guests: dict[int, str] = {row.person_id: guest_role(row) for row in guests_of(evaluation)}
    return guests | {row.person_id: row.role for row in members_of(evaluation.team)}


def without_review(standings: tuple[PhaseStanding, ...]) -> list[str]:
    """What the cover has to say of phases nobody independent has seen, a sentence each."""
    return [
        f"Phase {phase.number}, {phase.name}, was approved without independent review: {standing.approval.reason}"
        for phase, standing in _told(standings)
        if standing.approval and not standing.approval.is_independent
    ]


def unsettled(standings: tuple[PhaseStanding, ...], told: tuple[str, ...]) -> list[tuple[Phase, str]]:
    """Each phase neither approved nor set aside, with what keeps it from that; what is `told` is not repeated."""
    return [
        (phase, _what_is_open(phase, standing, told))
        for phase, standing in _told(standings)
        if standing.state not in (PhaseState.APPROVED, PhaseState.NOT_APPLICABLE)
    ]


def _what_is_open(phase: Phase, standing: PhaseStanding, told: tuple[str, ...]) -> str:
    if standing.state == PhaseState.STALE:
        return f"Phase {phase.number} changed after it was signed, and is not confirmed."
    begins = f"Phase {phase.number} is not signed"
    if standing.open_points:
        return f"{begins}: the reviewer asked for {listed(f'“{point}”' for point in standing.open_points)}."
    missing = [sentence for sentence in standing.missing if not sentence.startswith(told or "\n")]
    if missing:
        return f"{begins}: {' '.join(missing)}"
    return f"{begins}." if standing.missing else f"{begins}: it waits for its review."
