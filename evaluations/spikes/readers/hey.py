"""hey (and boom) text and CSV; oha text and JSON. The two tools print the same kind of summary."""

import re
from collections.abc import Mapping

from .content import Content
from .durations import Durations
from .figures import count_of, decimal_of, milliseconds, rate
from .jsontext import count, number, section
from .measurements import STATED, Failure, Numbers, Reading, Run
from .refusal import Rejected
from .tables import Cells, Table
from .texts import ANSI, TEXT_LIMIT, Block, blocks

START = re.compile(r"^\s*Summary:\s*$", re.M)
TEXT = re.compile(r"^\s*Summary:\s*\n.*?^\s*Requests/sec:", re.M | re.S)
_VALUE = r"([0-9.]+|NaN|-?nan)\s*(ns|us|µs|ms|secs?|s|m)?\.?\s*$"
_LINE = {
    "total": re.compile(rf"^\s*Total:\s+{_VALUE}", re.M),
    "max": re.compile(rf"^\s*Slowest:\s+{_VALUE}", re.M),
    "min": re.compile(rf"^\s*Fastest:\s+{_VALUE}", re.M),
    "mean": re.compile(rf"^\s*Average:\s+{_VALUE}", re.M),
}
_PACE = re.compile(r"^\s*Requests/sec:\s+([0-9.]+)", re.M)
_PERCENTILE = re.compile(rf"^\s*([0-9.]+)%+ in {_VALUE}", re.M)
_STATUS = re.compile(r"^\s*\[(\d{3})\]\s+(\d+) responses", re.M)
_ERRORS = re.compile(r"^\s*Error distribution:\s*$", re.M)
_ERROR = re.compile(r"^\s*\[(\d+)\]\s+(?!\d+ responses)(\S.*)$", re.M)
_OHA = re.compile(r"^\s*Success rate:", re.M)
_OURS = {50.0: "p50", 90.0: "p90", 95.0: "p95", 99.0: "p99"}


def read_text(content: Content) -> Reading:
    """Every `Summary:` is a run of its own."""
    text = ANSI.sub("", content.whole_text(TEXT_LIMIT, "A text report"))
    found = [(block, _text_run(block, content.warnings)) for block in blocks(text, START)]
    runs = [run for _, run in found if run is not None]
    if not runs:
        raise Rejected("A summary begins here, yet it holds neither a total time nor a rate", 1)
    if len(runs) > 1:
        content.warnings.append(f"The text holds {len(runs)} runs; each is shown by itself.")
    tool = "oha" if _OHA.search(text) else "hey"
    return Reading(f"{tool}_text", tool, runs, content.warnings)


def _text_run(block: Block, warnings: list[str]) -> Run | None:
    total, pace = _time("total", block), _PACE.search(block.text)
    if total is None and pace is None:
        warnings.append(f"The summary of line {block.line} has no result and is left out.")
        return None
    numbers = Numbers(duration_s=None if total is None else total / 1000)
    numbers.requests_per_s = None if pace is None else decimal_of(pace[1], "Requests/sec", block.line)
    numbers.min, numbers.mean, numbers.max = _time("min", block), _time("mean", block), _time("max", block)
    places = {name: _LINE[name].search(block.text) for name in ("min", "mean", "max")} | {"requests_per_s": pace}
    for place in _PERCENTILE.finditer(block.text):
        share, amount, unit = place.groups()
        ours = _OURS.get(decimal_of(share, "A percentile", block.line) or 0.0)
        if ours is not None and getattr(numbers, ours) is None:
            setattr(numbers, ours, _milliseconds(amount, unit, block))
            places[ours] = place
    statuses = {code: count_of(times, "A count", block.line) or 0 for code, times in _STATUS.findall(block.text)}
    begin = _ERRORS.search(block.text)
    found = _ERROR.findall(block.text, begin.end()) if begin else []
    errors = [(text.strip(), count_of(times, "A count", block.line) or 0) for times, text in found]
    run = Run(stated=numbers, percentile_rule=STATED, lines=block.lines_of(places))
    _count(run, statuses, errors, warnings)
    return run


def _time(name: str, block: Block) -> float | None:
    match = _LINE[name].search(block.text)
    return None if match is None else _milliseconds(match[1], match[2], block)


def _milliseconds(amount: str, unit: str, block: Block) -> float | None:
    return None if "nan" in amount.lower() else milliseconds(amount, unit or "s", "A time", block.line)


def _count(run: Run, statuses: Mapping[str, int], errors: list[tuple[str, int]], warnings: list[str]) -> None:
    """Attempts are answers plus errors, as in the tool's rate; aborts at the deadline are not failures."""
    answers, lost = sum(statuses.values()), sum(times for _, times in errors)
    late = sum(times for text, times in errors if "deadline" in text and "aborted" in text)
    bad = sum(times for code, times in statuses.items() if code[0] in "45")
    if statuses or errors:
        run.computed.requests = answers + lost
        run.computed.failures = bad + lost - late
    run.errors = [Failure(f"HTTP status {code}", times) for code, times in statuses.items() if code[0] in "45"]
    run.errors += [Failure(text, times) for text, times in errors]
    if late:
        warnings.append(f"{late} requests were under way when the time was over; they are not counted as failures.")
    if not answers:
        run.stated = Numbers(duration_s=run.stated.duration_s, requests_per_s=run.stated.requests_per_s)


def is_csv(columns: set[str]) -> bool:
    return {"response-time", "status-code"} <= columns


def read_csv(table: Table) -> Reading:
    """One row per answer, in seconds. Requests without an answer are not in the file at all."""
    place = table.need("response-time")
    durations, answers, span = Durations(), 0, 0.0
    bad: dict[str, int] = {}
    for row in table.rows():
        cells = Cells(table, row)
        taken = decimal_of(row[place], "response-time", table.line)
        if taken is None:
            raise Rejected("This row has no response time", table.line)
        durations.add(round(taken * 1000, 9))
        answers += 1
        code = (cells.text("status-code") or "").strip()
        if code[:1] in ("4", "5"):
            bad[code] = bad.get(code, 0) + 1
        span = max(span, (cells.decimal("offset") or 0.0) + taken)
    warnings = table.content.warnings
    if not answers:
        raise Rejected("The table has a header and no rows under it: nothing was measured", 1)
    warnings.append("hey's CSV leaves out requests without an answer: how many failed in all is unknown.")
    numbers = durations.numbers()
    numbers.requests, numbers.failures = answers, sum(bad.values()) or None
    if table.place("offset") is not None:
        numbers.duration_s = span
        numbers.requests_per_s = rate(answers, span)
    errors = [Failure(f"HTTP status {code}", times) for code, times in bad.items()]
    run = Run(computed=numbers, errors=errors, percentile_rule=durations.rule)
    return Reading("hey_csv", "hey", [run], warnings)


def is_oha(value: object) -> bool:
    return "requestsPerSec" in section(value, "summary")


def read_oha(value: object, warnings: list[str]) -> Reading:
    """oha's JSON: seconds throughout."""
    summary, shares = section(value, "summary"), _shares(value)
    numbers = Numbers(
        duration_s=number(summary, "total", "summary"),
        requests_per_s=number(summary, "requestsPerSec", "summary"),
        min=_thousandfold(summary, "fastest", "summary"),
        mean=_thousandfold(summary, "average", "summary"),
        max=_thousandfold(summary, "slowest", "summary"),
        p50=_thousandfold(shares, "p50", "latencyPercentiles"),
        p90=_thousandfold(shares, "p90", "latencyPercentiles"),
        p95=_thousandfold(shares, "p95", "latencyPercentiles"),
        p99=_thousandfold(shares, "p99", "latencyPercentiles"),
    )
    statuses = _counts(section(value, "statusCodeDistribution"), "statusCodeDistribution")
    errors = list(_counts(section(value, "errorDistribution"), "errorDistribution").items())
    run = Run(stated=numbers, percentile_rule=STATED)
    _count(run, statuses, errors, warnings)
    return Reading("oha_json", "oha", [run], warnings)


def _shares(value: object) -> Mapping[str, object]:
    return section(value, "latencyPercentiles") or section(value, "latencyDistribution")


def _thousandfold(holder: Mapping[str, object], key: str, what: str) -> float | None:
    value = number(holder, key, what)
    return None if value is None else value * 1000


def _counts(holder: Mapping[str, object], what: str) -> dict[str, int]:
    return {key: count(holder, key, what) or 0 for key in holder}
