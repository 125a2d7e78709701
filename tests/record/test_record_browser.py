"""Asking for a draft as a person does it: one click, the worker prints, the file comes without a reload."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from evaluations.audit.actions import writing
from evaluations.jobs import actions as jobs
from evaluations.record import actions, freezing
from evaluations.record.models import Draft, FinalPrint
from evaluations.record.tasks import print_draft, print_final
from tests.builders import NOW
from tests.real_processes import RealProcess
from tests.scoring.table import Table, make_table
from tests.signed_in import complaints_of, page_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def table(pages_server: str) -> Table:
    table = make_table(criteria=("Speed", "Learning", "Built-in admin"))
    table.agree({("FastAPI", "Speed"): 4.5, ("Django", "Speed"): 3, ("FastAPI", "Learning"): 4})
    return table


@pytest.fixture
def page(browser: Browser, pages_server: str, table: Table) -> Iterator[Page]:
    page = page_of(browser, pages_server, table.lead, accept_downloads=True)
    yield page
    page.context.close()


def test_one_click_prints_and_the_file_appears_without_a_reload(
    page: Page, table: Table, worker_process: RealProcess, tmp_path: Path
) -> None:
    page.goto(f"/evaluations/{table.evaluation.pk}/record/")
    page.evaluate("window.neverReloaded = true")

    page.get_by_role("button", name="Print as at revision").click()
    link = page.get_by_role("link", name="Download the PDF")
    expect(link).to_be_visible(timeout=60_000)
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

    assert page.goto(f"/evaluations/{table.evaluation.pk}/record/final/").status == 200

    assert complaints_of(page, f"record-{state.__name__}") == {}
    assert page.complaints == []


@pytest.mark.parametrize(
    "state", [nothing_yet, waiting, printed_and_outdated, failed], ids=lambda state: str(state.__name__)
)
def test_the_draft_page_is_accessible_in_every_state(page: Page, table: Table, state: Callable[[Table], None]) -> None:
    state(table)

    assert page.goto(f"/evaluations/{table.evaluation.pk}/record/").status == 200

    assert complaints_of(page, f"record-{state.__name__}") == {}
    assert page.complaints == []
