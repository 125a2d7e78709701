"""axe on every page the resolver knows, as the demo lead on the examples: light and dark, desk and phone."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

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

WIDTHS = (1360, 390)
SCHEMES = ("light", "dark")
FEWEST_PAGES = 45
FEWEST_PARTS = 15
CELL = "a.cell"
PUT_IN_PLACE = """html => {
  const main = document.querySelector("main");
  if (html.trimStart().startsWith("<main")) main.outerHTML = html; else main.innerHTML = html;
}"""
# A part stands in the page it belongs to; on its own it has no page around it to be judged.
# The second scheme changes nothing but colours.
OF_COLOUR = ["color-contrast", "link-in-text-block"]
ONLY_OF_PAGES = ["bypass", "document-title", "html-has-lang", "landmark-one-main", "page-has-heading-one", "region"]


class Visit:
    """The demo lead's browser and, for the pages of those who come from outside, one that is signed out."""

    def __init__(self, browser: Browser, house: House) -> None:
        self.house = house
        self.axe = Axe()
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

    def judged(self, page: Page, where: str, schemes: tuple[str, ...] = SCHEMES) -> list[str]:
        found = []
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in schemes:
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                only = None if scheme == schemes[0] else OF_COLOUR
                found += [f"{where}, {width} px, {scheme}: {problem}" for problem in self.problems(page, only=only)]
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                found.append(f"{where}, {width} px: scrolls sideways")
        return found

    def problems(
        self, page: Page, rules: dict[str, dict[str, bool]] | None = None, only: list[str] | None = None
    ) -> list[str]:
        options: dict[str, object] = {"resultTypes": ["violations"], "rules": rules or {}}
        if only:
            options = {"resultTypes": ["violations"], "runOnly": only}
        violations = self.axe.run(page, options=options).response["violations"]
        return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in violations]


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

    tell(f"axe looked at {len(visit.pages)} pages, each in {len(SCHEMES)} schemes and {len(WIDTHS)} widths")
    assert len(visit.pages) >= FEWEST_PAGES
    assert found == []


def test_axe_finds_nothing_in_any_part(visit: Visit, tell: Callable[[str], None]) -> None:
    """Parts are put where htmx puts them: into the shell of a page with its styles."""
    found = []
    off = {rule: {"enabled": False} for rule in ONLY_OF_PAGES}
    open_place(visit.lead, visit.house, f"/evaluations/{visit.evaluation}/checklist/ecosystem/")

    for path, place in visit.parts.items():
        body = answer_of(visit.lead.context, visit.house, place).text()
        visit.lead.evaluate(PUT_IN_PLACE, body)
        found += [f"{path}: {problem}" for problem in visit.problems(visit.lead, off)]

    tell(f"axe looked at {len(visit.parts)} parts")
    assert len(visit.parts) >= FEWEST_PARTS
    assert found == []


def test_axe_finds_nothing_in_the_side_panel_of_a_cell(visit: Visit) -> None:
    open_place(visit.lead, visit.house, f"/evaluations/{visit.evaluation}/matrix/")
    visit.lead.set_viewport_size({"width": WIDTHS[0], "height": 900})

    visit.lead.locator(CELL).first.click()
    visit.lead.locator("#panel h2").first.wait_for()

    assert visit.judged(visit.lead, "the panel of a cell") == []


def test_a_planted_fault_is_found(visit: Visit) -> None:
    open_place(visit.lead, visit.house, f"/evaluations/{visit.evaluation}/matrix/")
    wait_for(visit.lead, "document.readyState === 'complete'")

    visit.lead.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/static/img/mark.svg\"><input>')"
    )

    found = " ".join(visit.judged(visit.lead, "planted", SCHEMES[:1]))
    assert "image-alt" in found and "label" in found
