"""One cell in full, as its panel shows it. Unrevealed answers are never read here."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from evaluations.audit.models import AuditEvent
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.requirements.models import Criterion, Requirement
from evaluations.rounds.queries import open_seals
from evaluations.scoring.models import Evidence, MustHaveVerdict, Rating, Score
from evaluations.scoring.queries import CellKey

NEWEST = 30
DIFFERENT = 2
"""Members whose answers lie this far apart disagree: the agreed score then asks for a reason."""


@dataclass(frozen=True)
class Answer:
    """One person's revealed rating; `value` None: "don't know"."""

    name: str
    value: int | None
    reason: str


@dataclass(frozen=True)
class Happened:
    number: int
    at: datetime
    by: str
    text: str
    reason: str


def answers(evaluation: Evaluation, **cell: Any) -> dict[CellKey, list[Answer]]:
    """Each person's newest revealed answer per cell, by name; narrowed by candidate= and criterion=."""
    rows = (
        Rating.objects.filter(round__evaluation=evaluation, round__revealed_at__isnull=False, **cell)
        .select_related("person")
        .order_by("round__number", "pk")
    )
    newest: dict[CellKey, dict[int, Answer]] = defaultdict(dict)
    for row in rows:
        found = Answer(row.person.shown_name, row.value, row.reason)
        newest[row.candidate_id, row.criterion_id][row.person_id] = found
    return {key: sorted(by.values(), key=lambda one: one.name.casefold()) for key, by in newest.items()}


def they_disagree(values: list[int | None]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and max(known) - min(known) >= DIFFERENT


def score_of(candidate: Candidate, criterion: Criterion) -> Score | None:
    return Score.objects.filter(candidate=candidate, criterion=criterion).select_related("by").first()


def scores_of(evaluation: Evaluation) -> dict[CellKey, Score]:
    rows = Score.objects.filter(candidate__evaluation=evaluation).select_related("by")
    return {(row.candidate_id, row.criterion_id): row for row in rows}


def verdict_of(requirement_id: int, candidate: Candidate) -> MustHaveVerdict | None:
    rows = MustHaveVerdict.objects.filter(requirement_id=requirement_id, candidate=candidate)
    return rows.select_related("by").first()


def verdicts_of(evaluation: Evaluation) -> dict[tuple[int, int], MustHaveVerdict]:
    """By (requirement id, candidate id)."""
    rows = MustHaveVerdict.objects.filter(requirement__evaluation=evaluation).select_related("by")
    return {(row.requirement_id, row.candidate_id): row for row in rows}


def cell_evidence(candidate: Candidate, criterion: Criterion) -> list[Evidence]:
    rows = Evidence.objects.filter(candidate=candidate, criterion=criterion, removed_at__isnull=True)
    return list(rows.select_related("by").order_by("at", "pk"))


def verdict_evidence(requirement: Requirement, candidate: Candidate) -> list[Evidence]:
    rows = Evidence.objects.filter(candidate=candidate, requirement=requirement, removed_at__isnull=True)
    return list(rows.select_related("by").order_by("at", "pk"))


def verdict_evidence_counts(evaluation: Evaluation) -> dict[tuple[int, int], int]:
    """By (requirement id, candidate id)."""
    rows = Evidence.objects.filter(evaluation=evaluation, requirement__isnull=False, removed_at__isnull=True).order_by()
    counted = rows.values_list("requirement_id", "candidate_id").annotate(count=Count("pk"))
    return {(requirement_id, candidate_id): count for requirement_id, candidate_id, count in counted}


def evidence_with_id(evaluation: Evaluation, evidence_id: int) -> Evidence | None:
    rows = Evidence.objects.select_related("evaluation__log", "evaluation__team", "candidate", "criterion")
    return rows.filter(evaluation=evaluation, pk=evidence_id).first()


def cell_news(evaluation: Evaluation, candidate: Candidate, criterion: Criterion, since: int) -> bool:
    """Whether what everybody may see of the cell may look different than at revision `since`."""
    about = {"candidate": candidate.pk, "criterion": criterion.pk}
    concerned = Q(about__contains=about) | Q(kind__in=["rounds.revealed", "requirements.basis_set"])
    concerned |= Q(kind="candidates.candidate_edited", about__contains={"candidate": candidate.pk})
    concerned |= Q(kind__startswith="requirements.criterion_", about__contains={"criterion": criterion.pk})
    events = AuditEvent.objects.filter(concerned, log_id=evaluation.log_id, number__gt=since, sealed_by="")
    return events.exists()


def cell_history(evaluation: Evaluation, candidate: Candidate, criterion: Criterion) -> list[Happened]:
    """What happened to the cell, newest first; answers of a round that is not revealed are left out."""
    visible = Q(sealed_by="") | Q(sealed_by__in=open_seals(evaluation))
    about = {"candidate": candidate.pk, "criterion": criterion.pk}
    rows = AuditEvent.objects.filter(visible, log_id=evaluation.log_id, kind__in=TOLD, about__contains=about)
    return [_told(event) for event in rows.select_related("by").order_by("-number")[:NEWEST]]


def _told(event: AuditEvent) -> Happened:
    after = event.payload.get("after") or {}
    text = TOLD[event.kind](event.payload.get("before") or {}, after)
    by = event.by.shown_name if event.by else "fwselect"
    return Happened(event.number, event.at, by, text, str(after.get("reason", "")))


Facts = Mapping[str, Any]


def _rated(before: Facts, after: Facts) -> str:
    return f"rated {_value(after, 'don’t know')}"


def _agreed(before: Facts, after: Facts) -> str:
    if after.get("value") is None:
        return "took the agreed score back"
    was = f", before {before['value']}" if before.get("value") is not None else ""
    return f"set the agreed score to {after['value']}{was}"


def _measured(before: Facts, after: Facts) -> str:
    if not after:
        return "the measured score is gone: its runs were taken out"
    return f"measured {after['value']:.2f}"


def _value(facts: Facts, otherwise: str) -> str:
    return otherwise if facts.get("value") is None else str(facts["value"])


TOLD: dict[str, Callable[[Facts, Facts], str]] = {
    "scoring.rated": _rated,
    "scoring.rating_cleared": lambda before, after: "took their rating back",
    "scoring.score_set": _agreed,
    "scoring.measured": _measured,
    "scoring.evidence_added": lambda before, after: f"added the evidence “{after.get('title', '')}”",
    "scoring.evidence_removed": lambda before, after: f"took the evidence “{before.get('title', '')}” out",
}
