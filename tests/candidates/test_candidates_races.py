"""The rules that hold only under the lock, with two connections at once."""

import pytest

from evaluations.audit.queries import first_fault
from evaluations.candidates import actions, door
from evaluations.candidates.models import Candidate, GuestAccess, JoinRequest
from tests.at_once import at_once
from tests.builders import NOW, lead_of, make_candidate, make_evaluation

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def token(evaluation):
    return door.make_join_link(evaluation=evaluation, by=lead_of(evaluation.team), at=NOW)[1]


def test_a_name_that_is_admitted_and_refused_at_once_gets_one_answer(evaluation, token):
    lead = lead_of(evaluation.team)
    asked, _ = door.ask_to_join(token=token, name="Sam", person=None, at=NOW)

    outcomes = at_once(
        lambda: door.admit(join_request=asked, by=lead, at=NOW),
        lambda: door.refuse(join_request=asked, by=lead, at=NOW),
        lambda: door.admit(join_request=asked, by=lead, at=NOW),
    )

    admitted = JoinRequest.objects.get().state == JoinRequest.State.ADMITTED
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyAnswered", "AlreadyAnswered", "NoneType"]
    assert GuestAccess.objects.count() == int(admitted)


def test_of_two_sams_who_ask_at_once_one_is_asked_for_another_name(evaluation, token):
    def knock():
        door.ask_to_join(token=token, name="Sam", person=None, at=NOW)

    outcomes = at_once(knock, knock)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["GuestNameTaken", "NoneType"]
    assert JoinRequest.objects.count() == 1


def test_one_edit_of_two_at_once_wins_and_the_other_is_told(evaluation):
    lead, candidate = lead_of(evaluation.team), make_candidate(evaluation, "Django")

    def edit(server):
        actions.edit_candidate(
            candidate=candidate, name="Django", server=server, seen=candidate.version, by=lead, at=NOW
        )

    outcomes = at_once(lambda: edit("granian"), lambda: edit("uvicorn"))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CandidateMoved", "NoneType"]
    assert Candidate.objects.get().server in {"granian", "uvicorn"}
    assert first_fault(evaluation.log) is None


def test_five_people_who_add_candidates_at_once_are_all_taken_in(evaluation):
    lead = lead_of(evaluation.team)

    def add(number):
        actions.add_candidate(evaluation=evaluation, name=f"Candidate {number}", by=lead, at=NOW)

    outcomes = at_once(*[lambda number=number: add(number) for number in range(5)])

    assert outcomes == [None] * 5
    assert sorted(Candidate.objects.values_list("position", flat=True)) == [0, 1, 2, 3, 4]
    assert first_fault(evaluation.log) is None
