import ast
import re
from pathlib import Path

import pytest

import evaluations
from evaluations.audit.models import AuditEvent
from evaluations.history.sentences import differences, event_sentences, names_for, sentence, short
from tests.history.tour import Tour

ROOT = Path(evaluations.__path__[0])
PACKAGES = {folder.name for folder in ROOT.iterdir() if (folder / "__init__.py").exists()}
KIND = re.compile(rf"({'|'.join(sorted(PACKAGES))})\.[a-z]+(_[a-z]+)*")

HOLE = re.compile(r"…|[{}]|\bNone\b|\b[a-z]+_[a-z]+\b(?!\.)|(?<!→ )\bnothing\b(?! →)")
"""A word that was not found, or one of the code's; of values that come or go, "nothing" may be said."""


def kinds_in(source: str) -> set[str]:
    """What a module hands to `record`: literals, and literals on their way there by a name."""
    constants = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
    return {value for value in constants if isinstance(value, str) and KIND.fullmatch(value)}


def recorded_kinds() -> set[str]:
    modules = [path for path in ROOT.rglob("*.py") if ".record(" in path.read_text() or "kind=" in path.read_text()]
    return set().union(*(kinds_in(path.read_text()) for path in modules))


def test_every_kind_that_is_recorded_anywhere_has_a_sentence() -> None:
    assert len(recorded_kinds()) > 50
    assert recorded_kinds() - set(event_sentences()) == set()


def test_a_kind_without_a_sentence_would_be_seen() -> None:
    assert kinds_in('entry.record("scoring.forgotten", about={})') - set(event_sentences()) == {"scoring.forgotten"}


@pytest.mark.django_db
def test_every_sentence_is_told_without_a_hole_from_what_is_really_recorded() -> None:
    tour = Tour()

    tour.whole()

    assert set(event_sentences()) - tour.kinds() == set(), "whoever adds a kind of event adds a step to the tour"
    events = list(AuditEvent.objects.order_by("pk"))
    names = names_for(event.about for event in events)
    holes = {}
    for event in events:
        told = sentence(event.kind, event.about, event.payload, names)
        if HOLE.search(told):
            holes[event.kind] = told
    assert holes == {}


@pytest.mark.parametrize("told", ["set … to 4", "set x to {after}", "set x to None", "not_met", "added nothing"])
def test_a_hole_would_be_seen(told: str) -> None:
    assert HOLE.search(told)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "nothing"),
        (True, "yes"),
        (0.5, "0.5"),
        (3.883891, "3.884"),
        (12345.0, "12345"),
        ({"value": None, "reason": "x"}, "don't know"),
        ({"value": 4}, "4"),
        ("not_met", "not met"),
        ("2026-03-03T00:00:00Z", "3 Mar 2026 00:00 UTC"),
        ([1, 2], "2 values"),
        ({"a": 1}, "1 values"),
        ("x" * 400, "x" * 159 + "…"),
    ],
)
def test_values_are_said_in_a_few_words(value: object, said: str) -> None:
    assert short(value) == said


def test_differences_name_only_what_differs() -> None:
    payload = {"before": {"state": "open", "reason": "", "url": ""}, "after": {"state": "not_met", "reason": "x"}}

    assert differences(payload) == [("state", "open", "not met"), ("reason", "", "x")]
    assert differences({"before": "judged", "after": "measured"}) == [("", "judged", "measured")]
    assert differences({"minutes": 5}) == []


def test_what_was_left_empty_takes_its_comma_and_its_space_along() -> None:
    def told(unit: str) -> str:
        after = {"name": "Cost", "expected": 3.5, "unit": unit}
        return sentence("decision.forecast_added", {}, {"after": after}, {})

    assert told("€/day") == "expects Cost of 3.5 €/day"
    assert told("") == "expects Cost of 3.5"


def test_a_kind_nobody_knows_is_still_told() -> None:
    assert sentence("later.thing_done", {}, {}, {}) == "later: thing done"
