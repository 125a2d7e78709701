"""Rendered content in words: as sections to read, and as the difference between two of them. Plain values only."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NAMING = ("requirement", "criterion", "item", "need", "workload", "file", "run", "title", "name", "text", "candidate")
"""Fields that say which entry of a list it is."""
CHECKSUM = re.compile(r"[0-9a-f]{64}")
SHORT_CHECKSUM = 12
UNKNOWN = "not known"


@dataclass(frozen=True)
class Section:
    """One part of what is signed: a table, or with `columns` empty a list of (name, value)."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


@dataclass(frozen=True)
class Change:
    """One difference: where, of what, which field; `before` or `after` empty where it was added or removed."""

    section: str
    what: str
    field: str
    before: str
    after: str


def sections(content: Mapping[str, Any]) -> list[Section]:
    """The content in the order it was rendered; sections with nothing in them say so by having no rows."""
    return [_section(title, value) for title, value in content.items()]


def _section(key: str, value: Any) -> Section:
    title = spoken(key).capitalize()
    if isinstance(value, list):
        entries = [entry if isinstance(entry, Mapping) else {"value": entry} for entry in value]
        columns = _filled_columns(entries)
        rows = [tuple(worded(entry.get(column, "")) for column in columns) for entry in entries]
        return Section(title, tuple(spoken(column).capitalize() for column in columns), rows)
    pairs = value.items() if isinstance(value, Mapping) else [(key, value)]
    return Section(title, (), [(spoken(name).capitalize(), worded(one)) for name, one in pairs])


def _filled_columns(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Fields in order of appearance, without those no entry fills: an empty column says nothing."""
    names = dict.fromkeys(name for entry in entries for name in entry)
    return [name for name in names if name in NAMING or any(entry.get(name) not in ("", [], {}) for entry in entries)]


def spoken(key: str) -> str:
    """A key as people read it: "must_have" is "must have"."""
    return key.replace("_", " ")


def worded(value: Any) -> str:
    match value:
        case None:
            return UNKNOWN
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.6g}"
        case str():
            return f"{value[:SHORT_CHECKSUM]}…" if CHECKSUM.fullmatch(value) else value
        case Mapping():
            return ", ".join(f"{spoken(str(name))} {worded(one)}" for name, one in value.items())
        case list() | tuple():
            pairs = (", ".join(map(worded, one)) if isinstance(one, list | tuple) else worded(one) for one in value)
            return "; ".join(pairs)
    return str(value)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What changed from one content to the other, entry by entry and field by field; empty when they are the same."""
    found: list[Change] = []
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        if old != new:
            found += _of_section(spoken(key).capitalize(), old, new)
    return found


def _of_section(title: str, old: Any, new: Any) -> Iterator[Change]:
    if isinstance(old or [], list) and isinstance(new or [], list):
        left, right = _by_label(old or [], new or [])
        for label in {**left, **right}:
            yield from _of_entry(title, label, left.get(label), right.get(label))
        if left == right and list(left) != list(right):
            yield Change(title, "", "order", ", ".join(left), ", ".join(right))
    elif isinstance(old or {}, Mapping) and isinstance(new or {}, Mapping):
        yield from _of_fields(title, "", old or {}, new or {})
    else:
        yield Change(title, "", "", worded(old), worded(new))


def _of_entry(title: str, label: str, old: Any, new: Any) -> Iterator[Change]:
    if old is None:
        yield Change(title, label, "", "", _summed_up(new))
    elif new is None:
        yield Change(title, label, "", _summed_up(old), "")
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _of_fields(title, label, old, new)
    elif old != new:
        yield Change(title, label, "", worded(old), worded(new))


def _of_fields(title: str, label: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in {**old, **new}:
        if old.get(name) != new.get(name):
            before, after = worded(old.get(name, "")), worded(new.get(name, ""))
            yield Change(title, label, spoken(name), before or "nothing", after or "nothing")


def _summed_up(entry: Any) -> str:
    if not isinstance(entry, Mapping):
        return worded(entry)
    told = {
        spoken(name): value for name, value in entry.items() if name not in NAMING and value not in ("", None, [], {})
    }
    return worded(told) or "nothing more"


def _by_label(old: Sequence[Any], new: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both lists by the entries' names; where names repeat, their kind and then their place tell them apart."""
    for with_kind in (False, True):
        names = [[_label(entry, with_kind) for entry in entries] for entries in (old, new)]
        if all(len(set(side)) == len(side) for side in names):
            break
    return dict(zip(_numbered(names[0]), old, strict=True)), dict(zip(_numbered(names[1]), new, strict=True))


def _label(entry: Any, with_kind: bool) -> str:
    if not isinstance(entry, Mapping):
        return worded(entry)
    fields = (*NAMING, "kind") if with_kind else NAMING
    return ", ".join(worded(entry[name]) for name in fields if entry.get(name) not in (None, ""))


def _numbered(names: list[str]) -> list[str]:
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found
