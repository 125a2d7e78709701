"""Short-lived signed tickets: a page grants a person one log's stream; the live process need not ask anybody.

Standard library only, because the live process imports this.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass

LIFETIME_SECONDS = 60
LONGEST = 500


class TicketRefused(ValueError):
    """Not a ticket of ours, changed, or too old."""


@dataclass(frozen=True)
class Ticket:
    log_id: int
    person_id: int
    issued_at: float
    request_id: str


def issue(*, log_id: int, person_id: int, secret: str, now: float, request_id: str = "") -> str:
    """A ticket good for a minute. `request_id` lets the stream's log lines name the page request that asked for it."""
    body = encoded(json.dumps([log_id, person_id, now, request_id], separators=(",", ":")).encode())
    return f"{body}.{signature(body, secret)}"


def read(ticket: str, *, secret: str, now: float) -> Ticket:
    """The content of a ticket that is ours and not too old. Raises TicketRefused."""
    body, _, signed = ticket.partition(".")
    if len(ticket) > LONGEST or not hmac.compare_digest(signed.encode(), signature(body, secret).encode()):
        raise TicketRefused("not a ticket of ours")
    try:
        log_id, person_id, issued_at, request_id = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, binascii.Error):
        raise TicketRefused("not a ticket of ours") from None
    if not -LIFETIME_SECONDS <= now - issued_at <= LIFETIME_SECONDS:
        raise TicketRefused("too old")
    return Ticket(log_id, person_id, issued_at, request_id)


def signature(body: str, secret: str) -> str:
    return encoded(hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest())


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
