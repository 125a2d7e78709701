"""Teams and who belongs to them. How people come in by a link stands in `invitations.py`."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction

from evaluations.audit.actions import Entry, open_log, writing
from evaluations.audit.announcing import announce_revocation
from evaluations.audit.queries import was_told
from evaluations.teams.access import Capability, Refused, check_can, check_can_create_team
from evaluations.teams.models import Membership, Person, Role, Team

FurtherLogs = Callable[[Team], Iterable[int]]
further_logs_of_team: list[FurtherLogs] = []
"""Packages above that keep logs of their own for a team say here which: a member who goes is cut off from them too."""


class TeamMoved(Exception):
    """Somebody changed the team since it was read; `team` is how it stands now."""

    def __init__(self, team: Team) -> None:
        super().__init__("Somebody else changed the team in the meantime.")
        self.team = team


class MembershipMoved(Exception):
    """The membership was changed or ended since it was read; `membership` is how it stands now, None when it ended."""

    def __init__(self, membership: Membership | None) -> None:
        super().__init__("Somebody else changed this membership in the meantime.")
        self.membership = membership


class LastLead(Refused):
    """A team always has a lead."""

    def __init__(self) -> None:
        super().__init__("This is the team's last lead. Make somebody else a lead first.")


class AlreadyMember(Refused):
    def __init__(self) -> None:
        super().__init__("This person is a member of the team already.")


def create_team(*, name: str, by: Person, at: datetime) -> Team:
    """A new team with `by` as its lead. Raises Refused for a workshop's guest."""
    check_can_create_team(by)
    with transaction.atomic():
        team = Team.objects.create(name=name, log=open_log(), created_at=at)
        with writing(team.log, by=by, at=at) as entry:
            team.version = entry.record("teams.team_created", about={"team": team.pk}, payload={"after": name})
            team.save(update_fields=["version"])
            enter(entry, team=team, person=by, role=Role.LEAD)
    return team


def add_member(*, team: Team, person: Person, role: str, by: Person, at: datetime) -> Membership:
    """Put somebody into the team without an invitation: for examples and commands. Raises AlreadyMember, Refused."""
    check_can(Capability.LEAD, by, team)
    with writing(team.log, by=by, at=at) as entry:
        return enter(entry, team=team, person=person, role=role)


def enter(entry: Entry, *, team: Team, person: Person, role: str) -> Membership:
    """The membership itself, for actions that hold the team's open entry. Raises AlreadyMember."""
    if Membership.objects.filter(team=team, person=person).exists():
        raise AlreadyMember
    kind = "teams.member_joined" if entry.by_id == person.pk else "teams.member_added"
    version = entry.record(kind, about={"team": team.pk, "person": person.pk}, payload={"before": None, "after": role})
    return Membership.objects.create(team=team, person=person, role=role, since_at=entry.at, version=version)


def rename(*, team: Team, name: str, seen: int, by: Person, at: datetime) -> Team:
    """Raises TeamMoved, Refused."""
    check_can(Capability.LEAD, by, team)
    with writing(team.log, by=by, at=at) as entry:
        locked = _as_seen(team, seen, "teams.renamed")
        locked.version = entry.record(
            "teams.renamed", about={"team": team.pk}, payload={"before": locked.name, "after": name}
        )
        locked.name = name
        locked.save()
        return locked


def set_profile(
    *, team: Team, size: int | None, skills: str, async_experience: str, seen: int, by: Person, at: datetime
) -> Team:
    """What phase 1 asks about the team. `seen`: the version the form was drawn from. Raises TeamMoved, Refused."""
    check_can(Capability.CONTRIBUTE, by, team)
    with writing(team.log, by=by, at=at) as entry:
        locked = _as_seen(team, seen, "teams.profile_set")
        before = _profile(locked)
        locked.size, locked.skills, locked.async_experience = size, skills, async_experience
        locked.version = entry.record(
            "teams.profile_set", about={"team": team.pk}, payload={"before": before, "after": _profile(locked)}
        )
        locked.save()
        return locked


def change_role(*, membership: Membership, role: str, seen: int, by: Person, at: datetime) -> Membership:
    """Raises LastLead, MembershipMoved, Refused. A reviewer's invitation to rate ends with the role."""
    team = membership.team
    check_can(Capability.LEAD, by, team)
    with writing(team.log, by=by, at=at) as entry:
        locked = _membership_as_seen(membership, seen)
        if role != Role.LEAD:
            _check_is_not_last_lead(locked)
        before, locked.role = locked.role, role
        locked.rates = locked.rates and role == Role.REVIEWER
        locked.version = entry.record(
            "teams.role_changed",
            about={"team": team.pk, "person": locked.person_id},
            payload={"before": before, "after": role},
        )
        locked.save()
        _revoke_after_commit(team, locked.person_id)
        return locked


def set_rates(*, membership: Membership, rates: bool, seen: int, by: Person, at: datetime) -> Membership:
    """Invite a reviewer to rate, or take it back. Raises MembershipMoved, Refused."""
    team = membership.team
    check_can(Capability.LEAD, by, team)
    with writing(team.log, by=by, at=at) as entry:
        locked = _membership_as_seen(membership, seen)
        if locked.role != Role.REVIEWER:
            raise Refused("Only reviewers are invited to rate: leads and contributors rate anyway, viewers never do.")
        before, locked.rates = locked.rates, rates
        locked.version = entry.record(
            "teams.rates_set",
            about={"team": team.pk, "person": locked.person_id},
            payload={"before": before, "after": rates},
        )
        locked.save()
        _revoke_after_commit(team, locked.person_id)
        return locked


def remove_member(*, membership: Membership, by: Person, at: datetime) -> None:
    """Ends a membership; what the person entered stays. Raises LastLead, MembershipMoved, Refused."""
    check_can(Capability.LEAD, by, membership.team)
    _end(membership, kind="teams.member_removed", by=by, at=at)


def leave(*, team: Team, by: Person, at: datetime) -> None:
    """End one's own membership. Raises LastLead, Refused, MembershipMoved."""
    membership = Membership.objects.select_related("team").filter(team=team, person=by).first()
    if membership is None:
        raise MembershipMoved(None)
    _end(membership, kind="teams.member_left", by=by, at=at)


def _end(membership: Membership, *, kind: str, by: Person, at: datetime) -> None:
    team = membership.team
    with writing(team.log, by=by, at=at) as entry:
        locked = Membership.objects.select_for_update().filter(pk=membership.pk).first()
        if locked is None:
            raise MembershipMoved(None)
        _check_is_not_last_lead(locked)
        entry.record(
            kind, about={"team": team.pk, "person": locked.person_id}, payload={"before": locked.role, "after": None}
        )
        locked.delete()
        _revoke_after_commit(team, locked.person_id)


def _check_is_not_last_lead(membership: Membership) -> None:
    """Holds because every change of a membership stands under the lock of its team's log."""
    others = Membership.objects.filter(team_id=membership.team_id, role=Role.LEAD).exclude(pk=membership.pk)
    if membership.role == Role.LEAD and not others.exists():
        raise LastLead


def _as_seen(team: Team, seen: int, kind: str) -> Team:
    """Name and profile stand on one page: saving the one leaves the other's form as it was read."""
    locked = Team.objects.select_for_update().get(pk=team.pk)
    if locked.version != seen and was_told(team.log, seen, kind, about={"team": team.pk}):
        raise TeamMoved(locked)
    return locked


def _membership_as_seen(membership: Membership, seen: int) -> Membership:
    locked = (
        Membership.objects.select_for_update(of=("self",)).select_related("person").filter(pk=membership.pk).first()
    )
    if locked is None or locked.version != seen:
        raise MembershipMoved(locked)
    return locked


def _profile(team: Team) -> dict[str, object]:
    return {"size": team.size, "skills": team.skills, "async_experience": team.async_experience}


def _revoke_after_commit(team: Team, person_id: int) -> None:
    logs = [team.log_id, *(log_id for further in further_logs_of_team for log_id in further(team))]

    def tell() -> None:
        for log_id in logs:
            announce_revocation(log_id, person_id)

    transaction.on_commit(tell)


def set_name(*, person: Person, name: str) -> None:
    """What others see of oneself. A person belongs to many logs, so this stands in none."""
    person.name = name
    person.save(update_fields=["name"])
