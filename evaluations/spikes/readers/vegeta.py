"""vegeta: `report -type=json`, in nanoseconds."""

from collections.abc import Mapping

from .jsontext import count, items, number, section
from .measurements import STATED, Failure, Numbers, Reading, Run

_OURS = {"min": "min", "mean": "mean", "50th": "p50", "90th": "p90", "95th": "p95", "99th": "p99", "max": "max"}


def is_json(value: object) -> bool:
    return isinstance(value, Mapping) and {"latencies", "requests", "success"} <= value.keys()


def read_json(value: object, warnings: list[str]) -> Reading:
    """`success` is a share between 0 and 1; status code 0 means that there was no answer."""
    latencies = section(value, "latencies")
    requests, success, spent = count(value, "requests"), number(value, "success"), number(value, "duration")
    numbers = Numbers(requests=requests, requests_per_s=number(value, "rate"))
    numbers.duration_s = None if spent is None else spent / 1e9
    for theirs, ours in _OURS.items():
        taken = number(latencies, theirs, "latencies")
        setattr(numbers, ours, None if taken is None else taken / 1e6)
    run = Run(stated=numbers, percentile_rule=STATED)
    if requests is not None and success is not None:
        run.computed.failures = round(requests * (1 - success))
    codes = section(value, "status_codes")
    for code in codes:
        if code[:1] not in ("1", "2", "3"):
            name = "no answer" if code == "0" else f"HTTP status {code}"
            run.errors.append(Failure(name, count(codes, code, "status_codes")))
    run.errors += [Failure(text, None) for text in items(value, "errors")[:200] if isinstance(text, str)]
    run.context = {"throughput_per_s": number(value, "throughput")}
    return Reading("vegeta_json", "vegeta", [run], warnings)
