from datetime import date, timedelta

import pytest

from evaluations.assignments import actions, queries
from evaluations.assignments.models import Assignment
from evaluations.candidates.access import NotOpen
from evaluations.candidates.models import Evaluation
from evaluations.teams.access import Refused
from evaluations.teams.actions import remove_member
from evaluations.teams.models import Role
from tests.builders import (
    NOW,
    lead_of,
    make_candidate,
    make_criterion,
    make_evaluation,
    make_guest,
    make_member,
    make_person,
    make_requirement,
    membership,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
FRIDAY = date(2026, 3, 6)


@pytest.fixture
def evaluation():
    return make_evaluation()


def give(evaluation, owner=None, *, subject="phase:spikes", by=None, seen=0, **more):
    lead = lead_of(evaluation.team)
    given = {"title": "Spikes", "due_date": FRIDAY} | more
    return actions.assign(
        evaluation=evaluation, subject=subject, owner=owner or lead, seen=seen, by=by or lead, at=LATER, **given
    )


def last_event(evaluation):
    return evaluation.log.events.order_by("-number")[0]


def test_what_is_open_gets_an_owner_and_a_date_and_is_recorded(evaluation):
    guest = make_guest(evaluation)

    made = give(evaluation, guest, by=make_member(evaluation.team))

    event = last_event(evaluation)
    assert queries.open_assignments(evaluation) == {"phase:spikes": made}
    assert (event.about, event.number) == ({"assignment": made.pk, "person": guest.pk}, made.version)
    assert event.payload["after"] == {"title": "Spikes", "owner": guest.pk, "due_date": "2026-03-06"}


def subjects_of(evaluation):
    """One of each kind, of things that stand in the evaluation."""
    candidate, criterion = make_candidate(evaluation), make_criterion(evaluation)
    requirement, item = make_requirement(evaluation), evaluation.checklist_items.all()[0]
    cell, verdict = f"cell:{candidate.pk}:{criterion.pk}", f"verdict:{requirement.pk}:{candidate.pk}"
    return [cell, verdict, f"requirement:{requirement.pk}", item.subject]


def test_each_kind_of_subject_can_be_assigned(evaluation):
    subjects = [*subjects_of(evaluation), "phase:teamfit"]

    assert [give(evaluation, subject=subject).subject for subject in subjects] == subjects


def test_what_belongs_to_another_evaluation_cannot(evaluation):
    for subject in subjects_of(make_evaluation()):
        with pytest.raises(actions.UnknownSubject):
            give(evaluation, subject=subject)

    assert not Assignment.objects.exists()


@pytest.mark.parametrize("subject", ["", "cell:3", "item:x", "phase:nonsense", "item:9 ", "cell:3:5:7"])
def test_anything_else_cannot(evaluation, subject):
    with pytest.raises(actions.UnknownSubject):
        give(evaluation, subject=subject)

    assert not Assignment.objects.exists()


def test_who_only_reads_assigns_nothing(evaluation):
    for role in (Role.VIEWER, Role.REVIEWER):
        with pytest.raises(Refused):
            give(evaluation, by=make_member(evaluation.team, role))

    assert not Assignment.objects.exists()


def test_nobody_outside_becomes_an_owner(evaluation):
    with pytest.raises(actions.OwnerIsOutside):
        give(evaluation, make_person())

    assert not Assignment.objects.exists()


def test_it_changes_hands_and_a_stale_change_is_refused(evaluation):
    first, second = make_member(evaluation.team), make_member(evaluation.team)
    made = give(evaluation, first)

    changed = give(evaluation, second, seen=made.version)
    with pytest.raises(actions.AssignmentMoved) as moved:
        give(evaluation, first, seen=made.version)

    assert (changed.pk, moved.value.assignment.owner) == (made.pk, second)
    assert last_event(evaluation).payload["before"]["owner"] == first.pk


def test_two_who_assign_the_same_open_thing_collide(evaluation):
    give(evaluation)

    with pytest.raises(actions.AssignmentMoved):
        give(evaluation, seen=0)

    assert Assignment.objects.count() == 1


def test_its_owner_says_when_it_is_done_even_as_a_viewer_and_only_once(evaluation):
    owner = make_member(evaluation.team, Role.VIEWER)
    made = give(evaluation, owner)

    done = actions.finish(assignment=made, by=owner, at=LATER)

    assert (done.done_at, queries.open_assignments(evaluation)) == (LATER, {})
    assert last_event(evaluation).kind == "assignments.finished"
    with pytest.raises(actions.AssignmentMoved):
        actions.finish(assignment=made, by=owner, at=LATER)
    assert give(evaluation, subject=made.subject)


def test_another_viewer_does_not_say_so(evaluation):
    made = give(evaluation)
    viewer = make_member(evaluation.team, Role.VIEWER)

    with pytest.raises(Refused):
        actions.finish(assignment=made, by=viewer, at=LATER)

    assert not actions.can_finish(viewer, made)
    assert actions.can_finish(lead_of(evaluation.team), made)
    assert Assignment.objects.get().done_at is None


def test_my_work_is_what_waits_for_me_the_most_pressing_first(evaluation):
    me, other = make_member(evaluation.team), make_member(evaluation.team)
    undated = give(evaluation, me, subject="phase:requirements", due_date=None)
    late = give(evaluation, me, subject="phase:ecosystem", due_date=FRIDAY)
    early = give(evaluation, me, subject="phase:teamfit", due_date=FRIDAY - timedelta(days=2))
    give(evaluation, other, subject="phase:readiness")
    actions.finish(assignment=give(evaluation, me, subject="phase:spikes"), by=me, at=LATER)

    assert queries.mine(me) == [early, late, undated]
    assert queries.mine(me, team=make_evaluation().team) == []
    assert queries.mine(me, team=evaluation.team) == [early, late, undated]


def test_nothing_waits_for_somebody_who_left_or_in_a_decided_evaluation(evaluation):
    gone, me = make_member(evaluation.team), make_member(evaluation.team)
    give(evaluation, gone, subject="phase:requirements")
    mine = give(evaluation, me, subject="phase:ecosystem")
    before = queries.mine(gone)
    remove_member(membership=membership(evaluation.team, gone), by=lead_of(evaluation.team), at=LATER)

    assert (len(before), queries.mine(gone), queries.mine(me)) == (1, [], [mine])
    Evaluation.objects.update(state=Evaluation.State.DECIDED)
    assert queries.mine(me) == []


def test_a_decided_evaluation_is_read_only(evaluation):
    made = give(evaluation)
    Evaluation.objects.update(state=Evaluation.State.ARCHIVED)
    evaluation.refresh_from_db()
    made = queries.assignment_of(evaluation, made.pk)

    with pytest.raises(NotOpen):
        give(evaluation, subject="phase:requirements")
    with pytest.raises(NotOpen):
        actions.finish(assignment=made, by=lead_of(evaluation.team), at=LATER)
