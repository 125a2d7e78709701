"""The page of a sign-off and what is done on it, by HTTP."""

import re

import pytest
from django.urls import reverse

from evaluations.checklist.models import Phase
from evaluations.signoff import reauthentication
from evaluations.signoff.models import ReviewPoint, Signoff
from evaluations.signoff.queries import digest_of
from evaluations.teams.actions import change_role
from evaluations.teams.models import Role
from tests.builders import NOW, make_member, membership
from tests.signoff.signing import FIRST, make_signing, set_aside

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PASSWORD = "a long enough secret"


@pytest.fixture
def signing():
    return make_signing()


@pytest.fixture
def as_reviewer(client, signing):
    client.force_login(signing.reviewer)
    return client


@pytest.fixture
def as_lead(client, signing):
    client.force_login(signing.lead)
    return client


def url(signing, name="phase", *args):
    return reverse(f"signoff:{name}", args=[signing.evaluation.pk, *(args or [FIRST])])


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def digest_on(answer):
    return re.search(r'id="digest">([0-9a-f]{64})<', answer.content.decode())[1]


# ---- The page


def test_the_page_shows_all_that_is_signed_in_words_with_its_checksum(signing, as_reviewer):
    answer = as_reviewer.get(url(signing))

    text = text_of(answer)
    assert "Hold 5,000 connections" in text and "FastAPI" in text and "because" in text
    assert digest_on(answer) == digest_of(signing.evaluation, FIRST)
    assert f"as at revision {signing.evaluation.log.count}" in text
    assert "Nothing is missing: this phase can be signed." in text


def test_what_is_missing_is_said_and_nothing_offered_to_sign(client):
    signing = make_signing(is_ready=False)
    client.force_login(signing.reviewer)

    answer = client.get(url(signing))

    assert "11 of 11 checklist items are open" in text_of(answer)
    assert "Write down what the service needs" in text_of(answer)
    assert url(signing, "sign") not in answer.content.decode()


def test_each_phase_has_a_page_and_no_other_word_has(signing, as_reviewer):
    statuses = [as_reviewer.get(url(signing, "phase", phase)).status_code for phase in Phase.values]

    assert statuses == [200] * 5
    assert as_reviewer.get(url(signing, "phase", "nonsense")).status_code == 404


def test_whoever_wrote_of_it_is_told_why_they_cannot_sign(signing, client):
    signing.change()
    row = membership(signing.evaluation.team, signing.author)
    change_role(membership=row, role=Role.REVIEWER, seen=row.version, by=signing.lead, at=NOW)
    client.force_login(signing.author)

    page = client.get(url(signing))

    told = text_of(page)
    assert "You entered some of this phase" in told
    assert told.index("You entered some of this phase") < told.index("What is signed")
    assert url(signing, "sign") not in page.content.decode()


def test_the_page_costs_no_more_with_more_said(signing, as_reviewer, django_assert_max_num_queries):
    for _ in range(4):
        signing.ask("Name the source", "Say why")
        ReviewPoint.objects.update(settled_at="2026-03-02T09:00Z", settled_by=signing.lead)

    with django_assert_max_num_queries(70):
        as_reviewer.get(url(signing))


# ---- Signing


def test_a_reviewer_signs_what_the_page_showed(signing, as_reviewer):
    seen = digest_on(as_reviewer.get(url(signing)))

    answer = as_reviewer.post(url(signing, "sign"), {"digest": seen, "comment": "Sound"})

    assert (answer.status_code, answer.url) == (303, url(signing))
    assert Signoff.objects.get().digest == seen
    assert "Approved by Rea Reviewer as at revision" in text_of(as_reviewer.get(url(signing)))


def test_a_page_that_is_out_of_date_signs_nothing_keeps_the_comment_and_shows_what_is_now(signing, as_reviewer):
    seen = digest_on(as_reviewer.get(url(signing)))
    signing.change()

    answer = as_reviewer.post(url(signing, "sign"), {"digest": seen, "comment": "Sound work"})

    assert answer.status_code == 409
    assert "changed while you were reading it" in text_of(answer) and "Sound work" in text_of(answer)
    assert f'name="digest" value="{digest_of(signing.evaluation, FIRST)}"' in answer.content.decode()
    assert not Signoff.objects.exists()


def test_a_digest_that_is_none_is_refused(signing, as_reviewer):
    assert as_reviewer.post(url(signing, "sign"), {"digest": "x"}).status_code == 422


def test_a_password_is_asked_for_unless_it_was_given_a_moment_ago(signing, as_reviewer):
    signing.reviewer.set_password(PASSWORD)
    signing.reviewer.save()
    as_reviewer.force_login(signing.reviewer)
    page = as_reviewer.get(url(signing))
    given = {"digest": digest_on(page), "comment": "Sound"}
    assert 'name="password"' in page.content.decode()

    wrong = as_reviewer.post(url(signing, "sign"), {**given, "password": "guess"})
    none = as_reviewer.post(url(signing, "sign"), given)
    assert (wrong.status_code, none.status_code) == (422, 422)
    assert "That is not your password" in text_of(wrong) and not Signoff.objects.exists()

    assert as_reviewer.post(url(signing, "sign"), {**given, "password": PASSWORD}).status_code == 303
    signing.change()
    assert 'name="password"' not in as_reviewer.get(url(signing)).content.decode()


def test_a_password_is_good_for_ten_minutes(signing, as_reviewer, monkeypatch):
    signing.reviewer.set_password(PASSWORD)
    signing.reviewer.save()
    as_reviewer.force_login(signing.reviewer)
    given = {"digest": digest_of(signing.evaluation, FIRST), "password": PASSWORD}
    as_reviewer.post(url(signing, "sign"), given)

    monkeypatch.setattr(reauthentication, "GOOD_FOR", reauthentication.GOOD_FOR * 0)

    signing.change()
    assert 'name="password"' in as_reviewer.get(url(signing)).content.decode()


def test_a_stale_signature_tells_what_changed_and_is_confirmed_in_one_step(signing, as_reviewer):
    signing.sign()
    signing.change(3.5)

    page = as_reviewer.get(url(signing))
    assert "Winner unchanged: FastAPI, margin 1.00 → 0.75." in text_of(page)
    assert "Scores: Speed, Django, score 3 3.5" in text_of(page)
    assert "Confirm as at revision" in text_of(page)
    assert text_of(page).index("Confirm as at revision") < text_of(page).index("What is signed")
    as_reviewer.post(url(signing, "sign"), {"digest": digest_on(page)})

    assert signing.standing().state == "approved"


def test_only_who_read_all_of_it_before_gives_their_word_above_it(signing, client, as_reviewer):
    first = text_of(as_reviewer.get(url(signing)))
    signing.sign()
    signing.change(3.5)
    client.force_login(make_member(signing.evaluation.team, Role.REVIEWER))
    another = text_of(client.get(url(signing)))

    for page, button in ((first, "Approve as at revision"), (another, "Confirm as at revision")):
        assert page.index("Go to your word on it") < page.index("What is signed") < page.index(button)


def test_the_lead_approves_alone_with_a_reason_beside_the_field_when_it_lacks(signing, as_lead):
    given = {"digest": digest_of(signing.evaluation, FIRST)}

    refused = as_lead.post(url(signing, "approve_alone"), given)
    done = as_lead.post(url(signing, "approve_alone"), {**given, "reason": "Nobody else knows it"})

    assert (refused.status_code, done.status_code) == (422, 303)
    assert "This field is required" in text_of(refused)
    assert "without independent review: Nobody else knows it" in text_of(as_lead.get(url(signing)))


# ---- Sent back, set aside


def test_changes_are_asked_for_line_by_line_and_ticked_off(signing, as_reviewer, client):
    given = {"digest": digest_of(signing.evaluation, FIRST), "points": "Name the source\n\n Say why "}
    assert as_reviewer.post(url(signing, "request_changes"), given).status_code == 303
    client.force_login(signing.author)

    for point in ReviewPoint.objects.all():
        ticked = {"seen": point.version, "is_settled": "yes"}
        assert client.post(url(signing, "settle", point.pk), ticked).status_code == 303

    assert [point.text for point in ReviewPoint.objects.all()] == ["Name the source", "Say why"]
    assert signing.standing().state == "ready"


def test_a_point_that_moved_is_told(signing, as_lead):
    point = signing.ask("Name the source").points.get()
    ticked = {"seen": point.version, "is_settled": "yes"}
    as_lead.post(url(signing, "settle", point.pk), ticked)

    answer = as_lead.post(url(signing, "settle", point.pk), ticked)

    assert answer.status_code == 409 and "This is how it stands now" in text_of(answer)


def test_points_are_asked_for(signing, as_reviewer):
    given = {"digest": digest_of(signing.evaluation, FIRST), "points": " \n "}

    answer = as_reviewer.post(url(signing, "request_changes"), given)

    assert answer.status_code == 422 and "This field is required" in text_of(answer)


def test_the_lead_sets_a_phase_aside_and_takes_it_up(signing, as_lead):
    given = {"reason": "One person builds it"}

    assert as_lead.post(url(signing, "set_not_applicable", "teamfit"), given).status_code == 303
    assert "This phase does not apply: One person builds it" in text_of(as_lead.get(url(signing, "phase", "teamfit")))
    assert as_lead.post(url(signing, "set_applicable", "teamfit")).status_code == 303

    assert signing.standing("teamfit").state == "open"


def test_setting_aside_twice_is_told(signing, as_lead):
    set_aside(signing.evaluation, "teamfit", by=signing.lead)

    answer = as_lead.post(url(signing, "set_not_applicable", "teamfit"), {"reason": "Again"})

    assert answer.status_code == 409 and "This phase is not applicable" in text_of(answer)


# ---- Live parts, rail, my work


def test_a_part_that_would_say_the_same_is_not_sent(signing, as_reviewer):
    page = as_reviewer.get(reverse("requirements:index", args=[signing.evaluation.pk])).content.decode()
    mark = re.search(r'id="signoff-state-requirements".*?name="seen" value="(\w+)"', page, re.S)[1]
    assert "Review and sign" in page

    same = as_reviewer.get(url(signing, "state"), {"seen": mark}, headers=HTMX)
    signing.sign()
    other = as_reviewer.get(url(signing, "state"), {"seen": mark}, headers=HTMX)

    assert (same.status_code, other.status_code) == (204, 200)
    assert "approved" in text_of(other) and "<html" not in other.content.decode()


def test_a_reader_is_told_of_a_change_and_of_nothing_else(signing, as_reviewer):
    page = as_reviewer.get(url(signing)).content.decode()
    mark = re.search(r'id="signoff-news".*?name="seen" value="(\w+)"', page, re.S)[1]
    set_aside(signing.evaluation, "teamfit", by=signing.lead)
    assert as_reviewer.get(url(signing, "news"), {"seen": mark}, headers=HTMX).status_code == 204

    signing.change()

    assert "changed while you were reading" in text_of(as_reviewer.get(url(signing, "news"), {"seen": mark}))


def test_the_projector_shows_the_five_phases_and_asks_again(signing, as_reviewer):
    signing.sign()

    page = text_of(as_reviewer.get(reverse("workshop:projector", args=[signing.evaluation.pk])))
    again = reverse("signoff:progress", args=[signing.evaluation.pk])

    assert "Requirements: approved" in page and "Spikes: 0 of" in page
    assert as_reviewer.get(again, {"since": signing.evaluation.log.count}).status_code == 204
    assert "Requirements: approved" in text_of(as_reviewer.get(again, {"since": 1}))


def test_the_rail_says_how_each_phase_stands(signing, as_reviewer):
    rail = reverse("overview:rail", args=[signing.evaluation.pk])
    notes = []

    for act in (signing.sign, signing.change, lambda: signing.ask("Why?")):
        act()
        said = text_of(as_reviewer.get(rail))
        notes.append(re.search(r"Requirements (approved|changed|sent back)", said))

    assert [note and note[1] for note in notes] == ["approved", "changed", "sent back"]


def test_my_work_lists_what_waits_for_reviewer_and_authors(signing, as_reviewer, client):
    team = reverse("overview:team", args=[signing.evaluation.team_id])
    assert "Requirements: review and sign" in text_of(as_reviewer.get(team))
    signing.sign()
    assert "Nothing waits for you" in text_of(as_reviewer.get(team))
    signing.change()
    assert "Requirements: see what changed and confirm" in text_of(as_reviewer.get(team))
    signing.ask("Why?")
    client.force_login(signing.author)

    assert "Requirements: make the changes a reviewer asked for" in text_of(client.get(team))
