"""pytest-benchmark: `--benchmark-json`, in seconds. Functions are timed, no requests are made."""

from collections.abc import Mapping

from .jsontext import items, number, section, word
from .measurements import STATED, Endpoint, Numbers, Reading, Run
from .refusal import Rejected


def is_json(value: object) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("benchmarks"), list) and "machine_info" in value


def read_json(value: object, warnings: list[str]) -> Reading:
    """One endpoint per benchmark. Rounds are repetitions of one function, not load."""
    endpoints = []
    for entry in items(value, "benchmarks"):
        stats, name = section(entry, "stats"), word(entry, "name") or word(entry, "fullname") or ""
        numbers = Numbers()
        for theirs, ours in (("min", "min"), ("mean", "mean"), ("median", "p50"), ("max", "max")):
            taken = number(stats, theirs, f"{name}.stats")
            setattr(numbers, ours, None if taken is None else taken * 1000)
        endpoints.append(Endpoint(name, None, numbers))
    if not endpoints:
        raise Rejected("The file lists no benchmark: nothing was measured")
    machine = section(value, "machine_info")
    context = {key: word(machine, key) for key in ("python_version", "system", "machine", "node")}
    run = Run(endpoints=endpoints, percentile_rule=STATED, context=dict(context))
    warnings.append("These are timings of functions, not of requests under load.")
    return Reading("pytest_benchmark_json", "pytest-benchmark", [run], warnings)
