"""Signing, sending back, ticking off, setting aside: it works, is refused, collides, records."""

import hashlib
import json

import pytest

from evaluations.audit.queries import first_fault
from evaluations.candidates.access import NotOpen
from evaluations.candidates.models import Evaluation
from evaluations.checklist import actions as checklist
from evaluations.checklist.queries import items_of
from evaluations.scoring import actions as scoring
from evaluations.signoff import actions
from evaluations.signoff.models import ReviewPoint, Signoff
from evaluations.signoff.queries import (
    approvals_of,
    authors_of,
    changes_since,
    digest_of,
    effect_since,
    missing_in,
    phase_standings,
    ranking_now,
    rendered_phase,
    standing_signoff,
)
from evaluations.signoff.states import PhaseState
from evaluations.teams import actions as teams
from evaluations.teams.access import Refused
from evaluations.teams.models import Role
from tests.builders import NOW, make_candidate, make_evaluation, make_member, membership
from tests.signoff.signing import FIRST, guest_reviewer, make_signing, settle_checklist

pytestmark = pytest.mark.django_db


@pytest.fixture
def signing():
    return make_signing()


def newest(signing):
    return signing.evaluation.log.events.order_by("-number")[0]


# ---- States


def test_a_new_evaluation_has_five_open_phases_that_say_what_they_miss():
    evaluation = make_evaluation()

    standings = phase_standings(evaluation)

    assert [one.state for one in standings] == [PhaseState.OPEN] * 5
    assert standings[0].missing[0].startswith("11 of 11 checklist items are open: “")
    assert "Name at least two candidates: there are none." in missing_in(evaluation, FIRST)


def test_a_phase_that_misses_nothing_is_ready(signing):
    assert (signing.standing().state, signing.standing().missing) == (PhaseState.READY, ())


def test_how_the_phases_stand_costs_the_same_few_queries_however_much_was_signed(signing, django_assert_num_queries):
    signing.sign()
    for _ in range(3):
        signing.ask("Say where it comes from")
        point = ReviewPoint.objects.latest("pk")
        actions.settle_point(point=point, is_settled=True, seen=point.version, by=signing.lead, at=NOW)
        signing.sign()
    phase_standings(signing.evaluation)

    with django_assert_num_queries(2):
        phase_standings(signing.evaluation)


# ---- Signing


def test_a_reviewer_signs_exactly_what_was_rendered(signing):
    row = signing.sign(comment=" Sound. ")

    assert row.digest == digest_of(signing.evaluation, FIRST) == hashlib.sha256(row.content.encode()).hexdigest()
    assert json.loads(row.content) == rendered_phase(signing.evaluation, FIRST)
    assert (row.is_independent, row.comment, row.revision + 1) == (True, "Sound.", row.version)
    assert row.standing == {"leader": "FastAPI", "leader_id": signing.table.candidates[0].pk, "margin": 1.0}
    assert signing.standing().state == PhaseState.APPROVED


def test_signing_is_recorded_with_revision_and_digest(signing):
    row = signing.sign()

    event = newest(signing)
    assert (event.kind, event.number, event.by_id) == ("signoff.approved", row.version, signing.reviewer.pk)
    assert (event.payload["revision"], event.payload["digest"]) == (row.revision, row.digest)
    assert first_fault(signing.evaluation.log) is None


def test_a_guest_reviewer_signs_too(signing):
    guest = guest_reviewer(signing)

    signing.sign(by=guest)

    assert signing.standing().approval.person == guest


@pytest.mark.parametrize("role", [Role.LEAD, Role.CONTRIBUTOR, Role.VIEWER])
def test_only_reviewers_sign(signing, role):
    person = make_member(signing.evaluation.team, role)

    with pytest.raises(Refused, match="Only reviewers may sign"):
        signing.sign(by=person)

    assert not Signoff.objects.exists()


def test_who_entered_something_of_a_phase_may_not_sign_it_and_may_sign_another(signing):
    changed = membership(signing.evaluation.team, signing.author)
    signing.change()
    settle_checklist(signing.evaluation, "spikes")
    spikes = {item.key: item for item in items_of(signing.evaluation, "spikes")}
    how = {"state": "not_applicable", "reason": "A proof of concept", "seen": spikes["load-test"].version}
    checklist.set_state(item=spikes["load-test"], **how, by=signing.lead, at=NOW)
    teams.change_role(membership=changed, role=Role.REVIEWER, seen=changed.version, by=signing.lead, at=NOW)

    with pytest.raises(Refused, match="You entered some of this phase"):
        signing.sign(by=signing.author)
    signing.sign("spikes", by=signing.author)

    assert signing.standing("spikes").state == PhaseState.APPROVED


def test_rating_alone_is_no_authorship(signing):
    other = signing.table.members[1]
    signing.table.rate(other, {("FastAPI", "Speed"): 4})

    assert other.pk not in authors_of(signing.evaluation, FIRST)
    assert signing.lead.pk in authors_of(signing.evaluation, FIRST)


def test_what_changed_since_it_was_read_is_not_signed(signing):
    seen = signing.seen()
    signing.change()

    with pytest.raises(actions.ContentMoved):
        actions.sign(**seen, by=signing.reviewer, at=NOW)

    assert not Signoff.objects.exists()


def test_a_phase_that_misses_something_is_not_signed():
    signing = make_signing(is_ready=False)

    with pytest.raises(actions.NotReady, match="checklist items are open"):
        signing.sign()

    assert signing.standing().state == PhaseState.OPEN


def test_a_second_click_signs_nothing_more(signing):
    signing.sign()

    with pytest.raises(actions.MoveNotAllowed, match="This phase is approved"):
        signing.sign()

    assert Signoff.objects.count() == 1


def test_a_reviewer_who_was_removed_signs_nothing(signing):
    row = membership(signing.evaluation.team, signing.reviewer)
    teams.remove_member(membership=row, by=signing.lead, at=NOW)

    with pytest.raises(Refused):
        signing.sign()


def test_a_decided_evaluation_takes_no_signature(signing):
    Evaluation.objects.update(state=Evaluation.State.DECIDED)

    with pytest.raises(NotOpen):
        signing.sign()


def test_the_lead_approves_alone_with_a_reason_that_stands_with_it(signing):
    why = "Nobody else knows Python here."

    row = actions.approve_alone(**signing.seen(), reason=why, by=signing.lead, at=NOW)

    approval = signing.standing().approval
    assert (approval.is_independent, approval.reason, approval.person) == (False, why, signing.lead)
    assert (newest(signing).kind, row.is_independent) == ("signoff.approved_alone", False)


def test_approving_alone_needs_a_reason_and_a_lead(signing):
    with pytest.raises(actions.SayWhy, match="cover prints it"):
        actions.approve_alone(**signing.seen(), reason="  ", by=signing.lead, at=NOW)
    with pytest.raises(Refused):
        actions.approve_alone(**signing.seen(), reason="Because", by=signing.reviewer, at=NOW)

    assert not Signoff.objects.exists()


# ---- A later change


def test_a_later_change_makes_it_stale_and_says_what_changed_and_what_that_did(signing):
    row = signing.sign()

    signing.change(3.5)

    standing, content = signing.standing(), rendered_phase(signing.evaluation, FIRST)
    told = [(one.section, one.what, one.field, one.before, one.after) for one in changes_since(row, content)]
    assert (standing.state, standing.approval.is_stale) == (PhaseState.STALE, True)
    assert told == [("Scores", "Speed, Django", "score", "3", "3.5")]
    effect = effect_since(row, ranking_now(signing.evaluation))
    assert (effect.sentence, effect.is_winner_unchanged) == ("Winner unchanged: FastAPI, margin 1.00 → 0.75.", True)


def test_a_change_of_the_winner_is_said(signing):
    row = signing.sign()

    signing.change(5)
    signing.change(5, criterion="Learning")

    effect = effect_since(row, ranking_now(signing.evaluation))
    assert (effect.sentence, effect.is_winner_unchanged) == (
        "The winner changed: Django instead of FastAPI, margin 1.00.",
        False,
    )


def test_what_does_not_touch_the_content_leaves_the_signature_standing(signing):
    signing.sign()
    item = items_of(signing.evaluation, "readiness")[0]

    checklist.set_state(item=item, state="done", reason="", seen=item.version, by=signing.lead, at=NOW)
    signing.table.rate(signing.author, {("FastAPI", "Speed"): 1})

    assert signing.standing().state == PhaseState.APPROVED


def test_evidence_added_later_makes_it_stale(signing):
    signing.sign()
    cell = {"candidate": signing.table.candidates[0], "criterion": signing.table.criteria[0]}

    scoring.add_evidence(
        **cell, kind="note", title="A trial", text="It held.", strength="fair", by=signing.author, at=NOW
    )

    assert signing.standing().state == PhaseState.STALE


def test_a_change_taken_back_makes_it_stand_again(signing):
    signing.sign()
    signing.change(2)
    assert signing.standing().state == PhaseState.STALE

    signing.change(3)

    assert signing.standing().state == PhaseState.APPROVED


def test_a_stale_phase_is_confirmed_by_signing_what_it_is_now(signing):
    signing.sign()
    signing.change()

    signing.sign(by=guest_reviewer(signing))

    assert (signing.standing().state, newest(signing).kind) == (PhaseState.APPROVED, "signoff.confirmed")
    assert [one.is_stale for one in approvals_of(signing.evaluation)] == [True, False]


# ---- Changes asked for


def test_changes_asked_for_are_ticked_off_and_the_phase_is_ready_again(signing):
    row = signing.ask("Name the source of the load", " ", "Say why Django got 3")

    assert signing.standing().open_points == ("Name the source of the load", "Say why Django got 3")
    assert signing.standing().state == PhaseState.CHANGES_REQUESTED
    for point in row.points.all():
        actions.settle_point(point=point, is_settled=True, seen=point.version, by=signing.author, at=NOW)
    assert (signing.standing().state, signing.standing().open_points) == (PhaseState.READY, ())
    assert newest(signing).payload["text"] == "Say why Django got 3"


def test_asking_for_changes_needs_a_point_and_a_reviewer(signing):
    with pytest.raises(actions.SayWhy, match="at least one thing"):
        signing.ask("  ")
    with pytest.raises(Refused):
        actions.request_changes(**signing.seen(), points=["x"], by=signing.lead, at=NOW)


def test_an_approval_can_be_followed_by_changes(signing):
    signing.sign()

    signing.ask("The second look found a gap")

    assert signing.standing().state == PhaseState.CHANGES_REQUESTED
    assert signing.standing().approval is None


def test_a_phase_that_waits_for_changes_is_not_signed(signing):
    signing.ask("Name the source of the load")

    with pytest.raises(actions.MoveNotAllowed):
        signing.sign()


def test_a_point_ticked_off_by_two_people_is_told_to_the_second(signing):
    point = signing.ask("Name the source").points.get()
    actions.settle_point(point=point, is_settled=True, seen=point.version, by=signing.lead, at=NOW)

    ticked = {"point": point, "is_settled": True, "seen": point.version, "at": NOW}
    with pytest.raises(actions.PointMoved, match="Somebody else changed this point"):
        actions.settle_point(by=signing.author, **ticked)
    with pytest.raises(actions.PointMoved, match="You changed this point"):
        actions.settle_point(by=signing.lead, **ticked)


def test_a_point_is_opened_again(signing):
    point = signing.ask("Name the source").points.get()
    point = actions.settle_point(point=point, is_settled=True, seen=point.version, by=signing.lead, at=NOW)

    actions.settle_point(point=point, is_settled=False, seen=point.version, by=signing.lead, at=NOW)

    assert (signing.standing().state, newest(signing).kind) == (
        PhaseState.CHANGES_REQUESTED,
        "signoff.point_reopened",
    )


def test_a_viewer_ticks_nothing_off(signing):
    point = signing.ask("Name the source").points.get()
    viewer = make_member(signing.evaluation.team, Role.VIEWER)

    with pytest.raises(Refused):
        actions.settle_point(point=point, is_settled=True, seen=point.version, by=viewer, at=NOW)


# ---- Not applicable


def test_the_lead_sets_a_phase_aside_with_a_reason_and_takes_it_up_again(signing):
    how = {"evaluation": signing.evaluation, "phase": "teamfit", "by": signing.lead, "at": NOW}

    actions.set_not_applicable(**how, reason="One person builds it.")
    aside = signing.standing("teamfit")
    actions.set_applicable(**how)

    assert (aside.state, aside.not_applicable_reason) == (PhaseState.NOT_APPLICABLE, "One person builds it.")
    assert signing.standing("teamfit").state == PhaseState.OPEN


def test_setting_aside_needs_a_reason_and_a_lead(signing):
    how = {"evaluation": signing.evaluation, "phase": "teamfit", "at": NOW}

    with pytest.raises(actions.SayWhy):
        actions.set_not_applicable(**how, reason=" ", by=signing.lead)
    with pytest.raises(Refused):
        actions.set_not_applicable(**how, reason="No", by=signing.author)


def test_what_was_not_set_aside_is_not_taken_up(signing):
    with pytest.raises(actions.MoveNotAllowed):
        actions.set_applicable(evaluation=signing.evaluation, phase=FIRST, by=signing.lead, at=NOW)


def test_an_approved_phase_is_not_set_aside(signing):
    signing.sign()

    with pytest.raises(actions.MoveNotAllowed):
        actions.set_not_applicable(evaluation=signing.evaluation, phase=FIRST, reason="No", by=signing.lead, at=NOW)

    assert standing_signoff(signing.evaluation, FIRST).word == Signoff.Word.APPROVED


# ---- Content


def test_an_unrevealed_rating_is_in_no_content(signing):
    candidate = make_candidate(signing.evaluation, "Litestar")
    before = digest_of(signing.evaluation, FIRST)

    cell = {"candidate": candidate, "criterion": signing.table.criteria[0]}
    scoring.rate(**cell, value=5, reason="a secret", by=signing.author, at=NOW)

    assert digest_of(signing.evaluation, FIRST) == before
    signing.table.reveal()
    assert digest_of(signing.evaluation, FIRST) != before
