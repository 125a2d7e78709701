"""What the sign-off's page and its small parts are drawn from."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from evaluations.candidates.models import Evaluation
from evaluations.checklist.models import Phase
from evaluations.signoff import queries
from evaluations.signoff.access import can_approve_alone, can_sign
from evaluations.signoff.models import Signoff
from evaluations.signoff.queries import PhaseStanding
from evaluations.signoff.readable import sections
from evaluations.signoff.states import MOVES, PhaseState
from evaluations.teams.access import Capability
from evaluations.teams.models import Person

RINGS = {
    PhaseState.OPEN: "open",
    PhaseState.READY: "ready",
    PhaseState.APPROVED: "approved",
    PhaseState.CHANGES_REQUESTED: "changes",
    PhaseState.STALE: "stale",
    PhaseState.NOT_APPLICABLE: "open",
}
"""How the ring of each state is drawn (`look`'s words)."""
NOTES = {
    PhaseState.READY: "ready",
    PhaseState.APPROVED: "approved",
    PhaseState.CHANGES_REQUESTED: "sent back",
    PhaseState.STALE: "changed",
    PhaseState.NOT_APPLICABLE: "set aside",
}
CHIPS = {
    PhaseState.APPROVED: "ok",
    PhaseState.READY: "outline",
    PhaseState.CHANGES_REQUESTED: "warn",
    PhaseState.STALE: "warn",
}


@dataclass(frozen=True)
class ShownPhase:
    """One phase in a rail, a row of rings or on a projector. `note` says in words what the ring shows."""

    phase: Phase
    state: PhaseState
    ring: str
    done: int
    total: int
    note: str


def shown_phases(evaluation: Evaluation) -> list[ShownPhase]:
    """Of an evaluation whose log was just read."""
    return [shown_phase(standing) for standing in queries.phase_standings_in([evaluation])[evaluation.pk]]


def shown_phase(standing: PhaseStanding) -> ShownPhase:
    state = standing.state
    settled = 0 if state == PhaseState.NOT_APPLICABLE else standing.settled
    note = NOTES.get(state, f"{standing.settled} of {standing.items}")
    return ShownPhase(standing.phase, state, RINGS[state], settled, standing.items, note)


def shown_state(evaluation: Evaluation, phase: str) -> dict[str, Any]:
    """The small part on a phase's own page: its state, and the way to the sign-off."""
    standing = next(one for one in queries.phase_standings(evaluation) if one.phase == phase)
    return {
        "evaluation": evaluation,
        "phase": standing.phase,
        "standing": standing,
        "chip": CHIPS.get(standing.state, ""),
        "mark": mark_of(standing),
    }


def mark_of(standing: PhaseStanding, digest: str = "") -> str:
    """Changes whenever the part or the page would be drawn otherwise."""
    approval = standing.approval
    told = (standing.state, standing.missing, standing.open_points, approval and approval.at, digest)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def news_mark(evaluation: Evaluation, phase: str) -> str:
    standing = next(one for one in queries.phase_standings(evaluation) if one.phase == phase)
    return mark_of(standing, queries.digest_of(evaluation, phase))


def shown_page(evaluation: Evaluation, phase: Phase, person: Person) -> dict[str, Any]:
    """Everything of the page but its forms. The content is read after the revision: what comes between is news."""
    standing = next(one for one in queries.phase_standings(evaluation) if one.phase == phase)
    revision = evaluation.log.count
    content = queries.rendered_phase(evaluation, phase.value)
    digest = queries.digest_of_text(queries.written(content))
    words = queries.told_so_far(evaluation, phase.value)
    mark = mark_of(standing, digest)
    standing = replace(standing, missing=queries.missing_in(evaluation, phase.value))
    shown = {
        "evaluation": evaluation,
        "phase": phase,
        "standing": standing,
        "chip": CHIPS.get(standing.state, ""),
        "revision": revision,
        "digest": digest,
        "sections": sections(content),
        "words": words,
        "points": _points(words),
        "mark": mark,
    }
    rights = _rights(evaluation, phase, person, standing)
    since = _since(evaluation, phase.value, standing, content)
    return shown | since | rights | {"word_comes_first": _knows_the_rest(since["since"], person, rights)}


def _knows_the_rest(since: Signoff | None, person: Person, rights: dict[str, Any]) -> bool:
    """Whether the person read all of it at their own last word: what changed since then is all that is new to them."""
    return since is not None and since.by_id == person.pk and (rights["may_sign"] or rights["may_approve_alone"])


def _points(words: list[Signoff]) -> list[Any]:
    """Of the newest word, when that asked for changes; ticked-off points too."""
    if words and words[0].word == Signoff.Word.CHANGES_REQUESTED:
        return list(words[0].points.all())
    return []


def _since(evaluation: Evaluation, phase: str, standing: PhaseStanding, content: dict[str, Any]) -> dict[str, Any]:
    """What changed since the phase was signed or sent back, and what that did to the ranking."""
    row = queries.standing_signoff(evaluation, phase)
    if row is None or row.word not in (Signoff.Word.APPROVED, Signoff.Word.CHANGES_REQUESTED):
        return {"changes": [], "effect": None, "since": None}
    changes = queries.changes_since(row, content)
    is_stale = standing.state == PhaseState.STALE
    effect = queries.effect_since(row, queries.ranking_now(evaluation)) if is_stale else None
    return {"changes": changes, "effect": effect, "since": row if changes else None}


def _rights(evaluation: Evaluation, phase: Phase, person: Person, standing: PhaseStanding) -> dict[str, Any]:
    may, moves = evaluation.capabilities, MOVES[standing.state]  # type: ignore[attr-defined]
    is_open = evaluation.is_writable
    can_be_approved = is_open and PhaseState.APPROVED in moves and not standing.missing
    reviews = is_open and Capability.SIGN in may
    signs = reviews and can_sign(person, evaluation, phase.value)
    words = {
        "may_sign": signs and can_be_approved,
        "may_ask": reviews and PhaseState.CHANGES_REQUESTED in moves,
        "may_approve_alone": can_be_approved and not signs and can_approve_alone(person, evaluation),
        "may_set_aside": is_open and Capability.LEAD in may and PhaseState.NOT_APPLICABLE in moves,
        "may_take_up": is_open and Capability.LEAD in may and standing.state == PhaseState.NOT_APPLICABLE,
    }
    return words | {
        "has_word": any(words.values()),
        "wrote_it": reviews and not signs,
        "may_tick": is_open and Capability.CONTRIBUTE in may,
    }
