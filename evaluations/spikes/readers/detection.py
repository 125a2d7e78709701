"""Which tool wrote a file: told by its first bytes, never by its name."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from . import (
    ab,
    artillery,
    autocannon,
    bombardier,
    gatling,
    hey,
    jmeter,
    jsontext,
    k6_points,
    k6_summary,
    kit_result,
    locust,
    locust_html,
    profiles,
    pytest_benchmark,
    service_samples,
    techempower,
    terminal_tools,
    vegeta,
    wrk,
)
from .content import HEAD, Content
from .figures import shown
from .measurements import Reading
from .refusal import Rejected
from .tables import COLUMN_LIMIT, TABLE_LIMIT, Table, split_header

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_BINARY = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xfd7zXZ", "an xz archive; please unpack it first"),
    (b"BZh", "a bzip2 archive; please unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive; please unpack it first"),
    (b"(\xb5/\xfd", "a Zstandard archive; please unpack it first"),
    (b"Rar!", "a RAR archive; please unpack it first"),
)


@dataclass(frozen=True, slots=True)
class TableFormat:
    name: str
    has: Callable[[set[str]], bool]
    read: Callable[[Table], Reading]
    strict: bool = True


@dataclass(frozen=True, slots=True)
class JsonFormat:
    name: str
    is_it: Callable[[object], bool]
    read: Callable[[object, list[str]], Reading]


@dataclass(frozen=True, slots=True)
class TextFormat:
    name: str
    pattern: re.Pattern[str]
    read: Callable[[Content], Reading]


TABLES = (
    TableFormat("fwselect_samples_csv", service_samples.is_samples, service_samples.read_samples),
    TableFormat("locust_history_csv", locust.is_history, locust.read_history),
    TableFormat("locust_distribution_csv", locust.is_distribution, locust.read_distribution),
    TableFormat("locust_stats_csv", locust.is_stats, locust.read_stats),
    TableFormat("locust_failures_csv", locust.is_failures, locust.read_failures),
    TableFormat("locust_exceptions_csv", locust.is_exceptions, locust.read_exceptions),
    TableFormat("k6_csv", k6_points.is_csv, k6_points.read_csv),
    TableFormat("jmeter_csv", jmeter.is_jtl, jmeter.read_jtl, strict=False),
    TableFormat("jmeter_aggregate_csv", jmeter.is_aggregate, jmeter.read_aggregate),
    TableFormat("hey_csv", hey.is_csv, hey.read_csv),
    TableFormat("ab_percent_csv", ab.is_percentiles, ab.read_percentiles),
    TableFormat("ab_gnuplot_tsv", ab.is_requests, ab.read_requests),
)
DOCUMENTS = (
    JsonFormat("fwselect_run_json", kit_result.is_result, kit_result.read_result),
    JsonFormat("k6_summary_json", k6_summary.is_summary, k6_summary.read_summary),
    JsonFormat("locust_json", locust.is_json, locust.read_json),
    JsonFormat("oha_json", hey.is_oha, hey.read_oha),
    JsonFormat("vegeta_json", vegeta.is_json, vegeta.read_json),
    JsonFormat("bombardier_json", bombardier.is_json, bombardier.read_json),
    JsonFormat("autocannon_json", autocannon.is_json, autocannon.read_json),
    JsonFormat("gatling_stats_json", gatling.is_json, gatling.read_json),
    JsonFormat("artillery_json", artillery.is_json, artillery.read_json),
    JsonFormat("pytest_benchmark_json", pytest_benchmark.is_json, pytest_benchmark.read_json),
    JsonFormat("techempower_json", techempower.is_json, techempower.read_json),
    JsonFormat("siege_json", terminal_tools.is_siege_json, terminal_tools.read_siege_json),
    JsonFormat("speedscope_json", profiles.is_speedscope, profiles.read_speedscope),
    JsonFormat("chrometrace_json", profiles.is_chrome_trace, profiles.read_chrome_trace),
)
_XML_LOG = re.compile(r"\A\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!DOCTYPE.*?)?<testResults\b", re.S)
_HTML = re.compile(r"\A\s*<(!doctype html|html)", re.I)
TEXTS = (
    TextFormat("jmeter_xml", _XML_LOG, jmeter.read_xml),
    TextFormat("ab_html", ab.IS_HTML, ab.read_html),
    TextFormat("gatling_simulation_log", gatling.LOG, gatling.read_log),
    TextFormat("ab_text", ab.TEXT, ab.read_text),
    TextFormat("autocannon_text", autocannon.TEXT, autocannon.read_text),
    TextFormat("wrk_text", wrk.TEXT, wrk.read_text),
    TextFormat("hey_text", hey.TEXT, hey.read_text),
    TextFormat("h2load_text", terminal_tools.H2LOAD, terminal_tools.read_h2load),
    TextFormat("siege_text", terminal_tools.SIEGE, terminal_tools.read_siege),
)


def detect(head: bytes) -> str | None:
    """The format that these first bytes begin; "json" where only the whole document can tell, None if unknown."""
    text = _head_text(head, _encoding(head))
    start = text.lstrip("\ufeff \t\r\n")
    if profiles.is_pstats(head):
        return "cprofile"
    if start.startswith(("{", "[")):
        return "k6_ndjson" if k6_points.is_ndjson(_first_line(start)) else "json"
    found = _text_format(text) or _table_format(text)
    if found is not None:
        return found.name
    if _HTML.match(text):
        return "locust_html" if locust_html.IS_IT.search(text) else None
    return "pyspy_raw" if profiles.looks_raw(start) else None


def read_content(content: Content) -> Reading:
    """Find the reader for this content and let it read; refused when none fits."""
    head = content.peek(HEAD)
    if profiles.is_pstats(head):
        return profiles.read_cprofile(content)
    gatling.refuse_binary(head)
    _refuse_what_is_no_text(head)
    content.encoding = _encoding(head)
    text = _head_text(head, content.encoding)
    start = text.lstrip("\ufeff \t\r\n\f\v")
    if not start:
        raise Rejected("The file holds nothing but white space")
    if start.startswith("version https://git-lfs.github.com/"):
        raise Rejected("This is a Git LFS pointer, not the data; fetch the file with `git lfs pull` first", 1)
    if start.startswith(("{", "[")):
        if k6_points.is_ndjson(_first_line(start)):
            return k6_points.read_ndjson(content)
        return _read_document(content)
    known = _text_format(text)
    if known is not None:
        return known.read(content)
    if _HTML.match(text):
        if locust_html.IS_IT.search(text):
            return locust_html.read_html(content)
        raise Rejected("This is an HTML page, and none of the reports that are read here", 1)
    if profiles.looks_raw(start):
        return profiles.read_raw(content)
    return _read_table(content, start)


def _read_document(content: Content) -> Reading:
    value = jsontext.document(content)
    known = next((entry for entry in DOCUMENTS if entry.is_it(value)), None)
    if known is not None:
        reading = known.read(value, content.warnings)
        if not any(run.numbers.known() or run.endpoints or run.profile for run in reading.runs):
            raise Rejected(
                f"The JSON resembles a result of {reading.tool}, yet no figure in it is where that tool writes it"
            )
        return reading
    if value == []:
        raise Rejected(
            "The file is an empty JSON list: Locust prints that when no request was made, nothing was measured"
        )
    raise Rejected(f"The JSON is sound, yet it is no result of a tool that is read here ({_describe(value)})")


def _describe(value: object) -> str:
    if isinstance(value, dict):
        keys = [shown(key) for key in list(value)[:6]]
        return "an object with the keys " + ", ".join(keys) if keys else "an empty object"
    return f"a list of {len(value)} values" if isinstance(value, list) else "a single value"


def _read_table(content: Content, start: str) -> Reading:
    line = _first_line(start)
    known = _table_format(start)
    is_known = known is not None or _headerless(line) is not None
    if is_known and content.size is not None and content.size > TABLE_LIMIT:
        raise Rejected(f"The table is larger than {TABLE_LIMIT // 1_000_000} MB; please split it")
    header, delimiter = split_header(line)
    if known is not None:
        return known.read(Table(content, delimiter=delimiter, strict=known.strict))
    names = _headerless(line)
    if names is not None:
        return jmeter.read_jtl(Table(content, delimiter=delimiter, header=names, strict=False))
    if len(header) > COLUMN_LIMIT:
        raise Rejected(f"The table has {len(header)} columns; no result file has more than {COLUMN_LIMIT}", 1)
    if len(header) > 2:
        raise Rejected(
            f"A table with the columns {shown(', '.join(header))} is no result of a tool that is read here", 1
        )
    raise Rejected(f"No tool that is read here writes such a file; it begins with {shown(line.strip())}", 1)


def _headerless(line: str) -> list[str] | None:
    row, _ = split_header(line)
    return jmeter.headerless(row)


def _table_format(text: str) -> TableFormat | None:
    header, _ = split_header(_first_line(text.lstrip("\ufeff \r\n")))
    columns = {name.casefold() for name in header if name}
    return next((entry for entry in TABLES if entry.has(columns)), None) if len(header) <= COLUMN_LIMIT else None


def _text_format(text: str) -> TextFormat | None:
    return next((entry for entry in TEXTS if entry.pattern.search(text)), None)


def _first_line(text: str) -> str:
    return re.split(r"[\r\n]", text, maxsplit=1)[0]


def _encoding(head: bytes) -> str:
    return next((name for mark, name in _BOMS if head.startswith(mark)), "utf-8")


def _head_text(head: bytes, encoding: str) -> str:
    return head.decode(encoding, "replace")


def _refuse_what_is_no_text(head: bytes) -> None:
    for mark, kind in _BINARY:
        if head.startswith(mark):
            raise Rejected(f"This is {kind}, not a result file")
    if b"\0" not in head or head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return
    odd, even = head[1:400:2].count(0), head[0:400:2].count(0)
    half = len(head[:400]) // 2
    if max(odd, even) > half * 0.8 and min(odd, even) < half * 0.2:
        raise Rejected("The text is UTF-16 without a byte order mark; please save it as UTF-8", 1)
    control = sum(head.count(bytes([code])) for code in (*range(9), *range(14, 32)))
    if control > len(head) * 0.02 + 4:
        raise Rejected("These are binary data of a kind that no tool read here writes")
