"""The rules that hold only under the lock, with two connections at once."""

import pytest

from evaluations.teams import actions, invitations
from evaluations.teams.models import Membership, Role
from tests.at_once import at_once
from tests.builders import NOW, lead_of, make_member, make_person, make_team

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_leads_who_leave_at_once_one_stays():
    team = make_team()
    first, second = lead_of(team), make_member(team, Role.LEAD)

    outcomes = at_once(
        lambda: actions.leave(team=team, by=first, at=NOW),
        lambda: actions.leave(team=team, by=second, at=NOW),
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LastLead", "NoneType"]
    assert Membership.objects.filter(team=team, role=Role.LEAD).count() == 1


def test_one_invitation_opened_twice_at_once_makes_one_member():
    team = make_team()
    person = make_person(email="new@example.org")
    _, token = invitations.invite(team=team, email="new@example.org", role="viewer", by=lead_of(team), at=NOW)

    def enter():
        invitations.accept_invitation(token=token, person=person, at=NOW)

    outcomes = at_once(enter, enter)

    assert sum(outcome is None for outcome in outcomes) == 1
    assert Membership.objects.filter(team=team, person=person).count() == 1
