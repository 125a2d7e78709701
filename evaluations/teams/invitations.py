"""How people come in: invitations to a team, and the one-time link that makes the first lead of a new team."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from evaluations.audit.actions import Entry, writing
from evaluations.teams import actions
from evaluations.teams.access import Capability, Refused, check_can
from evaluations.teams.models import Invitation, LeadLink, Membership, Person, Team

INVITATION_HOLDS = timedelta(days=7)
LEAD_LINK_HOLDS = timedelta(hours=24)


class LinkUnusable(Refused):
    """Used, revoked, out of date or never there: the link opens nothing."""


class WrongAddress(Refused):
    """The invitation is for another address than the person's."""


class AddressTaken(ValueError):
    def __init__(self) -> None:
        super().__init__("There is an account with this address already. Sign in with it, then open the link again.")


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def invite(*, team: Team, email: str, role: str, by: Person, at: datetime) -> tuple[Invitation, str]:
    """An invitation and the token of its link, which is kept nowhere. One that was open for the address is revoked.

    Raises AlreadyMember, Refused.
    """
    check_can(Capability.LEAD, by, team)
    token = secrets.token_urlsafe(32)
    with writing(team.log, by=by, at=at) as entry:
        if Membership.objects.filter(team=team, person__email__iexact=email).exists():
            raise actions.AlreadyMember
        for old in _open(team).select_for_update().filter(email__iexact=email):
            _revoke(entry, old)
        made = Invitation.objects.create(
            team=team,
            email=email,
            role=role,
            token_digest=digest_of(token),
            created_by=by,
            created_at=at,
            expires_at=at + INVITATION_HOLDS,
        )
        made.version = entry.record(
            "teams.invited", about={"team": team.pk, "invitation": made.pk}, payload={"email": email, "after": role}
        )
        made.save(update_fields=["version"])
    return made, token


def revoke_invitation(*, invitation: Invitation, by: Person, at: datetime) -> Invitation:
    """Raises LinkUnusable when it was used or revoked meanwhile, Refused."""
    check_can(Capability.LEAD, by, invitation.team)
    with writing(invitation.team.log, by=by, at=at) as entry:
        locked = _open(invitation.team).select_for_update().filter(pk=invitation.pk).first()
        if locked is None:
            raise LinkUnusable("This invitation was used or revoked already.")
        return _revoke(entry, locked)


def _revoke(entry: Entry, invitation: Invitation) -> Invitation:
    invitation.revoked_at = entry.at
    invitation.version = entry.record(
        "teams.invitation_revoked",
        about={"team": invitation.team_id, "invitation": invitation.pk},
        payload={"email": invitation.email},
    )
    invitation.save()
    return invitation


def usable_invitation(token: str, at: datetime) -> Invitation:
    """The invitation a token opens now. Raises LinkUnusable."""
    found = Invitation.objects.select_related("team__log", "created_by").filter(token_digest=digest_of(token)).first()
    if found is None or found.revoked_at is not None:
        raise LinkUnusable("This invitation is not valid. Ask the lead of the team for a new one.")
    if found.used_at is not None:
        raise LinkUnusable("This invitation was used already. If that was you, just sign in.")
    if found.expires_at <= at:
        raise LinkUnusable("This invitation is out of date. Ask the lead of the team for a new one.")
    return found


def accept_invitation(*, token: str, person: Person, at: datetime) -> Membership:
    """Enter the team with an account one has. Raises LinkUnusable, WrongAddress, AlreadyMember."""
    invitation = usable_invitation(token, at)
    if person.email.casefold() != invitation.email.casefold():
        raise WrongAddress(f"This invitation is for {invitation.email}. Sign in with that address to use it.")
    with writing(invitation.team.log, by=person, at=at) as entry:
        locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
        usable_invitation(token, at)
        membership = actions.enter(entry, team=invitation.team, person=person, role=locked.role)
        locked.used_at, locked.used_by, locked.version = at, person, membership.version
        locked.save()
        return membership


def sign_up(*, token: str, name: str, password: str, at: datetime) -> Person:
    """Make an account for the invitation's address and enter the team. Raises LinkUnusable, AddressTaken."""
    invitation = usable_invitation(token, at)
    with transaction.atomic():
        person = new_person(name=name, email=invitation.email, password=password)
        accept_invitation(token=token, person=person, at=at)
    return person


def new_person(*, name: str, email: str, password: str) -> Person:
    """An account with an address nobody else has. Raises AddressTaken."""
    if Person.objects.filter(email__iexact=email).exists():
        raise AddressTaken
    person = Person(username=_free_username(email), name=name, email=email)
    person.set_password(password)
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as collision:
        raise AddressTaken from collision
    return person


def _free_username(email: str) -> str:
    wanted = "".join(sign for sign in email.partition("@")[0].lower() if sign.isalnum() or sign in ".-_") or "person"
    taken = set(Person.objects.filter(username__istartswith=wanted[:120]).values_list("username", flat=True))
    if wanted not in {name.lower() for name in taken}:
        return wanted
    return f"{wanted[:120]}-{secrets.token_hex(3)}"


def issue_lead_link(*, at: datetime) -> str:
    """The token of a new one-time link, valid for 24 hours; only its digest is kept."""
    token = secrets.token_urlsafe(32)
    LeadLink.objects.create(token_digest=digest_of(token), created_at=at, expires_at=at + LEAD_LINK_HOLDS)
    return token


def usable_lead_link(token: str, at: datetime) -> LeadLink:
    """Raises LinkUnusable."""
    found = LeadLink.objects.filter(token_digest=digest_of(token), used_at__isnull=True, expires_at__gt=at).first()
    if found is None:
        raise LinkUnusable("This link was used or is out of date. `manage.py create_lead` prints a new one.")
    return found


def use_lead_link(
    *, token: str, name: str, email: str, password: str, team_name: str, at: datetime
) -> tuple[Person, Team]:
    """The first lead with their team. Raises LinkUnusable, AddressTaken."""
    with transaction.atomic():
        link = LeadLink.objects.select_for_update().get(pk=usable_lead_link(token, at).pk)
        usable_lead_link(token, at)
        person = new_person(name=name, email=email, password=password)
        team = actions.create_team(name=team_name, by=person, at=at)
        link.used_at, link.used_by = at, person
        link.save()
    return person, team


def _open(team: Team) -> QuerySet[Invitation]:
    return Invitation.objects.filter(team=team, used_at__isnull=True, revoked_at__isnull=True)
