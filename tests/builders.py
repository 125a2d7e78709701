"""Builders with defaults: a test sets only what it is about. They go through the actions people use."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from evaluations.candidates import actions as candidates
from evaluations.candidates import door
from evaluations.candidates.models import Candidate, Evaluation, GuestAccess
from evaluations.requirements import actions as requirements
from evaluations.requirements.models import Criterion, Requirement
from evaluations.teams import actions as teams
from evaluations.teams.models import Membership, Person, Role, Team

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
numbers = count(1)


def make_person(name: str = "", *, password: str = "", **fields: Any) -> Person:
    """Someone with an account; signing in by password needs `password` (slow), `client.force_login` does not."""
    number = next(numbers)
    username = fields.pop("username", f"person{number}")
    fields.setdefault("email", f"{username}@example.org")
    person = Person(username=username, name=name or f"Person {number}", **fields)
    if password:
        person.set_password(password)
    else:
        person.set_unusable_password()
    person.save()
    return person


def make_team(name: str = "", *, lead: Person | None = None, at: datetime = NOW) -> Team:
    return teams.create_team(name=name or f"Team {next(numbers)}", by=lead or make_person(), at=at)


def lead_of(team: Team) -> Person:
    return Person.objects.filter(memberships__team=team, memberships__role=Role.LEAD).order_by("pk")[0]


def make_member(team: Team, role: str = Role.CONTRIBUTOR, *, person: Person | None = None, name: str = "") -> Person:
    member = person or make_person(name)
    teams.add_member(team=team, person=member, role=role, by=lead_of(team), at=NOW)
    return member


def membership(team: Team, person: Person) -> Membership:
    return Membership.objects.get(team=team, person=person)


def make_evaluation(
    title: str = "Order service", *, team: Team | None = None, lead: Person | None = None, **fields: Any
) -> Evaluation:
    team = team or make_team(lead=lead)
    return candidates.create_evaluation(
        team=team, title=title, by=lead or lead_of(team), at=fields.pop("at", NOW), **fields
    )


def make_candidate(
    evaluation: Evaluation, name: str = "", *, by: Person | None = None, at: datetime = NOW, **stack: str
) -> Candidate:
    return candidates.add_candidate(
        evaluation=evaluation,
        name=name or f"Candidate {next(numbers)}",
        by=by or lead_of(evaluation.team),
        at=at,
        **stack,
    )


def make_guest(evaluation: Evaluation, name: str = "") -> Person:
    """Someone admitted to one workshop, the way people are: a link, a name, the lead's yes."""
    lead = lead_of(evaluation.team)
    at = NOW + timedelta(seconds=next(numbers))
    _, token = door.make_join_link(evaluation=evaluation, by=lead, at=at)
    asked, _ = door.ask_to_join(token=token, name=name or f"Guest {next(numbers)}", person=None, at=at)
    return door.admit(join_request=asked, by=lead, at=at).person


def make_guest_reviewer(evaluation: Evaluation, person: Person | None = None) -> Person:
    guest = person or make_person()
    GuestAccess.objects.create(
        evaluation=evaluation, person=guest, role=GuestAccess.Role.REVIEWER, since_at=NOW, version=evaluation.log.count
    )
    return guest


def make_criterion(evaluation: Evaluation, name: str = "", **fields: Any) -> Criterion:
    return requirements.add_criterion(
        evaluation=evaluation,
        name=name or f"Criterion {next(numbers)}",
        by=fields.pop("by", lead_of(evaluation.team)),
        at=fields.pop("at", NOW),
        **fields,
    )


def make_requirement(evaluation: Evaluation, statement: str = "", **fields: Any) -> Requirement:
    return requirements.add_requirement(
        evaluation=evaluation,
        kind=fields.pop("kind", Requirement.Kind.OTHER),
        statement=statement or f"Requirement {next(numbers)}",
        by=fields.pop("by", lead_of(evaluation.team)),
        at=fields.pop("at", NOW),
        **fields,
    )
