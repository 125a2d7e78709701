"""k6's summary at the end of a test, in the three shapes that k6 writes.

`--summary-export` (flat metrics), `handleSummary` (metrics with `values`), and the machine-readable summary
(`results.metrics`, a list). Times are milliseconds in all three, whatever `summaryTimeUnit` says.
`http_req_failed` is a rate of failures: its `passes` (`matches`) are the requests that FAILED.
"""

import re
from collections.abc import Mapping

from .figures import rate, shown
from .jsontext import count, items, number, section, word
from .k6_sockets import of_summary
from .measurements import STATED, Endpoint, Failure, Numbers, Reading, Run, Threshold
from .refusal import Rejected

TOOL = "k6"
_TAGGED = re.compile(r"(\w+)\{(.*)\}\Z", re.DOTALL)
_OUR_NAMES = {"avg": "mean", "min": "min", "max": "max", "p(90)": "p90", "p(95)": "p95", "p(99)": "p99"}


def is_summary(value: object) -> bool:
    if not isinstance(value, Mapping):
        return False
    if isinstance(value.get("metrics"), Mapping):
        metrics = value["metrics"]
        return (
            bool({"root_group", "state", "setup_data"} & value.keys())
            or "http_reqs" in metrics
            or "iterations" in metrics
        )
    return _is_machine_readable(value)


def _is_machine_readable(value: Mapping[str, object]) -> bool:
    return isinstance(section(value, "results").get("metrics"), list) and "config" in value


def read_summary(value: object, warnings: list[str]) -> Reading:
    """Totals, latencies and thresholds; sub-metrics with a name or URL become endpoints."""
    assert isinstance(value, Mapping)
    if _is_machine_readable(value):
        metrics = _listed(value)
        duration = number(section(value, "config"), "duration", "config")
        thresholds = _listed_thresholds(value)
    else:
        metrics = section(value, "metrics")
        spent = number(section(value, "state"), "testRunDurationMs", "state")
        duration = None if spent is None else spent / 1000
        thresholds = _thresholds(metrics)
    odd = next((name for name, metric in metrics.items() if not isinstance(metric, Mapping)), None)
    if odd is not None:
        raise Rejected(
            f"metrics.{odd[:80]} is {shown(metrics[odd])}, an object was expected: this is no summary of k6's own"
        )
    run = _run(metrics, duration)
    run.thresholds = thresholds
    run.errors = _failed_checks(value)
    run.context = _context(value, metrics, run.numbers.duration_s)
    if run.numbers.requests is None:
        warnings.append("The summary holds no http_reqs: no HTTP request was made, or another protocol was tested.")
    if not metrics:
        raise Rejected("The k6 summary has no metrics at all: nothing was measured")
    return Reading("k6_summary_json", TOOL, [run], warnings)


def _run(metrics: Mapping[str, object], duration: float | None) -> Run:
    stated = _numbers(metrics, "")
    stated.duration_s = duration
    computed = Numbers()
    if duration is None:
        computed.duration_s = _implied_duration(metrics)
    computed.requests_per_s = rate(stated.requests, duration if duration is not None else computed.duration_s)
    failed_share = number(_values(metrics, "http_req_failed"), "rate", "http_req_failed")
    if stated.failures is None and failed_share is not None and stated.requests is not None:
        computed.failures = round(failed_share * stated.requests)
    return Run(
        stated=stated, computed=computed, percentile_rule=f"{STATED} (linear interpolation)", endpoints=_tagged(metrics)
    )


def _values(metrics: Mapping[str, object], name: str) -> Mapping[str, object]:
    """A metric's figures, which the flat shape has beside its thresholds and the others under `values`."""
    metric = section(metrics, name)
    values = metric.get("values")
    if isinstance(values, Mapping):
        return values
    if "value" in metric and "rate" not in metric:
        return {**metric, "rate": metric["value"]}
    return metric


def _numbers(metrics: Mapping[str, object], tags: str) -> Numbers:
    requests, failed = _values(metrics, "http_reqs" + tags), _values(metrics, "http_req_failed" + tags)
    times = _values(metrics, "http_req_duration" + tags)
    where = "metrics.http_req_duration" + tags
    numbers = Numbers(
        requests=count(requests, "count", "metrics.http_reqs"),
        failures=_failed(failed),
        requests_per_s=number(requests, "rate", "metrics.http_reqs"),
    )
    for theirs, ours in _OUR_NAMES.items():
        setattr(numbers, ours, number(times, theirs, where))
    median = number(times, "med", where)
    numbers.p50 = number(times, "p(50)", where) if median is None else median
    return numbers.without_latencies() if numbers.requests == 0 else numbers


def _failed(values: Mapping[str, object]) -> int | None:
    matches = count(values, "matches", "metrics.http_req_failed")
    return count(values, "passes", "metrics.http_req_failed") if matches is None else matches


def _implied_duration(metrics: Mapping[str, object]) -> float | None:
    """Counters carry count and rate; their quotient is the length of the test."""
    for name in ("http_reqs", "iterations", "data_received"):
        values = _values(metrics, name)
        many, pace = number(values, "count", name), number(values, "rate", name)
        if many and pace:
            return many / pace
    return None


def _tagged(metrics: Mapping[str, object]) -> list[Endpoint]:
    """`http_req_duration{name:/items}` is an endpoint; sub-metrics by status or scenario are not."""
    endpoints, seen = [], set()
    for key in metrics:
        match = _TAGGED.match(key)
        if not match or match[1] not in ("http_req_duration", "http_reqs", "http_req_failed") or match[2] in seen:
            continue
        seen.add(match[2])
        tags = dict(part.strip().partition(":")[::2] for part in match[2].split(","))
        name = tags.get("name") or tags.get("url")
        if name:
            endpoints.append(Endpoint(name, tags.get("method"), _numbers(metrics, "{" + match[2] + "}")))
    return endpoints


def _thresholds(metrics: Mapping[str, object]) -> list[Threshold]:
    """In the flat shape true means CROSSED, that is failed; in the other one `ok` says it straight."""
    found = []
    for name in metrics:
        for expression, verdict in section(section(metrics, name), "thresholds").items():
            if isinstance(verdict, bool):
                found.append(Threshold(name, expression, not verdict))
            else:
                ok = section({"it": verdict}, "it").get("ok")
                found.append(Threshold(name, expression, ok if isinstance(ok, bool) else None))
    return found


def _listed(value: Mapping[str, object]) -> Mapping[str, object]:
    found: dict[str, object] = {}
    for metric in items(section(value, "results"), "metrics"):
        name = word(metric, "name")
        if name:
            found[name] = metric
    return found


def _listed_thresholds(value: Mapping[str, object]) -> list[Threshold]:
    found = []
    for entry in items(section(value, "results"), "thresholds"):
        expression = word(entry, "source") or word(entry, "expression") or word(entry, "name") or ""
        ok = entry.get("ok", entry.get("passed")) if isinstance(entry, Mapping) else None
        found.append(Threshold(word(entry, "metric") or "", expression, ok if isinstance(ok, bool) else None))
    return found


def _failed_checks(value: Mapping[str, object]) -> list[Failure]:
    """Checks that did not hold, from the groups or the list of results."""
    found: list[Failure] = []
    waiting: list[object] = [value.get("root_group")]
    while waiting and len(found) < 1000:
        group = waiting.pop()
        for holder in (group, section(group, "checks")):
            found += _failed_in(items(holder, "checks") if holder is group else list(section(group, "checks").values()))
        waiting += items(group, "groups") + list(section(group, "groups").values())
    return found + _failed_in(items(section(section(value, "results"), "checks"), "results"))


def _failed_in(checks: list[object]) -> list[Failure]:
    found = []
    for check in checks:
        fails = count(check, "fails", "check")
        if fails:
            found.append(Failure(f"check failed: {word(check, 'name') or '?'}", fails))
    return found


def _context(value: Mapping[str, object], metrics: Mapping[str, object], duration: float | None) -> dict[str, object]:
    context: dict[str, object] = {"users_max": number(_values(metrics, "vus_max"), "max", "vus_max")}
    context["iterations"] = number(_values(metrics, "iterations"), "count", "iterations")
    context["dropped_iterations"] = number(_values(metrics, "dropped_iterations"), "count", "dropped_iterations")
    context["version"] = word(section(value, "metadata"), "k6_version") or word(section(value, "metadata"), "k6Version")
    context |= of_summary(lambda name: _values(metrics, name), duration)
    return {key: known for key, known in context.items() if known is not None}
