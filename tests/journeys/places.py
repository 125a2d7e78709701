"""Every address of the product that answers with a page, walked from the resolver and filled from what exists."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import APIResponse, BrowserContext, Page

from fwselect.local.processes import wait_until
from tests.journeys.house import House

PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>|\(\?P<(?P<group>\w+)>[^)]*\)")
# The newest row of each, of one evaluation; `{e}` is that evaluation and `{t}` its team.
ROWS = {
    "log_id": "SELECT log_id FROM evaluations_evaluation WHERE id = {e}",
    "candidate_id": "SELECT min(id) FROM evaluations_candidate WHERE evaluation_id = {e}",
    "criterion_id": "SELECT min(id) FROM evaluations_criterion WHERE evaluation_id = {e} AND removed_at IS NULL",
    "requirement_id": "SELECT min(id) FROM evaluations_requirement WHERE evaluation_id = {e} AND removed_at IS NULL",
    "request_id": "SELECT max(id) FROM evaluations_joinrequest",
    "guest_id": "SELECT max(id) FROM evaluations_guestaccess",
    "assignment_id": "SELECT max(id) FROM evaluations_assignment WHERE evaluation_id = {e}",
    "item_id": "SELECT min(id) FROM evaluations_checklistitem WHERE evaluation_id = {e} AND phase = 'readiness'",
    "round_id": "SELECT max(id) FROM evaluations_round WHERE evaluation_id = {e}",
    "workload_id": "SELECT min(id) FROM evaluations_workload WHERE evaluation_id = {e}",
    "file_id": "SELECT min(f.id) FROM evaluations_resultfile f JOIN evaluations_workload w ON w.id = f.workload_id"
    " WHERE w.evaluation_id = {e}",
    "run_id": "SELECT min(r.id) FROM evaluations_spikerun r JOIN evaluations_resultfile f ON f.id = r.result_file_id"
    " JOIN evaluations_workload w ON w.id = f.workload_id WHERE w.evaluation_id = {e}",
    "evidence_id": "SELECT max(id) FROM evaluations_evidence",
    "need_id": "SELECT min(id) FROM evaluations_need WHERE evaluation_id = {e} AND removed_at IS NULL",
    "story_id": "SELECT min(s.id) FROM evaluations_productionstory s"
    " JOIN evaluations_candidate c ON c.id = s.candidate_id WHERE c.evaluation_id = {e}",
    "test_id": "SELECT min(t.id) FROM evaluations_failuretest t"
    " JOIN evaluations_candidate c ON c.id = t.candidate_id WHERE c.evaluation_id = {e}",
    "attempt_id": "SELECT max(a.id) FROM evaluations_attempt a JOIN evaluations_round r ON r.id = a.round_id"
    " WHERE r.evaluation_id = {e}",
    "point_id": "SELECT coalesce(max(id), 0) FROM evaluations_reviewpoint",
    "draft_id": "SELECT max(id) FROM evaluations_draft WHERE evaluation_id = {e}",
    "trade_off_id": "SELECT coalesce(min(t.id), 0) FROM evaluations_tradeoff t"
    " JOIN evaluations_decision d ON d.id = t.decision_id WHERE d.evaluation_id = {e}",
    "forecast_id": "SELECT coalesce(min(f.id), 0) FROM evaluations_forecast f"
    " JOIN evaluations_decision d ON d.id = f.decision_id WHERE d.evaluation_id = {e}",
    "increment_id": "SELECT coalesce(min(i.id), 0) FROM evaluations_increment i"
    " JOIN evaluations_legacyplan p ON p.id = i.plan_id"
    " JOIN evaluations_candidate c ON c.id = p.candidate_id WHERE c.evaluation_id = {e}",
    "token_id": "SELECT coalesce(max(id), 0) FROM evaluations_apitoken",
    "invitation_id": "SELECT max(id) FROM evaluations_invitation",
    "membership_id": "SELECT max(id) FROM evaluations_membership WHERE team_id = {t}",
}
WORDS = {
    "phase": ["requirements", "spikes", "ecosystem", "teamfit", "readiness"],
    "kind": ["pdf"],
    "subject": ["ratings"],
    "push": ["next"],
    "token": ["no-such-token"],
    "provider_id": ["no-such-provider"],
    "key": ["no-such-key"],
    "tab": ["sensitivity"],
    "uidb36": ["1"],
}
LOADED = "window.htmx !== undefined && !document.querySelector('.htmx-request')"


@dataclass(frozen=True)
class Place:
    name: str
    path: str


def sign_in_as_demo(context: BrowserContext, house: House, name: str = "Demo lead") -> Page:
    page = context.new_page()
    page.goto(f"{house.url}/accounts/login/")
    page.get_by_role("button", name=name).click()
    page.wait_for_url(lambda address: "/accounts/" not in address)  # and its load, not that of the page that is left
    return page


def example_evaluation(house: House, example: str = "logistics-open") -> tuple[int, int]:
    """The example's evaluation and its team; without a word the one in which everything can still be changed."""
    [(evaluation, team)] = house.rows(
        f"SELECT id, team_id FROM evaluations_evaluation WHERE example = '{example}' ORDER BY id LIMIT 1"
    )
    return int(str(evaluation)), int(str(team))


def all_places(house: House, evaluation: int, team: int) -> Iterator[Place]:
    """Every URL pattern with every parameter filled; a parameter nobody knows a value for is an error."""
    from django.urls import get_resolver

    known: dict[str, list[str]] = {"evaluation_id": [str(evaluation)], "team_id": [str(team)], **WORDS}
    for name, statement in ROWS.items():
        value = house.rows(statement.format(e=evaluation, t=team))[0][0]
        known[name] = [str(value if value is not None else 0)]
    for name, pattern in _patterns(get_resolver()):
        paths = [pattern.replace("^", "").rstrip("$")]
        while PARAMETER.search(paths[0]):
            paths = [_filled(path, value) for path in paths for value in known[_first_parameter(path)]]
        yield from (Place(name, f"/{path}") for path in paths)


def _patterns(resolver: object, namespace: str = "", before: str = "") -> Iterator[tuple[str, str]]:
    from django.urls import URLResolver

    for pattern in resolver.url_patterns:  # type: ignore[attr-defined]
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _patterns(pattern, inner, here)
        else:
            yield f"{namespace}{pattern.name}", here


def _first_parameter(path: str) -> str:
    found = PARAMETER.search(path)
    assert found
    return str(found["name"] or found["group"])


def _filled(path: str, value: str) -> str:
    return PARAMETER.sub(value, path, count=1)


def answer_of(context: BrowserContext, house: House, place: Place) -> APIResponse:
    answer = context.request.get(house.url + place.path, max_redirects=0)
    if answer.status >= 500:
        raise AssertionError(f"{place.name} answered {answer.status}: {place.path}")
    return answer


def is_page(answer: APIResponse) -> bool:
    return _is_html(answer) and answer.text().lstrip().lower().startswith("<!doctype html")


def is_part(answer: APIResponse) -> bool:
    return _is_html(answer) and not is_page(answer)


def _is_html(answer: APIResponse) -> bool:
    return answer.headers.get("content-type", "").startswith("text/html") and answer.status < 300


def open_place(page: Page, house: House, path: str) -> None:
    """The page at rest: scripts loaded, first requests answered, charts drawn."""
    page.goto(house.url + path)
    wait_for(page, LOADED)
    if page.locator("[data-chart]").count():
        page.locator("[data-chart]").first.scroll_into_view_if_needed()
        page.locator("[data-chart][data-drawn=yes]").first.wait_for(timeout=60_000)
        page.evaluate("scrollTo(0, 0)")


def wait_for(page: Page, condition: str, patience: float = 15) -> None:
    """Asked from outside: the policy of the pages forbids the `eval` of Playwright's own waiting."""
    if not wait_until(lambda: bool(page.evaluate(condition)), patience, 0.05):
        raise AssertionError(f"never true on {page.url}: {condition}")


def fill_the_gaps(page: Page, house: House, evaluation: int, team: int) -> None:
    """What the examples leave out: a printed draft, an invitation, and somebody who waits at the workshop's door."""
    here = f"{house.url}/evaluations/{evaluation}"
    page.goto(f"{here}/record/")
    asks = page.get_by_role("button", name="Print as at revision")
    if asks.count():
        asks.click()
    page.get_by_role("link", name="Download the PDF").wait_for(timeout=60_000)
    page.goto(f"{here}/candidates/door/")
    opens = page.get_by_role("button", name="Open the door")
    if opens.count():
        opens.click()
    link = page.get_by_label("Link to join").input_value()
    WORDS["token"] = [link.rstrip("/").rsplit("/", 1)[1]]
    if page.get_by_role("button", name="Admit Noor").count():
        return
    guest = page.context.browser.new_page()  # type: ignore[union-attr]
    guest.goto(link)
    guest.get_by_label("Your name").fill("Noor")
    guest.get_by_role("button", name="Ask to join").click()
    guest.get_by_role("heading", name="Hello, Noor").wait_for()
    guest.context.close()
