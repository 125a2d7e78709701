"""The comparability guard: which runs can stand side by side, which only with care, which not, and why.

Pure: runs come as plain facts. None and "" are "nobody said", which never equals and never contradicts anything.
docs/comparability.md prints LIMITS and RULES.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

OPEN, CLOSED = "open", "closed"
CLOSED_TOOLS = {"locust", "wrk", "apachebench", "hey", "oha", "autocannon", "bombardier", "h2load", "siege"}
OPEN_TOOLS = {"wrk2", "vegeta", "artillery"}
TOOLS_WITHOUT_PAUSES = {"wrk", "apachebench", "hey", "oha", "autocannon", "bombardier", "h2load"}
"""Their users ask again at once, so that throughput x mean latency comes to the number of users."""


@dataclass(frozen=True)
class Limit:
    """A threshold of the guard with its unit and what lies beyond it."""

    value: float
    unit: str
    says: str


LIMITS = {
    "LEAST_SECONDS": Limit(60, "s", "shorter runs need care"),
    "LEAST_REQUESTS": Limit(1000, "requests", "fewer need care: the 99th percentile hangs on ten of them"),
    "NOTHING_SECONDS": Limit(1, "s", "shorter and with hardly any requests is no measurement"),
    "NOTHING_REQUESTS": Limit(100, "requests", "fewer, within less than the time above, are no measurement"),
    "LEAST_REPEATS": Limit(3, "runs of a candidate", "fewer need care"),
    "LITTLE_CARE": Limit(0.2, "of the users", "throughput x mean latency off by more needs care"),
    "LITTLE_NOT": Limit(1.0, "of the users", "more in flight than users by this share can't be; half of them neither"),
    "LITTLE_FROM_MS": Limit(1, "ms", "below, tools round the mean latency too much to check it"),
    "LONGEST_WAIT": Limit(0.01, "of the duration", "a longer single wait hides what was not asked meanwhile"),
    "BUSY_CARE": Limit(70, "% of its processors", "a busier load generator needs care"),
    "BUSY_NOT": Limit(90, "% of its processors", "a busier load generator measures itself"),
    "ERRORS_CARE": Limit(0.01, "of the requests", "more failures need care: a quick error flatters the latency"),
    "ERRORS_NOT": Limit(0.1, "of the requests", "more failures, and the latency is that of something else"),
}

RULES = {
    "workload": "Runs under two workloads (by fingerprint) are not comparable.",
    "host": "Runs on two hosts are not comparable; where nobody said the host, they need care.",
    "processors": "Runs with two numbers of processors are not comparable.",
    "loop": "Open loop and closed loop are not comparable: only one of them keeps asking while answers are late.",
    "workers": "Another number of server workers needs care.",
    "driver": "Another database driver needs care: part of the difference is the driver's.",
    "client": "Another machine that makes the load needs care.",
    "tool": "Another load tool needs care: tools count and round differently.",
    "warm_up": "Another warm-up needs care.",
    "short": "A short run, or one with few requests, needs care; one with next to nothing is not comparable.",
    "repeats": "A candidate with few runs needs care.",
    "little": "Users = throughput x mean latency, where users never pause; elsewhere never more than the users.",
    "omission": "In a closed loop one long wait hides the requests that were not made meanwhile: needs care.",
    "generator": "A load generator that is busy needs care; one that is saturated is not comparable.",
    "errors": "Failures that hide latency need care; with many of them latency and rate are not comparable.",
}


class Level(IntEnum):
    """What the guard says; the worst finding decides."""

    COMPARABLE = 0
    WITH_CARE = 1
    NOT_COMPARABLE = 2

    @property
    def words(self) -> str:
        return ("comparable", "comparable with care", "not comparable")[self]


@dataclass(frozen=True)
class Told:
    """What is known of one run: times in s, latencies in ms, busy in percent; repeats counts its candidate's runs."""

    run: int
    candidate: int
    name: str
    digest: str = ""
    host: str = ""
    processors: int | None = None
    workers: int | None = None
    driver: str = ""
    client: str = ""
    tool: str = ""
    loop: str = ""
    users: float | None = None
    warm_up_s: float | None = None
    busy: float | None = None
    duration_s: float | None = None
    requests: int | None = None
    failures: int | None = None
    rate: float | None = None
    mean_ms: float | None = None
    max_ms: float | None = None
    repeats: int = 1
    despite: str = ""

    @property
    def tool_word(self) -> str:
        return word_of(self.tool)

    @property
    def loop_known(self) -> str:
        """As somebody said it, else as the tool always works; "" where it depends on how the tool was used."""
        return self.loop or loop_of_tool(self.tool)


def loop_of_tool(tool: str) -> str:
    """As the tool always works; "" where that depends on how it was used."""
    word = word_of(tool)
    return CLOSED if word in CLOSED_TOOLS else OPEN if word in OPEN_TOOLS else ""


def word_of(tool: str) -> str:
    """The tool without its version."""
    return tool.split()[0].casefold() if tool.split() else ""


@dataclass(frozen=True)
class Finding:
    rule: str
    level: Level
    says: str


@dataclass(frozen=True)
class Choice:
    """The largest group whose runs can be compared with each other, and why the others are not in it."""

    kept: list[Told] = field(default_factory=list)
    left_out: dict[int, list[str]] = field(default_factory=dict)


def level_of(findings: Iterable[Finding]) -> Level:
    return max((finding.level for finding in findings), default=Level.COMPARABLE)


def alone(run: Told, metric: str = "") -> list[Finding]:
    """What speaks against a run by itself. metric: only what touches this metric; empty: everything."""
    found = [*_short(run), *_repeats(run)]
    is_of_load = not metric or metric.startswith("latency_") or metric == "requests_per_s"
    if is_of_load:
        found += [*_little(run), *_generator(run), *_errors(run)]
    if not metric or metric.startswith("latency_"):
        found += _omission(run)
    return found


def between(one: Told, other: Told) -> list[Finding]:
    """What speaks against setting two runs side by side, whatever each of them is worth by itself."""
    found = [
        Finding(rule, Level.NOT_COMPARABLE, says.format(mine, theirs))
        for (rule, says), mine, theirs in zip(_IDENTITY.items(), _identity(one), _identity(other), strict=True)
        if mine not in (None, "") and theirs not in (None, "") and mine != theirs
    ]
    if not (one.host and other.host):
        found.append(Finding("host", Level.WITH_CARE, "Nobody said that both ran on the same host."))
    for rule, says, mine, theirs in (
        ("workers", "Server workers: {} and {}.", one.workers, other.workers),
        ("driver", "Database drivers: {} and {}.", one.driver, other.driver),
        ("client", "The load came from two machines: {} and {}.", one.client, other.client),
        ("tool", "Two load tools: {} and {}; tools count and round differently.", one.tool_word, other.tool_word),
        ("warm_up", "Warm-up: {} s and {} s.", one.warm_up_s, other.warm_up_s),
    ):
        if mine not in (None, "") and theirs not in (None, "") and mine != theirs:
            found.append(Finding(rule, Level.WITH_CARE, says.format(_said(mine), _said(theirs))))
    return found


def pair(one: Told, other: Told, metric: str = "") -> list[Finding]:
    """Everything the guard says about two runs; level_of(...) is its verdict."""
    return between(one, other) + [
        Finding(finding.rule, finding.level, f"{run.name}: {finding.says}")
        for run in (one, other)
        for finding in alone(run, metric)
    ]


def largest_group(runs: Sequence[Told], metric: str = "") -> Choice:
    """The largest comparable group: of most candidates, then of most runs, then with the newest run.

    A run with a lead's recorded override is in it whatever speaks against it.
    """
    forced = [run for run in runs if run.despite]
    unfit = {run.run: _fatal(alone(run, metric)) for run in runs if not run.despite}
    fit = [run for run in runs if not run.despite and not unfit[run.run]]
    group = _most([[run for run in fit if _stands_in(run, frame)] for frame in _frames(fit)])
    inside = {run.run for run in [*group, *forced]}
    left_out = {run.run: unfit.get(run.run) or _against(run, group) for run in runs if run.run not in inside}
    return Choice([run for run in runs if run.run in inside], left_out)


_IDENTITY = {
    "workload": "Two workloads: {:.12} and {:.12}.",
    "host": "Two hosts: {} and {}.",
    "processors": "Processors: {} and {}.",
    "loop": "One run is {} loop, the other {} loop.",
}
Identity = tuple[str | int | None, ...]


def _identity(run: Told) -> Identity:
    return (run.digest, run.host, run.processors, run.loop_known)


def _frames(runs: Sequence[Told]) -> Iterable[Identity]:
    known = [
        {value for value in column if value not in (None, "")} for column in zip(*map(_identity, runs), strict=True)
    ]
    return itertools.product(*(sorted(values, key=str) or [None] for values in known))


def _stands_in(run: Told, frame: Identity) -> bool:
    return all(mine in (None, "", framed) for mine, framed in zip(_identity(run), frame, strict=True))


def _most(groups: Iterable[list[Told]]) -> list[Told]:
    def size(group: list[Told]) -> tuple[int, int, int]:
        return len({run.candidate for run in group}), len(group), max((run.run for run in group), default=0)

    return max(groups, key=size, default=[])


def _against(run: Told, group: Iterable[Told]) -> list[str]:
    return list(dict.fromkeys(says for member in group for says in _fatal(between(run, member))))


def _fatal(findings: Iterable[Finding]) -> list[str]:
    return [finding.says for finding in findings if finding.level is Level.NOT_COMPARABLE]


def _short(run: Told) -> list[Finding]:
    seconds, requests = run.duration_s, run.requests
    is_brief = seconds is not None and seconds < LIMITS["NOTHING_SECONDS"].value
    if is_brief and requests is not None and requests < LIMITS["NOTHING_REQUESTS"].value:
        return [Finding("short", Level.NOT_COMPARABLE, f"{requests} requests in {seconds:.3g} s measure nothing.")]
    told = []
    if seconds is not None and seconds < LIMITS["LEAST_SECONDS"].value:
        told.append(f"It lasted only {seconds:.3g} s.")
    if requests is not None and requests < LIMITS["LEAST_REQUESTS"].value:
        told.append(f"It made only {requests} requests.")
    return [Finding("short", Level.WITH_CARE, says) for says in told]


def _repeats(run: Told) -> list[Finding]:
    least = LIMITS["LEAST_REPEATS"].value
    if run.repeats >= least:
        return []
    count = "one run" if run.repeats == 1 else f"{run.repeats} runs"
    return [
        Finding("repeats", Level.WITH_CARE, f"Its candidate has only {count}; {least:g} show how much they spread.")
    ]


def _little(run: Told) -> list[Finding]:
    if not run.users or run.rate is None or run.mean_ms is None or run.loop_known == OPEN:
        return []
    if run.mean_ms < LIMITS["LITTLE_FROM_MS"].value:
        return []
    in_flight = run.rate * run.mean_ms / 1000
    off = in_flight / run.users - 1
    pauses = run.tool_word not in TOOLS_WITHOUT_PAUSES
    care, wrong = LIMITS["LITTLE_CARE"].value, LIMITS["LITTLE_NOT"].value
    if (pauses and off <= care) or abs(off) <= care:
        return []
    says = (
        f"Throughput x mean latency is {in_flight:.3g} requests at once, but there were {run.users:g} users: "
        "the figures don't belong together."
    )
    is_wrong = off > wrong or (not pauses and off < 1 / (1 + wrong) - 1)
    return [Finding("little", Level.NOT_COMPARABLE if is_wrong else Level.WITH_CARE, says)]


def _omission(run: Told) -> list[Finding]:
    if run.loop_known != CLOSED or run.max_ms is None or not run.duration_s:
        return []
    if run.max_ms / 1000 <= run.duration_s * LIMITS["LONGEST_WAIT"].value:
        return []
    says = (
        f"Closed loop: one answer took {run.max_ms / 1000:.3g} of {run.duration_s:.3g} s, and its user asked nothing "
        "meanwhile; the high percentiles are too good."
    )
    return [Finding("omission", Level.WITH_CARE, says)]


def _generator(run: Told) -> list[Finding]:
    if run.busy is None or run.busy < LIMITS["BUSY_CARE"].value:
        return []
    is_full = run.busy >= LIMITS["BUSY_NOT"].value
    says = f"The load generator was {run.busy:g} % busy{': it measured itself' if is_full else ''}."
    return [Finding("generator", Level.NOT_COMPARABLE if is_full else Level.WITH_CARE, says)]


def _errors(run: Told) -> list[Finding]:
    if not run.requests or run.failures is None:
        return []
    share = run.failures / run.requests
    if share <= LIMITS["ERRORS_CARE"].value:
        return []
    level = Level.NOT_COMPARABLE if share > LIMITS["ERRORS_NOT"].value else Level.WITH_CARE
    return [Finding("errors", level, f"{share:.2%} of its requests failed, which hides how long an answer takes.")]


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def tied_with_the_best(figures: dict[str, float], ratio: float, *, falls: bool) -> list[str]:
    """Names from the best on whose figures differ from the best one by no more than the ratio; falls: less is better.

    Figures of 0 or less are no ratios: they tie with nobody.
    """
    found = sorted(((value, name) for name, value in figures.items() if value > 0), reverse=not falls)
    if not found:
        return []
    best = found[0][0]
    return [name for value, name in found if max(value, best) / min(value, best) <= ratio]
