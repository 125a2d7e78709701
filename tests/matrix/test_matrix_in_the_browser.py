"""Two people at the comparison, with real pages, the real live process and a real browser."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from evaluations.scoring import actions
from evaluations.scoring.models import Score
from evaluations.teams.models import Person
from tests.accessibility import scrolls_sideways
from tests.builders import NOW, make_candidate
from tests.scoring.table import Table, make_table

# What the browser itself says of an answer that refuses, and of what was on its way when it went offline.
NOT_OURS = ("status of 409", "status of 422", "ERR_INTERNET_DISCONNECTED")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def table(pages_server: str) -> Table:
    cache.clear()
    table = make_table(["FastAPI", "Django", "Litestar"], [f"Criterion {letter}" for letter in "ABCDEFGHIJKLMNOPQRST"])
    table.agree({("FastAPI", "Criterion A"): 4, ("Django", "Criterion A"): 3})
    return table


@pytest.fixture
def sits_down(
    browser: Browser, pages_server: str, live_process: str, table: Table
) -> Iterator[Callable[[Person, str], Page]]:
    """Opens a page of the evaluation as a person, in a browser of their own; every complaint fails the test."""
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def sit(person: Person, path: str, **options: object) -> Page:
        client = Client()
        client.force_login(person)
        context = browser.new_context(viewport={"width": 1360, "height": 900}, **options)
        opened.append(context)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": pages_server}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(f"{pages_server}/evaluations/{table.evaluation.pk}/{path}")
        return page

    yield sit
    for context in opened:
        context.close()
    assert [one for one in complaints if not any(known in one for known in NOT_OURS)] == []


def listening(page: Page) -> Page:
    page.wait_for_function("() => document.body.dataset.live === 'on'")
    return page


def cell(table: Table, candidate: str, criterion: str) -> str:
    return f"#cell-{table.candidate(candidate).pk}-{table.criterion(criterion).pk}"


def test_an_edit_in_the_panel_appears_on_another_screen(sits_down: Callable[..., Page], table: Table) -> None:
    mine, theirs = (listening(sits_down(one, "matrix/")) for one in table.members)
    place = cell(table, "Litestar", "Criterion A")
    theirs.evaluate("document.querySelector('.matrix').dataset.sameTable = 'yes'")

    mine.click(place)
    mine.fill("#panel [name=value]", "4.5")
    mine.fill("#panel [name=reason]", "spike 3")
    mine.click("#panel button:has-text('Save')")
    theirs.wait_for_function(f"() => document.querySelector('{place} b')?.textContent === '4.5'", polling=20)

    assert "moved" in (theirs.get_attribute(place, "class") or "")
    assert theirs.evaluate("document.querySelectorAll('.cell.moved').length") == 1
    assert theirs.evaluate("document.querySelector('.matrix').dataset.sameTable") == "yes"
    assert "Changed: Criterion A of Litestar" in (theirs.text_content("#announce") or "")
    mine.wait_for_function(f"() => document.querySelector('{place} b')?.textContent === '4.5'")
    expect(mine.locator("#cell-facts")).to_contain_text("4.5")


def test_who_stands_on_a_cell_that_another_changes_still_stands_there(
    sits_down: Callable[..., Page], table: Table
) -> None:
    page = listening(sits_down(table.members[0], "matrix/"))
    place = cell(table, "FastAPI", "Criterion A")
    page.focus(place)

    table.agree({("FastAPI", "Criterion A"): 2})
    page.wait_for_function(f"() => document.querySelector('{place} b')?.textContent === '2.0'")

    assert page.evaluate("document.activeElement.id") == place[1:]


def test_a_redrawn_table_moves_nothing_under_the_pointer(sits_down: Callable[..., Page], table: Table) -> None:
    page = listening(sits_down(table.members[0], "matrix/"))
    place = cell(table, "Django", "Criterion P")
    page.focus(place)
    page.evaluate("document.querySelector('#matrix-table').scrollTop = 400")
    before = page.locator(place).bounding_box()

    make_candidate(table.evaluation, "Flask")
    page.wait_for_selector("th:has-text('Flask')")

    after = page.locator(place).bounding_box()
    assert before is not None and after is not None
    assert abs(after["y"] - before["y"]) < 2
    assert page.evaluate("document.activeElement.id") == place[1:]


def test_half_typed_text_survives_the_others_and_a_collision_shows_both_values(
    sits_down: Callable[..., Page], table: Table
) -> None:
    page = listening(sits_down(table.members[0], "matrix/"))
    page.click(cell(table, "FastAPI", "Criterion A"))
    reason = page.locator("#panel [name=reason]")
    reason.fill("I saw it break at")
    reason.press("End")

    table.agree({("FastAPI", "Criterion A"): 2.5, ("Django", "Criterion B"): 3}, by=table.members[1])
    page.wait_for_function("() => document.querySelector('#cell-facts').textContent.includes('2.5')")

    assert page.evaluate("document.activeElement.name") == "reason"
    page.keyboard.type(" 900")
    assert reason.input_value() == "I saw it break at 900"
    page.fill("#panel [name=value]", "3.5")
    page.click("#panel button:has-text('Save')")
    page.wait_for_selector("#panel [role=alert]")
    said = page.text_content("#panel [role=alert]") or ""
    assert "Member 1 set it to 2.50" in said and "You typed 3.5" in said
    assert page.input_value("#panel [name=reason]") == "I saw it break at 900"
    page.click("#panel button:has-text('Save')")
    page.wait_for_selector("#panel [role=status]:has-text('saved')")
    found = Score.objects.get(candidate=table.candidate("FastAPI"), criterion=table.criterion("Criterion A"))
    assert found.value == Decimal("3.5")


def test_who_was_offline_sees_what_changed_meanwhile(sits_down: Callable[..., Page], table: Table) -> None:
    page = listening(sits_down(table.members[0], "matrix/"))
    page.context.set_offline(True)
    table.agree({("FastAPI", "Criterion A"): 1.5})

    page.context.set_offline(False)

    place = cell(table, "FastAPI", "Criterion A")
    page.wait_for_function(f"() => document.querySelector('{place} b')?.textContent === '1.5'")


def test_the_chart_is_drawn_under_the_policy_and_follows(sits_down: Callable[..., Page], table: Table) -> None:
    page = listening(sits_down(table.members[0], "matrix/"))
    page.locator("[data-chart]").scroll_into_view_if_needed()
    page.wait_for_selector("[data-chart][data-drawn=yes]")
    expected = "document.querySelector('[data-chart]').data[1].x.join()"
    before = page.evaluate(expected)

    table.agree({("FastAPI", "Criterion A"): 1.5})

    page.wait_for_function(f"() => {expected} !== '{before}'")
    expect(page.locator("[data-chart] .barlayer .point")).to_have_count(3)


def test_a_cell_opens_and_closes_by_keyboard_and_the_focus_comes_back(
    sits_down: Callable[..., Page], table: Table
) -> None:
    page = listening(sits_down(table.members[0], "matrix/"))
    place = cell(table, "FastAPI", "Criterion B")
    page.focus(place)

    page.keyboard.press("Enter")
    page.wait_for_selector("#panel[open]")
    page.keyboard.press("Escape")

    page.wait_for_selector("#panel:not([open])", state="attached")
    expect(page.locator(place)).to_be_focused()


def test_on_a_phone_each_candidate_is_a_card(sits_down: Callable[..., Page], table: Table) -> None:
    page = sits_down(table.members[0], "matrix/")
    page.set_viewport_size({"width": 390, "height": 800})

    expect(page.locator(".matrix thead th:visible")).to_have_count(3)
    first, second = (page.locator(cell(table, name, "Criterion A")).bounding_box() for name in ("FastAPI", "Django"))

    assert first is not None and second is not None and second["y"] > first["y"] + 500
    assert not scrolls_sideways(page)


def test_rating_by_keyboard_saves_each_answer_and_the_next_candidate_follows(
    sits_down: Callable[..., Page], table: Table
) -> None:
    page = sits_down(table.members[0], "scoring/sheet/")
    page.focus("#sheet .sheet-row input[type=radio] >> nth=0")

    for pressed in ("4", "?", "5"):
        page.keyboard.press(pressed)
    page.wait_for_function("() => document.querySelector('#answered').textContent.startsWith('3 of')")

    saved = actions.Rating.objects.filter(person=table.members[0]).order_by("candidate__position")
    assert [row.value for row in saved] == [4, None, 5]
    page.locator("#sheet").get_by_text("A 5 asks for a line of reason").first.wait_for()
    reason = page.locator(".because:visible input").nth(2)
    reason.fill("held 6,100")
    reason.press("Tab")
    page.wait_for_function("() => !document.querySelector('#sheet').textContent.includes('asks for a line of reason')")
    assert saved.last().reason == "held 6,100"
    reason.fill("held 6,200")
    with page.expect_response(lambda answer: answer.url.endswith("/scoring/sheet/")) as answered:
        reason.press("Enter")
    assert answered.value.status == 204
    assert [row.value for row in saved] == [4, None, 5]
    assert saved.last().reason == "held 6,200"


def test_without_script_the_sheet_is_saved_by_its_button(sits_down: Callable[..., Page], table: Table) -> None:
    page = sits_down(table.members[0], "scoring/sheet/", java_script_enabled=False)

    page.locator("#sheet .sheet-row").nth(1).locator("input[value='2']").check()
    with page.expect_navigation():
        page.click("noscript button")

    assert page.locator("#sheet .sheet-row").nth(1).locator("input[value='2']").is_checked()
    assert actions.Rating.objects.get().value == 2


def test_the_lead_sees_who_is_finished_as_a_count_and_the_reveal_reaches_the_sheets(
    sits_down: Callable[..., Page], table: Table
) -> None:
    actions.rate(
        candidate=table.candidate("FastAPI"), criterion=table.criterion("Criterion A"), value=4, by=table.lead, at=NOW
    )
    member = listening(sits_down(table.members[0], "scoring/sheet/"))
    lead = listening(sits_down(table.lead, "scoring/sheet/"))

    member.click("text=I am finished")
    lead.wait_for_selector("text=1 of 3 finished")
    lead.click("#reveal-ratings")
    lead.click("dialog button[value=yes]")

    member.wait_for_selector("text=This round was revealed")


def test_a_file_added_in_the_panel_is_counted_in_the_cell_and_can_be_downloaded(
    sits_down: Callable[..., Page], table: Table
) -> None:
    page = listening(sits_down(table.members[0], "matrix/"))
    place = cell(table, "Django", "Criterion A")
    page.click(place)
    page.click("#panel summary:has-text('A note, a link or a file')")
    page.check("#panel [name=kind][value=file]")
    page.fill("#panel [name=title]", "Spike 3")
    page.set_input_files("#panel [name=file]", {"name": "run.txt", "mimeType": "text/plain", "buffer": b"p95 190 ms"})

    page.click("#save-evidence")
    page.wait_for_function(f"() => document.querySelector('{place} .count').textContent === '1'")
    with page.expect_download() as download:
        page.click("#cell-facts a:has-text('Spike 3')")

    assert download.value.suggested_filename == "run.txt"
    assert download.value.path().read_bytes() == b"p95 190 ms"
