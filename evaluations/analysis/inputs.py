"""What every method demands of its input, refused with the row, the column and the value that is wrong."""

import math
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
CLOSE = 1e-12  # totals nearer than this, relative to their size, count as equal: 0.1 + 0.2 ties with 0.3


def number(name: str, value: object) -> float:
    """A finite float, or ValueError naming it. Truth values and text are not numbers."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real | Decimal):
        raise ValueError(f"{name}: {value!r} is not a number")
    found = float(value)
    if not math.isfinite(found):
        raise ValueError(f"{name}: {found} is not a finite number")
    return found


def whole(name: str, value: object, least: int = 1) -> int:
    """A whole number of at least `least`, or ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name}: {value!r} is not a whole number of at least {least}")
    return int(value)


def index(name: str, value: object, count: int) -> int:
    """A position 0..count-1, or ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= value < count:
        raise ValueError(f"{name}: {value!r} is not one of 0..{count - 1}")
    return int(value)


def indices(name: str, values: Iterable[object], count: int) -> frozenset[int]:
    """Distinct positions 0..count-1."""
    return frozenset(index(name, value, count) for value in values)


def one_of(name: str, value: str, allowed: Collection[str]) -> str:
    """The value, if it is a known name."""
    if value not in allowed:
        raise ValueError(f"{name}: {value!r} is unknown; known are {', '.join(map(repr, allowed))}")
    return value


def _plain(values: ArrayLike) -> Floats | None:
    """The values as finite floats when NumPy sees nothing but numbers in a regular shape; else None."""
    try:
        found = np.asarray(values)
    except (ValueError, TypeError):
        return None
    if found.dtype.kind not in "iuf":
        return None
    found = found.astype(np.float64)
    return found if np.isfinite(found).all() else None


def _items(name: str, values: Any) -> list[Any]:
    if isinstance(values, str | bytes) or not isinstance(values, Sequence | np.ndarray):
        raise ValueError(f"{name}: {values!r} is not a list of numbers")
    return list(values)


def vector(name: str, values: ArrayLike, length: int | None = None) -> Floats:
    """A vector of finite floats; `length` demands its length."""
    found = _plain(values)
    if found is None or found.ndim != 1:
        items = _items(name, values)
        found = np.array([number(f"{name}, column {j}", item) for j, item in enumerate(items)], dtype=np.float64)
    if length is not None and len(found) != length:
        raise ValueError(f"{name}: {len(found)} values where {length} are needed")
    if not len(found):
        raise ValueError(f"{name}: empty")
    return found


def table(name: str, values: ArrayLike, columns: int | None = None, rows: int | None = None) -> Floats:
    """A rows x columns array of finite floats, not empty; `columns` and `rows` demand its size."""
    found = _plain(values)
    if found is None or found.ndim != 2:
        found = _checked_rows(name, values)
    if not found.size:
        raise ValueError(f"{name}: empty")
    if rows is not None and found.shape[0] != rows:
        raise ValueError(f"{name}: {found.shape[0]} rows where {rows} are needed")
    if columns is not None and found.shape[1] != columns:
        raise ValueError(f"{name}: {found.shape[1]} columns where {columns} are needed")
    return found


def _checked_rows(name: str, values: Any) -> Floats:
    lists = [_items(f"{name}, row {i}", row) for i, row in enumerate(_items(name, values))]
    for i, row in enumerate(lists):
        if len(row) != len(lists[0]):
            raise ValueError(f"{name}, row {i}: {len(row)} columns where row 0 has {len(lists[0])}")
    checked = [[number(f"{name}, row {i}, column {j}", x) for j, x in enumerate(row)] for i, row in enumerate(lists)]
    return np.array(checked, dtype=np.float64).reshape(len(lists), -1)


def weights(values: ArrayLike, length: int | None = None, name: str = "weights") -> Floats:
    """Weights divided by their sum; ValueError where one is negative or all are 0."""
    found = vector(name, values, length)
    if (found < 0).any():
        j = int(np.flatnonzero(found < 0)[0])
        raise ValueError(f"{name}, column {j}: {found[j]:g} is negative")
    total = found.sum()
    if not total > 0:
        raise ValueError(f"{name}: their sum is 0")
    found = found / found.max()
    return found / found.sum()


def member_weights(values: ArrayLike, columns: int | None = None, name: str = "weights") -> Floats:
    """Members x n weights, each row divided by its sum."""
    found = table(name, values, columns)
    return np.array([weights(row, name=f"{name}, row {i}") for i, row in enumerate(found)])


def shares(values: ArrayLike | None, length: int, name: str = "shares") -> Floats:
    """Shares divided by their sum; equal shares where none are given."""
    return np.full(length, 1 / length) if values is None else weights(values, length, name)


def seed(value: object) -> int:
    """A seed: a whole number of at least 0."""
    return whole("seed", value, least=0)
