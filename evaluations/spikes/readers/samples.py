"""Samples of a log (one line per request) added up: per label, per interval, per error."""

from .durations import Durations
from .measurements import Endpoint, Failure, Run
from .moments import Moments

LABELS_KEPT = 1000
OTHERS = "(other labels)"
STEP_BACK_S = 60
SILENCE_S = 1800


class Samples:
    """Adds up samples; `run()` says what they come to. Times are seconds since 1970, latencies milliseconds."""

    def __init__(self, warnings: list[str]) -> None:
        self.warnings = warnings
        self.requests = 0
        self.failures = 0
        self.unknown = 0
        self.stepped_back = False
        self.left_out = 0
        self.errors: dict[str, int] = {}
        self._labels: dict[str, tuple[list[int], Durations]] = {}
        self._moments = Moments()
        self._latest = 0.0
        self._silence: float = 0

    def add(self, start: float, elapsed_ms: float, label: str, failed: bool | None, error: str = "") -> None:
        end = start + elapsed_ms / 1000
        self.requests += 1
        known = self._labels.get(label) or self._new_label(label)
        known[0][0] += 1
        known[1].add(elapsed_ms)
        interval = self._moments.interval(int(start))
        interval.requests += 1
        interval.durations.add(elapsed_ms)
        if failed:
            self.failures += 1
            known[0][1] += 1
            interval.failures += 1
            if error in self.errors or len(self.errors) < 500:
                self.errors[error] = self.errors.get(error, 0) + 1
        elif failed is None:
            self.unknown += 1
        self._moments.saw(start)
        self._moments.saw(end)
        if end > self._latest:
            if self._latest:
                self._silence = max(self._silence, start - self._latest)
            self._latest = end
        elif end < self._latest - STEP_BACK_S:
            self.stepped_back = True

    def _new_label(self, label: str) -> tuple[list[int], Durations]:
        if len(self._labels) >= LABELS_KEPT:
            self.left_out += 1
            label = OTHERS
        return self._labels.setdefault(label, ([0, 0], Durations(1024)))

    def run(self) -> Run:
        every = Durations()
        endpoints = []
        for label, ((requests, failures), durations) in self._labels.items():
            every.merge(durations)
            numbers = durations.numbers()
            numbers.requests, numbers.failures = requests, failures
            endpoints.append(Endpoint(label, None, numbers))
        computed = every.numbers()
        computed.requests, computed.failures = self.requests, self.failures
        computed.duration_s = self._moments.span()
        if computed.duration_s:
            computed.requests_per_s = self.requests / computed.duration_s
        self._warn()
        errors = [Failure(text, times) for text, times in self.errors.items()]
        return Run(
            computed=computed,
            endpoints=endpoints,
            series=self._moments.series(),
            errors=errors,
            percentile_rule=every.rule,
            started_at=self._moments.first,
        )

    def _warn(self) -> None:
        if self.left_out:
            self.warnings.append(
                f"There are more than {LABELS_KEPT} labels; later ones are shown together as {OTHERS}."
            )
        if self.unknown:
            self.warnings.append(
                f"{self.unknown} samples do not say whether they succeeded; they are not counted as failed."
            )
        if self.stepped_back:
            self.warnings.append("The clock steps back by more than a minute: files were joined or the clock was set.")
        if self._silence > SILENCE_S:
            hours = self._silence / 3600
            self.warnings.append(
                f"For {hours:.1f} hours in between nothing was measured: runs were appended; the duration spans all."
            )
        if any(f"{label}-0" in self._labels for label in list(self._labels)[:500]):
            self.warnings.append(
                "Redirects or embedded resources (label-0, label-1) are listed beside their request: all are counted."
            )
