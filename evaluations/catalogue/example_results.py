"""Writes the files that Locust and k6 would have written for an invented run: same figures, same bytes, every time.

No randomness and no clock: latencies are read off a curve through the run's stated percentiles.
"""

import csv
import hashlib
import io
import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from evaluations.catalogue.scenario_entries import EndpointSpec, ResultFile, SocketSpec, Spread

LOCUST_PERCENTILES = (0.50, 0.66, 0.75, 0.80, 0.90, 0.95, 0.98, 0.99, 0.999, 0.9999, 1.0)
LOCUST_COLUMNS = (
    "Type",
    "Name",
    "Request Count",
    "Failure Count",
    "Median Response Time",
    "Average Response Time",
    "Min Response Time",
    "Max Response Time",
    "Average Content Size",
    "Requests/s",
    "Failures/s",
    *(f"{share * 100:.10g}%" for share in LOCUST_PERCENTILES),
)
LOCUST_LIMITS, LOCUST_STEPS = (100, 1000, 10_000), (1, 10, 100, 1000)
CONTENT_BYTES = 420
CURVE = (0.0, 0.5, 0.95, 0.99, 1.0)
MOST_TIMES = 2000
"""Times of sockets that a curve is read at: enough for every percentile, few enough to be quick."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Sorted latencies in milliseconds, with the number of requests that failed among them."""

    method: str
    name: str
    latencies: Sequence[float]
    failures: int
    error: str | None

    def mean(self) -> float:
        return sum(self.latencies) / len(self.latencies)


@cache
def render(result: ResultFile) -> bytes:
    """The bytes of one result file, in the format its `tool` names."""
    writers: dict[str, Callable[[ResultFile], bytes]] = {
        "locust-stats-csv": _locust_stats_csv,
        "locust-json": _locust_json,
        "k6-summary": _k6_summary,
        "k6-sockets-summary": _k6_sockets_summary,
    }
    return writers[result.tool](result)


def samples(result: ResultFile) -> tuple[Sample, ...]:
    """One sample per endpoint, sorted by name and method as Locust sorts them."""
    found = [Sample(spec.method, spec.name, _latencies(spec), spec.failures, spec.error) for spec in result.endpoints]
    return tuple(sorted(found, key=lambda sample: (sample.name, sample.method)))


def total(parts: Iterable[Sample]) -> Sample:
    """All endpoints taken together."""
    parts = tuple(parts)
    latencies = sorted(latency for part in parts for latency in part.latencies)
    return Sample("", "Aggregated", latencies, sum(part.failures for part in parts), None)


def _latencies(spec: EndpointSpec) -> list[float]:
    return _on_curve(spec.requests, (spec.min_ms, spec.p50_ms, spec.p95_ms, spec.p99_ms, spec.max_ms))


def _on_curve(count: int, heights: Spread) -> list[float]:
    """Values evenly spaced on the curve through least, median, 95th, 99th percentile and most; both ends are hit."""
    import numpy as np  # not needed to start the page process

    shares = np.arange(count) / max(count - 1, 1)
    found: list[float] = np.interp(shares, CURVE, heights).round(4).tolist()
    return found


def _histogram(latencies: Sequence[float]) -> dict[int, int]:
    """Locust keeps its histogram in steps of 1 ms, 10 ms above 100 and 100 ms above 1000, to save memory."""
    import numpy as np  # not needed to start the page process

    found = np.asarray(latencies)
    steps = np.select([found < limit for limit in LOCUST_LIMITS], LOCUST_STEPS[:-1], LOCUST_STEPS[-1])
    rounded, counts = np.unique((np.round(found / steps) * steps).astype(int), return_counts=True)
    return dict(zip(rounded.tolist(), counts.tolist(), strict=True))


def _from_histogram(histogram: dict[int, int], count: int, share: float) -> int:
    """The percentile as Locust reads it: from the slowest down, until the share's remainder is used up."""
    wanted = int(count * share)
    seen = 0
    for latency in sorted(histogram, reverse=True):
        seen += histogram[latency]
        if count - seen <= wanted:
            return latency
    return 0


def _locust_stats_csv(result: ResultFile) -> bytes:
    parts = samples(result)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(LOCUST_COLUMNS)
    for part in (*parts, total(parts)):
        histogram, count = _histogram(part.latencies), len(part.latencies)
        percentiles = [_from_histogram(histogram, count, share) for share in LOCUST_PERCENTILES]
        rows.writerow(
            (
                part.method,
                part.name,
                count,
                part.failures,
                percentiles[0],
                part.mean(),
                part.latencies[0],
                part.latencies[-1],
                float(CONTENT_BYTES),
                count / result.duration_s,
                part.failures / result.duration_s,
                *percentiles,
            )
        )
    return text.getvalue().encode()


def _locust_json(result: ResultFile) -> bytes:
    started = result.started_at.timestamp()
    rows = []
    for part in samples(result):
        count = len(part.latencies)
        rows.append(
            {
                "name": part.name,
                "method": part.method,
                "last_request_timestamp": started + result.duration_s,
                "start_time": started,
                "num_requests": count,
                "num_none_requests": 0,
                "num_failures": part.failures,
                "total_response_time": round(sum(part.latencies), 4),
                "max_response_time": part.latencies[-1],
                "min_response_time": part.latencies[0],
                "total_content_length": count * CONTENT_BYTES,
                "response_times": {str(latency): times for latency, times in _histogram(part.latencies).items()},
                "num_reqs_per_sec": _per_second(count, int(started), result.duration_s),
                "num_fail_per_sec": _per_second(part.failures, int(started), result.duration_s),
            }
        )
    return (json.dumps(rows, indent=4) + "\n").encode()


def _per_second(count: int, started: int, seconds: int) -> dict[str, int]:
    """The count spread evenly over the run; seconds without any are left out, as Locust leaves them out."""
    shares = (((second + 1) * count // seconds) - (second * count // seconds) for second in range(seconds))
    return {str(started + second): share for second, share in enumerate(shares) if share}


def _k6_summary(result: ResultFile) -> bytes:
    parts = samples(result)
    together = total(parts)
    count = len(together.latencies)
    metrics: dict[str, object] = {
        "http_reqs": _counter(count, result.duration_s),
        "http_req_failed": {
            "type": "rate",
            "contains": "default",
            "values": {
                "rate": together.failures / count,
                "passes": together.failures,
                "fails": count - together.failures,
            },
            "thresholds": {"rate<0.01": {"ok": together.failures / count < 0.01}},
        },
        "http_req_duration": {
            **_trend(together.latencies),
            "thresholds": {"p(95)<250": {"ok": _linear(together.latencies, 0.95) < 250}},
        },
        "iterations": _counter(count, result.duration_s),
        "data_received": _counter(count * CONTENT_BYTES, result.duration_s, contains="data"),
        "vus": _gauge(result.users),
        "vus_max": _gauge(result.users),
    }
    for part in parts:
        metrics[f"http_req_duration{{name:{part.method} {part.name}}}"] = _trend(part.latencies)
        metrics[f"http_reqs{{name:{part.method} {part.name}}}"] = _counter(len(part.latencies), result.duration_s)
    return _k6_document(result, metrics)


def _k6_sockets_summary(result: ResultFile) -> bytes:
    """Each virtual user opens one socket and holds it; times are k6's, in milliseconds."""
    spec = result.sockets
    assert spec
    seconds = result.duration_s
    metrics: dict[str, object] = {
        "ws_sessions": _counter(spec.sessions, seconds),
        "ws_session_duration": _trend(_times(spec, [1000 * held for held in spec.held_s])),
        "ws_connecting": _trend(_times(spec, spec.connect_ms)),
        "ws_ping": _trend(_times(spec, spec.message_ms)),
        "ws_msgs_sent": _counter(spec.sessions, seconds),
        "ws_msgs_received": _counter(spec.messages, seconds),
        "iterations": _counter(spec.sessions, seconds),
        "vus": _gauge(result.users),
        "vus_max": _gauge(result.users),
    }
    return _k6_document(result, metrics)


def _times(spec: SocketSpec, heights: Sequence[float]) -> list[float]:
    least, median, high, higher, most = heights
    return _on_curve(min(spec.sessions, MOST_TIMES), (least, median, high, higher, most))


def _k6_document(result: ResultFile, metrics: dict[str, object]) -> bytes:
    document = {
        "root_group": {
            "name": "",
            "path": "",
            "id": hashlib.md5(b"", usedforsecurity=False).hexdigest(),
            "groups": [],
            "checks": [],
        },
        "options": {
            "summaryTrendStats": ["avg", "min", "med", "max", "p(90)", "p(95)", "p(99)"],
            "summaryTimeUnit": "",
            "noColor": False,
        },
        "state": {
            "isStdOutTTY": False,
            "isStdErrTTY": False,
            "testRunDurationMs": result.duration_s * 1000.0,
        },
        "metrics": metrics,
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _gauge(value: int) -> dict[str, object]:
    return {"type": "gauge", "contains": "default", "values": {"value": value, "min": value, "max": value}}


def _counter(count: int, seconds: int, contains: str = "default") -> dict[str, object]:
    return {"type": "counter", "contains": contains, "values": {"count": count, "rate": count / seconds}}


def _trend(latencies: Sequence[float]) -> dict[str, object]:
    return {
        "type": "trend",
        "contains": "time",
        "values": {
            "avg": sum(latencies) / len(latencies),
            "min": latencies[0],
            "med": _linear(latencies, 0.5),
            "max": latencies[-1],
            "p(90)": _linear(latencies, 0.90),
            "p(95)": _linear(latencies, 0.95),
            "p(99)": _linear(latencies, 0.99),
        },
    }


def _linear(latencies: Sequence[float], share: float) -> float:
    """The percentile as k6 reckons it: interpolated between neighbours."""
    place = (len(latencies) - 1) * share
    low = math.floor(place)
    high = min(low + 1, len(latencies) - 1)
    return latencies[low] + (place - low) * (latencies[high] - latencies[low])
