"""autocannon: its JSON and the tables it prints."""

import re
from collections.abc import Mapping

from .content import Content
from .figures import count_of, decimal_of, milliseconds, rate
from .jsontext import count, number, section, word
from .measurements import STATED, Failure, Numbers, Reading, Run
from .refusal import Rejected
from .texts import ANSI, TEXT_LIMIT, Block, blocks

TOOL = "autocannon"
_SCALES = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}
TEXT = re.compile(r"Running \S+ test @ .*?│?\s*Stat\b.*?2\.5%", re.S)
START = re.compile(r"^.*?Running (?P<duration>\S+) test @ (?P<url>\S+)", re.M)
_REQUESTS = re.compile(r"^\s*([0-9.]+)([kMG]?) requests in ([0-9.]+)(ms|s|m|h)", re.M)
_ERRORS = re.compile(r"^\s*([0-9.]+)([kMG]?) errors \(([0-9.]+)([kMG]?) timeouts\)", re.M)
_BAD = re.compile(r"([0-9.]+)([kMG]?) non 2xx responses")
_COLUMNS = {"50%": "p50", "90%": "p90", "99%": "p99", "Avg": "mean", "Max": "max", "Min": "min"}


def is_json(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(is_json(one) for one in value)
    return isinstance(value, Mapping) and {"latency", "requests", "errors", "timeouts"} <= value.keys()


def read_json(value: object, warnings: list[str]) -> Reading:
    """Milliseconds; there is no p95 (p90 and p97.5 are), and none is made up."""
    results = value if isinstance(value, list) else [value]
    return Reading("autocannon_json", TOOL, [_json_run(result) for result in results], warnings)


def _json_run(result: object) -> Run:
    latency, requests = section(result, "latency"), section(result, "requests")
    done, lost, bad = count(requests, "total", "requests"), count(result, "errors"), count(result, "non2xx")
    numbers = Numbers(duration_s=number(result, "duration"), requests_per_s=number(requests, "average", "requests"))
    if done is not None:
        numbers.requests = done + (lost or 0)
    if lost is not None or bad is not None:
        numbers.failures = (lost or 0) + (bad or 0)
    if done:
        for ours, theirs in (("min", "min"), ("p50", "p50"), ("p90", "p90"), ("p99", "p99"), ("max", "max")):
            setattr(numbers, ours, number(latency, theirs, "latency"))
        mean = number(latency, "average", "latency")
        numbers.mean = number(latency, "mean", "latency") if mean is None else mean
    run = Run(stated=numbers, percentile_rule=f"{STATED} (HdrHistogram)")
    run.computed.requests_per_s = rate(numbers.requests, numbers.duration_s)
    run.context = {"url": word(result, "url"), "connections": number(result, "connections")}
    kinds = (("error", lost), ("timeout, one of the errors", count(result, "timeouts")), ("status other than 2xx", bad))
    run.errors = [Failure(kind, times) for kind, times in kinds if times]
    return run


def read_text(content: Content) -> Reading:
    """The printed tables; counts from a thousand on are rounded (`10k requests`)."""
    text = ANSI.sub("", content.whole_text(TEXT_LIMIT, "A text report"))
    runs = [run for block in blocks(text, START) if (run := _text_run(block, content.warnings)) is not None]
    if not runs:
        raise Rejected("autocannon was started here, yet no result follows", 1)
    if len(runs) > 1:
        content.warnings.append(f"The text holds {len(runs)} runs; each is shown by itself.")
    return Reading("autocannon_text", TOOL, runs, content.warnings)


def _text_run(block: Block, warnings: list[str]) -> Run | None:
    total = _REQUESTS.search(block.text)
    if total is None:
        warnings.append(f"The run of line {block.line} has no result and is left out.")
        return None
    spent = milliseconds(total[3], total[4], "The duration", block.line)
    numbers = Numbers(requests=_scaled(total[1], total[2]), duration_s=None if spent is None else spent / 1000)
    if total[2]:
        warnings.append("autocannon prints the number of requests rounded; its --json output is exact.")
    errors, bad = _ERRORS.search(block.text), _BAD.search(block.text)
    lost = _scaled(errors[1], errors[2]) if errors else 0
    numbers.failures = lost + (_scaled(bad[1], bad[2]) if bad else 0)
    start = START.match(block.text)
    run = Run(stated=numbers, percentile_rule=STATED, context={"url": start["url"] if start else None})
    run.rounding = _SCALES[total[2]] / 2
    _add_tables(run, block)
    return run


def _add_tables(run: Run, block: Block) -> None:
    header: list[str] = []
    for at, line in enumerate(block.text.split("\n"), block.line):
        cells = [cell.strip() for cell in re.split(r"[│|]|\s{2,}", line) if cell.strip()]
        if cells[:1] == ["Stat"]:
            header = cells
        elif cells[:1] == ["Latency"] and len(cells) == len(header):
            for column, cell in zip(header, cells, strict=True):
                amount, _, unit = cell.partition(" ")
                if column in _COLUMNS:
                    setattr(run.stated, _COLUMNS[column], milliseconds(amount, unit or "ms", column, at))
                    run.lines[_COLUMNS[column]] = at
        elif cells[:1] == ["Req/Sec"] and len(cells) == len(header) and "Avg" in header:
            run.stated.requests_per_s = decimal_of(cells[header.index("Avg")], "Req/Sec", at)
            run.lines["requests_per_s"] = at


def _scaled(amount: str, scale: str) -> int:
    exact = count_of(amount, "A count") if not scale and "." not in amount else None
    return exact if exact is not None else round((decimal_of(amount, "A count") or 0) * _SCALES[scale])
