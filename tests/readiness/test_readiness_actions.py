import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from evaluations.audit.models import AuditEvent
from evaluations.audit.queries import first_fault
from evaluations.candidates import actions as candidates
from evaluations.candidates.access import NotOpen
from evaluations.candidates.models import Evaluation
from evaluations.checklist import actions as checklist
from evaluations.history.sentences import names_for, sentence
from evaluations.readiness import actions, queries, reading
from evaluations.readiness.models import FailureTest, ProductionStory, ReadinessAnswer
from evaluations.scoring.models import MeasuredScore, ValueFunction
from evaluations.scoring.scales import metrics_of
from evaluations.spikes import actions as spikes
from evaluations.teams.access import Refused
from evaluations.teams.models import Role
from tests.builders import NOW, lead_of, make_candidate, make_criterion, make_evaluation, make_member, make_person
from tests.readiness.readiness_facts import add_story, add_test, answer, file_of, item_called, measure, told_test

pytestmark = pytest.mark.django_db
FALLING = [[1, 5], [61, 1]]


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def candidate(evaluation):
    return make_candidate(evaluation, "FastAPI")


def last_event(evaluation):
    return AuditEvent.objects.filter(log=evaluation.log).order_by("-number")[0]


def told(event):
    return sentence(event.kind, event.about, event.payload, names_for([event.about]))


def events(evaluation, kind):
    return AuditEvent.objects.filter(log=evaluation.log, kind=kind).count()


def score(criterion, candidate):
    found = MeasuredScore.objects.filter(criterion=criterion, candidate=candidate).first()
    return found and round(found.value, 4)


# Answers


def test_an_answer_is_kept_and_told(evaluation, candidate):
    item = item_called(evaluation, "metrics")

    row = answer(item, candidate, "partly", evidence="Requests only", note="Pools by hand")

    event = last_event(evaluation)
    assert row.version == event.number
    assert told(event) == "answered “Metrics for the monitoring in use” for FastAPI: partly"
    assert event.payload["before"] is None and event.payload["after"]["note"] == "Pools by hand"


def test_an_answer_can_be_taken_back_to_unknown(evaluation, candidate):
    item = item_called(evaluation, "metrics")
    row = answer(item, candidate, "yes")

    again = answer(item, candidate, "unknown", evidence="", seen=row.version)

    assert again.pk == row.pk and again.answer == "unknown"
    assert last_event(evaluation).payload["before"]["answer"] == "yes"


@pytest.mark.parametrize("said", ["yes", "partly", "no"])
def test_what_is_said_needs_evidence(evaluation, candidate, said):
    with pytest.raises(ValidationError, match="Say what shows it"):
        answer(item_called(evaluation, "metrics"), candidate, said, evidence=" ")

    assert not ReadinessAnswer.objects.exists()


@pytest.mark.parametrize("address", ["javascript:alert(1)", "ftp://example.org/a", "file:///etc/passwd"])
def test_evidence_links_lead_to_the_web_only(evaluation, candidate, address):
    with pytest.raises(ValidationError, match="http or https"):
        answer(item_called(evaluation, "metrics"), candidate, "yes", evidence_url=address)


def test_an_answer_given_meanwhile_is_not_overwritten(evaluation, candidate):
    item = item_called(evaluation, "metrics")
    answer(item, candidate, "no")

    with pytest.raises(actions.AnswerMoved) as moved:
        answer(item, candidate, "yes", seen=0)

    assert moved.value.current.answer == "no"
    assert events(evaluation, "readiness.answered") == 1


def test_only_items_with_a_figure_take_one(evaluation, candidate):
    row = answer(item_called(evaluation, "footprint"), candidate, "yes", figure=148.0)

    assert row.figure == 148
    with pytest.raises(actions.NoFigureHere):
        answer(item_called(evaluation, "metrics"), candidate, "yes", figure=3.0)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_readers_and_reviewers_may_write_nothing(evaluation, candidate, role):
    by = make_member(evaluation.team, role)
    story, test = add_story(candidate), add_test(candidate)
    before = last_event(evaluation).number

    refused = [
        lambda: answer(item_called(evaluation, "metrics"), candidate, "yes", by=by),
        lambda: add_story(candidate, by=by),
        lambda: actions.remove_story(story=story, seen=story.version, by=by, at=NOW),
        lambda: add_test(candidate, by=by),
        lambda: actions.edit_failure_test(test=test, seen=test.version, changes={}, by=by, at=NOW),
        lambda: actions.remove_failure_test(test=test, seen=test.version, by=by, at=NOW),
        lambda: actions.add_file(
            evaluation=evaluation, content=file_of(told_test("FastAPI")), file_name="a", by=by, at=NOW
        ),
    ]

    for write in refused:
        with pytest.raises(Refused):
            write()
    assert last_event(evaluation).number == before


def test_a_stranger_may_not_answer(evaluation, candidate):
    with pytest.raises(Refused):
        answer(item_called(evaluation, "metrics"), candidate, "yes", by=make_person())


def test_a_decided_evaluation_takes_nothing_any_more(evaluation, candidate):
    Evaluation.objects.filter(pk=evaluation.pk).update(state=Evaluation.State.DECIDED)
    candidate.evaluation.refresh_from_db()

    with pytest.raises(NotOpen):
        add_test(candidate)
    with pytest.raises(NotOpen):
        answer(item_called(evaluation, "metrics"), candidate, "yes")


def test_items_and_candidates_must_belong_together(evaluation, candidate):
    other = make_candidate(make_evaluation())
    elsewhere = evaluation.checklist_items.select_related("evaluation__log").filter(phase="spikes")[0]
    gone = candidates.withdraw_candidate(
        candidate=make_candidate(evaluation), reason="old", by=lead_of(evaluation.team), at=NOW
    )

    for item, one in ((item_called(evaluation, "metrics"), other), (elsewhere, candidate), (elsewhere, gone)):
        with pytest.raises(actions.NotOfThisEvaluation):
            answer(item, one, "unknown", evidence="", by=lead_of(evaluation.team))


# Stories


def test_a_story_is_added_changed_and_taken_out(evaluation, candidate):
    by = lead_of(evaluation.team)

    row = add_story(candidate)
    said = told(last_event(evaluation))
    row = actions.edit_story(story=row, title="Parcels", url=row.url, learned="Pools", seen=row.version, by=by, at=NOW)
    row = actions.remove_story(story=row, seen=row.version, by=by, at=NOW)

    assert said == "added a production story of FastAPI: “A parcel service”"
    assert told(last_event(evaluation)) == "took a production story of FastAPI out: “Parcels”"
    assert queries.stories_of(evaluation) == [(candidate, [])]


def test_a_story_changed_or_removed_meanwhile_collides(evaluation, candidate):
    by, row = lead_of(evaluation.team), add_story(candidate)
    told_now = {"title": "Parcels", "url": row.url, "learned": "Pools"}
    actions.edit_story(story=row, **told_now, seen=row.version, by=by, at=NOW)

    with pytest.raises(actions.StoryMoved):
        actions.edit_story(story=row, **told_now, seen=row.version, by=by, at=NOW)
    fresh = ProductionStory.objects.get()
    actions.remove_story(story=fresh, seen=fresh.version, by=by, at=NOW)
    with pytest.raises(actions.StoryMoved) as moved:
        actions.edit_story(story=fresh, **told_now, seen=fresh.version, by=by, at=NOW)

    assert moved.value.current.removed_at


@pytest.mark.parametrize("facts", [{"learned": "  "}, {"title": ""}, {"url": "javascript:alert(1)"}])
def test_a_story_without_its_point_is_refused(candidate, facts):
    with pytest.raises(ValidationError):
        add_story(candidate, **facts)

    assert not ProductionStory.objects.exists()


# Failure tests


def test_a_failure_test_is_entered_corrected_and_taken_out(evaluation, candidate):
    by = lead_of(evaluation.team)

    row = add_test(candidate, answers={"503": 5910})
    said = told(last_event(evaluation))
    changes = {"verdict": "stuck", "first_success_s": 45.0, "is_censored": True}
    row = actions.edit_failure_test(test=row, seen=row.version, changes=changes, by=by, at=NOW)
    corrected = told(last_event(evaluation))
    actions.remove_failure_test(test=row, seen=row.version, by=by, at=NOW)

    assert said == "entered a failure test of FastAPI, database refused: recovered"
    assert corrected == "corrected a failure test of FastAPI, database refused: stuck"
    assert told(last_event(evaluation)) == "took a failure test of FastAPI out, database refused: stuck"
    assert not queries.standing_tests(evaluation).exists()
    assert first_fault(evaluation.log) is None


def test_a_failure_test_changed_or_removed_meanwhile_collides(evaluation, candidate):
    by, row = lead_of(evaluation.team), add_test(candidate)
    actions.edit_failure_test(test=row, seen=row.version, changes={"remark": "theirs"}, by=by, at=NOW)

    with pytest.raises(actions.TestMoved) as moved:
        actions.edit_failure_test(test=row, seen=row.version, changes={"remark": "mine"}, by=by, at=NOW)
    with pytest.raises(actions.TestMoved):
        actions.remove_failure_test(test=row, seen=row.version, by=by, at=NOW)
    current = moved.value.current
    actions.remove_failure_test(test=current, seen=current.version, by=by, at=NOW)
    with pytest.raises(actions.TestMoved):
        actions.remove_failure_test(test=current, seen=current.version, by=by, at=NOW)

    assert current.remark == "theirs"


def test_a_contradiction_is_refused_by_the_action_and_by_the_database(evaluation, candidate):
    with pytest.raises(ValidationError) as refusal:
        add_test(candidate, first_success_s=45.0, is_censored=True)
    with pytest.raises(IntegrityError, match="failure_test_recovered_was_seen"), transaction.atomic():
        FailureTest.objects.create(
            candidate=candidate, kind="sigterm", verdict="recovered", first_success_s=45, is_censored=True, at=NOW
        )

    assert list(refusal.value.message_dict) == ["is_censored"]


# Files


def test_a_file_is_entered_in_one_write_and_told(evaluation, candidate):
    django = make_candidate(evaluation, "Django")
    content = file_of(told_test("fastapi"), told_test("DJANGO", kind="sigterm", first_success_s=None))

    added, here = actions.add_file(
        evaluation=evaluation, content=content, file_name="../up/tests.json", by=lead_of(evaluation.team), at=NOW
    )

    read = AuditEvent.objects.get(log=evaluation.log, kind="readiness.file_read")
    assert [row.candidate for row in added] == [candidate, django] and here == 0
    assert told(read) == "sent tests.json: 2 failure test(s)"
    assert {row.file_name for row in added} == {"tests.json"} and len(added[0].sha256) == 64


def test_a_file_sent_again_adds_only_what_is_new(evaluation, candidate):
    by = lead_of(evaluation.team)
    given = {"evaluation": evaluation, "file_name": "tests.json", "by": by, "at": NOW}
    actions.add_file(content=file_of(told_test("FastAPI")), **given)

    added, here = actions.add_file(
        content=file_of(told_test("FastAPI"), told_test("FastAPI", first_success_s=3)), **given
    )
    before = last_event(evaluation).number
    with pytest.raises(actions.AllHereAlready):
        actions.add_file(content=file_of(told_test("FastAPI")), **given)

    assert (len(added), here) == (1, 1)
    assert last_event(evaluation).number == before


def test_a_name_that_is_no_candidates_refuses_the_whole_file(evaluation, candidate):
    content = file_of(told_test("Bottle"), told_test("FastAPI"), told_test("Pyramid"), indent=1)

    with pytest.raises(reading.Unreadable) as refusal:
        actions.add_file(
            evaluation=evaluation, content=content, file_name="a.json", by=lead_of(evaluation.team), at=NOW
        )

    assert [fault.place for fault in refusal.value.faults] == ["tests[0].candidate", "tests[2].candidate"]
    assert "there are: FastAPI" in str(refusal.value.faults[0])
    assert not FailureTest.objects.exists()


# What is known


def test_a_failure_test_answers_an_item_until_somebody_does(evaluation, candidate):
    item = item_called(evaluation, "connection-recovery")
    add_test(candidate, verdict="stuck", first_success_s=45.0, is_censored=True)

    by_tests = queries.cell_of(evaluation, item, candidate)
    answer(item, candidate, "yes", evidence="We restart it")
    by_hand = queries.cell_of(evaluation, item, candidate)

    assert (by_tests.counts, by_tests.is_from_tests) == ("no", True)
    assert (by_hand.counts, by_hand.is_from_tests, by_hand.differs) == ("yes", False, True)


def test_the_share_leaves_unknown_items_out_and_names_them(evaluation, candidate):
    answer(item_called(evaluation, "metrics"), candidate, "yes")
    answer(item_called(evaluation, "stories"), candidate, "partly")
    answer(item_called(evaluation, "upgrades"), candidate, "no")
    add_test(candidate)

    [share] = queries.grid_of(evaluation).shares

    assert share.value == 2.5 / 4
    assert (share.low, share.high) == (2.5 / 12, 10.5 / 12)
    assert share.total == 12 and len(share.unknown) == 8
    assert "Health checks for liveness and readiness" in share.unknown


def test_nothing_known_has_no_share(evaluation, candidate):
    [share] = queries.grid_of(evaluation).shares

    assert (share.value, share.low, share.high) == (None, None, None)


# Scores


@pytest.mark.parametrize(
    ("metric", "points", "enter", "expected"),
    [
        ("recovery_s", FALLING, lambda c: add_test(c, first_success_s=31.0), 3.0),
        ("lost_requests", [[0, 5], [4, 1]], lambda c: add_test(c, kind="sigterm", lost_requests=1), 4.0),
        ("cold_start_ms", [[0, 5], [2000, 1]], lambda c: add_test(c, kind="cold_start", figure=500.0), 4.0),
        (
            "answered_during_slow_clients",
            [[0, 1], [1, 5]],
            lambda c: add_test(c, kind="slow_clients", answers={"200": 75, "302": 0, "timeout": 25}),
            4.0,
        ),
        ("image_mb", [[0, 5], [400, 1]], lambda c: _with_figure(c, "footprint", 200.0), 3.0),
        ("breaking_per_year", [[0, 5], [4, 1]], lambda c: _with_figure(c, "upgrades", 1.0), 4.0),
        ("readiness_share", [[0, 1], [1, 5]], lambda c: _with_figure(c, "footprint", None), 5.0),
    ],
)
def test_every_metric_of_readiness_becomes_a_score(evaluation, candidate, metric, points, enter, expected):
    criterion = make_criterion(evaluation)
    measure(criterion, metric, points)
    untested = make_candidate(evaluation, "Django")

    enter(candidate)

    source = MeasuredScore.objects.get(criterion=criterion, candidate=candidate).source
    assert score(criterion, candidate) == expected
    assert score(criterion, untested) is None
    assert source["package"] == "readiness" and (source["tests"] or source["answers"])
    assert ValueFunction.objects.get(criterion=criterion).frozen_at == NOW


def _with_figure(candidate, key, figure):
    answer(item_called(candidate.evaluation, key), candidate, "yes", figure=figure)


def test_every_metric_the_catalogue_has_of_readiness_is_tested_above():
    tested = {"recovery_s", "lost_requests", "cold_start_ms", "answered_during_slow_clients"}

    assert set(metrics_of("readiness")) == tested | {
        "image_mb",
        "breaking_per_year",
        "readiness_share",
    }


def test_a_score_follows_corrections_and_goes_with_its_test(evaluation, candidate):
    criterion, by = make_criterion(evaluation), lead_of(evaluation.team)
    measure(criterion, "recovery_s", FALLING)
    row = add_test(candidate, first_success_s=1.0)

    row = actions.edit_failure_test(test=row, seen=row.version, changes={"first_success_s": 31.0}, by=by, at=NOW)
    corrected = score(criterion, candidate)
    actions.remove_failure_test(test=row, seen=row.version, by=by, at=NOW)

    assert corrected == 3.0
    assert score(criterion, candidate) is None


def test_a_score_can_be_narrowed_to_one_kind_of_outage(evaluation, candidate):
    criterion = make_criterion(evaluation)
    add_test(candidate, first_success_s=1.0)
    add_test(candidate, kind="database_unresponsive", first_success_s=31.0)

    measure(criterion, "recovery_s", FALLING)
    both = score(criterion, candidate)
    seen = ValueFunction.objects.get(criterion=criterion).version
    measure(criterion, "recovery_s", FALLING, endpoint="database_unresponsive", seen=seen)

    assert (both, score(criterion, candidate)) == (4.0, 3.0)


def test_an_item_set_aside_or_added_changes_the_share_within_the_same_write(evaluation, candidate):
    criterion, by = make_criterion(evaluation), lead_of(evaluation.team)
    measure(criterion, "readiness_share", [[0, 1], [1, 5]])
    answer(item_called(evaluation, "metrics"), candidate, "yes")
    answer(item_called(evaluation, "cold-start"), candidate, "no")
    before = score(criterion, candidate)

    item = item_called(evaluation, "cold-start")
    checklist.set_state(item=item, state="not_applicable", reason="always on", seen=item.version, by=by, at=NOW)
    after = MeasuredScore.objects.get(criterion=criterion, candidate=candidate)
    checklist.add_item(evaluation=evaluation, phase="readiness", text="Runs on our cluster", by=by, at=NOW)
    widened = MeasuredScore.objects.get(criterion=criterion, candidate=candidate)

    assert (before, after.value, widened.value) == (3.0, 5.0, 5.0)
    assert widened.low < after.low
    assert "1 of 12 items answered, 11 unknown left out" in widened.source["says"]


def test_measures_of_other_phases_are_left_alone(evaluation, candidate):
    ours, theirs, by = make_criterion(evaluation), make_criterion(evaluation), lead_of(evaluation.team)
    measure(ours, "recovery_s", FALLING)
    spikes.set_value_function(
        criterion=theirs, metric="latency_p95_ms", unit="ms", points=[[10, 5], [500, 1]], seen=0, by=by, at=NOW
    )
    add_test(candidate, first_success_s=1.0)

    spikes.set_value_function(
        criterion=theirs,
        metric="latency_p95_ms",
        unit="ms",
        points=[[20, 5], [500, 1]],
        seen=ValueFunction.objects.get(criterion=theirs).version,
        by=by,
        at=NOW,
    )

    assert score(ours, candidate) == 5.0
    assert score(theirs, candidate) is None
