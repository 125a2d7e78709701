"""The overview, the checklists and the history in a real browser, with a real live process."""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from evaluations.candidates.models import Evaluation
from evaluations.checklist.actions import set_state
from evaluations.checklist.models import ChecklistItem, Phase
from evaluations.teams.models import Person
from tests.builders import lead_of, make_candidate, make_criterion, make_evaluation, make_guest, make_member, make_team
from tests.signed_in import complaints_of, page_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def evaluation(pages_server: str) -> Evaluation:
    evaluation = make_evaluation("Order service", team=make_team("Orders"))
    make_criterion(evaluation, "Speed")
    make_criterion(evaluation, "Learning")
    for name in ("FastAPI", "Django"):
        make_candidate(evaluation, name)
    return evaluation


@pytest.fixture
def open_page(browser: Browser, pages_server: str) -> Iterator[object]:
    contexts = []

    def opened(person: Person, address: str) -> Page:
        context = browser.new_context(base_url=pages_server)
        contexts.append(context)
        client = Client()
        client.force_login(person)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": pages_server}])
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()


def listens(page: Page) -> Page:
    page.wait_for_selector("body[data-live=on]")
    return page


def settle(evaluation: Evaluation, phase: str, place: int, reason: str = "") -> None:
    item = ChecklistItem.objects.filter(evaluation=evaluation, phase=phase).order_by("position")[place]
    by = lead_of(evaluation.team)
    set_state(item=item, state="done", reason=reason, seen=item.version, by=by, at=timezone.now())


def rail_note(page: Page, key: str) -> str:
    return page.locator(f"#rail-{key} .note").inner_text()


def test_progress_and_revision_move_on_everybodys_screen(
    open_page: object, live_process: str, evaluation: Evaluation
) -> None:
    lead = lead_of(evaluation.team)
    page = listens(open_page(lead, f"/evaluations/{evaluation.pk}/matrix/"))  # type: ignore[operator]
    page.locator("#rail-history").focus()

    settle(evaluation, Phase.SPIKES, 0)

    expect(page.locator("#rail-spikes .note")).to_have_text(re.compile("^1 of "))
    evaluation.log.refresh_from_db()
    expect(page.locator("#foot")).to_contain_text(f"Revision {evaluation.log.count}")
    expect(page.locator("#rail [aria-current=page]")).to_have_text(re.compile("Compare"))
    assert page.evaluate("document.activeElement.id") == "rail-history"


def test_on_a_phone_the_strip_stays_where_it_was_scrolled_to(
    open_page: object, live_process: str, evaluation: Evaluation
) -> None:
    page = open_page(lead_of(evaluation.team), f"/evaluations/{evaluation.pk}/")  # type: ignore[operator]
    page.set_viewport_size({"width": 390, "height": 800})
    page.reload()
    listens(page)
    page.evaluate("document.getElementById('rail').scrollLeft = 260")

    settle(evaluation, Phase.SPIKES, 0)

    expect(page.locator("#foot")).to_contain_text(f"Revision {Evaluation.objects.get(pk=evaluation.pk).log.count}")
    assert page.evaluate("document.getElementById('rail').scrollLeft") == 260


def test_text_in_an_open_form_survives_the_changes_of_others_and_then_the_part_catches_up(
    open_page: object, live_process: str, evaluation: Evaluation
) -> None:
    lead = lead_of(evaluation.team)
    page = listens(open_page(lead, f"/evaluations/{evaluation.pk}/checklist/readiness/"))  # type: ignore[operator]
    first = page.locator("#checklist li").first
    first.locator("summary").filter(has_text="Set").click()
    reason = first.get_by_label("Where it was shown")
    reason.press_sequentially("half typed")
    reason.evaluate("field => { field.setSelectionRange(4, 4); window.held = field; }")

    settle(evaluation, Phase.READINESS, 1, "Somebody else's reason")
    expect(page.locator("#rail-readiness .note")).to_have_text(re.compile("^1 of "))
    page.wait_for_timeout(500)

    assert page.evaluate("window.held.isConnected && document.activeElement === window.held")
    assert (reason.input_value(), reason.evaluate("field => field.selectionStart")) == ("half typed", 4)
    expect(page.get_by_text("Somebody else's reason")).to_have_count(0)
    first.get_by_label("State").select_option("done")
    first.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Somebody else's reason")).to_be_visible()
    expect(page.get_by_text("half typed")).to_be_visible()
    expect(page.locator("#checklist header")).to_contain_text("2 of ")


def test_a_form_that_is_put_away_no_longer_holds_and_its_text_is_still_there(
    open_page: object, live_process: str, evaluation: Evaluation
) -> None:
    page = listens(open_page(lead_of(evaluation.team), f"/evaluations/{evaluation.pk}/checklist/readiness/"))  # type: ignore[operator]
    first = page.locator("#checklist li").first
    summary = first.locator("summary").filter(has_text="Set")
    summary.click()
    first.get_by_label("Where it was shown").press_sequentially("half typed")
    settle(evaluation, Phase.READINESS, 1, "Somebody else's reason")
    page.wait_for_timeout(500)

    summary.click()

    expect(page.get_by_text("Somebody else's reason")).to_be_visible()
    summary.click()
    expect(first.get_by_label("Where it was shown")).to_have_value("half typed")


def test_an_open_assign_form_of_the_overview_is_held_and_sent_and_the_rest_follows(
    open_page: object, live_process: str, evaluation: Evaluation
) -> None:
    lead = lead_of(evaluation.team)
    make_member(evaluation.team, name="Mia")
    page = listens(open_page(lead, f"/evaluations/{evaluation.pk}/"))  # type: ignore[operator]
    one = page.locator("#overview .assign").first
    one.locator("summary").click()
    one.get_by_label("Who").select_option(label="Mia")

    make_candidate(evaluation, "Litestar")
    expect(page.locator("#foot")).to_contain_text(f"Revision {Evaluation.objects.get(pk=evaluation.pk).log.count}")

    assert one.get_by_label("Who").input_value() != ""
    expect(page.locator("#small-matrix")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Litestar")).to_have_count(0)
    one.get_by_role("button", name="Assign").click()
    expect(page.get_by_role("columnheader", name="Litestar")).to_be_visible()
    expect(page.locator("#overview .assign").filter(has_text="Mia").first).to_be_visible()


def test_the_overview_follows_what_others_do(open_page: object, live_process: str, evaluation: Evaluation) -> None:
    page = listens(open_page(lead_of(evaluation.team), f"/evaluations/{evaluation.pk}/"))  # type: ignore[operator]

    make_candidate(evaluation, "Litestar")

    expect(page.get_by_role("columnheader", name="Litestar")).to_be_visible()
    expect(page.locator("#overview")).to_contain_text("Added the candidate Litestar")


def test_the_chain_is_verified_without_leaving_the_page(open_page: object, evaluation: Evaluation) -> None:
    page = open_page(lead_of(evaluation.team), f"/evaluations/{evaluation.pk}/history/")  # type: ignore[operator]

    page.get_by_role("link", name="Verify the chain").click()

    expect(page.locator("#verified")).to_contain_text("The chain holds")
    assert page.url.endswith("/history/")


def addresses(evaluation: Evaluation) -> dict[str, str]:
    here, team = f"/evaluations/{evaluation.pk}", f"/teams/{evaluation.team_id}"
    return {
        "team": f"{team}/",
        "team_history": f"{team}/history/",
        "overview": f"{here}/",
        "checklist": f"{here}/checklist/readiness/",
        "checklist_spikes": f"{here}/checklist/spikes/",
        "history": f"{here}/history/",
        "history_none": f"{here}/history/?topic=nothing",
        "verify": f"{here}/history/verify/",
    }


def test_every_page_is_accessible_while_it_is_empty(browser: Browser, pages_server: str) -> None:
    bare = make_evaluation("Nothing yet", team=make_team("Bare"))
    reader = lead_of(bare.team)
    empty_team = make_team("Without any")
    guest = make_guest(bare, "Gus Guest")
    make_team("Second", lead=reader)
    visits = [(reader, f"empty_{name}", url) for name, url in addresses(bare).items()]
    begun = make_evaluation("Just begun", team=make_team("Begun"))
    for name in ("FastAPI", "Django", "Litestar"):
        make_candidate(begun, name)
    for name in ("Speed", "Learning", "Built-in admin"):
        make_criterion(begun, name)
    visits += [
        (lead_of(begun.team), "begun_overview", f"/evaluations/{begun.pk}/"),
        (lead_of(empty_team), "empty_team_without_any", f"/teams/{empty_team.pk}/"),
        (reader, "home_of_two_teams", "/"),
        (Person.objects.create(username="nobody", name="Nora Nobody"), "home_of_none", "/"),
        (guest, "guest_overview", f"/evaluations/{bare.pk}/"),
    ]
    found: dict[str, list[str]] = {}

    for person, name, url in visits:
        page = page_of(browser, pages_server, person)
        page.goto(url)
        found |= complaints_of(page, f"overview-{name}")
        if page.complaints:  # type: ignore[attr-defined]
            found[f"{name}, policy"] = page.complaints  # type: ignore[attr-defined]
        page.context.close()

    print(f"{len(visits)} pages looked at in two widths and two colours")
    assert found == {}
