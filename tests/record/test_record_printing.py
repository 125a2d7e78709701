import json
import os
import subprocess
import sys
import time
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
import typst
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from evaluations.record import printing
from evaluations.record.canonical import canonical_bytes, checksum
from evaluations.record.madr import markdown
from evaluations.record.printing import CannotPrint, print_record, printable
from evaluations.record.sheet import workbook
from evaluations.record.validation import InvalidBody
from tests.record.bodies import body_of_version_2, decided_body, empty_body, grid_body, sample_body
from tests.record.pdf_parts import bookmarks, opened, tagged
from tests.record.pdf_text import artifact_texts, page_texts
from tests.record.sections import made, run, sockets

ROOT = Path(__file__).resolve().parents[2]
ARABIC = "فريق الويب السريع"
HOSTILE = '#set page(fill: red) *bold* _it_ $x$ \\u0041 @ref <label> `code` ]] #panic("x") // c /* */ = head'


def text_of(data: bytes) -> str:
    return " ".join(page_texts(data))


def test_a_record_is_tagged_and_names_its_language_title_date_and_standards():
    with opened(print_record(sample_body())) as pdf, pdf.open_metadata() as metadata:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert metadata["dc:title"] == "Tracking API, 2027"
        assert metadata["pdfuaid:part"] == "1"
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
        assert str(pdf.docinfo["/CreationDate"]) == "D:20270301140200Z"
        assert [float(side) for side in pdf.pages[0].MediaBox[2:]] == pytest.approx([595.28, 841.89], abs=0.01)


def test_headings_become_bookmarks_in_the_order_of_the_sections():
    with opened(print_record(decided_body())) as pdf:
        titles = bookmarks(pdf)

    assert titles == [
        "1 Decision",
        "2 People",
        "3 Context and team",
        "4 Requirements",
        "5 Candidates",
        "6 Ways on from the old system",
        "7 Criteria and weights",
        "8 Comparison",
        "9 Measured runs",
        "10 Failure tests",
        "11 Ecosystem",
        "12 Team fit",
        "13 Operational readiness",
        "14 Disagreement",
        "15 Evidence register",
        "16 Sign-offs",
        "17 Checklist",
        "18 Sources of the values",
        "19 How to verify this record",
    ]


def test_each_table_has_a_header_row_and_each_chart_words():
    with opened(print_record(sample_body())) as pdf:
        elements = tagged(pdf)

    tables = [element for element in elements if element.S == "/Table"]
    figures = [str(element.get("/Alt", "")) for element in elements if element.S == "/Figure"]
    assert len(tables) == 27
    assert all(any(part.S == "/THead" for part in table.K) for table in tables)
    assert len(figures) == 5
    assert "FastAPI: expected 4.10, from 3.6 to 4.4" in figures[0]
    assert "Litestar, run 2: median 24, p95 98, p99 185, slowest 390" in figures[1]
    assert "FastAPI, run 1, over 599 s: requests per second 281 to 310" in figures[2]
    assert "Django, Database refused for 30 s: more than 45 s, stuck" in figures[3]
    assert "Django: 22, 25, 29, 41, 48; median 29" in figures[4]


def test_fonts_are_embedded_and_readable_as_text():
    with opened(print_record(sample_body())) as pdf:
        fonts = [font for page in pdf.pages for font in page.Resources.get("/Font", {}).values()]
        descriptors = [font.DescendantFonts[0].FontDescriptor for font in fonts]

        assert fonts
        assert all("/ToUnicode" in font for font in fonts)
        assert all("/FontFile3" in one or "/FontFile2" in one for one in descriptors)


def test_the_attachment_is_the_canonical_body_and_its_checksum_stands_on_every_page():
    body = sample_body()

    data = print_record(body)

    with opened(data) as pdf:
        attached = pdf.attachments["record.json"].get_file()
        assert attached.mime_type == "application/json"
        assert attached.read_bytes() == canonical_bytes(body)
        assert str(pdf.attachments["record.json"].obj.AFRelationship) == "/Source"
    pages = artifact_texts(data)
    for number, page in enumerate(pages, start=1):
        assert f"Revision 128 sha256 {checksum(body)} {number} of {len(pages)}" in page


def test_a_draft_carries_the_watermark_on_each_page_and_lists_what_is_open_on_the_cover():
    data = print_record(sample_body())

    cover = page_texts(data)[0]
    assert all("DRAFT 2 points are open: see the first page" in page for page in artifact_texts(data))
    assert (
        "What is still open Phase 3, ecosystem: 4 of 10 items are done. Ecosystem · M. Example · due 2027-03-12"
        in cover
    )
    assert "Phase 2 was approved without independent review" in cover


@pytest.mark.parametrize("state", ["decided", "superseded"])
def test_what_is_decided_is_not_watermarked(state):
    data = print_record(decided_body(state=state))

    assert not any("DRAFT" in page or "open: see the first page" in page for page in artifact_texts(data))
    assert state.capitalize() in page_texts(data)[0]


def test_a_proposal_is_watermarked_as_one():
    data = print_record(sample_body(state="proposed"))

    assert all("PROPOSED 2 points are open" in page for page in artifact_texts(data))
    assert "FastAPI is proposed." in text_of(data)


def test_the_cover_of_a_decision_names_what_was_chosen_and_what_nobody_independent_saw():
    cover = page_texts(print_record(decided_body(open=[{"text": "One of 12 cells is unknown."}])))[0]

    assert "FastAPI was chosen." in cover
    assert "Phase 2 was approved without independent review: “the team has one lead and no reviewer”." in cover
    assert "Decided by Lead One" in cover
    assert "What was still open when it was decided One of 12 cells is unknown." in cover


def test_the_same_body_gives_the_same_bytes_in_another_process_and_time_zone():
    body = sample_body(context=f"{ARABIC} 山 é")
    script = (
        "import json, sys; from evaluations.record.printing import print_record;"
        "sys.stdout.buffer.write(print_record(json.load(sys.stdin)))"
    )

    other = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(body).encode(),
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "LANG": "C"},
    )

    assert other.stdout == print_record(body)
    assert print_record(body | {"revision": 129}) != other.stdout


def test_unknown_cells_are_never_drawn_as_a_score():
    text = text_of(print_record(sample_body()))

    assert "Learning time C3 20.0 % 4.0 ● 2 3.6–4.3 ? unknown 4.8 ● 2" in text
    assert "5,000 live connections C1 40.0 % 4.6 ◆ 2 4.2–4.9 4.2 ◆ 2 3.8–4.5 2.8 ○ 2" in text


def test_what_is_unknown_in_phases_3_to_5_is_said():
    text = text_of(print_record(sample_body()))

    assert "Not looked at for Litestar, Django and Flask." in text
    assert "Graceful shutdown O2 ○ no ● yes ▸ ? unknown" in text
    assert "Cold start O3 does not apply: always on" in text
    assert "failure tests say partly" in text
    assert "Positions not estimated high two writers for a week" in text


def test_answers_that_are_still_private_are_not_printed():
    text = text_of(print_record(sample_body(team_fit=sample_body()["team_fit"] | {"revealed": False})))

    assert "Answers are private until everybody has finished" in text
    assert "The type errors told me" not in text


def test_markup_in_text_is_printed_as_typed():
    body = sample_body(context=HOSTILE, notices=[HOSTILE])
    body["evaluation"]["title"] = HOSTILE
    body["criteria"][0]["name"] = HOSTILE
    body["decision"]["why"] = HOSTILE

    text = text_of(print_record(body))

    assert text.count(HOSTILE) >= 5


def test_characters_without_a_shape_are_named_and_kept_in_the_attachment():
    body = sample_body(context="山水 and 😀\x00, but not é, Ж or \u202eevil")

    data = print_record(body)

    text = text_of(data)
    assert "U+5C71 U+6C34 and U+1F600 U+0000 , but not é, Ж or U+202E evil" in text
    assert "5 characters have no shape in the fonts" in text
    with opened(data) as pdf:
        attached = json.loads(pdf.attachments["record.json"].get_file().read_bytes())
    assert attached["context"] == body["context"]


def test_right_to_left_names_are_printed_and_keep_their_neighbours_in_order():
    body = json.loads(json.dumps(sample_body()).replace('"Litestar"', json.dumps(ARABIC)))

    with opened(print_record(body)) as pdf:
        figures = [str(element.Alt) for element in tagged(pdf) if element.S == "/Figure"]

    assert f"{ARABIC}: expected 3.80" in figures[0]
    assert printable(ARABIC, frozenset()) == ARABIC


def test_long_words_may_break_but_checksums_and_addresses_are_left_alone():
    assert printable("W" * 40, frozenset()).replace("\u200b", "") == "W" * 40
    assert printable("W" * 40, frozenset()).count("\u200b") == 39
    for kept in ("a" * 64, "https://docs.example.org/" + "a" * 50, "short words only, many of them, in a long line"):
        assert printable(kept, frozenset()) == kept


def test_only_web_addresses_become_links():
    body = sample_body()
    body["evidence"][0]["url"] = "javascript:alert(1)"

    with opened(print_record(body)) as pdf:
        targets = [
            str(link.A.URI)
            for page in pdf.pages
            for link in page.get("/Annots", [])
            if "/A" in link and link.A.get("/S") == "/URI"
        ]

    assert targets == ["https://stories.example.org/parcels", "https://docs.example.org/releases/1.2?from=1.1#changes"]


def half_up(value: float) -> str:
    return str(Decimal(str(value)).quantize(Decimal("0.1"), ROUND_HALF_UP))


@pytest.mark.parametrize(("candidates", "criteria"), [(1, 5), (6, 5), (7, 60), (12, 60), (14, 5)])
def test_every_size_is_complete_and_a_wide_matrix_lies_on_its_side(candidates, criteria):
    body = grid_body(candidates, criteria)
    began = time.process_time()

    data = print_record(body)

    assert time.process_time() - began < 2, "seconds of processor time"
    with opened(data) as pdf:
        lying = [page.MediaBox[2] > page.MediaBox[3] for page in pdf.pages]
    text = text_of(data)
    assert any(lying) == (candidates > 6)
    for one in body["criteria"]:
        assert f"{one['name']} {one['key']} " in text
    for one in body["ranking"]:
        assert f"{one['expected']:.2f} {half_up(one['worst'])}–{half_up(one['best'])} rank {one['rank']}" in text
    assert ("Comparison, continued" in text) == (candidates > 12)


def test_nothing_at_all_is_a_record_that_says_so():
    text = text_of(print_record(empty_body()))

    for sentence in (
        "No context was written down.",
        "No requirement has been recorded.",
        "No candidate has been named.",
        "No criterion has been chosen.",
        "There is nothing to compare",
        "No evidence has been recorded.",
        "No result file has been read.",
    ):
        assert sentence in text
    for title in ("Decision", "Failure tests", "Ecosystem", "Team fit", "Operational readiness", "Sign-offs"):
        assert f"{title} Not part of this evaluation when it was recorded." in text


def test_sections_that_are_there_but_empty_say_so():
    body = sample_body(
        runs=[],
        failure_tests=[],
        ecosystem={"needs": [], "packages": []},
        team_fit={key: [] for key in ("times", "ratings", "answers", "quotes", "remarks")}
        | {"exercise": "", "task": "", "revealed": True},
        readiness={"items": [], "answers": [], "shares": [], "stories": []},
        legacy=[],
        checklist=[],
        disagreement=[],
        sign_offs=[],
        decision=None,
        people={"decided": [], "consulted": [], "informed": [], "members": []},
    )

    text = text_of(print_record(body))

    for sentence in (
        "No result file has been read.",
        "No failure test has been recorded.",
        "No need of the service has been written down.",
        "Nobody has done the exercise yet.",
        "The checklist is empty.",
        "None was written down.",
        "No candidate keeps or replaces an old system.",
        "No phase has an item.",
        "Nobody has signed a phase.",
        "Nothing has been decided yet.",
        "nobody named",
    ):
        assert sentence in text


@pytest.mark.parametrize("name", ["", " ", "\n"])
def test_what_has_no_name_is_printed_as_such(name):
    body = sample_body()
    body["evaluation"]["title"] = name
    body["ecosystem"]["needs"][0]["name"] = name
    body["readiness"]["items"][0]["text"] = name

    assert text_of(print_record(body)).count("(without a name)") >= 3


@pytest.mark.parametrize("figure", [5e-324, 1e-7, 1e15, 1e300])
def test_no_figure_is_too_small_or_too_large(figure):
    body = sample_body()
    body["requirements"][0]["quantity"] = -figure
    body["runs"][0] |= {"requests_per_s": figure, "duration_s": figure}
    body["runs"][0]["over_time"] = {"seconds": [figure], "requests_per_s": [figure], "p95_ms": [None]}
    body["failure_tests"][0]["first_success_s"] = figure
    body["legacy"][0] |= {"cost_low_days": figure, "cost_high_days": figure}
    body["decision"]["forecast"][0]["expected"] = -figure
    body["runs"][0]["latency_ms"] |= {"p50": figure, "max": figure}
    body["team_fit"]["times"][0] |= {"minutes": [1, figure], "median": figure}

    assert "Hold live connections" in text_of(print_record(body))


def test_runs_with_nothing_measured_and_extreme_figures_are_printed():
    nothing = dict.fromkeys(("min", "mean", "p50", "p90", "p95", "p99", "max"))
    zeros = dict.fromkeys(nothing, 0)
    body = sample_body(
        runs=[
            run(1, "FastAPI", latency_ms=nothing, requests=None, failures=None, requests_per_s=None, duration_s=None),
            run(2, "Django", latency_ms=zeros),
            run(3, "Django", latency_ms=nothing | {"p95": 7.25}),
            run(4, "Django", latency_ms=nothing | {"max": 5_400_000}),
        ]
    )
    body["requirements"][0]["quantity"] = 1e30
    body["requirements"][1]["quantity"] = 0.00012
    body["team_fit"]["times"][0]["minutes"] = [0, 0.5, 100_000]

    text = text_of(print_record(body))

    assert "1e30 connections" in text
    assert "0.00012 ms at p95" in text
    assert "5,400,000" in text
    assert "FastAPI Locust 2.44 no HTTP requests were counted" in text


def test_how_runs_were_made_is_printed_once_for_those_made_alike_and_the_unknown_is_said():
    silent = sockets(held=None, connect_ms=None)
    runs = [*sample_body()["runs"], run(4, "Django"), run(5, "Django", sockets=silent, made=made(users=70, repeat=2))]

    text = text_of(print_record(sample_body(runs=runs)))

    assert "Runs Host Processors Workers Driver Load from Kind of load 1–2, 4–5 host-a 4 2 asyncpg 0.30 load-1" in text
    assert (
        "load-1 closed loop*, 50 to 70 users, 30 s of warming up, repeat 1 to 2, generator 40 % busy 3 – – – – – –"
        in text
    )
    assert "* was not said either: the file tells it, or it is how the tool always works." in text
    assert "FastAPI 5,200 5,210 2.5 8.3 21 2.5 13 21 1 most open in any second, counted from the points" in text
    assert "Django – 5,210 – – – 2.5 13 21 5 How many were open at once is not known" in text
    assert "96,000 messages sent, 95,990 received" in text


def test_a_record_of_version_2_is_printed_as_it_was_frozen():
    body = body_of_version_2()

    pdf = print_record(body)

    text = text_of(pdf)
    assert checksum(body) in text
    assert "Locust 2.44" in text
    assert "How the runs were made" not in text
    assert "Measured runs" not in markdown(body)
    assert workbook(body)


def test_a_body_that_breaks_the_schema_is_not_printed():
    with pytest.raises(InvalidBody, match=r"body\.state"):
        print_record(sample_body(state="final"))


class PanicException(BaseException):
    """Stands for the one Typst raises when it panics; that class can't be imported."""


def test_text_that_makes_typst_panic_is_named_by_its_code_points(monkeypatch):
    seen: list[set[str]] = []

    class Compiler:
        def __init__(self, **options):
            self.compiler = original(**options)

        def compile(self, **options):
            if "body" in options["sys_inputs"] and "\u0301" in options["sys_inputs"]["body"]:
                seen.append(set(options["sys_inputs"]["body"]) & {"\u0301", "Ж"})
                raise PanicException
            return self.compiler.compile(**options)

    original = typst.Compiler
    monkeypatch.setattr(typst, "Compiler", Compiler)

    text = text_of(print_record(sample_body(context="e\u0301 and Ж")))

    assert seen == [{"\u0301", "Ж"}]
    assert "e U+0301 and Ж" in text


def test_a_template_typst_refuses_is_an_error_in_its_own_words(monkeypatch, tmp_path):
    (tmp_path / "record.typ").write_text('#panic("no such thing")')
    monkeypatch.setattr(printing, "TEMPLATES", tmp_path)

    with pytest.raises(CannotPrint, match="no such thing"):
        print_record(sample_body())


def test_templates_and_body_cannot_read_files_or_the_network():
    for template in printing.TEMPLATES.glob("*.typ"):
        source = template.read_text(encoding="utf-8")

        assert "eval(" not in source
        assert "read(" not in source
        assert "@preview" not in source


def test_a_folder_with_a_font_gives_shapes_to_what_was_missing(tmp_path):
    font_with_one_letter(tmp_path / "one.ttf", "山")
    body = sample_body(context="山 here")

    with_font, without = text_of(print_record(body, font_folders=[tmp_path])), text_of(print_record(body))

    assert "山 here" in with_font
    assert "U+5C71 here" in without


def font_with_one_letter(path: Path, letter: str) -> None:
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((0, 500))
    pen.lineTo((500, 0))
    pen.closePath()
    outline = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "one"])
    builder.setupCharacterMap({ord(letter): "one"})
    builder.setupGlyf({".notdef": outline, "one": outline})
    builder.setupHorizontalMetrics({".notdef": (600, 0), "one": (600, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "One Letter", "styleName": "Regular", "psName": "OneLetter"})
    builder.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    builder.save(path)
