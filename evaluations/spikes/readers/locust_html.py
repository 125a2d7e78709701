"""Locust's HTML report: the data that newer ones carry in a script, the tables of older ones."""

import re
from html.parser import HTMLParser

from . import jsontext
from .content import Content
from .figures import count_of, decimal_of
from .jsontext import count, items, number, word
from .kept import EndpointStore
from .measurements import STATED, Endpoint, Failure, Numbers, Point, Reading, Run
from .moments import seconds_of
from .refusal import Rejected

IS_IT = re.compile(r"<title>\s*(Locust|Test Report for|Locust Test Report)|window\.templateArgs|locustfile", re.I)
_HTML_LIMIT = 48_000_000
_DATA = re.compile(r"window\.templateArgs\s*=\s*(?=\{)")
_TOTALS = {"Aggregated", "Total"}


def read_html(content: Content) -> Reading:
    text = content.whole_text(_HTML_LIMIT, "An HTML report")
    places = list(_DATA.finditer(text))
    run = (
        _from_data(_object_at(text, places[-1].end()), content.warnings)
        if places
        else _from_tables(text, content.warnings)
    )
    return Reading("locust_html", "Locust", [run], content.warnings)


def _object_at(text: str, start: int) -> object:
    """The script's object, which ends where its braces do."""
    end = text.find("</script>", start)
    stretch = text[start : end if end >= 0 else len(text)].rstrip().rstrip(";").rstrip()
    if stretch.endswith("}"):
        return jsontext.parse(stretch, [])
    last = stretch.rfind("}\n")
    return jsontext.parse(stretch[: last + 1], [])


def _from_data(data: object, warnings: list[str]) -> Run:
    shares: dict[tuple[str | None, str | None], object] = {}
    for entry in items(data, "response_time_statistics"):
        shares[word(entry, "method"), word(entry, "name")] = entry
    store, total = EndpointStore(), None
    for entry in items(data, "requests_statistics"):
        method, name = word(entry, "method"), word(entry, "name") or ""
        numbers = _data_numbers(entry, shares.get((method, word(entry, "name"))))
        if name in _TOTALS and not method:
            total = numbers
        else:
            store.add(Endpoint(name, method, numbers))
    run = Run(
        stated=total or Numbers(), computed=store.total(), percentile_rule=STATED, endpoints=store.endpoints(warnings)
    )
    if total is None and not store.seen:
        raise Rejected("The report holds no request: nothing was measured")
    begin, end = word(data, "start_time"), word(data, "end_time")
    if begin and end:
        run.started_at = seconds_of(begin)
        run.computed.duration_s = seconds_of(end) - seconds_of(begin)
        run.series = _series(items(data, "history"), seconds_of(begin))
    for entry in items(data, "failures_statistics"):
        times = count(entry, "occurrences", "failures")
        run.errors.append(Failure(word(entry, "error") or "", times, word(entry, "method"), word(entry, "name")))
    run.context = {"host": word(data, "host")}
    return run


def _data_numbers(entry: object, shares: object) -> Numbers:
    where = "requests_statistics"
    numbers = Numbers(
        requests=count(entry, "num_requests", where),
        failures=count(entry, "num_failures", where),
        requests_per_s=number(entry, "total_rps", where),
        min=number(entry, "min_response_time", where),
        mean=number(entry, "avg_response_time", where),
        p50=number(entry, "median_response_time", where),
        p95=number(entry, "response_time_percentile_0.95", where),
        p99=number(entry, "response_time_percentile_0.99", where),
        max=number(entry, "max_response_time", where),
    )
    for share, ours in _SHARES.items():
        if getattr(numbers, ours) is None:
            setattr(numbers, ours, number(shares, share, where))
    return numbers.without_latencies() if numbers.requests == 0 else numbers


_SHARES = {"0.5": "p50", "0.9": "p90", "0.95": "p95", "0.99": "p99"}


def _series(history: list[object], begin: float) -> list[Point]:
    points = []
    for moment in history[:20_000]:
        at = word(moment, "time")
        if at is None or not re.match(r"\d{4}-", at):
            continue
        points.append(
            Point(
                t=round(seconds_of(at) - begin, 3),
                requests_per_s=_last(moment, "current_rps"),
                p95_ms=_last(moment, "response_time_percentile_0.95"),
                errors=_last(moment, "current_fail_per_sec"),
                p50_ms=_last(moment, "response_time_percentile_0.5"),
                users=_last(moment, "user_count"),
            )
        )
    return points


def _last(moment: object, key: str) -> float | None:
    """A value, or the second of a pair [time, value]."""
    pair = items(moment, key)
    return number({"it": pair[-1]}, "it", key) if pair else number(moment, key) if not _is_list(moment, key) else None


def _is_list(moment: object, key: str) -> bool:
    return isinstance(moment, dict) and isinstance(moment.get(key), list)


class _Tables(HTMLParser):
    """The text of every table cell, row by row, with the heading above."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._cell: list[str] | None = None
        self._row: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._row = []
        elif tag in ("td", "th"):
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            self._row.append("".join(self._cell).strip())
            self._cell = None
        elif tag == "tr" and self._row and len(self.rows) < 20_000:
            self.rows.append(self._row)
            self._row = []

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)


def _from_tables(text: str, warnings: list[str]) -> Run:
    parser = _Tables()
    parser.feed(text)
    found: dict[tuple[str, str], dict[str, str]] = {}
    header: list[str] = []
    for row in parser.rows:
        if "Method" in row and "Name" in row:
            header = row
        elif header and len(row) == len(header) and "Error" not in header:
            cells = dict(zip(header, row, strict=True))
            found.setdefault((cells["Method"], cells["Name"]), {}).update(cells)
    store, total = EndpointStore(), None
    for (method, name), cells in found.items():
        numbers = _table_numbers(cells)
        if name in _TOTALS and not method:
            total = numbers
        else:
            store.add(Endpoint(name, method or None, numbers))
    if total is None and not store.seen:
        raise Rejected("The HTML page is no Locust report with a table of requests")
    return Run(
        stated=total or Numbers(), computed=store.total(), percentile_rule=STATED, endpoints=store.endpoints(warnings)
    )


def _table_numbers(cells: dict[str, str]) -> Numbers:
    def decimal(*names: str) -> float | None:
        text = next((cells[name] for name in names if name in cells), "")
        return decimal_of(text, names[0])

    numbers = Numbers(
        requests=count_of(cells.get("# Requests", ""), "# Requests"),
        failures=count_of(cells.get("# Fails", ""), "# Fails"),
        requests_per_s=decimal("RPS"),
        min=decimal("Min (ms)"),
        mean=decimal("Average (ms)"),
        p50=decimal("50%ile (ms)"),
        p90=decimal("90%ile (ms)"),
        p95=decimal("95%ile (ms)"),
        p99=decimal("99%ile (ms)"),
        max=decimal("Max (ms)"),
    )
    return numbers.without_latencies() if numbers.requests == 0 else numbers
