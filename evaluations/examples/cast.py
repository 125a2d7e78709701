"""Who plays an example's members: the demo accounts where there are any, else people nobody can sign in as."""

from collections.abc import Mapping
from dataclasses import dataclass

from evaluations.catalogue.scenario_entries import Scenario
from evaluations.catalogue.scenario_reader import GUEST
from evaluations.teams import demo
from evaluations.teams.fictional import ensure_fictional_person
from evaluations.teams.models import Person

DEMO_PARTS = {
    "lead": "demo-lead",
    "reviewer": "demo-reviewer",
    "backend-1": "demo-contributor1",
    "backend-2": "demo-contributor2",
    "ops": "demo-contributor3",
}
"""Handles of a scenario that a demo account plays: whoever signs in finds ratings of their own."""
GUEST_NAME = "On-call engineer of another team"


@dataclass(frozen=True)
class Cast:
    """Everybody by handle; `fictional` are those to be retired when the story is told."""

    people: Mapping[str, Person]
    fictional: tuple[Person, ...]

    @property
    def lead(self) -> Person:
        return self.people["lead"]


def cast_of(scenario: Scenario, *, with_demo: bool) -> Cast:
    accounts = demo.ensure_demo_people() if with_demo else {}
    people: dict[str, Person] = {}
    fictional = []
    for member in scenario.team.members:
        account = accounts.get(DEMO_PARTS.get(member.handle, ""))
        if account is None:
            account = ensure_fictional_person(username=f"{scenario.key}-{member.handle}", name=member.name)
            fictional.append(account)
        people[member.handle] = account
    people[GUEST] = ensure_fictional_person(username=f"{scenario.key}-{GUEST}", name=GUEST_NAME)
    return Cast(people, (*fictional, people[GUEST]))
