"""Numbers as tools write them: strict where Python is generous.

`int()` takes 1_000 and Arabic digits, `float()` takes nan and infinity, `json` takes NaN.
None of these is a measurement.
"""

import math
import re

from .refusal import Rejected

LARGEST_COUNT = 2**63 - 1
_WHOLE = re.compile(r"[+-]?[0-9]+\Z", re.ASCII)
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+\Z", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?\Z", re.ASCII)
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+\Z", re.ASCII)
_ABSENT = {"", "n/a", "na", "-", "--", "null", "none"}
_UNITS = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ms": 1.0, "s": 1e3, "sec": 1e3, "secs": 1e3}
_UNITS |= {"second": 1e3, "seconds": 1e3, "m": 60e3, "min": 60e3, "mins": 60e3, "h": 3600e3, "hour": 3600e3}


def count_of(text: str, what: str, line: int | None = None) -> int | None:
    """A whole number of events; `1,234` is one, `1_000` is not. Blank or N/A gives None."""
    text = text.strip()
    if text.lower() in _ABSENT:
        return None
    if len(text) > 40:
        raise Rejected(f"{what} is a number of {len(text)} characters, which no count can be", line)
    if _GROUPED.match(text):
        text = text.replace(",", "")
    if _WHOLE.match(text):
        return checked_count(int(text), what, line)
    number = decimal_of(text, what, line)
    return None if number is None else checked_count(number, what, line)


def decimal_of(text: str, what: str, line: int | None = None, *, comma: bool = False) -> float | None:
    """A decimal number; with `comma`, `12,5` is one too. Blank or N/A gives None."""
    text = text.strip()
    if text.lower() in _ABSENT:
        return None
    if len(text) > 400:
        raise Rejected(f"{what} is a number of {len(text)} characters", line)
    if _GROUPED.match(text) and not comma:
        text = text.replace(",", "")
    elif comma and _COMMA.match(text):
        text = text.replace(",", ".")
    if not _DECIMAL.match(text):
        raise Rejected(f"{what} is {shown(text)}, a number was expected", line)
    return finite(float(text), what, line)


def finite(number: float, what: str, line: int | None = None) -> float:
    try:
        is_finite = math.isfinite(number)
    except OverflowError as error:
        raise Rejected(f"{what} is a number of hundreds of digits, which is not a measurement", line) from error
    if not is_finite:
        raise Rejected(f"{what} is {number}, which is not a measurement", line)
    return number


def checked_count(number: float, what: str, line: int | None = None) -> int:
    """A whole number that a database can hold."""
    finite(number, what, line)
    if abs(number) > LARGEST_COUNT:
        raise Rejected(f"{what} is larger than any count can be (above 2^63)", line)
    if number != int(number):
        raise Rejected(f"{what} is {number}, a whole number was expected", line)
    return int(number)


def milliseconds(amount: str, unit: str, what: str, line: int | None = None) -> float | None:
    """`1.5`, `s` -> 1500.0."""
    factor = _UNITS.get(unit.strip().lower())
    number = decimal_of(amount, what, line)
    if factor is None:
        raise Rejected(f"{what} carries the unit {shown(unit)}, which is not known", line)
    return None if number is None else number * factor


def shown(value: object) -> str:
    """A value as it stands in a message: quoted and short."""
    try:
        text = repr(value) if not isinstance(value, str) else '"' + value + '"'
    except ValueError:
        text = "a number of thousands of digits"
    return text if len(text) <= 60 else text[:57] + "..."


def rate(requests: float | None, seconds: float | None) -> float | None:
    return requests / seconds if requests is not None and seconds else None
