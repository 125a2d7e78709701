"""k6's raw points: NDJSON (`--out json=`) and CSV (`--out csv=`), read in memory that stays flat.

A block of lines in which anything looks different from what k6 writes today goes through the JSON parser, line by line.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping

from . import jsontext
from .content import Content
from .figures import decimal_of, shown
from .k6_blocks import COUNT_MARK, read_block
from .k6_requests import Lines, Requests, text_tags
from .k6_sockets import PREFIX
from .measurements import Reading, Threshold
from .moments import seconds_of
from .refusal import Rejected
from .tables import Table, WrongWidth

TOOL = "k6"
_METRICS = ("http_reqs", "http_req_duration", "http_req_failed")
_INTERESTING = re.compile(rb'"(?:http_reqs|http_req_duration|http_req_failed|Metric|ws_[a-z_]+)"')
_LINE_LIMIT = 4 << 20
_WAITING = 20_000
"""Points whose times may wait to be counted."""


def is_ndjson(first_line: str) -> bool:
    return (
        first_line.startswith("{")
        and '"type":' in first_line.replace(" ", "")
        and ('"Metric"' in first_line or '"Point"' in first_line)
    )


def read_ndjson(content: Content) -> Reading:
    """Every line is a JSON object: a Metric (its declaration) or a Point. A last line cut off is left out."""
    lines = Lines(Requests(content.warnings))
    settled = 0
    for block, line, offset, is_last in _blocks(content):
        try:
            _read_whole_lines(block, is_last, lines)
        except Rejected as error:
            if error.line is None:
                raise
            before = (line or content.line_at(offset)) - 1
            raise Rejected(error.message, before + error.line, error.column) from error
        if lines.cut_off:
            lines.cut_off += (line or content.line_at(offset)) - 1
        if lines.points - settled > _WAITING:
            lines.requests.settle()
            settled = lines.points
    if not lines.points:
        raise Rejected("The file has no complete k6 point", 1)
    if lines.cut_off:
        content.warnings.append(f"Line {lines.cut_off} was cut off in the middle and is left out.")
    run = lines.requests.run()
    run.thresholds = lines.thresholds
    return Reading("k6_ndjson", TOOL, [run], content.warnings)


def _blocks(content: Content) -> Iterator[tuple[bytes, int, int, bool]]:
    """Whole lines, an eighth of a megabyte at a time, with the first one's number, its place in bytes, and the last.

    The number is 0 where the file can be read again to find it.
    """
    counts_lines = not content.can_be_read_again
    rest, line, offset = b"", 1 if counts_lines else 0, 0
    for chunk in content.utf8_chunks():
        end = chunk.rfind(b"\n") + 1
        if not end:
            rest += chunk
            if len(rest) > _LINE_LIMIT:
                raise Rejected("This line is longer than any that k6 writes", line or content.line_at(offset))
            continue
        last = chunk.rfind(b"\n", 0, end - 1) + 1
        if last and chunk.startswith(COUNT_MARK, last):
            end = last  # a count is read together with the duration that follows it
        block = b"".join((rest, memoryview(chunk)[:end]))
        rest = chunk[end:]
        yield block, line, offset, False
        offset += len(block)
        if counts_lines:
            line += len(block) - len(block.replace(b"\n", b""))  # six times as fast as count
    if rest.strip():
        yield rest, line, offset, True


def _read_whole_lines(block: bytes, is_last: bool, lines: Lines) -> None:
    """Lines in a refusal are counted from the beginning of the block, which is 1."""
    if b"\0" in block:
        place = 1 + block.count(b"\n", 0, block.index(b"\0"))
        raise Rejected("There is a NUL character here; result files are text without it", place)
    if is_last or not read_block(block, lines):
        _read_slowly(block, is_last, lines)


def _read_slowly(block: bytes, is_last: bool, lines: Lines) -> None:
    for place, line in enumerate(block.split(b"\n"), 1):
        if not line.strip():
            continue
        if not is_last and line[:1] == b"{" and line.rstrip()[-1:] == b"}" and not _INTERESTING.search(line):
            lines.points += 1
            continue
        try:
            _read_line(line.decode("utf-8", "replace"), place, lines)
        except _BrokenLine:
            if not is_last:
                raise
            lines.cut_off = place


class _BrokenLine(Rejected):
    pass


def _read_line(text: str, place: int, lines: Lines) -> None:
    try:
        entry = jsontext.parse(text, lines.requests.warnings)
    except Rejected as error:
        raise _BrokenLine(error.message, place, error.column) from error
    kind, metric = jsontext.word(entry, "type"), jsontext.word(entry, "metric")
    data = jsontext.section(entry, "data")
    if kind == "Metric":
        _declare(metric or jsontext.word(data, "name") or "", data, lines)
        return
    if kind != "Point" or not metric:
        raise Rejected("This line is neither a k6 metric nor a k6 point", place)
    lines.points += 1
    if metric not in _METRICS and not metric.startswith(PREFIX):
        return
    value, time = data.get("value"), jsontext.word(data, "time")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not time:
        raise Rejected(f"The point's value is {shown(value)}, a number with a time was expected", place)
    at = seconds_of(time, "The time", place)
    if metric.startswith(PREFIX):
        lines.requests.add_socket(metric, at, value)
    else:
        lines.requests.add(metric, at, value, text_tags(data.get("tags")))


def _declare(metric: str, data: Mapping[str, object], lines: Lines) -> None:
    """Note a declaration; declarations list the thresholds as text; whether they held is not in the file."""
    lines.declares_any = True
    lines.declares_sockets |= metric.startswith(PREFIX)
    lines.declares_failures |= metric == "http_req_failed"
    for expression in jsontext.items(data, "thresholds")[:100]:
        if isinstance(expression, str):
            lines.thresholds.append(Threshold(metric, expression, None))


def is_csv(columns: set[str]) -> bool:
    return {"metric_name", "timestamp", "metric_value"} <= columns


def read_csv(table: Table) -> Reading:
    """The same points as a table; tags are columns, further ones stand in `extra_tags`."""
    requests = Requests(table.content.warnings)
    metric_place, time_place, value_place = (table.need(n) for n in ("metric_name", "timestamp", "metric_value"))
    places = {name: table.place(name) for name in ("method", "name", "url", "status", "error")}
    tag_places = [(name, place) for name, place in places.items() if place is not None]
    times = _cached(lambda text: seconds_of(text, "timestamp", table.line))
    rows = 0
    try:
        for row in table.rows():
            rows += 1
            metric = row[metric_place]
            if metric in _METRICS or metric.startswith(PREFIX):
                value = decimal_of(row[value_place], "metric_value", table.line)
                if value is None:
                    raise Rejected("This point has no value", table.line)
                at = times(row[time_place])
                if metric.startswith(PREFIX):
                    requests.add_socket(metric, at, value)
                else:
                    requests.add(metric, at, value, {name: row[place] for name, place in tag_places})
    except WrongWidth as error:
        if not error.is_cut_off:
            raise
        table.content.warnings.append(f"Line {error.line} was cut off in the middle and is left out.")
    if not rows:
        raise Rejected("The table has a header and no rows under it: nothing was measured", 1)
    return Reading("k6_csv", TOOL, [requests.run()], table.content.warnings)


def _cached(convert: Callable[[str], float]) -> Callable[[str], float]:
    known: dict[str, float] = {}

    def cached(text: str) -> float:
        value = known.get(text)
        if value is None:
            if len(known) > 10_000:
                known.clear()
            value = known[text] = convert(text)
        return value

    return cached
