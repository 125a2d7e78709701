"""Phases 2 to 5 as people enter them, by clicks: what each does to make their phase ready for a reviewer."""

import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.journeys.people import Someone

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
MEASURED = "Latency under our load"
FILES = {"fastapi_stats.csv": "locust_stats.csv", "django_summary.json": "k6_legacy_summary.json"}
DROPPED = """([name, text]) => {
  const held = new DataTransfer();
  held.items.add(new File([text], name));
  return held;
}"""
ASSIGNED = "Profile the spike to see where the time goes"
GIVEN = (
    "Health checks for liveness",
    "Graceful shutdown",
    "Structured logs",
    "Metrics for the monitoring",
    "Trace ids",
    "Settings by environment",
    "The deployment's footprint",
    "Cold start",
)
TIMED, TYPED = "FastAPI", "Django"
MINUTES = {"Ada": "45", "Bo": "75"}


def saved(someone: Someone, button: str = "Save") -> None:
    """Send the form in the panel; it closes by itself once it was taken."""
    someone.presses_button(button, within="dialog#panel")
    expect(someone.page.locator("dialog#panel")).to_be_hidden()


def chooses(someone: Someone, question: str, answer: str) -> None:
    """An answer of a question in the panel that is a set of radio buttons."""
    group = someone.page.locator("dialog#panel").get_by_role("group", name=re.compile(f"^{re.escape(question)}"))
    someone.clicks_on(group.get_by_label(answer, exact=True))


def tick_off(someone: Someone, *, but: tuple[str, ...] = ()) -> None:
    """Every open item of the checklist on the page, one click each."""
    rows = someone.page.locator("#checklist > ul > li", has=someone.page.get_by_role("button", name="Tick off"))
    for name in but:
        rows = rows.filter(has_not_text=name)
    for item in [str(row.get_attribute("id")) for row in rows.all()]:
        row = someone.page.locator(f"#{item}")
        someone.clicks_on(row.get_by_role("button", name="Tick off"))
        expect(row.locator(".chip").first).to_have_text("done")


def set_aside(someone: Someone, items: tuple[str, ...], reason: str) -> None:
    for item in items:
        row = someone.page.locator("#checklist > ul > li", has_text=item)
        someone.clicks_on(row.locator("summary").first)
        row.get_by_label("State").select_option(label="not applicable")
        row.get_by_label("Where it was shown").fill(reason)
        someone.clicks_on(row.get_by_role("button", name="Save"))
        expect(row.locator(".chip").first).to_have_text("not applicable")


# Phase 2


def describe_the_workload(someone: Someone, *, endpoints: str) -> None:
    someone.opens_in_rail("Spikes")
    someone.follows("Describe the workload")
    someone.writes("Name", "History at noon")
    someone.writes("Endpoints", endpoints)
    someone.writes("Users at once", "50")
    someone.presses_button("Save")
    someone.sees("History at noon")


def drop_result_files(someone: Someone) -> None:
    for name, sample in FILES.items():
        text = (SAMPLES / sample).read_text()
        held = someone.page.evaluate_handle(DROPPED, [name, text])
        someone.page.dispatch_event("[data-dropzone]", "drop", {"dataTransfer": held})
        expect(someone.page.locator("[data-dropzone-list]")).to_contain_text(name)
        someone.presses_button("Send")
        someone.sees(f"received for {'FastAPI' if 'fastapi' in name else 'Django'}")
    for name in FILES:
        row = someone.page.locator("#files li", has=someone.page.get_by_role("link", name=name))
        expect(row.locator(".chip").first).to_have_text("read", timeout=40_000)


def let_measured_count(lead: Someone) -> None:
    lead.opens_in_rail("Spikes")
    lead.follows(f"Measure it: {MEASURED}")
    lead.presses_button("Save")
    lead.presses_button(f"Let measured count: {MEASURED}")
    lead.sees("measured counts")


def describe_the_run(someone: Someone, file: str, label: str, text: str) -> None:
    if not someone.page.url.endswith("/spikes/"):
        someone.opens_in_rail("Spikes")
    someone.clicks_on(someone.page.locator("#files").get_by_role("link", name=file))
    someone.follows("Say how it was made")
    someone.writes(label, text)
    someone.presses_button("Save")
    someone.page.get_by_role("heading", name="Does it count?").wait_for()


def let_it_count_all_the_same(lead: Someone) -> None:
    """From the spikes' page to the run that is not compared, where a lead says why it may count."""
    lead.follows("Can they be compared? All figures side by side")
    lead.sees("Not compared")
    left_out = lead.page.locator("ul.rows", has=lead.page.get_by_text("bench-")).get_by_role("link")
    lead.clicks_on(left_out.first)
    lead.writes("Why it should count all the same", "The two hosts are of one order")
    lead.presses_button("Let it count all the same")
    lead.sees("A lead lets it count although it can’t be compared")


def assign(lead: Someone, item: str, *, owner: str, until: str) -> None:
    row = lead.page.locator("#checklist li", has_text=item)
    lead.clicks_on(row.get_by_text("Assign", exact=False).first)
    row.get_by_label("Who").select_option(label=owner)
    row.get_by_label("Until").fill(until)
    lead.clicks_on(row.get_by_role("button", name="Assign", exact=True))
    expect(row.locator(".assign time")).to_have_attribute("datetime", until)
    expect(row.locator(".assign")).to_contain_text(f"{owner}, until")


# Phase 3


def fill_the_ecosystem(someone: Someone) -> None:
    someone.opens_in_rail("Ecosystem")
    someone.follows("Add a need")
    panel = someone.page.locator("dialog#panel")
    panel.get_by_label("What exactly").fill("PostgreSQL")
    someone.clicks_on(panel.get_by_label("It must work async where the candidate does"))
    saved(someone)
    for candidate, package in {"FastAPI": "asyncpg", "Django": "psycopg"}.items():
        _open_cell(someone, f"{candidate}, PostgreSQL")
        panel.get_by_label("Package").first.fill(package)
        chooses(someone, "Verdict", "good")
        for check in ("It is maintained", "It has a stable release", "It works async"):
            panel.get_by_label(check).first.select_option("yes")
        saved(someone)
    _open_cell(someone, "Flask, PostgreSQL")
    panel.get_by_label("Package").first.fill("flask-pg")
    chooses(someone, "Verdict", "poor")
    someone.clicks_on(panel.get_by_label("Dealbreaker: this rules the candidate out"))
    panel.get_by_label("Why it rules the candidate out").fill("Nobody has answered an issue for two years")
    saved(someone)
    expect(someone.page.locator("#needs-table .notice.stop")).to_contain_text("Flask is out.")


def _open_cell(someone: Someone, begins: str) -> None:
    someone.clicks_on(someone.page.get_by_role("link", name=re.compile(f"^{re.escape(begins)}")))
    someone.page.locator("dialog#panel form").first.wait_for()


# Phase 4


def word_the_exercise(lead: Someone) -> None:
    lead.opens_in_rail("Team fit")
    lead.follows("Word the exercise")
    panel = lead.page.locator("dialog#panel")
    panel.get_by_label("Title").fill("One endpoint with a lookup")
    panel.get_by_label("What to build").fill("GET /parcels/{id} with its errors and a test")
    saved(lead)


def build_with_the_clock(someone: Someone) -> None:
    someone.opens_in_rail("Team fit")
    someone.presses_button(f"Start: {TIMED}")
    someone.presses_button(f"Stop: {TIMED}")
    expect(someone.page.get_by_role("button", name=re.compile("^Go on"))).to_be_visible()
    someone.follows(f"Answer: {TIMED}")
    _hand_in(someone, "5, a pleasure", "Types everywhere")


def type_the_minutes(someone: Someone, candidate: str) -> None:
    someone.opens_in_rail("Team fit")
    someone.follows(f"Answer: {candidate}")
    someone.page.locator("dialog#panel").get_by_label("Minutes, typed").fill(MINUTES[someone.name])
    _hand_in(someone, "4", "The settings took a while")


def _hand_in(someone: Someone, felt: str, friction: str) -> None:
    panel = someone.page.locator("dialog#panel")
    chooses(someone, "How did it feel?", felt)
    chooses(someone, "Happy to work with it for two years", "yes")
    panel.get_by_label("Where did it resist?").fill(friction)
    someone.clicks_on(panel.get_by_label("These words may be quoted, without my name"))
    saved(someone, "Hand in")


def review_code(someone: Someone) -> None:
    """All solutions of others that wait."""
    someone.opens_in_rail("Team fit")
    waiting = someone.page.locator("#reviews li", has_text="not reviewed yet").get_by_role("link")
    for left in range(waiting.count() - 1, -1, -1):
        someone.clicks_on(waiting.first)
        chooses(someone, "", "4")
        saved(someone)
        expect(waiting).to_have_count(left)


def close_the_exercise(lead: Someone) -> None:
    lead.presses_button("Close", within="#own")
    lead.says_yes("Close the exercise")


# Phase 5


def answer_everything(someone: Someone) -> None:
    """Every open cell of the two candidates in the race."""
    someone.opens_in_rail("Readiness")
    cells = someone.page.locator("#checklist-table tr:not(.out) a.cell")
    names = [name for name in (cell.get_attribute("aria-label") for cell in cells.all()) if name and "unknown" in name]
    for name in names:
        if not name.startswith("Flask"):
            _answer(someone, someone.page.get_by_role("link", name=name, exact=True))


def _answer(someone: Someone, cell: Locator) -> None:
    someone.clicks_on(cell)
    chooses(someone, "Answer", "yes")
    someone.page.locator("dialog#panel").get_by_label("What shows it").fill("Seen on the spike")
    saved(someone)


def enter_a_failure_test(someone: Someone, candidate: str) -> None:
    someone.opens_in_rail("Readiness")
    someone.follows("Enter a failure test")
    panel = someone.page.locator("dialog#panel")
    panel.get_by_label("Candidate").select_option(label=candidate)
    chooses(someone, "Verdict", "recovered")
    panel.get_by_label("Answers while it lasted").fill("503 5910, timeout 4")
    panel.get_by_label("Seconds to the first good answer").fill("2.1")
    saved(someone)
    expect(someone.page.locator("#tests")).to_contain_text("recovered")
