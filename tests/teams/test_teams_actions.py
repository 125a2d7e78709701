import json
from datetime import timedelta

import pytest
from allauth.account.adapter import get_adapter
from django.db import IntegrityError, connection

from evaluations.audit.queries import first_fault
from evaluations.teams import actions, invitations, queries
from evaluations.teams.access import Refused
from evaluations.teams.models import Invitation, LeadLink, Membership, Person, Role, Team
from tests.builders import NOW, lead_of, make_evaluation, make_guest, make_member, make_person, make_team, membership

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def last_event(team):
    return team.log.events.order_by("-number")[0]


def test_who_makes_a_team_leads_it_and_both_are_recorded():
    person = make_person("Sam")

    team = actions.create_team(name="Orders", by=person, at=NOW)

    assert membership(team, person).role == Role.LEAD
    assert list(team.log.events.values_list("kind", flat=True)) == ["teams.team_created", "teams.member_joined"]
    assert first_fault(team.log) is None


def test_a_guest_of_a_workshop_cannot_make_a_team():
    guest = make_guest(make_evaluation())

    with pytest.raises(Refused):
        actions.create_team(name="Mine", by=guest, at=NOW)

    assert not Team.objects.filter(name="Mine").exists()


def test_a_lead_renames_the_team_and_a_contributor_may_not():
    team = make_team("Orders")
    contributor = make_member(team)

    renamed = actions.rename(team=team, name="Deliveries", seen=team.version, by=lead_of(team), at=LATER)
    with pytest.raises(Refused):
        actions.rename(team=team, name="Mine", seen=renamed.version, by=contributor, at=LATER)

    team.refresh_from_db()
    assert team.name == "Deliveries"
    assert last_event(team).payload == {"before": "Orders", "after": "Deliveries"}


def test_a_profile_that_moved_is_not_overwritten_and_shows_how_it_stands():
    team = make_team()
    seen = team.version
    first = make_member(team)
    actions.set_profile(team=team, size=6, skills="PostgreSQL", async_experience="none", seen=seen, by=first, at=LATER)

    with pytest.raises(actions.TeamMoved) as moved:
        actions.set_profile(team=team, size=9, skills="", async_experience="", seen=seen, by=lead_of(team), at=LATER)

    team.refresh_from_db()
    assert (team.size, team.skills) == (6, "PostgreSQL")
    assert moved.value.team.size == 6
    assert last_event(team).payload["after"] == {"size": 6, "skills": "PostgreSQL", "async_experience": "none"}


def test_name_and_profile_of_one_page_do_not_collide():
    team = make_team()
    seen, lead = team.version, lead_of(team)

    actions.rename(team=team, name="Deliveries", seen=seen, by=lead, at=LATER)
    actions.set_profile(team=team, size=6, skills="", async_experience="none", seen=seen, by=lead, at=LATER)

    team.refresh_from_db()
    assert (team.name, team.size) == ("Deliveries", 6)
    with pytest.raises(actions.TeamMoved):
        actions.rename(team=team, name="Orders", seen=seen, by=lead, at=LATER)


def test_a_viewer_may_not_set_the_profile():
    team = make_team()
    viewer = make_member(team, Role.VIEWER)

    with pytest.raises(Refused):
        actions.set_profile(team=team, size=6, skills="", async_experience="", seen=team.version, by=viewer, at=LATER)

    assert Team.objects.get(pk=team.pk).size is None


def test_an_invitation_keeps_only_the_digest_of_its_token_and_holds_seven_days():
    team = make_team()

    invitation, token = invitations.invite(team=team, email="new@example.org", role="viewer", by=lead_of(team), at=NOW)

    assert token not in str(Invitation.objects.values().get(pk=invitation.pk))
    assert token not in json.dumps(list(team.log.events.values_list("payload", flat=True)))
    assert invitations.usable_invitation(token, NOW + timedelta(days=7) - timedelta(seconds=1)) == invitation
    with pytest.raises(invitations.LinkUnusable):
        invitations.usable_invitation(token, NOW + timedelta(days=7))


def test_only_a_lead_invites():
    team = make_team()
    contributor = make_member(team)

    with pytest.raises(Refused):
        invitations.invite(team=team, email="new@example.org", role="lead", by=contributor, at=NOW)

    assert not Invitation.objects.exists()


def test_a_second_invitation_of_an_address_revokes_the_first():
    team = make_team()
    _, first = invitations.invite(team=team, email="new@example.org", role="lead", by=lead_of(team), at=NOW)

    _, second = invitations.invite(team=team, email="New@example.org", role="viewer", by=lead_of(team), at=NOW)

    with pytest.raises(invitations.LinkUnusable):
        invitations.usable_invitation(first, LATER)
    assert invitations.usable_invitation(second, LATER).role == Role.VIEWER


def test_a_member_is_not_invited_again():
    team = make_team()
    member = make_member(team)

    with pytest.raises(actions.AlreadyMember):
        invitations.invite(team=team, email=member.email.upper(), role="viewer", by=lead_of(team), at=NOW)


def test_an_invitation_opens_the_team_once_for_its_address_and_role():
    team = make_team()
    person = make_person(email="New@example.org")
    _, token = invitations.invite(team=team, email="new@example.org", role="reviewer", by=lead_of(team), at=NOW)

    entered = invitations.accept_invitation(token=token, person=person, at=LATER)

    assert (entered.team, entered.role) == (team, Role.REVIEWER)
    assert (last_event(team).kind, last_event(team).by) == ("teams.member_joined", person)
    with pytest.raises(invitations.LinkUnusable):
        invitations.accept_invitation(token=token, person=person, at=LATER)


def test_an_invitation_does_not_open_the_team_to_another_address():
    team = make_team()
    stranger = make_person(email="other@example.org")
    _, token = invitations.invite(team=team, email="new@example.org", role="viewer", by=lead_of(team), at=NOW)

    with pytest.raises(invitations.WrongAddress):
        invitations.accept_invitation(token=token, person=stranger, at=LATER)

    assert not Membership.objects.filter(person=stranger).exists()


def test_a_revoked_invitation_opens_nothing_and_is_not_revoked_twice():
    team = make_team()
    lead = lead_of(team)
    invitation, token = invitations.invite(team=team, email="new@example.org", role="viewer", by=lead, at=NOW)

    invitations.revoke_invitation(invitation=invitation, by=lead, at=LATER)

    assert last_event(team).kind == "teams.invitation_revoked"
    with pytest.raises(invitations.LinkUnusable):
        invitations.sign_up(token=token, name="New", password="a long phrase", at=LATER)
    with pytest.raises(invitations.LinkUnusable):
        invitations.revoke_invitation(invitation=invitation, by=lead, at=LATER)
    assert not Person.objects.filter(email="new@example.org").exists()


def test_signing_up_makes_the_account_of_the_invitation():
    team = make_team()
    _, token = invitations.invite(team=team, email="new@example.org", role="contributor", by=lead_of(team), at=NOW)

    person = invitations.sign_up(token=token, name="New", password="a long phrase", at=LATER)

    assert (person.email, person.check_password("a long phrase")) == ("new@example.org", True)
    assert membership(team, person).role == Role.CONTRIBUTOR


def test_an_address_with_an_account_signs_in_instead_of_up():
    team = make_team()
    make_person(email="new@example.org")
    _, token = invitations.invite(team=team, email="new@example.org", role="viewer", by=lead_of(team), at=NOW)

    with pytest.raises(invitations.AddressTaken):
        invitations.sign_up(token=token, name="New", password="a long phrase", at=LATER)

    assert invitations.usable_invitation(token, LATER)


def test_a_lead_changes_a_role_and_the_invitation_to_rate_ends_with_it():
    team = make_team()
    reviewer = make_member(team, Role.REVIEWER)
    invited = actions.set_rates(
        membership=membership(team, reviewer),
        rates=True,
        seen=membership(team, reviewer).version,
        by=lead_of(team),
        at=LATER,
    )

    changed = actions.change_role(membership=invited, role="viewer", seen=invited.version, by=lead_of(team), at=LATER)

    assert (changed.role, changed.rates) == (Role.VIEWER, False)
    assert last_event(team).payload == {"before": "reviewer", "after": "viewer"}


def test_only_reviewers_are_invited_to_rate():
    team = make_team()
    viewer = membership(team, make_member(team, Role.VIEWER))

    with pytest.raises(Refused):
        actions.set_rates(membership=viewer, rates=True, seen=viewer.version, by=lead_of(team), at=LATER)

    assert not Membership.objects.get(pk=viewer.pk).rates


def test_a_contributor_gives_nobody_a_role():
    team = make_team()
    contributor = make_member(team)
    own = membership(team, contributor)

    with pytest.raises(Refused):
        actions.change_role(membership=own, role="lead", seen=own.version, by=contributor, at=LATER)

    assert membership(team, contributor).role == Role.CONTRIBUTOR


def test_a_role_that_moved_is_not_overwritten():
    team = make_team()
    seen = membership(team, make_member(team))
    actions.change_role(membership=seen, role="viewer", seen=seen.version, by=lead_of(team), at=LATER)

    with pytest.raises(actions.MembershipMoved) as moved:
        actions.change_role(membership=seen, role="lead", seen=seen.version, by=lead_of(team), at=LATER)

    assert moved.value.membership.role == Role.VIEWER


def test_the_last_lead_is_neither_removed_nor_demoted_nor_leaves():
    team = make_team()
    lead = lead_of(team)
    own = membership(team, lead)

    with pytest.raises(actions.LastLead):
        actions.remove_member(membership=own, by=lead, at=LATER)
    with pytest.raises(actions.LastLead):
        actions.change_role(membership=own, role="viewer", seen=own.version, by=lead, at=LATER)
    with pytest.raises(actions.LastLead):
        actions.leave(team=team, by=lead, at=LATER)

    assert membership(team, lead).role == Role.LEAD


def test_one_of_two_leads_may_leave():
    team = make_team()
    lead = lead_of(team)
    make_member(team, Role.LEAD)

    actions.leave(team=team, by=lead, at=LATER)

    assert not Membership.objects.filter(team=team, person=lead).exists()
    assert last_event(team).kind == "teams.member_left"


def test_a_removed_member_is_cut_off_from_the_team_and_its_evaluations(monkeypatch, django_capture_on_commit_callbacks):
    team = make_team()
    member = make_member(team)
    evaluations = [make_evaluation(team=team), make_evaluation(team=team)]
    make_evaluation()
    told = []
    monkeypatch.setattr(actions, "announce_revocation", lambda log_id, person_id: told.append((log_id, person_id)))

    with django_capture_on_commit_callbacks(execute=True):
        actions.remove_member(membership=membership(team, member), by=lead_of(team), at=LATER)

    assert sorted(told) == sorted((log, member.pk) for log in [team.log_id, *(e.log_id for e in evaluations)])
    assert not Membership.objects.filter(team=team, person=member).exists()
    assert last_event(team).about == {"team": team.pk, "person": member.pk}


def test_a_member_removed_twice_is_a_collision():
    team = make_team()
    gone = membership(team, make_member(team))
    actions.remove_member(membership=gone, by=lead_of(team), at=LATER)

    with pytest.raises(actions.MembershipMoved):
        actions.remove_member(membership=gone, by=lead_of(team), at=LATER)


def test_a_lead_of_another_team_may_do_nothing_here():
    team = make_team()
    stranger = lead_of(make_team())
    member = membership(team, make_member(team))

    with pytest.raises(Refused):
        actions.remove_member(membership=member, by=stranger, at=LATER)

    assert Membership.objects.filter(pk=member.pk).exists()


def test_a_lead_link_makes_one_lead_within_a_day():
    token = invitations.issue_lead_link(at=NOW)
    given = {"name": "Sam", "email": "sam@example.org", "password": "a long phrase", "team_name": "Orders"}

    person, team = invitations.use_lead_link(token=token, at=NOW + timedelta(hours=23), **given)

    assert membership(team, person).role == Role.LEAD
    assert queries.real_lead_exists()
    assert token not in str(list(LeadLink.objects.values()))
    with pytest.raises(invitations.LinkUnusable):
        invitations.use_lead_link(token=token, at=NOW, **given | {"email": "other@example.org"})


def test_a_lead_link_is_dead_after_a_day():
    token = invitations.issue_lead_link(at=NOW)

    with pytest.raises(invitations.LinkUnusable):
        invitations.usable_lead_link(token, NOW + timedelta(hours=24))

    assert invitations.usable_lead_link(token, NOW + timedelta(hours=23))


def test_a_lead_link_survives_an_address_that_is_taken():
    make_person(email="sam@example.org")
    token = invitations.issue_lead_link(at=NOW)

    with pytest.raises(invitations.AddressTaken):
        invitations.use_lead_link(
            token=token, name="Sam", email="Sam@example.org", password="a long phrase", team_name="Orders", at=NOW
        )

    assert invitations.usable_lead_link(token, NOW)


def test_two_accounts_with_one_address_are_refused_by_the_database():
    make_person(email="sam@example.org")

    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="person_email_once"):
        cursor.execute("UPDATE evaluations_person SET email = 'SAM@example.org' WHERE id = %s", [make_person().pk])


def test_a_demo_account_keeps_no_password() -> None:
    demo = make_person("Demo lead", is_demo=True)

    with pytest.raises(Refused):
        get_adapter().set_password(demo, "a long enough passphrase")

    demo.refresh_from_db()
    assert not demo.has_usable_password()
