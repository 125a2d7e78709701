"""Phase 1 as two browsers see it: nothing typed is lost, nothing moves under the hands, everything by keyboard."""

import re

import pytest
from playwright.sync_api import APIResponse, Browser, Page, Route, expect

from evaluations.candidates.models import Evaluation
from evaluations.requirements import actions
from evaluations.requirements.models import Requirement, RequirementVote, WeightOpinion
from evaluations.rounds import actions as rounds
from evaluations.rounds.queries import open_round_of
from tests.builders import NOW, lead_of, make_evaluation, make_member
from tests.signed_in import complaints_of, page_of

TELL_WHAT_IS_HELD = (
    "document.addEventListener('htmx:beforeRequest', (event) => event.defaultPrevented && console.log('held'))"
)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def evaluation(pages_server: str) -> Evaluation:
    made = make_evaluation("Order service")
    lead = lead_of(made.team)
    for name in ("Capacity", "Learning time", "Admin"):
        actions.add_criterion(evaluation=made, name=name, anchor_1="poor", anchor_5="good", by=lead, at=NOW)
    for statement in ("Holds 5,000 connections", "Learnt in a week", "Edits by hand"):
        actions.add_requirement(
            evaluation=made, kind=Requirement.Kind.LOAD, statement=statement, by=lead, at=NOW, must_have=False
        )
    return made


def here(evaluation: Evaluation, rest: str = "") -> str:
    return f"/evaluations/{evaluation.pk}/requirements/{rest}"


def test_what_one_adds_and_edits_appears_at_the_other_whose_half_typed_sentence_stays(
    browser: Browser, pages_server: str, live_process: str, evaluation: Evaluation
) -> None:
    lead = page_of(browser, pages_server, lead_of(evaluation.team))
    other = page_of(browser, pages_server, make_member(evaluation.team))
    lead.goto(here(evaluation))
    other.goto(here(evaluation))
    expect(other.locator("body")).to_have_attribute("data-live", "on")
    other.get_by_text("Add a requirement").click()
    other.get_by_label("What the service needs").fill("Half a sen")

    lead.get_by_text("Add a requirement").click()
    lead.get_by_label("What the service needs").fill("Answers in 250 ms")
    lead.get_by_role("button", name="Add requirement").click()
    expect(other.get_by_role("link", name="Answers in 250 ms")).to_be_visible()
    lead.get_by_role("link", name="Answers in 250 ms").click()
    lead.get_by_role("dialog").get_by_label("What the service needs").fill("Answers in 200 ms")
    lead.get_by_role("dialog").get_by_role("button", name="Save").click()

    expect(lead.get_by_role("dialog")).to_be_hidden()
    expect(other.get_by_role("link", name="Answers in 200 ms")).to_be_visible()
    expect(other.get_by_label("What the service needs")).to_have_value("Half a sen")
    expect(other.get_by_label("What the service needs")).to_be_focused()
    assert (lead.complaints, other.complaints) == ([], [])


def test_votes_are_saved_by_a_tick_and_the_page_goes_on_following(
    browser: Browser, pages_server: str, live_process: str, evaluation: Evaluation
) -> None:
    lead = lead_of(evaluation.team)
    member = make_member(evaluation.team)
    page = page_of(browser, pages_server, member)
    page.goto(here(evaluation))
    expect(page.locator("body")).to_have_attribute("data-live", "on")

    page.get_by_label(re.compile("My vote for: Holds")).click()
    expect(page.get_by_text("You have cast 1.")).to_be_visible()
    page.get_by_label(re.compile("My vote for: Edits")).click()
    expect(page.get_by_text("You have cast 2.")).to_be_visible()
    expect(page.get_by_label(re.compile("My vote for: Edits"))).to_be_focused()
    round_ = open_round_of(evaluation, "votes")
    rounds.set_finished(round=round_, finished=True, by=lead, at=NOW)
    expect(page.get_by_text("1 of 2 finished")).to_be_visible()
    page.get_by_role("button", name="I am finished").click()
    expect(page.get_by_text("2 of 2 finished")).to_be_visible()
    leads = page_of(browser, pages_server, lead)
    leads.goto(here(evaluation))
    leads.get_by_role("button", name="Reveal").click()
    asked = leads.get_by_role("dialog", name="Please confirm")
    expect(asked).to_contain_text("2 of 2 are finished")
    asked.get_by_role("button", name="Reveal").click()

    for screen in (leads, page):
        expect(screen.locator(".card", has_text="Holds 5,000").get_by_text("1 vote")).to_be_visible()
    leads.get_by_label("Learnt in a week", exact=True).check()
    leads.get_by_role("button", name="Mark 3 as top").click()
    expect(page.locator(".card.top-three")).to_have_count(3)
    assert (page.complaints, leads.complaints) == ([], [])


def test_a_tick_stays_and_counts_when_an_answer_from_before_it_arrives_late(
    browser: Browser, pages_server: str, evaluation: Evaluation
) -> None:
    member = make_member(evaluation.team)
    page = page_of(browser, pages_server, member)
    page.goto(here(evaluation))
    late: list[tuple[Route, APIResponse]] = []
    is_slow = True

    def answer_late(route: Route) -> None:
        if not is_slow:
            return route.continue_()
        answer = route.fetch()
        return late.append((route, answer)) if is_slow else route.fulfill(response=answer)

    page.route(re.compile("requirements/board/"), answer_late)

    tick(page, "Holds")
    while not late:
        page.wait_for_timeout(10)
    tick(page, "Edits")
    route, answer = late.pop(0)
    with page.expect_event("requestfinished", lambda asked: "/board/" in asked.url):
        route.fulfill(response=answer)
    tick(page, "Learnt")
    is_slow = False
    for route, answer in late:
        route.fulfill(response=answer)

    expect(page.get_by_text("You have cast 3.")).to_be_visible()
    assert RequirementVote.objects.filter(person=member).count() == 3


def tick(page: Page, statement: str) -> None:
    with page.expect_response(re.compile("votes/cast/")):
        page.get_by_label(re.compile(f"My vote for: {statement}")).click()


def test_a_card_is_not_redrawn_between_pressing_its_vote_and_letting_go(
    browser: Browser, pages_server: str, live_process: str, evaluation: Evaluation
) -> None:
    page = page_of(browser, pages_server, make_member(evaluation.team))
    page.goto(here(evaluation))
    expect(page.locator("body")).to_have_attribute("data-live", "on")
    vote = page.get_by_label(re.compile("My vote for: Holds"))

    vote.hover()
    page.mouse.down()
    with page.expect_event("console", lambda line: line.text == "held"):
        page.evaluate(
            "document.addEventListener('htmx:beforeRequest', (e) => e.defaultPrevented && console.log('held'))"
        )
        actions.add_requirement(
            evaluation=evaluation, kind="load", statement="Meanwhile", by=lead_of(evaluation.team), at=NOW
        )
    page.mouse.up()

    expect(page.get_by_text("You have cast 1.")).to_be_visible()
    expect(page.get_by_role("link", name="Meanwhile")).to_be_visible()


def test_the_order_is_made_by_keyboard_keeps_the_focus_and_survives_what_others_do(
    browser: Browser, pages_server: str, live_process: str, evaluation: Evaluation
) -> None:
    lead = lead_of(evaluation.team)
    page = page_of(browser, pages_server, make_member(evaluation.team))
    page.goto(here(evaluation, "weights/"))
    expect(page.locator("body")).to_have_attribute("data-live", "on")

    up = page.get_by_role("button", name="Admin: more important")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#own ol li").nth(1)).to_contain_text("2. Admin")
    expect(up).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#own ol li").nth(0)).to_contain_text("1. Admin")
    expect(page.locator("#own ol li").nth(0)).to_contain_text("61")
    actions.add_requirement(evaluation=evaluation, kind="load", statement="Meanwhile", by=lead, at=NOW)
    with page.expect_response(re.compile("weights/team/")):
        actions.add_requirement(evaluation=evaluation, kind="load", statement="Another", by=lead, at=NOW)
    expect(page.locator("#own ol li").nth(0)).to_contain_text("1. Admin")
    page.get_by_role("button", name="Save my order").click()

    expect(page.locator("#own .chip", has_text="saved")).to_have_text("saved")
    assert [round(share, 2) for share in sorted(WeightOpinion.objects.get().shares.values())] == [0.11, 0.28, 0.61]
    assert page.complaints == []


def test_the_pages_of_phase_1_are_accessible_and_never_scroll_sideways(
    browser: Browser, pages_server: str, evaluation: Evaluation
) -> None:
    page = page_of(browser, pages_server, lead_of(evaluation.team))
    row = Requirement.objects.order_by("pk")[0]
    addresses = ["", "criteria/", "criteria/?q=admin", "criteria/own/add/", f"{row.pk}/edit/"]
    addresses += ["weights/", "weights/?way=swing", "weights/?way=points"]

    found: dict[str, list[str]] = {}

    for address in addresses:
        page.goto(here(evaluation, address))
        found |= complaints_of(page, f"requirements-{address.replace('/', '-')}")

    assert found == {}
    assert page.complaints == []
