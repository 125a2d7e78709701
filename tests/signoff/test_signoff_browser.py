"""The sign-off in a real browser: what a reader is told while others write; axe in light and dark, wide and narrow."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from evaluations.teams.models import Person
from tests.signoff.signing import Signing, make_signing, set_aside

pytestmark = pytest.mark.django_db(transaction=True)
WIDTHS = {"desktop": 1280, "phone": 390}


def page_of(browser: Browser, server: str, person: Person, **context: object) -> Page:
    client = Client()
    client.force_login(person)
    opened = browser.new_context(base_url=server, **context)  # type: ignore[arg-type]
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    opened.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": server}])
    page = opened.new_page()
    page.complaints = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.complaints.append(str(error)))  # type: ignore[attr-defined]
    page.on("console", lambda line: page.complaints.append(line.text) if "Security Policy" in line.text else None)  # type: ignore[attr-defined]
    return page


def path_of(signing: Signing, phase: str = "requirements") -> str:
    return f"/evaluations/{signing.evaluation.pk}/signoff/{phase}/"


def test_a_reader_is_told_of_a_change_keeps_the_comment_and_then_confirms_in_one_step(
    browser: Browser, pages_server: str, live_process: object
) -> None:
    cache.clear()
    signing = make_signing()
    page = page_of(browser, pages_server, signing.reviewer)
    page.goto(path_of(signing))
    expect(page.locator("body")).to_have_attribute("data-live", "on", timeout=20_000)
    page.get_by_label("Comment").first.fill("Sound work")

    signing.change(3.5)
    expect(page.locator("#signoff-news .notice")).to_contain_text("changed while you were reading", timeout=20_000)
    page.locator("#signoff-news a").click()
    expect(page.get_by_label("Comment").first).to_have_value("Sound work")
    page.get_by_role("button", name="Approve as at revision").click()
    expect(page.locator("#rail-requirements")).to_contain_text("approved")

    signing.change(3)
    expect(page.locator("#rail-requirements")).to_contain_text("changed", timeout=20_000)
    page.goto(path_of(signing))
    expect(page.locator("main")).to_contain_text("Winner unchanged: FastAPI, margin 0.75 → 1.00.")
    page.get_by_role("button", name="Confirm as at revision").click()

    expect(page.locator(".page-head .chip")).to_have_text("approved")
    assert page.complaints == []  # type: ignore[attr-defined]


def complaints_of(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    wide = page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found] + (["scrolls sideways"] if wide else [])


def keep_picture(page: Page, name: str) -> None:
    if folder := os.environ.get("LOOK_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


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
    found = {}

    for theme, (width, pixels) in ((theme, size) for theme in ("light", "dark") for size in WIDTHS.items()):
        for name, (person, path) in looks.items():
            viewport = {"width": pixels, "height": 900}
            page = page_of(browser, pages_server, person, viewport=viewport, color_scheme=theme)
            page.goto(path)
            for details in page.locator("main details.more").all():
                details.evaluate("one => one.open = true")
            keep_picture(page, f"signoff-{name}-{width}-{theme}")
            found[name, width, theme] = complaints_of(page)
            page.context.close()

    assert {name: said for name, said in found.items() if said} == {}
