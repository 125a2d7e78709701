"""Asking for a draft as a person does it: one click, the worker prints, the file comes without a reload."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from evaluations.jobs import actions as jobs
from evaluations.record import actions
from evaluations.record.models import Draft
from evaluations.record.tasks import print_draft
from tests.builders import NOW
from tests.real_processes import RealProcess
from tests.scoring.table import Table, make_table

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def table(pages_server: str) -> Table:
    table = make_table(criteria=("Speed", "Learning", "Built-in admin"))
    table.agree({("FastAPI", "Speed"): 4.5, ("Django", "Speed"): 3, ("FastAPI", "Learning"): 4})
    return table


@pytest.fixture
def page(browser: Browser, pages_server: str, table: Table) -> Iterator[Page]:
    client = Client()
    client.force_login(table.lead)
    context = browser.new_context(base_url=pages_server, accept_downloads=True)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": pages_server}])
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(said.text) if "Content Security" in said.text else None)
    yield page
    context.close()


def test_one_click_prints_and_the_file_appears_without_a_reload(
    page: Page, table: Table, worker_process: RealProcess, tmp_path: Path
) -> None:
    page.goto(f"/evaluations/{table.evaluation.pk}/record/")
    page.evaluate("window.neverReloaded = true")

    page.get_by_role("button", name="Print as at revision").click()
    link = page.get_by_role("link", name="Download the PDF")
    expect(link).to_be_visible(timeout=20_000)
    with page.expect_download() as waiting:
        link.click()
    waiting.value.save_as(tmp_path / "record.pdf")

    assert (tmp_path / "record.pdf").read_bytes().startswith(b"%PDF-")
    assert waiting.value.suggested_filename.startswith("order-service-draft-r")
    assert page.evaluate("window.neverReloaded")
    assert page.complaints == []


def nothing_yet(table: Table) -> None:
    assert not Draft.objects.exists()


def waiting(table: Table) -> None:
    actions.request_draft(evaluation=table.evaluation, by=table.lead, at=NOW)


def printed_and_outdated(table: Table) -> None:
    print_draft(job_id=actions.request_draft(evaluation=table.evaluation, by=table.lead, at=NOW).job_id)
    table.agree({("Django", "Learning"): 4})


def failed(table: Table) -> None:
    draft = actions.request_draft(evaluation=table.evaluation, by=table.lead, at=NOW)
    jobs.fail(job=jobs.claim(job_id=draft.job_id, at=NOW), error="There was no room left on the disk.", at=NOW)


@pytest.mark.parametrize(
    "state", [nothing_yet, waiting, printed_and_outdated, failed], ids=lambda state: str(state.__name__)
)
def test_the_draft_page_is_accessible_in_every_state(page: Page, table: Table, state: Callable[[Table], None]) -> None:
    state(table)
    faults = {}

    for width, scheme in itertools.product((390, 1280), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert page.goto(f"/evaluations/{table.evaluation.pk}/record/").status == 200
        found = Axe().run(page)
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        if found.violations_count or wide:
            faults[width, scheme] = (found.generate_report(), f"wider than the window: {wide}")

    assert faults == {}
    assert page.complaints == []
