"""Does a frozen record still say what it said? Each check by itself, so that a failing one is named."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import default_storage

from evaluations.audit.models import AuditEvent
from evaluations.audit.queries import first_fault
from evaluations.record.canonical import canonical_bytes
from evaluations.record.models import FinalPrint, FinalRecord
from evaluations.record.validation import InvalidBody, check_any_version

MOST_PLACES = 5


@dataclass(frozen=True)
class Check:
    """One thing that was recomputed; `fault` says what is wrong, empty where it holds."""

    what: str
    fault: str = ""


def checks_of(record: FinalRecord) -> list[Check]:
    """Everything a record can be checked against where it lives; nothing is taken from memory."""
    return [
        Check("The document has its checksum", _document(record)),
        Check("The document is whole: every part is there and every reference leads somewhere", _structure(record)),
        Check("The log says the same checksum", _event(record)),
        Check(f"The chain of events holds, also up to revision {record.revision}", _chain(record)),
        Check("The printed file is the one that was printed", _file(record)),
    ]


def _document(record: FinalRecord) -> str:
    found = hashlib.sha256(record.document.encode()).hexdigest()
    if found != record.sha256:
        return f"it has the checksum {found}, not {record.sha256}"
    return "" if canonical_bytes(record.body).decode() == record.document else "it is not in its canonical form"


def _structure(record: FinalRecord) -> str:
    try:
        check_any_version(record.body)
    except InvalidBody as refusal:
        return str(refusal)
    if record.body["revision"] != record.revision:
        return f"it tells of revision {record.body['revision']}, and is kept as revision {record.revision}"
    return ""


def _event(record: FinalRecord) -> str:
    rows = AuditEvent.objects.filter(
        log_id=record.evaluation.log_id, kind="record.frozen", about__final_record=record.pk
    )
    said = [event.payload.get("sha256") for event in rows]
    if not said:
        return "no event of the log tells that it was frozen"
    return "" if said == [record.sha256] else f"the log says {said[0]}"


def _chain(record: FinalRecord) -> str:
    fault = first_fault(record.evaluation.log)
    return f"event {fault.number} {fault.reason}" if fault else ""


def _file(record: FinalRecord) -> str:
    row = FinalPrint.objects.filter(record=record).first()
    if row is None or not row.pdf.name:
        return "it is not printed yet"
    try:
        with default_storage.open(str(row.pdf.name)) as file:
            found = hashlib.sha256(file.read()).hexdigest()
    except FileNotFoundError:
        return "the file is gone; print it again"
    return "" if found in str(row.pdf.name) else f"its content has the checksum {found}, and is kept as {row.pdf.name}"


def differing_places(one: Any, other: Any) -> list[str]:
    """Where two bodies say different things, at most MOST_PLACES places, by their path."""
    return [place for place, _ in zip(_differences(one, other, "body"), range(MOST_PLACES), strict=False)]


def _differences(one: Any, other: Any, place: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            if key in one and key in other:
                yield from _differences(one[key], other[key], f"{place}.{key}")
            else:
                yield f"{place}.{key}"
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from _differences(mine, theirs, f"{place}[{index}]")
    elif json.dumps(one) != json.dumps(other) and one != other:
        yield place
