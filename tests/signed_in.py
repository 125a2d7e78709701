"""A page of somebody who is signed in, and what a look at it finds."""

import os
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page

from evaluations.teams.models import Person
from tests.accessibility import findings, scrolls_sideways

# Between them both widths and both schemes; the journey over every page looks at more of their pairs.
LOOKS: dict[str, tuple[int, Literal["light", "dark"]]] = {"desktop": (1360, "light"), "phone": (390, "dark")}


def page_of(browser: Browser, server: str, person: Person | None, **context: object) -> Page:
    """A page in a browser context of its own. `page.complaints` collects script errors and what the CSP refused."""
    opened = browser.new_context(base_url=server, **context)  # type: ignore[arg-type]
    if person is not None:
        client = Client()
        client.force_login(person)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        opened.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server}])
    page = opened.new_page()
    complaints: list[str] = []
    page.complaints = complaints  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
    return page


def complaints_of(page: Page, name: str) -> dict[str, list[str]]:
    """What axe finds on the open page, and whether it scrolls sideways: at the desk in light, on a phone in dark."""
    found = {}
    for look, (width, scheme) in LOOKS.items():
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        said = findings(page)
        keep_picture(page, f"{name}-{look}-{scheme}")
        if scrolls_sideways(page):
            said.append("scrolls sideways")
        if said:
            found[f"{name}, {look}, {scheme}"] = said
    return found


def keep_picture(page: Page, name: str) -> None:
    """Into the folder that LOOK_PICTURES names, if it names one."""
    if folder := os.environ.get("LOOK_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
