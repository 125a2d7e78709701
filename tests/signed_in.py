"""A page of somebody who is signed in, and what a look at it finds."""

import os
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page

from evaluations.teams.models import Person


def page_of(browser: Browser, server: str, person: Person, **context: object) -> Page:
    """A page in a browser context of its own. `page.complaints` collects script errors and what the CSP refused."""
    client = Client()
    client.force_login(person)
    opened = browser.new_context(base_url=server, **context)  # type: ignore[arg-type]
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    opened.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server}])
    page = opened.new_page()
    complaints: list[str] = []
    page.complaints = complaints  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
    return page


def complaints_of(page: Page) -> list[str]:
    """What axe finds on the page, and whether it scrolls sideways."""
    found = Axe().run(page).response["violations"]
    wide = page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found] + (["scrolls sideways"] if wide else [])


def keep_picture(page: Page, name: str) -> None:
    """Into the folder that LOOK_PICTURES names, if it names one."""
    if folder := os.environ.get("LOOK_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
