"""Asking for a draft as a person does it: one click, the worker prints, the file comes without a reload."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, Route, expect

from evaluations.audit.actions import writing
from evaluations.jobs import actions as jobs
from evaluations.record import actions, freezing
from evaluations.record.models import Draft, FinalPrint
from evaluations.record.tasks import print_draft, print_final
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


def test_a_part_that_was_redrawn_by_a_form_while_it_asked_what_is_new_asks_again(
    page: Page, table: Table, live_process: str
) -> None:
    held: list[Route] = []
    page.goto(f"/evaluations/{table.evaluation.pk}/record/")
    expect(page.locator("body")).to_have_attribute("data-live", "on")
    page.route("**/record/state/**", lambda route: held.append(route), times=1)
    with page.expect_request("**/record/state/**"):
        page.evaluate("htmx.trigger(document.body, 'job', { job: '1' })")
    page.get_by_role("button", name="Print as at revision").click()
    expect(page.get_by_text("Waiting for the worker")).to_be_visible()

    with page.expect_request("**/record/state/**"):
        held[0].fulfill(status=200, content_type="text/html", body="<div id=draft>older</div>")

    expect(page.get_by_text("Waiting for the worker")).to_be_visible()


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


def frozen(table: Table) -> None:
    with writing(table.evaluation.log, by=table.lead, at=NOW) as entry:
        freezing.freeze(evaluation=table.evaluation, by=table.lead, at=NOW, entry=entry)


def frozen_and_printed(table: Table) -> None:
    frozen(table)
    print_final(job_id=FinalPrint.objects.get().job_id)


def frozen_and_failed(table: Table) -> None:
    frozen(table)
    job = jobs.claim(job_id=FinalPrint.objects.get().job_id, at=NOW)
    jobs.fail(job=job, error="There was no room left on the disk.", at=NOW)


def test_the_record_is_verified_in_place(page: Page, table: Table) -> None:
    frozen_and_printed(table)
    page.goto(f"/evaluations/{table.evaluation.pk}/record/final/")

    page.get_by_role("link", name="Verify now").click()

    expect(page.locator("#verified .chip.ok")).to_have_count(5)
    expect(page.get_by_role("heading", name="Take it away")).to_be_visible()
    assert page.complaints == []


@pytest.mark.parametrize(
    "state", [nothing_yet, frozen_and_printed, frozen_and_failed], ids=lambda state: str(state.__name__)
)
def test_the_record_s_page_is_accessible_in_every_state(
    page: Page, table: Table, state: Callable[[Table], None]
) -> None:
    state(table)

    assert faults_of(page, f"/evaluations/{table.evaluation.pk}/record/final/", state.__name__) == {}
    assert page.complaints == []


@pytest.mark.parametrize(
    "state", [nothing_yet, waiting, printed_and_outdated, failed], ids=lambda state: str(state.__name__)
)
def test_the_draft_page_is_accessible_in_every_state(page: Page, table: Table, state: Callable[[Table], None]) -> None:
    state(table)

    assert faults_of(page, f"/evaluations/{table.evaluation.pk}/record/", state.__name__) == {}
    assert page.complaints == []


def faults_of(page: Page, path: str, name: str) -> dict[tuple[int, str], tuple[str, str]]:
    """On phone and desktop, light and dark; RECORD_PICTURES names a folder that keeps what was seen."""
    faults = {}
    for width, scheme in itertools.product((390, 1280), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert page.goto(path).status == 200
        found = Axe().run(page)
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        if found.violations_count or wide:
            faults[width, scheme] = (found.generate_report(), f"wider than the window: {wide}")
        if kept := os.environ.get("RECORD_PICTURES"):
            page.screenshot(path=f"{kept}/{name}-{width}-{scheme}.png", full_page=True)
    return faults
