"""What stands behind a must-have's verdict: notes, links and files, on a page of its own."""

import pytest
from django.test import Client
from django.urls import reverse

from evaluations.scoring.models import Evidence
from evaluations.teams.models import Role
from tests.builders import lead_of, make_candidate, make_evaluation, make_member, make_requirement

pytestmark = pytest.mark.django_db
NOTE = {"kind": "note", "title": "Spike of Tuesday", "text": "held 6,000 sockets", "strength": "strong"}


@pytest.fixture
def place():
    evaluation = make_evaluation()
    candidate = make_candidate(evaluation, "FastAPI")
    must_have = make_requirement(evaluation, must_have=True)
    return evaluation, must_have, candidate


def address(place) -> str:
    evaluation, must_have, candidate = place
    return reverse("scoring:verdict_evidence", args=[evaluation.pk, must_have.pk, candidate.pk])


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_evidence_is_added_recorded_and_counted_beside_the_verdict(place):
    evaluation, must_have, candidate = place
    lead = signed_in(lead_of(evaluation.team))

    answer = lead.post(address(place), NOTE)

    assert answer.status_code == 303
    row = Evidence.objects.get(requirement=must_have, candidate=candidate)
    assert row.criterion is None and row.version == evaluation.log.events.get(kind="scoring.evidence_added").number
    assert "held 6,000 sockets" in lead.get(address(place)).content.decode()
    assert "1 piece of evidence" in lead.get(reverse("scoring:verdicts", args=[evaluation.pk])).content.decode()


def test_a_note_without_words_is_refused_beside_the_field_and_keeps_what_was_typed(place):
    lead = signed_in(lead_of(place[0].team))

    answer = lead.post(address(place), NOTE | {"text": ""})

    assert answer.status_code == 422
    assert "Spike of Tuesday" in answer.content.decode()
    assert not Evidence.objects.exists()


def test_a_viewer_reads_and_may_not_add(place):
    viewer = signed_in(make_member(place[0].team, Role.VIEWER))

    assert viewer.get(address(place)).status_code == 200
    assert viewer.post(address(place), NOTE).status_code == 403
    assert not Evidence.objects.exists()


def test_evidence_taken_out_leaves_the_page(place):
    lead = signed_in(lead_of(place[0].team))
    lead.post(address(place), NOTE)
    row = Evidence.objects.get()

    answer = lead.post(reverse("scoring:remove_evidence", args=[place[0].pk, row.pk]))

    assert answer["Location"] == address(place)
    assert "None yet" in lead.get(address(place)).content.decode()
