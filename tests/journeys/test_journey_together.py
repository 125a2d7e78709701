"""Two people at once, and one whose session ends: nothing is refused without need and nothing typed is lost."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.house import House
from tests.journeys.places import example_evaluation, open_place, sign_in_as_demo

SESSION = "sessionid"
CELLS = 2
VALUE = "main form:has([name=reason]) input[name=value]"
REASON = "main form:has(input[name=value]) [name=reason]"


@pytest.fixture
def two(browser: Browser, demo_house: House) -> Iterator[list[Page]]:
    contexts = [browser.new_context(viewport={"width": 1360, "height": 900}) for _ in range(2)]
    names = ("Demo lead", "Demo contributor 1")
    yield [sign_in_as_demo(context, demo_house, name) for context, name in zip(contexts, names, strict=True)]
    for context in contexts:
        context.close()


def at_cell(page: Page, house: House, number: int) -> str:
    """Opens the page of the evaluation's n-th cell and says which it is."""
    evaluation, _ = example_evaluation(house)
    open_place(page, house, f"/evaluations/{evaluation}/matrix/")
    address = page.locator("a.cell").nth(number).get_attribute("href") or ""
    open_place(page, house, address)
    return address


def save(page: Page, value: str, reason: str) -> None:
    page.locator(VALUE).fill(value)
    page.locator(REASON).fill(reason)
    page.get_by_role("button", name="Save", exact=True).first.click()


def test_two_people_on_one_cell_see_both_values_and_lose_nothing(two: list[Page], demo_house: House) -> None:
    first, second = two
    assert at_cell(first, demo_house, 0) == at_cell(second, demo_house, 0)
    second.locator(VALUE).fill("2.5")
    second.locator(REASON).fill("half of what")

    save(first, "4", "measured twice")
    expect(first.get_by_text("saved", exact=True)).to_be_visible()
    second.locator(REASON).press_sequentially(" I wanted to say")
    second.get_by_role("button", name="Save", exact=True).first.click()

    told = second.get_by_role("alert")
    expect(told).to_contain_text("set it to 4")
    expect(told).to_contain_text("You typed 2.5")
    expect(second.locator(REASON)).to_have_value(re.compile("I wanted to say"))


def test_on_different_cells_nobody_is_ever_refused(two: list[Page], demo_house: House) -> None:
    answers: list[int] = []
    for page in two:
        page.on("response", lambda answer: answers.append(answer.status) if answer.request.method == "POST" else None)

    for turn in range(CELLS):
        for place, page in enumerate(two):
            at_cell(page, demo_house, 1 + 2 * turn + place)
        for page in two:
            save(page, "3.5", f"turn {turn}")
        for page in two:
            expect(page.get_by_text("saved", exact=True)).to_be_visible()

    assert len(answers) == CELLS * len(two)
    assert set(answers) == {200}


def test_what_was_typed_survives_a_session_that_ended(two: list[Page], demo_house: House) -> None:
    page = two[0]
    address = at_cell(page, demo_house, 12)
    typed = page.locator(REASON)
    page.locator(VALUE).fill("3")
    typed.clear()
    typed.press_sequentially("nobody asked the people on call")

    page.context.clear_cookies(name=SESSION)
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Demo lead").click()

    expect(page).to_have_url(re.compile(re.escape(address)))
    expect(page.locator(REASON)).to_have_value("nobody asked the people on call")


def test_the_chosen_theme_stays_from_page_to_page(two: list[Page], demo_house: House) -> None:
    page = two[0]
    at_cell(page, demo_house, 0)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)

    page.get_by_role("button", name="Change to dark colours").click()
    dark = page.evaluate(ground)
    at_cell(page, demo_house, 1)

    assert light != dark
    assert page.evaluate(ground) == dark
    assert page.get_by_role("button", name="Change to light colours").is_visible()
