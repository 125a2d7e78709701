"""From an event to a sentence: every package says in its `history.py` what its events mean."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

from django.template.defaultfilters import date

import evaluations
from evaluations.assignments.models import Assignment
from evaluations.candidates.models import Candidate
from evaluations.checklist.models import ChecklistItem
from evaluations.ecosystem.models import Need
from evaluations.requirements.models import Criterion, Requirement
from evaluations.rounds.models import Round
from evaluations.scoring.models import Evidence
from evaluations.spikes.models import ResultFile, Workload
from evaluations.teams.models import Person

NAMED = {
    "assignment": (Assignment, "title"),
    "candidate": (Candidate, "name"),
    "criterion": (Criterion, "name"),
    "evidence": (Evidence, "title"),
    "item": (ChecklistItem, "text"),
    "need": (Need, "name"),
    "requirement": (Requirement, "statement"),
    "result_file": (ResultFile, "file_name"),
    "workload": (Workload, "title"),
}
"""Words in `about` and what their ids name."""

SHORT_KEYS = ("value", "verdict", "name", "statement", "title", "text", "file_name", "state", "role", "method")
CODE = re.compile(r"[a-z]+(_[a-z]+)+")
"""A stored word such as "not_met"; people read it with spaces."""

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")

LONGEST = 160
WHOLE_FROM = 1000
"""Below it four digits of a figure are told; above it no digit of the whole is dropped."""
NOTHING = "nothing"

Names = dict[tuple[str, int], str]


@cache
def event_sentences() -> dict[str, str]:
    """Every kind of event there is, with its sentence."""
    found: dict[str, str] = {}
    for package in iter_modules(evaluations.__path__):
        name = f"evaluations.{package.name}.history"
        if package.ispkg and find_spec(f"evaluations.{package.name}") and find_spec(name):
            found |= import_module(name).EVENT_SENTENCES
    return found


def names_for(abouts: Iterable[Mapping[str, Any]]) -> Names:
    """The display names of everything these events are about; one query per kind of thing."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for about in abouts:
        for word, value in about.items():
            if isinstance(value, int):
                wanted[word].add(value)
    names: Names = {}
    for word, (model, field) in NAMED.items():
        if wanted[word]:
            rows = model._default_manager.filter(pk__in=wanted[word]).values_list("pk", field)
            names |= {(word, pk): name for pk, name in rows}
    for person in Person.objects.filter(pk__in=wanted["person"]):
        names["person", person.pk] = person.shown_name
    for round in Round.objects.filter(pk__in=wanted["round"]):
        names["round", round.pk] = f"round {round.number} of {round.get_subject_display()}"
    return names


def sentence(kind: str, about: Mapping[str, Any], payload: Mapping[str, Any], names: Names) -> str:
    """What happened, to be read after the name of who did it."""
    words = _Words(_words(about, payload, names))
    told = event_sentences().get(kind, kind.replace(".", ": ").replace("_", " "))
    return told.format_map(words)


def names_who(kind: str) -> bool:
    """Whether the sentence itself begins with who did it: somebody without an account, say."""
    return event_sentences().get(kind, "").startswith("{")


def short(value: Any) -> str:
    """A payload's value in a few words."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        for key in SHORT_KEYS:
            if key in value:
                return "don't know" if key == "value" and value[key] is None else short(value[key])
        return f"{len(value)} values"
    if isinstance(value, list):
        return f"{len(value)} values"
    text = _figure(value) if isinstance(value, float) else str(value)
    if CODE.fullmatch(text):
        return text.replace("_", " ")
    if MOMENT.match(text):
        return f"{date(datetime.fromisoformat(text).astimezone(UTC), 'j M Y H:i')} UTC"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _figure(value: float) -> str:
    return f"{value:.4g}" if abs(value) < WHOLE_FROM else f"{value:g}"


def differences(payload: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What changed, field by field: (field, before, after); only fields that differ."""
    before, after = payload.get("before"), payload.get("after")
    if "before" not in payload and "after" not in payload:
        return []
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        old = before if isinstance(before, Mapping) else {}
        new = after if isinstance(after, Mapping) else {}
        rows = [(key.replace("_", " "), _shown(old, key), _shown(new, key)) for key in {**old, **new}]
        return [row for row in rows if row[1] != row[2]]
    return [("", short(before) if before is not None else "", short(after) if after is not None else "")]


def _shown(facts: Mapping[str, Any], key: str) -> str:
    return short(facts[key]) if key in facts and facts[key] not in (None, "") else ""


class _Word(str):
    """A word in a sentence. `{after_unit: %s}` says it with what belongs around it, and leaves all out where nothing
    was written."""

    __slots__ = ()

    def __format__(self, around: str) -> str:
        if "%s" not in around:
            return super().__format__(around)
        return "" if self == NOTHING else around.replace("%s", self)


class _Words(dict[str, str]):
    def __getitem__(self, key: str) -> _Word:
        return _Word(super().__getitem__(key))

    def __missing__(self, key: str) -> str:
        return NOTHING if key.startswith(("before_", "after_")) else "…"


def _words(about: Mapping[str, Any], payload: Mapping[str, Any], names: Names) -> dict[str, str]:
    words = {key: short(value) for key, value in payload.items()}
    for side in ("before", "after"):
        facts = payload.get(side)
        if isinstance(facts, Mapping):
            words |= {f"{side}_{key}": short(value) for key, value in facts.items()}
    words |= {word: names.get((word, value), f"{word.replace('_', ' ')} {value}") for word, value in about.items()}
    return words
