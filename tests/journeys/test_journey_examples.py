"""The examples in browsers: two people at once, a session that ends, and axe on every page the resolver knows.

One house serves all of it, because entering the examples takes longer than most of these tests.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.accessibility import OF_COLOUR, findings, scrolls_sideways
from tests.browser import LASTING
from tests.journeys.house import House
from tests.journeys.places import (
    Place,
    all_places,
    answer_of,
    example_evaluation,
    fill_the_gaps,
    is_page,
    is_part,
    open_place,
    sign_in_as_demo,
    wait_for,
)

DESK, PHONE = 1360, 390
# Between them both widths and both schemes: what both widths show has its colours judged in each scheme.
LOOKS: dict[int, Literal["light", "dark"]] = {DESK: "light", PHONE: "dark"}
FEWEST_PAGES = 45
FEWEST_PARTS = 15
CELL = "a.cell"
SESSION = "sessionid"
CELLS = 2
VALUE = "main form:has([name=reason]) input[name=value]"
REASON = "main form:has(input[name=value]) [name=reason]"
PUT_IN_PLACE = """html => {
  const main = document.querySelector("main");
  if (html.trimStart().startsWith("<main")) main.outerHTML = html; else main.innerHTML = html;
}"""
# A part stands in the page it belongs to; on its own it has no page around it to be judged.
ONLY_OF_PAGES = ("bypass", "document-title", "html-has-lang", "landmark-one-main", "page-has-heading-one", "region")
REMEMBER = """width => {
  const all = [...document.querySelectorAll("body, body *")];
  (window.shownAt ??= {})[width] = new Set(all.filter(one => one.checkVisibility({visibilityProperty: true})));
}"""
SHOWN_HERE_ALONE = """([here, there]) => {
  const alone = [...window.shownAt[here]].filter(one => one.isConnected && !window.shownAt[there].has(one));
  window.shownHereAlone = alone.filter(one => one.innerText && !alone.includes(one.parentElement));
  return window.shownHereAlone.length;
}"""


class Visit:
    """The demo lead's browser and, for the pages of those who come from outside, one that is signed out."""

    def __init__(self, browser: Browser, house: House) -> None:
        self.house = house
        self.contexts = [browser.new_context(reduced_motion="reduce") for _ in range(2)]
        self.lead = sign_in_as_demo(self.contexts[0], house)
        self.stranger = self.contexts[1].new_page()
        evaluation, team = example_evaluation(house)
        self.evaluation = evaluation
        fill_the_gaps(self.lead, house, evaluation, team)
        self.pages: dict[str, tuple[Page, Place]] = {}
        self.parts: dict[str, Place] = {}
        for place in all_places(house, evaluation, team):
            self._sort(place)

    def _sort(self, place: Place) -> None:
        for page in (self.lead, self.stranger):
            answer = answer_of(page.context, self.house, place)
            if is_page(answer):
                self.pages.setdefault(f"{place.path}, {'lead' if page is self.lead else 'stranger'}", (page, place))
            elif is_part(answer) and page is self.lead:
                self.parts.setdefault(place.path, place)

    def judged(self, page: Page, where: str) -> list[str]:
        found = []
        for width, scheme in LOOKS.items():
            found += self._seen(page, where, width, scheme)
            page.evaluate(REMEMBER, width)
            if scrolls_sideways(page):
                found.append(f"{where}, {width} px: scrolls sideways")
        for width, other in ((PHONE, DESK), (DESK, PHONE)):
            if page.evaluate(SHOWN_HERE_ALONE, [width, other]):
                found += self._seen(page, where, width, LOOKS[other], only=OF_COLOUR, within="shownHereAlone")
        return found

    def _seen(self, page: Page, where: str, width: int, scheme: Literal["light", "dark"], **how: Any) -> list[str]:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        return [f"{where}, {width} px, {scheme}: {problem}" for problem in findings(page, **how)]


@pytest.fixture(scope="module")
def visit(browser: Browser, demo_house: House) -> Iterator[Visit]:
    made = Visit(browser, demo_house)
    LASTING.extend(made.contexts)
    yield made
    for context in made.contexts:
        LASTING.remove(context)
        context.close()


def test_axe_finds_nothing_on_any_page(visit: Visit, tell: Callable[[str], None]) -> None:
    found = []

    for where, (page, place) in visit.pages.items():
        open_place(page, visit.house, place.path)
        found += visit.judged(page, where)

    tell(f"axe looked at {len(visit.pages)} pages, each at the desk and on a phone, in light and in dark")
    assert len(visit.pages) >= FEWEST_PAGES
    assert found == []


def test_axe_finds_nothing_in_any_part(visit: Visit, tell: Callable[[str], None]) -> None:
    """Parts are put where htmx puts them: into the shell of a page with its styles."""
    found = []
    open_place(visit.lead, visit.house, f"/evaluations/{visit.evaluation}/checklist/ecosystem/")

    for path, place in visit.parts.items():
        body = answer_of(visit.lead.context, visit.house, place).text()
        visit.lead.evaluate(PUT_IN_PLACE, body)
        found += [f"{path}: {problem}" for problem in findings(visit.lead, off=ONLY_OF_PAGES)]

    tell(f"axe looked at {len(visit.parts)} parts")
    assert len(visit.parts) >= FEWEST_PARTS
    assert found == []


def test_axe_finds_nothing_in_the_side_panel_of_a_cell(visit: Visit) -> None:
    open_place(visit.lead, visit.house, f"/evaluations/{visit.evaluation}/matrix/")
    visit.lead.set_viewport_size({"width": DESK, "height": 900})

    visit.lead.locator(CELL).first.click()
    visit.lead.locator("#panel h2").first.wait_for()

    assert visit.judged(visit.lead, "the panel of a cell") == []


def test_a_planted_fault_is_found(visit: Visit) -> None:
    open_place(visit.lead, visit.house, f"/evaluations/{visit.evaluation}/matrix/")
    wait_for(visit.lead, "document.readyState === 'complete'")

    visit.lead.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/static/img/mark.svg\"><input>')"
    )

    found = " ".join(visit.judged(visit.lead, "planted"))
    assert "image-alt" in found and "label" in found


@pytest.fixture(scope="module")
def signed_in(browser: Browser, demo_house: House) -> list[StorageState]:
    """What the browsers of two people hold once they have signed in."""
    states = []
    for name in ("Demo lead", "Demo contributor 1"):
        context = browser.new_context()
        sign_in_as_demo(context, demo_house, name)
        states.append(context.storage_state())
        context.close()
    return states


@pytest.fixture
def two(browser: Browser, signed_in: list[StorageState]) -> Iterator[list[Page]]:
    how: dict[str, Any] = {"viewport": {"width": 1360, "height": 900}}
    contexts = [browser.new_context(storage_state=state, **how) for state in signed_in]
    yield [context.new_page() for context in contexts]
    for context in contexts:
        context.close()


def at_cell(page: Page, house: House, number: int) -> str:
    """Opens the page of the evaluation's n-th cell and says which it is."""
    evaluation, _ = example_evaluation(house)
    [(candidate, criterion)] = house.rows(
        "SELECT c.id, k.id FROM evaluations_candidate c JOIN evaluations_criterion k USING (evaluation_id)"
        f" WHERE evaluation_id = {evaluation} AND c.withdrawn_at IS NULL AND k.removed_at IS NULL"
        f" ORDER BY k.id, c.id LIMIT 1 OFFSET {number}"
    )
    address = f"/evaluations/{evaluation}/scoring/cells/{candidate}/{criterion}/"
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
