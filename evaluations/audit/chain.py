"""The hash chain: canonical bytes of an event and their digest. Values in, values out."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any


def canonical_json(value: Any) -> bytes:
    """UTF-8 bytes with sorted keys and no spaces; NaN and infinity raise ValueError."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(
    *,
    previous: str,
    log_id: int,
    number: int,
    at: datetime,
    by_id: int | None,
    kind: str,
    about: dict[str, Any],
    payload: dict[str, Any],
    sealed_by: str,
    salt: bytes,
) -> str:
    """SHA-256 (64 hex digits) over the digest before and the event's canonical JSON; `at` counts to the microsecond."""
    body = {
        "log": log_id,
        "number": number,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "by": by_id,
        "kind": kind,
        "about": about,
        "payload": payload,
        "sealed_by": sealed_by,
        "salt": salt.hex(),
    }
    return hashlib.sha256(previous.encode() + canonical_json(body)).hexdigest()
