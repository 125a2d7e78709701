"""Cost, pain points and increments of a candidate that keeps or replaces the old system."""

import pytest
from django.core.exceptions import ValidationError

from evaluations.audit.models import AuditEvent
from evaluations.candidates import actions as candidates
from evaluations.candidates.access import NotOpen
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.legacy import actions, queries
from evaluations.legacy.models import LegacyPlan
from evaluations.signoff.queries import authors_of, digest_of, rendered_phase
from evaluations.teams.access import Refused
from evaluations.teams.models import Role
from tests.builders import NOW, lead_of, make_candidate, make_evaluation, make_member
from tests.legacy.legacy_facts import COSTS, add_step, describe

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation(legacy=True)


@pytest.fixture
def strangler(evaluation: Evaluation) -> Candidate:
    return standing_candidates(evaluation)[1]


def test_a_legacy_evaluation_begins_with_two_ways_on_that_nobody_described(evaluation: Evaluation) -> None:
    paths = queries.legacy_paths(evaluation)

    assert [path.candidate.kind for path in paths] == ["keep", "strangler"]
    assert all(path.is_empty and path.effort is None for path in paths)
    assert queries.days(None, None) == "unknown"


def test_cost_and_pain_points_are_kept_with_their_source(strangler: Candidate) -> None:
    plan = describe(strangler, pain_points="Slow\n\n Old ")

    assert (plan.cost_low_days, plan.cost_high_days, plan.cost_source) == (60, 140, "Two trial routes")
    assert plan.pains == ["Slow", "Old"]
    assert AuditEvent.objects.get(kind="legacy.described").payload["before"] is None


@pytest.mark.parametrize(
    "wrong", [{"cost_source": ""}, {"cost_high_days": 10.0}, {"cost_high_days": None}, {"cost_low_days": -1.0}]
)
def test_a_cost_without_source_or_with_crossed_ends_is_refused(strangler: Candidate, wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        describe(strangler, **wrong)

    assert not LegacyPlan.objects.exists()


def test_a_plan_that_moved_is_refused(strangler: Candidate) -> None:
    describe(strangler)

    with pytest.raises(actions.PlanMoved) as moved:
        describe(strangler, cost_source="Another")

    assert moved.value.current is not None
    assert moved.value.current.cost_source == "Two trial routes"


def test_increments_stand_in_order_and_their_effort_adds_up(strangler: Candidate) -> None:
    login = add_step(strangler)
    orders = add_step(strangler, moves="Orders", effort_low_days=10.0, effort_high_days=12.0)

    actions.order_increments(
        candidate=strangler, order=[orders.pk, login.pk], by=lead_of(strangler.evaluation.team), at=NOW
    )

    path = queries.legacy_path(strangler)
    assert [step.moves for step in path.increments] == ["Orders", "Login"]
    assert path.effort == (15, 20)


def test_one_increment_without_an_estimate_leaves_the_sum_unknown(strangler: Candidate) -> None:
    add_step(strangler)
    add_step(strangler, moves="Orders", effort_low_days=None, effort_high_days=None)

    path = queries.legacy_path(strangler)

    assert (path.effort, path.unestimated) == (None, 1)


def test_an_increment_is_edited_taken_out_and_collides(strangler: Candidate) -> None:
    by = lead_of(strangler.evaluation.team)
    step = add_step(strangler)
    edited = actions.edit_increment(
        increment=step, said={"moves": "Sign-in", "risk": "high"}, seen=step.version, by=by, at=NOW
    )

    with pytest.raises(actions.IncrementMoved):
        actions.remove_increment(increment=step, seen=step.version, by=by, at=NOW)
    with pytest.raises(actions.OrderMoved):
        actions.order_increments(candidate=strangler, order=[step.pk, step.pk + 1], by=by, at=NOW)
    actions.remove_increment(increment=edited, seen=edited.version, by=by, at=NOW)

    assert queries.legacy_path(strangler).increments == ()
    assert queries.increment_of(strangler, step.pk) is None


def test_a_new_increment_stands_behind_the_others_after_one_was_taken_out(strangler: Candidate) -> None:
    by = lead_of(strangler.evaluation.team)
    first = add_step(strangler)
    add_step(strangler, moves="Orders")
    actions.remove_increment(increment=first, seen=first.version, by=by, at=NOW)

    add_step(strangler, moves="Reports")

    assert [step.moves for step in queries.legacy_path(strangler).increments] == ["Orders", "Reports"]


def test_who_may_not_contribute_writes_nothing(strangler: Candidate) -> None:
    viewer = make_member(strangler.evaluation.team, Role.VIEWER)

    with pytest.raises(Refused):
        actions.describe(candidate=strangler, said=COSTS, seen=0, by=viewer, at=NOW)


def test_nothing_is_written_about_a_withdrawn_candidate_or_a_closed_evaluation(strangler: Candidate) -> None:
    by = lead_of(strangler.evaluation.team)
    held = Candidate.objects.select_related("evaluation__log").get(pk=strangler.pk)
    Evaluation.objects.filter(pk=strangler.evaluation_id).update(state=Evaluation.State.ARCHIVED)
    with pytest.raises(NotOpen):
        describe(held)
    Evaluation.objects.filter(pk=strangler.evaluation_id).update(state=Evaluation.State.OPEN)
    candidates.withdraw_candidate(candidate=strangler, reason="no", by=by, at=NOW)

    with pytest.raises(candidates.Withdrawn):
        add_step(held)


def test_a_plan_is_copied_whole_and_an_absent_one_not(evaluation: Evaluation, strangler: Candidate) -> None:
    by = lead_of(evaluation.team)
    describe(strangler)
    add_step(strangler)
    add_step(strangler, moves="Orders", risk="high")
    one, other = make_candidate(evaluation, "One"), make_candidate(evaluation, "Other")

    actions.copy_plan(origin=strangler, candidate=one, by=by, at=NOW)
    actions.copy_plan(origin=standing_candidates(evaluation)[0], candidate=other, by=by, at=NOW)

    copied = queries.legacy_path(one)
    assert copied.plan is not None
    assert copied.plan.cost_source == "Two trial routes"
    assert [(step.moves, step.risk) for step in copied.increments] == [("Login", "medium"), ("Orders", "high")]
    assert queries.legacy_path(other).plan is None
    assert [path.candidate.name for path in queries.legacy_paths(evaluation)][-1] == "One"


def test_ranges_of_days_read_well() -> None:
    assert queries.days(60, 140) == "60 to 140 person-days"
    assert queries.days(1200.5, 1200.5) == "1,200.5 person-days"


def test_a_plan_is_part_of_what_is_signed_of_the_first_phase_and_makes_its_writer_an_author(
    evaluation: Evaluation, strangler: Candidate
) -> None:
    contributor = make_member(evaluation.team)
    before, plain = digest_of(evaluation, "requirements"), rendered_phase(evaluation, "requirements")
    actions.add_increment(candidate=strangler, said={"moves": "Login"}, by=contributor, at=NOW)

    signed = rendered_phase(evaluation, "requirements")["way_on_from_the_old_system"]

    assert "way_on_from_the_old_system" not in plain
    assert signed[0]["increments"] == ["Login; unknown; medium risk; rolled back: not said"]
    assert digest_of(evaluation, "requirements") != before
    assert contributor.pk in authors_of(evaluation, "requirements")
