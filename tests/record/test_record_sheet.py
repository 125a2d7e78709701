import io
import re
import zipfile
from xml.etree import ElementTree

import pytest

from evaluations.record.sheet import LONGEST_TEXT, harmless, workbook
from evaluations.record.validation import InvalidBody
from tests.record.bodies import decided_body, empty_body, grid_body, sample_body

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheets(data: bytes) -> dict[str, list[list[str]]]:
    """Every sheet as rows of texts, read from the parts of the file."""
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        shared = ["".join(item.itertext()) for item in ElementTree.fromstring(parts.read("xl/sharedStrings.xml"))]
        names = [one.get("name") for one in ElementTree.fromstring(parts.read("xl/workbook.xml")).iter(f"{MAIN}sheet")]
        return {
            name: rows_of(ElementTree.fromstring(parts.read(f"xl/worksheets/sheet{number}.xml")), shared)
            for number, name in enumerate(names, start=1)
        }


def rows_of(sheet: ElementTree.Element, shared: list[str]) -> list[list[str]]:
    rows = []
    for row in sheet.iter(f"{MAIN}row"):
        values = []
        for one in row.iter(f"{MAIN}c"):
            assert one.find(f"{MAIN}f") is None, "a formula"
            value = one.findtext(f"{MAIN}v", "")
            values.append(shared[int(value)] if one.get("t") == "s" else value)
        rows.append(values)
    return rows


def test_a_workbook_holds_the_ranking_the_cells_and_the_matrix():
    content = sheets(workbook(sample_body()))

    assert list(content) == [
        "Record", "Ranking", "Requirements", "Criteria", "Cells", "Runs", "Evidence", "Failure tests", "Needs",
        "Packages", "Team fit", "Readiness items", "Readiness", "Sign-offs", "Trade-offs", "Forecast", "Matrix",
    ]  # fmt: skip
    assert content["Ranking"][1] == ["FastAPI", "1", "3.6", "4.1", "4.4"]
    assert content["Ranking"][4] == ["Flask", "", "2.2", "2.7", "3.3"]
    assert content["Cells"][8][:5] == ["C3", "Litestar", "", "1", "5"]
    assert content["Matrix"][3] == ["Team", "Learning time", "0.2", "4", "unknown", "4.8", "unknown"]
    assert content["Matrix"][6] == ["Expected", "4.1", "3.8", "3.4", "2.7"]
    assert len(content["Runs"]) == 4
    assert content["Packages"][3][:6] == ["N2", "Flask", "old-queue", "0.30", "poor", "yes"]
    assert content["Failure tests"][2][:5] == ["Database refused for 30 s", "Django", "stuck", "45", "yes"]
    assert content["Forecast"][1] == ["p95 of history queries", "90", "ms", "from runs 1 to 3"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_never_becomes_a_formula(start):
    text = f"{start}HYPERLINK(1)"
    body = sample_body(notices=[text])
    body["evaluation"]["title"] = text
    body["requirements"][0]["statement"] = text
    body["criteria"][0]["name"] = text
    body["evidence"][0]["url"] = text

    content = sheets(workbook(body))

    held = [value for rows in content.values() for row in rows for value in row if "HYPERLINK(1)" in value]
    assert len(held) == 6
    assert all(re.sub("_x000D_", "\r", value) == f"'{text}" for value in held)


@pytest.mark.parametrize("text", ["", "4.1", "a=1", " =1", "'quoted"])
def test_harmless_text_is_left_alone(text):
    assert harmless(text) == text


def test_text_longer_than_a_cell_is_cut_visibly():
    text = harmless("=" + "x" * LONGEST_TEXT)

    assert len(text) == LONGEST_TEXT
    assert text.endswith("(cut; the JSON has all of it)")


def test_controls_and_noncharacters_leave_the_file_readable():
    body = sample_body(notices=["a\x00\x0b\x1f\ufffe\uffff]]>&<b/>_x0041_"])

    notices = [row[1] for row in sheets(workbook(body))["Record"] if row[0] == "Notice"]

    assert len(notices) == 1
    assert "]]>&<b/>" in notices[0]


@pytest.mark.parametrize("body", [empty_body(), decided_body(), grid_body(1, 5), grid_body(12, 60)])
def test_the_same_body_gives_the_same_bytes(body):
    first = workbook(body)

    assert workbook(body) == first
    assert len(sheets(first)["Matrix"]) == len(body["criteria"]) + 5


def test_a_broken_body_is_refused():
    with pytest.raises(InvalidBody):
        workbook(sample_body(state="final"))
