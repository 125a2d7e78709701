"""Run inside a house, with its settings: a team of four with passwords, and an evaluation at the end of its workshop.

Says as JSON where it is, and for each person the session of a browser that signed in this morning.
"""

import json
import os
from dataclasses import replace
from datetime import datetime, timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fwselect.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.utils import timezone  # noqa: E402

from evaluations import catalogue  # noqa: E402
from evaluations.candidates import actions as candidates  # noqa: E402
from evaluations.catalogue.scenario_entries import Requirement, Scenario  # noqa: E402
from evaluations.examples import workshop  # noqa: E402
from evaluations.examples.cast import Cast  # noqa: E402
from evaluations.examples.checklists import settle  # noqa: E402
from evaluations.examples.stage import Clock, Stage  # noqa: E402
from evaluations.teams import actions as teams  # noqa: E402
from evaluations.teams.models import Person, Role, Team  # noqa: E402

TITLE = "Tracking API, decided"
PASSWORD = "correct horse battery staple"
CANDIDATES = ("fastapi", "django", "flask")
PEOPLE = {
    "lead": ("Lea", Role.LEAD),
    "backend-1": ("Ada", Role.CONTRIBUTOR),
    "backend-2": ("Bo", Role.CONTRIBUTOR),
    "reviewer": ("Rea", Role.REVIEWER),
}
"""Who plays which part of the shipped scenario."""


def smaller(scenario: Scenario) -> Scenario:
    """The same story with three candidates, told by the people there are."""
    cells = [
        replace(cell, ratings={handle: given for handle, given in cell.ratings.items() if handle in PEOPLE})
        for cell in scenario.cells
        if cell.candidate in CANDIDATES
    ]
    known = [each for each in scenario.item_states if each.phase == "requirements"]
    return replace(
        scenario,
        candidates=tuple(each for each in scenario.candidates if each.key in CANDIDATES),
        requirements=tuple(_voted(row) for row in scenario.requirements),
        weight_opinions=tuple(each for each in scenario.weight_opinions if each.member in PEOPLE),
        cells=tuple(cells),
        item_states=tuple(each if each.by in PEOPLE else replace(each, by="backend-1") for each in known),
    )


def _voted(row: Requirement) -> Requirement:
    return replace(row, votes=tuple(handle for handle in row.votes if handle in PEOPLE))


def people_with_passwords() -> dict[str, Person]:
    password = make_password(PASSWORD)
    return {
        handle: Person.objects.create(
            username=f"{name.lower()}-of-tracking",
            name=name,
            email=f"{name.lower()}@tracking.example.org",
            password=password,
        )
        for handle, (name, _) in PEOPLE.items()
    }


def seated(scenario: Scenario, people: dict[str, Person], at: datetime) -> Team:
    lead = people["lead"]
    team = teams.create_team(name="Tracking team", by=lead, at=at)
    for handle, person in people.items():
        if person != lead:
            teams.add_member(team=team, person=person, role=PEOPLE[handle][1], by=lead, at=at)
    told = scenario.team
    skills = ", ".join(told.skills)
    return teams.set_profile(
        team=team, size=4, skills=skills, async_experience=told.async_experience, seen=team.version, by=lead, at=at
    )


def session_of_this_morning(person: Person, at: datetime) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    proved = (at - timedelta(hours=1)).timestamp()
    session["account_authentication_methods"] = [{"method": "password", "at": proved, "username": person.username}]
    session.create()
    return str(session.session_key)


def main() -> None:
    scenario, now = smaller(catalogue.scenario("logistics")), timezone.now()
    people, clock = people_with_passwords(), Clock.ending_before(now)
    team = seated(scenario, people, clock.now)
    evaluation = candidates.create_evaluation(
        team=team, title=TITLE, context=scenario.summary, by=people["lead"], at=clock.tick()
    )
    stage = Stage(scenario, evaluation, Cast(people, ()), clock)
    workshop.enter(stage)
    settle(stage, "requirements")
    sessions = {person.name: session_of_this_morning(person, now) for person in people.values()}
    print(json.dumps({"evaluation": evaluation.pk, "sessions": sessions, "password": PASSWORD}))


if __name__ == "__main__":
    main()
