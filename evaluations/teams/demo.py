"""Demo accounts: one of each role, without a password, signed in by a click on the machine itself."""

import ipaddress
from datetime import datetime

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port

from evaluations.teams import actions
from evaluations.teams.models import Membership, Person, Role, Team

DEMO_PEOPLE = {
    "demo-lead": ("Demo lead", Role.LEAD),
    "demo-reviewer": ("Demo reviewer", Role.REVIEWER),
    "demo-contributor1": ("Demo contributor 1", Role.CONTRIBUTOR),
    "demo-contributor2": ("Demo contributor 2", Role.CONTRIBUTOR),
    "demo-contributor3": ("Demo contributor 3", Role.CONTRIBUTOR),
    "demo-viewer": ("Demo viewer", Role.VIEWER),
}
LOOPBACK_NAMES = {"localhost", "127.0.0.1", "[::1]"}


def is_offered(request: HttpRequest) -> bool:
    """Only in demo mode, to a browser on this machine that asked for this machine: a foreign name that resolves to
    the loopback address is somebody else's page."""
    if not settings.FWSELECT_DEMO:
        return False
    name, _ = split_domain_port(request.get_host())
    try:
        address = ipaddress.ip_address(get_client_ip_address(request) or "")
    except ValueError:
        return False
    return address.is_loopback and name in LOOPBACK_NAMES


def ensure_demo_people() -> dict[str, Person]:
    """The demo accounts by user name, made where they are missing."""
    people = {}
    for username, (name, _) in DEMO_PEOPLE.items():
        person = Person.objects.filter(username=username, is_demo=True).first()
        if person is None:
            person = Person(username=username, name=name, is_demo=True)
            person.set_unusable_password()
            person.save()
        people[username] = person
    return people


def seat_demo_people(*, team: Team, by: Person, at: datetime) -> None:
    """Make every demo account a member of the team, each in its role; those who are stay as they are."""
    seated = set(Membership.objects.filter(team=team).values_list("person_id", flat=True))
    for username, person in ensure_demo_people().items():
        if person.pk not in seated:
            actions.add_member(team=team, person=person, role=DEMO_PEOPLE[username][1], by=by, at=at)


def ensure_demo_team(*, at: datetime, name: str = "Demo team") -> Team:
    """A team led by the demo lead with every other demo account in it; made once."""
    lead = ensure_demo_people()["demo-lead"]
    team = Team.objects.filter(name=name, memberships__person=lead).order_by("pk").first()
    team = team or actions.create_team(name=name, by=lead, at=at)
    seat_demo_people(team=team, by=lead, at=at)
    return team
