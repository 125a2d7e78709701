"""Weights from pairs: what they come to, how consistent they are, and the three that contradict each other most."""

import pytest
from django.test import Client
from django.urls import reverse

from evaluations.requirements import pairs, weighing
from evaluations.requirements.models import WeightOpinion
from tests.builders import NOW, lead_of, make_criterion, make_evaluation

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def criteria(evaluation):
    return [make_criterion(evaluation, name) for name in ("Speed", "Learning", "Admin")]


@pytest.fixture
def client(evaluation):
    client = Client()
    client.force_login(lead_of(evaluation.team))
    return client


def comparisons(criteria, *steps):
    keys = [(a, b) for place, a in enumerate(criteria) for b in criteria[place + 1 :]]
    return {f"{a.pk}:{b.pk}": step for (a, b), step in zip(keys, steps, strict=True) if step is not None}


def test_consistent_pairs_give_their_ratios_and_a_ratio_of_0(criteria):
    found = pairs.consistency_of(criteria, comparisons(criteria, 2.0, 6.0, 3.0))

    assert [found.shares[criterion.pk] for criterion in criteria] == pytest.approx([0.6, 0.3, 0.1])
    assert found.ratio == pytest.approx(0, abs=1e-9)
    assert not found.is_worth_another_look
    assert found.contradiction == ""


def test_a_contradiction_is_named_with_the_table_its_ratio_stands_on(criteria):
    found = pairs.consistency_of(criteria, comparisons(criteria, 5.0, 1 / 5, 5.0))

    assert found.is_worth_another_look
    assert found.random_index == "saaty-2005"
    assert found.contradiction == (
        "Least consistent: Speed, Learning and Admin. By way of Learning, Speed counts 25 times as much as Admin; you "
        "answered 1/5 of."
    )


def test_a_missing_pair_is_completed_and_loose_ends_are_named(criteria):
    found = pairs.consistency_of(criteria, comparisons(criteria, 2.0, None, 3.0))

    assert [found.shares[criterion.pk] for criterion in criteria] == pytest.approx([0.6, 0.3, 0.1], abs=1e-6)
    assert (found.answered, found.pairs) == (2, 3)
    with pytest.raises(pairs.NotConnected, match="Compare more pairs"):
        pairs.shares_from([c.pk for c in criteria], comparisons(criteria, 2.0, None, None))


def test_pairs_are_saved_as_an_opinion_and_refused_where_they_say_too_little(evaluation, criteria, client):
    give = reverse("requirements:give_weights", args=[evaluation.pk])
    names = [pairs.name_of(a.pk, b.pk) for a, b in ((criteria[0], criteria[1]), (criteria[1], criteria[2]))]

    too_little = client.post(give, {"way": "pairwise", "seen": 0, names[0]: "2"}, headers=HTMX)
    saved = client.post(give, {"way": "pairwise", "seen": 0, names[0]: "2", names[1]: "3"}, headers=HTMX)

    assert too_little.status_code == 422
    assert "Compare more pairs" in too_little.content.decode()
    assert '<option value="2" selected>' in too_little.content.decode()
    assert saved.status_code == 200
    opinion = WeightOpinion.objects.get()
    assert opinion.method == "pairwise"
    assert sum(opinion.shares.values()) == pytest.approx(1)
    assert opinion.shares[str(criteria[0].pk)] == pytest.approx(0.6, abs=1e-6)


def test_the_consistency_is_told_while_answering_and_nothing_is_saved(evaluation, criteria, client):
    a, b, c = criteria
    typed = {pairs.name_of(a.pk, b.pk): "5", pairs.name_of(a.pk, c.pk): "1/5", pairs.name_of(b.pk, c.pk): "5"}

    told = client.get(reverse("requirements:pairs", args=[evaluation.pk]), typed, headers=HTMX).content.decode()

    assert "worth another look" in told
    assert "Least consistent: Speed, Learning and Admin" in told
    assert "random index saaty-2005" in told
    assert not WeightOpinion.objects.exists()


def test_pairs_of_other_criteria_and_off_the_scale_are_refused(evaluation, criteria):
    elsewhere = make_criterion(make_evaluation(), "Elsewhere")
    lead = lead_of(evaluation.team)

    for wrong in ({f"{criteria[0].pk}:{elsewhere.pk}": 3.0}, {f"{criteria[0].pk}:{criteria[1].pk}": 12.0}):
        with pytest.raises(ValueError, match=r"criteria of this evaluation|from 1/9 to 9"):
            weighing.give_weights(
                evaluation=evaluation, method="pairwise", answers={"comparisons": wrong}, by=lead, at=NOW
            )
