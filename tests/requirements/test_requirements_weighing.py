from datetime import timedelta

import pytest

from evaluations.requirements import actions, queries, weighing
from evaluations.requirements.models import AgreedWeight, WeightOpinion
from evaluations.rounds import actions as rounds
from evaluations.teams.access import Refused
from evaluations.teams.models import Role
from tests.builders import NOW, lead_of, make_evaluation, make_member

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)
ORDERING, SWING, POINTS, _ = WeightOpinion.Method.values


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def lead(evaluation):
    return lead_of(evaluation.team)


@pytest.fixture
def criteria(evaluation, lead):
    return [actions.add_criterion(evaluation=evaluation, name=name, by=lead, at=NOW) for name in "ABCD"]


def give(evaluation, by, method, answers, **more):
    return weighing.give_weights(evaluation=evaluation, method=method, answers=answers, by=by, at=NOW, **more)


def points(criteria, *numbers):
    return {"points": {str(c.pk): n for c, n in zip(criteria, numbers, strict=True)}}


def agree(evaluation, by, criteria, numbers, *, seen=0):
    shares = {c.pk: n for c, n in zip(criteria, numbers, strict=True)}
    weighing.agree_weights(evaluation=evaluation, shares=shares, method="test", seen=seen, by=by, at=LATER)


def test_an_order_of_four_gives_the_published_centroid_weights(evaluation, lead, criteria):
    order = [c.pk for c in reversed(criteria)]

    opinion = give(evaluation, lead, ORDERING, {"order": order})

    given = [opinion.shares[str(pk)] for pk in order]
    assert given == pytest.approx([0.520833, 0.270833, 0.145833, 0.0625], abs=1e-6)


def test_swings_are_divided_by_their_sum(evaluation, lead, criteria):
    opinion = give(evaluation, lead, SWING, points(criteria, 100, 50, 50, 0))

    assert [opinion.shares[str(c.pk)] for c in criteria] == pytest.approx([0.5, 0.25, 0.25, 0])


@pytest.mark.parametrize(
    ("method", "numbers", "reason"),
    [
        (SWING, (80, 50, 0, 0), "exactly 100"),
        (POINTS, (0, 0, 0, 0), "more than 0"),
        (POINTS, (-1, 5, 0, 0), "from 0 to"),
    ],
)
def test_points_that_say_nothing_are_refused(evaluation, lead, criteria, method, numbers, reason):
    with pytest.raises(ValueError, match=reason):
        give(evaluation, lead, method, points(criteria, *numbers))

    assert not WeightOpinion.objects.exists()


def test_an_order_that_leaves_one_out_is_refused(evaluation, lead, criteria):
    with pytest.raises(actions.UnknownCriterion):
        give(evaluation, lead, ORDERING, {"order": [c.pk for c in criteria[1:]]})


def test_weights_are_sealed_until_the_reveal_and_replace_ones_own(evaluation, lead, criteria):
    give(evaluation, lead, POINTS, points(criteria, 1, 1, 1, 1))
    opinion = give(evaluation, lead, POINTS, points(criteria, 4, 0, 0, 0))

    event = evaluation.log.events.get(number=opinion.version)
    assert (event.kind, event.sealed_by) == ("requirements.weights_given", opinion.round.seal)
    assert event.payload["before"]["shares"][str(criteria[0].pk)] == 0.25
    assert queries.opinions_of(evaluation, criteria) is None
    assert queries.team_weights(evaluation).origin == "equal, nobody has weighed yet"


def test_a_viewer_gives_no_weights(evaluation, criteria):
    viewer = make_member(evaluation.team, Role.VIEWER)

    with pytest.raises(Refused):
        give(evaluation, viewer, POINTS, points(criteria, 1, 1, 1, 1))


def test_what_was_typed_for_a_revealed_round_is_not_taken(evaluation, lead, criteria):
    opinion = give(evaluation, lead, POINTS, points(criteria, 1, 1, 1, 1))
    rounds.reveal(round=opinion.round, by=lead, at=LATER)

    with pytest.raises(rounds.RoundIsRevealed):
        give(evaluation, lead, POINTS, points(criteria, 4, 0, 0, 0), seen=opinion.round_id)

    assert WeightOpinion.objects.get().shares[str(criteria[0].pk)] == 0.25


def test_after_the_reveal_the_mean_counts_until_the_lead_agrees(evaluation, lead, criteria):
    other = make_member(evaluation.team)
    opinion = give(evaluation, lead, POINTS, points(criteria, 100, 0, 0, 0))
    give(evaluation, other, POINTS, points(criteria, 0, 100, 0, 0))
    rounds.reveal(round=opinion.round, by=lead, at=LATER)

    weights, opinions = queries.team_weights(evaluation), queries.opinions_of(evaluation, criteria)

    assert [weights.shares[c.pk] for c in criteria] == [0.5, 0.5, 0, 0]
    assert (weights.origin, weights.is_agreed) == ("mean of 2 members", False)
    assert opinions.overall == 1.0
    assert (opinions.rows[0].low, opinions.rows[0].high, opinions.rows[0].mean) == (0, 1, 0.5)


def test_agreed_weights_are_divided_by_their_sum_and_recorded(evaluation, lead, criteria):
    agree(evaluation, lead, criteria, (30, 10, 10, 0))

    weights = queries.team_weights(evaluation)
    assert [weights.shares[c.pk] for c in criteria] == pytest.approx([0.6, 0.2, 0.2, 0])
    assert (weights.origin, weights.is_agreed) == ("agreed", True)
    event = evaluation.log.events.order_by("-number").first()
    assert (event.kind, event.payload["after"][str(criteria[0].pk)]) == ("requirements.weights_agreed", "0.6")


def test_two_leads_agreeing_at_once_collide(evaluation, lead, criteria):
    agree(evaluation, lead, criteria, (1, 1, 1, 1))

    with pytest.raises(actions.Moved) as moved:
        agree(evaluation, lead, criteria, (9, 1, 1, 1))

    assert set(moved.value.current) == {c.pk for c in criteria}
    assert float(AgreedWeight.objects.get(criterion=criteria[0]).share) == 0.25


def test_a_contributor_agrees_no_weights(evaluation, criteria):
    with pytest.raises(Refused):
        agree(evaluation, make_member(evaluation.team), criteria, (1, 1, 1, 1))


def test_a_later_criterion_is_named_as_not_weighed_and_the_rest_keep_their_proportions(evaluation, lead, criteria):
    agree(evaluation, lead, criteria, (2, 1, 1, 0))

    late = actions.add_criterion(evaluation=evaluation, name="Late", by=lead, at=LATER)
    actions.remove_criterion(criterion=criteria[1], seen=criteria[1].version, by=lead, at=LATER)

    weights = queries.team_weights(evaluation)
    assert weights.unweighed == (late.pk,)
    assert weights.shares[criteria[0].pk] == pytest.approx(2 * weights.shares[criteria[2].pk])
    assert sum(weights.shares.values()) == pytest.approx(1)
