"""Pictures of every page into var/shots: desktop and phone, light and dark, full (the examples) and empty.

`--readme` renews the pictures of the README instead; `--only WORD` keeps to the pages whose name holds the word.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright  # noqa: E402

from tests.browser import started_chromium  # noqa: E402
from tests.journeys.house import House  # noqa: E402
from tests.journeys.places import (  # noqa: E402
    Place,
    all_places,
    answer_of,
    example_evaluation,
    fill_the_gaps,
    is_page,
    open_place,
    sign_in_as_demo,
)

SHOTS = ROOT / "var" / "shots"
PICTURES = ROOT / "docs" / "pictures"
SIZES = {"desktop": (1360, 900), "phone": (390, 844)}
THEMES = ("light", "dark")
LARGEST = 300_000
README = {
    "overview": "/evaluations/{e}/",
    "compare": "/evaluations/{e}/matrix/",
    "workshop": "/evaluations/{e}/scoring/sheet/",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readme", action="store_true", help="renew docs/pictures instead")
    parser.add_argument("--only", default="", help="only pages whose name holds this word")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        house = stack.enter_context(House())
        prepare_django(house)
        session = stack.enter_context(sync_playwright())
        browser = started_chromium(session)
        stack.callback(browser.close)
        count = renew_readme(browser, house) if chosen.readme else take_all(browser, house, chosen.only)
    print(f"{count} pictures in {(PICTURES if chosen.readme else SHOTS).relative_to(ROOT)}")


def prepare_django(house: House) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "fwselect.settings"
    os.environ["FWSELECT_VAR"] = str(house.var)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    import django

    django.setup()


def take_all(browser: Browser, house: House, only: str) -> int:
    SHOTS.mkdir(parents=True, exist_ok=True)
    for old in (path for path in SHOTS.glob("*.png") if only in path.name):
        old.unlink()
    signed_in, signed_out = browser.new_context(), browser.new_context()
    lead = sign_in_as_demo(signed_in, house)
    guest = signed_out.new_page()
    evaluation, team = example_evaluation(house)
    fill_the_gaps(lead, house, evaluation, team)
    empty = new_evaluation(lead, house, team)
    count = 0
    for place in distinct(signed_in, house, all_places(house, evaluation, team)):
        count += take(lead, house, place, "full", only)
    for place in distinct(signed_in, house, all_places(house, empty, team)):
        if f"/evaluations/{empty}/" in place.path:
            count += take(lead, house, place, "empty", only)
    for place in distinct(signed_out, house, all_places(house, evaluation, team)):
        count += take(guest, house, place, "signed-out", only)
    return count


def distinct(context: BrowserContext, house: House, places: Iterator[Place]) -> list[Place]:
    """The places that answer this visitor with a page, each once."""
    found = {place.path: place for place in places if is_page(answer_of(context, house, place))}
    return list(found.values())


def take(page: Page, house: House, place: Place, state: str, only: str) -> int:
    word = place.path.strip("/").split("/")[-1]
    name = re.sub(r"\W+", "-", f"{place.name}-{word}" if place.name == "checklist:phase" else place.name)
    if only not in name:
        return 0
    open_place(page, house, place.path)
    draw_all_charts(page)
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.wait_for_timeout(150)
            page.screenshot(path=SHOTS / f"{name}-{state}-{size}-{theme}.png", full_page=True)
    return len(SIZES) * len(THEMES)


def draw_all_charts(page: Page) -> None:
    """Charts are drawn when they come into view; a picture of the whole page looks at them all at once."""
    for chart in page.locator("[data-chart]:visible").all():
        chart.scroll_into_view_if_needed()
        chart.and_(page.locator("[data-drawn]")).wait_for()
    page.evaluate("scrollTo(0, 0)")


def new_evaluation(page: Page, house: House, team: int) -> int:
    page.goto(f"{house.url}/teams/{team}/evaluations/new/")
    page.get_by_label("Title").fill("Parcel notices, 2027")
    page.get_by_role("button", name="Start the evaluation").click()
    page.wait_for_url("**/evaluations/**")
    [(made,)] = house.rows(f"SELECT max(id) FROM evaluations_evaluation WHERE team_id = {team}")
    return int(str(made))


def renew_readme(browser: Browser, house: House) -> int:
    PICTURES.mkdir(parents=True, exist_ok=True)
    width, height = SIZES["desktop"]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="light")
    lead = sign_in_as_demo(context, house)
    evaluation, _ = example_evaluation(house)
    for name, path in README.items():
        if name == "workshop":
            hold_a_workshop(lead, house, evaluation)
        target = PICTURES / f"{name}.png"
        open_place(lead, house, path.format(e=evaluation))
        if name == "workshop":
            rate_a_little(lead)
        lead.screenshot(path=target)
        if target.stat().st_size > LARGEST:
            sys.exit(f"{target} has {target.stat().st_size} bytes; at most {LARGEST} are wanted")
    return len(README)


def hold_a_workshop(lead: Page, house: House, evaluation: int) -> None:
    """The clock at the step of rating, and a round that takes answers."""
    open_place(lead, house, f"/evaluations/{evaluation}/workshop/")
    lead.get_by_role("button", name="Start").first.click()
    for title in ("Requirements and vote", "Weigh the criteria", "Rate apart"):
        lead.get_by_role("button", name="Next step").click()
        lead.get_by_role("heading", name=title).wait_for()
    open_place(lead, house, f"/evaluations/{evaluation}/scoring/sheet/")
    lead.get_by_role("button", name="Rate again").click()
    lead.locator("#finish-ratings").wait_for()


def rate_a_little(lead: Page) -> None:
    lead.locator("#sheet input[type=radio]").first.focus()
    for key in "424?":
        lead.keyboard.press(key)
    lead.wait_for_timeout(1500)
    lead.evaluate("document.activeElement.blur(); scrollTo(0, 0)")


if __name__ == "__main__":
    main()
