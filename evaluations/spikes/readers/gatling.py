"""Gatling: `stats.json`, `global_stats.json` and the text `simulation.log` of versions 2 and 3."""

import re
from collections.abc import Iterator, Mapping

from .content import Content
from .figures import checked_count, decimal_of, shown
from .jsontext import number, section, word
from .kept import EndpointStore
from .measurements import STATED, Endpoint, Numbers, Reading, Run
from .refusal import Rejected
from .samples import Samples

TOOL = "Gatling"
LOG = re.compile(r"\A\s*(?:RUN\t|ASSERTION\t|USER\t|REQUEST\t|GROUP\t|[^\t\n]+\t[^\t\n]*\tRUN\t)")
BINARY_LOG = re.compile(rb"\A\x00\x00\x00\x00[\x05-\x0c]\d+\.\d+")
_STAMP = re.compile(r"[0-9]{13}\Z", re.ASCII)
_DEPTH = 40


def is_json(value: object) -> bool:
    return "numberOfRequests" in section(value, "stats") or (isinstance(value, Mapping) and "numberOfRequests" in value)


def read_json(value: object, warnings: list[str]) -> Reading:
    """The global row and one row per request; a dash means that nothing was measured."""
    assert isinstance(value, Mapping)
    rows = section(value, "stats") or value
    numbers = _numbers(rows)
    store = EndpointStore()
    for path, row in _requests(value, (), 0):
        store.add(Endpoint(" / ".join(path), None, _numbers(row)))
    run = Run(
        stated=numbers, endpoints=store.endpoints(warnings), percentile_rule=f"{STATED} (Gatling's default shares)"
    )
    added = store.total()
    if store.seen and added.requests != numbers.requests:
        warnings.append(f"The total is {numbers.requests} requests, its rows add up to {added.requests}.")
    return Reading("gatling_stats_json", TOOL, [run], warnings)


def _requests(
    holder: object, path: tuple[str, ...], depth: int
) -> Iterator[tuple[tuple[str, ...], Mapping[str, object]]]:
    if depth > _DEPTH:
        raise Rejected("The groups are nested far deeper than any simulation's")
    contents = section(holder, "contents")
    for key in contents:
        entry = contents[key]
        name = word(entry, "name") or word(section(entry, "stats"), "name") or key
        if word(entry, "type") == "REQUEST":
            yield (*path, name), section(entry, "stats")
        else:
            yield from _requests(entry, (*path, name), depth + 1)


def _numbers(row: Mapping[str, object]) -> Numbers:
    """percentiles1..4 carry no label: by default 50, 75, 95, 99 since 2.1, and 95, 99 before."""
    first, second, third, fourth = (_total(row, f"percentiles{i}") for i in (1, 2, 3, 4))
    numbers = Numbers(
        requests=_count(row, "numberOfRequests", "total"),
        failures=_count(row, "numberOfRequests", "ko"),
        requests_per_s=_total(row, "meanNumberOfRequestsPerSecond"),
        min=_total(row, "minResponseTime"),
        mean=_total(row, "meanResponseTime"),
        max=_total(row, "maxResponseTime"),
    )
    if third is None:
        numbers.p95, numbers.p99 = first, second
    else:
        numbers.p50, numbers.p95, numbers.p99 = first, third, fourth
    return numbers.without_latencies() if numbers.requests == 0 else numbers


def _total(row: Mapping[str, object], key: str) -> float | None:
    """The figure over all requests, good and bad."""
    holder = section(row, key)
    return _figure(holder.get("total"), key)


def _count(row: Mapping[str, object], key: str, part: str) -> int | None:
    holder = section(row, key)
    value = _figure(holder.get(part), key)
    return None if value is None else checked_count(value, key)


def _figure(value: object, key: str) -> float | None:
    """Numbers, which some versions write as text; a dash is none."""
    return decimal_of(value, key) if isinstance(value, str) else number({"total": value}, "total", key)


def read_log(content: Content) -> Reading:
    """Lines `REQUEST` with start, end and OK or KO; the order of their fields changed from version to version."""
    samples, last = Samples(content.warnings), ""
    for line in content.lines():
        fields = line.split("\t")
        if "REQUEST" not in fields[:3]:
            continue
        try:
            _read_request(fields, content.line, samples)
        except Rejected as error:
            last = error.message
            if not content.unfinished:
                raise
            content.warnings.append(f"Line {content.line} was cut off in the middle and is left out.")
    if not samples.requests:
        raise Rejected(last or "The simulation log holds no request")
    return Reading("gatling_simulation_log", TOOL, [samples.run()], content.warnings)


def _read_request(fields: list[str], line: int, samples: Samples) -> None:
    stamps = [place for place, text in enumerate(fields) if _STAMP.match(text)]
    status = next((f for f in fields[stamps[-1] + 1 :] if f.strip() in ("OK", "KO")), None) if stamps else None
    if len(stamps) < 2 or status is None:
        raise Rejected(f"The request {shown(' '.join(fields[:4]))} carries no start, end and status", line)
    name = fields[stamps[0] - 1].strip()
    groups = fields[stamps[0] - 2].strip() if stamps[0] > 2 else ""
    label = f"{groups.replace(',', ' / ')} / {name}" if groups and not groups.isdigit() else name
    start, end = int(fields[stamps[0]]) / 1000, int(fields[stamps[-1]]) / 1000
    failed = status.strip() == "KO"
    samples.add(start, round((end - start) * 1000, 3), label, failed, fields[-1].strip()[:300] if failed else "")


def refuse_binary(head: bytes) -> None:
    if BINARY_LOG.match(head):
        raise Rejected(
            "This is the binary simulation log of Gatling 3.10 or later; upload js/stats.json of its report instead"
        )
