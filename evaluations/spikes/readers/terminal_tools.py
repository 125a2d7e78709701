"""h2load and siege: the lines they print at the end."""

import re
from collections.abc import Mapping

from .content import Content
from .figures import count_of, decimal_of, milliseconds
from .jsontext import count, number
from .measurements import STATED, Failure, Numbers, Reading, Run
from .refusal import Rejected
from .texts import ANSI, TEXT_LIMIT, Block, blocks, number_in

H2LOAD = re.compile(r"^finished in (?P<time>[0-9.]+)(?P<unit>us|ms|s|m|h), (?P<pace>[0-9.]+) req/s", re.M)
SIEGE = re.compile(r"^\s*Transactions:\s+(?P<done>\d+)(?: hits)?\s*$", re.M)
_REQUESTS = re.compile(
    r"^requests: (\d+) total, (\d+) started, (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout",
    re.M,
)
_TIMES = re.compile(r"^\s*time for request:\s+(.+)$", re.M)
_HEADER = re.compile(r"^\s*min\s+max\s+.*mean.*$", re.M)
_AMOUNT = re.compile(r"([0-9.]+)(us|ms|s|m|h)\Z")
_COLUMNS = {"min": "min", "max": "max", "mean": "mean", "median": "p50", "p50": "p50", "p95": "p95", "p99": "p99"}
_SIEGE_LINES = {
    "failed": re.compile(r"^\s*Failed transactions:\s+(\d+)", re.M),
    "elapsed": re.compile(r"^\s*Elapsed time:\s+([0-9.]+)", re.M),
    "mean": re.compile(r"^\s*Response time:\s+([0-9.]+)(?:\s+(ms|secs?))?", re.M),
    "pace": re.compile(r"^\s*Transaction rate:\s+([0-9.]+)", re.M),
    "longest": re.compile(r"^\s*Longest transaction:\s+([0-9.]+)(?:\s+(ms|secs?))?", re.M),
    "shortest": re.compile(r"^\s*Shortest transaction:\s+([0-9.]+)(?:\s+(ms|secs?))?", re.M),
}


def read_h2load(content: Content) -> Reading:
    text = ANSI.sub("", content.whole_text(TEXT_LIMIT, "A text report"))
    runs = [_h2load_run(block) for block in blocks(text, H2LOAD)]
    return Reading("h2load_text", "h2load", _several(runs, content.warnings), content.warnings)


def _h2load_run(block: Block) -> Run:
    start, totals = H2LOAD.match(block.text), _REQUESTS.search(block.text)
    if start is None or totals is None:
        raise Rejected("h2load's line `requests: ... total` is missing", block.line)
    spent = milliseconds(start["time"], start["unit"], "The duration", block.line)
    _, _, done, _, failed, errored, late = (count_of(text, "A count", block.line) or 0 for text in totals.groups())
    numbers = Numbers(requests=done, duration_s=None if spent is None else spent / 1000)
    numbers.requests_per_s = decimal_of(start["pace"], "req/s", block.line)
    numbers.failures = failed
    lines = {"requests_per_s": block.line}
    header, times = _HEADER.search(block.text), _TIMES.search(block.text)
    if done and times is not None:
        columns = header[0].split() if header else ["min", "max", "mean"]
        for column, cell in zip(columns, times[1].split(), strict=False):
            amount = _AMOUNT.match(cell)
            if column in _COLUMNS and amount:
                setattr(numbers, _COLUMNS[column], milliseconds(amount[1], amount[2], column, block.line))
                lines |= block.lines_of({_COLUMNS[column]: times})
    kinds = (("errored", errored), ("timeout", late))
    errors = [Failure(kind, n) for kind, n in kinds if n]
    return Run(stated=numbers, percentile_rule=STATED, errors=errors, lines=lines)


def read_siege(content: Content) -> Reading:
    text = ANSI.sub("", content.whole_text(TEXT_LIMIT, "A text report"))
    runs = [_siege_run(block) for block in blocks(text, SIEGE)]
    return Reading("siege_text", "siege", _several(runs, content.warnings), content.warnings)


def _siege_run(block: Block) -> Run:
    """Transactions are answers; failed ones (and socket failures) come on top."""
    done, failed = number_in(SIEGE, block.text) or 0, number_in(_SIEGE_LINES["failed"], block.text)
    numbers = Numbers(requests=done + (failed or 0), failures=failed)
    numbers.duration_s, numbers.requests_per_s = _plain("elapsed", block), _plain("pace", block)
    if done:
        numbers.mean, numbers.max, numbers.min = (_seconds(k, block) for k in ("mean", "longest", "shortest"))
    names = {"requests_per_s": "pace", "mean": "mean", "max": "longest", "min": "shortest"}
    lines = block.lines_of({ours: _SIEGE_LINES[theirs].search(block.text) for ours, theirs in names.items()})
    return Run(stated=numbers, percentile_rule=STATED, lines=lines)


def _plain(name: str, block: Block) -> float | None:
    match = _SIEGE_LINES[name].search(block.text)
    return None if match is None else decimal_of(match[1], name, block.line)


def _seconds(name: str, block: Block) -> float | None:
    match = _SIEGE_LINES[name].search(block.text)
    return None if match is None else milliseconds(match[1], match[2] or "s", name, block.line)


def is_siege_json(value: object) -> bool:
    return isinstance(value, Mapping) and {"transactions", "availability", "elapsed_time"} <= value.keys()


def read_siege_json(value: object, warnings: list[str]) -> Reading:
    done, failed = count(value, "transactions") or 0, count(value, "failed_transactions")
    numbers = Numbers(done + (failed or 0), failed, number(value, "elapsed_time"), number(value, "transaction_rate"))
    if done:
        for ours, theirs in (
            ("mean", "response_time"),
            ("max", "longest_transaction"),
            ("min", "shortest_transaction"),
        ):
            taken = number(value, theirs)
            setattr(numbers, ours, None if taken is None else taken * 1000)
    return Reading("siege_json", "siege", [Run(stated=numbers, percentile_rule=STATED)], warnings)


def _several(runs: list[Run], warnings: list[str]) -> list[Run]:
    if len(runs) > 1:
        warnings.append(f"The text holds {len(runs)} runs; each is shown by itself.")
    return runs
