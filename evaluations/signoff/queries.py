"""How the five phases stand: derived from what was signed, what is missing and what the content is now."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache

from evaluations.audit.chain import canonical_json
from evaluations.candidates.models import Evaluation
from evaluations.checklist.models import ChecklistItem, Phase
from evaluations.scoring.standing import current_standing
from evaluations.signoff.models import ReviewPoint, Signoff
from evaluations.signoff.phases import authors_of, missing_in, rendered_phase, settles_its_checklist
from evaluations.signoff.readable import Change, differences
from evaluations.signoff.states import PhaseState
from evaluations.teams.models import Person

__all__ = [
    "Approval",
    "Effect",
    "PhaseStanding",
    "approvals_of",
    "authors_of",
    "changes_since",
    "digest_of",
    "effect_since",
    "missing_in",
    "phase_standings",
    "phase_standings_in",
    "rendered_phase",
    "standing_signoff",
]

KEPT_FOR = 3600

PhaseKey = tuple[int, str]
"""(evaluation id, phase)."""


@dataclass(frozen=True)
class Approval:
    """One approval as it was given. revision: of the evaluation as it was signed; digest: SHA-256 of what was rendered.

    is_independent False: the lead approved without independent review, for `reason`. is_stale: what was signed is not
    what the phase holds now.
    """

    phase: Phase
    person: Person
    at: datetime
    revision: int
    digest: str
    is_independent: bool
    reason: str
    comment: str
    is_stale: bool


@dataclass(frozen=True)
class PhaseStanding:
    """A phase now. missing: what it needs before it can be signed, in sentences; open_points: what reviewers want.

    settled, items: how many items of its checklist are settled, of how many.
    """

    phase: Phase
    state: PhaseState
    not_applicable_reason: str
    missing: tuple[str, ...]
    approval: Approval | None
    open_points: tuple[str, ...]
    settled: int = 0
    items: int = 0


@dataclass(frozen=True)
class Effect:
    """What happened to the ranking since a phase was signed."""

    sentence: str
    is_winner_unchanged: bool


@dataclass(frozen=True)
class _Facts:
    """What the content of a phase comes to at one revision; the digest only where somebody signed it."""

    missing: tuple[str, ...]
    digest: str
    settled: int = 0
    items: int = 0


def written(content: dict[str, Any]) -> str:
    """Canonical JSON: sorted keys, no spaces; what is kept with a sign-off."""
    return canonical_json(content).decode()


def digest_of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of(evaluation: Evaluation, phase: str) -> str:
    """SHA-256 of the canonical JSON of what the phase renders now, 64 hexadecimal digits."""
    return digest_of_text(written(rendered_phase(evaluation, phase)))


def phase_standings(evaluation: Evaluation) -> tuple[PhaseStanding, ...]:
    """The five phases in their order.

    `missing` stops at the checklist while that has open items; `missing_in` tells all of it. What contents come to is
    computed once per revision and kept in the cache; then two or three queries are left.
    """
    evaluation.log.refresh_from_db(fields=["count"])
    return phase_standings_in([evaluation])[evaluation.pk]


def phase_standings_in(evaluations: Sequence[Evaluation]) -> dict[int, tuple[PhaseStanding, ...]]:
    """The same for several evaluations whose logs were just read, by their ids, in no more queries."""
    newest = _newest_signoffs(evaluations)
    points = _open_points([row for row in newest.values() if row.word == Signoff.Word.CHANGES_REQUESTED])
    facts = _facts_of(evaluations, {key for key, row in newest.items() if row.word == Signoff.Word.APPROVED})
    return {
        evaluation.pk: tuple(
            _standing(phase, newest.get(key), facts[key], tuple(points.get(key, ())))
            for phase in Phase
            for key in [(evaluation.pk, phase.value)]
        )
        for evaluation in evaluations
    }


def standing_of_phase(evaluation: Evaluation, phase: str) -> PhaseStanding:
    """One phase as it stands this moment, nothing from the cache: what is checked under the log's lock."""
    row = standing_signoff(evaluation, phase)
    asked = row is not None and row.word == Signoff.Word.CHANGES_REQUESTED
    points = _open_points([row] if row and asked else []).get((evaluation.pk, phase), ())
    is_signed = row is not None and row.word == Signoff.Word.APPROVED
    facts = _Facts(missing_in(evaluation, phase), digest_of(evaluation, phase) if is_signed else "")
    return _standing(Phase(phase), row, facts, tuple(points))


def standing_signoff(evaluation: Evaluation, phase: str) -> Signoff | None:
    """The newest word on a phase."""
    rows = Signoff.objects.filter(evaluation=evaluation, phase=phase).select_related("by")
    return rows.order_by("-pk").first()


def approvals_of(evaluation: Evaluation) -> list[Approval]:
    """All ever given, oldest first."""
    rows = Signoff.objects.filter(evaluation=evaluation, word=Signoff.Word.APPROVED).select_related("by")
    given = list(rows.order_by("pk").defer("content"))
    now = {phase: digest_of(evaluation, phase) for phase in {row.phase for row in given}}
    return [_approval(row, now[row.phase]) for row in given]


def points_of(signoff: Signoff) -> list[ReviewPoint]:
    return list(ReviewPoint.objects.filter(signoff=signoff).select_related("settled_by").order_by("position", "pk"))


def point_of(evaluation: Evaluation, point_id: int) -> ReviewPoint | None:
    rows = ReviewPoint.objects.select_related("signoff__evaluation__log", "signoff__evaluation__team")
    return rows.filter(signoff__evaluation=evaluation, pk=point_id).first()


def told_so_far(evaluation: Evaluation, phase: str) -> list[Signoff]:
    """Everything said of a phase, newest first."""
    rows = Signoff.objects.filter(evaluation=evaluation, phase=phase).select_related("by").prefetch_related("points")
    return list(rows.defer("content").order_by("-pk"))


def changes_since(signoff: Signoff, content: dict[str, Any]) -> list[Change]:
    """From what was signed to the content given."""
    return differences(json.loads(signoff.content), json.loads(written(content)))


def ranking_now(evaluation: Evaluation) -> dict[str, Any]:
    """Kept with a sign-off: {"leader": name, "leader_id": id, "margin": number}; None where nobody is ranked."""
    ranked = [row for row in current_standing(evaluation).ranked if row.rank is not None]
    if not ranked:
        return {"leader": None, "leader_id": None, "margin": None}
    margin = round(ranked[0].expected - ranked[1].expected, 4) if len(ranked) > 1 else None
    return {"leader": ranked[0].candidate.name, "leader_id": ranked[0].candidate.pk, "margin": margin}


def effect_since(signoff: Signoff, now: dict[str, Any]) -> Effect:
    """What a change did to the ranking, from what was kept at the signing to the ranking given."""
    then = signoff.standing
    if then.get("leader_id") != now["leader_id"]:
        before, after = then.get("leader") or "nobody", now["leader"] or "nobody"
        return Effect(f"The winner changed: {after} instead of {before}{_margin(then, now)}.", False)
    if now["leader_id"] is None:
        return Effect("Nobody is ranked, then as now.", True)
    return Effect(f"Winner unchanged: {now['leader']}{_margin(then, now)}.", True)


def _margin(then: dict[str, Any], now: dict[str, Any]) -> str:
    before, after = ("none" if one.get("margin") is None else f"{one['margin']:.2f}" for one in (then, now))
    return f", margin {after}" if before == after else f", margin {before} → {after}"


def _newest_signoffs(evaluations: Sequence[Evaluation]) -> dict[PhaseKey, Signoff]:
    rows = Signoff.objects.filter(evaluation__in=evaluations).select_related("by").defer("content")
    newest = rows.order_by("evaluation_id", "phase", "-pk").distinct("evaluation_id", "phase")
    return {(row.evaluation_id, row.phase): row for row in newest}


def _open_points(signoffs: list[Signoff]) -> dict[PhaseKey, list[str]]:
    found: dict[PhaseKey, list[str]] = defaultdict(list)
    rows = ReviewPoint.objects.filter(signoff__in=signoffs, settled_at__isnull=True).order_by("position", "pk")
    for evaluation_id, phase, text in rows.values_list("signoff__evaluation_id", "signoff__phase", "text"):
        found[evaluation_id, phase].append(text)
    return found


def _facts_of(evaluations: Sequence[Evaluation], signed: set[PhaseKey]) -> dict[PhaseKey, _Facts]:
    """Who signs makes a new revision, hence which digests are wanted is the same for one revision."""
    keys = {f"phases:{one.pk}:{one.log.count}": one for one in evaluations}
    kept: dict[str, dict[str, _Facts]] = cache.get_many(keys)
    lacking = {key: one for key, one in keys.items() if key not in kept}
    made = _computed(list(lacking.values()), signed)
    fresh = {key: {phase: made[one.pk, phase] for phase in Phase.values} for key, one in lacking.items()}
    if fresh:
        cache.set_many(fresh, timeout=KEPT_FOR)
    return {(keys[key].pk, phase): one for key, by_phase in (kept | fresh).items() for phase, one in by_phase.items()}


def _computed(evaluations: Sequence[Evaluation], signed: set[PhaseKey]) -> dict[PhaseKey, _Facts]:
    items: dict[PhaseKey, list[ChecklistItem]] = defaultdict(list)
    for item in ChecklistItem.objects.filter(evaluation__in=evaluations).order_by("position", "pk"):
        items[item.evaluation_id, item.phase].append(item)
    found = {}
    for evaluation in evaluations:
        for phase in Phase.values:
            key = (evaluation.pk, phase)
            unsettled = settles_its_checklist(items[key])
            missing = (unsettled,) if unsettled else missing_in(evaluation, phase)
            settled = sum(item.state != ChecklistItem.State.OPEN for item in items[key])
            digest = digest_of(evaluation, phase) if key in signed else ""
            found[key] = _Facts(missing, digest, settled, len(items[key]))
    return found


def _standing(phase: Phase, row: Signoff | None, facts: _Facts, points: tuple[str, ...]) -> PhaseStanding:
    is_out = row is not None and row.word == Signoff.Word.NOT_APPLICABLE
    return PhaseStanding(
        phase=phase,
        state=_state(row, facts, points),
        not_applicable_reason=row.reason if row and is_out else "",
        missing=facts.missing,
        approval=_approval(row, facts.digest) if row and row.word == Signoff.Word.APPROVED else None,
        open_points=points,
        settled=facts.settled,
        items=facts.items,
    )


def _state(row: Signoff | None, facts: _Facts, points: tuple[str, ...]) -> PhaseState:
    if row is not None and row.word == Signoff.Word.NOT_APPLICABLE:
        return PhaseState.NOT_APPLICABLE
    if row is not None and row.word == Signoff.Word.APPROVED:
        return PhaseState.APPROVED if row.digest == facts.digest else PhaseState.STALE
    if points:
        return PhaseState.CHANGES_REQUESTED
    return PhaseState.OPEN if facts.missing else PhaseState.READY


def _approval(row: Signoff, digest_now: str) -> Approval:
    return Approval(
        phase=Phase(row.phase),
        person=row.by,
        at=row.at,
        revision=row.revision,
        digest=row.digest,
        is_independent=row.is_independent,
        reason=row.reason,
        comment=row.comment,
        is_stale=row.digest != digest_now,
    )
