"""TechEmpower's results.json: frameworks against each other in synthetic tests. Context, never a score."""

import re
from collections.abc import Iterator, Mapping

from .figures import milliseconds
from .jsontext import count, number, section, word
from .kept import EndpointStore
from .measurements import Endpoint, Numbers, Reading, Run
from .refusal import Rejected

_TIME = re.compile(r"([0-9.]+)\s*(us|ms|s|m|h)\Z")
_NOT_TESTS = {"slocCounts", "commitCounts"}


def is_json(value: object) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("rawData"), Mapping)


def read_json(value: object, warnings: list[str]) -> Reading:
    """One run per test; of each framework the level of concurrency at which it answered most."""
    raw = section(value, "rawData")
    runs = []
    for test in raw:
        frameworks = section(raw, test)
        if test in _NOT_TESTS or not frameworks:
            continue
        store = EndpointStore()
        for framework in frameworks:
            best = max(_levels(frameworks, framework, test), key=lambda n: n.requests or 0, default=None)
            if best is not None:
                store.add(Endpoint(framework, None, best))
        if store.seen:
            runs.append(Run(name=test, endpoints=store.endpoints(warnings), context={"synthetic": True}))
    if not runs:
        raise Rejected("The file holds no test with results")
    for run in runs:
        run.context |= {"round": word(value, "name"), "environment": word(value, "environmentDescription")}
    warnings.append("These are synthetic tests on another machine: context beside the matrix, never a score.")
    return Reading("techempower_json", "TechEmpower", runs, warnings)


def _levels(frameworks: Mapping[str, object], framework: str, test: str) -> Iterator[Numbers]:
    levels = frameworks.get(framework)
    for level in levels if isinstance(levels, list) else []:
        where = f"rawData.{test}.{framework}"
        requests = count(level, "totalRequests", where)
        if not requests:
            continue
        numbers = Numbers(requests=requests, mean=_time(level, "latencyAvg"), max=_time(level, "latencyMax"))
        begin, end = number(level, "startTime", where), number(level, "endTime", where)
        if begin is not None and end is not None and end > begin:
            numbers.duration_s = end - begin
            numbers.requests_per_s = requests / numbers.duration_s
        numbers.failures = count(level, "5xx", where)
        yield numbers


def _time(level: object, key: str) -> float | None:
    match = _TIME.match(word(level, key) or "")
    return None if match is None else milliseconds(match[1], match[2], key)
