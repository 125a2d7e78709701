import time

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from evaluations.live import tickets
from tests.builders import make_evaluation, make_member, make_person, make_team


def ticket_url(log_id: int) -> str:
    return reverse("live:ticket", args=[log_id])


@pytest.mark.django_db
def test_a_member_gets_the_streams_address_with_a_ticket_for_that_log_alone(client: Client) -> None:
    evaluation = make_evaluation()
    member = make_member(evaluation.team)
    client.force_login(member)

    answer = client.get(
        ticket_url(evaluation.log_id), headers={"Host": "laptop.lan:8000", "X-Request-ID": "page-asked-1"}
    )

    address, _, issued = answer.json()["url"].partition("?ticket=")
    ticket = tickets.read(issued, secret=settings.FWSELECT_LIVE_SECRET, now=time.time())
    assert address == f"http://laptop.lan:{settings.FWSELECT_LIVE_PORT}/live/stream"
    assert (ticket.log_id, ticket.person_id, ticket.request_id) == (evaluation.log_id, member.pk, "page-asked-1")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_a_member_may_follow_the_teams_own_log(client: Client) -> None:
    team = make_team()
    client.force_login(make_member(team))

    assert client.get(ticket_url(team.log_id)).status_code == 200


@pytest.mark.django_db
def test_to_a_stranger_the_log_does_not_exist(client: Client) -> None:
    evaluation = make_evaluation()
    client.force_login(make_person())

    assert client.get(ticket_url(evaluation.log_id)).status_code == 404
    assert client.get(ticket_url(10**9)).status_code == 404


@pytest.mark.django_db
def test_who_is_not_signed_in_is_sent_to_sign_in_and_nothing_is_issued_by_post(client: Client) -> None:
    evaluation = make_evaluation()
    anonymous = client.get(ticket_url(evaluation.log_id))
    client.force_login(make_member(evaluation.team))

    posted = client.post(ticket_url(evaluation.log_id))

    assert anonymous.status_code == 302 and "/accounts/login/" in anonymous["Location"]
    assert posted.status_code == 405


@pytest.mark.django_db
def test_behind_a_proxy_the_stream_is_a_path_of_the_pages_origin(client: Client, settings: object) -> None:
    settings.FWSELECT_LIVE_URL = "/live/stream"  # type: ignore[attr-defined]
    evaluation = make_evaluation()
    client.force_login(make_member(evaluation.team))

    assert client.get(ticket_url(evaluation.log_id)).json()["url"].startswith("/live/stream?ticket=")
