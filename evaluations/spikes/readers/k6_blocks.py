"""Whole blocks of k6's NDJSON at once, in the layout that k6 writes today.

A request gives about eight lines, the first two of them its count and its duration, with the same time and tags: these
pairs are taken apart together. What is not such a pair is looked for alone. A block in which anything does not add up
is left to the reader of single lines, and nothing of it is counted here.
"""

import math
import re
from collections.abc import Mapping

from . import jsontext
from .k6_requests import Lines, Slot, text_tags
from .moments import Interval, Moments, seconds_of
from .refusal import Rejected

_TAGS_KEPT = 20_000
_LINE = b'{"metric":"'
_MARK = b'{"metric":"http_reqs","type":"Point","data":{"time":"'
_DURATION_MARK = b'{"metric":"http_req_duration","type":"Point","data":{"time":"'
_FAILED_MARK = b'{"metric":"http_req_failed","type":"Point","data":{"time":"'
_PAIR = re.compile(
    rb'(.{19})([^"\n]{1,20})","value":1,"tags":(.*)\}\}(\r?\n)'
    + re.escape(_DURATION_MARK)
    + rb'\1\2","value":([0-9.eE+-]+),"tags":\3\}\}\4'
)
_POINT = re.compile(
    rb'"http_req(s|_duration|_failed)","type":"Point","data":'
    rb'\{"time":"([0-9T:-]{19})([^"\n]{1,20})","value":([0-9.eE+-]+),"tags":(.*)\}\}\r?\n'
)
_SOCKET_POINT = re.compile(
    rb'"metric":"(ws_[a-z_]+)","type":"Point","data":'
    rb'\{"time":"([0-9T:-]{19}[^"\n]{1,20})","value":([0-9.eE+-]+),'
)
_Pair = tuple[bytes, ...]


def read_block(block: bytes, lines: Lines) -> bool:
    """Count a block of whole lines; False, and nothing counted, when it has another layout.

    The output of every run begins with declarations, so a block of points is of one run and one layout.
    """
    if not block.startswith(_LINE) or not block.startswith(_LINE, block.rfind(b"\n", 0, -1) + 1):
        return False
    if b"M" in block and b'"type":"Metric"' in block:
        return False
    taken = _taken_apart(block)
    if taken is None:
        return False
    pairs, others, succeeded = taken
    lines.points += len(pairs) + len(others) or 1
    try:
        _count_pairs(pairs, lines)
        _count(others, lines)
        if lines.may_have_sockets and b'{"metric":"ws_' in block:
            _count_sockets(block, lines)
    except ValueError as error:
        if isinstance(error, Rejected):
            raise
        raise Rejected(f"The value of a point is no number ({error})") from error
    lines.requests.knows_failures |= succeeded
    return True


def _taken_apart(block: bytes) -> tuple[list[_Pair], list[_Pair], bool] | None:
    """The pairs, the points that stand alone, and whether some say that a request did not fail; None if any is odd."""
    pieces = block.split(_MARK)
    pairs: list[_Pair] = []
    odd = [pieces[0]]
    match = _PAIR.match
    for piece in pieces[1:]:
        found = match(piece)
        if found is None:
            odd.append(_MARK + piece)
        else:
            pairs.append(found.groups())
    others = [point for point in _POINT.findall(b"".join(odd)) if point[0] != b"_failed"]
    counts = sum(1 for point in others if point[0] == b"s")
    if counts != len(pieces) - 1 - len(pairs):
        return None
    if len(others) - counts != block.count(_DURATION_MARK) - len(pairs):
        return None
    succeeded = False
    for piece in block.split(_FAILED_MARK)[1:]:
        if pairs and piece.find(b'","value":0,"tags":', 19, 60) > 0:
            succeeded = True
            continue
        point = _POINT.match(_FAILED_MARK[len(b'{"metric":') :] + piece)
        if point is None:
            return None
        others.append(point.groups())
    return pairs, others, succeeded


def _count_pairs(pairs: list[_Pair], lines: Lines) -> None:
    requests, moments = lines.requests, lines.requests.moments
    by_tags: dict[bytes, list[float]] = {}
    current, rest = b"", b""
    interval = Interval()
    times: list[float] = []
    for second, after, blob, _, value in pairs:
        if second != current:
            interval.requests += len(times)
            interval.durations.add_all(times)
            _saw(current, rest, moments)
            interval, times = moments.interval(_saw(second, after, moments)), []
            current = second
        rest = after
        number = float(value)
        times.append(number)
        if blob in by_tags:
            by_tags[blob].append(number)
        else:
            by_tags[blob] = [number]
    interval.requests += len(times)
    interval.durations.add_all(times)
    _saw(current, rest, moments)
    requests.requests += len(pairs)
    for blob, values in by_tags.items():
        if not all(map(math.isfinite, values)):
            raise ValueError("it is beyond all numbers")
        slot, _ = lines.tags.get(blob) or _remember(blob, lines)
        slot.requests += len(values)
        slot.times += values


def _count_sockets(block: bytes, lines: Lines) -> None:
    for metric, time, value in _SOCKET_POINT.findall(block):
        at = seconds_of(time.decode("ascii", "replace"), "The time")
        lines.requests.add_socket(metric.decode("ascii"), at, float(value))


def _count(found: list[tuple[bytes, ...]], lines: Lines) -> None:
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
            number = _finite(value)
            slot.times.append(number)
            times.append(number)
        elif metric == b"s":
            many = 1 if value == b"1" else int(_finite(value))
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


def _finite(value: bytes) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("it is beyond all numbers")
    return number


def _saw(second: bytes, rest: bytes, moments: Moments) -> int:
    """Note the moment `second` + `rest`; the whole second since 1970 that it lies in."""
    if not second:
        return 0
    at = seconds_of((second + rest).decode("ascii", "replace"))
    moments.saw(at)
    return int(at)


def _remember(blob: bytes, lines: Lines) -> tuple[Slot, Mapping[str, str]]:
    try:
        value = jsontext.parse('{"tags":' + blob.decode("utf-8", "replace") + "}", [])
    except Rejected as error:
        raise Rejected(f"The tags of a point are broken: {error.message}") from error
    tags = text_tags(value.get("tags") if isinstance(value, dict) else None)
    known = (lines.requests.slot(tags), tags)
    if len(lines.tags) < _TAGS_KEPT:
        lines.tags[blob] = known
    return known
