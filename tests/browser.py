"""A real Chromium: the system's, else the one Playwright installed. No browser is a failure, never a skip.

The one without a window comes first: beside each page the other draws the tabs and buttons of a window nobody sees,
for half as much processor time again.
"""

import shutil
from collections.abc import Generator, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, expect, sync_playwright

SYSTEM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]  # tests run as root in containers too
PATIENCE_MS = 20_000  # what comes, comes soon; a machine with much else to do is given time
STARTED: list[Browser] = []
LASTING: list[BrowserContext] = []  # those of a fixture that serves several tests, which closes them itself


@pytest.fixture(scope="session")
def playwright_session() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE_MS)
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
    STARTED.append(started)
    yield started
    STARTED.remove(started)
    started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context()
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


# ---- After each test: what the pages showed if it failed, and none stays open --------------------------------------


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """A page left open would go on asking its server, and hold tables while the next test empties them."""
    for context in [context for browser in STARTED for context in browser.contexts]:
        if context not in LASTING:
            context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, object, object]:
    report = yield
    if call.when == "call" and call.excinfo and STARTED:
        pages = [page for browser in STARTED for context in browser.contexts for page in context.pages]
        report.sections.append(("Pages", "\n".join(map(shown_by, pages))))  # type: ignore[attr-defined]
    return report


def shown_by(page: Page) -> str:
    try:
        state, text = page.evaluate("[document.body.dataset.live || '', document.body.innerText]")
    except Error as refusal:
        return f"{page.url}: {refusal}"
    return f"{page.url} live={state}\n{text[:1500]}\n"
