"""Dragging a weight redraws what it comes to, and leaves no event."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from evaluations.requirements import weighing
from evaluations.requirements.models import WeightOpinion
from evaluations.teams.models import Person
from tests.builders import NOW
from tests.scoring.table import Table, make_table

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def table(pages_server: str) -> Table:
    cache.clear()
    table = make_table()
    table.agree({("FastAPI", "Speed"): 5, ("FastAPI", "Learning"): 2})
    table.agree({("Django", "Speed"): 2, ("Django", "Learning"): 4})
    return table


@pytest.fixture
def sits_down(browser: Browser, pages_server: str, table: Table) -> Iterator[Callable[..., Page]]:
    complaints: list[str] = []

    def sit(person: Person, path: str, **options: object) -> Page:
        client = Client()
        client.force_login(person)
        context = browser.new_context(viewport={"width": 1360, "height": 900}, **options)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": pages_server}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{pages_server}/evaluations/{table.evaluation.pk}/{path}")
        return page

    yield sit
    assert complaints == []


def events(table: Table) -> int:
    table.evaluation.log.refresh_from_db()
    return table.evaluation.log.count


def drag(page: Page, slider: str, share: float) -> None:
    """Takes the thumb with the mouse and moves it in steps to `share` of the track."""
    box = page.locator(slider).bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(box["x"] + box["width"] * (0.5 + (share - 0.5) * step / 8), middle)
    page.mouse.up()


def test_dragging_a_weight_redraws_and_leaves_no_event(sits_down: Callable[..., Page], table: Table) -> None:
    page = sits_down(table.members[0], "matrix/what-if/")
    before = events(table)
    answers: list[str] = []
    page.on("response", lambda response: answers.append(response.url) if "what-if" in response.url else None)
    expect(page.locator("#what-if-result .verdict")).to_contain_text("FastAPI would still lead with 3.50")

    drag(page, f"#w-{table.criterion('Speed').pk}", 0.02)

    expect(page.locator("#what-if-result .verdict")).to_contain_text("Django would lead with 3.9")
    expect(page.locator(f"#shown-{table.criterion('Learning').pk}")).to_contain_text("9")
    assert len(answers) > 1
    assert events(table) == before


def test_the_keyboard_moves_a_slider_and_the_tried_weights_can_be_kept(
    sits_down: Callable[..., Page], table: Table
) -> None:
    member = table.members[0]
    answers = {"points": {str(table.criterion("Speed").pk): 10.0, str(table.criterion("Learning").pk): 90.0}}
    weighing.give_weights(evaluation=table.evaluation, method="points", answers=answers, by=member, at=NOW)
    page = sits_down(member, "matrix/what-if/")

    with page.expect_navigation():
        page.click("#with-my-weights")
    expect(page.locator("#what-if-result .verdict")).to_contain_text("Django would lead with 3.80")
    page.focus(f"#w-{table.criterion('Speed').pk}")
    page.keyboard.press("End")
    expect(page.locator(f"#shown-{table.criterion('Speed').pk}")).to_contain_text("53")
    page.click("#keep-mine")
    page.wait_for_url("**/requirements/weights/**")

    kept = WeightOpinion.objects.get(person=member).shares
    assert kept[str(table.criterion("Speed").pk)] == pytest.approx(100 / 190, abs=1e-3)


def test_without_script_the_button_computes_the_same(sits_down: Callable[..., Page], table: Table) -> None:
    page = sits_down(table.members[0], "matrix/what-if/", java_script_enabled=False)

    page.focus(f"#w-{table.criterion('Speed').pk}")
    page.keyboard.press("Home")
    page.click("#try-it")

    expect(page.locator("#what-if-result .verdict")).to_contain_text("Django would lead with 4.00")
    expect(page.locator(f"#w-{table.criterion('Speed').pk}")).to_have_value("0")


def test_pairs_say_how_consistent_they_are_while_they_are_answered(
    sits_down: Callable[..., Page], table: Table
) -> None:
    page = sits_down(table.members[0], "requirements/weights/?way=pairwise")
    first, second = table.criteria

    page.select_option(f"#pair-{first.pk}-{second.pk}", "3")

    expect(page.locator("#consistency")).to_contain_text("1 of 1 pairs compared")
    expect(page.locator("#consistency")).to_contain_text("75")
    page.click("#save-own")
    expect(page.locator("#own .chip.ok").first).to_have_text("saved")
    kept = WeightOpinion.objects.get(person=table.members[0])
    assert kept.shares[str(first.pk)] == pytest.approx(0.75)
