from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from evaluations.audit import chain
from evaluations.audit.models import AuditEvent, AuditLog


@dataclass(frozen=True)
class Fault:
    """The first event of a log whose chain does not hold. `number` is the event's number."""

    log_id: int
    number: int
    reason: str


def events_of(log: AuditLog) -> Iterator[AuditEvent]:
    return log.events.order_by("number").iterator(chunk_size=1000)


def first_fault(log: AuditLog) -> Fault | None:
    """Recompute the whole chain of one log; None when it holds. Reads every event once, oldest first."""
    log.refresh_from_db()
    expected, previous = 1, ""
    for event in events_of(log):
        if event.number != expected:
            return Fault(log.pk, expected, "is missing")
        if event.previous != previous:
            return Fault(log.pk, event.number, "does not follow the event before it")
        if event.digest != _recomputed(event):
            return Fault(log.pk, event.number, "was changed: its digest does not match its content")
        expected, previous = event.number + 1, event.digest
    if expected - 1 != log.count:
        return Fault(log.pk, expected, f"is missing: the log counts {log.count} events")
    if previous != log.head:
        return Fault(log.pk, log.count, "is not the event the log's head was taken from")
    return None


def _recomputed(event: AuditEvent) -> str:
    return chain.digest(
        previous=event.previous,
        log_id=event.log_id,
        number=event.number,
        at=event.at,
        by_id=event.by_id,
        kind=event.kind,
        about=event.about,
        payload=event.payload,
        sealed_by=event.sealed_by,
        salt=bytes(event.salt),
    )


def has_news(log: AuditLog, since: int, *topics: str) -> bool:
    """Whether anything happened on the log after the event `since`; with topics ("scoring"), anything of theirs."""
    events = log.events.filter(number__gt=since)
    if topics:
        events = events.filter(reduce(or_, (Q(kind__startswith=f"{topic}.") for topic in topics)))
    return events.exists()


def somebody_else_wrote(log: AuditLog, since: int, *topics: str, by: Any) -> bool:
    """Whether anybody but this person caused events of these topics after the event `since`.

    For moves over what was read: what people changed themselves they know, also while their page does not show it yet.
    What the system did by itself is somebody else's.
    """
    later = log.events.filter(number__gt=since).exclude(by=by)
    return later.filter(reduce(or_, (Q(kind__startswith=f"{topic}.") for topic in topics))).exists()


def was_told(log: AuditLog, since: int, kind: str, *, about: Mapping[str, int], by: Any = None) -> bool:
    """Whether events of this kind about these objects came after the event `since`; by: caused by this person only.

    For objects that several forms write: a form collides only with what changes what it shows.
    """
    found = log.events.filter(number__gt=since, kind=kind, about__contains=dict(about))
    return (found.filter(by=by) if by else found).exists()


def is_behind(log: AuditLog, number: int, person: Any) -> bool:
    """Whether this person caused the event of that number, the version of what it touched."""
    return log.events.filter(number=number, by=person).exists()


def people_behind(log: AuditLog, *kinds: str) -> set[int]:
    """Ids of the people who caused events of these kinds; what the system did by itself is nobody's."""
    events = log.events.filter(kind__in=kinds, by__isnull=False)
    return set(events.order_by().values_list("by_id", flat=True).distinct())
