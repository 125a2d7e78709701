from datetime import UTC, datetime, timedelta

import pytest

from evaluations.audit.queries import first_fault
from evaluations.candidates import door, queries
from evaluations.candidates.access import NotOpen, capabilities_in
from evaluations.candidates.models import Evaluation, GuestAccess, JoinLink, JoinRequest
from evaluations.teams.access import CAPABILITIES, Refused
from evaluations.teams.models import Person, Role
from tests.builders import NOW, lead_of, make_evaluation, make_guest, make_member, make_person

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def token(evaluation):
    return door.make_join_link(evaluation=evaluation, by=lead_of(evaluation.team), at=NOW)[1]


def knock(token, name="Sam", person=None, at=LATER):
    return door.ask_to_join(token=token, name=name, person=person, at=at)


def test_a_link_holds_until_the_end_of_the_local_day_and_at_least_four_hours(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    morning = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    evening = datetime(2026, 3, 2, 21, 0, tzinfo=UTC)

    ends = door.end_of(morning), door.end_of(evening)

    assert ends == (datetime(2026, 3, 2, 23, 0, tzinfo=UTC), evening + timedelta(hours=4))


def test_the_link_can_be_shown_again_though_only_its_digest_is_kept(evaluation, token):
    link = queries.newest_link(evaluation)

    stored = str(JoinLink.objects.filter(pk=link.pk).values())
    told = str(list(evaluation.log.events.values_list("about", "payload")))

    assert door.token_of(link) == token
    assert token not in stored + told


def test_the_token_follows_from_the_secret_key(evaluation, token, settings):
    settings.SECRET_KEY = "another key " * 6

    assert door.token_of(queries.newest_link(evaluation)) != token


def test_only_a_lead_opens_the_door(evaluation):
    for person in (make_member(evaluation.team), make_member(evaluation.team, Role.VIEWER), make_guest(evaluation)):
        with pytest.raises(Refused):
            door.make_join_link(evaluation=evaluation, by=person, at=LATER)


def test_a_new_link_closes_the_old_one(evaluation, token):
    door.make_join_link(evaluation=evaluation, by=lead_of(evaluation.team), at=LATER)

    with pytest.raises(door.DoorClosed):
        knock(token, at=LATER)


def test_a_link_opens_nothing_when_closed_or_out_of_date_or_unknown(evaluation, token):
    with pytest.raises(JoinLink.DoesNotExist):
        knock("nothing")
    with pytest.raises(door.DoorClosed):
        knock(token, at=NOW + timedelta(days=1))
    door.close_join_link(link=queries.newest_link(evaluation), by=lead_of(evaluation.team), at=LATER)
    with pytest.raises(door.DoorClosed):
        knock(token)

    assert not JoinRequest.objects.exists()


def test_a_name_waits_and_is_recorded_without_its_secret(evaluation, token):
    asked, secret = knock(token, "  Sam   Short ")

    event = evaluation.log.events.order_by("-number")[0]
    assert (asked.name, asked.state) == ("Sam Short", JoinRequest.State.WAITING)
    assert (event.kind, event.payload, event.by) == ("candidates.join_asked", {"name": "Sam Short"}, None)
    assert secret not in str(JoinRequest.objects.filter(pk=asked.pk).values())
    assert door.request_of_secret(token, secret) == asked
    assert door.request_of_secret(token, "guess") is None


def test_a_second_sam_is_asked_for_another_name_whether_the_first_waits_or_is_inside(evaluation, token):
    asked, _ = knock(token, "Sam")

    with pytest.raises(door.GuestNameTaken):
        knock(token, "SAM")
    door.admit(join_request=asked, by=lead_of(evaluation.team), at=LATER)
    with pytest.raises(door.GuestNameTaken):
        knock(token, "sam")

    assert knock(token, "Sam B.")


def test_the_name_of_a_member_is_taken_too(evaluation, token):
    make_member(evaluation.team, name="Robin")

    with pytest.raises(door.GuestNameTaken):
        knock(token, "robin")


def test_too_many_waiting_names_are_turned_away(token, monkeypatch):
    monkeypatch.setattr(door, "WAITING_AT_ONCE", 2)
    knock(token, "A")
    knock(token, "B")

    with pytest.raises(door.DoorCrowded):
        knock(token, "C")


def test_who_is_admitted_contributes_to_this_evaluation_alone(evaluation, token):
    other = make_evaluation(team=evaluation.team)
    asked, _ = knock(token)

    guest = door.admit(join_request=asked, by=lead_of(evaluation.team), at=LATER).person

    assert capabilities_in(guest, evaluation) == CAPABILITIES[Role.CONTRIBUTOR]
    assert capabilities_in(guest, other) == frozenset()
    assert not guest.has_usable_password()
    assert evaluation.log.events.order_by("-number")[0].about["person"] == guest.pk
    assert first_fault(evaluation.log) is None


def test_who_is_admitted_to_review_signs_and_rates_nothing(evaluation, token):
    asked, _ = knock(token)

    guest = door.admit(join_request=asked, by=lead_of(evaluation.team), at=LATER, role=GuestAccess.Role.REVIEWER).person

    assert capabilities_in(guest, evaluation) == CAPABILITIES[Role.REVIEWER]
    assert evaluation.log.events.order_by("-number")[0].payload["after"] == "reviewer"


def test_only_a_lead_admits_or_refuses(evaluation, token):
    asked, _ = knock(token)

    for person in (make_member(evaluation.team), lead_of(make_evaluation().team)):
        with pytest.raises(Refused):
            door.admit(join_request=asked, by=person, at=LATER)
        with pytest.raises(Refused):
            door.refuse(join_request=asked, by=person, at=LATER)

    assert JoinRequest.objects.get().state == JoinRequest.State.WAITING


def test_an_answer_is_given_once(evaluation, token):
    lead = lead_of(evaluation.team)
    asked, _ = knock(token)
    door.refuse(join_request=asked, by=lead, at=LATER)

    with pytest.raises(door.AlreadyAnswered):
        door.admit(join_request=asked, by=lead, at=LATER)
    with pytest.raises(door.AlreadyAnswered):
        door.refuse(join_request=asked, by=lead, at=LATER)

    assert not GuestAccess.objects.exists()


def test_somebody_with_an_account_keeps_it(evaluation, token):
    person = make_person("Kim")
    asked, _ = knock(token, "Kim", person=person)
    before = Person.objects.count()

    admitted = door.admit(join_request=asked, by=lead_of(evaluation.team), at=LATER)

    assert (admitted.person, Person.objects.count()) == (person, before)
    with pytest.raises(door.AlreadyInside):
        knock(token, "Kim again", person=person)


def test_ended_access_ends_and_is_announced_and_can_be_given_again(
    evaluation, token, monkeypatch, django_capture_on_commit_callbacks
):
    told = []
    monkeypatch.setattr(door, "announce_revocation", lambda *ids: told.append(ids))
    person, lead = make_person("Kim"), lead_of(evaluation.team)
    door.admit(join_request=knock(token, "Kim", person=person)[0], by=lead, at=LATER)
    guest = GuestAccess.objects.get(person=person)

    with django_capture_on_commit_callbacks(execute=True):
        door.end_guest_access(guest=guest, by=lead, at=LATER)

    assert capabilities_in(person, evaluation) == frozenset()
    assert told == [(evaluation.log_id, person.pk)]
    with pytest.raises(door.AlreadyEnded):
        door.end_guest_access(guest=guest, by=lead, at=LATER)
    door.admit(join_request=knock(token, "Kim", person=person)[0], by=lead, at=LATER)
    assert capabilities_in(person, evaluation)


def test_a_contributor_ends_nobodys_access(evaluation):
    guest = GuestAccess.objects.get(person=make_guest(evaluation))

    with pytest.raises(Refused):
        door.end_guest_access(guest=guest, by=make_member(evaluation.team), at=LATER)

    assert GuestAccess.objects.get().ended_at is None


def test_nobody_enters_a_decided_evaluation(evaluation, token):
    asked, _ = knock(token)
    Evaluation.objects.filter(pk=evaluation.pk).update(state=Evaluation.State.DECIDED)
    asked = queries.join_request_of(evaluation, asked.pk)

    with pytest.raises(NotOpen):
        door.admit(join_request=asked, by=lead_of(evaluation.team), at=LATER)
    with pytest.raises(door.DoorClosed):
        knock(token, "Another")
