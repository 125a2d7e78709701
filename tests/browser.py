"""A real Chromium: the system's, else the one Playwright installed. No browser is a failure, never a skip."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, sync_playwright

SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]  # tests run as root in containers too


@pytest.fixture(scope="session")
def playwright_session() -> Iterator[Playwright]:
    with sync_playwright() as session:
        yield session


def started_chromium(session: Playwright) -> Browser:
    refusals = []
    for path in (*filter(None, map(shutil.which, SYSTEM_NAMES)), None):  # None is the one Playwright installed
        try:
            return session.chromium.launch(executable_path=path, args=FLAGS)
        except Error as refusal:
            refusals.append(str(refusal))
    raise RuntimeError("no Chromium to be had: `make test` installs one\n" + "\n".join(refusals))


@pytest.fixture(scope="session")
def browser(playwright_session: Playwright) -> Iterator[Browser]:
    started = started_chromium(playwright_session)
    yield started
    started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context()
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
