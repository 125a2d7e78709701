"""What each kind of failure test tells: its own figure, what it must say, and which item of the checklist it answers.

Plain functions over plain values: nothing is read or written here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

YES, PARTLY, NO, UNKNOWN = "yes", "partly", "no", "unknown"
RECOVERED = "recovered"
OUTAGES = ("database_refused", "database_unresponsive")
ENDED_BY_HAND = ("stuck", "hung")
HARMLESS_SHARE = 0.98
"""Where slow clients hold their connections, this share of ordinary requests answered in time counts as no harm."""

ANSWER_KIND = re.compile(r"[1-5]\d\d|timeout|refused|reset|other")
MOST_ANSWER_KINDS = 20
LARGEST_COUNT = 10**12
LARGEST_FIGURE = 1e9


@dataclass(frozen=True)
class Figure:
    """A number that belongs to a kind of test or to an item; `metric` is the catalogue's, where it scores."""

    name: str
    unit: str
    metric: str = ""


TEST_FIGURES: Mapping[str, Figure] = {
    "cold_start": Figure("start to first good answer", "ms", "cold_start_ms"),
    "memory_over_time": Figure("growth of memory", "MB/h"),
    "open_connections": Figure("connections held", "connections"),
}
ITEM_FIGURES: Mapping[str, Figure] = {
    "footprint": Figure("size of the image", "MB", "image_mb"),
    "upgrades": Figure("breaking releases per year", "a year", "breaking_per_year"),
}
ITEM_OF_KIND: Mapping[str, str] = {
    "database_refused": "connection-recovery",
    "database_unresponsive": "connection-recovery",
    "slow_clients": "slow-clients",
    "sigterm": "graceful-shutdown",
    "cold_start": "cold-start",
}
"""Which item of the catalogue's readiness list a kind of test can answer."""


class Told(Protocol):
    """What is read of a test; a row of the database has it."""

    kind: str
    verdict: str
    answers: Any
    first_success_s: float | None
    is_censored: bool
    lost_requests: int | None
    figure: float | None


def answered_share(answers: Mapping[str, int]) -> float | None:
    """The share of requests that got a good answer (200 to 399), 0..1; None where nothing was counted."""
    total = sum(answers.values())
    good = sum(count for kind, count in answers.items() if kind[:1] in "23")
    return good / total if total else None


def answer_of(test: Told) -> str:
    """What one test says of its item: yes, partly, no; "unknown" where it can't say."""
    if test.kind not in ITEM_OF_KIND:
        return UNKNOWN
    if test.verdict != RECOVERED:
        return NO
    if test.kind == "cold_start":
        return UNKNOWN  # how long it took is measured; whether that suits the hosting is for people to say
    if test.kind == "sigterm":
        return YES if test.lost_requests == 0 else PARTLY
    if test.kind == "slow_clients":
        share = answered_share(test.answers)
        return YES if share is not None and share >= HARMLESS_SHARE else PARTLY
    return YES


def answer_of_all(tests: Iterable[Told]) -> str:
    """What several tests of one item say together: what they agree on, else partly; those that can't say are left out.

    No test that can say anything: "unknown".
    """
    said = {answer_of(test) for test in tests} - {UNKNOWN}
    if not said:
        return UNKNOWN
    return said.pop() if len(said) == 1 else PARTLY


def faults_of(test: Told) -> dict[str, str]:
    """What makes a test unusable, by field, in words that say what to do; empty where all is well."""
    found: dict[str, str] = {}
    if test.is_censored and test.first_success_s is None:
        found["first_success_s"] = "Say for how many seconds you watched after it ended."
    elif test.is_censored and test.verdict == RECOVERED:
        found["is_censored"] = "Recovered means that a good answer was seen: then its time is exact."
    elif test.verdict in ENDED_BY_HAND and test.first_success_s is not None and not test.is_censored:
        found["is_censored"] = "Stuck or hung means that no good answer came: say that watching ended then."
    elif test.kind in OUTAGES and test.first_success_s is None:
        found["first_success_s"] = "Say after how many seconds the first good answer came, or how long you watched."
    if test.kind == "cold_start" and test.verdict == RECOVERED and test.figure is None:
        found["figure"] = "Say how many milliseconds the start took."
    if test.figure is not None and test.kind not in TEST_FIGURES:
        found["figure"] = "This kind of test has no figure of its own."
    return found
