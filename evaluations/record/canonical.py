"""One sequence of bytes for one value, so that a checksum means something.

The form is RFC 8785 (JSON Canonicalization Scheme): no spaces, keys in the order of their UTF-16 code units, numbers as
ECMAScript writes them. Anyone can recompute a record's checksum with another implementation.
"""

import hashlib
import json
import math
from functools import lru_cache
from typing import Any

LARGEST_EXACT_INTEGER = 2**53 - 1
CONSTANTS = {None: "null", True: "true", False: "false"}
_quoted = json.JSONEncoder(ensure_ascii=False).encode


class CannotBeCanonical(ValueError):
    """The value holds something JSON can't carry without loss: NaN, infinity, a huge integer, half a surrogate pair."""


def canonical_bytes(value: Any) -> bytes:
    """The canonical JSON of nested dicts, lists, strings, numbers, booleans and None, as UTF-8.

    Raises CannotBeCanonical for anything else.
    """
    try:
        return _written(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise CannotBeCanonical(
            f"text holds half a surrogate pair: {error.object[error.start : error.end]!a}"
        ) from error


def checksum(value: Any) -> str:
    """SHA-256 of the canonical bytes, 64 lower-case hexadecimal digits."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def _written(value: Any) -> str:
    match value:
        case str():
            return _quoted(value)
        case None | True | False:
            return CONSTANTS[value]
        case int():
            return _integer(value)
        case float():
            return _number(value)
        case dict():
            return "{" + ",".join(f"{_quoted(key)}:{_written(value[key])}" for key in sorted(value, key=_utf16)) + "}"
        case list() | tuple():
            return "[" + ",".join(_written(item) for item in value) + "]"
    raise CannotBeCanonical(f"JSON has no form for {type(value).__name__}")


@lru_cache(maxsize=1024)
def _utf16(key: Any) -> bytes:
    if not isinstance(key, str):
        raise CannotBeCanonical(f"a key must be text, not {type(key).__name__}")
    return key.encode("utf-16-be")


def _integer(value: int) -> str:
    if abs(value) > LARGEST_EXACT_INTEGER:
        raise CannotBeCanonical(f"the integer {value} is beyond what every JSON reader keeps exactly")
    return str(value)


def _number(value: float) -> str:
    """ECMAScript's Number::toString, from Python's shortest digits that read back as the same number."""
    if not math.isfinite(value):
        raise CannotBeCanonical("NaN and infinity have no form in JSON")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return sign + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    exponent = point - 1
    power = f"e{'+' if exponent > 0 else '-'}{abs(exponent)}"
    return digits + power if count == 1 else f"{digits[0]}.{digits[1:]}{power}"
