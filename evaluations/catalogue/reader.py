"""Reads the shipped TOML once, checks that its parts fit together, and hands out frozen values."""

import tomllib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

from evaluations.catalogue.decoding import CatalogueError, decode, decode_all
from evaluations.catalogue.entries import (
    CriteriaFile,
    Criterion,
    EvidenceKind,
    Framework,
    Metric,
    Phase,
)

HOME = Path(__file__).parent


class Keyed(Protocol):
    @property
    def key(self) -> str: ...


Named = TypeVar("Named", bound=Keyed)


def read_toml(path: Path) -> dict[str, object]:
    """The table in one TOML file; CatalogueError names the file when it cannot be parsed or has text it should not."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise CatalogueError(label(path), "", str(problem)) from problem


def label(path: Path) -> str:
    """How a file is named in messages: from the catalogue's folder, or in full when it lies elsewhere."""
    return path.relative_to(HOME).as_posix() if path.is_relative_to(HOME) else str(path)


def only_list(table: dict[str, object], name: str, file: str) -> object:
    """The one list a file holds; any other key is refused."""
    for key in table:
        if key != name:
            raise CatalogueError(file, key, f"unknown key; known is {name}")
    if name not in table:
        raise CatalogueError(file, name, "is missing")
    return table[name]


def check_unique(entries: Iterable[Keyed], file: str, key: str) -> None:
    """Raises CatalogueError at the second entry with the same key."""
    seen: set[str] = set()
    for entry in entries:
        if entry.key in seen:
            raise CatalogueError(file, f"{key}[{entry.key}]", "this key is there twice")
        seen.add(entry.key)


def check_known(names: Iterable[str], known: Iterable[str], file: str, key: str) -> None:
    """Raises CatalogueError when a name is not among the known ones."""
    allowed = set(known)
    for name in names:
        if name not in allowed:
            raise CatalogueError(file, key, f"{name!r} is not known there")


def read_metrics(path: Path) -> tuple[Metric, ...]:
    """The metrics of one file, in its order."""
    file = label(path)
    metrics = decode_all(Metric, only_list(read_toml(path), "metrics", file), file=file, key="metrics")
    check_unique(metrics, file, "metrics")
    return metrics


def read_criteria(path: Path, metric_keys: Iterable[str]) -> CriteriaFile:
    """Groups, kinds of evidence and criteria of one file; every reference in it must lead somewhere."""
    file = label(path)
    table = read_toml(path)
    contents = CriteriaFile(
        groups=tuple(str(group) for group in _strings(table.get("groups"), file, "groups")),
        evidence_kinds=decode_all(EvidenceKind, table.get("evidence_kinds"), file=file, key="evidence_kinds"),
        criteria=decode_all(Criterion, table.get("criteria"), file=file, key="criteria"),
    )
    check_known(table, ("groups", "evidence_kinds", "criteria"), file, "the file")
    check_unique(contents.criteria, file, "criteria")
    check_unique(contents.evidence_kinds, file, "evidence_kinds")
    keys = [criterion.key for criterion in contents.criteria]
    known_metrics = list(metric_keys)
    for criterion in contents.criteria:
        where = f"criteria[{criterion.key}]"
        check_known([criterion.group], contents.groups, file, f"{where}.group")
        check_known(criterion.covers, keys, file, f"{where}.covers")
        check_known([criterion.evidence], (kind.key for kind in contents.evidence_kinds), file, f"{where}.evidence")
        check_known([criterion.metric] if criterion.metric else [], known_metrics, file, f"{where}.metric")
        if criterion.hours <= 0:
            raise CatalogueError(file, f"{where}.hours", "must be above 0")
    return contents


def read_phases(path: Path) -> tuple[Phase, ...]:
    """The five phases of one file, in order."""
    file = label(path)
    phases = decode_all(Phase, only_list(read_toml(path), "phases", file), file=file, key="phases")
    if [phase.number for phase in phases] != [1, 2, 3, 4, 5]:
        raise CatalogueError(file, "phases", "the phases are not numbered 1 to 5 in order")
    check_unique(phases, file, "phases")
    for phase in phases:
        check_unique(phase.items, file, f"phases[{phase.key}].items")
    return phases


def read_framework(path: Path, criterion_keys: Iterable[str]) -> Framework:
    """One framework's file; it must be named after its key and speak of known criteria."""
    file = label(path)
    framework = decode(Framework, read_toml(path), file=file)
    if framework.key != path.stem:
        raise CatalogueError(file, "key", f"{framework.key!r} is not the name of the file")
    known = list(criterion_keys)
    for place, fact in enumerate(framework.facts):
        check_known([fact.criterion], known, file, f"facts[{place}].criterion")
    for place, remark in enumerate((*framework.strengths, *framework.tradeoffs)):
        check_known(remark.criteria, known, file, f"strengths and tradeoffs[{place}].criteria")
    return framework


@cache
def metrics() -> tuple[Metric, ...]:
    """Every metric that ships, in the file's order."""
    return read_metrics(HOME / "metrics.toml")


@cache
def _criteria_file() -> CriteriaFile:
    return read_criteria(HOME / "criteria.toml", (metric.key for metric in metrics()))


def criteria() -> tuple[Criterion, ...]:
    """Every criterion that ships, group by group."""
    return _criteria_file().criteria


def criterion_groups() -> tuple[str, ...]:
    """The groups of criteria, in the order they are shown."""
    return _criteria_file().groups


def evidence_kinds() -> tuple[EvidenceKind, ...]:
    """The ways of finding something out, with their usual hours."""
    return _criteria_file().evidence_kinds


@cache
def phases() -> tuple[Phase, ...]:
    """The five phases in order."""
    return read_phases(HOME / "phases.toml")


@cache
def frameworks() -> tuple[Framework, ...]:
    """Every framework that ships: the article's three first, the rest by name."""
    paths = sorted((HOME / "frameworks").glob("*.toml"))
    found = [read_framework(path, (criterion.key for criterion in criteria())) for path in paths]
    keys = [framework.key for framework in found]
    for framework in found:
        check_known(framework.parts, keys, f"frameworks/{framework.key}.toml", "parts")
    first = ("fastapi", "django", "litestar")
    found.sort(key=lambda framework: (first.index(framework.key) if framework.key in first else 3, framework.name))
    return tuple(found)


def metric(key: str) -> Metric:
    """The metric with this key; KeyError when there is none."""
    return _by_key(metrics, key)


def criterion(key: str) -> Criterion:
    """The criterion with this key; KeyError when there is none."""
    return _by_key(criteria, key)


def evidence_kind(key: str) -> EvidenceKind:
    """The kind of evidence with this key; KeyError when there is none."""
    return _by_key(evidence_kinds, key)


def phase(key: str) -> Phase:
    """The phase with this key; KeyError when there is none."""
    return _by_key(phases, key)


def framework(key: str) -> Framework:
    """The framework with this key; KeyError when there is none."""
    return _by_key(frameworks, key)


def _by_key(entries: Callable[[], tuple[Named, ...]], key: str) -> Named:
    for entry in entries():
        if entry.key == key:
            return entry
    raise KeyError(key)


def _strings(value: object, file: str, key: str) -> list[object]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise CatalogueError(file, key, "expected a list of texts")
    return value
