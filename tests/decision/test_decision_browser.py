"""Deciding in a real browser: the panel, what others see at once; axe in light and dark, wide and narrow."""

from datetime import date

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, expect

from evaluations.candidates.models import Candidate
from evaluations.decision import actions, moving
from evaluations.teams.models import Role
from tests.builders import NOW, make_candidate, make_member
from tests.decision.choosing import Choice, choose, decide, make_choice
from tests.legacy.legacy_facts import add_step, describe
from tests.signed_in import complaints_of, page_of

pytestmark = pytest.mark.django_db(transaction=True)


def filled(choice: Choice) -> None:
    given = {"evaluation": choice.evaluation, "by": choice.lead, "at": NOW}
    choose(
        choice,
        choice.behind,
        reason="The team has run it for six years, and the load is a tenth of what either carries.",
        good="One way of doing things\nAdmin pages for support from the first day",
        bad="Slower under load than the leader",
        neutral="Templates move to another engine",
        confirmation="The load test of the first release stays under 100 ms at p95.",
        revisit_on=date(2026, 9, 1),
        consulted="Sam Service\nKim Kernel",
        informed="Everybody in support",
    )
    actions.accept_trade_off(
        criterion=choice.speed, what="", mitigation="Two more workers; the cache in front of the catalogue.", **given
    )
    actions.accept_trade_off(what="No typed request bodies", mitigation="", **given)
    actions.add_forecast(metric="latency_p95_ms", expected=85, note="Run 3 of the spikes", **given)
    actions.add_forecast(metric="learning_minutes", expected=40, **given)


def with_the_old_system(choice: Choice) -> Candidate:
    old = make_candidate(choice.evaluation, "Replace step by step", kind=Candidate.Kind.STRANGLER)
    describe(old, pain_points="Deployments by hand\nNobody dares to touch the price rules")
    for number, moves in enumerate(("Sign-in", "Order history, read only", "Order entry with all of its price rules")):
        add_step(old, moves=moves, risk=("low", "medium", "high")[number], risk_note="Sessions of both systems differ")
    return old


def test_a_trade_off_accepted_in_the_panel_is_seen_by_others_at_once_and_hinders_no_proposal(
    browser: Browser, pages_server: str, live_process: object
) -> None:
    cache.clear()
    choice = make_choice()
    choose(choice)
    writer = page_of(browser, pages_server, choice.lead)
    watcher = page_of(browser, pages_server, make_member(choice.evaluation.team, Role.VIEWER))
    here = f"/evaluations/{choice.evaluation.pk}/decision/"
    watcher.goto(here)
    expect(watcher.locator("body")).to_have_attribute("data-live", "on")

    writer.goto(here)
    writer.click(f"#accept-{choice.learning.pk}")
    writer.locator("#panel").get_by_label("What is done about it").fill("Two days of training")
    writer.locator("#panel").get_by_role("button", name="Accept").click()

    expect(writer.locator("#panel[open]")).to_have_count(0)
    writer.get_by_role("button", name="Propose FastAPI").click()
    expect(writer.locator("#decision-moves .chip").first).to_have_text("proposed")
    expect(writer.get_by_text("Two days of training")).to_be_visible()
    expect(watcher.get_by_text("Two days of training")).to_be_visible()


def test_axe_finds_nothing_and_nothing_scrolls_sideways(browser: Browser, pages_server: str) -> None:
    cache.clear()
    empty, full, over = make_choice(), make_choice(), make_choice()
    filled(full)
    old = with_the_old_system(full)
    filled(over)
    decide(over)
    figure = over.evaluation.decision.forecasts.first()
    moving.enter_actual(forecast=figure, actual=103, note="First month", seen=figure.version, by=over.lead, at=NOW)
    moving.revisit(
        evaluation=over.evaluation, finding="It holds.", next_on=date(2027, 9, 1), seen=0, by=over.lead, at=NOW
    )
    places = {
        "empty": (empty.lead, f"/evaluations/{empty.evaluation.pk}/decision/"),
        "full": (full.lead, f"/evaluations/{full.evaluation.pk}/decision/"),
        "decided": (over.lead, f"/evaluations/{over.evaluation.pk}/decision/"),
        "forecast": (full.lead, f"/evaluations/{full.evaluation.pk}/decision/forecasts/add/"),
        "plan": (full.lead, f"/evaluations/{full.evaluation.pk}/legacy/{old.pk}/"),
        "increment": (full.lead, f"/evaluations/{full.evaluation.pk}/legacy/{old.pk}/increments/add/"),
    }
    found: dict[str, list[str]] = {}

    for name, (person, path) in places.items():
        page = page_of(browser, pages_server, person)
        page.goto(path)
        found |= complaints_of(page, f"decision-{name}")

    assert found == {}
