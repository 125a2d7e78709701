from datetime import datetime

from evaluations.teams.models import ApiToken, Invitation, Membership, Person, Role, Team


def teams_of(person: Person) -> list[Team]:
    """The teams the person is a member of, by name: what the team switcher offers."""
    return list(Team.objects.filter(memberships__person=person).order_by("name", "pk"))


def members_of(team: Team) -> list[Membership]:
    order = {role: place for place, role in enumerate(Role.values)}
    rows = Membership.objects.filter(team=team).select_related("person", "team")
    return sorted(rows, key=lambda row: (order[row.role], row.person.shown_name.casefold(), row.pk))


def member_of(team: Team, membership_id: int) -> Membership | None:
    return Membership.objects.select_related("person", "team__log").filter(team=team, pk=membership_id).first()


def open_invitations(team: Team, at: datetime) -> list[Invitation]:
    rows = Invitation.objects.filter(team=team, used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=at)
    return list(rows.select_related("created_by").order_by("expires_at", "pk"))


def invitation_of(team: Team, invitation_id: int) -> Invitation | None:
    return Invitation.objects.select_related("team__log").filter(team=team, pk=invitation_id).first()


def tokens_of(team: Team) -> list[ApiToken]:
    """The team's tokens for pipelines, those that were revoked or ran out among them, newest first."""
    return list(ApiToken.objects.filter(team=team).select_related("created_by").order_by("-created_at", "-pk"))


def token_of(team: Team, token_id: int) -> ApiToken | None:
    return ApiToken.objects.select_related("team__log").filter(team=team, pk=token_id).first()


def address_has_account(email: str) -> bool:
    return Person.objects.filter(email__iexact=email).exists()


def real_lead_exists() -> bool:
    """Whether anybody but a demo account leads a team; while nobody does, the start prints a one-time link."""
    return Membership.objects.filter(role=Role.LEAD, person__is_demo=False, person__is_active=True).exists()


def demo_people() -> list[Person]:
    return list(Person.objects.filter(is_demo=True, is_active=True).order_by("pk"))
