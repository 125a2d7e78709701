import re

import pytest
from django.urls import reverse

from evaluations.candidates.models import Evaluation
from evaluations.overview.places import phase_url
from evaluations.signoff.queries import digest_of
from evaluations.teamfit import exit as exits
from evaluations.teamfit import signed
from evaluations.teamfit.models import Attempt, CodeReview, Exercise
from evaluations.teams.models import Role
from tests.builders import NOW, lead_of, make_candidate, make_criterion, make_evaluation, make_member
from tests.teamfit.teamfit_facts import close, hand_in, make_exercise, measure, review

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def candidate(evaluation):
    return make_candidate(evaluation, "FastAPI")


@pytest.fixture
def exercise(evaluation):
    return make_exercise(evaluation)


@pytest.fixture
def member(evaluation):
    return make_member(evaluation.team, name="Mia Member")


@pytest.fixture
def as_lead(client, evaluation):
    client.force_login(lead_of(evaluation.team))
    return client


@pytest.fixture
def as_viewer(client, evaluation):
    client.force_login(make_member(evaluation.team, Role.VIEWER))
    return client


def url(name, *args):
    return reverse(f"teamfit:{name}", args=args)


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def typed(**answers):
    said = dict.fromkeys(("error_helpful", "docs_easy", "fits_conventions", "two_years"), "yes")
    return {**said, "typed_minutes": "45", "sentiment": "4", "finished": "1", "seen": 0, "seen_round": 0, **answers}


def test_an_empty_page_says_what_to_do_first(as_lead, evaluation):
    text = text_of(as_lead.get(url("index", evaluation.pk)))

    assert "No exercise yet" in text and "Word the exercise" in text
    assert "Nothing is shown before the exercise is closed" in text


def test_the_rail_leads_here(evaluation):
    assert phase_url(evaluation, "teamfit") == url("index", evaluation.pk)


def test_a_closed_exercise_is_drawn_with_every_dot(as_lead, evaluation, candidate, exercise, member):
    measure(make_criterion(evaluation, "Quickly learnt"), "learning_minutes", [[30, 5], [110, 1]])
    first = hand_in(candidate, lead_of(evaluation.team), typed_minutes=50.0, docs_easy="yes")
    hand_in(candidate, member, typed_minutes=90.0, friction="The middleware", may_be_named=True)
    review(first, member, 3, remark="Short of tests")
    close(evaluation)

    page = as_lead.get(url("index", evaluation.pk))

    text = text_of(page)
    assert 'aria-label="FastAPI, minutes for the exercise: 50, 90 min"' in page.content.decode()
    assert "1 yes, 1 don’t know" in text
    assert "“The middleware” Mia Member" in text and "Short of tests" in text
    assert "Quickly learnt" in text and "◆ 3.00" in text


def test_equal_answers_stand_above_each_other(as_lead, evaluation, candidate, exercise, member):
    for person in (lead_of(evaluation.team), member):
        hand_in(candidate, person, typed_minutes=50.0)
    close(evaluation)

    page = as_lead.get(url("results", evaluation.pk)).content.decode()

    plot = page.split("minutes for the exercise")[1].split("</svg>")[0]
    assert re.findall(r'<circle class="dot" cx="([\d.]+)%" cy="(\d+)"', plot) == [("83.33", "20"), ("83.33", "11")]


def test_others_see_nothing_but_that_it_was_handed_in(as_lead, evaluation, candidate, exercise, member):
    hand_in(candidate, member, typed_minutes=77.0, friction="The middleware", may_be_named=True, code_at="branch mia")

    text = text_of(as_lead.get(url("index", evaluation.pk)))

    assert "77" not in text and "middleware" not in text
    assert "branch mia" in text and "0 of 2 finished" not in text and "1 of 2 finished" in text


def test_a_viewer_reads_the_page_and_finds_nothing_to_press(as_viewer, evaluation, candidate, exercise, member):
    hand_in(candidate, member)
    close(evaluation)

    page = as_viewer.get(url("index", evaluation.pk)).content.decode()

    assert "<form" not in page.split('<main id="main"')[1].split("</main>")[0]


def test_the_number_of_queries_does_not_grow_with_what_was_answered(
    as_lead, evaluation, candidate, exercise, django_assert_max_num_queries, django_assert_num_queries
):
    people = [lead_of(evaluation.team), make_member(evaluation.team)]
    first, _ = (hand_in(candidate, person, may_be_quoted=True, friction="x") for person in people)
    review(first, people[1])
    close(evaluation)
    with django_assert_max_num_queries(90) as counted:
        as_lead.get(url("index", evaluation.pk))
    few = len(counted)
    others = [make_candidate(evaluation) for _ in range(3)]
    for person in [*people, make_member(evaluation.team)]:
        for one in others:
            hand_in(one, person, may_be_named=True, friction="y")
    close(evaluation)

    with django_assert_num_queries(few):
        as_lead.get(url("index", evaluation.pk))


@pytest.mark.parametrize("part", ["exercise", "own", "reviews", "results", "scores"])
def test_a_part_is_drawn_when_something_changed_and_else_is_204(as_lead, evaluation, candidate, part):
    evaluation.log.refresh_from_db()
    before = evaluation.log.count
    make_exercise(evaluation)
    evaluation.log.refresh_from_db()

    changed = as_lead.get(url(part, evaluation.pk), {"since": before}, headers=HTMX)
    unchanged = as_lead.get(url(part, evaluation.pk), {"since": evaluation.log.count}, headers=HTMX)

    assert changed.status_code == 200
    assert f'name="since" value="{evaluation.log.count}"' in changed.content.decode()
    assert unchanged.status_code == 204


# The exercise


@pytest.mark.parametrize(("headers", "status"), [(HTMX, 204), ({}, 303)])
def test_the_exercise_is_worded_with_and_without_htmx(as_lead, evaluation, headers, status):
    given = {"title": "One endpoint", "text": "GET /orders", "limit_minutes": "90", "seen": 0}

    saved = as_lead.post(url("edit_exercise", evaluation.pk), given, headers=headers)

    assert saved.status_code == status
    assert Exercise.objects.get().limit_minutes == 90


def test_an_exercise_without_a_text_is_refused_beside_the_field(as_lead, evaluation):
    refused = as_lead.post(url("edit_exercise", evaluation.pk), {"title": "One endpoint", "seen": 0}, headers=HTMX)

    assert refused.status_code == 422
    assert "This field is required" in refused.content.decode() and "One endpoint" in refused.content.decode()


def test_an_exercise_that_collides_shows_both(as_lead, evaluation, exercise):
    make_exercise(evaluation, "Theirs", seen=exercise.version)

    collided = as_lead.post(
        url("edit_exercise", evaluation.pk), {"title": "Mine", "text": "GET", "seen": exercise.version}, headers=HTMX
    )

    assert collided.status_code == 409
    assert "Theirs" in collided.content.decode() and 'value="Mine"' in collided.content.decode()


def test_an_exercise_members_have_begun_is_refused_with_the_way_on(as_lead, evaluation, exercise, candidate, member):
    hand_in(candidate, member)

    refused = as_lead.post(
        url("edit_exercise", evaluation.pk), {"title": "Mine", "text": "GET", "seen": exercise.version}
    )

    assert refused.status_code == 422
    assert "the lead closes the exercise first" in text_of(refused)


# The clock


@pytest.mark.parametrize(("headers", "status"), [(HTMX, 204), ({}, 303)])
def test_the_clock_starts_and_stops_with_and_without_htmx(as_lead, evaluation, candidate, exercise, headers, status):
    started = as_lead.post(url("start", evaluation.pk, candidate.pk), {"seen": 0}, headers=headers)
    running = as_lead.get(url("index", evaluation.pk)).content.decode()
    stopped = as_lead.post(url("stop", evaluation.pk, candidate.pk), headers=headers)

    assert (started.status_code, stopped.status_code) == (status, status)
    assert "data-counted-s=" in running and "clock runs" in running
    assert Attempt.objects.get().stopped_at is not None


def test_a_second_browser_that_starts_again_is_told_and_changes_nothing(as_lead, evaluation, candidate, exercise):
    as_lead.post(url("start", evaluation.pk, candidate.pk), {"seen": 0})
    row = Attempt.objects.get()

    again = as_lead.post(url("start", evaluation.pk, candidate.pk), {"seen": row.round_id}, headers=HTMX)

    assert again.status_code == 409 and again["Content-Type"] == "text/plain"
    assert Attempt.objects.get().started_at == row.started_at


def test_a_clock_without_an_exercise_or_for_nothing_to_try_does_not_exist(as_lead, evaluation, candidate):
    no_exercise = as_lead.post(url("start", evaluation.pk, candidate.pk), {"seen": 0})
    make_exercise(evaluation)
    not_here = as_lead.post(url("start", evaluation.pk, make_candidate(make_evaluation()).pk), {"seen": 0})
    not_begun = as_lead.post(url("stop", evaluation.pk, candidate.pk))

    assert [each.status_code for each in (no_exercise, not_here, not_begun)] == [404, 404, 404]


# Answers


@pytest.mark.parametrize(("headers", "status"), [(HTMX, 204), ({}, 303)])
def test_answers_are_handed_in_with_and_without_htmx(as_lead, evaluation, candidate, exercise, member, headers, status):
    saved = as_lead.post(url("attempt", evaluation.pk, candidate.pk), typed(), headers=headers)

    row = Attempt.objects.get()
    assert saved.status_code == status
    assert (row.finished, row.sentiment, row.minutes, row.two_years) == (True, 4, 45, "yes")


def test_what_is_missing_is_said_beside_the_field_and_nothing_typed_is_lost(as_lead, evaluation, candidate, exercise):
    given = typed(typed_minutes="", sentiment="", friction="Typed with care")

    refused = as_lead.post(url("attempt", evaluation.pk, candidate.pk), given, headers=HTMX)

    text = refused.content.decode()
    assert refused.status_code == 422
    assert "Stop the clock first, or type the minutes." in text and "Say how it felt" in text
    assert "Typed with care" in text and not Attempt.objects.exists()


def test_answers_that_collide_show_both(as_lead, evaluation, candidate, exercise, member):
    hand_in(candidate, lead_of(evaluation.team), sentiment=2)
    round_id = Attempt.objects.get().round_id

    collided = as_lead.post(
        url("attempt", evaluation.pk, candidate.pk), typed(friction="Mine", seen_round=round_id), headers=HTMX
    )

    assert collided.status_code == 409
    assert "felt 2 of 5" in text_of(collided) and "Mine" in collided.content.decode()


def test_answers_after_the_close_are_refused_and_kept_in_the_form(as_lead, evaluation, candidate, exercise, member):
    shown = hand_in(candidate, member).round_id
    close(evaluation)

    late = as_lead.post(
        url("attempt", evaluation.pk, candidate.pk), typed(friction="Too late", seen_round=shown), headers=HTMX
    )

    assert late.status_code == 409
    assert "Too late" in late.content.decode()
    assert Attempt.objects.count() == 1


def test_ones_own_answers_and_review_are_read_after_the_close(as_lead, evaluation, candidate, exercise, member):
    done = hand_in(candidate, lead_of(evaluation.team), friction="The middleware")
    review(done, member, 3, remark="Short of tests")
    before = text_of(as_lead.get(url("attempt", evaluation.pk, candidate.pk)))
    close(evaluation)

    after = text_of(as_lead.get(url("attempt", evaluation.pk, candidate.pk)))

    assert "Short of tests" not in before
    assert "Short of tests" in after and "not quoted" in after


# Reviews


@pytest.mark.parametrize(("headers", "status"), [(HTMX, 204), ({}, 303)])
def test_code_is_reviewed_with_and_without_htmx(as_lead, evaluation, candidate, exercise, member, headers, status):
    done = hand_in(candidate, member)

    saved = as_lead.post(
        url("review", evaluation.pk, done.pk), {"quality": "4", "remark": "Clean", "seen": 0}, headers=headers
    )

    assert saved.status_code == status
    assert CodeReview.objects.get().remark == "Clean"


def test_a_review_without_a_mark_is_refused_and_one_changed_elsewhere_collides(
    as_lead, evaluation, candidate, exercise, member
):
    done = hand_in(candidate, member)
    here = url("review", evaluation.pk, done.pk)

    refused = as_lead.post(here, {"remark": "Clean", "seen": 0}, headers=HTMX)
    review(done, lead_of(evaluation.team), 2)
    collided = as_lead.post(here, {"quality": "4", "remark": "Clean", "seen": 0}, headers=HTMX)

    assert (refused.status_code, collided.status_code) == (422, 409)
    assert "It says: 2 of 5" in text_of(collided) and "Clean" in collided.content.decode()


def test_ones_own_code_is_not_there_to_review(as_lead, evaluation, candidate, exercise, member):
    own = hand_in(candidate, lead_of(evaluation.team))

    assert as_lead.get(url("review", evaluation.pk, own.pk)).status_code == 404


# What is signed


def test_exit_criteria_say_what_is_missing_one_after_the_other(evaluation, candidate, member):
    lead, other = lead_of(evaluation.team), make_candidate(evaluation, "Django")

    def missing():
        return [said for said in (criterion(evaluation) for criterion in exits.EXIT_CRITERIA) if said]

    empty = missing()
    make_exercise(evaluation)
    agreed = missing()
    first = hand_in(candidate, lead)
    begun = missing()
    close(evaluation)
    closed = missing()
    review(first, member)
    hand_in(other, lead)
    review(Attempt.objects.get(candidate=other), member)
    close(evaluation)

    assert empty == ["Agree on a small exercise that everybody builds."]
    assert agreed == ["Nobody has begun the exercise."]
    assert begun == ["The exercise is not closed: 0 of 2 are finished."]
    assert closed == [
        "Nobody has handed in the exercise with Django.",
        "1 solution was not reviewed: somebody else than the author reads the code.",
    ]
    assert missing() == []


def test_what_is_signed_changes_with_the_close_and_not_with_private_answers(evaluation, candidate, exercise, member):
    before = signed.rendered(evaluation)
    hand_in(candidate, member, friction="The middleware", may_be_quoted=True)
    private = signed.rendered(evaluation)
    digest = digest_of(evaluation, "teamfit")
    close(evaluation)

    after = signed.rendered(evaluation)

    assert before == private
    assert after["answers"][0]["minutes"] == [50] and after["answers"][0]["friction"] == ["The middleware"]
    assert digest_of(Evaluation.objects.get(pk=evaluation.pk), "teamfit") != digest


def test_who_worded_the_exercise_or_reviewed_code_is_an_author_and_who_did_it_is_not(evaluation, candidate, member):
    writer, reviewer = make_member(evaluation.team), make_member(evaluation.team)
    make_exercise(evaluation, by=writer)
    done = hand_in(candidate, member)
    review(done, reviewer)
    before = signed.authors_of(evaluation)
    close(evaluation, at=NOW)

    assert before == {writer.pk}
    assert signed.authors_of(evaluation) == {writer.pk, reviewer.pk}
