"""Endpoints of a run, bounded: a file may name a million of them, a page shows the busiest."""

import heapq

from .measurements import Endpoint, Numbers
from .refusal import Rejected

KEPT = 2000
NAMED = 200_000


class EndpointStore:
    """Counts every endpoint and keeps the `KEPT` busiest."""

    def __init__(self) -> None:
        self.seen = 0
        self._heap: list[tuple[int, int, Endpoint]] = []
        self._requests: int | None = None
        self._failures: int | None = None
        self._least: float | None = None
        self._greatest: float | None = None
        self._weighted = 0.0
        self._timed = 0
        self._all_timed = True

    def add(self, endpoint: Endpoint) -> None:
        numbers = endpoint.numbers
        self.seen += 1
        if self.seen > NAMED:
            raise Rejected(f"The file names more than {NAMED:,} endpoints; give URLs that belong together one name")
        if numbers.requests is not None:
            self._requests = (self._requests or 0) + numbers.requests
        if numbers.failures is not None:
            self._failures = (self._failures or 0) + numbers.failures
        if numbers.min is not None:
            self._least = numbers.min if self._least is None else min(self._least, numbers.min)
        if numbers.max is not None:
            self._greatest = numbers.max if self._greatest is None else max(self._greatest, numbers.max)
        if numbers.requests and numbers.mean is not None:
            self._weighted += numbers.mean * numbers.requests
            self._timed += numbers.requests
        elif numbers.requests:
            self._all_timed = False
        entry = (numbers.requests or 0, -self.seen, endpoint)
        if len(self._heap) < KEPT:
            heapq.heappush(self._heap, entry)
        else:
            heapq.heappushpop(self._heap, entry)

    def total(self) -> Numbers:
        """Sums of counts, least of the minima, greatest of the maxima, mean weighted by requests. No percentiles."""
        mean = self._weighted / self._timed if self._timed and self._all_timed else None
        return Numbers(self._requests, self._failures, min=self._least, mean=mean, max=self._greatest)

    def endpoints(self, warnings: list[str]) -> list[Endpoint]:
        """In the order of the file."""
        if self.seen > KEPT:
            warnings.append(
                f"The file names {self.seen} endpoints; the {KEPT} with most requests are kept, totals count all."
            )
        return [endpoint for _, _, endpoint in sorted(self._heap, key=lambda item: -item[1])]
