from datetime import timedelta

import pytest

from evaluations import catalogue
from evaluations.requirements import actions, queries, weighing
from evaluations.requirements.models import Requirement
from tests.builders import NOW, lead_of, make_evaluation

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def lead(evaluation):
    return lead_of(evaluation.team)


def add(evaluation, statement, **more):
    return actions.add_requirement(
        evaluation=evaluation,
        kind=Requirement.Kind.LOAD,
        statement=statement,
        by=lead_of(evaluation.team),
        at=NOW,
        **more,
    )


def criterion(evaluation, name):
    return actions.add_criterion(evaluation=evaluation, name=name, by=lead_of(evaluation.team), at=NOW)


def agree(evaluation, shares, seen=0):
    lead = lead_of(evaluation.team)
    weighing.agree_weights(evaluation=evaluation, shares=shares, method="test", seen=seen, by=lead, at=LATER)


def test_an_empty_phase_says_what_to_do_first(evaluation):
    said = [point.text for point in queries.open_points(evaluation)]

    assert said == [
        "Write down what the service needs: there is no requirement yet.",
        "Choose criteria: there is nothing to compare by yet.",
    ]


def test_the_phase_is_ready_when_each_top_requirement_has_effect_and_the_weights_are_agreed(evaluation, lead):
    speed = criterion(evaluation, "Speed")
    rows = [add(evaluation, "A", criteria=[speed]), add(evaluation, "B", must_have=True)]
    actions.set_top(evaluation=evaluation, requirements=rows, by=lead, at=LATER)
    agree(evaluation, {speed.pk: 1})

    assert queries.open_points(evaluation) == []


def test_a_top_requirement_tied_to_a_criterion_of_weight_zero_has_no_effect(evaluation, lead):
    speed, looks = criterion(evaluation, "Speed"), criterion(evaluation, "Looks")
    row = add(evaluation, "A", criteria=[looks])
    actions.set_top(evaluation=evaluation, requirements=[row], by=lead, at=LATER)
    agree(evaluation, {speed.pk: 1, looks.pk: 0})

    (point,) = queries.open_points(evaluation)

    assert (point.requirement, point.subject) == (row, f"requirement:{row.pk}")


def test_a_wish_that_is_not_top_may_stay_untied(evaluation, lead):
    speed = criterion(evaluation, "Speed")
    rows = [add(evaluation, name, criteria=[speed]) for name in "ABC"]
    add(evaluation, "Nice to have")
    actions.set_top(evaluation=evaluation, requirements=rows, by=lead, at=LATER)
    agree(evaluation, {speed.pk: 1})

    assert queries.open_points(evaluation) == []


def test_fewer_than_three_marked_keeps_the_phase_open(evaluation, lead):
    speed = criterion(evaluation, "Speed")
    rows = [add(evaluation, name, criteria=[speed]) for name in "ABC"]
    actions.set_top(evaluation=evaluation, requirements=rows, by=lead, at=LATER)
    agree(evaluation, {speed.pk: 1})
    rows[0].refresh_from_db()
    add(evaluation, "D")
    actions.remove_requirement(requirement=rows[0], seen=rows[0].version, by=lead, at=LATER)

    assert [point.text for point in queries.open_points(evaluation)] == ["Vote, then mark 3 as top: 2 are marked."]


def test_unagreed_weights_and_late_criteria_are_named(evaluation, lead):
    speed = criterion(evaluation, "Speed")
    row = add(evaluation, "A", criteria=[speed])
    actions.set_top(evaluation=evaluation, requirements=[row], by=lead, at=LATER)
    before = [point.text for point in queries.open_points(evaluation)]
    agree(evaluation, {speed.pk: 1})
    criterion(evaluation, "Late")

    assert before == ["Agree on the weights. In use now: equal, nobody has weighed yet."]
    assert [point.text for point in queries.open_points(evaluation)] == [
        "Weigh what came after the weights were agreed: Late."
    ]


def test_a_two_hour_meeting_is_offered_at_most_ten_criteria(evaluation, lead):
    offered = queries.suggested_criteria(evaluation)
    actions.add_criteria(evaluation=evaluation, keys=[known.key for known in offered], by=lead, at=NOW)
    for number in range(10 - len(offered)):
        criterion(evaluation, f"Own {number}")

    assert 1 <= len(offered) <= 10
    assert queries.suggested_criteria(evaluation) == []


def test_the_library_offers_what_is_not_chosen_and_finds_by_words(evaluation, lead):
    known = catalogue.criteria()[0]
    actions.add_criterion(evaluation=evaluation, key=known.key, by=lead, at=NOW)

    offered = {entry.key for _, entries in queries.library(evaluation) for entry in entries}
    found = {entry.key for _, entries in queries.library(evaluation, "built-in admin") for entry in entries}

    assert offered == {entry.key for entry in catalogue.criteria()} - {known.key}
    assert "built-in-admin" in found
    assert len(found) < 5
