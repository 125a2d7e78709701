import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from evaluations.candidates import actions, door, throttle
from evaluations.candidates.models import Candidate, Evaluation, GuestAccess, JoinRequest
from evaluations.teams.models import Role
from tests.builders import lead_of, make_candidate, make_evaluation, make_guest, make_member, make_person

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def nobody_knocked_yet():
    cache.clear()


@pytest.fixture
def evaluation():
    return make_evaluation("Order service")


@pytest.fixture
def as_lead(client, evaluation):
    client.force_login(lead_of(evaluation.team))
    return client


def url(name, *args):
    return reverse(f"candidates:{name}", args=args)


def inside(evaluation):
    return reverse("overview:evaluation", args=[evaluation.pk])


def test_an_evaluation_is_started_from_a_scenario_with_the_legacy_system(as_lead, evaluation):
    to = url("create", evaluation.team_id)

    shown = as_lead.get(to).content.decode()
    answer = as_lead.post(to, {"title": "Parcels", "scenario": "logistics", "legacy": "on"})

    made = Evaluation.objects.get(title="Parcels")
    assert "We have a legacy system" in shown
    assert (answer.status_code, answer["Location"]) == (303, url("page", made.pk))
    assert made.candidates.filter(kind=Candidate.Kind.KEEP).exists()
    assert made.candidates.filter(framework="fastapi").exists()


def test_a_title_is_asked_for_and_the_context_typed_stays(as_lead, evaluation):
    answer = as_lead.post(url("create", evaluation.team_id), {"title": "", "context": "Kept words"})

    assert answer.status_code == 422
    assert "Kept words" in answer.content.decode()


def test_a_contributor_starts_no_evaluation_and_a_stranger_finds_none(client, evaluation):
    to = url("create", evaluation.team_id)
    client.force_login(make_member(evaluation.team))
    contributor = client.post(to, {"title": "Mine"}).status_code
    client.force_login(make_person())

    stranger = client.post(to, {"title": "Mine"}).status_code

    assert (contributor, stranger) == (403, 404)
    assert Evaluation.objects.count() == 1


def test_the_page_of_an_empty_evaluation_says_what_to_do_first(as_lead, evaluation):
    page = as_lead.get(url("page", evaluation.pk)).content.decode()

    assert "No candidates yet" in page
    assert "Own candidate" in page


def test_a_viewer_sees_candidates_and_no_way_to_change_them(client, evaluation):
    make_candidate(evaluation, "Django", server="granian")
    client.force_login(make_member(evaluation.team, Role.VIEWER))

    page = client.get(url("page", evaluation.pk)).content.decode()

    assert "granian" in page
    assert "Own candidate" not in page
    assert "Edit" not in page


def test_the_cards_answer_204_until_something_happens_to_the_candidates(as_lead, evaluation):
    revision = evaluation.log.events.count()

    nothing = as_lead.get(url("cards", evaluation.pk), {"since": revision}, headers=HTMX)
    make_candidate(evaluation, "Django")
    news = as_lead.get(url("cards", evaluation.pk), {"since": revision}, headers=HTMX)

    assert nothing.status_code == 204
    assert "Django" in news.content.decode()


def test_the_catalogue_shows_dated_facts_and_fills_the_form(as_lead, evaluation):
    page = as_lead.get(url("add", evaluation.pk), {"framework": "django"}).content.decode()

    assert "article says" in page
    assert re.search(r"read \d+ \w+ \d{4}", page)
    assert 'name="framework" value="django"' in page


def test_a_candidate_is_added_and_a_second_of_its_name_is_refused_beside_the_field(as_lead, evaluation):
    given = {"kind": "stack", "framework": "django", "name": "Django", "server": "granian"}

    first = as_lead.post(url("add", evaluation.pk), given)
    second = as_lead.post(url("add", evaluation.pk), given | {"note": "Kept words"})

    assert (first.status_code, second.status_code) == (303, 422)
    assert "already" in second.content.decode()
    assert "Kept words" in second.content.decode()
    assert evaluation.candidates.get().server == "granian"


def test_an_unknown_framework_is_404_to_read_and_422_to_add(as_lead, evaluation):
    read = as_lead.get(url("add", evaluation.pk), {"framework": "nonsense"})
    added = as_lead.post(url("add", evaluation.pk), {"kind": "stack", "framework": "nonsense", "name": "X"})

    assert (read.status_code, added.status_code) == (404, 422)
    assert not evaluation.candidates.exists()


def test_an_edit_that_collides_shows_both_and_can_be_sent_again(as_lead, evaluation):
    candidate = make_candidate(evaluation, "Django", server="granian")
    to = url("edit", evaluation.pk, candidate.pk)
    seen = re.search(r'name="seen" value="(\d+)"', as_lead.get(to).content.decode()).group(1)
    actions.edit_candidate(
        candidate=candidate,
        name="Django",
        server="Their server",
        seen=candidate.version,
        by=lead_of(evaluation.team),
        at=timezone.now(),
    )

    refused = as_lead.post(to, {"name": "Django", "server": "My server", "seen": seen})
    page = refused.content.decode()
    again = re.search(r'name="seen" value="(\d+)"', page).group(1)
    accepted = as_lead.post(to, {"name": "Django", "server": "My server", "seen": again})

    candidate.refresh_from_db()
    assert refused.status_code == 409
    assert "Their server" in page
    assert "My server" in page
    assert (accepted.status_code, candidate.server) == (303, "My server")


def test_the_title_collides_the_same_way(as_lead, evaluation):
    to = url("describe", evaluation.pk)
    seen = evaluation.version
    first = as_lead.post(to, {"title": "Theirs", "context": "", "seen": seen})
    second = as_lead.post(to, {"title": "Mine", "context": "Kept words", "seen": seen})

    evaluation.refresh_from_db()
    assert (first.status_code, second.status_code, evaluation.title) == (303, 409, "Theirs")
    assert "Kept words" in second.content.decode()


def test_withdrawing_needs_a_reason_and_shows_it(as_lead, evaluation):
    candidate = make_candidate(evaluation, "Django")
    to = url("withdraw", evaluation.pk, candidate.pk)

    silent = as_lead.post(to, {"reason": " "})
    answer = as_lead.post(to, {"reason": "Nobody will maintain it"})

    page = as_lead.get(url("page", evaluation.pk)).content.decode()
    assert (silent.status_code, answer.status_code) == (422, 303)
    assert "Nobody will maintain it" in page
    assert as_lead.get(url("edit", evaluation.pk, candidate.pk)).status_code == 404


@pytest.mark.parametrize(("headers", "status"), [({}, 303), (HTMX, 200)])
def test_candidates_change_places_with_and_without_htmx(as_lead, evaluation, headers, status):
    first, second = make_candidate(evaluation), make_candidate(evaluation)

    answer = as_lead.post(url("reorder", evaluation.pk), {"order": f"{second.pk},{first.pk}"}, headers=headers)
    stale = as_lead.post(url("reorder", evaluation.pk), {"order": f"{second.pk}"}, headers=headers)

    assert (answer.status_code, stale.status_code) == (status, 409)
    assert list(evaluation.candidates.order_by("position")) == [second, first]


def test_a_candidate_is_not_reached_through_another_evaluation(as_lead, evaluation):
    foreign = make_candidate(make_evaluation())

    answers = [
        as_lead.get(url("edit", evaluation.pk, foreign.pk)),
        as_lead.post(url("withdraw", evaluation.pk, foreign.pk), {"reason": "X"}),
        as_lead.get(url("page", foreign.evaluation_id)),
    ]

    assert {answer.status_code for answer in answers} == {404}


def test_the_door_is_the_leads_alone(client, evaluation):
    asked = knocking(evaluation)
    for person in (make_member(evaluation.team), make_guest(evaluation)):
        client.force_login(person)
        answers = [
            client.get(url("join_link", evaluation.pk)),
            client.get(url("waiting", evaluation.pk)),
            client.post(url("open_door", evaluation.pk)),
            client.post(url("close_door", evaluation.pk)),
            client.post(url("admit", evaluation.pk, asked.pk)),
            client.post(url("refuse", evaluation.pk, asked.pk)),
        ]

        assert {answer.status_code for answer in answers} == {403}
    asked.refresh_from_db()
    assert asked.state == JoinRequest.State.WAITING


def knocking(evaluation, name="Waiting Wanda"):
    _, token = door.make_join_link(evaluation=evaluation, by=lead_of(evaluation.team), at=timezone.now())
    return door.ask_to_join(token=token, name=name, person=None, at=timezone.now())[0]


def test_the_door_shows_link_and_code_without_style_attributes(as_lead, evaluation):
    closed = as_lead.get(url("join_link", evaluation.pk)).content.decode()
    as_lead.post(url("open_door", evaluation.pk))
    page = as_lead.get(url("join_link", evaluation.pk), HTTP_HOST="192.0.2.7:8000").content.decode()
    as_lead.post(url("close_door", evaluation.pk))
    closed_again = as_lead.get(url("join_link", evaluation.pk)).content.decode()

    assert re.search(r'value="http://192\.0\.2\.7:8000/join/[0-9a-f]{24}/"', page)
    assert "<svg role=" in page
    assert "style=" not in page
    assert "The door is closed" in closed
    assert "The door is closed" in closed_again


def test_a_link_that_works_only_on_this_machine_says_so(as_lead, evaluation):
    as_lead.post(url("open_door", evaluation.pk))

    here = as_lead.get(url("join_link", evaluation.pk), HTTP_HOST="127.0.0.1:8000").content.decode()
    network = as_lead.get(url("join_link", evaluation.pk), HTTP_HOST="192.0.2.7:8000").content.decode()

    assert "works here alone" in here
    assert "works here alone" not in network


@pytest.mark.parametrize(("headers", "status"), [({}, 303), (HTMX, 200)])
def test_a_name_is_answered_once_with_and_without_htmx(as_lead, evaluation, headers, status):
    asked = knocking(evaluation)

    first = as_lead.post(url("admit", evaluation.pk, asked.pk), headers=headers)
    second = as_lead.post(url("refuse", evaluation.pk, asked.pk), headers=headers)

    assert (first.status_code, second.status_code) == (status, 409)
    assert "was admitted already" in second.content.decode()


@pytest.mark.parametrize(("role", "given"), [("reviewer", "reviewer"), ("lead", "contributor"), ("", "contributor")])
def test_the_lead_lets_a_name_in_to_review_and_to_nothing_more_than_that(as_lead, evaluation, role, given):
    asked = knocking(evaluation)

    as_lead.post(url("admit", evaluation.pk, asked.pk), {"role": role})

    assert GuestAccess.objects.get(evaluation=evaluation).role == given
    page = as_lead.get(url("join_link", evaluation.pk)).content.decode()
    assert f'<span class="chip outline">{given.title()}</span>' in page


def test_a_name_at_another_evaluations_door_is_not_answered_here(as_lead, evaluation):
    foreign = knocking(make_evaluation())

    assert as_lead.post(url("admit", evaluation.pk, foreign.pk)).status_code == 404


def test_waiting_names_arrive_at_the_lead_and_204_says_nothing_new(as_lead, evaluation):
    revision = evaluation.log.events.count()
    nothing = as_lead.get(url("waiting", evaluation.pk), {"since": revision}, headers=HTMX)
    knocking(evaluation)

    news = as_lead.get(url("waiting", evaluation.pk), {"since": revision}, headers=HTMX)

    assert nothing.status_code == 204
    assert "Waiting Wanda" in news.content.decode()


@pytest.fixture
def token(evaluation):
    return door.make_join_link(evaluation=evaluation, by=lead_of(evaluation.team), at=timezone.now())[1]


def test_a_browser_knocks_waits_and_is_signed_in_once_admitted(as_lead, evaluation, token):
    guest = Client()
    asked = guest.post(url("join", token), {"name": "Sam"})
    before = guest.post(url("wait", token), headers=HTMX)
    not_yet = guest.get(url("page", evaluation.pk)).status_code
    as_lead.post(url("admit", evaluation.pk, JoinRequest.objects.get().pk))

    opened = guest.get(url("wait", token))
    still_out = guest.get(url("page", evaluation.pk)).status_code
    admitted = guest.post(url("wait", token), headers=HTMX)

    assert asked["Location"] == url("wait", token)
    assert (before.status_code, not_yet, opened.status_code, still_out) == (204, 302, 200, 302)
    assert admitted["HX-Redirect"] == inside(evaluation)
    assert guest.get(url("page", evaluation.pk)).status_code == 200


def test_without_script_the_button_leads_in_too(as_lead, evaluation, token):
    guest = Client()
    guest.post(url("join", token), {"name": "Sam"})
    waiting = guest.post(url("wait", token))
    as_lead.post(url("admit", evaluation.pk, JoinRequest.objects.get().pk))

    admitted = guest.post(url("wait", token))

    assert "Look now" in waiting.content.decode()
    assert (admitted.status_code, admitted["Location"]) == (303, inside(evaluation))


def test_another_browser_is_not_let_in_by_the_same_link(as_lead, evaluation, token):
    Client().post(url("join", token), {"name": "Sam"})
    as_lead.post(url("admit", evaluation.pk, JoinRequest.objects.get().pk))
    thief = Client()

    answer = thief.post(url("wait", token))

    assert answer["Location"] == url("join", token)
    assert "_auth_user_id" not in thief.session


def test_who_is_refused_stops_waiting_and_may_ask_again(as_lead, evaluation, token):
    guest = Client()
    guest.post(url("join", token), {"name": "Sam"})
    as_lead.post(url("refuse", evaluation.pk, JoinRequest.objects.get().pk))

    told = guest.post(url("wait", token), headers=HTMX).content.decode()

    assert "Not admitted" in told
    assert "every 2s" not in told
    assert guest.post(url("join", token), {"name": "Sam"}).status_code == 303


def test_the_waiting_page_asks_every_two_seconds_by_post(token):
    guest = Client()
    guest.post(url("join", token), {"name": "Sam"})

    page = guest.get(url("wait", token)).content.decode()

    assert re.search(r"hx-post=\"[^\"]+\" hx-trigger=\"load, every 2s, submit\"", page)


def test_a_guest_whose_access_ended_is_out_at_once(as_lead, evaluation, client):
    person = make_guest(evaluation)
    guest = evaluation.guests.get()
    inside = Client()
    inside.force_login(person)
    before = inside.get(url("page", evaluation.pk)).status_code

    ended = as_lead.post(url("end_guest", evaluation.pk, guest.pk))
    again = as_lead.post(url("end_guest", evaluation.pk, guest.pk))

    assert (before, ended.status_code, again.status_code) == (200, 303, 409)
    assert inside.get(url("page", evaluation.pk)).status_code == 404


def test_a_second_sam_is_told_beside_the_field(token):
    Client().post(url("join", token), {"name": "Sam"})

    answer = Client().post(url("join", token), {"name": "sam"})

    assert answer.status_code == 422
    assert "Somebody called sam is here already" in answer.content.decode()


def test_a_member_who_opens_the_link_is_led_inside(as_lead, evaluation, token):
    assert as_lead.get(url("join", token))["Location"] == inside(evaluation)


def test_a_closed_door_says_so_and_an_unknown_one_does_not_exist(as_lead, evaluation, token):
    open_door = Client().get(url("join", token)).status_code
    as_lead.post(url("close_door", evaluation.pk))

    assert open_door == 200
    assert Client().get(url("join", token)).status_code == 410
    assert Client().post(url("join", token), {"name": "Sam"}).status_code == 410
    assert Client().get(url("join", "nothing")).status_code == 404


def test_knocking_is_counted_by_link_and_address(token, monkeypatch):
    monkeypatch.setattr(throttle, "PER_LINK_AND_ADDRESS", 2)

    first = [Client().post(url("join", token), {"name": f"Name {n}"}).status_code for n in range(3)]
    elsewhere = Client(REMOTE_ADDR="192.0.2.9").post(url("join", token), {"name": "Other"}).status_code
    monkeypatch.setattr(throttle, "PER_LINK", 4)
    crowd = Client(REMOTE_ADDR="192.0.2.10").post(url("join", token), {"name": "More"}).status_code

    assert first == [303, 303, 429]
    assert (elsewhere, crowd) == (303, 429)
