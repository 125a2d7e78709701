import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from evaluations.checklist import actions as checklist
from evaluations.readiness import actions, reading
from evaluations.readiness.models import FailureTest, ProductionStory, ReadinessAnswer
from evaluations.teams.models import Role
from tests.builders import NOW, lead_of, make_candidate, make_criterion, make_evaluation, make_member
from tests.readiness.readiness_facts import add_story, add_test, answer, file_of, item_called, measure, told_test

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def candidate(evaluation):
    return make_candidate(evaluation, "FastAPI")


@pytest.fixture
def as_lead(client, evaluation):
    client.force_login(lead_of(evaluation.team))
    return client


@pytest.fixture
def as_viewer(client, evaluation):
    client.force_login(make_member(evaluation.team, Role.VIEWER))
    return client


def url(name, *args):
    return reverse(f"readiness:{name}", args=args)


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def typed_test(chosen, **facts):
    given = {"candidate": chosen.pk, "kind": "database_refused", "verdict": "recovered", "first_success_s": "2.1"}
    return {**given, **facts}


# The page


def test_an_empty_page_says_what_to_do_first(as_lead, evaluation):
    text = text_of(as_lead.get(url("index", evaluation.pk)))

    assert "No candidates yet" in text
    assert "No failure tests yet" in text
    assert "0 of 12 settled" in text


def test_the_page_shows_answers_tests_stories_and_scores(as_lead, evaluation, candidate):
    measure(make_criterion(evaluation, "Back soon"), "recovery_s", [[1, 5], [60, 1]])
    answer(item_called(evaluation, "metrics"), candidate, "partly", evidence="Requests only")
    add_test(candidate, answers={"503": 5910}, first_success_s=2.1)
    add_story(candidate, title="A parcel service")

    text = text_of(as_lead.get(url("index", evaluation.pk)))

    assert "partly" in text
    assert "from failure test" in text
    assert "2.1 s to a good answer" in text
    assert "A parcel service" in text
    assert "Back soon" in text and "◆ 4.9" in text


def test_a_viewer_reads_the_page_and_finds_nothing_to_press(as_viewer, evaluation, candidate):
    test = add_test(candidate)
    add_story(candidate)

    page = as_viewer.get(url("index", evaluation.pk)).content.decode()
    panel = as_viewer.get(url("test", evaluation.pk, test.pk), headers=HTMX).content.decode()

    assert "<form" not in page.split('<main id="main"')[1].split("</main>")[0]
    assert "<form" not in panel and "recovered" in panel


def test_the_number_of_queries_does_not_grow_with_what_is_known(
    as_lead, evaluation, django_assert_max_num_queries, django_assert_num_queries
):
    def fill(name):
        candidate = make_candidate(evaluation, name)
        for key in ("metrics", "stories", "upgrades"):
            answer(item_called(evaluation, key), candidate, "yes")
        for kind in ("database_refused", "database_unresponsive"):
            add_test(candidate, kind=kind)
        add_story(candidate)

    fill("FastAPI")
    with django_assert_max_num_queries(60) as counted:
        as_lead.get(url("index", evaluation.pk))
    few = len(counted)
    for name in ("Django", "Litestar", "Flask"):
        fill(name)

    with django_assert_num_queries(few):
        as_lead.get(url("index", evaluation.pk))


@pytest.mark.parametrize("part", ["table", "tests", "stories", "scores"])
def test_a_part_is_drawn_when_something_changed_and_else_is_204(as_lead, evaluation, candidate, part):
    evaluation.log.refresh_from_db()
    before = evaluation.log.count
    add_test(candidate)
    evaluation.log.refresh_from_db()

    changed = as_lead.get(url(part, evaluation.pk), {"since": before}, headers=HTMX)
    unchanged = as_lead.get(url(part, evaluation.pk), {"since": evaluation.log.count}, headers=HTMX)

    assert changed.status_code == 200
    assert f'name="since" value="{evaluation.log.count}"' in changed.content.decode()
    assert unchanged.status_code == 204


def test_links_to_evidence_and_stories_lead_out_without_credit(as_lead, evaluation, candidate):
    answer(item_called(evaluation, "metrics"), candidate, "yes", evidence="", evidence_url="https://example.org/m")
    add_story(candidate, url="https://example.org/story")

    page = as_lead.get(url("index", evaluation.pk)).content.decode()
    panel = as_lead.get(url("answer", evaluation.pk, item_called(evaluation, "metrics").pk, candidate.pk))

    assert '<a class="user-text" href="https://example.org/story" rel="noopener nofollow ugc"' in page
    assert '<a href="https://example.org/m" rel="noopener nofollow ugc"' in panel.content.decode()


def test_an_item_that_does_not_apply_is_shown_and_not_counted(as_lead, evaluation, candidate):
    item = item_called(evaluation, "cold-start")
    checklist.set_state(
        item=item,
        state="not_applicable",
        reason="never serverless",
        seen=item.version,
        by=lead_of(evaluation.team),
        at=NOW,
    )

    text = text_of(as_lead.get(url("index", evaluation.pk)))

    assert "does not apply: never serverless" in text
    assert "0 of 11 answered" in text


# Answers


@pytest.mark.parametrize(("headers", "status"), [(HTMX, 204), ({}, 303)])
def test_an_answer_is_saved_with_and_without_htmx(as_lead, evaluation, candidate, headers, status):
    item = item_called(evaluation, "footprint")
    given = {"answer": "yes", "evidence": "One image", "figure": "148", "note": "", "seen": 0}

    saved = as_lead.post(url("answer", evaluation.pk, item.pk, candidate.pk), given, headers=headers)

    row = ReadinessAnswer.objects.get(item=item, candidate=candidate)
    assert saved.status_code == status
    assert (row.answer, row.evidence, row.figure) == ("yes", "One image", 148.0)


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_yes_without_evidence_is_refused_beside_the_field(as_lead, evaluation, candidate, headers):
    item = item_called(evaluation, "metrics")
    given = {"answer": "yes", "note": "looks fine", "seen": 0}

    refused = as_lead.post(url("answer", evaluation.pk, item.pk, candidate.pk), given, headers=headers)

    assert refused.status_code == 422
    assert "Say what shows it, or give an address." in refused.content.decode()
    assert "looks fine" in refused.content.decode()
    assert not ReadinessAnswer.objects.exists()


@pytest.mark.parametrize("address", ["javascript:alert(1)", "ftp://example.org/x", "data:text/html,x"])
def test_an_address_that_is_not_of_the_web_is_refused(as_lead, evaluation, candidate, address):
    item = item_called(evaluation, "metrics")
    given = {"answer": "yes", "evidence_url": address, "seen": 0}

    refused = as_lead.post(url("answer", evaluation.pk, item.pk, candidate.pk), given)

    assert refused.status_code == 422
    assert not ReadinessAnswer.objects.exists()


def test_an_answer_that_collides_shows_both_and_keeps_what_was_typed(as_lead, evaluation, candidate):
    item = item_called(evaluation, "metrics")
    answer(item, candidate, "no", evidence="Nothing exported")
    given = {"answer": "yes", "evidence": "The exporter's page", "seen": 0}

    collided = as_lead.post(url("answer", evaluation.pk, item.pk, candidate.pk), given, headers=HTMX)
    seen = re.search(r'name="seen" value="(\d+)"', collided.content.decode())[1]
    again = as_lead.post(url("answer", evaluation.pk, item.pk, candidate.pk), {**given, "seen": seen}, headers=HTMX)

    assert collided.status_code == 409
    assert "Nothing exported" in collided.content.decode() and "The exporter" in collided.content.decode()
    assert again.status_code == 204
    assert ReadinessAnswer.objects.get(item=item).answer == "yes"


def test_a_viewer_may_not_answer(as_viewer, evaluation, candidate):
    item = item_called(evaluation, "metrics")

    shown = as_viewer.get(url("answer", evaluation.pk, item.pk, candidate.pk))
    refused = as_viewer.post(url("answer", evaluation.pk, item.pk, candidate.pk), {"answer": "unknown", "seen": 0})

    assert shown.status_code == 200 and "<form" not in shown.content.decode().split('<main id="main"')[1]
    assert refused.status_code == 403


def test_items_of_other_phases_and_other_evaluations_do_not_exist_here(as_lead, evaluation, candidate):
    other = make_evaluation()
    elsewhere = evaluation.checklist_items.filter(phase="spikes").first()
    theirs = item_called(other, "metrics")

    answers = [
        as_lead.get(url("answer", evaluation.pk, elsewhere.pk, candidate.pk)),
        as_lead.get(url("answer", evaluation.pk, theirs.pk, candidate.pk)),
        as_lead.get(url("answer", evaluation.pk, item_called(evaluation, "metrics").pk, make_candidate(other).pk)),
    ]

    assert [each.status_code for each in answers] == [404, 404, 404]


# Failure tests by form


@pytest.mark.parametrize(("headers", "status"), [(HTMX, 204), ({}, 303)])
def test_a_failure_test_is_entered_by_form(as_lead, evaluation, candidate, headers, status):
    given = typed_test(candidate, answers="503 5910, timeout: 4", lost_requests="0", run_date="2026-02-20")

    saved = as_lead.post(url("add_test", evaluation.pk), given, headers=headers)

    row = FailureTest.objects.get()
    assert saved.status_code == status
    assert row.answers == {"503": 5910, "timeout": 4}
    assert (row.first_success_s, row.is_censored, row.lost_requests) == (2.1, False, 0)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"answers": "many"}, "write a kind and a count"),
        ({"answers": "999 3"}, "counted by status"),
        ({"answers": "503 1, 503 2"}, "is there twice"),
        ({"first_success_s": ""}, "Say after how many seconds"),
        ({"is_censored": "on"}, "then its time is exact"),
        ({"verdict": "stuck"}, "say that watching ended then"),
        ({"figure": "3"}, "has no figure of its own"),
        ({"lost_requests": "-1"}, "greater than or equal to 0"),
        ({"candidate": "0"}, "Select a valid choice"),
    ],
)
def test_a_test_that_cannot_be_is_refused_beside_the_field(as_lead, evaluation, candidate, facts, words):
    given = typed_test(candidate, remark="typed with care", **facts)

    refused = as_lead.post(url("add_test", evaluation.pk), given, headers=HTMX)

    assert refused.status_code == 422
    assert words in refused.content.decode()
    assert "typed with care" in refused.content.decode()
    assert not FailureTest.objects.exists()


def test_a_test_is_corrected_and_a_collision_shows_both(as_lead, evaluation, candidate):
    row = add_test(candidate)
    here = url("edit_test", evaluation.pk, row.pk)
    given = {"kind": "database_refused", "verdict": "stuck", "first_success_s": "45", "is_censored": "on"}

    corrected = as_lead.post(here, {**given, "seen": row.version}, headers=HTMX)
    collided = as_lead.post(here, {**given, "remark": "mine", "seen": row.version}, headers=HTMX)

    row.refresh_from_db()
    assert corrected.status_code == 204 and row.is_censored
    assert collided.status_code == 409
    assert "&gt;45 s to a good answer" in collided.content.decode() and "mine" in collided.content.decode()


def test_a_test_is_taken_out_and_is_gone_from_the_page(as_lead, evaluation, candidate):
    row = add_test(candidate)

    taken = as_lead.post(url("remove_test", evaluation.pk, row.pk), {"seen": row.version})

    assert taken.status_code == 303
    assert as_lead.get(url("test", evaluation.pk, row.pk)).status_code == 404
    assert "No failure tests yet" in text_of(as_lead.get(url("index", evaluation.pk)))


# Failure tests by file


@pytest.mark.parametrize(("headers", "status"), [(HTMX, 200), ({}, 303)])
def test_a_file_is_entered_whole(as_lead, evaluation, candidate, headers, status):
    upload = SimpleUploadedFile("tests.json", file_of(told_test("fastapi"), told_test("FastAPI", first_success_s=3)))

    sent = as_lead.post(url("send_tests", evaluation.pk), {"tests_file": upload}, headers=headers)

    assert sent.status_code == status
    assert sorted(FailureTest.objects.values_list("first_success_s", flat=True)) == [2.1, 3.0]


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_file_with_faults_is_refused_with_their_lines(as_lead, evaluation, candidate, headers):
    content = file_of(told_test("FastAPI"), told_test("Bottle"), indent=1)
    line = 1 + content.decode()[: content.decode().index('"Bottle"')].count("\n") - 1

    upload = SimpleUploadedFile("tests.json", content)
    refused = as_lead.post(url("send_tests", evaluation.pk), {"tests_file": upload}, headers=headers)

    text = text_of(refused)
    assert refused.status_code == 422
    assert f"Line {line}, tests[1].candidate" in text and "there are: FastAPI" in text
    assert not FailureTest.objects.exists()


def test_a_file_over_the_cap_is_refused_unread(as_lead, evaluation, candidate, monkeypatch):
    monkeypatch.setattr(reading, "read", lambda content: pytest.fail("it was read"))
    upload = SimpleUploadedFile("tests.json", b" " * (reading.LARGEST_FILE + 1))

    refused = as_lead.post(url("send_tests", evaluation.pk), {"tests_file": upload}, headers=HTMX)

    assert refused.status_code == 422
    assert "at most 262144 are read" in refused.content.decode()


def test_a_file_that_was_sent_before_changes_nothing_and_says_so(as_lead, evaluation, candidate):
    for _ in range(2):
        upload = SimpleUploadedFile("tests.json", file_of(told_test("FastAPI")))
        sent = as_lead.post(url("send_tests", evaluation.pk), {"tests_file": upload}, follow=True)

    assert "Every test of this file is here already." in text_of(sent)
    assert FailureTest.objects.count() == 1


def test_the_schema_can_be_saved(as_viewer, evaluation):
    sent = as_viewer.get(url("schema", evaluation.pk))

    assert sent["Content-Disposition"].startswith("attachment")
    assert json.loads(sent.content)["$defs"]["test"]["required"] == ["candidate", "kind", "verdict"]


# Stories


@pytest.mark.parametrize(("headers", "status"), [(HTMX, 204), ({}, 303)])
def test_a_story_is_added_changed_and_taken_out(as_lead, evaluation, candidate, headers, status):
    given = {"title": "A parcel service", "url": "example.org/parcels", "learned": "Pools first"}

    added = as_lead.post(url("add_story", evaluation.pk), {**given, "candidate": candidate.pk}, headers=headers)
    row = ProductionStory.objects.get()
    changed = as_lead.post(
        url("edit_story", evaluation.pk, row.pk), {**given, "learned": "Pools", "seen": row.version}, headers=headers
    )
    row.refresh_from_db()
    taken = as_lead.post(url("remove_story", evaluation.pk, row.pk), {"seen": row.version}, headers=headers)

    assert [added.status_code, changed.status_code, taken.status_code] == [status] * 3
    assert (row.url, row.learned) == ("https://example.org/parcels", "Pools")
    assert as_lead.get(url("edit_story", evaluation.pk, row.pk)).status_code == 404


def test_a_story_needs_a_lesson_and_a_web_address(as_lead, evaluation, candidate):
    given = {"candidate": candidate.pk, "title": "A parcel service", "url": "javascript:alert(1)", "learned": ""}

    refused = as_lead.post(url("add_story", evaluation.pk), given, headers=HTMX)

    assert refused.status_code == 422
    assert refused.content.decode().count('class="errorlist"') == 2
    assert not ProductionStory.objects.exists()


def test_a_story_taken_out_meanwhile_keeps_what_was_typed(as_lead, evaluation, candidate, monkeypatch):
    row = add_story(candidate)
    gone = actions.remove_story(story=row, seen=row.version, by=lead_of(evaluation.team), at=NOW)
    monkeypatch.setattr("evaluations.readiness.views_stories._story_or_404", lambda *found: row)
    given = {"title": "A parcel service", "url": "https://example.org", "learned": "mine", "seen": row.version}

    collided = as_lead.post(url("edit_story", evaluation.pk, row.pk), given, headers=HTMX)

    assert gone.removed_at
    assert collided.status_code == 409
    assert "took this story out" in collided.content.decode() and "mine" in collided.content.decode()


# Scores


def test_a_value_function_is_previewed_then_saved_and_scores_follow(as_lead, evaluation, candidate):
    criterion = make_criterion(evaluation, "Back soon")
    add_test(candidate, first_success_s=15)
    here = url("edit_score", evaluation.pk, criterion.pk)
    given = {"metric": "recovery_s", "points": "1 5\n15 3\n60 1", "endpoint": "", "outside": "clip", "seen": 0}

    previewed = as_lead.post(here, {**given, "preview": "yes"})
    nothing = criterion.measured_scores.count()
    saved = as_lead.post(here, given)

    assert "3.00" in previewed.content.decode() and nothing == 0
    assert saved.status_code == 303
    assert criterion.measured_scores.get().value == 3.0


@pytest.mark.parametrize(
    ("points", "words"),
    [("1 5", "at least two"), ("a b\nc d", "one point a line"), ("5 1\n1 5", "must be more"), ("1 7\n2 1", "between")],
)
def test_points_that_make_no_scale_are_refused_beside_the_field(as_lead, evaluation, candidate, points, words):
    criterion = make_criterion(evaluation, "Back soon")
    given = {"metric": "recovery_s", "points": points, "endpoint": "", "outside": "clip", "seen": 0}

    refused = as_lead.post(url("edit_score", evaluation.pk, criterion.pk), given)

    assert refused.status_code == 422
    assert words in refused.content.decode()


def test_a_value_function_that_collides_keeps_what_was_typed(as_lead, evaluation, candidate):
    criterion = make_criterion(evaluation, "Back soon")
    measure(criterion, "recovery_s", [[1, 5], [60, 1]])
    given = {"metric": "recovery_s", "points": "2 5\n60 1", "endpoint": "", "outside": "clip", "seen": 0}

    collided = as_lead.post(url("edit_score", evaluation.pk, criterion.pk), given)

    assert collided.status_code == 409
    assert "You changed this value function" in collided.content.decode()
    assert "2 5\n60 1" in collided.content.decode().replace("\r\n", "\n")


def test_the_cell_says_where_its_measured_score_comes_from(as_lead, evaluation, candidate):
    criterion = make_criterion(evaluation, "Back soon")
    measure(criterion, "recovery_s", [[1, 5], [60, 1]])
    add_test(candidate, verdict="stuck", first_success_s=45, is_censored=True)

    cell = text_of(as_lead.get(reverse("scoring:cell", args=[evaluation.pk, candidate.pk, criterion.pk])))

    assert "time to recover: more than 45 s, from a failure test" in cell
