"""What k6's points come to, added up in memory that stays flat: per endpoint, per interval, per error."""

from collections.abc import Mapping

from .durations import Durations
from .k6_sockets import Sockets
from .measurements import Endpoint, Failure, Run, Threshold
from .moments import Moments

NAMES_KEPT = 1000
OTHERS = "(other names)"


class Slot:
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
        self._slots: dict[tuple[str, str], Slot] = {}

    def slot(self, tags: Mapping[str, str]) -> Slot:
        key = (tags.get("method") or "", tags.get("name") or tags.get("url") or "")
        slot = self._slots.get(key)
        if slot is None:
            if len(self._slots) >= NAMES_KEPT:
                self.left_out += 1
                key = ("", OTHERS)
            slot = self._slots.setdefault(key, Slot())
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
        """Count the waiting times."""
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
            started_at=self.moments.first,
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


class Lines:
    """What is being collected while the lines go by."""

    def __init__(self, requests: Requests) -> None:
        self.requests = requests
        self.thresholds: list[Threshold] = []
        self.tags: dict[bytes, tuple[Slot, Mapping[str, str]]] = {}
        self.points = 0
        self.declares_any = False
        self.declares_sockets = False
        self.declares_failures = False
        self.cut_off: int | None = None

    @property
    def may_have_sockets(self) -> bool:
        """k6 declares a metric before its first point; a file without declarations has lost its beginning."""
        return self.declares_sockets or not self.declares_any

    @property
    def may_have_failures(self) -> bool:
        return self.declares_failures or not self.declares_any


def text_tags(tags: object) -> Mapping[str, str]:
    return {k: str(v) for k, v in tags.items() if v is not None} if isinstance(tags, dict) else {}
