import re

import pytest
from markdown_it import MarkdownIt

from evaluations.record.canonical import checksum
from evaluations.record.madr import markdown
from evaluations.record.validation import InvalidBody
from tests.record.bodies import decided_body, empty_body, grid_body, sample_body

HEADINGS = [
    "## Context and Problem Statement",
    "## Decision Drivers",
    "## Considered Options",
    "## Decision Outcome",
    "### Consequences",
    "### Confirmation",
    "## Pros and Cons of the Options",
    "## More Information",
]
TAGS = ["h1", "h2", "h3", "h4", "ul", "ol", "em", "strong", "a", "img", "table", "code", "pre", "blockquote", "s"]
HOSTILE = "# head *bold* _it_ [x](javascript:1) <script>alert(1)</script> `code` | cell | ~~s~~ &amp; ![i](u) $x$"


def rendered(text: str) -> str:
    without_front_matter = text.split("---\n", 2)[2]
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(without_front_matter)


@pytest.mark.parametrize("body", [empty_body(), sample_body(), decided_body(), grid_body(12, 60)])
def test_every_field_of_madr_4_is_there_in_order(body):
    text = markdown(body)

    positions = [text.index(f"\n{heading}\n") for heading in HEADINGS]
    front_matter = text.split("---\n")[1]
    fields = [line.split(":")[0] for line in front_matter.splitlines()]
    assert positions == sorted(positions)
    assert fields == ["status", "date", "decision-makers", "consulted", "informed"]
    assert checksum(body) in text


def test_a_decided_record_is_accepted_and_names_the_chosen_option():
    text = markdown(decided_body())

    assert 'status: "accepted"\ndate: 2027-03-01\ndecision-makers: ["Lead One"]\n' in text
    assert 'Chosen option: "FastAPI", because It holds the connections with headroom' in text
    assert "* Good, because Typed contracts from the first day." in text
    assert "accepted trade-off: No built-in admin.; answered by: Two weeks for a small one.\n" in text
    assert "* Forecast: p95 of history queries, 90 ms\n" in text
    assert (
        "without independent review: the team has one lead and no reviewer. Digest of what was seen: `3f1c0d5e" in text
    )
    assert "Draft, not decided" not in text
    assert (
        "* Run 1, FastAPI, Locust 2.44: 182,340 requests, 36 failed, 88 ms at p95, 5,200 WebSockets held, "
        "12.5 ms at p95 to a message’s answer, 4 processors, 2 server workers, 50 users, 30 s of warming up, "
        "on host-a, through asyncpg 0.30, load from load-1, closed loop\n"
    ) in text


def test_what_was_tested_and_what_is_missing_argues_for_and_against():
    text = markdown(decided_body())

    fastapi = text.split("### FastAPI\n")[1].split("### Litestar\n")[0]
    django = text.split("### Django\n")[1].split("### Flask\n")[0]
    assert "* Good, because of the failure test Database refused for 30 s: recovered, 1.4 s to a good" in fastapi
    assert "* Bad, because Events has no package: Three days." in fastapi
    assert "* Bad, because of the failure test Database refused for 30 s: stuck" in django
    assert "* Neutral, because the way on from the old system costs 40 to 65 person-days" in django


def test_what_goes_against_the_ranking_says_so():
    decision = decided_body()["decision"] | {"against_ranking": True, "ranking_note": "Litestar is second, 0.3 behind."}

    text = markdown(decided_body(decision=decision, open=[{"text": "One cell is unknown."}]))

    assert "Against the ranking: Litestar is second, 0.3 behind." in text
    assert "**Still open when it was decided:**\n\n* One cell is unknown." in text


def test_a_draft_says_what_is_open():
    text = markdown(sample_body())

    assert "**Draft, not decided.** Still open:\n\n* Phase 3, ecosystem: 4 of 10 items are done.\n" in text


def test_a_superseded_record_names_its_successor():
    decision = decided_body()["decision"] | {"superseded_by": "Tracking API, 2029"}

    text = markdown(decided_body(state="superseded", decision=decision))

    assert 'status: "superseded by Tracking API, 2029"' in text


def test_arguments_follow_the_cells_and_unknown_is_never_a_score():
    text = markdown(sample_body())

    litestar = text.split("### Litestar\n")[1].split("### Django\n")[0]
    assert "* Good, because 5,000 live connections is 4.2 of 5 (measured): agreed in the meeting" in litestar
    assert "* Bad, because Built-in admin is 1.2 of 5 (mean of ratings)" in litestar
    assert "* Neutral, because Learning time is unknown\n" in litestar


@pytest.mark.parametrize("start", ["", "- ", "1. ", "> ", "    ", "=== \n", "+ ", "```\n"])
def test_hostile_text_stays_text_everywhere(start):
    text = start + HOSTILE
    body = sample_body(context=text, notices=[text])
    body["evaluation"]["title"] = text
    body["criteria"][0]["name"] = text
    body["candidates"][0]["summary"] = text
    body["evidence"][1]["url"] = "javascript:alert(1)"
    plain_body = sample_body(context="text", notices=["text"])
    plain_body["evidence"][1]["url"] = "nowhere"

    html, plain = rendered(markdown(body)), rendered(markdown(plain_body))

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    for tag in TAGS:
        assert len(re.findall(rf"<{tag}\b", html)) == len(re.findall(rf"<{tag}\b", plain)), tag


def test_line_ends_and_quotes_cannot_leave_the_front_matter():
    people = sample_body()["people"] | {"decided": ['a"]\n---\nevil: true', "b\u2028c\x85"]}

    front_matter = markdown(sample_body(people=people)).split("\n---\n")[0]

    assert 'decision-makers: ["a\\"]\\n---\\nevil: true", "b\\u2028c\\u0085"]' in front_matter
    assert len(front_matter.splitlines()) == 6


def test_paragraphs_stay_and_controls_become_visible():
    text = markdown(sample_body(context="one\r\ntwo\n\nthree \u202e\x00"))

    assert "\none\\\ntwo\n\nthree U+202EU+0000\n" in text


def test_the_same_body_gives_the_same_text_and_a_broken_one_none():
    assert markdown(sample_body()) == markdown(sample_body())
    with pytest.raises(InvalidBody):
        markdown(sample_body(state="final"))


def test_nothing_in_the_text_is_an_empty_heading_or_a_trailing_list():
    for body in (empty_body(), sample_body()):
        assert not re.search(r"^(#+|\*) *$", markdown(body), re.MULTILINE)
