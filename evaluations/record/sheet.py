"""A record's body as a workbook (XLSX): plain values for people who want to calculate further, no formulas.

Text that a spreadsheet could take for a formula, here or after saving as CSV, starts with an apostrophe.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from .canonical import checksum
from .validation import check_readable

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
LONGEST_TEXT = 32_767
CUT = " … (cut; the JSON has all of it)"
NOT_IN_XML = {0xFFFE: 0xFFFD, 0xFFFF: 0xFFFD}
SHADES = [
    ("#EEF5F4", "#1D1C1A"),
    ("#CFE5E2", "#1D1C1A"),
    ("#9FCDC8", "#1D1C1A"),
    ("#5AA7A0", "#08211F"),
    ("#1D7A73", "#FFFFFF"),
]
WIDTHS = {"text": 44, "name": 26, "number": 11}


@dataclass(frozen=True)
class Formats:
    head: Format
    text: Format
    number: Format
    percent: Format
    unknown: Format
    scores: tuple[Format, ...]


def workbook(body: dict[str, Any]) -> bytes:
    """The XLSX file of a body; the same body gives the same bytes. Raises InvalidBody when it breaks the schema."""
    check_readable(body)
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties(
            {
                "title": harmless(body["evaluation"]["title"]),
                "comments": f"Revision {body['revision']}, SHA-256 of the JSON {checksum(body)}",
                "created": datetime.strptime(body["as_of"], "%Y-%m-%dT%H:%M:%SZ"),
            }
        )
        formats = _formats(book)
        for name, header, rows in _tables(body):
            _write_table(book.add_worksheet(name), header, rows, formats)
        _write_matrix(book.add_worksheet("Matrix"), body, formats)
    return target.getvalue()


def harmless(text: str) -> str:
    """Text no spreadsheet takes for a formula, within the length a cell can hold."""
    text = text.translate(NOT_IN_XML)
    if text.startswith(STARTS_A_FORMULA):
        text = "'" + text
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - len(CUT)] + CUT


def _formats(book: Workbook) -> Formats:
    top = {"valign": "top"}
    scores = [
        book.add_format({"num_format": "0.00", "bg_color": fill, "font_color": ink} | top) for fill, ink in SHADES
    ]
    return Formats(
        head=book.add_format({"bold": True, "bottom": 1, "text_wrap": True} | top),
        text=book.add_format({"text_wrap": True} | top),
        number=book.add_format({"num_format": "#,##0.###"} | top),
        percent=book.add_format({"num_format": "0.0%"} | top),
        unknown=book.add_format({"pattern": 14, "fg_color": "#CFC9BE", "bg_color": "#FFFFFF"} | top),
        scores=tuple(scores),
    )


Row = Sequence[Any]
Columns = dict[str, str | Callable[[dict[str, Any]], Any]]

RANKING: Columns = {
    "Candidate": "candidate",
    "Rank": "rank",
    "Worst": "worst",
    "Expected": "expected",
    "Best": "best",
}
REQUIREMENTS: Columns = {
    "Key": "key",
    "Kind": "kind",
    "Statement": "statement",
    "Quantity": "quantity",
    "Unit": "unit",
    "Must-have": "must_have",
    "Top": "top",
    "Votes": "votes",
    "Criteria": lambda one: ", ".join(one["criteria"]),
    "Source": "source",
    "Verified by": "verified_by",
}
CRITERIA: Columns = {
    "Key": "key",
    "Criterion": "name",
    "Group": "group",
    "Weight": "weight",
    "Basis": "basis",
    "Question": "question",
    "A 1": lambda one: one["anchors"]["low"],
    "A 3": lambda one: one["anchors"]["middle"],
    "A 5": lambda one: one["anchors"]["high"],
}
CELLS: Columns = {
    "Criterion": "criterion",
    "Candidate": "candidate",
    "Value": "value",
    "Low": "low",
    "High": "high",
    "Basis": "basis",
    "Spread": "spread",
    "Evidence": "evidence",
    "Source": "source",
}
RUNS: Columns = {
    "No.": "number",
    "Candidate": "candidate",
    "Tool": "tool",
    "File": "file_name",
    "Requests": "requests",
    "Failures": "failures",
    "Requests/s": "requests_per_s",
    "p50 ms": lambda one: one["latency_ms"]["p50"],
    "p95 ms": lambda one: one["latency_ms"]["p95"],
    "p99 ms": lambda one: one["latency_ms"]["p99"],
    "Max ms": lambda one: one["latency_ms"]["max"],
    "Host": lambda one: _made(one, "host"),
    "Processors": lambda one: _made(one, "processors"),
    "Server workers": lambda one: _made(one, "workers"),
    "Database driver": lambda one: _made(one, "driver"),
    "Load from": lambda one: _made(one, "client"),
    "Loop": lambda one: _made(one, "loop"),
    "Users": lambda one: _made(one, "users"),
    "Warm-up s": lambda one: _made(one, "warm_up_s"),
    "Repeat": lambda one: _made(one, "repeat"),
    "Generator busy %": lambda one: _made(one, "generator_busy"),
    "Sockets held": lambda one: _socket(one, "held"),
    "Sockets opened": lambda one: _socket(one, "sessions"),
    "Connect p95 ms": lambda one: _socket(one, "connect_ms", "p95"),
    "Message p50 ms": lambda one: _socket(one, "message_ms", "p50"),
    "Message p95 ms": lambda one: _socket(one, "message_ms", "p95"),
    "Message p99 ms": lambda one: _socket(one, "message_ms", "p99"),
    "Warnings": lambda one: "; ".join(one["warnings"]),
    "Provenance": "provenance",
    "SHA-256": "sha256",
}
EVIDENCE: Columns = {
    "No.": "number",
    "Kind": "kind",
    "Title": "title",
    "Address": "url",
    "Date": "date",
    "Version": "version",
    "Strength": "strength",
    "SHA-256": "sha256",
    "Cells": lambda one: "; ".join(f"{cell['criterion']} × {cell['candidate']}" for cell in one["cells"]),
}
FAILURE_TESTS: Columns = {
    "Test": "test",
    "Candidate": "candidate",
    "Verdict": "verdict",
    "Seconds to a good answer": "first_success_s",
    "More than that": "censored",
    "Lost requests": "lost_requests",
    "In words": lambda one: "; ".join(one["says"]),
    "Answers": lambda one: "; ".join(f"{each['kind']}: {each['count']}" for each in one["answers"]),
    "Host": "host",
    "Date": "date",
    "Note": "note",
    "Provenance": "provenance",
}
PACKAGES: Columns = {
    "Need": "need",
    "Candidate": "candidate",
    "Package": "package",
    "Version": "version",
    "Verdict": "verdict",
    "Dealbreaker": "dealbreaker",
    "Why it is one": "dealbreaker_reason",
    "Facts": lambda one: "; ".join(f"{each['what']}: {each['answer']}" for each in one["facts"]),
    "Note": "note",
}
NEEDS: Columns = {"Key": "key", "Need": "name", "Kind": "kind", "Required": "required", "Async": "async_needed"}
TIMES: Columns = {
    "Candidate": "candidate",
    "Minutes of each member": lambda one: ", ".join(f"{each:g}" for each in one["minutes"]),
    "Median": "median",
}
OPERATION: Columns = {
    "Item": "item",
    "Candidate": "candidate",
    "Answer": "answer",
    "From tests": "from_tests",
    "Tests say": "tests_say",
    "Note": "note",
    "Evidence": lambda one: ", ".join(map(str, one["evidence"])),
}
ITEMS: Columns = {"Key": "key", "Item": "text", "Applies": "applies", "Reason": "reason"}
TRADE_OFFS: Columns = {"Criterion": "criterion", "What": "what", "Answered by": "mitigation", "Points": "shortfall"}
FORECAST: Columns = {"What": "what", "Expected": "expected", "Unit": "unit", "Concluded from": "note"}
SIGN_OFFS: Columns = {
    "Phase": "phase",
    "State": "state",
    "By": "by",
    "Role": "role",
    "At": "at",
    "Revision": "revision",
    "Independent": "independent",
    "Reason": "reason",
    "Comment": "comment",
    "Digest": "digest",
}
LISTS = {
    "Ranking": ("ranking", RANKING),
    "Requirements": ("requirements", REQUIREMENTS),
    "Criteria": ("criteria", CRITERIA),
    "Cells": ("cells", CELLS),
    "Runs": ("runs", RUNS),
    "Evidence": ("evidence", EVIDENCE),
    "Failure tests": ("failure_tests", FAILURE_TESTS),
    "Needs": ("ecosystem.needs", NEEDS),
    "Packages": ("ecosystem.packages", PACKAGES),
    "Team fit": ("team_fit.times", TIMES),
    "Readiness items": ("readiness.items", ITEMS),
    "Readiness": ("readiness.answers", OPERATION),
    "Sign-offs": ("sign_offs", SIGN_OFFS),
    "Trade-offs": ("decision.trade_offs", TRADE_OFFS),
    "Forecast": ("decision.forecast", FORECAST),
}


def _tables(body: dict[str, Any]) -> Iterator[tuple[str, list[str], list[Row]]]:
    yield "Record", ["What", "Value"], _summary(body)
    for title, (section, columns) in LISTS.items():
        rows: list[Row] = [[_value(entry, field) for field in columns.values()] for entry in _entries(body, section)]
        yield title, list(columns), rows


def _entries(body: dict[str, Any], section: str) -> list[dict[str, Any]]:
    found: Any = body
    for name in section.split("."):
        found = (found or {}).get(name)
    return found or []


def _value(entry: dict[str, Any], field: str | Callable[[dict[str, Any]], Any]) -> Any:
    return entry[field] if isinstance(field, str) else field(entry)


def _made(run: dict[str, Any], name: str) -> Any:
    """Records of version 2 do not tell how a run was made."""
    return run.get("made", {}).get(name)


def _socket(run: dict[str, Any], *names: str) -> Any:
    found: Any = run.get("sockets")
    for name in names:
        found = (found or {}).get(name)
    return found


def _summary(body: dict[str, Any]) -> list[Row]:
    decision = body.get("decision") or {}
    return [
        ["Title", body["evaluation"]["title"]],
        ["Team", body["evaluation"]["team"]],
        ["State", body["state"]],
        ["Verdict", body["verdict"]["sentence"]],
        ["Robustness", body["verdict"]["robustness"]],
        ["Chosen", decision.get("chosen", "")],
        ["Revision", body["revision"]],
        ["As of", body["as_of"]],
        ["SHA-256 of the JSON", checksum(body)],
        *(["Open", point["text"]] for point in body["open"]),
        *(["Notice", notice] for notice in body["notices"]),
        *(["Provenance", note] for note in body.get("provenance", [])),
    ]


def _write_table(sheet: Worksheet, header: list[str], rows: list[Row], formats: Formats) -> None:
    for column, title in enumerate(header):
        sheet.write_string(0, column, title, formats.head)
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            _write(sheet, number, column, value, formats, percent=header[column] == "Weight")
    sheet.freeze_panes(1, 0)
    for column in range(len(header)):
        longest = max((len(str(row[column])) for row in rows), default=0)
        sheet.set_column(column, column, WIDTHS["text"] if longest > 30 else max(WIDTHS["number"], longest + 2))


def _write(sheet: Worksheet, row: int, column: int, value: Any, formats: Formats, *, percent: bool = False) -> None:
    if value is None:
        sheet.write_blank(row, column, None, formats.text)
    elif isinstance(value, bool):
        sheet.write_string(row, column, "yes" if value else "no", formats.text)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, formats.percent if percent else formats.number)
    else:
        sheet.write_string(row, column, harmless(value), formats.text)


def _write_matrix(sheet: Worksheet, body: dict[str, Any], formats: Formats) -> None:
    names = [one["name"] for one in body["candidates"]]
    cells = {(cell["criterion"], cell["candidate"]): cell for cell in body["cells"]}
    for column, title in enumerate(["Group", "Criterion", "Weight", *names]):
        sheet.write_string(0, column, harmless(title), formats.head)
    for row, criterion in enumerate(body["criteria"], start=1):
        _write(sheet, row, 0, criterion["group"], formats)
        _write(sheet, row, 1, criterion["name"], formats)
        _write(sheet, row, 2, criterion["weight"], formats, percent=True)
        for column, name in enumerate(names, start=3):
            _write_score(sheet, row, column, cells.get((criterion["key"], name)), formats)
    _write_totals(sheet, len(body["criteria"]) + 1, names, body, formats)
    sheet.set_column(0, 1, WIDTHS["name"])
    sheet.set_column(3, 3 + len(names), WIDTHS["number"])
    sheet.freeze_panes(1, 3)


def _write_score(sheet: Worksheet, row: int, column: int, cell: dict[str, Any] | None, formats: Formats) -> None:
    if cell is None or cell["value"] is None:
        sheet.write_string(row, column, "unknown", formats.unknown)
    else:
        sheet.write_number(row, column, cell["value"], formats.scores[min(4, max(0, int(cell["value"] - 0.5)))])


def _write_totals(sheet: Worksheet, row: int, names: list[str], body: dict[str, Any], formats: Formats) -> None:
    totals = {one["candidate"]: one for one in body["ranking"]}
    for offset, (title, field) in enumerate(
        [("Worst", "worst"), ("Expected", "expected"), ("Best", "best"), ("Rank", "rank")]
    ):
        sheet.write_string(row + offset, 1, title, formats.head)
        for column, name in enumerate(names, start=3):
            _write(sheet, row + offset, column, totals.get(name, {}).get(field), formats)
