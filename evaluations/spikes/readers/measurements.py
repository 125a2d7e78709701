"""What every reader returns, whatever the tool: runs with numbers, in milliseconds and seconds.

None means "the file does not say"; it is never replaced by 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

LATENCIES = ("min", "mean", "p50", "p90", "p95", "p99", "max")
COUNTS = ("requests", "failures")
NAME_LIMIT = 2000
TEXT_LIMIT = 1000

STATED = "as the tool states it"
NEAREST_RANK = "nearest rank"
NEAREST_RANK_BUCKETS = "nearest rank over buckets 0.2 % wide"


@dataclass(slots=True)
class Numbers:
    """One set of figures; latencies in milliseconds, duration in seconds."""

    requests: int | None = None
    failures: int | None = None
    duration_s: float | None = None
    requests_per_s: float | None = None
    min: float | None = None
    mean: float | None = None
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None
    max: float | None = None

    def or_else(self, other: "Numbers") -> "Numbers":
        """These figures, with the gaps filled from `other`."""
        mine = {f.name: getattr(self, f.name) for f in fields(self)}
        return Numbers(**{name: getattr(other, name) if value is None else value for name, value in mine.items()})

    def without_latencies(self) -> "Numbers":
        return Numbers(self.requests, self.failures, self.duration_s, self.requests_per_s)

    def latency_ms(self) -> dict[str, float | None]:
        return {name: getattr(self, name) for name in LATENCIES}

    def known(self) -> dict[str, float | None]:
        """Only what is known, by name; latencies carry the suffix `_ms`."""
        found: dict[str, float | None] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            if value is not None:
                found[f.name + "_ms" if f.name in LATENCIES else f.name] = value
        return found


@dataclass(slots=True)
class Endpoint:
    name: str
    method: str | None
    numbers: Numbers
    line: int | None = None

    def to_json(self) -> dict[str, object]:
        return {
            "method": clean(self.method, 40) if self.method else None,
            "name": clean(self.name, NAME_LIMIT),
            "requests": self.numbers.requests,
            "failures": self.numbers.failures,
            "requests_per_s": self.numbers.requests_per_s,
            "latency_ms": self.numbers.latency_ms(),
            "line": self.line,
        }


@dataclass(slots=True)
class Point:
    """One interval of a run's time line; `t` is seconds from its start."""

    t: float
    requests_per_s: float | None = None
    p95_ms: float | None = None
    errors: float | None = None
    p50_ms: float | None = None
    users: float | None = None

    def to_json(self) -> dict[str, float | None]:
        return {f.name: getattr(self, f.name) for f in fields(self)}


@dataclass(slots=True)
class Failure:
    """One kind of error and how often it happened (None: the file does not say)."""

    message: str
    count: int | None
    method: str | None = None
    name: str | None = None

    def to_json(self) -> dict[str, object]:
        return {
            "message": clean(self.message, TEXT_LIMIT),
            "count": self.count,
            "method": clean(self.method, 40) if self.method else None,
            "name": clean(self.name, NAME_LIMIT) if self.name else None,
        }


@dataclass(slots=True)
class Threshold:
    """A limit that the test itself declared; `passed` is None where the file does not tell."""

    metric: str
    expression: str
    passed: bool | None

    def to_json(self) -> dict[str, object]:
        return {"metric": clean(self.metric), "expression": clean(self.expression), "passed": self.passed}


@dataclass(slots=True)
class Run:
    """One run of a load test: `stated` is what its tool wrote, `computed` what we worked out of its rows.

    started_at: seconds since 1970, where the file says when it was measured. line: of its totals, where they have one;
    lines: of single figures, where each has its own. rounding: by how much the number of requests may be off.
    """

    stated: Numbers = field(default_factory=Numbers)
    computed: Numbers = field(default_factory=Numbers)
    endpoints: list[Endpoint] = field(default_factory=list)
    series: list[Point] = field(default_factory=list)
    errors: list[Failure] = field(default_factory=list)
    thresholds: list[Threshold] = field(default_factory=list)
    percentile_rule: str | None = None
    name: str | None = None
    context: dict[str, object] = field(default_factory=dict)
    profile: dict[str, object] | None = None
    started_at: float | None = None
    line: int | None = None
    lines: dict[str, int] = field(default_factory=dict)
    rounding: float = 0.0

    @property
    def numbers(self) -> Numbers:
        """What the tool states; where it is silent, what we computed."""
        numbers = self.stated.or_else(self.computed)
        return numbers.without_latencies() if numbers.requests == 0 else numbers

    def to_json(self) -> dict[str, object]:
        numbers = self.numbers
        return {
            "name": clean(self.name, NAME_LIMIT) if self.name else None,
            "started_at": self.started_at,
            "line": self.line,
            "lines": self.lines,
            "requests": numbers.requests,
            "failures": numbers.failures,
            "duration_s": numbers.duration_s,
            "requests_per_s": numbers.requests_per_s,
            "latency_ms": numbers.latency_ms(),
            "percentile_rule": self.percentile_rule,
            "stated": self.stated.known(),
            "computed": self.computed.known(),
            "endpoints": [endpoint.to_json() for endpoint in self.endpoints],
            "series": [point.to_json() for point in self.series],
            "errors": [error.to_json() for error in self.errors],
            "thresholds": [threshold.to_json() for threshold in self.thresholds],
            "context": tidy(self.context),
            "profile": tidy(self.profile),
        }


@dataclass(slots=True)
class Reading:
    """Everything one file says: its format (a stable word), its tool, the runs in it, and what to be careful about."""

    format: str
    tool: str
    runs: list[Run] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, object]:
        return {
            "format": self.format,
            "tool": clean(self.tool),
            "warnings": [clean(w) for w in dict.fromkeys(self.warnings)],
            "runs": [run.to_json() for run in self.runs],
        }


def clean(text: str, limit: int = TEXT_LIMIT) -> str:
    """Text that any database takes: no NUL, no half characters, no more than `limit` characters."""
    text = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def tidy(value: object) -> object:
    """The same value with every text in it cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(key)): tidy(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [tidy(inner) for inner in value]
    return value
