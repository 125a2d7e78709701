import base64
import json

import pytest

from evaluations.live import tickets

SECRET = "a secret of this test alone"


def test_a_ticket_tells_what_it_was_issued_for() -> None:
    issued = tickets.issue(log_id=7, person_id=3, secret=SECRET, now=1000.0, request_id="abc12345")

    ticket = tickets.read(issued, secret=SECRET, now=1059.0)

    assert ticket == tickets.Ticket(log_id=7, person_id=3, issued_at=1000.0, request_id="abc12345")


def test_a_ticket_is_refused_after_a_minute() -> None:
    issued = tickets.issue(log_id=7, person_id=3, secret=SECRET, now=1000.0)

    with pytest.raises(tickets.TicketRefused, match="too old"):
        tickets.read(issued, secret=SECRET, now=1060.5)


def test_a_ticket_for_another_log_can_not_be_made_from_ones_own() -> None:
    issued = tickets.issue(log_id=7, person_id=3, secret=SECRET, now=1000.0)
    _, signed = issued.split(".")
    forged = base64.urlsafe_b64encode(json.dumps([8, 3, 1000.0, ""]).encode()).rstrip(b"=").decode()

    with pytest.raises(tickets.TicketRefused):
        tickets.read(f"{forged}.{signed}", secret=SECRET, now=1001.0)


@pytest.mark.parametrize("nonsense", ["", ".", "a.b", "é.é", "x" * 5000, "e30." + "A" * 43])
def test_nonsense_is_refused_as_a_ticket(nonsense: str) -> None:
    with pytest.raises(tickets.TicketRefused):
        tickets.read(nonsense, secret=SECRET, now=1000.0)


def test_a_ticket_signed_with_another_secret_is_refused() -> None:
    issued = tickets.issue(log_id=7, person_id=3, secret="another", now=1000.0)

    with pytest.raises(tickets.TicketRefused):
        tickets.read(issued, secret=SECRET, now=1000.0)
