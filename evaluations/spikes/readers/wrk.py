"""wrk and wrk2: what they print, alone or pasted into notes, one run or many."""

import re

from .content import Content
from .figures import count_of, decimal_of, milliseconds
from .measurements import STATED, Failure, Numbers, Reading, Run
from .refusal import Rejected
from .texts import TEXT_LIMIT, Block, blocks, number_in

START = re.compile(r"^.*?Running (?P<duration>\S+) test @ (?P<url>\S+)", re.M)
TEXT = re.compile(r"Running \S+ test @ .*?Thread Stats", re.S)
_TIME = r"(-?nan|[0-9.]+)(us|ms|s|m|h)?"
_LATENCY = re.compile(rf"^\s*Latency\s+{_TIME}\s+{_TIME}\s+{_TIME}\s+\S+", re.M)
_PERCENTILE = re.compile(r"^\s*([0-9.]+)%\s+([0-9.]+)(us|ms|s|m|h)\s*$", re.M)
_TOTAL = re.compile(r"^\s*(\d+) requests in ([0-9.]+)(us|ms|s|m|h),", re.M)
_PACE = re.compile(r"^\s*Requests/sec:\s+(\S+)", re.M)
_SOCKET = re.compile(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)")
_CONNECTIONS = re.compile(r"(\d+) threads and (\d+) connections")
_UNCORRECTED = re.compile(r"^\s*Latency Distribution .*Uncorrected", re.M)
_WRK2 = re.compile(r"Thread calibration:|HdrHistogram|\bwrk2\b|^\s*Req/Sec\s+-?nan|\bwrk .*-R\s?\d", re.M)
_OURS = {50.0: "p50", 90.0: "p90", 95.0: "p95", 99.0: "p99", 100.0: "max"}


def read_text(content: Content) -> Reading:
    """Every `Running ... test @ ...` is a run of its own."""
    text = content.whole_text(TEXT_LIMIT, "A text report")
    found = [(block, _run(block, content.warnings)) for block in blocks(text, START)]
    runs = [run for _, run in found if run is not None]
    if not runs:
        raise Rejected("wrk was started here, yet no result follows: it says nothing of requests", 1)
    if len(runs) > 1:
        content.warnings.append(f"The text holds {len(runs)} runs; each is shown by itself.")
    is_wrk2 = _WRK2.search(text) is not None
    return Reading("wrk2_text" if is_wrk2 else "wrk_text", "wrk2" if is_wrk2 else "wrk", runs, content.warnings)


def _run(block: Block, warnings: list[str]) -> Run | None:
    total = _TOTAL.search(block.text)
    if total is None:
        warnings.append(f"The run of line {block.line} has no result and is left out.")
        return None
    numbers = Numbers(requests=count_of(total[1], "requests", block.line))
    spent = milliseconds(total[2], total[3], "The duration", block.line)
    numbers.duration_s = None if spent is None else spent / 1000
    pace = _PACE.search(block.text)
    numbers.requests_per_s = (
        None if pace is None else decimal_of(pace[1].replace("-nan", ""), "Requests/sec", block.line)
    )
    run = Run(stated=numbers, percentile_rule=STATED, lines=block.lines_of({"requests_per_s": pace}))
    _add_latencies(run, block)
    start = START.match(block.text)
    run.context = {"url": start["url"] if start else None}
    sizes = _CONNECTIONS.search(block.text)
    if sizes:
        run.context |= {"threads": int(sizes[1]), "connections": int(sizes[2])}
    _add_failures(run, block, warnings)
    return run


def _add_latencies(run: Run, block: Block) -> None:
    numbers = run.stated
    table = _LATENCY.search(block.text)
    if table is not None:
        numbers.mean = _time(table[1], table[2], block)
        numbers.max = _time(table[5], table[6], block)
        run.lines |= block.lines_of({"mean": table, "max": table})
    uncorrected = _UNCORRECTED.search(block.text)
    corrected = block.text[: uncorrected.start()] if uncorrected else block.text
    for place in _PERCENTILE.finditer(corrected):
        share, amount, unit = place.groups()
        ours = _OURS.get(decimal_of(share, "A percentile", block.line) or 0.0)
        if ours is not None:
            setattr(numbers, ours, _time(amount, unit, block))
            run.lines |= block.lines_of({ours: place})


def _time(amount: str, unit: str, block: Block) -> float | None:
    return None if "nan" in amount or not unit else milliseconds(amount, unit, "A latency", block.line)


def _add_failures(run: Run, block: Block, warnings: list[str]) -> None:
    """wrk leaves the lines out when there is nothing to say; socket errors are not among its requests."""
    bad = number_in(_BAD, block.text)
    socket = _SOCKET.search(block.text)
    kinds = dict(zip(("connect", "read", "write", "timeout"), map(int, socket.groups()), strict=True)) if socket else {}
    run.stated.failures = (bad or 0) + sum(kinds.values())
    if bad:
        run.errors.append(Failure("status other than 2xx or 3xx", bad))
    run.errors += [Failure(f"socket error: {kind}", times) for kind, times in kinds.items() if times]
    if sum(kinds.values()):
        warnings.append("Socket errors count as failures here; wrk does not count them as requests.")
