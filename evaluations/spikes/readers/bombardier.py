"""bombardier: its JSON, in microseconds."""

from collections.abc import Mapping

from .jsontext import count, items, number, section, word
from .measurements import STATED, Failure, Numbers, Reading, Run

_OURS = {"50": "p50", "90": "p90", "95": "p95", "99": "p99"}
_STATUSES = ("req1xx", "req2xx", "req3xx", "req4xx", "req5xx", "others")


def is_json(value: object) -> bool:
    return "timeTakenSeconds" in section(value, "result") and isinstance(value, Mapping)


def read_json(value: object, warnings: list[str]) -> Reading:
    """`others` are requests without an answer: refused, timed out, broken off."""
    result = section(value, "result")
    latency = section(result, "latency")
    counts = {name: count(result, name, "result") or 0 for name in _STATUSES}
    numbers = Numbers(
        duration_s=number(result, "timeTakenSeconds", "result"),
        requests_per_s=number(section(result, "rps"), "mean", "result.rps"),
        mean=_milliseconds(latency, "mean"),
        max=_milliseconds(latency, "max"),
    )
    for share, ours in _OURS.items():
        setattr(numbers, ours, _milliseconds(section(latency, "percentiles"), share))
    computed = Numbers(sum(counts.values()), counts["req4xx"] + counts["req5xx"] + counts["others"])
    if computed.requests == counts["others"]:
        numbers = numbers.without_latencies()
    run = Run(stated=numbers, computed=computed, percentile_rule=STATED)
    spec = section(value, "spec")
    run.context = {"url": word(spec, "url"), "connections": number(spec, "numberOfConnections", "spec")}
    for error in items(result, "errors"):
        run.errors.append(Failure(word(error, "description") or "error", count(error, "count", "errors")))
    return Reading("bombardier_json", "bombardier", [run], warnings)


def _milliseconds(holder: Mapping[str, object], key: str) -> float | None:
    value = number(holder, key, "latency")
    return None if value is None else value / 1000
