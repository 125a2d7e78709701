"""From what a reader found to measurements in the catalogue's units, and from measurements to a score."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any, Literal

LATENCIES = {"p50": "latency_p50_ms", "p95": "latency_p95_ms", "p99": "latency_p99_ms", "max": "latency_max_ms"}
CONTEXT_METRICS = {"websocket_connections", "memory_mb", "memory_growth_mb_per_h", "cpu_ms_per_request"}
SYNTHETIC_FORMATS = {"techempower_json", "pytest_benchmark_json"}
"""Benchmarks of something else than the team's workload: context beside the matrix, never a score."""

REACH = 1.959963984540054
"""95 % of a normal distribution lie within this many deviations."""

RESAMPLES, SEED, LEAST_TO_RESAMPLE = 2000, 7, 3


@dataclass(frozen=True)
class Figure:
    """One number of a run: a metric of the catalogue in its unit, of one endpoint or of the whole ("")."""

    metric: str
    endpoint: str
    value: float
    rule: str


@dataclass(frozen=True)
class Scored:
    """A value on 1..5 with its deviation over repeats and its 95 % ends."""

    value: float
    deviation: float
    low: float
    high: float


def figures_of(run: Mapping[str, Any]) -> list[Figure]:
    """Every number of a run that a value function can use. run: the object a reader gives (latencies in ms)."""
    found = _of_one(run, "", run)
    for endpoint in run.get("endpoints") or []:
        name = endpoint_name(endpoint)
        if name:  # an endpoint without a name would pass for the whole run
            found += _of_one(endpoint, name, run)
    for metric, value in (run.get("context") or {}).items():
        if metric in CONTEXT_METRICS and isinstance(value, int | float) and not isinstance(value, bool):
            found.append(Figure(metric, "", float(value), "stated"))
    return list({(figure.metric, figure.endpoint): figure for figure in found}.values())


def endpoint_name(endpoint: Mapping[str, Any]) -> str:
    """How a measurement names an endpoint: "GET /orders"."""
    return " ".join(part for part in (endpoint.get("method"), endpoint.get("name")) if part)[:300]


def _of_one(numbers: Mapping[str, Any], endpoint: str, run: Mapping[str, Any]) -> list[Figure]:
    latency = numbers.get("latency_ms") or {}
    rule = run.get("percentile_rule") or "stated"
    found = [
        Figure(metric, endpoint, float(latency[name]), str(rule)[:40])
        for name, metric in LATENCIES.items()
        if latency.get(name) is not None
    ]
    if numbers.get("requests_per_s") is not None:
        stated = endpoint or "requests_per_s" in (run.get("stated") or {})
        rule = "stated" if stated else "requests / duration"
        found.append(Figure("requests_per_s", endpoint, float(numbers["requests_per_s"]), rule))
    requests, failures = numbers.get("requests"), numbers.get("failures")
    if requests and failures is not None:
        found.append(Figure("error_rate", endpoint, min(1.0, failures / requests), "failures / requests"))
    return found


def in_words(value: float) -> str:
    """A figure as people read it: 12,345 or 105.5 or 0.0042; never 1e+04."""
    size = abs(value)
    digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 else 4
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def interval_of(values: Sequence[float]) -> tuple[float, float]:
    """95 % ends of the mean over repeats: percentile bootstrap, RESAMPLES draws from SEED.

    With fewer than three repeats there is nothing to draw from: the lowest and the highest are the ends.
    """
    if len(values) < LEAST_TO_RESAMPLE:
        return min(values), max(values)
    import numpy as np  # not needed to start the page process

    drawn = np.random.default_rng(SEED).choice(np.asarray(values, dtype=float), size=(RESAMPLES, len(values)))
    low, high = np.quantile(drawn.mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def score_of(values: Iterable[float], points: list[list[float]], outside: str) -> Scored:
    """Put each repeat through the value function, clip to 1..5, take the mean; deviation and ends over the repeats.

    values: one number per repeat, at least one. A single repeat has deviation 0: nothing is known about its spread.
    """
    from evaluations.analysis.values import piecewise_linear  # NumPy: not needed to start the page process

    pairs = [(float(x), float(v)) for x, v in points]
    beyond: Literal["clip", "extrapolate"] = "extrapolate" if outside == "extrapolate" else "clip"
    scores = [min(5.0, max(1.0, piecewise_linear(pairs, x, outside=beyond))) for x in values]
    value = fmean(scores)
    deviation = stdev(scores) if len(scores) > 1 else 0.0
    return Scored(
        value=value,
        deviation=deviation,
        low=min(value, max(1.0, value - REACH * deviation)),
        high=max(value, min(5.0, value + REACH * deviation)),
    )
