"""The main job, by five people at five browsers: from the first lead's link to the draft record as a PDF."""

import io
import re
import time
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.evidence import describe_the_workload
from tests.journeys.house import House
from tests.journeys.people import Someone

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
ADDRESS = "lea@example.org"
GUESTS = ("Ada", "Bo", "Cleo", "Dani")
CANDIDATES = ("FastAPI", "Django", "Litestar")
CRITERIA = ("Latency under our load", "Built-in admin", "Learning curve", "Testing ergonomics")
MEASURED = CRITERIA[0]
NEEDS = {
    "Lea": "Answers history queries within 250 ms",
    "Ada": "Editors correct a shipment by hand",
    "Bo": "A newcomer ships in the first week",
    "Cleo": "Endpoints are tested without a network",
    "Dani": "Runs behind the proxy we have",
}
TIED = {NEEDS["Lea"]: CRITERIA[0], NEEDS["Ada"]: CRITERIA[1], NEEDS["Bo"]: CRITERIA[2]}
# What each strikes for every criterion, candidate after candidate.
RATINGS = {
    "Lea": "434354353443",
    "Ada": "424253353433",
    "Bo": "444153353?43",
    "Cleo": "2343?4252443",
    "Dani": "434352343443",
}


class Journey:
    def __init__(self, browser: Browser, house: House) -> None:
        self.house = house
        self.lead = Someone(browser, house, "Lea")
        self.guests = [Someone(browser, house, name) for name in GUESTS]
        self.all = [self.lead, *self.guests]
        self.here = ""

    def everybody_goes(self, path: str) -> None:
        for someone in self.all:
            someone.goes(f"{self.here}{path}")

    def guest(self, name: str) -> Someone:
        return next(someone for someone in self.guests if someone.name == name)

    def lead_reveals(self, heard: str) -> None:
        expect(self.lead.page.get_by_text(heard).first).to_be_visible(timeout=10_000)
        self.lead.presses_button("Reveal")
        self.lead.says_yes("Reveal")


@pytest.fixture
def journey(browser: Browser, open_house: House) -> Journey:
    return Journey(browser, open_house)


def test_five_people_go_from_an_empty_page_to_a_printed_draft(journey: Journey, tell: Callable[[str], None]) -> None:
    began = time.monotonic()

    make_the_first_lead(journey)
    start_an_evaluation(journey)
    let_four_guests_in(journey)
    write_and_vote(journey)
    choose_criteria(journey)
    weigh(journey)
    rate_blind(journey)
    agree_on_scores(journey)
    typed = measure_while_somebody_types(journey)
    pages = print_the_draft(journey)

    clicks = sum(someone.clicks for someone in journey.all)
    keys = sum(someone.keys for someone in journey.all)
    tell(
        f"five people at {journey.house.reached_by} from the link to the printed draft ({pages} pages): "
        f"{clicks} clicks ({journey.lead.clicks} of them the lead's), {keys} keys, {time.monotonic() - began:.0f} s"
    )
    assert typed == "I saw it slow down at 900 users"
    assert [line for someone in journey.all for line in someone.complaints] == []


def make_the_first_lead(journey: Journey) -> None:
    lead = journey.lead
    assert not journey.house.reached_by.startswith("127.")
    lead.goes(journey.house.first_lead_link())
    lead.writes("Your name", "Lea")
    lead.writes("E-mail address", ADDRESS)
    lead.writes("Password", "correct horse battery staple")
    lead.writes("Name of the team", "Parcels")
    lead.presses_button("Make account and team")


def start_an_evaluation(journey: Journey) -> None:
    lead = journey.lead
    lead.follows("New evaluation")
    lead.writes("Title", "Tracking API")
    lead.presses_button("Start the evaluation")
    lead.page.wait_for_url(re.compile(r"/evaluations/\d+/"))
    found = re.search(r"/evaluations/\d+/", lead.page.url)
    assert found
    journey.here = found[0]
    lead.opens_in_rail("Candidates")
    for name in CANDIDATES:
        lead.follows(name, within="section[aria-labelledby=add-title]")
        lead.presses_button("Add the candidate")
        expect(lead.page.locator("#candidates").get_by_role("heading", name=name, exact=True)).to_be_visible()


def let_four_guests_in(journey: Journey) -> None:
    lead = journey.lead
    lead.follows("Workshop’s door")
    lead.presses_button("Open the door")
    link = lead.page.get_by_label("Link to join").input_value()
    assert link.startswith(journey.house.url)
    expect(lead.page.locator(".qr svg")).to_be_visible()
    for guest in journey.guests:
        guest.goes(link)
        guest.writes("Your name", guest.name)
        guest.presses_button("Ask to join")
        guest.sees(f"Hello, {guest.name}")
    for guest in journey.guests:
        lead.presses_button(f"Admit {guest.name}")
    for guest in journey.guests:
        expect(guest.page).to_have_url(re.compile(rf"{journey.here}$"))


def write_and_vote(journey: Journey) -> None:
    for someone in journey.all:
        someone.opens_in_rail("Requirements")
        if not someone.page.get_by_label("What the service needs").is_visible():
            someone.clicks_on(someone.page.locator("#add summary").first)
        someone.writes("What the service needs", NEEDS[someone.name], within="#add")
        someone.presses_button("Add requirement", within="#add")
        someone.sees("Added. The next one:")
    for someone in journey.all:
        for statement in [*TIED, NEEDS[someone.name]][:3] if someone.name in ("Lea", "Ada") else TIED:
            someone.clicks_on(someone.page.get_by_label(f"My vote for: {statement}"))
        someone.sees("You have cast 3.")
        someone.presses_button("I am finished")
        someone.sees("Not finished after all")
    journey.lead_reveals("5 of 5 finished")
    journey.guest("Dani").sees("5 votes")
    journey.lead.presses_button("Mark 3 as top")
    expect(journey.lead.page.locator(".card.top-three")).to_have_count(3)
    expect(journey.guest("Bo").page.locator(".card.top-three")).to_have_count(3)


def choose_criteria(journey: Journey) -> None:
    lead = journey.lead
    lead.follows("Criteria", within=".tabs")
    for name in CRITERIA:
        lead.writes("Search the library", name)
        lead.presses_button(f"Add {name}")
        expect(lead.page.locator("#criteria").get_by_role("link", name=name, exact=True)).to_be_visible()
    lead.follows("Requirements", within=".tabs")
    for number, (statement, criterion) in enumerate(TIED.items()):
        lead.follows(f"Tie it: {statement}")
        lead.clicks_on(lead.page.get_by_role("dialog").get_by_label(criterion))
        lead.presses_button("Save", within="dialog#panel")
        expect(lead.page.locator("#panel")).to_be_hidden()
        expect(lead.page.locator("#board a[id^=tie-]")).to_have_count(len(TIED) - 1 - number)


def weigh(journey: Journey) -> None:
    journey.everybody_goes("requirements/weights/")
    for number, someone in enumerate(journey.all):
        someone.presses_button(f"{CRITERIA[1 + number % 3]}: more important")
        someone.presses_button("Save my order")
        expect(someone.page.locator("#own .chip", has_text="saved")).to_have_text("saved")
        someone.presses_button("I am finished")
        someone.sees("Not finished after all")
    journey.lead_reveals("5 of 5 finished")
    journey.lead.sees("Everybody’s weights")
    journey.lead.presses_button("Take the mean as it is")
    expect(journey.guest("Cleo").page.locator("#agreed-title + .chip")).to_have_text("agreed")


def rate_blind(journey: Journey) -> None:
    journey.everybody_goes("scoring/sheet/")
    for someone in journey.all:
        someone.page.locator("#sheet .sheet-row input[type=radio]").first.focus()
        someone.strikes(RATINGS[someone.name])
        someone.sees(f"{len(CRITERIA) * len(CANDIDATES)} of {len(CRITERIA) * len(CANDIDATES)} answered")
    for someone in journey.all:
        someone.presses_button("I am finished")
        someone.sees("Not finished after all")
    assert "Everybody’s answers" not in journey.guest("Ada").page.locator("main").inner_text()
    journey.lead_reveals("5 of 5 finished")
    journey.guest("Ada").sees("This round was revealed", patience=5000)


def agree_on_scores(journey: Journey) -> None:
    lead = journey.lead
    lead.goes(f"{journey.here}scoring/agenda/")
    for _ in range(2):
        topic = lead.page.locator("section[id^=topic-]").first
        marked = topic.get_attribute("id")
        topic.get_by_label("Agreed score").fill("3")
        topic.get_by_label("Reason").fill("we looked at it together")
        lead.keys += 25
        lead.clicks_on(topic.get_by_role("button", name="Save"))
        expect(lead.page.locator(f"#{marked}")).to_have_count(0)
    expect(lead.page.locator("#settled-title")).to_be_visible()


def measure_while_somebody_types(journey: Journey) -> str:
    """Two result files become a score on another's screen; a half-typed reason and a killed live process meanwhile."""
    lead, watcher, writer = journey.lead, journey.guest("Bo"), journey.guest("Cleo")
    for someone in (watcher, writer):
        someone.goes(f"{journey.here}matrix/")
        someone.is_live()
    watcher.page.evaluate("document.body.dataset.sameDocument = 'yes'")
    writer.clicks_on(writer.page.locator("a.cell").nth(4))
    reason = writer.page.locator("#panel [name=reason]")
    reason.press_sequentially("I saw it slow down at")
    describe_the_workload(lead, endpoints="GET /orders 60\nPOST /orders 40")
    send_the_files(lead)
    journey.house.kill("live")
    let_measured_count(lead, journey)
    cell = watcher.page.get_by_role("link", name=re.compile(f"{CANDIDATES[0]}, {MEASURED}: .*measured", re.IGNORECASE))
    expect(cell).to_be_visible(timeout=15_000)
    assert watcher.page.evaluate("document.body.dataset.sameDocument") == "yes"
    expect(reason).to_be_focused()
    writer.strikes([" ", *"900", " ", *"users"])
    return reason.input_value()


def send_the_files(lead: Someone) -> None:
    files = [("fastapi_stats.csv", "locust_stats.csv"), ("django_summary.json", "k6_legacy_summary.json")]
    lead.page.locator("#upload input[type=file]").set_input_files(
        [
            {"name": name, "mimeType": "application/octet-stream", "buffer": (SAMPLES / sample).read_bytes()}
            for name, sample in files
        ]
    )
    lead.clicks += 1
    lead.presses_button("Send")
    for name, _ in files:
        row = lead.page.locator("#files li", has=lead.page.get_by_role("link", name=name))
        expect(row.locator(".chip").first).to_have_text("read", timeout=40_000)


def let_measured_count(lead: Someone, journey: Journey) -> None:
    lead.follows(f"Measure it: {MEASURED}")
    lead.presses_button("Save")
    lead.presses_button(f"Let measured count: {MEASURED}")
    lead.sees("measured counts")


def print_the_draft(journey: Journey) -> int:
    lead = journey.lead
    lead.opens_in_rail("Draft record")
    lead.presses_button("Print as at revision", exact=False)
    link = lead.page.get_by_role("link", name="Download the PDF")
    expect(link).to_be_visible(timeout=60_000)
    with lead.page.expect_download() as download:
        lead.clicks_on(link)
    body = download.value.path().read_bytes()
    with pikepdf.open(io.BytesIO(body)) as pdf:
        assert "/StructTreeRoot" in pdf.Root
        return len(pdf.pages)
