"""Phase 3 in a real browser: the panel, what others see at once; axe in light and dark, wide and narrow."""

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, expect

from evaluations.candidates.models import Evaluation
from evaluations.teams.models import Role
from tests.builders import lead_of, make_candidate, make_criterion, make_evaluation, make_member
from tests.ecosystem.ecosystem_facts import LOOKED_AT, add_need, break_the_deal, choose, measure
from tests.signed_in import complaints_of, page_of

pytestmark = pytest.mark.django_db(transaction=True)


def filled() -> Evaluation:
    evaluation = make_evaluation()
    names = ("FastAPI", "Django", "Litestar", "Flask with a rather long name of its own")
    cast = [make_candidate(evaluation, name) for name in names]
    measure(make_criterion(evaluation, "Glue"), "needs_covered_share", [[0, 1], [1, 5]])
    measure(make_criterion(evaluation, "Issues"), "issue_days", [[7, 5], [90, 1]])
    make_criterion(evaluation, "Joy")
    driver = add_need(evaluation, "PostgreSQL", async_needed=True)
    broker = add_need(evaluation, "Events to other services", kind="message_broker")
    editor = add_need(evaluation, "Rich text in the admin", kind="own", own_kind="editor", is_required=False)
    add_need(evaluation, "Carrier lookup", kind="sdk", note="Three carriers, two without a client of their own.")
    for place, one in enumerate(cast):
        verdict = ("good", "acceptable", "poor", "good")[place]
        facts = {**LOOKED_AT, "verdict": verdict, "package_version": "0.30", "issue_days": 12.0 + 20 * place}
        choose(driver, one, **facts, evidence_url="https://example.org/releases")
    choose(broker, cast[0], "aio-pika", package_version="9", community="partly", community_note="Two people")
    choose(broker, cast[1], "celery", verdict="acceptable", supports_async="no")
    choose(broker, cast[2], "")
    break_the_deal(broker, cast[3], "Abandoned for three years, and we can’t own it")
    choose(editor, cast[1], "django-prose-editor-with-a-long-name", supports_async="no")
    return evaluation


def test_a_package_saved_in_the_panel_is_seen_by_others_at_once(
    browser: Browser, pages_server: str, live_process: object
) -> None:
    cache.clear()
    evaluation = make_evaluation()
    make_candidate(evaluation, "FastAPI")
    writer = page_of(browser, pages_server, make_member(evaluation.team))
    watcher = page_of(browser, pages_server, make_member(evaluation.team, Role.VIEWER))
    here = f"/evaluations/{evaluation.pk}/ecosystem/"
    watcher.goto(here)
    expect(watcher.locator("body")).to_have_attribute("data-live", "on")

    writer.goto(here)
    writer.get_by_role("link", name="Add the first need").click()
    panel = writer.locator("#panel")
    panel.get_by_label("What exactly").fill("PostgreSQL")
    panel.get_by_role("button", name="Save").click()
    writer.get_by_role("link", name="FastAPI, PostgreSQL: no package, not looked at yet").click()
    panel.get_by_label("acceptable").check()
    panel.get_by_role("button", name="Save").click()
    expect(panel.locator(".errorlist")).to_have_text("Name the package that this is the verdict on.")
    expect(panel.get_by_label("acceptable")).to_be_checked()
    panel.get_by_label("Package", exact=False).first.fill("asyncpg")
    panel.get_by_role("button", name="Save").click()

    expect(writer.locator("#panel[open]")).to_have_count(0)
    seen = "FastAPI, PostgreSQL: asyncpg, acceptable"
    expect(writer.get_by_role("link", name=seen)).to_be_visible()
    expect(watcher.get_by_role("link", name=seen)).to_be_visible()
    assert writer.complaints + watcher.complaints == []  # type: ignore[attr-defined]


def test_axe_finds_nothing_and_nothing_scrolls_sideways(browser: Browser, pages_server: str) -> None:
    cache.clear()
    evaluation, empty = filled(), make_evaluation()
    page = page_of(browser, pages_server, lead_of(evaluation.team))
    here, found = f"/evaluations/{evaluation.pk}/ecosystem/", dict[str, list[str]]()
    broker, flask = evaluation.needs.order_by("pk")[1], evaluation.candidates.order_by("pk")[3]

    def look_at(name: str) -> None:
        found.update(complaints_of(page, f"ecosystem-{name}"))

    pages = {
        "full": here,
        "package": f"{here}packages/{broker.pk}/{flask.pk}/",
        "need": f"{here}needs/{broker.pk}/edit/",
        "score": f"{here}scores/{evaluation.criteria.order_by('pk')[0].pk}/edit/",
    }
    for name, path in pages.items():
        page.goto(path)
        look_at(name)
    page.goto(here)
    page.click(f"#package-{broker.pk}-{flask.pk}")
    page.wait_for_selector("#panel[open]")
    look_at("panel")
    page.context.close()
    page = page_of(browser, pages_server, lead_of(empty.team))
    page.goto(f"/evaluations/{empty.pk}/ecosystem/")
    look_at("empty")
    page.context.close()

    assert found == {}
