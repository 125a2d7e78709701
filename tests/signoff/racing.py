"""Signing and changing evidence at the same moment, over real connections."""

from evaluations.scoring import actions as scoring
from evaluations.signoff import actions
from evaluations.signoff.models import Signoff
from evaluations.signoff.queries import digest_of
from evaluations.signoff.states import PhaseState
from tests.at_once import at_once
from tests.builders import NOW
from tests.signoff.signing import FIRST, Signing


def race(signing: Signing, round: int) -> str:
    """One round: the reviewer signs what they saw while a contributor adds evidence; "signed" or "refused".

    Asserts that a signature holds what was seen, and is stale afterwards, since the evidence came behind it.
    """
    evaluation, seen = signing.evaluation, signing.seen()
    before = Signoff.objects.count()
    cell = {"candidate": signing.table.candidates[0], "criterion": signing.table.criteria[0]}
    note = {"kind": "note", "title": f"Trial {round}", "text": "It held.", "strength": "fair"}

    signed, changed = at_once(
        lambda: actions.sign(**seen, by=signing.reviewer, at=NOW),
        lambda: scoring.add_evidence(**cell, **note, by=signing.author, at=NOW),
    )

    assert changed is None
    assert signed is None or isinstance(signed, actions.ContentMoved), signed
    assert digest_of(evaluation, FIRST) != seen["digest_seen"]
    if signed is not None:
        assert Signoff.objects.count() == before
        return "refused"
    row = Signoff.objects.latest("pk")
    assert row.digest == seen["digest_seen"]
    assert signing.standing().state == PhaseState.STALE
    return "signed"
