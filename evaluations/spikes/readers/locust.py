"""Locust: the CSV files of `--csv` and the list that `--json` prints (0.8 to 2.x)."""

import re
from collections.abc import Iterator, Mapping

from .durations import Durations
from .figures import count_of, decimal_of, rate
from .jsontext import count, number, section, word
from .kept import EndpointStore
from .measurements import NEAREST_RANK, STATED, Endpoint, Failure, Numbers, Point, Reading, Run
from .moments import moment_within
from .refusal import Rejected
from .tables import Cells, Table, WrongWidth

TOOL = "Locust"
REQUESTS = ("Request Count", "# requests", "Total Request Count")
FAILURES = ("Failure Count", "# failures", "Total Failure Count")
MEDIAN = ("Median Response Time", "Median response time", "Total Median Response Time")
MEAN = ("Average Response Time", "Average response time", "Total Average Response Time")
LEAST = ("Min Response Time", "Min response time", "Total Min Response Time")
GREATEST = ("Max Response Time", "Max response time", "Total Max Response Time")
KIND = ("Type", "Method")
_TOTALS = {"aggregated", "total"}
_NO_KIND = {"", "none", "null"}
_OLD_TOTAL = re.compile(r"(None )?(Total|Aggregated)\Z")


def is_stats(columns: set[str]) -> bool:
    known = {"average response time", "median response time", "request count", "# requests"}
    return "name" in columns and bool(known & columns) and "timestamp" not in columns


def is_history(columns: set[str]) -> bool:
    return "timestamp" in columns and bool({"user count", "requests/s"} & columns) and bool({"50%", "name"} & columns)


def is_failures(columns: set[str]) -> bool:
    return {"error", "occurrences"} <= columns


def is_exceptions(columns: set[str]) -> bool:
    return {"count", "message", "traceback"} <= columns


def is_distribution(columns: set[str]) -> bool:
    return {"name", "100%"} <= columns and not {"type", "method", "timestamp", "average response time"} & columns


def read_stats(table: Table) -> Reading:
    """`_stats.csv` (once `_requests.csv`): one row per endpoint and one for all of them."""
    for names in (REQUESTS, FAILURES, MEDIAN, MEAN, ("Name",)):
        table.need(*names)
    store, total, line, warnings = EndpointStore(), None, None, table.content.warnings
    for row in table.rows():
        cells = Cells(table, row)
        numbers = _stated(cells)
        name, kind = cells.text("Name") or "", cells.text(*KIND)
        if _is_total(kind, name):
            if total is not None:
                store.add(Endpoint(name, None, total))
                warnings.append(f"More than one row is called {name}; the last one is taken for the total.")
            total, line = numbers, table.line
        else:
            store.add(Endpoint(name, kind or None, numbers, table.line))
    if total is None and not store.seen:
        raise Rejected("The table has a header and no rows under it: nothing was measured", 1)
    run = _whole(total, store, warnings)
    run.line = line
    return Reading("locust_stats_csv", TOOL, [run], warnings)


def _whole(total: Numbers | None, store: EndpointStore, warnings: list[str]) -> Run:
    added = store.total()
    run = Run(percentile_rule=STATED, endpoints=store.endpoints(warnings), computed=added)
    if total is None:
        warnings.append("There is no Aggregated row; the totals are the sums of the rows.")
        run.percentile_rule = None
        return run
    run.stated = total
    for field in ("requests", "failures"):
        said, found = getattr(total, field), getattr(added, field)
        if store.seen and said is not None and found is not None and said != found:
            warnings.append(f"The Aggregated row says {said} {field}, its rows add up to {found}; the rows are shown.")
            setattr(run.stated, field, None)
    return run


def _stated(cells: Cells) -> Numbers:
    requests = cells.count(*REQUESTS)
    p50 = cells.decimal("50%")
    numbers = Numbers(
        requests=requests,
        failures=cells.count(*FAILURES),
        requests_per_s=cells.decimal("Requests/s"),
        min=cells.decimal(*LEAST),
        mean=cells.decimal(*MEAN),
        p50=cells.decimal(*MEDIAN) if p50 is None else p50,
        p90=cells.decimal("90%"),
        p95=cells.decimal("95%"),
        p99=cells.decimal("99%"),
        max=cells.decimal(*GREATEST),
    )
    return numbers.without_latencies() if requests == 0 else numbers


def _is_total(kind: str | None, name: str) -> bool:
    """The row of all requests has no method; an endpoint that is called Aggregated has one."""
    return name.strip().casefold() in _TOTALS and (kind or "").strip().casefold() in _NO_KIND


def read_history(table: Table) -> Reading:
    """`_stats_history.csv`: one row per second, cumulated counts, percentiles of the last ten seconds."""
    table.need("Timestamp")
    table.need("Name")
    totals: list[tuple[float, Numbers, Point]] = []
    latest: dict[tuple[str | None, str], Endpoint] = {}
    first, last = None, None
    for cells in _until_cut(table):
        at = cells.decimal("Timestamp")
        if at is None:
            raise Rejected("This row has no time stamp", table.line)
        at = at / 1000 if at > 1e11 else at
        first = at if first is None else min(first, at)
        last = at if last is None else max(last, at)
        kind, name = cells.text(*KIND), cells.text("Name") or ""
        numbers = _cumulated(cells)
        if _is_total(kind, name):
            totals.append((at, numbers, _moment(cells, at)))
        elif len(latest) < 2000 or (kind, name) in latest:
            latest[kind, name] = Endpoint(name, kind or None, numbers, table.line)
    if first is None or last is None:
        raise Rejected("The table has a header and no rows under it: nothing was measured", 1)
    run = Run(percentile_rule=STATED, endpoints=list(latest.values()), started_at=moment_within(first))
    if totals:
        totals.sort(key=lambda item: item[0])
        run.stated = totals[-1][1]
        run.series = _timeline([point for _, _, point in totals], [n for _, n, _ in totals], first)
    else:
        run.stated = _added([endpoint.numbers for endpoint in latest.values()])
    run.computed = Numbers(duration_s=last - first, requests_per_s=rate(run.stated.requests, last - first))
    return Reading("locust_history_csv", TOOL, [run], table.content.warnings)


def _cumulated(cells: Cells) -> Numbers:
    requests = cells.count(*REQUESTS)
    numbers = Numbers(
        requests=requests,
        failures=cells.count(*FAILURES),
        min=cells.decimal(*LEAST),
        mean=cells.decimal(*MEAN),
        p50=cells.decimal(*MEDIAN),
        max=cells.decimal(*GREATEST),
    )
    return numbers.without_latencies() if requests == 0 else numbers


def _moment(cells: Cells, at: float) -> Point:
    return Point(
        t=at,
        requests_per_s=cells.decimal("Requests/s"),
        p95_ms=cells.decimal("95%"),
        p50_ms=cells.decimal("50%"),
        errors=cells.decimal("Failures/s", "Requests Failed/s"),
        users=cells.decimal("User Count"),
    )


def _timeline(points: list[Point], cumulated: list[Numbers], first: float) -> list[Point]:
    """Failures of each interval are the growth of the cumulated count, where that is given."""
    before = 0
    for point, numbers in zip(points, cumulated, strict=True):
        point.t = round(point.t - first, 3)
        if numbers.failures is not None:
            point.errors, before = max(0, numbers.failures - before), numbers.failures
    return points


def _until_cut(table: Table) -> Iterator[Cells]:
    """The rows of a log; a last one that was cut off is left out with a warning."""
    try:
        for row in table.rows():
            yield Cells(table, row)
    except WrongWidth as error:
        if not error.is_cut_off:
            raise
        table.content.warnings.append(f"Line {error.line} was cut off in the middle and is left out.")


def _added(parts: list[Numbers]) -> Numbers:
    requests = [n.requests for n in parts if n.requests is not None]
    failures = [n.failures for n in parts if n.failures is not None]
    return Numbers(sum(requests) if requests else None, sum(failures) if failures else None)


def read_failures(table: Table) -> Reading:
    """`_failures.csv`: kinds of failures with their number. How many requests there were is not in it."""
    occurrences = table.need("Occurrences")
    errors = []
    for row in table.rows():
        cells = Cells(table, row)
        times = count_of(row[occurrences], "Occurrences", table.line)
        errors.append(Failure(cells.text("Error") or "", times, cells.text(*KIND), cells.text("Name")))
    warnings = table.content.warnings
    if not errors:
        warnings.append("The table has no rows: no failure was recorded.")
    total = sum(e.count or 0 for e in errors) if errors else None
    return Reading("locust_failures_csv", TOOL, [Run(computed=Numbers(failures=total), errors=errors)], warnings)


def read_exceptions(table: Table) -> Reading:
    """`_exceptions.csv`: exceptions in the test's own code. They are not failed requests."""
    times = table.need("Count")
    errors = []
    for row in table.rows():
        cells = Cells(table, row)
        errors.append(Failure(cells.text("Message") or "", count_of(row[times], "Count", table.line)))
    warnings = table.content.warnings
    if not errors:
        warnings.append("The table has no rows: the test's own code raised no exception.")
    return Reading("locust_exceptions_csv", TOOL, [Run(errors=errors)], warnings)


def read_distribution(table: Table) -> Reading:
    """`_distribution.csv` (before 1.0): percentiles per endpoint."""
    table.need(*REQUESTS)
    store, total = EndpointStore(), None
    for row in table.rows():
        cells = Cells(table, row)
        name = cells.text("Name") or ""
        requests = cells.count(*REQUESTS)
        p50, p90, p95, p99, greatest = (cells.decimal(c) for c in ("50%", "90%", "95%", "99%", "100%"))
        numbers = Numbers(requests=requests, p50=p50, p90=p90, p95=p95, p99=p99, max=greatest)
        if _OLD_TOTAL.match(name.strip()):
            total = numbers
        else:
            store.add(Endpoint(name, None, numbers, table.line))
    if total is None and not store.seen:
        raise Rejected("The table has a header and no rows under it: nothing was measured", 1)
    warnings = table.content.warnings
    run = Run(percentile_rule=STATED, endpoints=store.endpoints(warnings), computed=Numbers(store.total().requests))
    run.stated = total or Numbers()
    return Reading("locust_distribution_csv", TOOL, [run], warnings)


def is_json(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_entry(entry) for entry in value)


def _is_entry(entry: object) -> bool:
    return isinstance(entry, Mapping) and {"num_requests", "num_failures", "response_times"} <= entry.keys()


def read_json(value: object, warnings: list[str]) -> Reading:
    """The list of `--json`: per endpoint a histogram of response times that Locust has rounded to two digits."""
    return Reading("locust_json", TOOL, [json_run(value, warnings)], warnings)


def json_run(value: object, warnings: list[str]) -> Run:
    assert isinstance(value, list)
    store, every = EndpointStore(), Durations()
    starts: list[float] = []
    ends: list[float] = []
    per_second: dict[int, list[int]] = {}
    for place, entry in enumerate(value):
        where = f"entry {place + 1}"
        histogram = _histogram(section(entry, "response_times"), where)
        every.merge(histogram)
        numbers = _entry_numbers(entry, histogram, where)
        store.add(Endpoint(word(entry, "name") or "", word(entry, "method"), numbers))
        for moments, key in ((starts, "start_time"), (ends, "last_request_timestamp")):
            moment = number(entry, key, where)
            if moment:
                moments.append(moment)
        _count_seconds(entry, per_second, where)
    computed = store.total()
    merged = every.numbers()
    computed.p50, computed.p90, computed.p95, computed.p99 = merged.p50, merged.p90, merged.p95, merged.p99
    if starts and ends and max(ends) >= min(starts):
        computed.duration_s = max(ends) - min(starts)
        computed.requests_per_s = rate(computed.requests, computed.duration_s)
    endpoints = store.endpoints(warnings)
    rule = f"{NEAREST_RANK} over the histogram, which Locust rounds to two digits"
    run = Run(computed=computed, endpoints=endpoints, percentile_rule=rule, series=_seconds(per_second))
    run.started_at = moment_within(min(starts)) if starts else None
    return run


def _histogram(times: Mapping[str, object], where: str) -> Durations:
    histogram = Durations()
    for key in times:
        times_seen = count(times, key, f"{where}: response_times")
        value = decimal_of(key, f"{where}: a key of response_times")
        if value is None:
            raise Rejected(f"{where}: response_times has the key {key[:40]!r}, which is not a time")
        if times_seen:
            histogram.add(value, times_seen)
    return histogram


def _entry_numbers(entry: object, histogram: Durations, where: str) -> Numbers:
    requests = count(entry, "num_requests", where)
    timed = (requests or 0) - (count(entry, "num_none_requests", where) or 0)
    total = number(entry, "total_response_time", where)
    numbers = histogram.numbers()
    numbers.requests, numbers.failures = requests, count(entry, "num_failures", where)
    if not histogram.count:
        return numbers
    least, greatest = number(entry, "min_response_time", where), number(entry, "max_response_time", where)
    numbers.min = numbers.min if least is None else least
    numbers.max = numbers.max if greatest is None else greatest
    if total is not None and timed > 0:
        numbers.mean = total / timed
    return numbers


def _count_seconds(entry: object, per_second: dict[int, list[int]], where: str) -> None:
    for place, key in ((0, "num_reqs_per_sec"), (1, "num_fail_per_sec")):
        seconds = section(entry, key)
        for second in seconds:
            if second.isascii() and second.isdigit() and len(second) < 12 and len(per_second) < 100_000:
                per_second.setdefault(int(second), [0, 0])[place] += count(seconds, second, where) or 0


def _seconds(per_second: dict[int, list[int]]) -> list[Point]:
    if not per_second:
        return []
    first = min(per_second)
    return [
        Point(t=second - first, requests_per_s=per_second[second][0], errors=per_second[second][1])
        for second in sorted(per_second)
    ]
