"""Who may what in a team. Rules come in pairs: `check_can_x` raises with the reason a person reads, `can_x` answers."""

from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.http import Http404

from evaluations.teams.models import Membership, Person, Role, Team


class Refused(PermissionDenied):
    """Own team, wrong role: answered with 403 and this reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Capability(StrEnum):
    READ = "read"
    RATE = "rate"
    CONTRIBUTE = "contribute"
    SIGN = "sign"
    LEAD = "lead"


CAPABILITIES: dict[str, frozenset[Capability]] = {
    Role.LEAD: frozenset({Capability.READ, Capability.RATE, Capability.CONTRIBUTE, Capability.LEAD}),
    Role.REVIEWER: frozenset({Capability.READ, Capability.SIGN}),
    Role.CONTRIBUTOR: frozenset({Capability.READ, Capability.RATE, Capability.CONTRIBUTE}),
    Role.VIEWER: frozenset({Capability.READ}),
}

REASONS: dict[Capability, str] = {
    Capability.READ: "You are not a member of this team.",
    Capability.RATE: "Ratings, weights and votes are cast by leads, contributors and reviewers invited to rate.",
    Capability.CONTRIBUTE: "Only leads and contributors may change this. Ask the lead for another role.",
    Capability.SIGN: "Only reviewers may sign.",
    Capability.LEAD: "Only a lead of the team may do this.",
}


def membership_of(person: Person, team: Team) -> Membership | None:
    return Membership.objects.filter(team=team, person_id=person.pk).first()


def capabilities_of(membership: Membership | None) -> frozenset[Capability]:
    if membership is None:
        return frozenset()
    extra = {Capability.RATE} if membership.rates else set()
    return CAPABILITIES[membership.role] | extra


def get_team(person: Person, team_id: int) -> Team:
    """The team, when the person is a member; to everybody else it does not exist (404)."""
    team = Team.objects.filter(pk=team_id, memberships__person=person).first()
    if team is None:
        raise Http404("No such team.")
    return team


def check_can(capability: Capability, person: Person, team: Team) -> None:
    if capability not in capabilities_of(membership_of(person, team)):
        raise Refused(REASONS[capability])


def can(capability: Capability, person: Person, team: Team) -> bool:
    return capability in capabilities_of(membership_of(person, team))


def can_create_team(person: Person) -> bool:
    return person.is_active and bool(person.email or person.is_demo)


def check_can_create_team(person: Person) -> None:
    if not can_create_team(person):
        raise Refused("Guests of a workshop cannot make teams. Ask a lead for an invitation first.")
