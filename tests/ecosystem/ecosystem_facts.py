"""Needs and packages with defaults, through the actions people use."""

from typing import Any

from evaluations import catalogue
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.ecosystem import actions
from evaluations.ecosystem.models import Need, PackageChoice
from evaluations.requirements.models import Criterion
from tests.builders import NOW, lead_of

LOOKED_AT = {"maintained": "yes", "stable": "yes", "supports_async": "yes"}


def add_need(evaluation: Evaluation, name: str = "PostgreSQL", **facts: Any) -> Need:
    facts.setdefault("by", lead_of(evaluation.team))
    kind = facts.pop("kind", "database_driver")
    return actions.add_need(evaluation=evaluation, name=name, kind=kind, at=facts.pop("at", NOW), **facts)


def choose(need: Need, candidate: Candidate, package: str = "asyncpg", **facts: Any) -> PackageChoice:
    facts.setdefault("by", lead_of(need.evaluation.team))
    facts.setdefault("verdict", "good" if package else "missing")
    if not package:
        facts.setdefault("note", "Two days of ours")
    return actions.set_package(
        need=need, candidate=candidate, package=package, seen=facts.pop("seen", 0), at=facts.pop("at", NOW), **facts
    )


def break_the_deal(need: Need, candidate: Candidate, reason: str = "Abandoned, and we can't own it") -> PackageChoice:
    facts = {"verdict": "poor", "dealbreaker": True, "dealbreaker_reason": reason}
    return choose(need, candidate, "old-driver", **facts)


def measure(criterion: Criterion, metric: str, points: list[list[float]]) -> None:
    given = {"metric": metric, "unit": catalogue.metric(metric).unit, "points": points, "seen": 0}
    actions.set_value_function(criterion=criterion, by=lead_of(criterion.evaluation.team), at=NOW, **given)
