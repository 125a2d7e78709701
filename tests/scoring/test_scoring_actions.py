"""The writers of ratings, scores, verdicts, evidence and measured scores: it works, is refused, collides, records."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from evaluations.audit.actions import writing
from evaluations.audit.queries import first_fault
from evaluations.candidates import actions as candidates
from evaluations.candidates.access import NotOpen
from evaluations.requirements.models import Criterion
from evaluations.rounds import actions as rounds
from evaluations.rounds.actions import RoundIsRevealed
from evaluations.rounds.models import Round
from evaluations.rounds.queries import open_round_of
from evaluations.scoring import actions
from evaluations.scoring.models import Evidence, MeasuredScore, MustHaveVerdict, Rating, Score, ValueFunction
from evaluations.teams.access import Refused
from evaluations.teams.models import Role
from tests.builders import NOW, make_member, make_requirement
from tests.scoring.table import make_table

pytestmark = pytest.mark.django_db


@pytest.fixture
def table():
    return make_table()


def cell(table, candidate="FastAPI", criterion="Speed"):
    return {"candidate": table.candidate(candidate), "criterion": table.criterion(criterion)}


def newest(table):
    return table.evaluation.log.events.order_by("-number")[0]


def viewer(table):
    return make_member(table.evaluation.team, Role.VIEWER)


def decide(table):
    table.evaluation.state = "decided"
    table.evaluation.save()
    for one in [*table.candidates, *table.criteria]:
        one.refresh_from_db()


# ---- Ratings


def test_the_first_rating_opens_a_round_and_is_sealed(table):
    row = actions.rate(**cell(table), value=4, reason=" held 6,100 ", by=table.members[0], at=NOW)

    event = newest(table)
    assert (row.round.subject, row.value, row.reason) == (Round.Subject.RATINGS, 4, "held 6,100")
    assert (event.kind, event.sealed_by) == ("scoring.rated", row.round.seal)
    assert event.payload == {"before": None, "after": {"value": 4, "reason": "held 6,100"}}
    assert row.version == event.number
    assert first_fault(table.evaluation.log) is None


def test_changing_ones_rating_keeps_one_row_and_both_events(table):
    actions.rate(**cell(table), value=4, by=table.members[0], at=NOW)

    row = actions.rate(**cell(table), value=None, by=table.members[0], at=NOW)

    assert (Rating.objects.count(), row.value) == (1, None)
    assert newest(table).payload["before"] == {"value": 4, "reason": ""}


def test_two_people_rate_the_same_cell_without_meeting(table):
    for person, value in zip(table.members, (1, 5), strict=True):
        actions.rate(**cell(table), value=value, by=person, at=NOW)

    assert sorted(Rating.objects.values_list("value", flat=True)) == [1, 5]
    assert Round.objects.filter(evaluation=table.evaluation).count() == 1


@pytest.mark.parametrize("value", [0, 6, -1])
def test_a_rating_off_the_scale_is_refused(table, value):
    with pytest.raises(ValueError, match="1 to 5"):
        actions.rate(**cell(table), value=value, by=table.lead, at=NOW)


def test_a_rating_for_a_revealed_round_never_slips_into_the_next(table):
    actions.rate(**cell(table), value=4, by=table.lead, at=NOW)
    shown = open_round_of(table.evaluation, Round.Subject.RATINGS)
    table.reveal()
    rounds.open_round(evaluation=table.evaluation, subject=Round.Subject.RATINGS, by=table.lead, at=NOW)

    with pytest.raises(RoundIsRevealed):
        actions.rate(**cell(table), value=2, seen=shown.pk, by=table.lead, at=NOW)

    assert Rating.objects.get().value == 4


def test_taking_a_rating_back_records_it_sealed_and_nothing_the_second_time(table):
    row = actions.rate(**cell(table), value=4, by=table.lead, at=NOW)

    actions.clear_rating(**cell(table), by=table.lead, at=NOW)
    after = table.evaluation.log.events.count()
    actions.clear_rating(**cell(table), by=table.lead, at=NOW)

    assert not Rating.objects.exists()
    assert (newest(table).kind, newest(table).sealed_by) == ("scoring.rating_cleared", row.round.seal)
    assert table.evaluation.log.events.count() == after


def test_who_may_not_rate_is_refused_and_leaves_no_event(table):
    before = table.evaluation.log.events.count()

    for person in (viewer(table), make_member(table.evaluation.team, Role.REVIEWER)):
        with pytest.raises(Refused):
            actions.rate(**cell(table), value=4, by=person, at=NOW)

    assert table.evaluation.log.events.count() == before


def test_candidates_of_another_evaluation_or_withdrawn_ones_are_not_rated(table):
    other = make_table()
    mixed = {"candidate": table.candidate("FastAPI"), "criterion": other.criterion("Speed")}
    candidates.withdraw_candidate(candidate=table.candidate("Django"), reason="no", by=table.lead, at=NOW)
    table.candidate("Django").refresh_from_db()

    for wrong in (mixed, cell(table, "Django")):
        with pytest.raises(actions.NotOfThisEvaluation):
            actions.rate(**wrong, value=4, by=table.lead, at=NOW)
        with pytest.raises(actions.NotOfThisEvaluation):
            actions.set_score(**wrong, value=Decimal(4), reason="", seen=0, by=table.lead, at=NOW)


# ---- Agreed scores


def test_an_agreed_score_is_a_decimal_with_version_and_event(table):
    row = actions.set_score(**cell(table), value=Decimal("4.25"), reason="met", seen=0, by=table.lead, at=NOW)

    event = newest(table)
    assert (row.value, row.version, row.by) == (Decimal("4.25"), event.number, table.lead)
    assert event.payload == {"before": None, "after": {"value": "4.25", "reason": "met"}}
    assert event.about == {"candidate": row.candidate_id, "criterion": row.criterion_id}
    assert event.sealed_by == ""


def test_a_score_that_moved_is_refused_with_what_stands_and_changes_nothing(table):
    first = actions.set_score(**cell(table), value=Decimal(4), reason="", seen=0, by=table.lead, at=NOW)
    before = table.evaluation.log.events.count()

    for seen in (0, first.version - 1, first.version + 1):
        with pytest.raises(actions.ScoreMoved) as moved:
            actions.set_score(**cell(table), value=Decimal(2), reason="", seen=seen, by=table.members[0], at=NOW)
        assert moved.value.current.value == 4

    assert (Score.objects.get().value, table.evaluation.log.events.count()) == (4, before)


def test_on_different_cells_nobody_is_ever_refused(table):
    for name in ("FastAPI", "Django"):
        for person, criterion in zip(table.members, ("Speed", "Learning"), strict=True):
            actions.set_score(**cell(table, name, criterion), value=Decimal(3), reason="", seen=0, by=person, at=NOW)

    assert Score.objects.count() == 4


def test_a_score_taken_back_keeps_its_version_so_that_the_next_one_still_collides(table):
    first = actions.set_score(**cell(table), value=Decimal(4), reason="", seen=0, by=table.lead, at=NOW)
    gone = actions.set_score(**cell(table), value=None, reason="", seen=first.version, by=table.lead, at=NOW)

    with pytest.raises(actions.ScoreMoved):
        actions.set_score(**cell(table), value=Decimal(2), reason="", seen=0, by=table.lead, at=NOW)

    assert (gone.value, gone.version) == (None, newest(table).number)


@pytest.mark.parametrize("value", ["0.99", "5.01", "3.123"])
def test_a_score_off_the_scale_is_refused(table, value):
    with pytest.raises(ValidationError):
        actions.set_score(**cell(table), value=Decimal(value), reason="x", seen=0, by=table.lead, at=NOW)

    assert not Score.objects.exists()


@pytest.mark.parametrize("value", ["1", "5", "5.00"])
def test_a_one_and_a_five_need_a_reason(table, value):
    with pytest.raises(actions.ReasonNeeded, match=r"why this is a [15]\."):
        actions.set_score(**cell(table), value=Decimal(value), reason=" ", seen=0, by=table.lead, at=NOW)


@pytest.mark.parametrize(("ratings", "asked"), [((3, 5), True), ((3, 4), False), ((3, None), False)])
def test_members_two_steps_apart_need_a_reason_to_be_settled(table, ratings, asked):
    for person, value in zip(table.members, ratings, strict=True):
        actions.rate(**cell(table), value=value, by=person, at=NOW)
    settle = {**cell(table), "value": Decimal(4), "seen": 0, "by": table.lead, "at": NOW}
    actions.set_score(**cell(table, "Django"), value=Decimal(4), reason="", seen=0, by=table.lead, at=NOW)
    table.reveal()

    if asked:
        with pytest.raises(actions.ReasonNeeded, match="differ"):
            actions.set_score(**settle, reason="")
    assert actions.set_score(**settle, reason="we tried it" if asked else "").value == 4


def test_unrevealed_ratings_ask_for_no_reason_and_so_betray_nothing(table):
    for person, value in zip(table.members, (1, 5), strict=True):
        actions.rate(**cell(table), value=value, by=person, at=NOW)

    assert actions.set_score(**cell(table), value=Decimal(3), reason="", seen=0, by=table.lead, at=NOW).value == 3


def test_a_viewer_sets_no_score_and_a_decided_evaluation_takes_none(table):
    given = {"value": Decimal(4), "reason": "", "seen": 0, "at": NOW}
    with pytest.raises(Refused):
        actions.set_score(**cell(table), **given, by=viewer(table))
    decide(table)

    with pytest.raises(NotOpen):
        actions.set_score(**cell(table), **given, by=table.lead)


# ---- Must-haves


def test_a_verdict_is_set_moves_and_is_recorded(table):
    requirement = make_requirement(table.evaluation, must_have=True)
    place = {"requirement": requirement, "candidate": table.candidate("Django"), "by": table.members[0], "at": NOW}

    row = actions.set_verdict(**place, verdict="not_met", reason="broke", seen=0)

    assert (row.verdict, row.version) == ("not_met", newest(table).number)
    assert newest(table).payload["after"] == {"verdict": "not_met", "reason": "broke"}
    with pytest.raises(actions.VerdictMoved) as moved:
        actions.set_verdict(**place, verdict="met", reason="works", seen=0)
    assert moved.value.current == row
    again = actions.set_verdict(**place, verdict="not_proven", reason="", seen=row.version)
    assert (again.verdict, MustHaveVerdict.objects.count()) == ("not_proven", 1)


def test_a_verdict_needs_a_reason_a_must_have_and_somebody_who_contributes(table):
    must, wish = make_requirement(table.evaluation, must_have=True), make_requirement(table.evaluation)
    given = {"candidate": table.candidate("Django"), "seen": 0, "at": NOW}

    with pytest.raises(actions.ReasonNeeded):
        actions.set_verdict(requirement=must, verdict="met", reason="", by=table.lead, **given)
    with pytest.raises(actions.NotAMustHave):
        actions.set_verdict(requirement=wish, verdict="met", reason="x", by=table.lead, **given)
    with pytest.raises(actions.NotOfThisEvaluation):
        foreign = make_requirement(make_table().evaluation, must_have=True)
        actions.set_verdict(requirement=foreign, verdict="met", reason="x", by=table.lead, **given)
    with pytest.raises(Refused):
        actions.set_verdict(requirement=must, verdict="met", reason="x", by=viewer(table), **given)
    with pytest.raises(ValidationError):
        actions.set_verdict(requirement=must, verdict="perhaps", reason="x", by=table.lead, **given)
    assert not MustHaveVerdict.objects.exists()


# ---- Evidence


def test_evidence_is_added_and_taken_out_with_an_event_each(table):
    row = actions.add_evidence(
        **cell(table),
        kind="link",
        title="Release notes",
        url="https://example.com/notes",
        strength="fair",
        dated_date=date(2026, 1, 31),
        by=table.members[0],
        at=NOW,
    )
    added = newest(table)

    actions.remove_evidence(evidence=row, by=table.lead, at=NOW)
    count = table.evaluation.log.events.count()
    actions.remove_evidence(evidence=Evidence.objects.get(), by=table.lead, at=NOW)

    assert (added.kind, added.about["evidence"], row.version) == ("scoring.evidence_added", row.pk, added.number)
    assert Evidence.objects.get().removed_at == NOW
    assert (newest(table).kind, table.evaluation.log.events.count()) == ("scoring.evidence_removed", count)


def test_evidence_without_its_content_or_about_another_evaluation_is_refused(table):
    given = {"kind": "note", "title": "x", "strength": "weak", "by": table.lead, "at": NOW}

    with pytest.raises(ValidationError):
        actions.add_evidence(**cell(table), **given)
    with pytest.raises(actions.NotOfThisEvaluation):
        foreign = make_table().criterion("Speed")
        actions.add_evidence(candidate=table.candidate("Django"), criterion=foreign, text="x", **given)
    with pytest.raises(Refused):
        actions.add_evidence(**cell(table), **{**given, "by": viewer(table)}, text="x")
    assert not Evidence.objects.exists()


# ---- Measuring


def set_function(table, **more):
    given = {"metric": "p95", "unit": "ms", "points": [[50, 5], [400, 1]], "seen": 0, "by": table.lead, "at": NOW}
    return actions.set_value_function(criterion=table.criterion("Speed"), **(given | more))


def test_a_value_function_is_set_collides_and_is_recorded(table):
    row = set_function(table)

    again = set_function(table, points=[[40, 5], [400, 1]], seen=row.version)

    assert again.version == newest(table).number
    assert newest(table).payload["before"]["points"] == [[50, 5], [400, 1]]
    with pytest.raises(actions.ValueFunctionMoved):
        set_function(table, seen=row.version)
    with pytest.raises(Refused):
        set_function(table, by=viewer(table), seen=again.version)


@pytest.mark.parametrize(
    "points", [[[1, 1]], [[1, 1], [1, 5]], [[2, 1], [1, 5]], [[1, 0], [2, 5]], [[1, 1], [2, float("nan")]], [[1], [2]]]
)
def test_points_that_make_no_function_are_refused(table, points):
    with pytest.raises(actions.PointsNotUsable):
        set_function(table, points=points)

    assert not ValueFunction.objects.exists()


def test_measured_scores_are_replaced_and_only_changes_leave_events(table):
    measured = [
        actions.Measured(table.candidate("FastAPI"), 4.0, 0.2, 3.6, 4.4, {"runs": [1]}),
        actions.Measured(table.candidate("Django"), 3.0, 0.1, 2.8, 3.2, {"runs": [2]}),
    ]
    counts = []
    for given in (measured, measured, measured[:1]):
        with writing(table.evaluation.log, by=None, at=NOW) as entry:
            counts.append(actions.put_measured_scores(entry, criterion=table.criterion("Speed"), measured=given))
            entry.record("scoring.measured", about={}, payload={})

    assert counts == [2, 0, 1]
    assert [row.candidate.name for row in MeasuredScore.objects.all()] == ["FastAPI"]


def test_the_basis_is_the_leads_to_set_and_needs_a_value_function(table):
    speed = table.criterion("Speed")
    with pytest.raises(actions.NothingMeasured):
        actions.set_basis(criterion=speed, basis="measured", by=table.lead, at=NOW)
    set_function(table)
    with pytest.raises(Refused):
        actions.set_basis(criterion=speed, basis="measured", by=table.members[0], at=NOW)
    with pytest.raises(ValueError):
        actions.set_basis(criterion=speed, basis="felt", by=table.lead, at=NOW)

    actions.set_basis(criterion=speed, basis="measured", by=table.lead, at=NOW)

    assert Criterion.objects.get(pk=speed.pk).basis == "measured"
    assert (newest(table).kind, newest(table).payload) == (
        "requirements.basis_set",
        {"before": "judged", "after": "measured"},
    )
