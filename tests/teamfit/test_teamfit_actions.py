from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from evaluations.audit.models import AuditEvent
from evaluations.audit.queries import first_fault
from evaluations.candidates import actions as candidates
from evaluations.candidates.access import NotOpen
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.history.queries import KEPT_WORDS, Filter, evaluation_page
from evaluations.rounds import actions as rounds
from evaluations.rounds.actions import RoundIsRevealed
from evaluations.rounds.queries import progress_of
from evaluations.scoring.models import MeasuredScore, ValueFunction
from evaluations.teamfit import actions, queries
from evaluations.teamfit.models import Attempt, CodeReview, Exercise
from evaluations.teams.access import Refused
from evaluations.teams.models import Role
from tests.builders import NOW, lead_of, make_candidate, make_criterion, make_evaluation, make_member, make_person
from tests.teamfit.teamfit_facts import close, hand_in, make_exercise, measure, review

pytestmark = pytest.mark.django_db
FALLING = [[30, 5], [110, 1]]


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def lead(evaluation):
    return lead_of(evaluation.team)


@pytest.fixture
def member(evaluation):
    return make_member(evaluation.team)


@pytest.fixture
def candidate(evaluation):
    return make_candidate(evaluation, "FastAPI")


@pytest.fixture
def exercise(evaluation):
    return make_exercise(evaluation)


def kinds(evaluation):
    return list(AuditEvent.objects.filter(log=evaluation.log).order_by("number").values_list("kind", flat=True))


def last_event(evaluation):
    return AuditEvent.objects.filter(log=evaluation.log).order_by("-number")[0]


def later(minutes):
    return NOW + timedelta(minutes=minutes)


def start(exercise, candidate, by, at=NOW, **given):
    return actions.start_clock(exercise=exercise, candidate=candidate, by=by, at=at, **given)


def stop(attempt, by, at):
    return actions.stop_clock(attempt=attempt, by=by, at=at)


# The exercise


def test_an_exercise_is_agreed_and_told(evaluation, member):
    row = make_exercise(evaluation, " One endpoint ", limit_minutes=90, by=member)

    event = last_event(evaluation)
    assert (row.title, row.limit_minutes, row.version) == ("One endpoint", 90, event.number)
    assert event.kind == "teamfit.exercise_set" and event.sealed_by == ""
    assert event.payload["before"] is None


def test_an_exercise_nobody_has_begun_is_worded_anew_in_its_place(evaluation, exercise):
    row = make_exercise(evaluation, "Two endpoints", seen=exercise.version)

    assert row.pk == exercise.pk
    assert last_event(evaluation).payload["before"]["title"] == "One endpoint"


def test_an_exercise_changed_meanwhile_is_not_overwritten(evaluation, exercise):
    make_exercise(evaluation, "Theirs", seen=exercise.version)

    with pytest.raises(actions.ExerciseMoved) as moved:
        make_exercise(evaluation, "Mine", seen=exercise.version)

    assert moved.value.current.title == "Theirs"


def test_an_exercise_does_not_change_under_the_hands_of_those_who_do_it(evaluation, exercise, candidate, member):
    start(exercise, candidate, member)

    with pytest.raises(actions.ExerciseBegun):
        make_exercise(evaluation, "Another", seen=exercise.version)


def test_another_exercise_takes_the_place_of_a_closed_one_without_its_answers(evaluation, exercise, candidate, member):
    criterion = make_criterion(evaluation)
    measure(criterion, "learning_minutes", FALLING)
    hand_in(candidate, member)
    close(evaluation)
    assert MeasuredScore.objects.filter(criterion=criterion).count() == 1

    row = make_exercise(evaluation, "Another", seen=exercise.version)

    exercise.refresh_from_db()
    assert row.pk != exercise.pk and exercise.replaced_at == NOW
    assert queries.results_of(evaluation)[0].answers == 0
    assert not MeasuredScore.objects.filter(criterion=criterion).exists()
    assert "teamfit.exercise_replaced" in kinds(evaluation)


@pytest.mark.parametrize("facts", [{"title": " "}, {"text": ""}, {"limit_minutes": 0}])
def test_an_exercise_without_its_point_is_refused(evaluation, facts):
    with pytest.raises(ValidationError):
        make_exercise(evaluation, **{"title": "One endpoint", **facts})

    assert not Exercise.objects.exists()


# The clock


def test_the_clock_counts_from_start_to_stop_and_goes_on(exercise, candidate, member):
    row = stop(start(exercise, candidate, member), member, later(20))
    minutes_then = row.minutes

    row = stop(start(exercise, candidate, member, later(60)), member, later(75))

    assert minutes_then == 20
    assert row.minutes == 35
    assert Attempt.objects.count() == 1


def test_a_running_clock_is_the_same_in_every_browser(exercise, candidate, member):
    start(exercise, candidate, member)

    with pytest.raises(actions.AttemptMoved) as moved:
        start(exercise, candidate, member, later(5))

    assert moved.value.current.clock_seconds(later(5)) == 300


def test_a_clock_stops_once(exercise, candidate, member):
    row = stop(start(exercise, candidate, member), member, later(20))

    with pytest.raises(actions.AttemptMoved):
        stop(row, member, later(50))

    assert Attempt.objects.get().minutes == 20


def test_one_clock_runs_at_a_time(evaluation, exercise, candidate, member):
    start(exercise, candidate, member)

    with pytest.raises(actions.ClockRunsElsewhere):
        start(exercise, make_candidate(evaluation), member)


def test_the_database_refuses_a_second_running_clock(evaluation, exercise, candidate, member):
    row = start(exercise, candidate, member)

    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.create(
            exercise=exercise,
            round=row.round,
            candidate=make_candidate(evaluation),
            person=member,
            started_at=NOW,
            at=NOW,
            version=1,
        )


def test_nobody_stops_anothers_clock(exercise, candidate, member, lead):
    row = start(exercise, candidate, member)

    with pytest.raises(Refused):
        stop(row, lead, later(5))


def test_what_was_handed_in_does_not_run_on(exercise, candidate, member, lead):
    hand_in(candidate, member)

    with pytest.raises(actions.HandedIn):
        start(exercise, candidate, member)


# Answers


def test_answers_are_kept_and_handed_in(evaluation, exercise, candidate, member, lead):
    row = hand_in(candidate, member, finished=False, sentiment=None, typed_minutes=None, docs_easy="partly")

    row = hand_in(candidate, member, seen=row.version, docs_easy="yes", friction=" The middleware ", may_be_named=True)

    assert (row.finished, row.docs_easy, row.friction, row.minutes) == (True, "yes", "The middleware", 50)
    assert row.may_be_quoted, "who may be named may be quoted"
    assert row.version in AuditEvent.objects.filter(log=evaluation.log).values_list("number", flat=True)


def test_typed_minutes_count_instead_of_the_clock_and_stop_it(exercise, candidate, member, lead):
    row = start(exercise, candidate, member)

    row = hand_in(candidate, member, seen=row.version, typed_minutes=40.0, at=later(90))

    assert (row.minutes, row.is_running) == (40, False)


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"typed_minutes": None}, "typed_minutes"),
        ({"sentiment": None}, "sentiment"),
        ({"sentiment": 6}, "sentiment"),
        ({"typed_minutes": 0.0}, "typed_minutes"),
        ({"two_years": "maybe"}, "two_years"),
    ],
)
def test_what_is_handed_in_is_complete(exercise, candidate, member, answers, field):
    with pytest.raises(ValidationError) as refused:
        hand_in(candidate, member, **answers)

    assert list(refused.value.message_dict) == [field]
    assert not Attempt.objects.exists()


def test_a_running_clock_is_not_handed_in(exercise, candidate, member):
    row = start(exercise, candidate, member)

    with pytest.raises(ValidationError, match="Stop the clock first"):
        hand_in(candidate, member, seen=row.version, typed_minutes=None)


def test_answers_opened_before_the_clock_started_or_stopped_are_handed_in(
    evaluation, exercise, candidate, member, lead
):
    running = start(exercise, candidate, member)
    hand_in(candidate, lead, seen=0)

    stop(running, member, later(20))
    row = hand_in(candidate, member, seen=running.version, typed_minutes=None)

    assert (row.finished, row.minutes) == (True, 20)
    with pytest.raises(actions.AttemptMoved):
        hand_in(candidate, member, seen=running.version, typed_minutes=None, sentiment=1)


def test_answers_changed_in_another_window_are_not_overwritten(exercise, candidate, member, lead):
    hand_in(candidate, member, sentiment=2)

    with pytest.raises(actions.AttemptMoved) as moved:
        hand_in(candidate, member, sentiment=5)

    assert moved.value.current.sentiment == 2


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_readers_and_reviewers_do_no_exercise(evaluation, exercise, candidate, member, lead, role):
    by = make_member(evaluation.team, role)
    done = hand_in(candidate, member)
    before = last_event(evaluation).number

    refused = [
        lambda: make_exercise(evaluation, seen=exercise.version, by=by),
        lambda: start(exercise, candidate, by),
        lambda: hand_in(candidate, by),
        lambda: review(done, by),
    ]

    for write in refused:
        with pytest.raises(Refused):
            write()
    assert last_event(evaluation).number == before


def test_a_stranger_does_no_exercise(exercise, candidate):
    with pytest.raises(Refused):
        hand_in(candidate, make_person())


def test_a_decided_evaluation_takes_nothing_any_more(evaluation, exercise, candidate, member):
    Evaluation.objects.filter(pk=evaluation.pk).update(state=Evaluation.State.DECIDED)
    candidate.evaluation.refresh_from_db()

    with pytest.raises(NotOpen):
        hand_in(candidate, member)


def test_candidates_must_stand_here_and_be_something_to_try(evaluation, exercise, lead):
    other = make_candidate(make_evaluation())
    gone = candidates.withdraw_candidate(candidate=make_candidate(evaluation), reason="old", by=lead, at=NOW)
    legacy = make_candidate(evaluation, "Keep it")
    legacy.kind = Candidate.Kind.KEEP

    for one in (other, gone, legacy):
        with pytest.raises(actions.NotOfThisEvaluation):
            start(exercise, one, lead)


def test_an_answer_for_a_replaced_exercise_is_refused(evaluation, exercise, candidate, member, lead):
    hand_in(candidate, member)
    close(evaluation)
    make_exercise(evaluation, "Another", seen=exercise.version)

    with pytest.raises(actions.ExerciseMoved):
        start(exercise, candidate, member)


# Closing


def test_handing_in_every_candidate_says_finished_and_taking_back_unsays_it(evaluation, exercise, candidate, member):
    other = make_candidate(evaluation)
    row = hand_in(candidate, member)
    after_one = progress_of(row.round).finished
    last = hand_in(other, member)
    after_both = progress_of(row.round).finished

    hand_in(other, member, seen=last.version, finished=False)

    assert (after_one, after_both, progress_of(row.round).finished) == (0, 1, 0)


def test_a_lead_alone_closes_by_handing_in(evaluation, exercise, candidate, lead):
    row = hand_in(candidate, lead)

    row.round.refresh_from_db()
    assert row.round.is_revealed and row.round.revealed_by is None
    assert kinds(evaluation)[-2:] == ["rounds.finished", "rounds.all_in"]


def test_it_closes_when_everybody_is_finished_and_all_code_reviewed(evaluation, exercise, candidate, lead, member):
    first, second = hand_in(candidate, lead), hand_in(candidate, member)
    review(first, member)
    before = queries.open_exercise_round(evaluation)

    review(second, lead)

    assert before is not None
    assert queries.open_exercise_round(evaluation) is None
    assert queries.results_of(evaluation)[0].quality == [4, 4]


def test_it_closes_when_the_last_one_says_finished_without_having_tried_all(
    evaluation, exercise, candidate, lead, member
):
    make_candidate(evaluation)
    done = hand_in(candidate, lead)
    review(done, member)
    rounds.set_finished(round=done.round, finished=True, by=lead, at=NOW)

    rounds.set_finished(round=done.round, finished=True, by=member, at=NOW)

    assert queries.open_exercise_round(evaluation) is None


def test_nothing_handed_in_is_never_closed_by_itself(evaluation, exercise, candidate, lead):
    round = start(exercise, candidate, lead).round

    rounds.set_finished(round=round, finished=True, by=lead, at=NOW)

    assert queries.open_exercise_round(evaluation) == round


def test_what_is_not_handed_in_when_the_lead_closes_does_not_count(evaluation, exercise, candidate, lead, member):
    hand_in(candidate, lead, typed_minutes=70.0)
    begun = start(exercise, candidate, member)

    close(evaluation, later(30))

    begun.refresh_from_db()
    assert not begun.is_running
    assert queries.results_of(evaluation)[0].minutes == [70]
    with pytest.raises(RoundIsRevealed):
        stop(begun, member, later(40))


def test_a_form_of_a_closed_exercise_does_not_slip_into_another_round(evaluation, exercise, candidate, lead, member):
    shown = hand_in(candidate, lead).round
    close(evaluation)

    with pytest.raises(RoundIsRevealed):
        hand_in(candidate, member, seen_round=shown.pk)


def test_the_newest_answer_of_a_member_counts(evaluation, exercise, candidate, lead, member):
    hand_in(candidate, lead, typed_minutes=90.0)
    hand_in(candidate, member, typed_minutes=60.0)
    close(evaluation)
    hand_in(candidate, lead, typed_minutes=40.0)
    close(evaluation)

    assert queries.results_of(evaluation)[0].minutes == [40, 60]


# Reviews


def test_code_is_reviewed_by_somebody_else(exercise, candidate, lead, member):
    done = hand_in(candidate, member)

    row = review(done, lead, 3, remark=" One remark ")

    assert (row.quality, row.remark) == (3, "One remark")
    with pytest.raises(Refused, match="somebody else"):
        review(done, member)


def test_a_mark_changes_until_the_exercise_is_closed(evaluation, exercise, candidate, lead, member):
    done = hand_in(candidate, member)
    row = review(done, lead, 3)
    row = review(done, lead, 4, seen=row.version)
    with pytest.raises(actions.ReviewMoved):
        review(done, lead, 5, seen=0)

    close(evaluation)

    with pytest.raises(RoundIsRevealed):
        review(done, lead, 5, seen=row.version)
    assert CodeReview.objects.get().quality == 4


def test_a_missing_mark_can_be_given_after_and_counts_at_once(evaluation, exercise, candidate, lead, member):
    criterion = make_criterion(evaluation)
    measure(criterion, "code_quality", [[1, 1], [5, 5]])
    done = hand_in(candidate, member)
    close(evaluation)

    review(done, lead, 2)

    assert MeasuredScore.objects.get(criterion=criterion).value == 2


def test_code_that_was_taken_back_is_not_reviewed(exercise, candidate, lead, member):
    done = hand_in(candidate, member)
    hand_in(candidate, member, seen=done.version, finished=False)

    with pytest.raises(actions.NothingToReview):
        review(done, lead)


@pytest.mark.parametrize("quality", [0, 6])
def test_a_mark_lies_between_one_and_five(exercise, candidate, lead, member, quality):
    done = hand_in(candidate, member)

    with pytest.raises(ValidationError):
        review(done, lead, quality)


# Privacy


def test_events_of_answers_and_reviews_stay_with_their_authors_for_good(evaluation, exercise, candidate, lead, member):
    done = hand_in(candidate, member, friction="the middleware", may_be_named=True)
    review(done, lead, 2, remark="short of tests")
    close(evaluation)

    lines = {line.number: line for line in evaluation_page(evaluation, make_person(), Filter()).lines}
    own = evaluation_page(evaluation, member, Filter()).lines

    sealed = AuditEvent.objects.filter(log=evaluation.log, kind__in=["teamfit.answered", "teamfit.reviewed"])
    assert [(lines[event.number].text, lines[event.number].changes) for event in sealed] == [(KEPT_WORDS, [])] * 2
    assert "answered about the exercise with FastAPI" in [line.text for line in own]
    assert first_fault(evaluation.log) is None


def test_quotes_are_named_only_where_their_author_agrees(evaluation, exercise, candidate, lead):
    named, quoted, silent = (make_member(evaluation.team, name=name) for name in ("Ada", "Bea", "Cleo"))
    hand_in(candidate, named, friction="b named", may_be_named=True)
    hand_in(candidate, quoted, friction="a quoted", may_be_quoted=True)
    hand_in(candidate, silent, friction="c silent")
    close(evaluation)

    quotes = queries.results_of(evaluation)[0].quotes

    assert quotes == [queries.Quote("a quoted", ""), queries.Quote("b named", "Ada")]


# Measured scores


def test_scores_come_with_the_close_and_say_where_from(evaluation, exercise, candidate, lead, member):
    minutes, docs = make_criterion(evaluation), make_criterion(evaluation)
    measure(minutes, "learning_minutes", FALLING)
    measure(docs, "docs_easy_share", [[0, 1], [1, 5]])
    hand_in(candidate, lead, typed_minutes=50.0, docs_easy="yes")
    hand_in(candidate, member, typed_minutes=90.0, docs_easy="unknown")
    before = MeasuredScore.objects.count()

    close(evaluation)

    first, second = MeasuredScore.objects.get(criterion=minutes), MeasuredScore.objects.get(criterion=docs)
    assert before == 0
    assert (first.value, round(first.deviation, 3)) == (3, 1.414)
    assert first.source["says"] == "minutes for the exercise: median 70 of 50, 90"
    assert (second.value, second.high) == (5, 5) and second.low < 2
    assert second.source["says"].endswith("1 of 1 say yes, 1 left out who don’t know")
    assert ValueFunction.objects.get(criterion=minutes).frozen_at == NOW


def test_a_changed_value_function_is_applied_at_once(evaluation, exercise, candidate, lead):
    criterion = make_criterion(evaluation)
    hand_in(candidate, lead, typed_minutes=70.0)

    measure(criterion, "learning_minutes", FALLING)

    assert MeasuredScore.objects.get(criterion=criterion).value == 3
