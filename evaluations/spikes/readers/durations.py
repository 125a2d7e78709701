"""Latencies counted in flat memory: exact while few distinct values are seen, buckets of 0.2 % afterwards."""

import math
from collections import _count_elements as _count  # type: ignore[attr-defined]  # what Counter.update is made of
from collections.abc import Iterable, Mapping

from .measurements import NEAREST_RANK, NEAREST_RANK_BUCKETS, Numbers

EXACT_LIMIT = 4096
FINE, COARSE = 1.002, 1.02
_NOT_POSITIVE = -(10**9)


class Durations:
    """A histogram of milliseconds; percentiles follow the nearest-rank rule."""

    __slots__ = ("_counts", "_exact", "_scale", "count", "greatest", "least", "limit", "total")

    def __init__(self, limit: int = EXACT_LIMIT, width: float = FINE) -> None:
        self._scale = 1 / math.log(width)
        self.limit = limit
        self.count = 0
        self.total = 0.0
        self.least = math.inf
        self.greatest = -math.inf
        self._exact = True
        self._counts: dict[float, int] = {}

    def add(self, value: float, times: int = 1) -> None:
        self.count += times
        self.total += value * times
        if value < self.least:
            self.least = value
        if value > self.greatest:
            self.greatest = value
        key = value if self._exact else _bucket(value, self._scale)
        counts = self._counts
        counts[key] = counts.get(key, 0) + times
        if self._exact and len(counts) > self.limit:
            self._coarsen()

    def add_all(self, values: Iterable[float]) -> None:
        """The same as `add` for each of many values, faster."""
        values = list(values)
        if not values:
            return
        self.count += len(values)
        self.total += sum(values)
        least = min(values)
        self.least = min(self.least, least)
        self.greatest = max(self.greatest, max(values))
        if self._exact:
            _count(self._counts, values)
            if len(self._counts) > self.limit:
                self._coarsen()
        else:
            _count(self._counts, _buckets(values, least, self._scale))

    def merge(self, other: "Durations") -> None:
        """Add what `other` counted; its buckets must be as wide as these."""
        if not other.count:
            return
        self.count += other.count
        self.total += other.total
        self.least = min(self.least, other.least)
        self.greatest = max(self.greatest, other.greatest)
        if self._exact and not other._exact:
            self._coarsen()
        if other._exact and not self._exact:
            counts: Mapping[float, int] = _coarse(other._counts, self._scale)
        else:
            counts = other._counts
        for key, times in counts.items():
            self._counts[key] = self._counts.get(key, 0) + times
        if self._exact and len(self._counts) > self.limit:
            self._coarsen()

    def percentiles(self, *shares: float) -> list[float | None]:
        """The value below which each share (0..1) of the measurements lies, by nearest rank."""
        if not self.count:
            return [None] * len(shares)
        ordered = sorted(self._counts.items(), key=self._position)
        found: dict[float, float] = {}
        seen = 0
        wanted = sorted((max(1, math.ceil(share * self.count - 1e-9)), share) for share in set(shares))
        for key, times in ordered:
            seen += times
            while wanted and wanted[0][0] <= seen:
                found[wanted.pop(0)[1]] = self._value(key)
        return [found[share] for share in shares]

    def numbers(self) -> Numbers:
        """Count-free figures: min, mean, max and the four percentiles."""
        if not self.count:
            return Numbers()
        p50, p90, p95, p99 = self.percentiles(0.5, 0.9, 0.95, 0.99)
        mean = self.total / self.count
        return Numbers(min=self.least, mean=mean, p50=p50, p90=p90, p95=p95, p99=p99, max=self.greatest)

    @property
    def rule(self) -> str:
        return NEAREST_RANK if self._exact else NEAREST_RANK_BUCKETS

    def _position(self, item: tuple[float, int]) -> float:
        key = item[0]
        return key if self._exact else self._value(key)

    def _value(self, key: float) -> float:
        if self._exact:
            return key
        if key == _NOT_POSITIVE:
            return min(self.least, 0.0)
        middle = math.exp((key + 0.5) / self._scale)
        return min(max(middle, self.least), self.greatest)

    def _coarsen(self) -> None:
        self._counts = _coarse(self._counts, self._scale)
        self._exact = False


def _bucket(value: float, scale: float) -> float:
    return math.floor(math.log(value) * scale) if value > 0 else _NOT_POSITIVE


def _buckets(values: Iterable[float], least: float, scale: float) -> Iterable[float]:
    """`_bucket` of each; where all are positive without a step of Python's in between."""
    if least > 0:
        return map(math.floor, map(scale.__mul__, map(math.log, values)))
    return [_bucket(value, scale) for value in values]


def _coarse(counts: Mapping[float, int], scale: float) -> dict[float, int]:
    coarse: dict[float, int] = {}
    get = coarse.get
    for key, times in zip(_buckets(counts, min(counts, default=0.0), scale), counts.values(), strict=True):
        coarse[key] = get(key, 0) + times
    return coarse
