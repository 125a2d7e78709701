"""The two-hour workshop on two screens: the lead's laptop steers, the projector follows."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from evaluations.candidates.models import Evaluation
from evaluations.workshop import actions
from tests.builders import lead_of, make_evaluation
from tests.signed_in import complaints_of, page_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def evaluation(pages_server: str) -> Evaluation:
    return make_evaluation("Order service")


def seconds(page: Page) -> int:
    minutes, rest = page.get_by_role("timer").inner_text().split(":")
    return int(minutes) * 60 + int(rest)


def test_the_projector_follows_the_lead_and_its_clock_runs(
    browser: Browser, pages_server: str, live_process: str, evaluation: Evaluation
) -> None:
    lead = page_of(browser, pages_server, lead_of(evaluation.team))
    screen = page_of(browser, pages_server, lead_of(evaluation.team))
    lead.goto(f"/evaluations/{evaluation.pk}/workshop/")
    screen.goto(f"/evaluations/{evaluation.pk}/workshop/projector/")
    expect(screen.locator("body")).to_have_attribute("data-live", "on")
    expect(screen.get_by_text("The workshop begins in a moment.")).to_be_visible()

    lead.get_by_role("button", name="Start the clock").click()
    expect(screen.get_by_role("heading", name="Frame the decision")).to_be_visible()
    lead.get_by_role("button", name="Next step").click()
    expect(screen.get_by_role("heading", name="Requirements and vote")).to_be_visible()
    # What the lead presses says which step it was pressed in: on the page of the step before it would be refused.
    expect(lead.get_by_role("heading", name="Requirements and vote")).to_be_visible()
    first = seconds(screen)
    screen.wait_for_timeout(1600)
    second = seconds(screen)
    lead.get_by_role("button", name="Pause").click()
    expect(screen.get_by_text("Paused")).to_be_visible()
    expect(lead.get_by_role("button", name="Go on")).to_be_visible()
    third = seconds(screen)
    screen.wait_for_timeout(1300)

    assert 25 * 60 >= first > second
    assert seconds(lead) == seconds(screen) == third
    assert (lead.complaints, screen.complaints) == ([], [])


def test_a_laptop_with_a_wrong_clock_shows_the_servers_minutes(
    browser: Browser, pages_server: str, evaluation: Evaluation
) -> None:
    begun = timezone.now() - timedelta(minutes=11, seconds=30)
    actions.start(evaluation=evaluation, by=lead_of(evaluation.team), at=begun)
    page = page_of(browser, pages_server, lead_of(evaluation.team))
    page.clock.set_system_time(timezone.now() + timedelta(days=3))

    page.goto(f"/evaluations/{evaluation.pk}/workshop/")
    page.wait_for_timeout(700)

    shown, now = seconds(page), (timezone.now() - begun).total_seconds()
    assert 10 * 60 + shown <= now + 1
    assert shown >= 90
    assert page.get_by_role("timer").inner_text().startswith("+")
    assert "over" in page.get_by_role("timer").get_attribute("class").split()


def test_the_workshops_pages_are_accessible_before_and_during(
    browser: Browser, pages_server: str, evaluation: Evaluation
) -> None:
    page = page_of(browser, pages_server, lead_of(evaluation.team))
    addresses = [f"/evaluations/{evaluation.pk}/workshop/{rest}" for rest in ("", "projector/")]
    addresses.append(f"/evaluations/{evaluation.pk}/requirements/")

    found: dict[str, list[str]] = {}

    for at in (None, timezone.now()):
        if at:
            actions.start(evaluation=evaluation, by=lead_of(evaluation.team), at=at)
        for number, address in enumerate(addresses):
            page.goto(address)
            found |= complaints_of(page, f"workshop-{number}-{'during' if at else 'before'}")

    assert found == {}
    assert page.complaints == []
