"""The rules that hold only under the lock, with two connections at once."""

import threading

import pytest
from django.db import close_old_connections, connection

from evaluations.teams import actions, invitations
from evaluations.teams.models import Membership, Role
from tests.builders import NOW, lead_of, make_member, make_person, make_team, membership

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*jobs):
    """Run the jobs in threads of their own, started together; gives what each raised, or None."""
    barrier, outcomes = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(place, job):
        close_old_connections()
        barrier.wait()
        try:
            job()
        except Exception as refusal:
            outcomes[place] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def test_two_leads_who_remove_each_other_at_once_leave_one():
    team = make_team()
    first, second = lead_of(team), make_member(team, Role.LEAD)
    theirs = {person: membership(team, person) for person in (first, second)}

    outcomes = at_once(
        lambda: actions.leave(team=team, by=first, at=NOW),
        lambda: actions.leave(team=team, by=second, at=NOW),
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LastLead", "NoneType"]
    assert Membership.objects.filter(pk__in=[row.pk for row in theirs.values()]).count() == 1


def test_one_invitation_opened_twice_at_once_makes_one_member():
    team = make_team()
    person = make_person(email="new@example.org")
    _, token = invitations.invite(team=team, email="new@example.org", role="viewer", by=lead_of(team), at=NOW)

    def enter():
        invitations.accept_invitation(token=token, person=person, at=NOW)

    outcomes = at_once(enter, enter)

    assert sum(outcome is None for outcome in outcomes) == 1
    assert Membership.objects.filter(team=team, person=person).count() == 1
