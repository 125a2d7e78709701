from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from evaluations.requirements import actions as requirements
from evaluations.rounds import actions as rounds
from evaluations.teams.models import Role
from evaluations.workshop import actions
from evaluations.workshop.models import Workshop
from tests.builders import NOW, lead_of, make_evaluation, make_guest, make_member, make_person

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def lead(evaluation):
    return lead_of(evaluation.team)


@pytest.fixture
def as_lead(client, lead):
    client.force_login(lead)
    return client


@pytest.fixture
def workshop(evaluation, lead):
    return actions.start(evaluation=evaluation, by=lead, at=timezone.now() - timedelta(minutes=4))


def url(name, evaluation, *args):
    return reverse(f"workshop:{name}", args=[evaluation.pk, *args])


def text(response):
    return response.content.decode()


def test_the_lead_starts_and_steers_without_script(as_lead, evaluation):
    before = text(as_lead.get(url("index", evaluation)))
    started = as_lead.post(url("start", evaluation))
    for push in ("next", "extend", "pause", "resume", "back", "end"):
        seen = Workshop.objects.get().version
        assert as_lead.post(url("steer", evaluation, push), {"seen": seen}).status_code == 303

    assert "Start the clock" in before
    assert started.status_code == 303
    kinds = evaluation.log.events.filter(kind__startswith="workshop.").order_by("number")
    assert [event.kind.removeprefix("workshop.") for event in kinds] == [
        "started",
        "step_begun",
        "extended",
        "paused",
        "resumed",
        "step_begun",
        "ended",
    ]


def test_a_push_from_an_old_page_skips_no_step_and_says_so(as_lead, evaluation, workshop):
    first = as_lead.post(url("steer", evaluation, "next"), {"seen": workshop.version}, headers=HTMX)
    second = as_lead.post(url("steer", evaluation, "next"), {"seen": workshop.version}, headers=HTMX)

    assert (first.status_code, second.status_code) == (200, 409)
    assert "You moved the workshop a moment ago" in text(second)
    assert "<html" not in text(second)
    assert Workshop.objects.get().step == 1


def test_a_push_the_clock_cannot_follow_is_said(as_lead, evaluation, workshop):
    answer = as_lead.post(url("steer", evaluation, "resume"), {"seen": workshop.version})
    unknown = as_lead.post(url("steer", evaluation, "jump"), {"seen": workshop.version})

    assert (answer.status_code, "running already" in text(answer)) == (422, True)
    assert unknown.status_code == 404


def test_contributors_and_viewers_follow_but_do_not_steer(client, evaluation, workshop):
    for role in (Role.CONTRIBUTOR, Role.VIEWER):
        client.force_login(make_member(evaluation.team, role))

        page = client.get(url("index", evaluation))
        push = client.post(url("steer", evaluation, "next"), {"seen": workshop.version})
        start = client.post(url("start", evaluation))

        assert (page.status_code, "Next step" in text(page)) == (200, False)
        assert (push.status_code, start.status_code) == (403, 403)


def test_to_a_stranger_there_is_no_workshop(client, evaluation, workshop):
    client.force_login(make_person())

    assert {client.get(url(name, evaluation)).status_code for name in ("index", "projector", "screen", "bar")} == {404}


def test_the_page_carries_the_servers_times_for_the_clock(as_lead, evaluation, workshop):
    page = text(as_lead.get(url("index", evaluation)))
    actions.pause(workshop=workshop, seen=workshop.version, by=lead_of(evaluation.team), at=timezone.now())
    paused = text(as_lead.get(url("index", evaluation)))

    assert f'data-ends-at="{workshop.step_ends_at.isoformat()}"' in page
    assert "data-now=" in page
    assert "data-ends-at" not in paused
    assert ">6:00<" in paused or ">5:59<" in paused


def test_the_projector_shows_step_time_and_count_and_nobodys_name(client, evaluation, lead, workshop):
    people = [lead, make_member(evaluation.team, name="Ada Lovett"), make_guest(evaluation, "Grace Visitor")]
    row = requirements.add_requirement(evaluation=evaluation, kind="load", statement="Secret", by=lead, at=NOW)
    round_ = requirements.vote(evaluation=evaluation, requirements=[row], by=people[1], at=NOW)
    rounds.set_finished(round=round_, finished=True, by=people[1], at=NOW)
    actions.go_to_step(workshop=workshop, step=1, seen=workshop.version, by=lead, at=timezone.now())
    client.force_login(lead)

    pages = [text(client.get(url(name, evaluation))) for name in ("projector", "screen")]

    for page in pages:
        assert "Requirements and vote" in page
        assert "1 of 3 finished" in page
        assert "25:00" in page or "24:59" in page
        assert "Secret" not in page
        assert [person.shown_name for person in people if person.shown_name in page] == []


def test_parts_are_drawn_again_only_when_the_workshop_moved(as_lead, evaluation, lead, workshop):
    evaluation.log.refresh_from_db()
    since = evaluation.log.count

    same = {as_lead.get(url(name, evaluation), {"since": since}).status_code for name in ("now", "bar", "screen")}
    actions.pause(workshop=workshop, seen=workshop.version, by=lead, at=timezone.now())
    moved = [as_lead.get(url(name, evaluation), {"since": since}) for name in ("now", "bar", "screen")]

    assert same == {204}
    assert {answer.status_code for answer in moved} == {200}
    assert all("aused" in text(answer) for answer in moved)


def test_the_bar_stands_on_the_pages_of_phase_1_while_a_workshop_goes_on(as_lead, evaluation, lead, workshop):
    names = ("requirements:index", "requirements:criteria", "requirements:weights")
    going = [text(as_lead.get(reverse(name, args=[evaluation.pk]))) for name in names]
    actions.end(workshop=workshop, seen=workshop.version, by=lead, at=timezone.now())
    over = [text(as_lead.get(reverse(name, args=[evaluation.pk]))) for name in names]

    assert all('class="steps"' in page for page in going)
    assert not any('class="steps"' in page for page in over)
