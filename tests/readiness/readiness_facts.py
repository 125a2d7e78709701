"""Answers, failure tests and stories with defaults, through the actions people use."""

import json
from typing import Any

from evaluations import catalogue
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.checklist.models import ChecklistItem
from evaluations.readiness import actions
from evaluations.readiness.models import FailureTest, ProductionStory, ReadinessAnswer
from evaluations.requirements.models import Criterion
from tests.builders import NOW, lead_of


def item_called(evaluation: Evaluation, key: str) -> ChecklistItem:
    return ChecklistItem.objects.select_related("evaluation__log").get(
        evaluation=evaluation, phase="readiness", key=key
    )


def answer(item: ChecklistItem, candidate: Candidate, said: str, **given: Any) -> ReadinessAnswer:
    given.setdefault("evidence", "Seen in the spike")
    given.setdefault("by", lead_of(candidate.evaluation.team))
    return actions.set_answer(
        item=item, candidate=candidate, answer=said, seen=given.pop("seen", 0), at=given.pop("at", NOW), **given
    )


def add_test(candidate: Candidate, **facts: Any) -> FailureTest:
    facts.setdefault("by", lead_of(candidate.evaluation.team))
    kind, verdict = facts.pop("kind", "database_refused"), facts.pop("verdict", "recovered")
    if kind.startswith("database") and "first_success_s" not in facts:
        facts["first_success_s"] = 2.0
    return actions.add_failure_test(candidate=candidate, kind=kind, verdict=verdict, at=facts.pop("at", NOW), **facts)


def add_story(candidate: Candidate, **facts: Any) -> ProductionStory:
    given = {"title": "A parcel service", "url": "https://example.org/parcels", "learned": "Pools first", **facts}
    given.setdefault("by", lead_of(candidate.evaluation.team))
    return actions.add_story(candidate=candidate, at=NOW, **given)


def measure(criterion: Criterion, metric: str, points: list[list[float]], **function: Any) -> None:
    unit = catalogue.metric(metric).unit
    by = lead_of(criterion.evaluation.team)
    given = {"metric": metric, "unit": unit, "points": points, "seen": 0, **function}
    actions.set_value_function(criterion=criterion, by=by, at=NOW, **given)


def told_test(whose: str, **facts: Any) -> dict[str, Any]:
    """A test as a file tells it."""
    given = {"candidate": whose, "kind": "database_refused", "verdict": "recovered", "first_success_s": 2.1}
    return {**given, **facts}


def file_of(*tests: dict[str, Any], indent: int | None = None, **head: Any) -> bytes:
    document = {"format": "fwselect failure tests", "version": 1, **head, "tests": list(tests)}
    return json.dumps(document, indent=indent).encode()
