import re

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import reverse

from evaluations.assignments.models import Assignment
from evaluations.candidates.access import get_evaluation
from evaluations.teams.models import Role
from tests.builders import lead_of, make_evaluation, make_member, make_person

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def as_lead(client, evaluation):
    client.force_login(lead_of(evaluation.team))
    return client


def url(name, *args):
    return reverse(f"assignments:{name}", args=args)


def given(owner, **more):
    return {
        "subject": "phase:ecosystem",
        "title": "Load test",
        "owner": owner.pk,
        "due_date": "2026-03-06",
        "seen": 0,
        "next": "/teams/account/",
    } | more


def drawn(evaluation, person, subject="phase:ecosystem", title="Load test"):
    request = RequestFactory().get("/somewhere/?page=2")
    request.user, request.htmx = person, False
    page = Template("{% load assigning %}{% assign evaluation subject title %}")
    opened = get_evaluation(person, evaluation.pk)
    return page.render(Context({"evaluation": opened, "subject": subject, "title": title, "request": request}))


@pytest.mark.parametrize(("headers", "status"), [({}, 303), (HTMX, 200)])
def test_assigning_works_with_and_without_htmx(as_lead, evaluation, headers, status):
    owner = make_member(evaluation.team, name="Owen Owner")

    answer = as_lead.post(url("assign", evaluation.pk), given(owner), headers=headers)

    assert (answer.status_code, Assignment.objects.get().owner) == (status, owner)
    if headers:
        assert "Owen Owner" in answer.content.decode()
        assert 'id="assign-phase-ecosystem"' in answer.content.decode()
    else:
        assert answer["Location"] == "/teams/account/"


def test_one_is_not_led_to_another_site(as_lead, evaluation):
    lead = lead_of(evaluation.team)

    answer = as_lead.post(url("assign", evaluation.pk), given(lead, next="https://example.org/"))

    assert answer["Location"].startswith("/evaluations/")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_collision_shows_both_and_can_be_sent_again(as_lead, evaluation, headers):
    theirs, mine = make_member(evaluation.team, name="Tess"), make_member(evaluation.team, name="Mia")
    as_lead.post(url("assign", evaluation.pk), given(theirs))

    refused = as_lead.post(url("assign", evaluation.pk), given(mine), headers=headers)
    page = refused.content.decode()
    seen = re.search(r'name="seen" value="(\d+)"', page).group(1)
    again = as_lead.post(url("assign", evaluation.pk), given(mine, seen=seen))

    assert refused.status_code == 409
    assert "gave this to Tess" in page
    assert re.search(rf'<option value="{mine.pk}" selected', page)
    assert (again.status_code, Assignment.objects.get().owner) == (303, mine)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_nobody_from_outside_is_taken_and_the_field_says_so(as_lead, evaluation, headers):
    answer = as_lead.post(url("assign", evaluation.pk), given(make_person()), headers=headers)

    assert answer.status_code == 422
    assert "Choose somebody who takes part." in answer.content.decode()
    assert not Assignment.objects.exists()


def test_an_unknown_subject_does_not_exist(as_lead, evaluation):
    answer = as_lead.post(url("assign", evaluation.pk), given(lead_of(evaluation.team), subject="cell:x"))

    assert answer.status_code == 404


def test_viewers_are_refused_and_strangers_find_nothing(client, evaluation):
    lead = lead_of(evaluation.team)
    statuses = []
    for person in (make_member(evaluation.team, Role.VIEWER), make_person()):
        client.force_login(person)
        statuses.append(client.post(url("assign", evaluation.pk), given(lead)).status_code)

    assert statuses == [403, 404]
    assert not Assignment.objects.exists()


@pytest.mark.parametrize(("headers", "status"), [({}, 303), (HTMX, 200)])
def test_done_is_said_once(as_lead, evaluation, headers, status):
    as_lead.post(url("assign", evaluation.pk), given(lead_of(evaluation.team)))
    to = url("finish", evaluation.pk, Assignment.objects.get().pk)

    first = as_lead.post(to, headers=headers)
    second = as_lead.post(to, headers=headers)

    assert (first.status_code, second.status_code) == (status, 409)
    assert "This was settled in the meantime" in second.content.decode()


def test_a_viewer_finishes_what_is_theirs_and_nothing_else(as_lead, client, evaluation):
    viewer = make_member(evaluation.team, Role.VIEWER)
    as_lead.post(url("assign", evaluation.pk), given(viewer))
    as_lead.post(url("assign", evaluation.pk), given(lead_of(evaluation.team), subject="phase:teamfit"))
    theirs, other = Assignment.objects.get(owner=viewer), Assignment.objects.exclude(owner=viewer).get()

    client.force_login(viewer)

    assert client.post(url("finish", evaluation.pk, theirs.pk)).status_code == 303
    assert client.post(url("finish", evaluation.pk, other.pk)).status_code == 403


def test_an_assignment_is_not_reached_through_another_evaluation(as_lead, evaluation):
    as_lead.post(url("assign", evaluation.pk), given(lead_of(evaluation.team)))
    other = make_evaluation(team=evaluation.team)

    assert as_lead.post(url("finish", other.pk, Assignment.objects.get().pk)).status_code == 404
    assert Assignment.objects.get().done_at is None


def test_the_tag_draws_a_form_for_contributors_and_only_the_facts_for_viewers(as_lead, evaluation):
    as_lead.post(url("assign", evaluation.pk), given(make_member(evaluation.team, name="Owen Owner")))

    contributor = drawn(evaluation, make_member(evaluation.team))
    viewer = drawn(evaluation, make_member(evaluation.team, Role.VIEWER))

    assert "Owen Owner" in viewer
    assert "6 Mar 2026" in viewer
    assert "<form" not in viewer
    assert 'name="next" value="/somewhere/?page=2"' in contributor
    assert contributor.count("<form") == 2


def test_many_tags_on_a_page_ask_the_database_once(evaluation, django_assert_num_queries):
    lead = lead_of(evaluation.team)
    request = RequestFactory().get("/")
    request.user, request.htmx = lead, False
    opened = get_evaluation(lead, evaluation.pk)
    page = Template("{% load assigning %}{% for n in '12345' %}{% assign evaluation 'item:'|add:n 'X' %}{% endfor %}")

    with django_assert_num_queries(3):
        drawn_page = page.render(Context({"evaluation": opened, "request": request}))

    assert drawn_page.count('class="assign') == 5
