"""Every component on one page, under the policy pages are served with: nothing blocked, nothing for axe to find."""

import mimetypes
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory
from playwright.sync_api import Browser, Page, Route, expect

from fwselect.local.processes import wait_until
from tests.accessibility import findings

ADDRESS = "http://look.test"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
PANEL = """<div class="panel-head"><h2>Why 4.1</h2><button class="button" type="button" data-close>Close</button></div>
<form method="post" action="/rate" data-keep="cell"><div class="field"><label for="why">Reason</label>
<textarea id="why" name="why"></textarea></div></form>"""
WIDTHS = {"phone": 390, "small phone": 360, "desk": 1360, "wall": 3840}
CANDIDATES = [
    ("FastAPI", "0.165, uvicorn, asyncpg"),
    ("Litestar", "2.25, uvicorn, asyncpg"),
    ("Django", "5.2 + Channels, daphne"),
    ("Flask", "3.1, gunicorn"),
]
ROWS = {
    "Load and behaviour": [
        ("5,000 live connections", "requirement, must-have", 0.22, [4.6, 4.2, 2.8, 1.4], "◆"),
        ("p95 of history queries", "requirement", 0.16, [4.1, 3.9, 3.4, 3.2], "◆"),
        ("Database outage of 30 s", "metric, failure test", 0.14, [2.0, None, 2.0, 2.0], "◆"),
    ],
    "Team": [
        ("Learning time", "requirement", 0.15, [4.0, None, 4.8, 4.4], "●"),
        ("Testing ergonomics", "library", 0.09, [4.6, 4.0, 3.8, 1.0], "●"),
    ],
    "Operations": [("Tracing without wiring", "library", 0.12, [3.0, 2.4, 3.2, 3.0], "●")],
}


class RequirementForm(forms.Form):
    statement = forms.CharField(help_text="One sentence that a test could check.")
    kind = forms.ChoiceField(choices=[("load", "load"), ("team", "team")])
    note = forms.CharField(widget=forms.Textarea, required=False)
    must = forms.BooleanField(label="must-have", required=False)


def cell(value: float | None, mark: str, place: int) -> dict[str, object]:
    known = value is not None
    return {
        "value": value,
        "mark": mark if known else "",
        "spread": "±.2" if known else "unknown",
        "count": place + 1 if known else "",
        "label": f"{value} measured" if known else "unknown",
        "moved": value == 4.1,
    }


def shell() -> dict[str, object]:
    def step(label: str, state: str, done: int, total: int, note: str) -> dict[str, object]:
        return {
            "key": label[:5],
            "label": label,
            "url": "/p",
            "state": state,
            "done": done,
            "total": total,
            "note": note,
        }

    phases = [
        step("Requirements", "approved", 7, 7, "approved"),
        step("Spikes", "open", 5, 7, "5 of 7"),
        step("Ecosystem", "ready", 10, 10, "ready"),
        step("Team fit", "stale", 5, 5, "changed since"),
        step("Readiness", "changes", 1, 12, "changes asked"),
    ]
    overview = {"key": "overview", "label": "Overview", "url": "/o", "current": True, "icon": "overview"}
    decision = [
        {"key": "matrix", "label": "Compare", "url": "/c", "icon": "compare"},
        {"key": "decide", "label": "Decide", "url": "/d", "icon": "decide"},
    ]
    more = [
        {"key": "history", "label": "History", "url": "/h", "icon": "history"},
        {"key": "teams", "label": "Team", "url": "/t", "icon": "team"},
    ]
    return {
        "team": {"name": "Logistics"},
        "teams": [{"label": "Logistics", "url": "/1", "current": True}, {"label": "Publishing", "url": "/2"}],
        "evaluation": {"title": "Tracking API, 2027"},
        "rail": [
            {"label": "", "items": [overview]},
            {"label": "Five phases", "items": phases},
            {"label": "Decision", "items": decision},
            {"label": "", "items": more},
        ],
        "revision": 128,
    }


def drawn(sheet: str, theme: str) -> str:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    request.COOKIES["theme"] = theme
    form = RequirementForm({"statement": "", "kind": "load"})
    totals = [("FastAPI", 3.6, 4.1, 4.4, "1st"), ("Litestar", 3.0, 3.8, 4.3, "2nd")]
    totals += [("Django", 3.1, 3.4, 3.7, "3rd"), ("Flask", None, None, None, "out")]
    steps = [("Frame", 10, 100), ("Requirements", 25, 100), ("Weights", 15, 100), ("Rate apart", 25, 26)]
    steps += [("Talk about eight cells", 35, 0), ("Next", 10, 0)]
    groups = [
        {
            "label": label,
            "rows": [
                {
                    "name": name,
                    "kind": kind,
                    "weight": weight,
                    "cells": [cell(v, mark, i) for i, v in enumerate(values)],
                }
                for name, kind, weight, values, mark in rows
            ],
        }
        for label, rows in ROWS.items()
    ]
    context = {
        "shell": shell(),
        "form": form,
        "groups": groups,
        "candidates": [{"name": name, "stack": stack} for name, stack in CANDIDATES],
        "totals": [dict(zip(("name", "worst", "expected", "best", "rank"), row, strict=True)) for row in totals],
        "steps": [{"label": a, "minutes": b, "done": c, "current": a == "Rate apart"} for a, b, c in steps],
        "times": [35, 48, 52, 60, 95],
        "answers": [1, 2, 1, 3, 4],
        "page": Paginator(range(30), 10).page(2),
    }
    source = (Path(__file__).parent / f"{sheet}.html").read_text()
    return engines["django"].from_string(source).render(context, request)


def serve(route: Route) -> None:
    path = route.request.url.removeprefix(ADDRESS).partition("?")[0]
    found = finders.find(path.removeprefix("/static/")) if path.startswith("/static/") else None
    if found:
        route.fulfill(path=found, content_type=mimetypes.guess_type(found)[0] or "text/plain")
    elif path.startswith(("/components/", "/projector/")):
        _, sheet, theme = path.split("/")
        headers = {"Content-Type": "text/html", "Content-Security-Policy": POLICY}
        route.fulfill(body=drawn(sheet, theme), headers=headers)
    elif path == "/panel":
        route.fulfill(body=PANEL, content_type="text/html")
    elif path == "/requirement":
        route.fulfill(
            body=drawn("components", "light"), headers={"Content-Type": "text/html", "Content-Security-Policy": POLICY}
        )
    elif path in ("/away", "/rate"):
        route.fulfill(status=503, body="away", content_type="text/html", headers={"X-Request-ID": "abc123"})
    else:
        route.fulfill(status=404, body="")


@pytest.fixture
def look(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": WIDTHS["desk"], "height": 1000})
    context.route("**/*", serve)
    page = context.new_page()
    page.complaints = []  # type: ignore[attr-defined]
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.complaints.append(str(error)))  # type: ignore[attr-defined]
    yield page
    context.close()


def open_components(page: Page, theme: str = "light", width: str = "desk", sheet: str = "components") -> None:
    page.set_viewport_size({"width": WIDTHS[width], "height": 2160 if width == "wall" else 900})
    page.goto(f"{ADDRESS}/{sheet}/{theme}")
    page.wait_for_function("() => window.htmx !== undefined")


def keep_picture(page: Page, name: str) -> None:
    folder = os.environ.get("LOOK_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("sheet", ["components", "projector"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_and_the_policy_blocks_nothing(look: Page, sheet: str, theme: str, width: str) -> None:
    open_components(look, theme, width, sheet)

    found = findings(look)

    keep_picture(look, f"{sheet}-{width.replace(' ', '-')}-{theme}")
    assert found == []
    assert look.complaints == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_panel_menu_and_question(look: Page, theme: str) -> None:
    open_components(look, theme)

    look.locator("#cell-1-2-1").click()
    look.locator("#panel h2").wait_for()
    panel = findings(look)
    look.locator("#panel [data-close]").click()
    look.locator("[data-menu] summary").click()
    menu = findings(look)
    look.locator("#remove").click()
    question = findings(look)

    assert [panel, menu, question] == [[], [], []]


def test_axe_would_find_pale_text(look: Page) -> None:
    open_components(look)
    look.evaluate("document.querySelector('.robust').style.color = '#cccccc'")

    assert [problem for problem in findings(look) if problem.startswith("color-contrast")]


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_scrolls_sideways(look: Page, width: str) -> None:
    open_components(look, width=width)

    assert look.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_on_a_phone_each_candidate_is_one_card(look: Page) -> None:
    open_components(look, width="phone")

    tops = look.evaluate(
        """() => {
          const top = (element) => element.getBoundingClientRect().top;
          const rows = [...document.querySelectorAll('.matrix tr:not(.group)')];
          return [2, 3, 4, 5].map((column) => rows.map((row) => top(row.children[column])));
        }"""
    )

    assert all(max(card) < min(following) for card, following in pairwise(tops))


def test_on_paper_the_whole_matrix_stands_and_the_rail_does_not(look: Page) -> None:
    open_components(look, theme="dark")

    look.emulate_media(media="print")

    keep_picture(look, "components-paper")
    wrap = look.evaluate(
        "(() => { const e = document.querySelector('.matrix-wrap'); return [e.scrollHeight, e.clientHeight] })()"
    )
    assert not look.locator("#rail").is_visible()
    assert wrap[0] == wrap[1]
    assert look.evaluate("getComputedStyle(document.body).color") == "rgb(29, 28, 26)"


def test_the_switch_changes_the_colours_and_the_cookie_remembers(look: Page) -> None:
    open_components(look, theme="system")
    before = look.evaluate("getComputedStyle(document.body).backgroundColor")

    look.locator("[data-theme-switch]").click()

    after = look.evaluate("getComputedStyle(document.body).backgroundColor")
    assert before != after
    assert wait_until(lambda: themes_kept(look) == ["dark"], 20)


def test_choosing_what_the_system_says_forgets_the_choice(look: Page) -> None:
    open_components(look, theme="system")

    look.locator("[data-theme-switch]").click()
    assert wait_until(lambda: themes_kept(look) == ["dark"], 20)
    look.locator("[data-theme-switch]").click()

    assert wait_until(lambda: themes_kept(look) == [], 20)


def themes_kept(page: Page) -> list[str]:
    """Asked until it is so: the browser keeps a cookie some time after the page has set it."""
    return [cookie["value"] for cookie in page.context.cookies(ADDRESS) if cookie["name"] == "theme"]


def test_a_chart_reads_a_plain_colour_from_a_token(look: Page) -> None:
    open_components(look, theme="dark")

    ink = look.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--ink')")

    assert ink == "rgb(235, 232, 227)"


def test_a_digit_rates_and_moves_on_and_a_question_mark_says_dont_know(look: Page) -> None:
    open_components(look)
    look.locator("input[name=rate-a][value='4']").focus()

    look.keyboard.press("?")
    look.keyboard.press("2")

    assert look.locator("input[name=rate-a][value=unknown]").is_checked()
    assert look.locator("input[name=rate-b][value='2']").is_checked()


def test_digits_typed_into_a_reason_stay_text(look: Page) -> None:
    open_components(look)

    look.locator("#reason-a").press_sequentially("held 5,100 at p95")

    assert look.locator("#reason-a").input_value() == "held 5,100 at p95"
    assert look.locator("input[name=rate-a][value='4']").is_checked()
    assert look.locator("#left-a").inner_text() == "3 characters left"


def test_text_that_was_never_sent_comes_back_and_can_be_taken_out_again(look: Page) -> None:
    open_components(look)
    look.locator("#reason-a").press_sequentially("half a thought")

    open_components(look)

    assert look.locator("#reason-a").input_value() == "half a thought"
    look.get_by_role("button", name="Take it out again").click()
    assert look.locator("#reason-a").input_value() == ""


def test_text_that_arrived_does_not_come_back(look: Page) -> None:
    open_components(look)
    look.locator("[name=statement]").fill("5,000 connections")

    with look.expect_navigation():
        look.get_by_role("button", name="Add requirement").click()

    assert look.locator("[name=statement]").input_value() == ""


def test_text_comes_back_after_the_server_was_away(look: Page) -> None:
    open_components(look)
    look.locator("#reason-a").press_sequentially("spike 3")
    with look.expect_navigation():
        look.get_by_role("button", name="Save").click()

    open_components(look)

    assert look.locator("#reason-a").input_value() == "spike 3"


def test_text_of_one_person_is_not_shown_to_another(look: Page) -> None:
    open_components(look)
    look.evaluate("document.body.dataset.person = '7'")
    look.locator("#reason-a").press_sequentially("my secret")
    look.evaluate("document.body.dataset.person = ''")

    open_components(look)

    assert look.locator("#reason-a").input_value() == ""


def test_a_refused_request_says_so_with_its_id_and_keeps_the_text(look: Page) -> None:
    open_components(look)
    look.evaluate(
        """() => { const form = document.querySelector('form[data-keep=rate]');
          form.setAttribute('hx-post', '/away'); form.setAttribute('hx-swap', 'none'); htmx.process(form); }"""
    )
    look.locator("#reason-a").press_sequentially("spike 3")

    look.get_by_role("button", name="Save").click()

    message = look.locator("[data-message]")
    message.wait_for()
    assert "request abc123" in message.inner_text()
    assert message.get_by_role("button", name="Try again").is_visible()
    assert look.locator("#reason-a").input_value() == "spike 3"


def test_a_request_that_fails_in_the_panel_is_told_in_the_panel(look: Page) -> None:
    open_components(look)
    look.locator("#cell-1-2-1").click()
    look.locator("#panel h2").wait_for()
    look.evaluate(
        """() => { const form = document.querySelector('#panel form');
          form.setAttribute('hx-post', '/away'); htmx.process(form);
          form.why.value = 'because'; form.requestSubmit(); }"""
    )

    look.locator("#panel").get_by_role("button", name="Try again").click(trial=True)

    assert look.locator("#why").input_value() == "because"


def test_an_ended_session_swaps_nothing_and_offers_to_sign_in(look: Page) -> None:
    open_components(look)
    look.evaluate("document.body.dataset.signIn = '/panel'")

    look.locator("#cell-1-2-1").click()

    message = look.locator("[data-session-message]")
    message.get_by_role("button", name="Sign in").wait_for()
    assert "session has ended" in message.inner_text()
    assert look.locator("#panel").inner_html() == ""


def test_a_dangerous_button_asks_first(look: Page) -> None:
    open_components(look)
    look.evaluate("document.getElementById('remove').addEventListener('click', () => { window.removed = true })")

    look.locator("#remove").click()
    look.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    refused = look.evaluate("window.removed")
    look.locator("#remove").click()
    look.get_by_role("dialog").get_by_role("button", name="Remove").click()

    look.wait_for_function("() => window.removed === true")
    assert refused is None


def test_a_cell_opens_the_side_panel_and_focus_returns_to_it(look: Page) -> None:
    open_components(look)
    look.locator("#cell-1-2-1").focus()

    look.keyboard.press("Enter")
    look.locator("#panel h2").wait_for()
    look.keyboard.press("Escape")

    expect(look.locator("#cell-1-2-1")).to_be_focused()
    expect(look.locator("#panel")).to_be_empty()
