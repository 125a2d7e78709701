import pytest

from evaluations.audit.queries import first_fault
from evaluations.signoff import actions
from evaluations.signoff.models import Signoff
from tests.at_once import at_once
from tests.builders import NOW
from tests.signoff.racing import race
from tests.signoff.signing import guest_reviewer, make_signing

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 20


def test_signing_while_evidence_changes_is_refused_or_holds_what_was_seen():
    signing = make_signing()

    outcomes = [race(signing, round) for round in range(ROUNDS)]

    assert len(outcomes) == ROUNDS
    assert first_fault(signing.evaluation.log) is None


def test_of_two_reviewers_who_sign_at_once_one_is_told_that_it_is_approved():
    signing = make_signing()
    seen, people = signing.seen(), (signing.reviewer, guest_reviewer(signing))

    outcomes = at_once(*[lambda p=p: actions.sign(**seen, by=p, at=NOW) for p in people])

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["MoveNotAllowed", "NoneType"]
    assert Signoff.objects.count() == 1
