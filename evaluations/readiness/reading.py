"""A file of failure tests (docs/failure-tests.md): bytes in, checked tests or every fault with its line out."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from evaluations.readiness import kinds
from evaluations.readiness.placed_json import NotJson, Placed, parse

FORMAT, VERSION = "fwselect failure tests", 1
LARGEST_FILE = 256 * 1024
MOST_TESTS = 500
MOST_FAULTS = 20
SCHEMA_FILE = Path(__file__).parent / "schema" / f"failure-tests-{VERSION}.json"

KINDS = (*kinds.OUTAGES, "slow_clients", "sigterm", *kinds.TEST_FIGURES)
VERDICTS = (kinds.RECOVERED, *kinds.ENDED_BY_HAND, "crashed")
TOP = ("format", "version", "host", "date", "provenance", "tests")
NEEDED = ("candidate", "kind", "verdict")


@dataclass(frozen=True)
class Fault:
    """What is wrong, where: `place` is the path in the file, `tests[2].verdict`; line 0 is the file as a whole."""

    line: int
    place: str
    message: str

    def __str__(self) -> str:
        at = f"Line {self.line}" if self.line else "The file"
        return f"{at}{f', {self.place}' if self.place else ''}: {self.message}"


class Unreadable(ValueError):
    """The file can't be taken; `faults` are the first MOST_FAULTS, in the order of the file."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(" ".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass
class ReadTest:
    """One test of a file, as the actions take it; `candidate` is the name that stands there."""

    candidate: str = ""
    kind: str = ""
    verdict: str = ""
    answers: dict[str, int] = field(default_factory=dict)
    first_success_s: float | None = None
    is_censored: bool = False
    lost_requests: int | None = None
    figure: float | None = None
    host: str = ""
    run_date: date | None = None
    provenance: str = ""
    remark: str = ""
    line: int = 0


def read(content: bytes) -> list[ReadTest]:
    """Every test of the file, in its order. Seconds are s; `figure` is in the kind's unit. Raises Unreadable."""
    if len(content) > LARGEST_FILE:
        raise too_large(len(content))
    try:
        root = parse(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _whole(f"It is not UTF-8 text (byte {error.start}).") from error
    except NotJson as error:
        raise Unreadable([Fault(error.line, "", f"{error}.")]) from error
    return _Checked().tests_of(root)


def too_large(size: int) -> Unreadable:
    """The refusal of a file of `size` bytes."""
    return _whole(f"It has {size} bytes; at most {LARGEST_FILE} are read. Send it in parts.")


def _whole(message: str) -> Unreadable:
    return Unreadable([Fault(0, "", message)])


class _Checked:
    """Goes through the file once and gathers what is wrong, instead of stopping at the first."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def tests_of(self, root: Placed) -> list[ReadTest]:
        if not isinstance(root.value, dict):
            raise Unreadable([Fault(root.line, "", "An object with “format”, “version” and “tests” was expected.")])
        self._check_head(root)
        shared = {
            "host": self._text(root, "host", 200, ""),
            "run_date": self._day(root, ""),
            "provenance": self._text(root, "provenance", 200, ""),
        }
        told = root.value.get("tests") or root
        if told is root or not isinstance(told.value, list) or not told.value:
            self._fault(told, "tests", "A list of one or more tests is missing.")
        elif len(told.value) > MOST_TESTS:
            self._fault(told, "tests", f"{len(told.value)} tests; at most {MOST_TESTS} are read at once.")
        if self.faults:
            raise self._unreadable()
        found = [self._test(each, f"tests[{number}]", shared) for number, each in enumerate(told.value)]
        if self.faults:
            raise self._unreadable()
        return found

    def _unreadable(self) -> Unreadable:
        return Unreadable(sorted(self.faults, key=lambda fault: fault.line)[:MOST_FAULTS])

    def _check_head(self, root: Placed) -> None:
        self._refuse_unknown(root, TOP, "")
        for key, wanted in (("format", FORMAT), ("version", VERSION)):
            given = root.value.get(key)
            if given is None or isinstance(given.value, bool) or given.value != wanted:
                shown = f"“{wanted}”" if isinstance(wanted, str) else str(wanted)
                self._fault(given or root, key, f"This must be {shown}.")

    def _test(self, told: Placed, place: str, shared: Mapping[str, Any]) -> ReadTest:
        if not isinstance(told.value, dict):
            self._fault(told, place, "An object was expected.")
            return ReadTest()
        self._refuse_unknown(told, FIELDS, place)
        for key in NEEDED:
            if key not in told.value:
                self._fault(told, f"{place}.{key}", "This is missing.")
        before = len(self.faults)
        found = ReadTest(
            candidate=self._text(told, "candidate", 200, place),
            kind=self._one_of(told, "kind", KINDS, place),
            verdict=self._one_of(told, "verdict", VERDICTS, place),
            answers=self._answers(told, place),
            lost_requests=self._count(told, "lost_requests", place),
            figure=self._number(told, "figure", kinds.LARGEST_FIGURE, place),
            host=self._text(told, "host", 200, place) or shared["host"],
            run_date=self._day(told, place) or shared["run_date"],
            provenance=self._text(told, "provenance", 200, place) or shared["provenance"],
            remark=self._text(told, "remark", 2000, place),
            line=told.line,
        )
        self._time(told, found, place)
        if len(self.faults) == before:
            for name, message in kinds.faults_of(found).items():
                key = "not_back_after_s" if name == "is_censored" else name
                self._fault(told.value.get(key) or told, f"{place}.{key}", message)
        return found

    def _time(self, told: Placed, found: ReadTest, place: str) -> None:
        seen = self._number(told, "first_success_s", kinds.LARGEST_FIGURE, place)
        watched = self._number(told, "not_back_after_s", kinds.LARGEST_FIGURE, place)
        if seen is not None and watched is not None:
            message = "Give first_success_s or not_back_after_s, not both."
            self._fault(told.value["not_back_after_s"], f"{place}.not_back_after_s", message)
        found.first_success_s = watched if seen is None else seen
        found.is_censored = seen is None and watched is not None

    def _answers(self, told: Placed, place: str) -> dict[str, int]:
        given = told.value.get("answers")
        if given is None or given.value is None:
            return {}
        if not isinstance(given.value, dict):
            self._fault(given, f"{place}.answers", 'An object was expected, like {"200": 12, "timeout": 3}.')
            return {}
        if len(given.value) > kinds.MOST_ANSWER_KINDS:
            self._fault(given, f"{place}.answers", f"At most {kinds.MOST_ANSWER_KINDS} kinds of answer are read.")
        for kind, count in given.value.items():
            if not kinds.ANSWER_KIND.fullmatch(kind):
                self._fault(count, f"{place}.answers.{kind[:40]}", ANSWER_WORDS)
        counts = {kind: self._count(given, kind, f"{place}.answers") for kind in given.value}
        return {kind: count for kind, count in counts.items() if count is not None}

    def _text(self, holder: Placed, key: str, longest: int, place: str) -> str:
        def told(value: Any) -> str | None:
            if not isinstance(value, str):
                return "Text in quotes was expected."
            return f"At most {longest} characters." if len(value) > longest else self._unprintable(value)

        found = self._given(holder, key, place, told)
        if key in NEEDED and found is not None and not found.strip():
            self._fault(holder.value[key], _below(place, key), "This is empty.")
        return (found or "").strip()

    @staticmethod
    def _unprintable(value: str) -> str | None:
        bad = any(not (each.isprintable() or each in "\n\t") for each in value)
        return "It holds a character that can't be shown." if bad else None

    def _one_of(self, holder: Placed, key: str, allowed: tuple[str, ...], place: str) -> str:
        def told(value: Any) -> str | None:
            return None if isinstance(value, str) and value in allowed else f"One of: {', '.join(allowed)}."

        return self._given(holder, key, place, told) or ""

    def _number(self, holder: Placed, key: str, largest: float, place: str) -> float | None:
        def told(value: Any) -> str | None:
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            usable = is_number and math.isfinite(value) and 0 <= value <= largest
            return None if usable else f"A number from 0 to {largest:g} was expected."

        found = self._given(holder, key, place, told)
        return None if found is None else float(found)

    def _count(self, holder: Placed, key: str, place: str) -> int | None:
        def told(value: Any) -> str | None:
            usable = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= kinds.LARGEST_COUNT
            return None if usable else "A whole number, 0 or more, was expected."

        return self._given(holder, key, place, told)

    def _day(self, holder: Placed, place: str) -> date | None:
        def told(value: Any) -> str | None:
            return None if isinstance(value, str) and _as_day(value) else "A day like 2027-03-01 was expected."

        found = self._given(holder, "date", place, told)
        return None if found is None else _as_day(found)

    def _given(self, holder: Placed, key: str, place: str, complaint: Callable[[Any], str | None]) -> Any:
        """The value under the key, None where there is none or where something is wrong with it."""
        given = holder.value.get(key)
        if given is None or (given.value is None and key not in NEEDED):
            return None
        message = complaint(given.value)
        if message is None:
            return given.value
        self._fault(given, _below(place, key), message)
        return None

    def _refuse_unknown(self, holder: Placed, known: tuple[str, ...], place: str) -> None:
        for key, value in holder.value.items():
            if key not in known:
                self._fault(value, _below(place, key[:40]), f"Nothing of this name is read. Known: {', '.join(known)}.")

    def _fault(self, at: Placed, place: str, message: str) -> None:
        self.faults.append(Fault(at.line, place, message))


FIELDS = (
    *NEEDED,
    "answers",
    "first_success_s",
    "not_back_after_s",
    "lost_requests",
    "figure",
    "host",
    "date",
    "provenance",
    "remark",
)
ANSWER_WORDS = "Answers are counted by status (200, 503, ...), timeout, refused, reset or other."


def _below(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _as_day(text: str) -> date | None:
    if len(text) != len("2027-03-01"):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@lru_cache(maxsize=1)
def json_schema() -> str:
    """The published JSON Schema (2020-12) of the file, as text."""
    return SCHEMA_FILE.read_text(encoding="utf-8")
