import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from evaluations.audit import announcing, chain
from evaluations.audit.models import AuditEvent, AuditLog


class NothingRecorded(RuntimeError):
    """A write that says nothing to the log is refused, and rolled back."""


class LogClosed(PermissionDenied):
    """What the log tells of was closed before this write had its turn."""

    def __init__(self) -> None:
        super().__init__("This was decided or put away a moment ago: it can be read, not changed.")


told_when_closed: set[str] = set()
"""Kinds of events that a closed log still takes; packages above add theirs when the app starts."""


class NestedWriting(RuntimeError):
    """Helpers called inside a write take the open entry; they never open a second one."""


@dataclass
class Entry:
    """The open entry of one write: add events to it; each gives the revision it will carry."""

    log: AuditLog
    by_id: int | None
    at: datetime
    events: list[AuditEvent] = field(default_factory=list)
    found_closed: bool = False

    @property
    def next_revision(self) -> int:
        return self.log.count + 1

    def record(
        self, kind: str, *, about: dict[str, Any], payload: dict[str, Any] | None = None, sealed_by: str = ""
    ) -> int:
        """Add an event; returns its number, the version of every object it touched.

        kind: "<package>.<what happened>", e.g. "scoring.score_set". about: ids of what it is about, e.g.
        {"candidate": 3, "criterion": 5}. payload: before and after, enough to rebuild the matrix as at any revision.
        Raises LogClosed.
        """
        if self.found_closed and kind not in told_when_closed:
            raise LogClosed
        event = AuditEvent(
            log=self.log,
            number=self.log.count + 1,
            at=self.at,
            by_id=self.by_id,
            kind=kind,
            about=_plain(about),
            payload=_plain(payload or {}),
            sealed_by=sealed_by,
            salt=secrets.token_bytes(16),
            previous=self.log.head,
        )
        event.digest = chain.digest(
            previous=event.previous,
            log_id=self.log.pk,
            number=event.number,
            at=event.at,
            by_id=event.by_id,
            kind=event.kind,
            about=event.about,
            payload=event.payload,
            sealed_by=event.sealed_by,
            salt=bytes(event.salt),
        )
        self.log.count = event.number
        self.log.head = event.digest
        self.events.append(event)
        return event.number


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(value, cls=_ExactEncoder, allow_nan=False))


class _ExactEncoder(DjangoJSONEncoder):
    def default(self, o: Any) -> Any:
        return format(o.normalize(), "f") if isinstance(o, Decimal) else super().default(o)


@contextmanager
def writing(log: AuditLog, *, by: Any, at: datetime) -> Iterator[Entry]:
    """One write: opens the transaction, locks the log's row first, refuses to commit without an event, announces after.

    by: a Person, or None for the system itself. Raises NothingRecorded, NestedWriting, LogClosed.
    """
    if connection.in_atomic_block and getattr(connection, "fwselect_writing", False):
        raise NestedWriting(f"log {log.pk} is being written already")
    with transaction.atomic():
        connection.fwselect_writing = True  # type: ignore[attr-defined]
        try:
            locked = AuditLog.objects.select_for_update().get(pk=log.pk)
            entry = Entry(log=locked, by_id=getattr(by, "pk", None), at=at, found_closed=locked.is_closed)
            yield entry
            if not entry.events:
                raise NothingRecorded(f"nothing was recorded on log {log.pk}")
            AuditEvent.objects.bulk_create(entry.events)
            locked.save(update_fields=["count", "head", "is_closed"])
        finally:
            connection.fwselect_writing = False  # type: ignore[attr-defined]
        topics = sorted({event.topic for event in entry.events})
        revision = locked.count
        transaction.on_commit(lambda: announcing.announce_revision(log.pk, revision, topics))
    log.count, log.head = locked.count, locked.head


def open_log() -> AuditLog:
    """A new, empty log; to be called inside the transaction that creates its owner."""
    return AuditLog.objects.create()
