"""The race of the sign-off a thousand times; `FWSELECT_PROOF_ROUNDS=5000 make prove` for more."""

import os

import pytest

from evaluations.audit.queries import first_fault
from evaluations.signoff.models import Signoff
from tests.signoff.racing import race
from tests.signoff.signing import make_signing

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = int(os.environ.get("FWSELECT_PROOF_ROUNDS", "1000"))


def test_each_signature_against_changing_evidence_is_refused_or_holds_what_was_seen():
    signing = make_signing()

    outcomes = [race(signing, round) for round in range(ROUNDS)]

    assert outcomes.count("signed") == Signoff.objects.count()
    assert set(outcomes) == {"signed", "refused"}, "one side always won: nothing was raced"
    assert first_fault(signing.evaluation.log) is None
