"""Phase 5 in a real browser: the panel, what others see at once, the file; axe in light and dark, wide and narrow."""

import re

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, expect

from evaluations.candidates.models import Evaluation
from evaluations.checklist import actions as checklist
from evaluations.readiness.models import FailureTest
from evaluations.teams.models import Role
from tests.builders import NOW, lead_of, make_candidate, make_criterion, make_evaluation, make_member
from tests.readiness.readiness_facts import add_story, add_test, answer, file_of, item_called, measure, told_test
from tests.signed_in import complaints_of, page_of

pytestmark = pytest.mark.django_db(transaction=True)


def filled() -> Evaluation:
    evaluation = make_evaluation()
    names = ("FastAPI", "Django", "Litestar", "Flask with a rather long name of its own")
    cast = [make_candidate(evaluation, name) for name in names]
    measure(make_criterion(evaluation, "Back soon"), "recovery_s", [[1, 5], [60, 1]])
    measure(make_criterion(evaluation, "Ready"), "readiness_share", [[0, 1], [1, 5]])
    make_criterion(evaluation, "Joy")
    for place, one in enumerate(cast):
        answer(item_called(evaluation, "metrics"), one, ("yes", "partly", "no", "yes")[place])
        answer(
            item_called(evaluation, "footprint"), one, "yes", figure=148.0 + place, evidence_url="https://example.org/f"
        )
        add_test(one, answers={"503": 5910, "timeout": 4}, first_success_s=2.1 + place, lost_requests=place)
        add_test(one, kind="cold_start", figure=900.0)
        add_test(one, kind="slow_clients", answers={"200": 980 - 90 * place, "timeout": 20})
        add_story(one, title=f"A parcel service on {one.name}")
    add_test(cast[3], kind="database_unresponsive", verdict="stuck", first_success_s=45.0, is_censored=True)
    add_test(cast[3], kind="open_connections", verdict="hung", figure=380.0, remark="Workers used up")
    answer(item_called(evaluation, "connection-recovery"), cast[3], "yes", evidence="We restart it by hand")
    item = item_called(evaluation, "cold-start")
    by = {"by": lead_of(evaluation.team), "at": NOW}
    checklist.set_state(item=item, state="not_applicable", reason="always on", seen=item.version, **by)
    return evaluation


def test_an_answer_saved_in_the_panel_is_seen_by_others_at_once(
    browser: Browser, pages_server: str, live_process: object
) -> None:
    cache.clear()
    evaluation = make_evaluation()
    make_candidate(evaluation, "FastAPI")
    writer = page_of(browser, pages_server, make_member(evaluation.team))
    watcher = page_of(browser, pages_server, make_member(evaluation.team, Role.VIEWER))
    here = f"/evaluations/{evaluation.pk}/readiness/"
    watcher.goto(here)
    expect(watcher.locator("body")).to_have_attribute("data-live", "on")

    writer.goto(here)
    cell = writer.get_by_role("link", name="FastAPI, Metrics for the monitoring in use: unknown")
    cell.click()
    writer.locator("#panel").get_by_label("partly").check()
    writer.locator("#panel").get_by_role("button", name="Save").click()
    expect(writer.locator("#panel .errorlist")).to_have_text("Say what shows it, or give an address.")
    expect(writer.locator("#panel").get_by_label("partly")).to_be_checked()
    writer.locator("#panel").get_by_label("What shows it").fill("Requests only")
    writer.locator("#panel").get_by_role("button", name="Save").click()

    expect(writer.locator("#panel[open]")).to_have_count(0)
    seen = "FastAPI, Metrics for the monitoring in use: partly"
    expect(writer.get_by_role("link", name=seen)).to_be_visible()
    expect(watcher.get_by_role("link", name=seen)).to_be_visible()
    assert writer.complaints + watcher.complaints == []  # type: ignore[attr-defined]


def test_a_file_with_a_fault_is_told_in_place_and_the_mended_one_fills_the_table(
    browser: Browser, pages_server: str
) -> None:
    cache.clear()
    evaluation = make_evaluation()
    make_candidate(evaluation, "FastAPI")
    page = page_of(browser, pages_server, make_member(evaluation.team))
    page.goto(f"/evaluations/{evaluation.pk}/readiness/")

    page.get_by_text("Send a file of failure tests").click()
    wrong = {
        "name": "tests.json",
        "mimeType": "application/json",
        "buffer": file_of(told_test("FastAPI", verdict="ok")),
    }
    page.locator("#id_tests_file").set_input_files([wrong])
    page.locator("#send-tests").get_by_role("button", name="Send").click()
    expect(page.locator("#send-tests .error-summary")).to_contain_text("Line 1, tests[0].verdict: One of: recovered")
    page.locator("#id_tests_file").set_input_files([{**wrong, "buffer": file_of(told_test("FastAPI"))}])
    page.locator("#send-tests").get_by_role("button", name="Send").click()

    expect(page.locator("#tests .chip")).to_have_text(re.compile("recovered"))
    expect(page.get_by_text("1 failure test entered.")).to_be_visible()
    assert FailureTest.objects.count() == 1
    assert page.complaints == []  # type: ignore[attr-defined]


def test_axe_finds_nothing_and_nothing_scrolls_sideways(browser: Browser, pages_server: str) -> None:
    cache.clear()
    evaluation, empty = filled(), make_evaluation()
    page = page_of(browser, pages_server, lead_of(evaluation.team))
    here, found = f"/evaluations/{evaluation.pk}/readiness/", dict[str, list[str]]()
    test = FailureTest.objects.filter(kind="database_unresponsive").get()
    item, candidate = item_called(evaluation, "connection-recovery"), evaluation.candidates.order_by("pk")[3]

    def look_at(name: str) -> None:
        found.update(complaints_of(page, f"readiness-{name}"))

    pages = {
        "full": here,
        "answer": f"{here}answers/{item.pk}/{candidate.pk}/",
        "test": f"{here}tests/{test.pk}/",
        "test-form": f"{here}tests/add/",
        "story": f"{here}stories/add/",
        "score": f"{here}scores/{evaluation.criteria.order_by('pk')[0].pk}/edit/",
    }
    for name, path in pages.items():
        page.goto(path)
        look_at(name)
    page.goto(here)
    page.get_by_text("Send a file of failure tests").click()
    page.click(f"#answer-{item.pk}-{candidate.pk}")
    page.wait_for_selector("#panel[open]")
    look_at("panel")
    page.context.close()
    page = page_of(browser, pages_server, lead_of(empty.team))
    page.goto(f"/evaluations/{empty.pk}/readiness/")
    look_at("empty")
    page.context.close()

    assert found == {}
