import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from evaluations.teams import actions, demo, invitations
from evaluations.teams.models import Invitation, Membership, Person, Role
from tests.builders import lead_of, make_evaluation, make_guest, make_member, make_person, make_team, membership

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PASSWORD = "seven quiet lamps"


@pytest.fixture
def team():
    return make_team("Orders")


@pytest.fixture
def as_lead(client, team):
    client.force_login(lead_of(team))
    return client


def url(name, *args):
    return reverse(f"teams:{name}", args=args)


def test_the_page_shows_members_with_roles_and_to_a_lead_how_to_change_them(as_lead, team):
    make_member(team, Role.REVIEWER, name="Robin Reviewer")

    page = as_lead.get(url("page", team.pk)).content.decode()

    assert "Robin Reviewer" in page
    assert "Set role" in page
    assert "Make an invitation" in page


def test_a_viewer_reads_the_page_without_what_only_leads_may(client, team):
    client.force_login(make_member(team, Role.VIEWER))

    page = client.get(url("page", team.pk)).content.decode()

    assert "Members" in page
    assert "Set role" not in page
    assert "Make an invitation" not in page
    assert "Save the profile" not in page


def test_to_a_stranger_the_team_does_not_exist(client, team):
    client.force_login(make_person())
    member = membership(team, lead_of(team))

    answers = [
        client.get(url("page", team.pk)),
        client.get(url("members", team.pk)),
        client.post(url("rename", team.pk), {"name": "Mine", "seen": 1}),
        client.post(url("set_profile", team.pk), {"seen": 1}),
        client.post(url("invite", team.pk), {"email": "a@example.org", "role": "lead"}),
        client.post(url("remove_member", team.pk, member.pk)),
        client.post(url("leave", team.pk)),
    ]

    assert {answer.status_code for answer in answers} == {404}


def test_a_contributor_is_refused_with_403_and_nothing_changes(client, team):
    contributor = make_member(team)
    own = membership(team, contributor)
    count = team.log.events.count()
    client.force_login(contributor)

    answers = [
        client.post(url("rename", team.pk), {"name": "Mine", "seen": team.version}),
        client.post(url("invite", team.pk), {"email": "a@example.org", "role": "lead"}),
        client.post(url("change_role", team.pk, own.pk), {"role": "lead", "seen": own.version}),
        client.post(url("set_rates", team.pk, own.pk), {"rates": "on", "seen": own.version}),
        client.post(url("remove_member", team.pk, own.pk)),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert team.log.events.count() == count


def test_a_member_of_one_team_is_not_reached_through_another(as_lead, team):
    other = membership(make_team(), Person.objects.order_by("-pk")[0])

    answer = as_lead.post(url("remove_member", team.pk, other.pk))

    assert answer.status_code == 404
    assert Membership.objects.filter(pk=other.pk).exists()


def test_who_is_signed_out_is_sent_to_sign_in(client, team):
    answer = client.get(url("page", team.pk))

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


def test_the_members_are_asked_for_again_and_answer_204_without_news(as_lead, team):
    revision = team.log.events.count()

    nothing = as_lead.get(url("members", team.pk), {"since": revision}, headers=HTMX)
    make_member(team, name="Nell Newcomer")
    news = as_lead.get(url("members", team.pk), {"since": revision}, headers=HTMX)

    assert nothing.status_code == 204
    assert "Nell Newcomer" in news.content.decode()


@pytest.mark.parametrize(("headers", "status"), [({}, 303), (HTMX, 200)])
def test_renaming_works_with_and_without_htmx(as_lead, team, headers, status):
    answer = as_lead.post(url("rename", team.pk), {"name": "Deliveries", "seen": team.version}, headers=headers)

    team.refresh_from_db()
    assert (answer.status_code, team.name) == (status, "Deliveries")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_profile_that_moved_answers_409_with_both_and_can_be_sent_again(as_lead, team, headers):
    seen = team.version
    actions.set_profile(
        team=team,
        size=6,
        skills="They know Redis",
        async_experience="",
        seen=seen,
        by=lead_of(team),
        at=timezone.now(),
    )

    refused = as_lead.post(
        url("set_profile", team.pk), {"size": 4, "skills": "Mine to keep", "seen": seen}, headers=headers
    )
    page = refused.content.decode()
    again = re.search(r'name="seen" value="(\d+)"[^>]*id="profile_seen"', page).group(1)
    accepted = as_lead.post(url("set_profile", team.pk), {"size": 4, "skills": "Mine to keep", "seen": again})

    team.refresh_from_db()
    assert refused.status_code == 409
    assert "They know Redis" in page
    assert "Mine to keep" in page
    assert (accepted.status_code, team.size) == (303, 4)


def test_a_wrong_size_is_said_beside_the_field_and_keeps_what_was_typed(as_lead, team):
    answer = as_lead.post(url("set_profile", team.pk), {"size": -2, "skills": "Kept words", "seen": team.version})

    assert answer.status_code == 422
    assert "Kept words" in answer.content.decode()
    assert "errorlist" in answer.content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_link_of_an_invitation_is_shown_once(as_lead, team, headers):
    answer = as_lead.post(
        url("invite", team.pk), {"email": "new@example.org", "role": "viewer"}, headers=headers, follow=True
    )
    again = as_lead.get(url("page", team.pk))

    pattern = re.escape("http://testserver/teams/invitation/") + r"[\w-]{40,}/"
    assert re.search(pattern, answer.content.decode())
    assert not re.search(pattern, again.content.decode())
    assert "new@example.org" in again.content.decode()


def test_inviting_a_member_is_said_beside_the_field(as_lead, team):
    member = make_member(team)

    answer = as_lead.post(url("invite", team.pk), {"email": member.email, "role": "viewer"}, headers=HTMX)

    assert answer.status_code == 422
    assert "member of the team already" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_an_invitation_is_revoked_once(as_lead, team):
    made, _ = invite(team)

    first = as_lead.post(url("revoke_invitation", team.pk, made.pk), headers=HTMX)
    second = as_lead.post(url("revoke_invitation", team.pk, made.pk), headers=HTMX)

    assert (first.status_code, second.status_code) == (200, 409)


@pytest.mark.parametrize(("headers", "status"), [({}, 303), (HTMX, 200)])
def test_a_role_is_changed_and_a_stale_change_answers_409(as_lead, team, headers, status):
    member = membership(team, make_member(team))
    to = url("change_role", team.pk, member.pk)

    first = as_lead.post(to, {"role": "viewer", "seen": member.version}, headers=headers)
    second = as_lead.post(to, {"role": "lead", "seen": member.version}, headers=headers)

    member.refresh_from_db()
    assert (first.status_code, second.status_code, member.role) == (status, 409, Role.VIEWER)
    assert "You changed" in second.content.decode()


def test_a_reviewer_is_invited_to_rate(as_lead, team):
    member = membership(team, make_member(team, Role.REVIEWER))

    answer = as_lead.post(url("set_rates", team.pk, member.pk), {"rates": "on", "seen": member.version}, headers=HTMX)

    member.refresh_from_db()
    assert (answer.status_code, member.rates) == (200, True)


def test_the_last_lead_is_told_why_they_cannot_go(as_lead, team):
    own = membership(team, lead_of(team))

    removed = as_lead.post(url("remove_member", team.pk, own.pk), headers=HTMX)
    left = as_lead.post(url("leave", team.pk))

    assert (removed.status_code, left.status_code) == (409, 409)
    assert "last lead" in removed.content.decode()
    assert "last lead" in left.content.decode()


def test_a_removed_member_finds_nothing_where_the_team_was(as_lead, team, client):
    member = make_member(team)
    as_lead.post(url("remove_member", team.pk, membership(team, member).pk))

    client.force_login(member)

    assert client.get(url("page", team.pk)).status_code == 404


def invite(team, email="new@example.org", role="contributor", at=None):
    return invitations.invite(team=team, email=email, role=role, by=lead_of(team), at=at or timezone.now())


def test_opening_an_invitation_changes_nothing_and_signing_up_signs_in(client, team):
    _, token = invite(team)
    count = team.log.events.count()

    opened = client.get(url("invitation", token))
    unchanged = team.log.events.count() == count
    answer = client.post(url("sign_up", token), {"name": "New Person", "password": PASSWORD})

    assert (opened.status_code, unchanged) == (200, True)
    assert "new@example.org" in opened.content.decode()
    assert answer["Location"] == url("page", team.pk)
    assert client.get(url("page", team.pk)).status_code == 200
    assert membership(team, Person.objects.get(email="new@example.org")).role == Role.CONTRIBUTOR


def test_who_signed_up_signs_in_by_address_and_by_user_name_and_out(client, team):
    _, token = invite(team)
    client.post(url("sign_up", token), {"name": "New Person", "password": PASSWORD})

    for login in ("new@example.org", "new"):
        client.post(reverse("account_logout"))
        gone = client.get(url("page", team.pk)).status_code
        client.post(reverse("account_login"), {"login": login, "password": PASSWORD})

        assert (gone, client.get(url("page", team.pk)).status_code) == (302, 200)


def test_other_sessions_end_when_the_password_changes(client, team):
    _, token = invite(team)
    client.post(url("sign_up", token), {"name": "New Person", "password": PASSWORD})
    elsewhere = type(client)()
    elsewhere.post(reverse("account_login"), {"login": "new", "password": PASSWORD})
    before = elsewhere.get(url("page", team.pk)).status_code

    fresh = "eight quiet lamps"
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": fresh, "password2": fresh})

    assert (before, elsewhere.get(url("page", team.pk)).status_code) == (200, 302)
    assert client.get(url("page", team.pk)).status_code == 200


def test_a_weak_password_is_refused_beside_the_field_and_the_invitation_stays(client, team):
    _, token = invite(team)

    answer = client.post(url("sign_up", token), {"name": "Kept Name", "password": "12345"})

    assert answer.status_code == 422
    assert "Kept Name" in answer.content.decode()
    assert not Person.objects.filter(email="new@example.org").exists()
    assert client.get(url("invitation", token)).status_code == 200


def test_a_used_an_old_and_an_unknown_invitation_answer_410(client, team):
    _, used = invite(team)
    client.post(url("sign_up", used), {"name": "New", "password": PASSWORD})
    _, old = invite(team, email="late@example.org", at=timezone.now() - timedelta(days=8))

    answers = [client.get(url("invitation", token)) for token in (used, old, "nothing")]
    late = client.post(url("sign_up", old), {"name": "Late", "password": PASSWORD})

    assert [answer.status_code for answer in (*answers, late)] == [410] * 4
    assert not Person.objects.filter(email="late@example.org").exists()


def test_an_account_of_the_address_joins_and_another_is_refused(client, team):
    right, wrong = make_person(email="new@example.org"), make_person()
    _, token = invite(team)

    client.force_login(wrong)
    shown_to_wrong = client.get(url("invitation", token)).content.decode()
    refused = client.post(url("accept_invitation", token))
    client.force_login(right)
    accepted = client.post(url("accept_invitation", token))

    assert "another address" in shown_to_wrong
    assert refused.status_code == 403
    assert (accepted.status_code, accepted["Location"]) == (303, url("page", team.pk))
    assert not Membership.objects.filter(team=team, person=wrong).exists()


def test_the_open_sign_up_form_is_closed(client):
    given = {"email": "x@example.org", "username": "x", "password1": PASSWORD, "password2": PASSWORD}

    shown = client.get(reverse("account_signup"))
    client.post(reverse("account_signup"), given)

    assert "By invitation" in shown.content.decode()
    assert not Person.objects.filter(username="x").exists()


def test_create_lead_prints_a_link_that_makes_the_first_lead_once(client):
    printed = StringIO()
    call_command("create_lead", address="http://192.0.2.7:8000", stdout=printed)
    link = re.search(r"http://192\.0\.2\.7:8000(/\S+)", printed.getvalue()).group(1)
    given = {"name": "Sam", "email": "sam@example.org", "password": PASSWORD, "team_name": "Orders"}

    shown = client.get(link)
    weak = client.post(link, given | {"password": "123"})
    made = client.post(link, given)
    again = client.post(link, given | {"email": "other@example.org"})

    assert [answer.status_code for answer in (shown, weak, made, again)] == [200, 422, 303, 410]
    assert client.get(made["Location"]).status_code == 200
    assert Membership.objects.get(person__email="sam@example.org").role == Role.LEAD


HERE = {"HTTP_HOST": "127.0.0.1:8000"}


@pytest.fixture
def demo_team(settings):
    settings.FWSELECT_DEMO = True
    return demo.ensure_demo_team(at=timezone.now())


def test_the_sign_in_page_offers_demo_accounts_and_a_click_signs_in(client, demo_team):
    page = client.get(reverse("account_login"), **HERE).content.decode()
    answer = client.post(url("demo_sign_in"), {"username": "demo-lead"}, **HERE)

    assert "Demo contributor 3" in page
    assert answer.status_code == 303
    assert client.get(url("page", demo_team.pk), **HERE).status_code == 200


@pytest.mark.parametrize(
    ("on", "where"),
    [
        (False, HERE),
        (True, {"HTTP_HOST": "127.0.0.1:8000", "REMOTE_ADDR": "192.0.2.9"}),
        (True, {"HTTP_HOST": "fwselect.example.org"}),
    ],
    ids=["demo is off", "another machine", "a foreign name for this machine"],
)
def test_demo_accounts_do_not_exist_elsewhere(client, demo_team, settings, on, where):
    settings.FWSELECT_DEMO = on

    page = client.get(reverse("account_login"), **where).content.decode()
    answer = client.post(url("demo_sign_in"), {"username": "demo-lead"}, **where)

    assert "Demo" not in page
    assert answer.status_code == 404
    assert "_auth_user_id" not in client.session


def test_a_real_account_is_not_signed_in_by_a_click(client, demo_team):
    make_person(username="sam")

    answer = client.post(url("demo_sign_in"), {"username": "sam"}, **HERE)

    assert answer.status_code == 404
    assert "_auth_user_id" not in client.session


def test_demo_accounts_are_made_once_and_only_in_demo_mode(settings):
    settings.FWSELECT_DEMO = False
    with pytest.raises(CommandError):
        call_command("create_demo", stdout=StringIO())
    settings.FWSELECT_DEMO = True

    call_command("create_demo", stdout=StringIO())
    call_command("create_demo", stdout=StringIO())

    assert Person.objects.filter(is_demo=True).count() == 6
    assert Membership.objects.count() == 6


def test_ones_own_name_is_changed_on_the_account_page(as_lead):
    answer = as_lead.post(url("set_name"), {"name": "Another Name"})

    page = as_lead.get(url("account")).content.decode()
    assert answer.status_code == 303
    assert "Another Name" in page


def test_a_team_is_made_by_an_account_and_not_by_a_guest(client):
    guest = make_guest(make_evaluation())
    client.force_login(guest)
    refused = client.post(url("create"), {"name": "Guests"})
    client.force_login(make_person())

    made = client.post(url("create"), {"name": "Orders"})

    assert (refused.status_code, made.status_code) == (403, 303)


def test_writes_are_refused_by_get(as_lead, team):
    names = [("rename", team.pk), ("set_profile", team.pk), ("invite", team.pk), ("leave", team.pk), ("demo_sign_in",)]

    assert {as_lead.get(url(*name)).status_code for name in names} == {405}
