from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_

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


def people_behind(log: AuditLog, *kinds: str) -> set[int]:
    """Ids of the people who caused events of these kinds; what the system did by itself is nobody's."""
    events = log.events.filter(kind__in=kinds, by__isnull=False)
    return set(events.order_by().values_list("by_id", flat=True).distinct())
