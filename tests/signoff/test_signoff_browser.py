"""The sign-off in a real browser: what a reader is told while others write; axe in light and dark, wide and narrow."""

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, expect

from tests.signed_in import complaints_of, page_of
from tests.signoff.signing import Signing, make_signing, set_aside

pytestmark = pytest.mark.django_db(transaction=True)


def path_of(signing: Signing, phase: str = "requirements") -> str:
    return f"/evaluations/{signing.evaluation.pk}/signoff/{phase}/"


def test_a_reader_is_told_of_a_change_keeps_the_comment_and_then_confirms_in_one_step(
    browser: Browser, pages_server: str, live_process: object
) -> None:
    cache.clear()
    signing = make_signing()
    page = page_of(browser, pages_server, signing.reviewer)
    page.goto(path_of(signing))
    expect(page.locator("body")).to_have_attribute("data-live", "on")
    page.get_by_label("Comment").first.fill("Sound work")

    signing.change(3.5)
    expect(page.locator("#signoff-news .notice")).to_contain_text("changed while you were reading")
    with page.expect_navigation():  # else the comment is looked for on the page that is left
        page.locator("#signoff-news a").click()
    expect(page.get_by_label("Comment").first).to_have_value("Sound work")
    page.get_by_role("button", name="Approve as at revision").click()
    expect(page.locator("#rail-requirements")).to_contain_text("approved")

    signing.change(3)
    expect(page.locator("#rail-requirements")).to_contain_text("changed")
    page.goto(path_of(signing))
    expect(page.locator("main")).to_contain_text("Winner unchanged: FastAPI, margin 0.75 → 1.00.")
    page.get_by_role("button", name="Confirm as at revision").click()

    expect(page.locator(".page-head .chip")).to_have_text("approved")
    assert page.complaints == []  # type: ignore[attr-defined]


def test_axe_finds_nothing_and_nothing_scrolls_sideways(browser: Browser, pages_server: str) -> None:
    cache.clear()
    signing = make_signing()
    signing.sign()
    signing.change()
    sent_back = make_signing()
    sent_back.ask("Name the source of the load", "Say why Django got 3")
    set_aside(sent_back.evaluation, "teamfit", by=sent_back.lead)
    looks = {
        "stale": (signing.reviewer, path_of(signing)),
        "sent-back": (sent_back.lead, path_of(sent_back)),
        "aside": (sent_back.lead, path_of(sent_back, "teamfit")),
        "projector": (signing.lead, f"/evaluations/{signing.evaluation.pk}/workshop/projector/"),
        "overview": (signing.lead, f"/evaluations/{signing.evaluation.pk}/"),
    }
    found: dict[str, list[str]] = {}

    for name, (person, path) in looks.items():
        page = page_of(browser, pages_server, person)
        page.goto(path)
        for details in page.locator("main details.more").all():
            details.evaluate("one => one.open = true")
        found |= complaints_of(page, f"signoff-{name}")
        page.context.close()

    assert found == {}
