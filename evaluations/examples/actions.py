"""Enters a scenario of the catalogue as an evaluation, through the same actions that people use."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.db import connection

from evaluations import catalogue
from evaluations.audit.actions import writing
from evaluations.audit.models import AuditEvent
from evaluations.candidates import actions as candidates
from evaluations.candidates.models import Evaluation
from evaluations.catalogue.scenario_entries import Scenario
from evaluations.decision.queries import decided_at_all
from evaluations.examples import deciding, ecosystem, readiness, spikes, teamfit, workshop
from evaluations.examples.cast import Cast, cast_of
from evaluations.examples.stage import Clock, Stage
from evaluations.teams import actions as teams
from evaluations.teams import demo
from evaluations.teams.fictional import retire
from evaluations.teams.models import Membership, Person, Role, Team

LOADED = "examples.loaded"
OPEN = "-open"
"""An example of a scenario's key and this ends before anybody signs: all of it can still be changed."""


class BeingLoaded(RuntimeError):
    """Another process is entering the same example."""


def load(*, key: str, at: datetime) -> Evaluation:
    """An example, complete and decided, or still open; entered in the days before `at` where it is missing.

    key: a scenario's, or with OPEN after it (see `keys`).
    A load that was broken off goes on where it stopped; a finished example is left as people have changed it since.
    The demo accounts, where this deployment has them, play its members and can open it. Raises KeyError for an unknown
    key, BeingLoaded, ExampleNotRead.
    """
    scenario = catalogue.scenario(key.removesuffix(OPEN))
    with _alone(scenario.key):
        evaluation = example_of(key)
        if evaluation is None or not is_loaded(evaluation):
            evaluation = _entered(scenario, evaluation, at, is_open=key.endswith(OPEN))
        if settings.FWSELECT_DEMO:
            demo.seat_demo_people(team=evaluation.team, by=_a_lead(evaluation.team), at=at)
        return evaluation


def keys() -> list[str]:
    scenarios = [scenario.key for scenario in catalogue.scenarios()]
    return [*scenarios, *(f"{key}{OPEN}" for key in scenarios)]


def example_of(key: str) -> Evaluation | None:
    rows = Evaluation.objects.select_related("team__log", "log", "created_by")
    return rows.filter(example=key).order_by("pk").first()


def is_loaded(evaluation: Evaluation) -> bool:
    """Complete, and decided unless it is to stay open."""
    return _is_filled(evaluation) and (evaluation.example.endswith(OPEN) or decided_at_all(evaluation))


def _is_filled(evaluation: Evaluation) -> bool:
    return AuditEvent.objects.filter(log_id=evaluation.log_id, kind=LOADED).exists()


def let_in(*, evaluation: Evaluation, person: Person, at: datetime) -> None:
    """Make somebody a lead of the example's team, so that they can open it; who is a member stays what they are."""
    if not Membership.objects.filter(team=evaluation.team, person=person).exists():
        by = _a_lead(evaluation.team)
        teams.add_member(team=evaluation.team, person=person, role=Role.LEAD, by=by, at=at)


def _entered(scenario: Scenario, begun: Evaluation | None, at: datetime, *, is_open: bool) -> Evaluation:
    cast = cast_of(scenario, with_demo=_with_demo(begun))
    clock = Clock(begun.created_at) if begun else Clock.ending_before(at)
    try:
        evaluation = begun or _begun(scenario, cast, clock, is_open=is_open)
        stage = Stage(scenario, evaluation, cast, clock)
        if begun is None or not _is_filled(begun):
            _fill(stage)
        if not is_open:
            deciding.enter(stage)
    finally:
        retire(cast.fictional)
    return evaluation


def _fill(stage: Stage) -> None:
    for phase in (workshop, spikes, ecosystem, teamfit, readiness):
        phase.enter(stage)
    told = {"scenario": stage.scenario.key, "title": stage.scenario.title}
    with writing(stage.evaluation.log, by=stage.lead, at=stage.clock.tick()) as entry:
        entry.record(LOADED, about={"evaluation": stage.evaluation.pk}, payload=told)


def _with_demo(begun: Evaluation | None) -> bool:
    """Whoever began to play goes on."""
    if begun and begun.created_by:
        return begun.created_by.username in demo.DEMO_PEOPLE
    return bool(settings.FWSELECT_DEMO)


def _begun(scenario: Scenario, cast: Cast, clock: Clock, *, is_open: bool) -> Evaluation:
    team = _team(scenario, cast, clock)
    clock.tick()
    return candidates.create_evaluation(
        team=team,
        title=f"{scenario.title}, still open" if is_open else scenario.title,
        context=scenario.summary,
        example=f"{scenario.key}{OPEN}" if is_open else scenario.key,
        by=cast.lead,
        at=clock.now,
    )


def _team(scenario: Scenario, cast: Cast, clock: Clock) -> Team:
    name = scenario.team.name
    begun = Team.objects.filter(name=name, memberships__person=cast.lead, memberships__role=Role.LEAD)
    team = begun.order_by("pk").first() or teams.create_team(name=name, by=cast.lead, at=clock.now)
    seated = set(Membership.objects.filter(team=team).values_list("person_id", flat=True))
    for member in scenario.team.members:
        person = cast.people[member.handle]
        if person.pk not in seated:
            teams.add_member(team=team, person=person, role=member.role, by=cast.lead, at=clock.now)
    if team.size is None:
        team = teams.set_profile(
            team=team,
            size=scenario.team.size,
            skills=", ".join(scenario.team.skills),
            async_experience=scenario.team.async_experience,
            seen=team.version,
            by=cast.lead,
            at=clock.now,
        )
    return team


def _a_lead(team: Team) -> Person:
    return Person.objects.filter(memberships__team=team, memberships__role=Role.LEAD).order_by("pk")[0]


@contextmanager
def _alone(key: str) -> Iterator[None]:
    """One loader at a time; the database lets go when this process ends, however it ends."""
    lock = f"fwselect example {key}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [lock])
        if not cursor.fetchone()[0]:
            raise BeingLoaded("Another process is loading this example at the moment.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [lock])
