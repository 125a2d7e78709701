"""The pages of rating and talking in a real browser: axe finds nothing, nothing scrolls sideways, in light and dark."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, Page

from evaluations.scoring import actions
from tests.builders import NOW, make_requirement
from tests.scoring.table import Table, make_table

pytestmark = pytest.mark.django_db(transaction=True)
WIDTHS = {"desktop": 1360, "phone": 390}


def filled() -> Table:
    table = make_table(["FastAPI", "Litestar", "Django", "Flask"], ["Live connections", "Learning time", "Upgrades"])
    table.weigh({"Live connections": 5, "Learning time": 3, "Upgrades": 2})
    rows = {("FastAPI", "Live connections"): (2, 5), ("Django", "Live connections"): (2, 3)}
    rows |= {
        ("FastAPI", "Learning time"): (4, 4),
        ("Django", "Learning time"): (5, None),
        ("Flask", "Upgrades"): (3, 5),
    }
    for place, person in enumerate(table.members):
        table.rate(person, {cell: values[place] for cell, values in rows.items()}, reason="tried it in spike 3")
    table.reveal()
    table.agree({("Flask", "Upgrades"): 4.5, ("Litestar", "Upgrades"): 3})
    must = make_requirement(table.evaluation, "Holds 5,000 connections on one node", must_have=True)
    out = {"requirement": must, "candidate": table.candidate("Flask"), "by": table.lead, "at": NOW, "seen": 0}
    actions.set_verdict(**out, verdict="not_met", reason="broke at 900")
    make_requirement(
        table.evaluation, "History within 250 ms", criteria=[table.criterion("Live connections")], must_have=True
    )
    actions.add_evidence(
        candidate=table.candidate("FastAPI"),
        criterion=table.criterion("Live connections"),
        kind="link",
        title="Release notes of 0.115",
        url="https://example.com/notes",
        text="WebSocket backpressure is handled",
        strength="fair",
        by=table.lead,
        at=NOW,
    )
    return table


def open_round(table: Table) -> None:
    table.rate(table.members[0], {("FastAPI", "Live connections"): 5, ("Django", "Live connections"): None})


PAGES = {
    "matrix": "matrix/",
    "contributions": "matrix/?view=contributions",
    "by-requirement": "matrix/?view=requirements",
    "results": "scoring/sheet/",
    "agenda": "scoring/agenda/",
    "verdicts": "scoring/verdicts/",
}


def complaints_of(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def keep_picture(page: Page, name: str) -> None:
    if folder := os.environ.get("LOOK_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    browser: Browser, pages_server: str, theme: str, width: str
) -> None:
    cache.clear()
    table = filled()
    client = Client()
    client.force_login(table.members[0])
    context = browser.new_context(viewport={"width": WIDTHS[width], "height": 900}, color_scheme=theme)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": pages_server}])
    page, found = context.new_page(), {}
    here = f"{pages_server}/evaluations/{table.evaluation.pk}/"

    def look_at(name: str) -> None:
        keep_picture(page, f"scoring-{name}-{width}-{theme}")
        wide = page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
        found[name] = complaints_of(page) + (["scrolls sideways"] if wide else [])

    for name, path in PAGES.items():
        page.goto(here + path)
        look_at(name)
    page.goto(here + PAGES["matrix"])
    page.click(f"#cell-{table.candidate('FastAPI').pk}-{table.criterion('Live connections').pk}")
    page.wait_for_selector("#panel[open]")
    page.click("#panel summary:has-text('A note, a link or a file')")
    look_at("panel")
    page.goto(f"{here}scoring/cells/{table.candidate('FastAPI').pk}/{table.criterion('Live connections').pk}/")
    look_at("cell")
    page.goto(here + "scoring/verdicts/")
    page.click("summary:has-text('Say whether') >> nth=0")
    look_at("verdict-form")
    open_round(table)
    page.goto(here + "scoring/sheet/")
    look_at("sheet")
    context.close()

    assert {name: said for name, said in found.items() if said} == {}
