"""The page of cost and plan, with and without htmx, and what the candidate's card says of it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.legacy import actions
from evaluations.legacy.models import Increment, LegacyPlan
from evaluations.teams.models import Person, Role
from tests.builders import NOW, lead_of, make_candidate, make_evaluation, make_member
from tests.legacy.legacy_facts import add_step, describe

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def strangler() -> Candidate:
    return standing_candidates(make_evaluation(legacy=True))[1]


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def lead(strangler: Candidate) -> Client:
    return client_of(lead_of(strangler.evaluation.team))


def url(name: str, candidate: Candidate, *more: int) -> str:
    return reverse(f"legacy:{name}", args=[candidate.evaluation_id, candidate.pk, *more])


def test_the_card_of_the_candidate_leads_to_cost_and_plan(strangler: Candidate, lead: Client) -> None:
    cards = reverse("candidates:page", args=[strangler.evaluation_id])
    before = lead.get(cards).content.decode()
    describe(strangler)
    add_step(strangler)

    after = lead.get(cards).content.decode()

    assert "Migration: unknown" in before
    assert url("index", strangler) in before
    assert "Migration: 60 to 140 person-days, in 1 increment." in after


def test_a_stack_in_an_evaluation_without_a_legacy_system_has_no_such_line() -> None:
    evaluation = make_evaluation()
    make_candidate(evaluation, "Django")

    page = client_of(lead_of(evaluation.team)).get(reverse("candidates:page", args=[evaluation.pk])).content.decode()

    assert "Migration:" not in page


def test_an_empty_plan_says_what_to_do_and_shows_unknown(strangler: Candidate, lead: Client) -> None:
    page = lead.get(url("index", strangler)).content.decode()

    assert "unknown" in page
    assert "Add the first thing that would move" in page


def test_costs_are_typed_refused_and_collide(strangler: Candidate, lead: Client) -> None:
    typed = {"cost_low_days": "60", "cost_high_days": "140", "cost_source": "Trial", "pain_points": "Old", "seen": 0}

    sourceless = lead.post(url("describe", strangler), typed | {"cost_source": ""})
    crossed = lead.post(url("describe", strangler), typed | {"cost_high_days": "10"}, headers=HTMX)
    half = lead.post(url("describe", strangler), typed | {"cost_low_days": ""})
    saved = lead.post(url("describe", strangler), typed)
    late = lead.post(url("describe", strangler), typed | {"pain_points": "What I typed"}, headers=HTMX)

    assert [one.status_code for one in (sourceless, crossed, half, saved, late)] == [422, 422, 422, 303, 409]
    assert "Say where the figures come from" in sourceless.content.decode()
    assert "What I typed" in late.content.decode()
    assert LegacyPlan.objects.get().pain_points == "Old"


def test_increments_are_added_edited_ordered_and_taken_out(strangler: Candidate, lead: Client) -> None:
    empty = lead.post(url("add", strangler), {"moves": "", "risk": "low"})
    for moves in ("Login", "Orders"):
        lead.post(url("add", strangler), {"moves": moves, "risk": "low", "rollback": "Route it back"}, headers=HTMX)
    first, second = Increment.objects.order_by("position")
    ordered = lead.post(url("order", strangler), {"order": f"{second.pk},{first.pk}"}, headers=HTMX)
    again = lead.post(url("order", strangler), {"order": f"{second.pk}"}, headers=HTMX)
    edited = lead.post(url("edit", strangler, first.pk), {"moves": "Sign-in", "risk": "high", "seen": first.version})
    late = lead.post(
        url("edit", strangler, first.pk), {"moves": "Mine", "risk": "high", "seen": first.version}, headers=HTMX
    )
    removed = lead.post(url("remove", strangler, second.pk), {"seen": second.version})

    assert [one.status_code for one in (empty, ordered, again, edited, late, removed)] == [422, 200, 409, 303, 409, 303]
    page = ordered.content.decode()
    assert page.index("1. Orders") < page.index("2. Login")
    assert "Mine" in late.content.decode()
    assert [step.moves for step in Increment.objects.filter(removed_at__isnull=True)] == ["Sign-in"]


def test_the_live_part_answers_nothing_while_nothing_happened(strangler: Candidate, lead: Client) -> None:
    strangler.evaluation.log.refresh_from_db()
    since = {"since": strangler.evaluation.log.count}

    quiet = lead.get(url("plan", strangler), since, headers=HTMX)
    add_step(strangler)
    moved = lead.get(url("plan", strangler), since, headers=HTMX)

    assert (quiet.status_code, moved.status_code) == (204, 200)
    assert "<!doctype" not in moved.content.decode().lower()


def test_a_viewer_reads_the_plan_without_forms(strangler: Candidate) -> None:
    step = add_step(strangler)
    viewer = client_of(make_member(strangler.evaluation.team, Role.VIEWER))

    page = viewer.get(url("index", strangler)).content.decode()

    assert "Login" in page
    assert url("edit", strangler, step.pk) not in page
    assert viewer.get(url("edit", strangler, step.pk)).status_code == 403


def test_a_withdrawn_candidates_plan_is_read_and_not_written(strangler: Candidate, lead: Client) -> None:
    add_step(strangler)
    Candidate.objects.filter(pk=strangler.pk).update(withdrawn_at=NOW, withdrawn_reason="no")

    assert lead.get(url("index", strangler)).status_code == 200
    assert lead.get(url("add", strangler)).status_code == 404


def test_the_candidates_page_asks_the_same_number_of_questions_however_many_plans_there_are(
    strangler: Candidate, lead: Client
) -> None:
    add_step(strangler)
    few = count_of(lead, strangler.evaluation)
    for number in range(3):
        another = make_candidate(strangler.evaluation, f"Keep {number}", kind=Candidate.Kind.KEEP)
        describe(another)
        add_step(another)

    assert count_of(lead, strangler.evaluation) == few


def count_of(client: Client, evaluation: Evaluation) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse("candidates:page", args=[evaluation.pk])).status_code == 200
    return len(asked)


def test_what_people_wrote_is_shown_as_text(strangler: Candidate, lead: Client) -> None:
    described = describe(strangler, pain_points="<script>alert(1)</script>")
    actions.add_increment(
        candidate=strangler,
        said={"moves": "<b>Login</b>"},
        by=lead_of(strangler.evaluation.team),
        at=NOW,
    )

    page = lead.get(url("index", strangler)).content.decode()

    assert described.version
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<b>Login</b>" not in page
