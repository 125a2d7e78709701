"""Artillery: the JSON report of version 1 (latency, rps) and version 2 (counters, summaries)."""

from collections.abc import Mapping

from .figures import rate
from .jsontext import count, items, number, section
from .measurements import STATED, Endpoint, Failure, Numbers, Point, Reading, Run
from .moments import epoch_seconds, seconds_of

TOOL = "Artillery"
_CODES = "http.codes."
_ERRORS = "errors."
_BY_ENDPOINT = "plugins.metrics-by-endpoint."
_NO_REQUEST = "capture or match"


def is_json(value: object) -> bool:
    aggregate = section(value, "aggregate")
    return "counters" in aggregate or {"scenariosCreated", "requestsCompleted"} <= aggregate.keys()


def read_json(value: object, warnings: list[str]) -> Reading:
    aggregate = section(value, "aggregate")
    run = _first_shape(aggregate) if "requestsCompleted" in aggregate else _second_shape(aggregate)
    run.percentile_rule = STATED
    run.series = _series(items(value, "intermediate"))
    return Reading("artillery_json", TOOL, [run], warnings)


def _first_shape(aggregate: Mapping[str, object]) -> Run:
    """Version 1: every request that got an answer is completed, every other one is an error."""
    latency, paces = section(aggregate, "latency"), section(aggregate, "rps")
    codes, errors = section(aggregate, "codes"), section(aggregate, "errors")
    done = count(aggregate, "requestsCompleted", "aggregate") or 0
    kinds = {key: count(errors, key, "errors") or 0 for key in errors}
    lost = sum(times for key, times in kinds.items() if _NO_REQUEST not in key)
    bad = {key: count(codes, key, "codes") or 0 for key in codes if key[:1] in ("4", "5")}
    numbers = Numbers(done + lost, sum(bad.values()) + lost, requests_per_s=number(paces, "mean", "rps"))
    if done:
        _add_latencies(numbers, latency)
    return Run(stated=numbers, errors=_failures(kinds, bad))


def _second_shape(aggregate: Mapping[str, object]) -> Run:
    """Version 2: counters by name, percentiles under `summaries` (or `histograms`)."""
    counters = section(aggregate, "counters")
    summaries = section(aggregate, "summaries") or section(aggregate, "histograms")
    kinds = {k.removeprefix(_ERRORS): count(counters, k, "counters") or 0 for k in counters if k.startswith(_ERRORS)}
    bad = {
        key.removeprefix(_CODES): count(counters, key, "counters") or 0
        for key in counters
        if key.startswith((_CODES + "4", _CODES + "5"))
    }
    lost = sum(times for key, times in kinds.items() if _NO_REQUEST not in key)
    numbers = Numbers(requests=count(counters, "http.requests", "counters"))
    if numbers.requests is not None:
        numbers.failures = sum(bad.values()) + lost
    if count(counters, "http.responses", "counters"):
        _add_latencies(numbers, section(summaries, "http.response_time"))
    run = Run(stated=numbers, errors=_failures(kinds, bad), endpoints=_endpoints(counters, summaries))
    first, last = (number(aggregate, key, "aggregate") for key in ("firstMetricAt", "lastMetricAt"))
    if first is not None and last is not None and last > first:
        run.computed = Numbers(duration_s=(last - first) / 1000)
        run.computed.requests_per_s = rate(numbers.requests, run.computed.duration_s)
    else:
        numbers.requests_per_s = number(section(aggregate, "rates"), "http.request_rate", "rates")
    return run


def _add_latencies(numbers: Numbers, latency: Mapping[str, object]) -> None:
    for key in ("min", "mean", "p90", "p95", "p99", "max"):
        setattr(numbers, key, number(latency, key, "latency"))
    median = number(latency, "median", "latency")
    numbers.p50 = number(latency, "p50", "latency") if median is None else median


def _failures(kinds: Mapping[str, int], bad: Mapping[str, int]) -> list[Failure]:
    found = [Failure(key, times) for key, times in kinds.items() if times]
    return found + [Failure(f"HTTP status {key}", times) for key, times in bad.items() if times]


def _endpoints(counters: Mapping[str, object], summaries: Mapping[str, object]) -> list[Endpoint]:
    prefix = _BY_ENDPOINT + "response_time."
    found: dict[str, Numbers] = {}
    for key in summaries:
        if key.startswith(prefix) and len(found) < 2000:
            numbers = found[key.removeprefix(prefix)] = Numbers()
            _add_latencies(numbers, section(summaries, key))
    for key in counters:
        name, mark, code = key.removeprefix(_BY_ENDPOINT).rpartition(".codes.")
        if key.startswith(_BY_ENDPOINT) and mark and name in found:
            times, numbers = count(counters, key, "counters") or 0, found[name]
            numbers.requests = (numbers.requests or 0) + times
            numbers.failures = (numbers.failures or 0) + (times if code[:1] in ("4", "5") else 0)
    return [Endpoint(name, None, numbers) for name, numbers in found.items()]


def _series(periods: list[object]) -> list[Point]:
    found: list[tuple[float, Point]] = []
    for period in periods[:5000]:
        at = _moment(period)
        if at is None:
            continue
        counters, summaries = section(period, "counters"), section(period, "summaries")
        latency = section(period, "latency") or section(summaries, "http.response_time")
        pace = number(section(period, "rps"), "mean", "rps")
        if pace is None:
            pace = number(section(period, "rates"), "http.request_rate", "rates")
        errors = section(period, "errors")
        lost = sum(count(errors, key, "errors") or 0 for key in errors)
        lost += sum(count(counters, key, "counters") or 0 for key in counters if key.startswith(_ERRORS))
        median = number(latency, "median", "latency")
        found.append((at, Point(0, pace, number(latency, "p95", "latency"), lost, median)))
    found.sort(key=lambda item: item[0])
    for at, point in found:
        point.t = round(at - found[0][0], 3)
    return [point for _, point in found]


def _moment(period: object) -> float | None:
    holder = period if isinstance(period, Mapping) else {}
    for key in ("period", "timestamp", "firstMetricAt"):
        value = holder.get(key)
        if isinstance(value, str):
            return seconds_of(value, key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return epoch_seconds(value, key)
    return None
