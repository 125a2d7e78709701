"""What no result may say in silence, whichever tool wrote it."""

import itertools
import math

from .figures import LARGEST_COUNT
from .measurements import COUNTS, LATENCIES, Numbers, Reading, Run
from .refusal import Rejected

ORDER = ("min", "p50", "p90", "p95", "p99", "max")
SLACK = 0.06  # Locust rounds percentiles to two digits, so they may lie 5 % above the greatest value


def check(reading: Reading) -> Reading:
    """Refuse counts that cannot be; warn of numbers that contradict one another."""
    for place, run in enumerate(reading.runs, 1):
        where = f"Run {place}: " if len(reading.runs) > 1 else ""
        _check_run(run, where, reading.warnings)
    return reading


def _check_run(run: Run, where: str, warnings: list[str]) -> None:
    numbers = run.numbers
    if numbers.requests == 0:
        warnings.append(f"{where}no request was measured: an empty run, not a run without errors.")
    _check_numbers(numbers, where, warnings)
    _check_finite(run.computed, where)
    n, s, pace = numbers.requests, numbers.duration_s, numbers.requests_per_s
    if n and s and s > 2 and pace and abs(n / s - pace) > 0.2 * pace + 0.5 + run.rounding / s:
        warnings.append(f"{where}{pace:g} requests/s are stated, yet {n} requests in {s:g} s are {n / s:g} a second.")
    for endpoint in run.endpoints:
        at = f"{where}line {endpoint.line}, " if endpoint.line else where
        _check_numbers(endpoint.numbers, f"{at}{endpoint.name[:80]}: ", warnings)
        if len(warnings) > 200:
            warnings.append("More warnings of this kind are left out.")
            return


def _check_numbers(numbers: Numbers, where: str, warnings: list[str]) -> None:
    for name in COUNTS:
        value = getattr(numbers, name)
        if value is not None and abs(value) > LARGEST_COUNT:
            raise Rejected(f"{where}the number of {name} is larger than any count can be (above 2^63)")
    _check_finite(numbers, where)
    negative = [name for name in (*COUNTS, "duration_s", "requests_per_s", *LATENCIES) if _below_zero(numbers, name)]
    if negative:
        warnings.append(
            f"{where}negative values ({', '.join(negative)}): the clock stepped back while it was measured."
        )
    if numbers.requests is not None and (numbers.failures or 0) > numbers.requests:
        warnings.append(f"{where}{numbers.failures} failures of {numbers.requests} requests is more than all of them.")
    known = [(name, getattr(numbers, name)) for name in ORDER if getattr(numbers, name) is not None]
    pairs = list(itertools.pairwise(known))
    if numbers.mean is not None and numbers.max is not None:
        pairs.append((("mean", numbers.mean), ("max", numbers.max)))
    for (low, less), (high, more) in pairs:
        if less > more + abs(more) * SLACK + 0.01:
            warnings.append(f"{where}{low} ({less:g} ms) is above {high} ({more:g} ms), which cannot be.")


def _below_zero(numbers: Numbers, name: str) -> bool:
    value = getattr(numbers, name)
    return value is not None and value < 0


def _check_finite(numbers: Numbers, where: str) -> None:
    if any(value is not None and not math.isfinite(value) for value in numbers.known().values()):
        raise Rejected(f"{where}the figures are too large to add up")
