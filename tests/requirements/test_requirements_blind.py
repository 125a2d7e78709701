"""What a member answered in a round that is not revealed changes nothing that anybody else is shown."""

import re

import pytest
from django.urls import reverse

from evaluations.requirements import actions, weighing
from evaluations.requirements.models import Requirement, WeightOpinion
from evaluations.rounds import actions as rounds
from evaluations.rounds.models import Round
from evaluations.rounds.queries import last_revealed, open_round_of
from tests.builders import NOW, lead_of, make_evaluation, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def lead(evaluation):
    return lead_of(evaluation.team)


RANDOM = re.compile(r'nonce="[^"]+"|name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken": "[^"]+"')


SHOWN = [
    *(f"requirements:{name}" for name in ("index", "board", "criteria", "criteria_list", "weights", "own")),
    *("requirements:team_weights", "workshop:index", "workshop:bar", "workshop:projector", "workshop:screen"),
]


def seen_by(client, person, evaluation):
    """Everything of phase 1 a person can be shown, with what is random taken out."""
    client.force_login(person)
    pages = [client.get(reverse(name, args=[evaluation.pk])) for name in SHOWN]
    assert {page.status_code for page in pages} == {200}
    return [RANDOM.sub("", page.content.decode()) for page in pages]


def open_payloads(evaluation):
    return [(e.kind, e.about, e.payload) for e in evaluation.log.events.order_by("number") if not e.sealed_by]


@pytest.fixture
def voted_and_weighed(evaluation, lead):
    """A member's hidden answers, to be given again in another way."""
    made = {"evaluation": evaluation, "by": lead, "at": NOW}
    rows = [
        actions.add_requirement(kind=Requirement.Kind.LOAD, statement=name, **made)
        for name in ("First", "Second", "Third")
    ]
    criteria = [actions.add_criterion(name=name, **made) for name in ("Ay", "Bee", "Cee")]
    someone = make_member(evaluation.team, name="Someone Else")

    def answer(turned):
        chosen, ordered = (rows[2:], criteria[::-1]) if turned else (rows[:1], criteria)
        actions.vote(evaluation=evaluation, requirements=chosen, by=someone, at=NOW)
        weighing.give_weights(
            evaluation=evaluation,
            method=WeightOpinion.Method.ORDERING,
            answers={"order": [c.pk for c in ordered]},
            by=someone,
            at=NOW,
        )

    return answer


def without_numbers(pages):
    """Revisions differ, since the second answer is one event more; nothing else may."""
    return [re.sub(r'name="since" value="\d+"|Revision \d+', "", page) for page in pages]


def test_nothing_another_member_sees_depends_on_an_unrevealed_vote_or_weight(
    client, evaluation, lead, voted_and_weighed
):
    voted_and_weighed(turned=False)
    first, told_first = without_numbers(seen_by(client, lead, evaluation)), open_payloads(evaluation)
    voted_and_weighed(turned=True)
    second, told_second = without_numbers(seen_by(client, lead, evaluation)), open_payloads(evaluation)

    assert first == second
    assert told_first == told_second


def test_after_the_reveal_the_same_pages_do_depend_on_it(client, evaluation, lead, voted_and_weighed):
    voted_and_weighed(turned=False)
    before = without_numbers(seen_by(client, lead, evaluation))
    for subject in (Round.Subject.VOTES, Round.Subject.WEIGHTS):
        rounds.reveal(round=open_round_of(evaluation, subject), by=lead, at=NOW)

    after = without_numbers(seen_by(client, lead, evaluation))

    assert last_revealed(evaluation, Round.Subject.VOTES)
    assert before != after
    assert any("Someone Else" in page for page in after)
