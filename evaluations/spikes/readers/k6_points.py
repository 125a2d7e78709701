"""k6's raw points: NDJSON (`--out json=`) and CSV (`--out csv=`), read in memory that stays flat.

One request gives about eight lines; three of them carry what we need. A regular expression takes these three apart;
a block of lines in which anything looks different goes through the JSON parser, line by line.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping

from . import jsontext
from .content import Content
from .durations import Durations
from .figures import decimal_of, shown
from .k6_sockets import PREFIX, Sockets
from .measurements import Endpoint, Failure, Reading, Run, Threshold
from .moments import Interval, Moments, seconds_of
from .refusal import Rejected
from .tables import Table, WrongWidth

TOOL = "k6"
NAMES_KEPT = 1000
OTHERS = "(other names)"
_METRICS = ("http_reqs", "http_req_duration", "http_req_failed")
_POINT = re.compile(
    rb'"http_req(s|_duration|_failed)","type":"Point","data":'
    rb'\{"time":"([0-9T:-]{19})([^"]{1,20})","value":([0-9.eE+-]+),"tags":(.*)\}\}\r?\n'
)
_INTERESTING = re.compile(rb'"(?:http_reqs|http_req_duration|http_req_failed|Metric|ws_[a-z_]+)"')
_SOCKET_POINT = re.compile(
    rb'"metric":"(ws_[a-z_]+)","type":"Point","data":'
    rb'\{"time":"([0-9T:-]{19}[^"]{1,20})","value":([0-9.eE+-]+),'
)
_MARK = b'{"metric":"http_reqs","type":"Point","data":{"time":"'
_LINE_LIMIT = 4 << 20
_TAGS_KEPT = 20_000


class _Slot:
    """What is known of one endpoint; `times` waits to be counted into `durations`."""

    __slots__ = ("durations", "failures", "requests", "times")

    def __init__(self) -> None:
        self.requests = 0
        self.failures = 0
        self.times: list[float] = []
        self.durations = Durations(512)


class Requests:
    """What the points say, added up: per endpoint, per interval, per error."""

    def __init__(self, warnings: list[str]) -> None:
        self.warnings = warnings
        self.requests = 0
        self.failures = 0
        self.knows_failures = False
        self.moments = Moments()
        self.sockets = Sockets()
        self.errors: dict[str, int] = {}
        self.left_out = 0
        self._slots: dict[tuple[str, str], _Slot] = {}

    def slot(self, tags: Mapping[str, str]) -> _Slot:
        key = (tags.get("method") or "", tags.get("name") or tags.get("url") or "")
        slot = self._slots.get(key)
        if slot is None:
            if len(self._slots) >= NAMES_KEPT:
                self.left_out += 1
                key = ("", OTHERS)
            slot = self._slots.setdefault(key, _Slot())
        return slot

    def add(self, metric: str, at: float, value: float, tags: Mapping[str, str]) -> None:
        slot = self.slot(tags)
        self.moments.saw(at)
        interval = self.moments.interval(int(at))
        if metric == "http_reqs":
            many = int(value)
            self.requests += many
            slot.requests += many
            interval.requests += many
        elif metric == "http_req_duration":
            slot.durations.add(value)
            interval.durations.add(value)
        else:
            self.knows_failures = True
            if value:
                self.failures += 1
                slot.failures += 1
                interval.failures += 1
                self.error(tags)

    def add_socket(self, metric: str, at: float, value: float) -> None:
        self.moments.saw(at)
        self.sockets.add(metric, at, value)

    def error(self, tags: Mapping[str, str]) -> None:
        text = tags.get("error") or f"HTTP status {tags.get('status') or 'unknown'}"
        if text in self.errors or len(self.errors) < 500:
            self.errors[text] = self.errors.get(text, 0) + 1

    def settle(self) -> None:
        """Count the waiting times; done once a block."""
        for slot in self._slots.values():
            if slot.times:
                slot.durations.add_all(slot.times)
                slot.times = []

    def run(self) -> Run:
        self.settle()
        every = Durations()
        endpoints = []
        for (method, name), slot in self._slots.items():
            every.merge(slot.durations)
            numbers = slot.durations.numbers()
            numbers.requests, numbers.failures = slot.requests, slot.failures if self.knows_failures else None
            endpoints.append(Endpoint(name, method or None, numbers))
        computed = every.numbers()
        computed.requests = self.requests if self.requests or not self.sockets.sessions else None
        computed.failures = self.failures if self.knows_failures else None
        computed.duration_s = self.moments.span()
        if computed.duration_s and self.requests:
            computed.requests_per_s = self.requests / computed.duration_s
        self._warn()
        errors = [Failure(text, times) for text, times in self.errors.items()]
        return Run(
            computed=computed,
            endpoints=endpoints,
            series=self.moments.series(),
            errors=errors,
            percentile_rule=every.rule,
            context=self.sockets.context(),
        )

    def _warn(self) -> None:
        if self.left_out:
            self.warnings.append(
                f"There are more than {NAMES_KEPT} names; the later ones are shown together as {OTHERS}."
            )
        if not self.requests and not self.sockets.sessions:
            self.warnings.append("No HTTP request is in the file: an empty run.")
        elif self.requests and not self.knows_failures:
            self.warnings.append("There is no http_req_failed in the file: how many requests failed is unknown.")


def is_ndjson(first_line: str) -> bool:
    return (
        first_line.startswith("{")
        and '"type":' in first_line.replace(" ", "")
        and ('"Metric"' in first_line or '"Point"' in first_line)
    )


class _Lines:
    """What is being collected while the lines go by."""

    def __init__(self, requests: Requests) -> None:
        self.requests = requests
        self.thresholds: list[Threshold] = []
        self.tags: dict[bytes, tuple[_Slot, Mapping[str, str]]] = {}
        self.points = 0
        self.cut_off: int | None = None


def read_ndjson(content: Content) -> Reading:
    """Every line is a JSON object: a Metric (its declaration) or a Point. A last line cut off is left out."""
    lines = _Lines(Requests(content.warnings))
    for block, first_line, is_last in _blocks(content):
        if b"\0" in block:
            place = first_line + block.count(b"\n", 0, block.index(b"\0"))
            raise Rejected("There is a NUL character here; result files are text without it", place)
        if is_last or not _read_fast(block, lines):
            _read_slowly(block, first_line, is_last, lines)
        lines.requests.settle()
    if not lines.points:
        raise Rejected("The file has no complete k6 point", 1)
    if lines.cut_off:
        content.warnings.append(f"Line {lines.cut_off} was cut off in the middle and is left out.")
    run = lines.requests.run()
    run.thresholds = lines.thresholds
    return Reading("k6_ndjson", TOOL, [run], content.warnings)


def _blocks(content: Content) -> Iterator[tuple[bytes, int, bool]]:
    """Whole lines, about a megabyte at a time, with the number of the first one."""
    rest, line = b"", 1
    for chunk in content.utf8_chunks():
        end = chunk.rfind(b"\n") + 1
        if not end:
            rest += chunk
            if len(rest) > _LINE_LIMIT:
                raise Rejected("This line is longer than any that k6 writes", line)
            continue
        block = rest + chunk[:end]
        rest = chunk[end:]
        yield block, line, False
        line += block.count(b"\n")
    if rest.strip():
        yield rest, line, True


def _read_fast(block: bytes, lines: _Lines) -> bool:
    """Read a block in the layout that k6 writes today; False, and nothing counted, when it has another one.

    The output of every run begins with declarations, so a block of points is of one run and one layout.
    """
    if not block.startswith(b'{"metric":"') or (b"M" in block and b'"type":"Metric"' in block):
        return False
    if not block.startswith(b'{"metric":"', block.rfind(b"\n", 0, -1) + 1):
        return False
    found = _POINT.findall(block)
    if sum(1 for point in found if point[0] == b"s") != block.count(_MARK):
        return False
    lines.points += len(found) or 1
    try:
        _count(found, lines)
        if b'"metric":"ws_' in block:
            _count_sockets(block, lines)
    except ValueError as error:
        if isinstance(error, Rejected):
            raise
        raise Rejected(f"The value of a point is no number ({error})") from error
    return True


def _count_sockets(block: bytes, lines: _Lines) -> None:
    for metric, time, value in _SOCKET_POINT.findall(block):
        at = seconds_of(time.decode("ascii", "replace"), "The time")
        lines.requests.add_socket(metric.decode("ascii"), at, float(value))


def _count(found: list[tuple[bytes, ...]], lines: _Lines) -> None:
    requests, moments, known = lines.requests, lines.requests.moments, lines.tags
    current, rest = b"", b""
    interval = Interval()
    times: list[float] = []
    for metric, second, after, value, blob in found:
        if second != current:
            interval.durations.add_all(times)
            _saw(current, rest, moments)
            interval, times = moments.interval(_saw(second, after, moments)), []
            current = second
        rest = after
        slot, tags = known.get(blob) or _remember(blob, lines)
        if metric == b"_duration":
            number = float(value)
            slot.times.append(number)
            times.append(number)
        elif metric == b"s":
            many = 1 if value == b"1" else int(float(value))
            requests.requests += many
            slot.requests += many
            interval.requests += many
        elif value == b"0":
            requests.knows_failures = True
        else:
            requests.knows_failures = True
            requests.failures += 1
            slot.failures += 1
            interval.failures += 1
            requests.error(tags)
    interval.durations.add_all(times)
    _saw(current, rest, moments)


def _saw(second: bytes, rest: bytes, moments: Moments) -> int:
    """Note the moment `second` + `rest`; the whole second since 1970 that it lies in."""
    if not second:
        return 0
    at = seconds_of((second + rest).decode("ascii", "replace"))
    moments.saw(at)
    return int(at)


def _remember(blob: bytes, lines: _Lines) -> tuple[_Slot, Mapping[str, str]]:
    try:
        value = jsontext.parse('{"tags":' + blob.decode("utf-8", "replace") + "}", [])
    except Rejected as error:
        raise Rejected(f"The tags of a point are broken: {error.message}") from error
    tags = _text_tags(value.get("tags") if isinstance(value, dict) else None)
    known = (lines.requests.slot(tags), tags)
    if len(lines.tags) < _TAGS_KEPT:
        lines.tags[blob] = known
    return known


def _read_slowly(block: bytes, first_line: int, is_last: bool, lines: _Lines) -> None:
    for place, line in enumerate(block.split(b"\n")):
        if not line.strip():
            continue
        if not is_last and line[:1] == b"{" and line.rstrip()[-1:] == b"}" and not _INTERESTING.search(line):
            lines.points += 1
            continue
        try:
            _read_line(line.decode("utf-8", "replace"), first_line + place, lines)
        except _BrokenLine:
            if not is_last:
                raise
            lines.cut_off = first_line + place


class _BrokenLine(Rejected):
    pass


def _read_line(text: str, place: int, lines: _Lines) -> None:
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
        lines.requests.add(metric, at, value, _text_tags(data.get("tags")))


def _text_tags(tags: object) -> Mapping[str, str]:
    return {k: str(v) for k, v in tags.items() if v is not None} if isinstance(tags, dict) else {}


def _declare(metric: str, data: Mapping[str, object], lines: _Lines) -> None:
    """Declarations list the thresholds as text; whether they held is not in the file."""
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
