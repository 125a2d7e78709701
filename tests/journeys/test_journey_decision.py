"""From the end of the workshop to the final record: a lead, two contributors, a reviewer and a guest reviewer."""

import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import Browser, expect

from fwselect.local.addresses import PROJECT
from tests.journeys import evidence
from tests.journeys.house import House
from tests.journeys.people import Someone
from tests.record.pdf_text import page_texts
from tests.signed_in import keep_picture

SESSION = "sessionid"
WINNER = "FastAPI"
POINT = "Say how busy the load generator was in the run of FastAPI"
ALONE = "The one reviewer who is left ran the failure tests"
TRADE_OFF = "Support builds its own pages for what the admin would have given"


class Journey:
    def __init__(self, browser: Browser, house: House) -> None:
        self.house = house
        told = json.loads(run(house, "-m", "tests.journeys.after_workshop"))
        self.number, self.password = told["evaluation"], told["password"]
        self.here = f"/evaluations/{self.number}/"
        self.lead, self.ada, self.bo, self.rea = (
            signed_in(browser, house, name, key) for name, key in told["sessions"].items()
        )
        self.gil = Someone(browser, house, "Gil")
        self.all = [self.lead, self.ada, self.bo, self.rea, self.gil]

    def everybody_waits(self) -> None:
        """On a page of the evaluation that nobody loads again until `everybody_sees_in_rail` says so."""
        for someone in self.all:
            someone.goes(f"{self.here}candidates/")
            someone.is_live()
            someone.page.evaluate("document.body.dataset.sameDocument = 'yes'")

    def sees_in_rail(self, note: str, phase: str, *, but: Someone) -> None:
        for someone in self.all:
            expect(someone.page.locator(f"#rail-{phase} .note")).to_have_text(note)
            if someone is not but:
                assert someone.page.evaluate("document.body.dataset.sameDocument") == "yes"


def run(house: House, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=PROJECT, env=house.env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-2000:]
    return done.stdout


def signed_in(browser: Browser, house: House, name: str, session: str) -> Someone:
    someone = Someone(browser, house, name)
    someone.context.add_cookies([{"name": SESSION, "value": session, "url": house.url}])
    return someone


def rest(*people: Someone) -> None:
    """Nothing is open in their browsers: what others write is drawn for nobody."""
    for someone in people:
        someone.goes("about:blank")


def picture(someone: Someone, name: str) -> None:
    """On desktop and phone, into the folder that LOOK_PICTURES names, if it names one."""
    if not os.environ.get("LOOK_PICTURES"):
        return
    keep_picture(someone.page, f"journey-{name}-desktop")
    size = someone.page.viewport_size
    if size:
        someone.page.set_viewport_size({"width": 390, "height": 844})
        keep_picture(someone.page, f"journey-{name}-phone")
        someone.page.set_viewport_size(size)


@pytest.fixture
def journey(browser: Browser, open_house: House) -> Journey:
    return Journey(browser, open_house)


def test_five_people_go_from_the_end_of_the_workshop_to_the_final_record(
    journey: Journey, tell: Callable[[str], None], tmp_path: Path
) -> None:
    began = time.monotonic()

    let_the_guest_reviewer_in(journey)
    measure(journey)
    look_at_the_ecosystem(journey)
    try_it_out(journey)
    check_readiness(journey)
    sign(journey)
    change_something_late(journey)
    decide(journey)
    pages = take_the_record_away(journey)
    verify_the_record(journey, tmp_path)

    clicks = sum(someone.clicks for someone in journey.all)
    tell(
        f"five people from the end of the workshop to the final record ({pages} pages): {clicks} clicks "
        f"({journey.lead.clicks} of them the lead's), {time.monotonic() - began:.0f} s"
    )
    assert [line for someone in journey.all for line in someone.complaints] == []


def let_the_guest_reviewer_in(journey: Journey) -> None:
    lead, guest = journey.lead, journey.gil
    lead.goes(journey.here)
    lead.opens_in_rail("Candidates")
    lead.follows("Workshop’s door")
    lead.presses_button("Open the door")
    guest.goes(lead.page.get_by_label("Link to join").input_value())
    guest.writes("Your name", guest.name)
    guest.presses_button("Ask to join")
    lead.presses_button(f"Let in to review: {guest.name}")
    expect(guest.page).to_have_url(re.compile(rf"{journey.here}$"))
    rest(lead, guest)


def measure(journey: Journey) -> None:
    """Two files from two hosts: what can't be compared feeds no score, until the lead says why it may."""
    lead, ada, bo = journey.lead, journey.ada, journey.bo
    ada.goes(journey.here)
    evidence.describe_the_workload(ada, endpoints="GET /history 80\nPOST /positions 20")
    evidence.drop_result_files(ada)
    for file, host in {"fastapi_stats.csv": "bench-1", "django_summary.json": "bench-2"}.items():
        evidence.describe_the_run(ada, file, "Host of the service", host)
    rest(ada)
    lead.goes(journey.here)
    evidence.let_measured_count(lead)
    evidence.let_it_count_all_the_same(lead)
    lead.goes(f"{journey.here}checklist/spikes/")
    evidence.assign(lead, evidence.ASSIGNED, owner="Bo", until="2030-01-31")
    rest(lead)
    settle(journey, ada, "spikes", but=(evidence.ASSIGNED,))
    rest(ada)
    bo.goes("/")
    expect(bo.page.locator("section[aria-labelledby=my-work]")).to_contain_text(evidence.ASSIGNED)
    picture(bo, "my-work-of-a-contributor")
    bo.follows(evidence.ASSIGNED)
    evidence.tick_off(bo)


def settle(journey: Journey, someone: Someone, phase: str, *, but: tuple[str, ...] = ()) -> None:
    someone.goes(f"{journey.here}checklist/{phase}/")
    evidence.tick_off(someone, but=but)


def look_at_the_ecosystem(journey: Journey) -> None:
    ada = journey.ada
    journey.everybody_waits()
    evidence.fill_the_ecosystem(ada)
    journey.sees_in_rail("0 of 8", "ecosystem", but=ada)
    evidence.tick_off(ada)
    journey.sees_in_rail("ready", "ecosystem", but=ada)
    rest(journey.bo, journey.rea, journey.gil)


def try_it_out(journey: Journey) -> None:
    lead, ada, bo = journey.lead, journey.ada, journey.bo
    evidence.word_the_exercise(lead)
    evidence.build_with_the_clock(ada)
    rest(ada)
    bo.goes(f"{journey.here}candidates/")
    for candidate in (evidence.TIMED, evidence.TYPED):
        evidence.type_the_minutes(bo, candidate)
    rest(bo)
    evidence.review_code(lead)
    results = lead.page.locator("#results")
    expect(results).to_contain_text("Nothing is shown before the exercise is closed")
    assert "The settings took a while" not in lead.page.content()
    evidence.close_the_exercise(lead)
    expect(results.locator(".range", has_text="FastAPI").first).to_contain_text(re.compile(r"3[78]\.?\d?.*75 min"))
    expect(results).to_contain_text("The settings took a while")
    settle(journey, lead, "teamfit")
    rest(lead)


def check_readiness(journey: Journey) -> None:
    bo = journey.bo
    bo.goes(journey.here)
    evidence.enter_a_failure_test(bo, WINNER)
    bo.goes(f"{journey.here}checklist/readiness/")
    evidence.set_aside(bo, evidence.GIVEN, "Our platform gives this to every service")
    evidence.answer_everything(bo)
    settle(journey, bo, "readiness")
    rest(bo)


def sign(journey: Journey) -> None:
    lead, rea, gil = journey.lead, journey.rea, journey.gil
    rea.goes("/")
    expect(rea.page.locator("section[aria-labelledby=my-work] li")).to_have_count(5)
    picture(rea, "my-work-of-the-reviewer")
    approve(journey, rea, "Requirements", asks=True)
    send_back_and_approve(journey)
    approve(journey, rea, "Ecosystem")
    approve(journey, gil, "Team fit")
    refuse_an_author(journey)
    approve_alone(journey, lead)
    lead.goes(f"{journey.here}decision/")
    for phase in ("Requirements", "Spikes", "Ecosystem", "Team fit", "Readiness"):
        lead.sees(f"{phase}: approved")


def open_signoff(journey: Journey, someone: Someone, phase: str) -> None:
    someone.goes(journey.here)
    someone.follows(f"Sign-off of {phase}: ready", within="section[aria-labelledby=phases]")
    someone.page.get_by_role("heading", name=f"Sign-off: {phase}").wait_for()


def approve(journey: Journey, someone: Someone, phase: str, *, asks: bool = False) -> None:
    open_signoff(journey, someone, phase)
    password = someone.page.locator("#sign-password")
    expect(password).to_have_count(int(asks))
    if asks:
        picture(someone, "signoff-ready")
        password.fill(journey.password)
    someone.presses_button("Approve as at revision", exact=False)
    expect(someone.page.locator(".page-head .chip")).to_have_text("approved")


def send_back_and_approve(journey: Journey) -> None:
    """A point is asked for, done, ticked off by who did it, and then the phase is signed."""
    rea, ada = journey.rea, journey.ada
    open_signoff(journey, rea, "Spikes")
    rea.clicks_on(rea.page.get_by_text("Ask for changes", exact=True))
    rea.writes("What has to change", POINT)
    rea.presses_button("Send it back")
    expect(rea.page.locator(".page-head .chip")).to_have_text("changes requested")
    ada.goes("/")
    expect(ada.page.locator("section[aria-labelledby=my-work]")).to_contain_text("Spikes")
    picture(ada, "my-work-of-an-author")
    ada.goes(f"{journey.here}spikes/")
    evidence.describe_the_run(ada, "fastapi_stats.csv", "How busy the load generator was, in percent", "40")
    ada.goes(f"{journey.here}signoff/spikes/")
    picture(ada, "signoff-sent-back")
    ada.presses_button(f"Tick off: {POINT}")
    expect(ada.page.locator(".page-head .chip")).to_have_text("ready")
    rest(ada)
    approve(journey, rea, "Spikes")


def refuse_an_author(journey: Journey) -> None:
    """Who entered some of a phase and became a reviewer since is told why somebody else signs."""
    lead, bo = journey.lead, journey.bo
    lead.goes(journey.here)
    lead.follows("Team", within="#rail")
    row = lead.page.locator("#members tr", has_text="bo")
    lead.clicks_on(row.get_by_text("Change").first)
    row.get_by_label("Role").select_option(label="Reviewer")
    lead.clicks_on(row.get_by_role("button", name="Set role"))
    expect(row.locator("td").first).to_have_text("Reviewer")
    open_signoff(journey, bo, "Readiness")
    bo.sees("You entered some of this phase, so you can't sign it.")
    expect(bo.page.get_by_role("button", name="Approve as at revision")).to_have_count(0)
    picture(bo, "signoff-author")


def approve_alone(journey: Journey, lead: Someone) -> None:
    open_signoff(journey, lead, "Readiness")
    lead.clicks_on(lead.page.get_by_text("Approve without independent review", exact=True))
    lead.writes("Why nobody independent reviews this phase", ALONE)
    lead.page.locator("#alone-password").fill(journey.password)
    lead.presses_button("Approve alone, as at revision", exact=False)
    expect(lead.page.locator(".page-head .chip")).to_have_text("approved")
    picture(lead, "signoff-alone")


def change_something_late(journey: Journey) -> None:
    """One score falls after all five signed: the phase is stale on every screen, and confirmed by one click."""
    lead, ada, rea = journey.lead, journey.ada, journey.rea
    journey.everybody_waits()
    ada.goes(f"{journey.here}matrix/")
    ada.clicks_on(ada.page.get_by_role("link", name=re.compile(f"^{WINNER}, Learning curve")))
    agreed = "dialog#panel section[aria-labelledby=agree-title]"
    ada.page.locator(agreed).locator("[name=value]").fill("2")
    ada.page.locator(agreed).locator("[name=reason]").fill("Bo needed two weeks")
    ada.presses_button("Save", within=agreed)
    journey.sees_in_rail("changed", "requirements", but=ada)
    rest(ada, journey.bo, journey.gil)
    rea.goes("/")
    expect(rea.page.locator("section[aria-labelledby=my-work]")).to_contain_text("Requirements")
    rea.goes(f"{journey.here}signoff/requirements/")
    since = rea.page.locator("section[aria-labelledby=since]")
    expect(since).to_contain_text(re.compile(rf"Winner unchanged: {WINNER}, margin \d\.\d\d → \d\.\d\d"))
    expect(since).to_contain_text("Learning curve")
    expect(since.locator("ins", has_text="Bo needed two weeks")).to_be_visible()
    picture(rea, "signoff-stale")
    lead.goes(f"{journey.here}decision/")
    lead.sees("Requirements: stale")
    rea.presses_button("Confirm as at revision", exact=False)
    expect(rea.page.locator(".page-head .chip")).to_have_text("approved")
    rest(lead, rea)


def decide(journey: Journey) -> None:
    lead, ada = journey.lead, journey.ada
    draft_the_decision(journey, ada)
    weigh_it_up(ada)
    ada.goes(f"{journey.here}decision/")
    picture(ada, "decision-draft")
    ada.presses_button(f"Propose {WINNER}")
    expect(ada.page.locator("#decision-moves .chip").first).to_have_text("proposed")
    rest(ada)
    lead.goes("/")
    picture(lead, "my-work-of-the-lead")
    lead.follows("Decide: a choice is proposed", within="section[aria-labelledby=my-work]")
    picture(lead, "decision-proposed")
    expect(lead.page.locator("#decide-password")).to_have_count(0)
    lead.presses_button(f"Decide for {WINNER}")
    lead.says_yes("Decide")
    expect(lead.page.locator("#decision-moves .chip").first).to_have_text("decided")
    picture(lead, "decision-decided")


def draft_the_decision(journey: Journey, someone: Someone) -> None:
    someone.goes(journey.here)
    someone.opens_in_rail("Decide")
    someone.clicks_on(someone.page.get_by_label(WINNER, exact=True))
    someone.writes("Why", "It carries the sockets on the hosts we have")
    someone.writes("Good consequences", "One process holds every connection")
    someone.writes("Bad consequences", "No admin comes with it")
    someone.writes("How it will be confirmed", "The load test of the first release")
    someone.writes("Look at it again on", "2030-06-01")
    someone.presses_button("Save the draft")


def weigh_it_up(someone: Someone) -> None:
    """A trade-off that is offered is accepted, and two figures are forecast."""
    someone.clicks_on(someone.page.get_by_role("link", name=re.compile(r"^Accept\s?:")).first)
    someone.writes("What is accepted", TRADE_OFF, within="dialog#panel")
    someone.writes("What is done about it", "Two weeks for the first pages", within="dialog#panel")
    evidence.saved(someone, "Accept")
    for metric, expected in {"latency_p95_ms": "180", "learning_minutes": "120"}.items():
        someone.follows("Add a figure")
        someone.page.locator("dialog#panel [name=metric]").select_option(metric)
        someone.writes("Expected", expected, within="dialog#panel")
        evidence.saved(someone)


def take_the_record_away(journey: Journey) -> int:
    rea = journey.rea
    rea.goes(journey.here)
    rea.clicks_on(rea.page.locator(".top-actions").get_by_role("link", name="Record", exact=True))
    link = rea.page.get_by_role("link", name="Download the PDF")
    expect(link).to_be_visible(timeout=60_000)
    with rea.page.expect_download() as download:
        rea.clicks_on(link)
    picture(rea, "record")
    return look_into(download.value.path().read_bytes())


def look_into(printed: bytes) -> int:
    """The document as whoever gets it finds it: tags, language, bookmarks, and what its cover says."""
    cover = page_texts(printed)[0]
    assert WINNER in cover and ALONE in cover
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        assert pdf.Root.MarkInfo.Marked and "/StructTreeRoot" in pdf.Root
        assert str(pdf.Root.Lang) == "en"
        with pdf.open_outline() as outline:
            assert len(outline.root) > 5
        return len(pdf.pages)


def verify_the_record(journey: Journey, folder: Path) -> None:
    """Away from the house's pages: by the commands that its keeper has."""
    file = folder / "record.json"
    run(journey.house, "manage.py", "export_record", str(journey.number), "--format", "json", "--output", str(file))
    said = run(journey.house, "manage.py", "verify_record", str(file))
    assert "complete" in said and "the same as the record kept here" in said
