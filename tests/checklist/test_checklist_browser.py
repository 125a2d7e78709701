"""The checklist in a real browser: one click ticks an item off, and what was asked before does not undo it."""

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, Route, expect

from evaluations.checklist.actions import set_state
from tests.builders import NOW, make_evaluation, make_member
from tests.signed_in import page_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_older_list_that_comes_late_does_not_undo_what_was_ticked_off(browser: Browser, pages_server: str) -> None:
    cache.clear()
    evaluation = make_evaluation()
    page = page_of(browser, pages_server, make_member(evaluation.team))
    page.goto(f"/evaluations/{evaluation.pk}/checklist/ecosystem/")
    first = page.locator("#checklist > ul > li").first
    older = page.request.get(f"{pages_server}/evaluations/{evaluation.pk}/checklist/ecosystem/items/").text()
    held: list[Route] = []
    page.route("**/checklist/ecosystem/items/**", lambda route: held.append(route))
    with page.expect_request("**/checklist/ecosystem/items/**"):
        page.evaluate("htmx.trigger(document.body, 'revision', {})")
    first.get_by_role("button", name="Tick off").click()
    expect(first.locator(".chip").first).to_have_text("done")

    with page.expect_request("**/checklist/ecosystem/items/**"):
        held[0].fulfill(status=200, content_type="text/html", body=older)

    expect(first.locator(".chip").first).to_have_text("done")
    held[1].continue_()
    expect(page.locator("#checklist > header p")).to_have_text("1 of 8 settled")
    assert page.complaints == []  # type: ignore[attr-defined]


def test_a_press_that_nobody_saw_end_holds_nothing_once_the_mouse_moves_on(browser: Browser, pages_server: str) -> None:
    """As it is with a list of choices that the browser draws itself: it takes the end of the press."""
    cache.clear()
    evaluation = make_evaluation()
    member = make_member(evaluation.team)
    page = page_of(browser, pages_server, member)
    page.goto(f"/evaluations/{evaluation.pk}/checklist/ecosystem/")
    page.evaluate("document.body.dispatchEvent(new PointerEvent('pointerdown', { button: 0, bubbles: true }))")
    item = evaluation.checklist_items.filter(phase="ecosystem").order_by("pk").last()
    set_state(item=item, state="done", reason="", by=member, at=NOW, seen=item.version)
    page.evaluate("htmx.trigger(document.body, 'revision', {})")

    page.mouse.move(300, 300)

    expect(page.locator("#checklist > header p")).to_have_text("1 of 8 settled")


def test_nothing_moves_while_somebody_presses_and_what_waited_is_drawn_after(
    browser: Browser, pages_server: str
) -> None:
    cache.clear()
    evaluation = make_evaluation()
    member = make_member(evaluation.team)
    page = page_of(browser, pages_server, member)
    page.goto(f"/evaluations/{evaluation.pk}/checklist/ecosystem/")
    first = page.locator("#checklist > ul > li").first
    box = first.get_by_role("button", name="Tick off").bounding_box()
    assert box is not None
    rail = page.locator("#rail-ecosystem .note")
    before = rail.inner_text()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    item = evaluation.checklist_items.filter(phase="ecosystem").order_by("pk").last()
    set_state(item=item, state="done", reason="", by=member, at=NOW, seen=item.version)
    page.evaluate("htmx.trigger(document.body, 'revision', {})")
    page.wait_for_timeout(500)
    assert rail.inner_text() == before

    page.mouse.up()

    expect(first.locator(".chip").first).to_have_text("done")
    expect(page.locator("#checklist > header p")).to_have_text("2 of 8 settled")
    expect(rail).not_to_have_text(before)
    assert page.complaints == []  # type: ignore[attr-defined]
