"""Phase 2 in a real browser, with the real worker and the real live process."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from evaluations.candidates.models import Evaluation
from evaluations.spikes import judging
from evaluations.spikes.models import ResultFile
from evaluations.teams.models import Role
from tests.builders import NOW, lead_of, make_candidate, make_criterion, make_evaluation, make_member
from tests.signed_in import complaints_of, page_of
from tests.spikes.spike_files import add_workload, k6_points, locust_stats, measure, read, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def evaluation(pages_server: str) -> Evaluation:
    return make_evaluation("Order service")


def test_files_dropped_on_the_page_become_runs_and_a_measured_score_on_anothers_screen(
    browser: Browser, pages_server: str, live_process: str, worker_process: object, evaluation: Evaluation
) -> None:
    make_candidate(evaluation, "FastAPI", framework="fastapi")
    make_candidate(evaluation, "Django", framework="django")
    add_workload(evaluation)
    measure(make_criterion(evaluation, "Quick answers"))
    sender = page_of(browser, pages_server, make_member(evaluation.team))
    lead = page_of(browser, pages_server, lead_of(evaluation.team))
    watcher = page_of(browser, pages_server, make_member(evaluation.team, Role.VIEWER))
    here = f"/evaluations/{evaluation.pk}/spikes/"
    lead.goto(here)
    watcher.goto(f"/evaluations/{evaluation.pk}/matrix/")
    expect(watcher.locator("body")).to_have_attribute("data-live", "on")

    sender.goto(here)
    sender.get_by_label("Candidate", exact=True).select_option(label="told by each file’s name")
    sender.locator("input[type=file]").set_input_files(
        [
            {"name": "fastapi_stats.csv", "mimeType": "text/csv", "buffer": locust_stats(p95=100)},
            {"name": "django_stats.csv", "mimeType": "text/csv", "buffer": locust_stats(p95=200)},
        ]
    )
    sender.get_by_role("button", name="Send", exact=True).click()

    expect(sender.get_by_text("received for FastAPI")).to_be_visible()
    expect(sender.locator("#files .chip", has_text=re.compile("^read$"))).to_have_count(2, timeout=60_000)
    lead.get_by_role("button", name=re.compile("Let measured count")).click()
    expect(watcher.get_by_text("4.0", exact=True).first).to_be_visible()
    expect(watcher.get_by_text("2.0", exact=True).first).to_be_visible()
    expect(sender.locator("#scores .chip", has_text="measured counts")).to_be_visible()
    assert sender.complaints + lead.complaints + watcher.complaints == []


def test_a_resulting_score_follows_the_typed_points_before_they_are_saved(
    browser: Browser, pages_server: str, evaluation: Evaluation
) -> None:
    criterion = make_criterion(evaluation, "Quick answers")
    candidate = make_candidate(evaluation, "FastAPI")
    read(send(candidate, add_workload(evaluation), locust_stats(p95=100)))
    measure(criterion)
    page = page_of(browser, pages_server, lead_of(evaluation.team))
    page.goto(f"/evaluations/{evaluation.pk}/spikes/scores/{criterion.pk}/edit/")
    expect(page.locator("#preview")).to_contain_text("4.00")

    page.locator("[name=score_1]").fill("1")

    expect(page.locator("#preview")).to_contain_text("3.00")
    expect(page.locator("[name=score_1]")).to_have_value("1")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#scores")).to_contain_text("3.00")
    assert page.complaints == []


def test_points_are_dragged_on_the_curve_and_moved_with_the_arrow_keys(
    browser: Browser, pages_server: str, evaluation: Evaluation
) -> None:
    criterion = make_criterion(evaluation, "Quick answers")
    read(send(make_candidate(evaluation, "FastAPI"), add_workload(evaluation), locust_stats(p95=150)))
    measure(criterion)
    page = page_of(browser, pages_server, lead_of(evaluation.team))
    page.goto(f"/evaluations/{evaluation.pk}/spikes/scores/{criterion.pk}/edit/")
    expect(page.locator("#preview")).to_contain_text("3.00")

    page.locator("#point-1").press("ArrowUp")
    page.locator("#point-1").press("ArrowUp")

    expect(page.locator("#preview")).to_contain_text("3.20")
    expect(page.locator("[name=score_1]")).to_have_value("3.2")
    expect(page.locator("#point-1")).to_be_focused()
    box = page.locator("svg.plot").bounding_box()
    held = page.locator("#point-1").bounding_box()
    page.mouse.move(held["x"] + held["width"] / 2, held["y"] + held["height"] / 2)
    page.mouse.down()
    page.mouse.move(held["x"] + held["width"] / 2, box["y"] + box["height"])
    page.mouse.up()
    expect(page.locator("#preview")).to_contain_text("1.00")
    expect(page.locator("[name=score_1]")).to_have_value("1")
    assert page.complaints == []


def test_the_charts_are_drawn_and_redrawn_under_the_policy(
    browser: Browser, pages_server: str, evaluation: Evaluation
) -> None:
    candidate = make_candidate(evaluation, "FastAPI")
    workload = add_workload(evaluation)
    read(send(candidate, workload, locust_stats(p95=100)))
    read(send(candidate, workload, k6_points(), "points.ndjson"))
    page = page_of(browser, pages_server, lead_of(evaluation.team))
    page.goto(f"/evaluations/{evaluation.pk}/spikes/")

    for figure in ("latencies-figure", "rates-figure", "p95s-figure"):
        place = page.locator(f'[data-chart="{figure}"]')
        place.scroll_into_view_if_needed()
        expect(place).to_have_attribute("data-drawn", "yes")
    read(send(make_candidate(evaluation, "Django"), workload, locust_stats(p95=200)))
    page.evaluate("htmx.trigger(document.body, 'revision', {})")

    expect(page.locator("#results")).to_contain_text("the highest Django’s")
    page.locator('[data-chart="latencies-figure"]').scroll_into_view_if_needed()
    expect(page.locator('[data-chart="latencies-figure"]')).to_have_attribute("data-drawn", "yes")
    assert page.complaints == []


def test_files_are_sent_without_script_too(browser: Browser, pages_server: str, evaluation: Evaluation) -> None:
    make_candidate(evaluation, "FastAPI")
    add_workload(evaluation)
    page = page_of(browser, pages_server, lead_of(evaluation.team), java_script_enabled=False)
    page.goto(f"/evaluations/{evaluation.pk}/spikes/")

    page.locator("input[type=file]").set_input_files(
        {"name": "stats.csv", "mimeType": "text/csv", "buffer": locust_stats()}
    )
    page.get_by_role("button", name="Send", exact=True).click()

    expect(page.locator("#files")).to_contain_text("stats.csv")
    expect(page.locator("#messages")).to_contain_text("received for FastAPI")
    assert ResultFile.objects.count() == 1


def test_the_pages_of_the_spikes_are_accessible_and_never_scroll_sideways(
    browser: Browser, pages_server: str, evaluation: Evaluation
) -> None:
    lead = lead_of(evaluation.team)
    empty = make_evaluation("Empty", team=evaluation.team, lead=lead)
    candidate, workload = make_candidate(evaluation, "FastAPI"), add_workload(evaluation, environment="one host")
    criterion = make_criterion(evaluation, "Quick answers")
    measure(criterion)
    row = read(send(candidate, workload, locust_stats()))
    read(send(candidate, workload, locust_stats(p95=150)))
    timed = read(send(make_candidate(evaluation, "Django"), workload, k6_points(), "points.ndjson"))
    bad = read(send(candidate, workload, locust_stats().replace(b"POST,/orders,500", b"POST,/orders,many"), "bad.csv"))
    waiting = send(candidate, workload, locust_stats(p95=99), "waiting.csv")
    profile = (Path(__file__).resolve().parents[1] / "samples/pyspy_raw.txt").read_bytes()
    read(send(candidate, workload, profile, "profile.txt"))
    saturated = read(send(candidate, workload, locust_stats(p95=90, requests=5000))).runs.get()
    judging.set_facts(run=saturated, seen=0, facts={"host": "bench-1", "generator_busy": 97}, by=lead, at=NOW)
    page = page_of(browser, pages_server, lead)
    here = f"/evaluations/{evaluation.pk}/spikes/"
    addresses = {
        "compare": f"{here}compare/",
        "uncompared": f"{here}runs/{saturated.pk}/",
        "facts": f"{here}runs/{saturated.pk}/facts/",
        "empty": f"/evaluations/{empty.pk}/spikes/",
        "index": here,
        "workload": f"{here}workloads/{workload.pk}/edit/",
        "score": f"{here}scores/{criterion.pk}/edit/",
        "run": f"{here}runs/{row.runs.get().pk}/",
        "timed": f"{here}runs/{timed.runs.get().pk}/",
        "rejected": f"{here}files/{bad.pk}/",
        "waiting": f"{here}files/{waiting.pk}/",
    }
    found: dict[str, list[str]] = {}

    for name, address in addresses.items():
        page.goto(address)
        for place in page.locator("[data-chart]").all():
            place.scroll_into_view_if_needed()
            expect(place).to_have_attribute("data-drawn", "yes")
        found |= complaints_of(page, f"spikes-{name}")

    assert (found, page.complaints) == ({}, [])
