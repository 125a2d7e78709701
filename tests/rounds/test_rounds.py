from datetime import timedelta

import pytest
from django.urls import reverse

from evaluations.candidates.access import NotOpen
from evaluations.candidates.models import Evaluation
from evaluations.rounds import actions, queries
from evaluations.rounds.models import Finish, Round
from evaluations.teams.access import Refused
from evaluations.teams.models import Role
from tests.builders import NOW, lead_of, make_evaluation, make_guest, make_member, make_person

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
LATER = NOW + timedelta(minutes=5)
WEIGHTS = Round.Subject.WEIGHTS


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def lead(evaluation):
    return lead_of(evaluation.team)


@pytest.fixture
def opened(evaluation, lead):
    return actions.open_round(evaluation=evaluation, subject=WEIGHTS, by=lead, at=NOW)


def url(name, *args):
    return reverse(f"rounds:{name}", args=args)


def kinds(evaluation):
    return list(evaluation.log.events.order_by("number").values_list("kind", flat=True))


def test_a_round_is_opened_once_per_subject_and_numbered(evaluation, lead, opened):
    with pytest.raises(actions.RoundIsOpen):
        actions.open_round(evaluation=evaluation, subject=WEIGHTS, by=lead, at=LATER)
    actions.open_round(evaluation=evaluation, subject=Round.Subject.VOTES, by=lead, at=LATER)
    actions.reveal(round=opened, by=lead, at=LATER)

    second = actions.open_round(evaluation=evaluation, subject=WEIGHTS, by=lead, at=LATER)

    assert (opened.number, second.number) == (1, 2)
    assert kinds(evaluation)[-2:] == ["rounds.revealed", "rounds.opened"]


def test_only_a_lead_opens_and_reveals(evaluation, opened):
    contributor = make_member(evaluation.team)

    with pytest.raises(Refused):
        actions.open_round(evaluation=evaluation, subject=Round.Subject.VOTES, by=contributor, at=NOW)
    with pytest.raises(Refused):
        actions.reveal(round=opened, by=contributor, at=NOW)

    assert queries.open_round_of(evaluation, WEIGHTS) == opened


def test_a_round_is_revealed_once(lead, opened):
    actions.reveal(round=opened, by=lead, at=LATER)

    with pytest.raises(actions.RoundIsRevealed):
        actions.reveal(round=opened, by=lead, at=LATER)


def test_finishing_is_counted_among_those_who_may_answer_and_can_be_taken_back(evaluation, lead, opened):
    make_member(evaluation.team, Role.VIEWER)
    guest = make_guest(evaluation)
    actions.set_finished(round=opened, finished=True, by=lead, at=NOW)
    actions.set_finished(round=opened, finished=True, by=guest, at=NOW)
    both = queries.progress_of(opened)

    actions.set_finished(round=opened, finished=False, by=guest, at=LATER)

    assert (both.finished, both.expected) == (2, 2)
    assert queries.progress_of(opened).finished == 1
    assert evaluation.log.events.order_by("-number").first().sealed_by == opened.seal


def test_nobody_finishes_a_revealed_or_decided_round(evaluation, lead, opened):
    actions.reveal(round=opened, by=lead, at=LATER)
    with pytest.raises(actions.RoundIsRevealed):
        actions.set_finished(round=opened, finished=True, by=lead, at=LATER)
    opened.evaluation.state = Evaluation.State.DECIDED
    opened.evaluation.save()

    with pytest.raises(NotOpen):
        actions.set_finished(round=opened, finished=True, by=lead, at=LATER)

    assert not Finish.objects.exists()


def test_a_click_leads_back_to_the_page_it_came_from_but_never_off_this_site(client, evaluation, lead):
    client.force_login(lead)
    here = reverse("requirements:weights", args=[evaluation.pk])

    own = client.post(url("open", evaluation.pk, WEIGHTS), {"next": here})
    foreign = client.post(url("open", evaluation.pk, "votes"), {"next": "https://elsewhere.example/"})

    assert (own.status_code, own["Location"]) == (303, here)
    assert (foreign.status_code, foreign["Location"]) == (303, reverse("candidates:page", args=[evaluation.pk]))


def test_with_htmx_the_live_parts_are_asked_to_look_again(client, lead, evaluation, opened):
    client.force_login(lead)

    answer = client.post(url("finish", evaluation.pk, opened.pk), {"finished": "1"}, headers=HTMX)

    assert (answer.status_code, answer["HX-Trigger"], answer.content) == (204, "revision", b"")
    assert queries.has_finished(opened, lead)


def test_a_second_reveal_by_click_says_what_happened(client, lead, evaluation, opened):
    client.force_login(lead)
    here = reverse("requirements:weights", args=[evaluation.pk])
    client.post(url("reveal", evaluation.pk, opened.pk), {"next": here})

    page = client.post(url("reveal", evaluation.pk, opened.pk), {"next": here}, follow=True)

    assert "This round was revealed already." in page.content.decode()
    assert kinds(evaluation).count("rounds.revealed") == 1


def test_views_refuse_wrong_roles_strangers_and_foreign_rounds(client, evaluation, opened):
    other = make_evaluation()
    client.force_login(make_member(evaluation.team, Role.VIEWER))
    refused = {
        client.post(url("open", evaluation.pk, "votes")).status_code,
        client.post(url("reveal", evaluation.pk, opened.pk)).status_code,
        client.post(url("finish", evaluation.pk, opened.pk)).status_code,
    }
    client.force_login(lead_of(other.team))
    foreign = client.post(url("reveal", other.pk, opened.pk)).status_code
    client.force_login(make_person())
    unknown = client.post(url("reveal", evaluation.pk, opened.pk)).status_code

    assert (refused, foreign, unknown) == ({403}, 404, 404)
    assert not Round.objects.revealed().exists()
