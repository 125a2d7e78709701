from datetime import timedelta

import pytest

from evaluations.candidates import actions as candidates
from evaluations.requirements import actions as requirements
from evaluations.rounds import actions as rounds
from evaluations.teams.access import Refused
from evaluations.workshop import actions, queries
from evaluations.workshop.models import Workshop
from evaluations.workshop.steps import STEPS
from tests.builders import NOW, lead_of, make_evaluation, make_member

pytestmark = pytest.mark.django_db


def minutes(number):
    return NOW + timedelta(minutes=number)


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def lead(evaluation):
    return lead_of(evaluation.team)


@pytest.fixture
def workshop(evaluation, lead):
    return actions.start(evaluation=evaluation, by=lead, at=NOW)


def push(action, workshop, lead, at, **more):
    return action(workshop=workshop, seen=more.pop("seen", workshop.version), by=lead, at=at, **more)


def test_the_plan_fills_two_hours():
    assert [step.minutes for step in STEPS] == [10, 25, 15, 25, 35, 10]
    assert sum(step.minutes for step in STEPS) == 120


def test_the_clock_counts_from_the_first_step_and_is_recorded(evaluation, workshop):
    clock = queries.clock_of(workshop, minutes(4))

    assert (clock.left_s, clock.shown, clock.steps[0].done) == (360, "6:00", 40)
    assert evaluation.log.events.order_by("-number").first().kind == "workshop.started"


def test_each_step_begins_with_its_full_time(lead, workshop):
    moved = push(actions.go_to_step, workshop, lead, minutes(12), step=1)

    clock = queries.clock_of(moved, minutes(13))
    assert (moved.current.key, clock.left_s) == ("requirements", 24 * 60)
    assert [shown.done for shown in clock.steps] == [100, 4, 0, 0, 0, 0]


def test_what_was_left_at_a_pause_is_left_after_it(lead, workshop):
    paused = push(actions.pause, workshop, lead, minutes(3))
    standing = queries.clock_of(paused, minutes(30)).left_s

    resumed = push(actions.resume, paused, lead, minutes(30))

    assert (standing, queries.clock_of(resumed, minutes(31)).left_s) == (7 * 60, 6 * 60)
    assert (paused.is_running, resumed.is_running) == (False, True)


def test_a_step_over_its_time_counts_up_until_it_is_extended(lead, workshop):
    over = queries.clock_of(workshop, minutes(12) + timedelta(seconds=5))

    extended = push(actions.extend, workshop, lead, minutes(12))

    assert (over.shown, over.is_over, over.steps[0].done) == ("+2:05", True, 100)
    assert queries.clock_of(extended, minutes(12)).shown == "3:00"


def test_only_a_lead_steers(evaluation, workshop):
    contributor = make_member(evaluation.team)

    for action in (actions.pause, actions.extend, actions.end):
        with pytest.raises(Refused):
            push(action, workshop, contributor, NOW)
    with pytest.raises(Refused):
        actions.start(evaluation=evaluation, by=contributor, at=NOW)


def test_two_leads_pressing_next_at_once_skip_no_step(lead, workshop):
    push(actions.go_to_step, workshop, lead, minutes(10), step=1)

    with pytest.raises(actions.WorkshopMoved) as moved:
        push(actions.go_to_step, workshop, lead, minutes(10), step=1, seen=workshop.version)

    assert moved.value.workshop.step == 1


def test_there_is_no_step_before_the_first_and_after_the_last(lead, workshop):
    for step in (-1, 6):
        with pytest.raises(actions.NotNow):
            push(actions.go_to_step, workshop, lead, NOW, step=step)


def test_a_clock_is_not_paused_or_started_twice(evaluation, lead, workshop):
    with pytest.raises(actions.NotNow):
        actions.start(evaluation=evaluation, by=lead, at=NOW)
    with pytest.raises(actions.NotNow):
        push(actions.resume, workshop, lead, NOW)
    paused = push(actions.pause, workshop, lead, NOW)
    with pytest.raises(actions.NotNow):
        push(actions.pause, paused, lead, NOW)


def test_a_step_is_not_extended_without_end(lead, workshop):
    with pytest.raises(actions.NotNow):
        push(actions.extend, workshop, lead, NOW, minutes=121)


def test_an_ended_workshop_stands_still_and_may_begin_anew(evaluation, lead, workshop):
    ended = push(actions.end, workshop, lead, minutes(9))
    with pytest.raises(actions.NotNow):
        push(actions.pause, ended, lead, minutes(9))

    again = actions.start(evaluation=evaluation, by=lead, at=minutes(60))

    assert queries.clock_of(ended, minutes(50)).left_s == 60
    assert (again.pk, again.step, again.ended_at) == (workshop.pk, 0, None)
    assert Workshop.objects.count() == 1


def test_the_step_shows_how_many_are_finished(evaluation, lead, workshop):
    make_member(evaluation.team)
    row = requirements.add_requirement(evaluation=evaluation, kind="load", statement="A", by=lead, at=NOW)
    round_ = requirements.vote(evaluation=evaluation, requirements=[row], by=lead, at=NOW)
    rounds.set_finished(round=round_, finished=True, by=lead, at=NOW)
    frame = queries.clock_of(workshop, NOW).progress

    moved = push(actions.go_to_step, workshop, lead, NOW, step=1)

    progress = queries.clock_of(moved, NOW).progress
    assert (frame, progress.finished, progress.expected) == (None, 1, 2)


def test_more_than_two_hours_carry_is_said_with_what_to_do(evaluation, lead):
    for number in range(11):
        requirements.add_criterion(evaluation=evaluation, name=f"C{number}", by=lead, at=NOW)
    for number in range(4):
        candidates.add_candidate(evaluation=evaluation, name=f"K{number}", by=lead, at=NOW)
    criteria_only = queries.too_much_for_two_hours(evaluation)
    candidates.add_candidate(evaluation=evaluation, name="One more", by=lead, at=NOW)

    both = queries.too_much_for_two_hours(evaluation)

    assert len(criteria_only) == 1
    assert "at most 10" in criteria_only[0]
    assert len(both) == 2
    assert "Take 3 or 4" in both[1]
