"""ApacheBench: its report as text or HTML, the percentiles of `-e` and the requests of `-g`."""

import html
import re

from .content import Content
from .durations import Durations
from .figures import count_of, decimal_of, rate
from .measurements import STATED, Failure, Numbers, Reading, Run
from .refusal import Rejected
from .tables import Cells, Table
from .texts import TEXT_LIMIT, Block, blocks, number_in

TOOL = "ApacheBench"
START = re.compile(r"^.*This is ApacheBench, Version", re.M)
_INNER_START = re.compile(r"^\s*Server Software:", re.M)
_COMPLETE = re.compile(r"Complete requests:\s+(\d+)")
_FAILED = re.compile(r"Failed requests:\s+(\d+)")
_NON_2XX = re.compile(r"Non-2xx responses:\s+(\d+)")
_WRITE = re.compile(r"Write errors:\s+(\d+)")
_KINDS = re.compile(r"\(Connect: (\d+),(?: Receive: (\d+),)? Length: (\d+), Exceptions: (\d+)\)")
_TAKEN = re.compile(r"Time taken for tests:\s+([0-9.]+) seconds")
_PACE = re.compile(r"Requests per second:\s+([0-9.]+)")
_PER_REQUEST = re.compile(r"Time per request:\s+([0-9.]+) \[ms\] \(mean\)")
_CONCURRENCY = re.compile(r"Concurrency Level:\s+(\d+)")
_PATH = re.compile(r"Document Path:\s+(\S+)")
_HOST = re.compile(r"Server Hostname:\s+(\S+)")
_TOTAL = re.compile(r"^\s*Total:\s+([0-9.]+)\s+([0-9.]+)\s+([0-9.]+)(?:\s+([0-9.]+)\s+([0-9.]+))?", re.M)
_PERCENTILE = re.compile(r"^\s*(\d+)%\s+([0-9.]+)", re.M)
_OURS = {50: "p50", 90: "p90", 95: "p95", 99: "p99"}
TEXT = re.compile(r"This is ApacheBench, Version|^\s*Complete requests:\s+\d+\s*$", re.M)
IS_HTML = re.compile(r"<p>\s*This is ApacheBench|<table[^>]*>\s*<tr[^>]*><th[^>]*>\s*Server Software:", re.I)
_CELL_END = re.compile(r"</t[dh]>", re.I)
_ROW_END = re.compile(r"</tr>|<br\s*/?>|</p>", re.I)
_TAG = re.compile(r"<[^>]*>")


def read_text(content: Content) -> Reading:
    """Every report is a run of its own; percentiles are in whole milliseconds."""
    return _reading(content.whole_text(TEXT_LIMIT, "A text report"), "ab_text", content.warnings)


def read_html(content: Content) -> Reading:
    """The report of `ab -w`: the same lines in a table."""
    text = content.whole_text(TEXT_LIMIT, "An HTML report").replace("\n", " ")
    text = _TAG.sub("", _ROW_END.sub("\n", _CELL_END.sub("  ", text)))
    reading = _reading(html.unescape(text).replace("\xa0", " "), "ab_html", content.warnings)
    for run in reading.runs:
        run.lines.clear()  # of the text above, not of the file
    return reading


def _reading(text: str, name: str, warnings: list[str]) -> Reading:
    parts = blocks(text, START)
    if sum(1 for part in parts if _COMPLETE.search(part.text)) < len(_COMPLETE.findall(text)):
        parts = blocks(text, _INNER_START)
    runs = [run for part in parts if (run := _run(part, warnings)) is not None]
    if not runs:
        raise Rejected("ApacheBench was started here, yet it completed no request: there is no result", 1)
    if len(runs) > 1:
        warnings.append(f"The text holds {len(runs)} runs; each is shown by itself.")
    return Reading(name, TOOL, runs, warnings)


def _run(block: Block, warnings: list[str]) -> Run | None:
    complete = number_in(_COMPLETE, block.text)
    if complete is None:
        warnings.append(f"The report of line {block.line} was given up before its result and is left out.")
        return None
    numbers = Numbers(requests=complete, duration_s=_decimal(_TAKEN, block), requests_per_s=_decimal(_PACE, block))
    total = _TOTAL.search(block.text)
    if total is not None:
        low, middle, *others = (decimal_of(text, "Total", block.line) for text in total.groups() if text)
        numbers.min, numbers.mean, numbers.max = low, middle, others[-1]
        if len(others) == 3:
            numbers.p50 = others[1]
    elif complete:
        numbers.mean = _decimal(_PER_REQUEST, block)
    places = {"mean": total or _PER_REQUEST.search(block.text), "min": total, "p50": total, "max": total}
    places["requests_per_s"] = _PACE.search(block.text)
    for place in _PERCENTILE.finditer(block.text):
        share, amount = place.groups()
        ours = _OURS.get(count_of(share, "A percentile", block.line) or 0)
        if ours is not None:
            setattr(numbers, ours, decimal_of(amount, f"{share}%", block.line))
            places[ours] = place
    rule = f"{STATED} (whole milliseconds)"
    run = Run(stated=numbers, percentile_rule=rule, lines=block.lines_of(places))
    for key, pattern in (("host", _HOST), ("path", _PATH), ("connections", _CONCURRENCY)):
        match = pattern.search(block.text)
        if match:
            run.context[key] = match[1]
    _add_failures(run, block, warnings)
    return run


def _decimal(pattern: re.Pattern[str], block: Block) -> float | None:
    match = pattern.search(block.text)
    return None if match is None else decimal_of(match[1], "A figure", block.line)


def _add_failures(run: Run, block: Block, warnings: list[str]) -> None:
    """ab counts an answer of another length as failed, and a 500 of the right length as fine. We do the reverse."""
    failed, other = number_in(_FAILED, block.text), number_in(_NON_2XX, block.text) or 0
    kinds = _KINDS.search(block.text)
    run.stated.failures = None if failed is None else max(failed, other)
    if failed is not None and kinds is not None:
        connect, receive, length, exceptions = (
            count_of(text or "0", "A count", block.line) or 0 for text in kinds.groups()
        )
        run.stated.failures = failed - length + other
        for kind, times in (("connect", connect), ("receive", receive), ("exception", exceptions)):
            if times:
                run.errors.append(Failure(f"{kind} error", times))
        if length:
            warnings.append(
                f"{length} answers had another length than the first; ab calls them failed, here they are not."
            )
    if other:
        run.errors.append(Failure("status other than 2xx", other))
    written = number_in(_WRITE, block.text)
    if written:
        run.errors.append(Failure("write error", written))


def is_percentiles(columns: set[str]) -> bool:
    return columns == {"percentage served", "time in ms"}


def read_percentiles(table: Table) -> Reading:
    """`ab -e`: the time within which each share of the requests was served. Nothing else is in the file."""
    found: dict[int, float] = {}
    lines: dict[str, int] = {}
    for row in table.rows():
        share = count_of(row[0], "Percentage served", table.line)
        taken = decimal_of(row[1], "Time in ms", table.line)
        if share is not None and taken is not None:
            found[share] = taken
            if share in _OURS:
                lines[_OURS[share]] = table.line
    if not found:
        raise Rejected("The table has a header and no rows under it: nothing was measured", 1)
    numbers = Numbers(min=found.get(0), max=found.get(100))
    for share, ours in _OURS.items():
        setattr(numbers, ours, found.get(share))
    table.content.warnings.append("ab's percentile file says neither how many requests were made nor how many failed.")
    return Reading(
        "ab_percent_csv", TOOL, [Run(stated=numbers, percentile_rule=STATED, lines=lines)], table.content.warnings
    )


def is_requests(columns: set[str]) -> bool:
    return {"starttime", "seconds", "ctime", "dtime", "ttime", "wait"} <= columns


def read_requests(table: Table) -> Reading:
    """`ab -g`: one row per request, milliseconds, sorted by duration; start times in whole seconds."""
    durations = Durations()
    first, last = None, None
    for row in table.rows():
        cells = Cells(table, row)
        taken, at = cells.decimal("ttime"), cells.count("seconds")
        if taken is None or at is None:
            raise Rejected("This row has no time", table.line)
        durations.add(taken)
        first = at if first is None else min(first, at)
        last = at + taken / 1000 if last is None else max(last, at + taken / 1000)
    if first is None or last is None:
        raise Rejected("The table has a header and no rows under it: nothing was measured", 1)
    numbers = durations.numbers()
    numbers.requests = durations.count
    if last - first >= 10:
        numbers.duration_s = last - first
        numbers.requests_per_s = rate(durations.count, last - first)
    table.content.warnings.append("ab's request file does not say which requests failed.")
    run = Run(computed=numbers, percentile_rule=durations.rule)
    return Reading("ab_gnuplot_tsv", TOOL, [run], table.content.warnings)
