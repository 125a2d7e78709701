import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from evaluations.audit.actions import writing
from evaluations.audit.models import AuditEvent
from evaluations.candidates.actions import edit_candidate
from evaluations.candidates.models import Evaluation
from evaluations.history import queries
from evaluations.history.queries import PER_PAGE, SEALED_WORDS, Filter
from evaluations.requirements import weighing
from evaluations.requirements.actions import vote
from evaluations.rounds import actions as rounds
from evaluations.rounds.queries import open_round_of
from evaluations.scoring.actions import rate
from evaluations.teams.models import Person
from tests.builders import (
    NOW,
    lead_of,
    make_candidate,
    make_criterion,
    make_evaluation,
    make_guest,
    make_member,
    make_person,
    make_requirement,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation()


@pytest.fixture
def lead(evaluation: Evaluation) -> Person:
    return lead_of(evaluation.team)


def shown(reader: Person, url: str, **query: Any) -> str:
    client = Client()
    client.force_login(reader)
    answer = client.get(url, query)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def page_of(evaluation: Evaluation) -> str:
    return reverse("history:page", args=[evaluation.pk])


def texts(evaluation: Evaluation, reader: Person, **wanted: Any) -> list[str]:
    return [line.text for line in queries.evaluation_page(evaluation, reader, Filter(**wanted)).lines]


def rated(evaluation: Evaluation, by: Person, value: int) -> None:
    candidate, criterion = make_candidate(evaluation, "Django"), make_criterion(evaluation, "Speed")
    rate(candidate=candidate, criterion=criterion, value=value, reason="My own reason", by=by, at=NOW)


def test_what_happened_is_told_newest_first_with_who_and_when(evaluation: Evaluation, lead: Person) -> None:
    make_candidate(evaluation, "Django")

    page = shown(lead, page_of(evaluation))

    newest = re.search(r'<li id="revision-(\d+)">(.*?)</li>', page, re.DOTALL)
    assert newest is not None
    assert int(newest[1]) == evaluation.log.count
    assert f"<b>{lead.shown_name}</b> added the candidate Django" in newest[2]
    assert 'datetime="2026-03-02T09:00:00+00:00"' in newest[2]


def test_who_asks_at_the_door_is_named_once(evaluation: Evaluation, lead: Person) -> None:
    make_guest(evaluation, "Gus Guest")

    page = shown(lead, page_of(evaluation))

    assert re.search(r"<div hx-disable>\s*Gus Guest asked to join the workshop", page)
    assert "fwselect</b> Gus" not in page


def test_names_are_shown_as_text(evaluation: Evaluation, lead: Person) -> None:
    make_candidate(evaluation, "<img src=x onerror=alert(1)>")

    assert "<img src=x" not in shown(lead, page_of(evaluation))


def test_filters_by_person_topic_and_candidate(evaluation: Evaluation, lead: Person) -> None:
    mia = make_member(evaluation.team, name="Mia")
    django, flask = make_candidate(evaluation, "Django", by=mia), make_candidate(evaluation, "Flask")
    make_requirement(evaluation, "Fast", by=mia)

    assert texts(evaluation, lead, person_id=mia.pk) == ["added the requirement “Fast”", "added the candidate Django"]
    assert texts(evaluation, lead, topic="requirements") == ["added the requirement “Fast”"]
    assert texts(evaluation, lead, candidate_id=flask.pk) == ["added the candidate Flask"]
    assert texts(evaluation, lead, person_id=mia.pk, candidate_id=django.pk) == ["added the candidate Django"]
    page = shown(lead, page_of(evaluation), person=mia.pk, topic="requirements")
    assert f'<option value="{mia.pk}" selected>Mia' in page
    assert page.count('<li id="revision-') == 1


@pytest.mark.parametrize(
    "query", [{"person": "x"}, {"candidate": "9" * 30}, {"before": "-1"}, {"topic": "%"}, {"before": "²"}]
)
def test_filters_nobody_would_choose_break_nothing(evaluation: Evaluation, lead: Person, query: dict[str, str]) -> None:
    assert "<h1>History</h1>" in shown(lead, page_of(evaluation), **query)


def test_nothing_that_fits_says_what_to_do(evaluation: Evaluation, lead: Person) -> None:
    assert "Nothing matches" in shown(lead, page_of(evaluation), topic="nothing")


def test_a_long_log_is_turned_page_by_page_and_no_event_is_lost(evaluation: Evaluation, lead: Person) -> None:
    with writing(evaluation.log, by=lead, at=NOW) as entry:
        for _ in range(2 * PER_PAGE):
            entry.record("candidates.reordered", about={})

    numbers: list[int] = []
    before: int | None = None
    while True:
        page = queries.evaluation_page(evaluation, lead, Filter(before=before))
        numbers += [line.number for line in page.lines]
        if page.older is None:
            break
        before = page.older

    assert numbers == list(range(evaluation.log.count, 0, -1))
    first = shown(lead, page_of(evaluation), topic="candidates")
    older = re.search(r'href="\?(topic=candidates&amp;before=\d+)"', first)
    assert older is not None
    assert "Newest" in shown(lead, page_of(evaluation), topic="candidates", before=60)


def test_a_page_of_history_costs_the_same_however_many_events_it_tells(
    evaluation: Evaluation, lead: Person, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        make_candidate(evaluation, f"Candidate {number}")

    with django_assert_max_num_queries(8):
        queries.evaluation_page(evaluation, lead, Filter())


def test_what_changed_is_shown_field_by_field(evaluation: Evaluation, lead: Person) -> None:
    candidate = make_candidate(evaluation, "Django", server="gunicorn")
    edit_candidate(candidate=candidate, name="Django", server="granian", seen=candidate.version, by=lead, at=LATER)

    page = shown(lead, page_of(evaluation))

    assert '<dt>server</dt><dd class="diff"><del>gunicorn</del> → <ins>granian</ins></dd>' in page


class TestBlindRounds:
    def test_an_answer_is_hidden_from_everybody_but_its_author_until_the_reveal(
        self, evaluation: Evaluation, lead: Person
    ) -> None:
        mia = make_member(evaluation.team, name="Mia")
        rated(evaluation, mia, 5)
        hidden, own = shown(lead, page_of(evaluation)), shown(mia, page_of(evaluation))

        rounds.reveal(round=open_round_of(evaluation, "ratings"), by=lead, at=LATER)

        assert SEALED_WORDS in hidden and "My own reason" not in hidden
        assert "rated Speed of Django: 5" in own and "My own reason" in own
        after = shown(lead, page_of(evaluation))
        assert "rated Speed of Django: 5" in after and SEALED_WORDS not in after

    def test_revealed_answers_are_found_by_their_candidate_and_sealed_ones_only_by_their_author(
        self, evaluation: Evaluation, lead: Person
    ) -> None:
        mia = make_member(evaluation.team)
        rated(evaluation, mia, 5)
        django = evaluation.candidates.get()
        sealed = [texts(evaluation, reader, candidate_id=django.pk) for reader in (lead, mia)]

        rounds.reveal(round=open_round_of(evaluation, "ratings"), by=lead, at=LATER)

        assert [len(found) for found in sealed] == [1, 2]
        assert "rated Speed of Django: 5" in texts(evaluation, lead, candidate_id=django.pk)

    def test_nobody_is_told_who_has_finished(self, evaluation: Evaluation, lead: Person) -> None:
        mia = make_member(evaluation.team, name="Mia")
        opened = rounds.open_round(evaluation=evaluation, subject="weights", by=lead, at=NOW)
        rounds.set_finished(round=opened, finished=True, by=mia, at=NOW)

        lines = queries.evaluation_page(evaluation, lead, Filter(person_id=mia.pk)).lines

        assert [(line.text, line.topic, line.changes) for line in lines] == [(SEALED_WORDS, "blind round", [])]
        assert texts(evaluation, lead, person_id=mia.pk, topic="rounds") == []

    def test_lately_leaves_sealed_answers_out(self, evaluation: Evaluation, lead: Person) -> None:
        rated(evaluation, lead, 5)

        told = [line.text for line in queries.lately(evaluation, lead, most=50)]

        assert SEALED_WORDS not in told and not any("rated" in text for text in told)


class World:
    """One evaluation in which Ada answers blind; the answer is taken back after each look."""

    def __init__(self) -> None:
        self.evaluation = make_evaluation("Order service")
        self.ada, self.ben = (make_member(self.evaluation.team, name=name) for name in ("Ada", "Ben"))
        self.candidate = make_candidate(self.evaluation, "Django")
        self.criteria = [make_criterion(self.evaluation, name) for name in ("Speed", "Learning")]
        self.cards = [make_requirement(self.evaluation, statement) for statement in ("First", "Second")]
        for subject in ("ratings", "weights", "votes"):
            rounds.open_round(evaluation=self.evaluation, subject=subject, by=lead_of(self.evaluation.team), at=NOW)

    def give_rating(self, value: int) -> None:
        rate(candidate=self.candidate, criterion=self.criteria[0], value=value, reason="x", by=self.ada, at=NOW)

    def give_vote(self, place: int) -> None:
        vote(evaluation=self.evaluation, requirements=[self.cards[place]], by=self.ada, at=NOW)

    def give_weights(self, step: int) -> None:
        answers = {"order": [criterion.pk for criterion in self.criteria[::step]]}
        weighing.give_weights(evaluation=self.evaluation, method="ordering", answers=answers, by=self.ada, at=NOW)

    def seen_by_ben(self, answer: str, value: int) -> dict[str, str]:
        """Every page of history, and the overview, as Ben sees them; digests and random bytes taken out."""
        client = Client()
        client.force_login(self.ben)
        cache.clear()
        pages = {}
        with transaction.atomic():
            self.evaluation.log.refresh_from_db()
            getattr(self, f"give_{answer}")(value)
            for url in self.urls():
                headers = HTMX if url.endswith(("changes/", "rail/")) else {}
                pages[url] = _without_chance(client.get(url, headers=headers).content.decode())
            transaction.set_rollback(True)
        return pages

    def urls(self) -> list[str]:
        asked = ["", f"person={self.ada.pk}", "topic=scoring", "topic=requirements", "topic=rounds"]
        asked += [f"candidate={self.candidate.pk}", f"person={self.ada.pk}&topic=scoring"]
        names = ["overview:evaluation", "overview:changes", "overview:rail", "history:verify"]
        return [f"{page_of(self.evaluation)}?{query}" for query in asked] + [
            reverse(name, args=[self.evaluation.pk]) for name in names
        ]


def _without_chance(page: str) -> str:
    page = re.sub(r"[0-9a-f]{12,64}", "DIGEST", page)
    return re.sub(r'nonce="[^"]*"|csrfmiddlewaretoken" value="[^"]*"|X-CSRFToken": "[^"]*"', "CHANCE", page)


ANSWERS = [("rating", 1, 5), ("vote", 0, 1), ("weights", 1, -1)]


@pytest.mark.parametrize(("answer", "one", "other"), ANSWERS)
def test_to_others_nothing_differs_whatever_was_answered_in_a_blind_round(answer: str, one: int, other: int) -> None:
    world = World()

    first, second = world.seen_by_ben(answer, one), world.seen_by_ben(answer, other)

    assert {url for url in first if first[url] != second[url]} == set()
    assert all("Order service" in page for url, page in first.items() if "history/?" in url)


@pytest.mark.parametrize(("answer", "one", "other"), ANSWERS)
def test_a_planted_leak_is_seen(answer: str, one: int, other: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_may_read", lambda *args: True)
    monkeypatch.setattr(queries, "sentence", lambda kind, about, payload, names: f"{kind} {payload}")
    world = World()

    assert world.seen_by_ben(answer, one) != world.seen_by_ben(answer, other)


def test_a_leak_through_the_overview_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def leaking(evaluation: Evaluation, reader: Person, *, most: int) -> list[queries.Line]:
        return queries._lines(list(evaluation.log.events.order_by("-number")[:most]), reader, every_seal())

    def every_seal() -> set[str]:
        return set(AuditEvent.objects.values_list("sealed_by", flat=True))

    monkeypatch.setattr("evaluations.overview.views.lately", leaking)
    world = World()

    assert world.seen_by_ben("rating", 1) != world.seen_by_ben("rating", 5)


class TestVerifying:
    @pytest.mark.parametrize("headers", [{}, HTMX])
    def test_the_chain_that_holds_says_so(self, evaluation: Evaluation, lead: Person, headers: dict[str, str]) -> None:
        client = Client()
        client.force_login(lead)

        page = client.get(reverse("history:verify", args=[evaluation.pk]), headers=headers).content.decode()

        assert f"The chain holds: {evaluation.log.count} events" in page
        assert ("<html" in page) == (not headers)

    def test_a_changed_event_is_named(self, evaluation: Evaluation, lead: Person) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("UPDATE evaluations_auditevent SET kind = 'x.y' WHERE log_id = %s", [evaluation.log_id])
            cursor.execute("SET session_replication_role = origin")

        page = shown(lead, reverse("history:verify", args=[evaluation.pk]))

        assert "event 1 was changed" in page

    def test_a_teams_log_is_verified_too(self, evaluation: Evaluation, lead: Person) -> None:
        page = shown(lead, reverse("history:verify_team", args=[evaluation.team_id]))

        assert "The chain holds" in page and reverse("history:team", args=[evaluation.team_id]) in page


def test_a_team_tells_who_came_and_went(evaluation: Evaluation, lead: Person) -> None:
    make_member(evaluation.team, name="Mia")

    page = shown(lead, reverse("history:team", args=[evaluation.team_id]))

    assert "put Mia in the team as contributor" in page


def test_guests_read_the_evaluations_history_and_not_the_teams(evaluation: Evaluation) -> None:
    guest = make_guest(evaluation)
    client = Client()
    client.force_login(guest)

    assert client.get(page_of(evaluation)).status_code == 200
    assert client.get(reverse("history:team", args=[evaluation.team_id])).status_code == 404
    assert client.get(reverse("history:verify_team", args=[evaluation.team_id])).status_code == 404


def test_strangers_find_no_history(evaluation: Evaluation) -> None:
    client = Client()
    client.force_login(make_person())

    for name in ("page", "verify"):
        assert client.get(reverse(f"history:{name}", args=[evaluation.pk])).status_code == 404
