"""What the spike kit's scripts write: the tool's own result, with the workload's fingerprint and where it ran.

{"format": "fwselect run", "version": 1, "workload": "<fingerprint>", "tool": "k6 1.1.0", "environment": {...},
 "result": <the list of `locust --json`, or k6's summary>}
"""

from collections.abc import Mapping

from . import k6_summary, locust
from .figures import shown
from .jsontext import number, section, word
from .measurements import Reading
from .moments import moment_within
from .refusal import Rejected

FORMAT, VERSION = "fwselect run", 1
ENVIRONMENT = ("host", "cpus", "system", "python", "loop", "target")
NUMBERS = ("users", "rate_per_s", "duration_s", "warm_up_s")


def is_result(value: object) -> bool:
    return isinstance(value, Mapping) and value.get("format") == FORMAT


def read_result(value: object, warnings: list[str]) -> Reading:
    """One run, as its tool's reader reads it; the kit's facts stand in its context."""
    assert isinstance(value, Mapping)
    if value.get("version") != VERSION:
        raise Rejected(f"This is version {shown(value.get('version'))} of the kit's result; {VERSION} is read here")
    inside = value.get("result")
    if locust.is_json(inside):
        reading = locust.read_json(inside, warnings)
    elif k6_summary.is_summary(inside):
        reading = k6_summary.read_summary(inside, warnings)
    else:
        raise Rejected("`result` is neither what Locust's --json prints nor a summary of k6")
    environment = section(value, "environment")
    for run in reading.runs:
        run.context |= {key: word(environment, key) for key in ENVIRONMENT if word(environment, key)}
        run.context |= {key: number(environment, key) for key in NUMBERS if number(environment, key) is not None}
        if word(value, "workload"):
            run.context["workload_digest"] = word(value, "workload")
        _take_measured_time(run.stated, number(environment, "measured_s"))
        run.started_at = moment_within(number(environment, "started_at") or 0.0) or run.started_at
    reading.format = f"fwselect_{reading.format}"
    reading.tool = word(value, "tool") or reading.tool
    return reading


def _take_measured_time(stated: object, measured_s: float | None) -> None:
    """The kit knows how long it measured, without the warm-up; its tool may not."""
    if measured_s and getattr(stated, "duration_s", None) is None:
        stated.duration_s = measured_s  # type: ignore[attr-defined]
