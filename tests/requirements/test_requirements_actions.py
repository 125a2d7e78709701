from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from evaluations import catalogue
from evaluations.candidates.access import NotOpen
from evaluations.candidates.models import Evaluation
from evaluations.requirements import actions, queries
from evaluations.requirements.models import Requirement, RequirementVote
from evaluations.requirements.queries import costs_of
from evaluations.rounds import actions as rounds
from evaluations.rounds.models import Round
from evaluations.rounds.queries import open_round_of
from evaluations.teams.access import Refused
from evaluations.teams.models import Role
from tests.builders import NOW, lead_of, make_evaluation, make_member

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def lead(evaluation):
    return lead_of(evaluation.team)


def add(evaluation, by, statement="Holds 5,000 connections", **more):
    return actions.add_requirement(
        evaluation=evaluation, statement=statement, by=by, at=NOW, **{"kind": Requirement.Kind.LOAD, **more}
    )


def newest(evaluation):
    return evaluation.log.events.order_by("-number").first()


def test_a_requirement_is_added_and_recorded(evaluation, lead):
    row = add(evaluation, lead, quantity=Decimal(5000), unit="connections", must_have=True)

    event = newest(evaluation)
    assert row.amount == "5,000 connections"
    assert (event.kind, event.about, event.number) == (
        "requirements.requirement_added",
        {"requirement": row.pk},
        row.version,
    )
    assert event.payload["after"]["quantity"] == "5000"
    assert event.sealed_by == ""


def test_a_viewer_adds_no_requirement(evaluation):
    viewer = make_member(evaluation.team, Role.VIEWER)
    before = evaluation.log.events.count()

    with pytest.raises(Refused):
        add(evaluation, viewer)

    assert (Requirement.objects.count(), evaluation.log.events.count()) == (0, before)


def test_a_unit_without_a_quantity_is_refused(evaluation, lead):
    with pytest.raises(ValidationError, match="unit needs a quantity"):
        add(evaluation, lead, unit="days")


def test_a_decided_evaluation_takes_no_requirement(evaluation, lead):
    evaluation.state = Evaluation.State.DECIDED
    evaluation.save()

    with pytest.raises(NotOpen):
        add(evaluation, lead)


def test_an_edit_keeps_before_and_after(evaluation, lead):
    row = add(evaluation, lead)

    edited = actions.edit_requirement(
        requirement=row, seen=row.version, changes={"statement": "Holds 8,000"}, by=lead, at=LATER
    )

    payload = newest(evaluation).payload
    assert payload["before"]["statement"] == "Holds 5,000 connections"
    assert payload["after"]["statement"] == edited.statement == "Holds 8,000"


def test_the_second_of_two_edits_is_told_what_stands(evaluation, lead):
    row = add(evaluation, lead)
    actions.edit_requirement(requirement=row, seen=row.version, changes={"statement": "First"}, by=lead, at=LATER)

    with pytest.raises(actions.Moved) as moved:
        actions.edit_requirement(requirement=row, seen=row.version, changes={"statement": "Second"}, by=lead, at=LATER)

    assert moved.value.current.statement == "First"


def test_a_removed_requirement_is_no_longer_top_and_takes_no_edit(evaluation, lead):
    row = add(evaluation, lead)
    actions.set_top(evaluation=evaluation, requirements=[row], by=lead, at=NOW)
    row.refresh_from_db()

    removed = actions.remove_requirement(requirement=row, seen=row.version, by=lead, at=LATER)

    assert (removed.is_top, queries.standing_requirements(evaluation)) == (False, [])
    with pytest.raises(actions.Moved):
        actions.edit_requirement(requirement=row, seen=row.version, changes={"statement": "Back"}, by=lead, at=LATER)


def test_criteria_of_another_evaluation_cannot_be_mapped(evaluation, lead):
    other = make_evaluation()
    foreign = actions.add_criterion(evaluation=other, name="Speed", by=lead_of(other.team), at=NOW)

    with pytest.raises(actions.UnknownCriterion):
        add(evaluation, lead, criteria=[foreign])


def test_votes_replace_those_cast_before_and_are_sealed(evaluation, lead):
    first, second = add(evaluation, lead, "A"), add(evaluation, lead, "B")
    round_ = actions.vote(evaluation=evaluation, requirements=[first], by=lead, at=NOW)

    actions.vote(evaluation=evaluation, requirements=[second], by=lead, at=LATER)

    assert queries.own_votes(round_, lead) == {second.pk}
    event = newest(evaluation)
    assert (event.payload, event.sealed_by) == ({"before": [first.pk], "after": [second.pk]}, round_.seal)


def test_four_votes_are_too_many(evaluation, lead):
    rows = [add(evaluation, lead, name) for name in "ABCD"]

    with pytest.raises(actions.TooManyVotes, match="take back 1"):
        actions.vote(evaluation=evaluation, requirements=rows, by=lead, at=NOW)

    assert not RequirementVote.objects.exists()


def test_a_viewer_does_not_vote_but_a_reviewer_invited_to_rate_does(evaluation, lead):
    row = add(evaluation, lead)
    viewer = make_member(evaluation.team, Role.VIEWER)
    reviewer = make_member(evaluation.team, Role.REVIEWER)

    with pytest.raises(Refused):
        actions.vote(evaluation=evaluation, requirements=[row], by=viewer, at=NOW)
    with pytest.raises(Refused):
        actions.vote(evaluation=evaluation, requirements=[row], by=reviewer, at=NOW)
    evaluation.team.memberships.filter(person=reviewer).update(rates=True)
    actions.vote(evaluation=evaluation, requirements=[row], by=reviewer, at=NOW)

    assert RequirementVote.objects.get().person == reviewer


def test_a_vote_for_a_round_that_was_revealed_meanwhile_slips_into_no_other(evaluation, lead):
    row = add(evaluation, lead)
    round_ = actions.vote(evaluation=evaluation, requirements=[], by=lead, at=NOW, seen=0)
    rounds.reveal(round=round_, by=lead, at=LATER)

    for seen in (round_.pk, 0):
        with pytest.raises(rounds.RoundIsRevealed):
            actions.vote(evaluation=evaluation, requirements=[row], by=lead, at=LATER, seen=seen)

    assert open_round_of(evaluation, Round.Subject.VOTES) is None
    assert not RequirementVote.objects.exists()


def test_votes_are_counted_only_after_the_reveal(evaluation, lead):
    row = add(evaluation, lead)
    round_ = actions.vote(evaluation=evaluation, requirements=[row], by=lead, at=NOW)

    before = queries.vote_counts(evaluation)
    rounds.reveal(round=round_, by=lead, at=LATER)

    assert (before, queries.vote_counts(evaluation)) == ({}, {row.pk: 1})


def test_exactly_three_are_top(evaluation, lead):
    rows = [add(evaluation, lead, name) for name in "ABCD"]

    with pytest.raises(actions.NotExactlyThree, match="exactly 3"):
        actions.set_top(evaluation=evaluation, requirements=rows[:2], by=lead, at=NOW)
    actions.set_top(evaluation=evaluation, requirements=rows[1:], by=lead, at=LATER)

    assert [row.statement for row in queries.standing_requirements(evaluation) if row.is_top] == ["B", "C", "D"]
    assert newest(evaluation).payload == {"before": [], "after": [row.pk for row in rows[1:]]}


def test_the_second_of_two_leads_marking_is_told(evaluation, lead):
    rows = [add(evaluation, lead, name) for name in "ABCD"]
    actions.set_top(evaluation=evaluation, requirements=rows[:3], by=lead, at=NOW, seen=[])

    with pytest.raises(actions.Moved):
        actions.set_top(evaluation=evaluation, requirements=rows[1:], by=lead, at=LATER, seen=[])


def test_a_contributor_marks_no_top(evaluation, lead):
    row = add(evaluation, lead)

    with pytest.raises(Refused):
        actions.set_top(evaluation=evaluation, requirements=[row], by=make_member(evaluation.team), at=NOW)


def test_a_criterion_of_the_catalogue_brings_its_question_and_anchors(evaluation, lead):
    known = catalogue.criteria()[0]

    row = actions.add_criterion(evaluation=evaluation, key=known.key, name="Ours", by=lead, at=NOW)

    assert (row.name, row.question, row.anchor_1, row.anchor_5) == (
        "Ours",
        known.question,
        known.anchors.one,
        known.anchors.five,
    )
    assert costs_of(evaluation).hours_of(row) == known.hours
    assert newest(evaluation).kind == "requirements.criterion_added"


def test_a_name_is_given_to_one_criterion_only(evaluation, lead):
    actions.add_criterion(evaluation=evaluation, name="Speed", by=lead, at=NOW)

    with pytest.raises(ValidationError, match="of that name already"):
        actions.add_criterion(evaluation=evaluation, name="speed", by=lead, at=NOW)


def test_several_criteria_come_together_or_not_at_all(evaluation, lead):
    keys = [known.key for known in catalogue.criteria()[:3]]
    actions.add_criteria(evaluation=evaluation, keys=keys[:1], by=lead, at=NOW)

    with pytest.raises(ValidationError):
        actions.add_criteria(evaluation=evaluation, keys=keys[1:] + keys[:1], by=lead, at=NOW)
    actions.add_criteria(evaluation=evaluation, keys=keys[1:], by=lead, at=NOW)

    assert [row.key for row in queries.standing_criteria(evaluation)] == keys


def test_an_edited_criterion_collides_and_records(evaluation, lead):
    row = actions.add_criterion(evaluation=evaluation, name="Speed", by=lead, at=NOW)
    actions.edit_criterion(criterion=row, seen=row.version, changes={"anchor_1": "slow"}, by=lead, at=LATER)

    with pytest.raises(actions.Moved) as moved:
        actions.edit_criterion(criterion=row, seen=row.version, changes={"anchor_1": "dull"}, by=lead, at=LATER)

    assert moved.value.current.anchor_1 == "slow"
    assert newest(evaluation).payload["after"]["anchor_1"] == "slow"


def test_a_removed_criterion_leaves_its_requirements_without_effect(evaluation, lead):
    criterion = actions.add_criterion(evaluation=evaluation, name="Speed", by=lead, at=NOW)
    row = add(evaluation, lead, criteria=[criterion])
    actions.set_top(evaluation=evaluation, requirements=[row], by=lead, at=NOW)
    mapped = queries.unmapped_top(evaluation)

    actions.remove_criterion(criterion=criterion, seen=criterion.version, by=lead, at=LATER)

    assert (mapped, queries.unmapped_top(evaluation)) == ([], [row])


def test_criteria_are_ordered_and_an_old_order_is_refused(evaluation, lead):
    a, b = (actions.add_criterion(evaluation=evaluation, name=name, by=lead, at=NOW) for name in "AB")

    actions.order_criteria(evaluation=evaluation, order=[b.pk, a.pk], by=lead, at=LATER)

    assert [row.name for row in queries.standing_criteria(evaluation)] == ["B", "A"]
    with pytest.raises(actions.OrderMoved):
        actions.order_criteria(evaluation=evaluation, order=[b.pk], by=lead, at=LATER)


@pytest.mark.parametrize("what", ["criterion", "criteria", "order"])
def test_a_viewer_changes_no_criteria(evaluation, what):
    viewer = make_member(evaluation.team, Role.VIEWER)
    tries = {
        "criterion": lambda: actions.add_criterion(evaluation=evaluation, name="A", by=viewer, at=NOW),
        "criteria": lambda: actions.add_criteria(evaluation=evaluation, keys=["async-native"], by=viewer, at=NOW),
        "order": lambda: actions.order_criteria(evaluation=evaluation, order=[], by=viewer, at=NOW),
    }

    with pytest.raises(Refused):
        tries[what]()
