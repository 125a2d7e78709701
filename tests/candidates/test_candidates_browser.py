"""The door as two browsers see it: nobody reloads, and the policy of the pages blocks nothing they need."""

import re

import pytest
from playwright.sync_api import Browser, expect

from evaluations.candidates.models import Evaluation
from tests.builders import lead_of, make_candidate, make_evaluation, make_member, make_team
from tests.signed_in import complaints_of, page_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def evaluation(pages_server: str) -> Evaluation:
    return make_evaluation("Order service", team=make_team("Orders"))


def test_a_name_appears_at_the_leads_is_admitted_and_the_guests_page_goes_on(
    browser: Browser, pages_server: str, evaluation: Evaluation
) -> None:
    lead = page_of(browser, pages_server, lead_of(evaluation.team))
    guest = page_of(browser, pages_server, None)
    lead.goto(f"/evaluations/{evaluation.pk}/candidates/door/")
    lead.get_by_role("button", name="Open the door").click()
    address = lead.get_by_label("Link to join").input_value()

    guest.goto(address)
    guest.get_by_label("Your name").fill("Sam")
    guest.get_by_role("button", name="Ask to join").click()
    expect(guest.get_by_role("heading", name="Hello, Sam")).to_be_visible()
    lead.get_by_role("button", name="Admit Sam").click()

    expect(guest).to_have_url(re.compile(rf"/evaluations/{evaluation.pk}/$"))
    expect(guest.get_by_role("banner").get_by_text("Order service")).to_be_visible()
    expect(lead.get_by_role("button", name="End access of Sam")).to_be_visible()
    assert (lead.complaints, guest.complaints) == ([], [])


def test_the_pages_of_teams_and_candidates_are_accessible(
    browser: Browser, pages_server: str, evaluation: Evaluation
) -> None:
    team = evaluation.team
    make_member(team, "reviewer", name="Robin Reviewer")
    candidate = make_candidate(evaluation, "Django", framework="django")
    page = page_of(browser, pages_server, lead_of(team))
    here = f"/evaluations/{evaluation.pk}/candidates"
    found: dict[str, list[str]] = {}

    for address in (
        f"/teams/{team.pk}/members/",
        "/teams/account/",
        "/teams/new/",
        f"/teams/{team.pk}/evaluations/new/",
        f"{here}/",
        f"{here}/describe/",
        f"{here}/add/?framework=django",
        f"{here}/{candidate.pk}/edit/",
        f"{here}/door/",
    ):
        assert page.goto(address).status == 200
        found |= complaints_of(page, f"candidates-{address.strip('/').replace('/', '-')}")

    assert found == {}
    assert page.complaints == []
