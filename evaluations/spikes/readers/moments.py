"""When things happened: time stamps to seconds, and a time line whose size does not grow with the run."""

import re
from datetime import UTC, datetime

from .durations import COARSE, Durations
from .figures import decimal_of
from .measurements import Point
from .refusal import Rejected

POINTS = 1200
_RFC3339 = re.compile(
    r"(\d{4}[-/]\d\d[-/]\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,12}))?\s*(Z|[+-]\d\d:?\d\d)?\Z", re.ASCII | re.I
)
_ZONE = re.compile(r"([+-])(\d\d):?(\d\d)")
_EARLIEST, _LATEST = 0.0, 4e9


class Interval:
    """What happened in one stretch of the time line."""

    __slots__ = ("durations", "failures", "requests")

    def __init__(self) -> None:
        self.requests = 0
        self.failures = 0
        self.durations = Durations(64, COARSE)


class Moments:
    """Requests, failures and latencies per interval; intervals double in width when there are too many."""

    def __init__(self) -> None:
        self.first: float | None = None
        self.last: float | None = None
        self._width = 1
        self._intervals: dict[int, Interval] = {}

    def saw(self, at: float) -> None:
        if self.first is None or at < self.first:
            self.first = at
        if self.last is None or at > self.last:
            self.last = at

    def span(self) -> float | None:
        return None if self.first is None or self.last is None else round(self.last - self.first, 6)

    def interval(self, second: int) -> Interval:
        """The interval that this second lies in."""
        key = second // self._width
        found = self._intervals.get(key)
        if found is None:
            if len(self._intervals) >= POINTS:
                self._widen()
                key = second // self._width
            found = self._intervals.setdefault(key, Interval())
        return found

    def series(self) -> list[Point]:
        if self.first is None:
            return []
        start = int(self.first) // self._width
        points = []
        for key in sorted(self._intervals):
            held = self._intervals[key]
            p50, p95 = held.durations.percentiles(0.5, 0.95)
            pace = held.requests / self._width
            points.append(Point((key - start) * self._width, pace, p95, held.failures, p50))
        return points

    def _widen(self) -> None:
        self._width *= 2
        wider: dict[int, Interval] = {}
        for key, interval in self._intervals.items():
            held = wider.setdefault(key // 2, Interval())
            held.requests += interval.requests
            held.failures += interval.failures
            held.durations.merge(interval.durations)
        self._intervals = wider


def seconds_of(text: str, what: str = "The time", line: int | None = None) -> float:
    """Seconds since 1970 of an RFC 3339 stamp (any offset) or of a number in s, ms, us or ns."""
    match = _RFC3339.match(text.strip())
    if match is None:
        return epoch_seconds(decimal_of(text, what, line), what, line)
    day, clock, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day.replace('/', '-')}T{clock}").replace(tzinfo=UTC)
    except ValueError as error:
        raise Rejected(f'{what} "{text[:40]}" is no date that exists', line) from error
    return moment.timestamp() - _offset(zone) + (float("0." + fraction) if fraction else 0.0)


def epoch_seconds(number: float | None, what: str = "The time", line: int | None = None) -> float:
    """A time stamp in seconds, whichever power of a thousand it is written in."""
    if number is None:
        raise Rejected(f"{what} is missing", line)
    for _ in range(3):
        if abs(number) > 1e11:
            number /= 1000
    if not _EARLIEST <= number <= _LATEST:
        raise Rejected(f"{what} lies outside the years 1970 to 2096", line)
    return number


def moment_within(number: float) -> float | None:
    """A time stamp in seconds that can be one; what lies outside the years 1970 to 2096 is no moment."""
    return number if _EARLIEST < number <= _LATEST else None


def _offset(zone: str | None) -> int:
    match = _ZONE.match(zone or "")
    if match is None:
        return 0
    return (int(match[2]) * 3600 + int(match[3]) * 60) * (-1 if match[1] == "-" else 1)
