"""Reading the audit log: who did what, with nothing in it that a blind round still hides."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from evaluations.audit.models import AuditEvent, AuditLog
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.history.sentences import Names, differences, names_for, names_who, sentence
from evaluations.rounds.queries import open_seals
from evaluations.teams.models import Person, Team

PER_PAGE = 50
SEALED_WORDS = "answered in a blind round; what was said opens with the reveal"
KEPT_WORDS = "answered in the exercise; who said what stays with them"
SEALED_TOPIC = "blind round"


@dataclass(frozen=True)
class Line:
    """One event as this reader may see it; `by` is empty where the text says who."""

    number: int
    at: datetime
    by: str
    text: str
    topic: str
    digest: str
    is_sealed: bool
    changes: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Page:
    """Newest first; `older` is the revision to ask for next, None at the beginning of the log."""

    lines: list[Line]
    older: int | None


@dataclass(frozen=True)
class Filter:
    """What of the log is shown; None and "" mean everything. before: only events with a smaller number."""

    person_id: int | None = None
    topic: str = ""
    candidate_id: int | None = None
    before: int | None = None


def evaluation_page(evaluation: Evaluation, reader: Person, wanted: Filter) -> Page:
    return _page(evaluation.log, reader, open_seals(evaluation), wanted)


def team_page(team: Team, reader: Person, wanted: Filter) -> Page:
    return _page(team.log, reader, set(), wanted)


def lately(evaluation: Evaluation, reader: Person, *, most: int) -> list[Line]:
    """The newest things worth telling; answers in blind rounds are left out."""
    events = AuditEvent.objects.filter(log_id=evaluation.log_id, sealed_by="").order_by("-number")[:most]
    return _lines(list(events.select_related("by")), reader, set())


def people_in(log: AuditLog) -> list[Person]:
    ids = AuditEvent.objects.filter(log=log, by__isnull=False).order_by().values("by").distinct()
    return sorted(Person.objects.filter(pk__in=ids), key=lambda person: person.shown_name.casefold())


def topics_in(log: AuditLog) -> list[str]:
    kinds = AuditEvent.objects.filter(log=log).order_by().values_list("kind", flat=True).distinct()
    return sorted({kind.split(".", 1)[0] for kind in kinds})


def candidates_in(evaluation: Evaluation) -> list[Candidate]:
    return list(Candidate.objects.filter(evaluation=evaluation).order_by("position", "pk"))


def _page(log: AuditLog, reader: Person, seals: set[str], wanted: Filter) -> Page:
    rows = list(_filtered(log, reader, seals, wanted).select_related("by").order_by("-number")[: PER_PAGE + 1])
    older = rows[PER_PAGE - 1].number if len(rows) > PER_PAGE else None
    return Page(lines=_lines(rows[:PER_PAGE], reader, seals), older=older)


def _filtered(log: AuditLog, reader: Person, seals: set[str], wanted: Filter) -> "QuerySet[AuditEvent]":
    """Filters by what is inside an event pass over what the reader may not read: else asking would tell."""
    rows = AuditEvent.objects.filter(log=log)
    if wanted.person_id:
        rows = rows.filter(by_id=wanted.person_id)
    if wanted.topic or wanted.candidate_id:
        rows = rows.filter(Q(sealed_by="") | Q(sealed_by__in=seals) | Q(by=reader))
    if wanted.topic:
        rows = rows.filter(kind__startswith=f"{wanted.topic}.")
    if wanted.candidate_id:
        rows = rows.filter(about__candidate=wanted.candidate_id)
    if wanted.before:
        rows = rows.filter(number__lt=wanted.before)
    return rows


def _lines(events: list[AuditEvent], reader: Person, seals: Iterable[str]) -> list[Line]:
    open_ones = set(seals)
    readable = {event.pk for event in events if _may_read(event, reader, open_ones)}
    names = names_for(event.about for event in events if event.pk in readable)
    return [_line(event, event.pk in readable, names) for event in events]


def _may_read(event: AuditEvent, reader: Person, open_ones: set[str]) -> bool:
    return not event.sealed_by or event.sealed_by in open_ones or event.by_id == reader.pk


def _line(event: AuditEvent, may_read: bool, names: Names) -> Line:
    nobody = "" if names_who(event.kind) else "fwselect"
    return Line(
        number=event.number,
        at=event.at,
        by=event.by.shown_name if event.by else nobody,
        text=sentence(event.kind, event.about, event.payload, names) if may_read else _sealed_words(event),
        topic=event.topic if may_read else SEALED_TOPIC,
        digest=event.digest,
        is_sealed=not may_read,
        changes=differences(event.payload) if may_read else [],
    )


def _sealed_words(event: AuditEvent) -> str:
    """Some seals open with a round's reveal; those of the exercise's answers never do."""
    return SEALED_WORDS if event.sealed_by.startswith("round:") else KEPT_WORDS
