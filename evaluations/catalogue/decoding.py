"""Turns one TOML table into one frozen dataclass, and names file and key when it cannot."""

import dataclasses
import datetime
import types
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Entry = TypeVar("Entry")


class CatalogueError(ValueError):
    """Shipped or imported TOML that does not fit: the message names file, key and what was expected."""

    def __init__(self, file: str, key: str, problem: str) -> None:
        super().__init__(f"{file}: {key or 'the file'}: {problem}")
        self.file = file
        self.key = key
        self.problem = problem


def decode(entry: type[Entry], table: object, *, file: str, key: str = "") -> Entry:
    """Gives `entry` filled from `table`.

    Every field of the dataclass without a default must be there, no other key may be, and each value must have the
    field's type (str, bool, int, float, date, Literal, X | None, tuple[X, ...], tuple[X, Y], Mapping[str, X],
    dataclass). Whole numbers are taken for float; nothing else is converted. Raises CatalogueError.
    """
    if not isinstance(table, dict):
        raise CatalogueError(file, key, f"expected a table, found {_found(table)}")
    hints = get_type_hints(entry)
    fields = {field.name: field for field in dataclasses.fields(entry)}  # type: ignore[arg-type]
    for name in table:
        if name not in fields:
            raise CatalogueError(file, _below(key, name), f"unknown key; known are {', '.join(sorted(fields))}")
    values = {}
    for name, field in fields.items():
        if name in table:
            values[name] = _value(hints[name], table[name], file, _below(key, name))
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise CatalogueError(file, _below(key, name), "is missing")
    try:
        return entry(**values)
    except ValueError as problem:
        raise CatalogueError(file, key, str(problem)) from problem


def decode_all(entry: type[Entry], rows: object, *, file: str, key: str) -> tuple[Entry, ...]:
    """Gives one `entry` per table of a TOML array; rows with a `key` are named by it in errors."""
    if not isinstance(rows, list):
        raise CatalogueError(file, key, f"expected a list of tables, found {_found(rows)}")
    return tuple(decode(entry, row, file=file, key=f"{key}[{_label(row, place)}]") for place, row in enumerate(rows))


def _value(kind: Any, value: object, file: str, key: str) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _one_of(arguments, value, file, key)
    if origin is Literal:
        if value not in arguments:
            allowed = ", ".join(map(str, arguments))
            raise CatalogueError(file, key, f"{value!r} is not one of: {allowed}")
        return value
    if origin is tuple:
        return _tuple(arguments, value, file, key)
    if origin is Mapping:
        if not isinstance(value, dict):
            raise CatalogueError(file, key, f"expected a table, found {_found(value)}")
        return types.MappingProxyType(
            {name: _value(arguments[1], item, file, _below(key, name)) for name, item in value.items()}
        )
    if dataclasses.is_dataclass(kind):
        return decode(kind, value, file=file, key=key)  # type: ignore[arg-type]
    return _plain(kind, value, file, key)


def _one_of(kinds: tuple[Any, ...], value: object, file: str, key: str) -> Any:
    refusal: CatalogueError | None = None
    for kind in kinds:
        if kind is type(None):
            continue
        try:
            return _value(kind, value, file, key)
        except CatalogueError as problem:
            refusal = problem
    raise refusal or CatalogueError(file, key, f"unexpected {_found(value)}")


def _tuple(arguments: tuple[Any, ...], value: object, file: str, key: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise CatalogueError(file, key, f"expected a list, found {_found(value)}")
    kinds = [arguments[0]] * len(value) if len(arguments) == 2 and arguments[1] is Ellipsis else list(arguments)
    if len(kinds) != len(value):
        raise CatalogueError(file, key, f"expected {len(kinds)} values, found {len(value)}")
    return tuple(
        _value(kind, item, file, f"{key}[{_label(item, place)}]")
        for place, (kind, item) in enumerate(zip(kinds, value, strict=True))
    )


def _plain(kind: type, value: object, file: str, key: str) -> Any:
    if kind is float and type(value) is int:
        return float(value)
    # type() instead of isinstance: True is an int, a datetime is a date, and neither is meant here.
    if type(value) is not kind:
        raise CatalogueError(file, key, f"expected {_name(kind)}, found {_found(value)}")
    if kind is str and not str(value).strip():
        raise CatalogueError(file, key, "is empty")
    return value


def _label(row: object, place: int) -> str:
    return str(row["key"]) if isinstance(row, dict) and "key" in row else str(place)


def _below(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _name(kind: type) -> str:
    return {str: "text", int: "a whole number", float: "a number", bool: "true or false", datetime.date: "a date"}.get(
        kind, kind.__name__
    )


def _found(value: object) -> str:
    return f"{type(value).__name__} {value!r}"[:80]
