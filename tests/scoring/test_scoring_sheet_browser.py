"""The rating sheet under fast fingers: answers are sent one after the other."""

import re

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, Route, expect

from tests.scoring.table import make_table
from tests.signed_in import page_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_count_of_answers_is_the_newest_however_slowly_an_earlier_one_comes_back(
    browser: Browser, pages_server: str
) -> None:
    cache.clear()
    table = make_table(["FastAPI", "Django"], ["Speed"])
    page, asked, held = page_of(browser, pages_server, table.members[0]), [], []
    page.goto(f"/evaluations/{table.evaluation.pk}/scoring/sheet/")
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile("/scoring/"), hold, times=1)
    page.locator("#sheet input[type=radio]").first.focus()
    with page.expect_request(lambda request: request.method == "POST"):
        page.keyboard.press("4")
    page.keyboard.press("2")
    expect(page.locator(".sheet-row").nth(1).get_by_role("radio", name="2")).to_be_checked()
    sent_before_the_first_came_back = len(asked)
    held[0].continue_()

    expect(page.locator("#answered")).to_have_text("2 of 2 answered")
    assert sent_before_the_first_came_back == 1
    assert len(asked) == 2
    page.get_by_role("button", name="take back").first.click()
    expect(page.locator("#answered")).to_have_text("1 of 2 answered")
