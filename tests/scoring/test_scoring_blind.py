"""Before the reveal, what another person gets is byte for byte the same whatever one rated."""

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from evaluations.problems import exporting
from evaluations.scoring import details, queries
from evaluations.scoring.standing import current_standing
from tests.builders import make_guest
from tests.scoring.table import make_table

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def places(table):
    here, cell = [table.evaluation.pk], [table.candidate("FastAPI").pk, table.criterion("Speed").pk]
    return [
        (reverse("scoring:sheet", args=here), {}),
        (reverse("scoring:progress", args=here), {"since": 0}),
        (reverse("scoring:agenda", args=here), {}),
        (reverse("scoring:topics", args=here), {"since": 0}),
        (reverse("scoring:verdicts", args=here), {}),
        (reverse("scoring:cell", args=[*here, *cell]), {}),
        (reverse("scoring:facts", args=[*here, *cell]), {"since": 0}),
        (reverse("matrix:page", args=here), {}),
        (reverse("matrix:page", args=here), {"view": "contributions"}),
        (reverse("matrix:page", args=here), {"view": "requirements"}),
        (reverse("matrix:changes", args=here), {"since": 1}),
        (reverse("matrix:csv", args=here), {}),
    ]


def seen_by(person, table):
    """Everything the person can get, without what is random or counts events."""
    cache.clear()
    client = Client()
    client.force_login(person)
    found = {}
    for address, given in places(table):
        for headers in ({}, HTMX):
            answer = client.get(address, given, headers=headers)
            body = re.sub(
                r'(nonce|csrfmiddlewaretoken"? value|X-CSRFToken"?:)\W+[\w+/=-]+', "", answer.content.decode()
            )
            body = re.sub(r'name="since" value="\d+"|request [0-9a-f]{32}', "", body)
            found[address, str(given), bool(headers)] = (
                answer.status_code,
                re.sub(r"Revision \d+|\d\d:\d\d", "", body),
            )
    return found


def rated(table, value, reason):
    table.rate(table.members[0], {("FastAPI", "Speed"): value}, reason=reason)


def compare(people, table):
    rated(table, 1, "hopeless")
    first = [seen_by(person, table) for person in people]
    rated(table, 5, "splendid")
    return first, [seen_by(person, table) for person in people]


def test_nobody_learns_another_persons_rating_before_the_reveal():
    table = make_table()
    table.agree({("Django", "Speed"): 3})
    people = [table.lead, table.members[1], make_guest(table.evaluation)]

    first, second = compare(people, table)

    assert first == second
    assert all(status in {200, 204} for answers in first for status, _ in answers.values())
    assert not any("hopeless" in body or "splendid" in body for all_of in first + second for _, body in all_of.values())


def test_the_comparison_can_fail_a_planted_leak_is_seen(monkeypatch):
    table = make_table()
    revealed_only = queries.ratings_by_person

    def leaking(evaluation):
        found = {key: dict(by) for key, by in revealed_only(evaluation).items()}
        with connection.cursor() as cursor:
            cursor.execute("SELECT candidate_id, criterion_id, person_id, value FROM evaluations_rating")
            for candidate_id, criterion_id, person_id, value in cursor.fetchall():
                found.setdefault((candidate_id, criterion_id), {})[person_id] = value
        return found

    monkeypatch.setattr(queries, "ratings_by_person", leaking)
    monkeypatch.setattr(exporting, "ratings_by_person", leaking)

    first, second = compare([table.members[1]], table)

    assert first != second


def test_the_one_who_rated_sees_their_own():
    table = make_table()
    rated(table, 5, "splendid")

    own = seen_by(table.members[0], table)

    assert "splendid" in own[reverse("scoring:sheet", args=[table.evaluation.pk]), "{}", False][1]


def test_the_reveal_shows_all_at_once():
    table = make_table()
    rated(table, 5, "splendid")
    table.reveal()

    found = seen_by(table.members[1], table)
    cell = [table.evaluation.pk, table.candidate("FastAPI").pk, table.criterion("Speed").pk]

    assert "splendid" in found[reverse("scoring:cell", args=cell), "{}", False][1]
    assert current_standing(table.evaluation).rows[0].expected == 4


def test_the_history_of_a_cell_leaves_sealed_answers_out_until_the_reveal():
    table = make_table()
    rated(table, 5, "splendid")
    cell = (table.evaluation, table.candidate("FastAPI"), table.criterion("Speed"))

    before = details.cell_history(*cell)
    table.reveal()

    assert before == []
    assert [(one.text, one.reason) for one in details.cell_history(*cell)] == [("rated 5", "splendid")]
