"""JSON as its standard has it: no NaN, no doubled keys, no bottomless nesting."""

import json
import re
from collections.abc import Mapping

from .content import Content
from .figures import checked_count, finite, shown
from .refusal import Rejected

DOCUMENT_LIMIT = 48_000_000
_CONSTANT = re.compile(r"[:\[,\s](NaN|-?Infinity)\b")


def parse(text: str, warnings: list[str]) -> object:
    """The value that `text` holds; refused with line and column where it is not JSON."""

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(items)
        if len(found) != len(items):
            _check_doubled(items, warnings)
        return found

    def constant(word: str) -> object:
        raise _Constant(word)

    try:
        return json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except _Constant as error:
        raise Rejected(f"{error} is not JSON and not a measurement", *_place(text, _CONSTANT)) from error
    except json.JSONDecodeError as error:
        raise Rejected(_complaint(text, error), error.lineno, error.colno) from error
    except RecursionError as error:
        raise Rejected("The JSON is nested far deeper than any result file") from error
    except ValueError as error:
        if isinstance(error, Rejected) or "digits" not in str(error):
            raise
        raise Rejected(
            "The JSON holds a number of thousands of digits", *_place(text, re.compile(r"(\d{4300})"))
        ) from error


def document(content: Content) -> object:
    """The one JSON value that the file is."""
    text = content.whole_text(DOCUMENT_LIMIT, "A JSON file")
    return parse(text.lstrip("\ufeff"), content.warnings)


def number(holder: object, key: str, what: str = "") -> float | None:
    """`holder[key]` as a number; None where it is missing or null; refused where it is anything else."""
    if not isinstance(holder, Mapping):
        return None
    value = holder.get(key)
    if value is None:
        return None
    label = f"{what}.{key}" if what else key
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Rejected(f"{label} is {shown(value)}, a number was expected")
    return finite(value, label) if isinstance(value, float) else checked_count(value, label)


def count(holder: object, key: str, what: str = "") -> int | None:
    """`holder[key]` as a whole number."""
    value = number(holder, key, what)
    return None if value is None else checked_count(value, f"{what}.{key}" if what else key)


def section(holder: object, key: str) -> Mapping[str, object]:
    """`holder[key]` where that is an object, else an empty one."""
    value = holder.get(key) if isinstance(holder, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def items(holder: object, key: str) -> list[object]:
    """`holder[key]` where that is a list, else an empty one."""
    value = holder.get(key) if isinstance(holder, Mapping) else None
    return value if isinstance(value, list) else []


def word(holder: object, key: str) -> str | None:
    value = holder.get(key) if isinstance(holder, Mapping) else None
    return value if isinstance(value, str) and value else None


class _Constant(Exception):
    pass


def _check_doubled(pairs: list[tuple[str, object]], warnings: list[str]) -> None:
    seen: dict[str, object] = {}
    for key, value in pairs:
        if key in seen and seen[key] != value:
            raise Rejected(
                f"The key {shown(key)} stands twice in one object, with different values: which counts is unknown"
            )
        seen[key] = value
    warnings.append("A key stands twice in one object, with the same value.")


def _place(text: str, pattern: re.Pattern[str]) -> tuple[int | None, int | None]:
    match = pattern.search(text)
    if match is None:
        return None, None
    start = match.start(1)
    return text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)


def _complaint(text: str, error: json.JSONDecodeError) -> str:
    if error.pos >= len(text.rstrip()):
        return "The JSON ends in the middle: the file was cut off"
    if error.msg == "Extra data":
        return "After the JSON value more text follows"
    return f"This is not valid JSON: {error.msg[0].lower()}{error.msg[1:]}"
