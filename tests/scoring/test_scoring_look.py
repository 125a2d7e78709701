"""The pages of rating and talking in a real browser: axe finds nothing, nothing scrolls sideways, in light and dark."""

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser

from evaluations.scoring import actions
from tests.builders import NOW, make_requirement
from tests.scoring.table import Table, make_table
from tests.signed_in import complaints_of, page_of

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_axe_finds_nothing_and_nothing_scrolls_sideways(browser: Browser, pages_server: str) -> None:
    cache.clear()
    table = filled()
    page, found = page_of(browser, pages_server, table.members[0]), dict[str, list[str]]()
    here = f"{pages_server}/evaluations/{table.evaluation.pk}/"

    def look_at(name: str) -> None:
        found.update(complaints_of(page, f"scoring-{name}"))

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

    assert found == {}
