"""Whole blocks of k6's NDJSON at once, in the layout that k6 writes today.

A request gives about eight lines, the first two of them its count and its duration, with the same time and tags: where
a duration's line is preceded by such a count, both are taken together. What is not such a pair is looked for alone. A
block in which anything does not add up is left to the reader of single lines, and nothing of it is counted here.
"""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from . import jsontext
from .k6_requests import Lines, Slot, text_tags
from .moments import Interval, Moments, seconds_of
from .refusal import Rejected

_TAGS_KEPT = 20_000
_LINE = b'{"metric":"'
COUNT_MARK = b'{"metric":"http_reqs","type":"Point","data":{"time":"'
_DURATION_MARK = b'{"metric":"http_req_duration","type":"Point","data":{"time":"'
_FAILED_MARK = b'{"metric":"http_req_failed","type":"Point","data":{"time":"'
_ONE = b'","value":1,"tags":'
_DURATION = re.compile(rb'(.{19}[^"\n]{1,20})","value":([0-9.eE+-]+),"tags":(.*)\n')
_ENDS = (b"}}", b"}}\r")
_SECOND = 19
"""Characters of a time stamp down to its second."""
_POINT = re.compile(
    rb'"http_req(s|_duration|_failed)","type":"Point","data":'
    rb'\{"time":"([0-9T:-]{19})([^"\n]{1,20})","value":([0-9.eE+-]+),"tags":(.*)\}\}\r?\n'
)
_SOCKET_POINT = re.compile(
    rb'"metric":"(ws_[a-z_]+)","type":"Point","data":'
    rb'\{"time":"([0-9T:-]{19}[^"\n]{1,20})","value":([0-9.eE+-]+),'
)
_Groups = tuple[bytes, ...]


def read_block(block: bytes, lines: Lines) -> bool:
    """Count a block of whole lines; False, and nothing counted, when it has another layout.

    The output of every run begins with declarations, so a block of points is of one run and one layout.
    """
    if not block.startswith(_LINE) or not block.startswith(_LINE, block.rfind(b"\n", 0, -1) + 1):
        return False
    if b"M" in block and b'"type":"Metric"' in block:
        return False
    taken = _taken_apart(block, lines.may_have_failures)
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


def _taken_apart(block: bytes, may_have_failures: bool) -> tuple[list[_Groups], list[_Groups], bool] | None:
    """The pairs, the points that stand alone, and whether some say that a request did not fail; None if any is odd."""
    pieces = block.split(_DURATION_MARK)
    pairs: list[_Groups] = []
    others: list[_Groups] = []
    alone: set[int] = set()
    match, join, before = _DURATION.match, b"".join, pieces[0]
    for place, piece in enumerate(pieces[1:], 1):
        found = match(piece)
        if found is None:
            return None
        groups = stamp, value, tags = found.groups()
        if before.endswith(join((COUNT_MARK, stamp, _ONE, tags, b"\n"))):
            pairs.append(groups)
        else:
            alone.add(place)
            others.append((b"_duration", stamp[:_SECOND], stamp[_SECOND:], value, tags))
        before = piece
    if not all(tags.endswith(_ENDS) for tags in {groups[-1] for groups in (*pairs, *others)}):
        return None
    others = [(*rest, tags.rstrip(b"\r")[:-2]) for *rest, tags in others]
    counted = block.count(COUNT_MARK) - len(pairs)
    if counted:
        singles = _single_counts(pieces, alone)
        if len(singles) != counted:
            return None
        others += singles
    succeeded = False
    for piece in block.split(_FAILED_MARK)[1:] if may_have_failures else ():
        if pairs and piece.find(b'","value":0,"tags":', 19, 60) > 0:
            succeeded = True
            continue
        point = _POINT.match(_FAILED_MARK[len(b'{"metric":') :] + piece)
        if point is None:
            return None
        others.append(point.groups())
    return pairs, others, succeeded


def _single_counts(pieces: list[bytes], alone: set[int]) -> list[_Groups]:
    """Counts of requests whose duration does not follow. alone: the pieces that begin with a duration without count."""
    found: list[_Groups] = []
    for place, piece in enumerate(pieces):
        is_paired = place + 1 < len(pieces) and place + 1 not in alone
        until = piece.rfind(COUNT_MARK) if is_paired else len(piece)
        found += [point for point in _POINT.findall(piece, 0, until) if point[0] == b"s"]
    return found


def _count_pairs(pairs: list[_Groups], lines: Lines) -> None:
    """Requests with their durations. A busy service fills a block within a second: then the block is counted as one."""
    if not pairs:
        return
    requests, moments = lines.requests, lines.requests.moments
    stamps, texts, blobs = zip(*pairs, strict=True)
    seconds = [stamp[:_SECOND] for stamp in stamps]
    values = list(map(float, texts))
    if not all(map(math.isfinite, values)):
        raise ValueError("it is beyond all numbers")
    start, total = 0, len(values)
    while start < total:
        second = seconds[start]
        end = total if second == seconds[-1] and seconds.count(second) == total - start else _end_of(seconds, start)
        interval = moments.interval(_saw(stamps[start], moments))
        _saw(stamps[end - 1], moments)
        interval.requests += end - start
        interval.durations.add_all(values[start:end])
        start = end
    requests.requests += total
    by_tags: dict[bytes, list[float]] = defaultdict(list)
    for blob, value in zip(blobs, values, strict=True):
        by_tags[blob].append(value)
    for blob, times in by_tags.items():
        slot, _ = lines.tags.get(blob) or _remember(blob, lines, blob.rstrip(b"\r")[:-2])
        slot.requests += len(times)
        slot.times += times


def _end_of(seconds: Sequence[bytes], start: int) -> int:
    """Where the run of equal seconds that begins at `start` ends."""
    second, end = seconds[start], start + 1
    while end < len(seconds) and seconds[end] == second:
        end += 1
    return end


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
            _saw(current + rest, moments)
            interval, times = moments.interval(_saw(second + after, moments)), []
            current = second
        rest = after
        slot, tags = known.get(blob) or _remember(blob, lines, blob)
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
    _saw(current + rest, moments)


def _finite(value: bytes) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("it is beyond all numbers")
    return number


def _saw(stamp: bytes, moments: Moments) -> int:
    """Note the moment; the whole second since 1970 that it lies in."""
    if not stamp:
        return 0
    at = seconds_of(stamp.decode("ascii", "replace"))
    moments.saw(at)
    return int(at)


def _remember(key: bytes, lines: Lines, blob: bytes) -> tuple[Slot, Mapping[str, str]]:
    """The endpoint of these tags, found by `key` from now on."""
    try:
        value = jsontext.parse('{"tags":' + blob.decode("utf-8", "replace") + "}", [])
    except Rejected as error:
        raise Rejected(f"The tags of a point are broken: {error.message}") from error
    tags = text_tags(value.get("tags") if isinstance(value, dict) else None)
    known = (lines.requests.slot(tags), tags)
    if len(lines.tags) < _TAGS_KEPT:
        lines.tags[key] = known
    return known
