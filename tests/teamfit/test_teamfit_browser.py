"""Phase 4 in a real browser: a clock that two browsers show; axe in light and dark, wide and narrow."""

import re

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, expect

from evaluations.candidates.models import Evaluation
from evaluations.teamfit.models import Attempt
from tests.builders import lead_of, make_candidate, make_criterion, make_evaluation, make_member
from tests.signed_in import complaints_of, page_of
from tests.teamfit.teamfit_facts import close, hand_in, make_exercise, measure, review

pytestmark = pytest.mark.django_db(transaction=True)
COUNTING = re.compile(r"^(?!0:00)\d+:\d\d$")


def filled() -> Evaluation:
    """One closed exercise, and one open again in which the lead's clock runs and code waits for a review."""
    evaluation = make_evaluation()
    names = ("FastAPI", "Django", "Litestar", "Flask with a rather long name of its own")
    cast = [make_candidate(evaluation, name) for name in names]
    measure(make_criterion(evaluation, "Quickly learnt"), "learning_minutes", [[30, 5], [180, 1]])
    make_exercise(evaluation, "One endpoint with a lookup", conventions="Types everywhere", limit_minutes=180)
    people = [lead_of(evaluation.team), *(make_member(evaluation.team, name=f"Member {number}") for number in range(4))]
    for place, one in enumerate(cast[:3]):
        for number, person in enumerate(people):
            said = ("yes", "yes", "partly", "no", "unknown")[(number + place) % 5]
            done = hand_in(
                one,
                person,
                typed_minutes=40.0 + 20 * place + 8 * (number // 2),
                sentiment=5 - place,
                docs_easy=said,
                two_years=said,
                error_helpful="yes",
                friction=f"The order of middleware surprised me, {number}.",
                may_be_quoted=number < 2,
                may_be_named=number == 0,
            )
            review(done, people[number - 1], 3 + number % 3, remark="Short of tests" if number == 2 else "")
    close(evaluation)
    hand_in(cast[0], people[1], code_at="branch exercise/again")
    return evaluation


def test_a_clock_started_here_runs_in_another_browser_and_after_a_reload(
    browser: Browser, pages_server: str, live_process: object
) -> None:
    cache.clear()
    evaluation = make_evaluation()
    make_candidate(evaluation, "FastAPI")
    make_exercise(evaluation)
    person, here = make_member(evaluation.team), f"/evaluations/{evaluation.pk}/teamfit/"
    first, second = (page_of(browser, pages_server, person) for _ in range(2))
    for page in (first, second):
        page.goto(here)
        expect(page.locator("body")).to_have_attribute("data-live", "on")

    first.get_by_role("button", name=re.compile("^Start ?: FastAPI$")).click()
    clock = second.get_by_role("timer", name="FastAPI: clock")
    expect(clock).to_have_text(COUNTING)
    second.reload()
    expect(clock).to_have_text(COUNTING)
    second.get_by_role("button", name=re.compile("^Stop ?: FastAPI$")).click()
    expect(first.get_by_role("button", name=re.compile("^Go on ?: FastAPI$"))).to_be_visible()
    first.get_by_role("link", name=re.compile("^Answer ?: FastAPI$")).click()
    first.locator("#panel").get_by_role("button", name="Hand in").click()
    expect(first.locator("#panel .errorlist")).to_have_text("Say how it felt before you hand it in.")
    first.locator("#panel").get_by_label("5, a pleasure").check()
    first.locator("#panel").get_by_role("button", name="Hand in").click()

    expect(first.locator("#own").get_by_text("handed in", exact=True)).to_be_visible()
    expect(second.locator("#own").get_by_text("handed in", exact=True)).to_be_visible()
    assert Attempt.objects.get().minutes is not None
    assert first.complaints + second.complaints == []  # type: ignore[attr-defined]


def test_axe_finds_nothing_and_nothing_scrolls_sideways(browser: Browser, pages_server: str) -> None:
    cache.clear()
    evaluation, empty = filled(), make_evaluation()
    found: dict[str, list[str]] = {}
    here = f"/evaluations/{evaluation.pk}/teamfit/"
    candidate = evaluation.candidates.order_by("pk")[1]
    waiting = Attempt.objects.order_by("-pk")[0]
    pages = {
        "full": here,
        "attempt": f"{here}own/{candidate.pk}/",
        "review": f"{here}reviews/{waiting.pk}/",
        "exercise": f"{here}exercise/edit/",
        "empty": f"/evaluations/{empty.pk}/teamfit/",
    }
    people = {"empty": lead_of(empty.team)}

    for name, path in pages.items():
        page = page_of(browser, pages_server, people.get(name, lead_of(evaluation.team)))
        page.goto(path)
        found |= complaints_of(page, f"teamfit-{name}")
        page.context.close()

    assert found == {}
