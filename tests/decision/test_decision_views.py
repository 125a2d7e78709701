"""The pages of the decision, with and without htmx: what is shown, refused, collides and is never lost."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from evaluations.audit.models import AuditEvent
from evaluations.candidates.models import Evaluation
from evaluations.decision import actions, moving, queries
from evaluations.decision.models import Decision, Forecast, Succession, TradeOff
from evaluations.decision.states import State
from evaluations.teams.models import Person, Role
from tests.builders import NOW, make_candidate, make_member, make_person
from tests.decision.choosing import Choice, choose, clear_the_way, decide, decide_at_last, make_choice, seen_now

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def choice() -> Choice:
    return make_choice()


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def lead(choice: Choice) -> Client:
    return client_of(choice.lead)


def url(name: str, choice: Choice, *more: int) -> str:
    return reverse(f"decision:{name}", args=[choice.evaluation.pk, *more])


def test_an_empty_page_says_what_to_do_first(choice: Choice, lead: Client) -> None:
    page = lead.get(url("index", choice)).content.decode()

    assert "Nobody is chosen yet: begin with the draft below." in page
    assert "Nobody chose a candidate yet." in page
    assert choice.lead.shown_name in page
    assert "Decide for" not in page


def test_the_rail_leads_to_the_page(choice: Choice, lead: Client) -> None:
    page = lead.get(url("index", choice)).content.decode()

    assert f'href="{url("index", choice)}"' in page.split("</nav>")[0]


def test_a_draft_is_saved_and_what_the_ranking_says_is_shown(choice: Choice, lead: Client) -> None:
    form = {"candidate": choice.ahead.pk, "reason": "<b>Fast</b>", "good": "One", "revisit_on": "2027-03-01", "seen": 0}

    answer = lead.post(url("choose", choice), form)

    assert (answer.status_code, answer["Location"]) == (303, url("index", choice))
    page = lead.get(url("index", choice)).content.decode()
    assert "FastAPI leads with 4.1 of 5" in page
    assert "&lt;b&gt;Fast&lt;/b&gt;" in page
    assert "Propose FastAPI" in page


def test_a_choice_against_the_ranking_without_a_reason_is_told_beside_the_field(choice: Choice, lead: Client) -> None:
    answer = lead.post(url("choose", choice), {"candidate": choice.behind.pk, "good": "Known well", "seen": 0})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "0.65 behind FastAPI" in page
    assert "Known well" in page
    assert not Decision.objects.exists()


def test_a_collision_shows_both_and_loses_nothing(choice: Choice, lead: Client) -> None:
    choose(choice, reason="What somebody else wrote", by=make_member(choice.evaluation.team, Role.CONTRIBUTOR))

    answer = lead.post(url("choose", choice), {"candidate": choice.ahead.pk, "reason": "What I typed", "seen": 0})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "What somebody else wrote" in page
    assert "What I typed" in page
    assert "Somebody changed this in the meantime" in page
    assert Decision.objects.get().reason == "What somebody else wrote"
    again = lead.post(
        url("choose", choice),
        {"candidate": choice.ahead.pk, "reason": "What I typed", "seen": Decision.objects.get().version},
    )
    assert again.status_code == 303


def test_live_parts_answer_nothing_while_nothing_happened(choice: Choice, lead: Client) -> None:
    choice.evaluation.log.refresh_from_db()
    now = {"since": choice.evaluation.log.count}

    quiet = [lead.get(url(name, choice), now, headers=HTMX).status_code for name in ("moves", "grounds")]
    choose(choice)
    moved = [lead.get(url(name, choice), now, headers=HTMX) for name in ("moves", "grounds")]

    assert quiet == [204, 204]
    assert [answer.status_code for answer in moved] == [200, 200]
    assert "Learning time: Django is better" in moved[1].content.decode()
    assert "<!doctype" not in moved[0].content.decode().lower()


def test_an_offered_trade_off_is_accepted_in_the_panel_and_on_a_page(choice: Choice, lead: Client) -> None:
    choose(choice)
    here = url("accept_offer", choice, choice.learning.pk)

    panel = lead.get(here, headers=HTMX).content.decode()
    page = lead.get(here).content.decode()
    saved = lead.post(here, {"what": "Learning", "mitigation": "Training", "seen": 0}, headers=HTMX)

    assert "0.75 points of the total" in panel
    assert "<!doctype" in page.lower()
    assert (saved.status_code, "panel-close" in saved["HX-Trigger"]) == (204, True)
    assert TradeOff.objects.get().mitigation == "Training"


def test_a_trade_off_is_left_out_taken_up_again_and_collides(choice: Choice, lead: Client) -> None:
    choose(choice)
    lead.post(url("leave_out_offer", choice, choice.learning.pk), {"seen": 0})
    row = TradeOff.objects.get()
    assert row.is_left_out
    here = url("edit_trade_off", choice, row.pk)

    taken_up = lead.post(here, {"what": "Learning", "mitigation": "", "seen": row.version})
    collided = lead.post(here, {"what": "My words", "mitigation": "", "seen": row.version}, headers=HTMX)
    left_late = lead.post(url("leave_out_trade_off", choice, row.pk), {"seen": row.version}, headers=HTMX)

    assert taken_up.status_code == 303
    assert (collided.status_code, "My words" in collided.content.decode()) == (409, True)
    assert "You changed this in the meantime" in collided.content.decode()
    assert left_late.status_code == 409
    row.refresh_from_db()
    assert (row.what, row.is_left_out) == ("Learning", False)


def test_a_forecast_is_typed_with_a_figure_of_the_catalogue_or_an_own_one(choice: Choice, lead: Client) -> None:
    choose(choice)

    nameless = lead.post(url("add_forecast", choice), {"metric": "", "expected": "2"})
    known = lead.post(url("add_forecast", choice), {"metric": "error_rate", "expected": "0.02"})

    assert (nameless.status_code, "name your own" in nameless.content.decode()) == (422, True)
    assert known.status_code == 303
    assert "2 %" in lead.get(url("index", choice)).content.decode()


def test_a_forecast_somebody_took_out_meanwhile_keeps_what_was_typed(choice: Choice, lead: Client) -> None:
    choose(choice)
    row = actions.add_forecast(evaluation=choice.evaluation, name="Cost", expected=2, by=choice.lead, at=NOW)
    edited = actions.edit_forecast(forecast=row, name="Cost", expected=3, seen=row.version, by=choice.lead, at=NOW)

    answer = lead.post(
        url("edit_forecast", choice, row.pk), {"name": "My name", "expected": "9", "seen": row.version}, headers=HTMX
    )
    gone = lead.post(url("remove_forecast", choice, row.pk), {"seen": edited.version})

    assert (answer.status_code, "My name" in answer.content.decode()) == (409, True)
    assert gone.status_code == 303
    assert Forecast.objects.get().removed_at is not None


def test_what_is_missing_is_said_instead_of_deciding(choice: Choice, lead: Client) -> None:
    choose(choice)
    lead.post(url("propose", choice), {"seen": seen_now(choice.evaluation)})

    answer = lead.post(url("decide", choice), {"seen": seen_now(choice.evaluation)})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Requirements is open:" in page
    assert Evaluation.objects.get(pk=choice.evaluation.pk).state == State.PROPOSED


def test_the_lead_proves_who_they_are_when_they_signed_in_long_ago(choice: Choice) -> None:
    owner = make_member(choice.evaluation.team, Role.LEAD, person=make_person("Olga", password="uncommon-gate-31"))
    client = client_of(owner)
    session = client.session
    long_ago = (timezone.now() - timedelta(hours=1)).timestamp()
    session["account_authentication_methods"] = [{"method": "password", "at": long_ago}]
    session.save()
    choose(choice)
    clear_the_way(choice.evaluation)
    form = {"seen": seen_now(choice.evaluation)}

    silent = client.post(url("decide", choice), form)
    wrong = client.post(url("decide", choice), {**form, "password": "not-my-password"})
    right = client.post(url("decide", choice), {**form, "password": "uncommon-gate-31"})

    assert (silent.status_code, wrong.status_code, right.status_code) == (422, 422, 303)
    assert "This is not your password" in wrong.content.decode()
    assert Decision.objects.get().decided_by == owner


def test_a_lead_who_read_something_older_is_told_to_read_again(choice: Choice, lead: Client) -> None:
    choose(choice)
    clear_the_way(choice.evaluation)
    seen = seen_now(choice.evaluation)
    somebody = make_member(choice.evaluation.team, Role.CONTRIBUTOR)
    actions.accept_trade_off(evaluation=choice.evaluation, what="No admin", mitigation="", by=somebody, at=NOW)

    answer = lead.post(url("decide", choice), {"seen": seen})

    assert answer.status_code == 409
    assert "Somebody changed the decision after you had read it" in answer.content.decode()


def test_a_decided_page_is_read_only_and_takes_what_came_of_it(choice: Choice, lead: Client) -> None:
    choose(choice, reason="Fast")
    row = actions.add_forecast(
        evaluation=choice.evaluation, metric="latency_p95_ms", expected=25, by=choice.lead, at=NOW
    )
    early = lead.post(url("enter_actual", choice, row.pk), {"actual": "28", "seen": row.version})
    decide(choice)

    page = lead.get(url("index", choice)).content.decode()
    refused = lead.post(url("choose", choice), {"candidate": choice.behind.pk, "reason": "x", "seen": 1})
    entered = lead.post(url("enter_actual", choice, row.pk), {"actual": "28", "seen": row.version}, headers=HTMX)

    assert early.status_code == 403
    assert "was chosen by" in page
    assert "Save the draft" not in page
    assert refused.status_code == 403
    assert entered.status_code == 204
    assert "12 % worse than expected" in lead.get(url("index", choice)).content.decode()


def test_looks_are_written_down_and_collide(choice: Choice, lead: Client) -> None:
    choose(choice)
    decide(choice)

    first = lead.post(url("revisit", choice), {"finding": "It holds", "next_on": "2028-01-01", "seen": 0})
    late = lead.post(url("revisit", choice), {"finding": "My look", "next_on": "", "seen": 0})
    empty = lead.post(url("revisit", choice), {"finding": "", "seen": 1})

    assert [first.status_code, late.status_code, empty.status_code] == [303, 409, 422]
    assert "My look" in late.content.decode()
    assert "You wrote down a look in the meantime" in late.content.decode()
    assert "It holds" in lead.get(url("index", choice)).content.decode()


def test_a_successor_is_linked_from_both_sides(choice: Choice, lead: Client) -> None:
    choose(choice)
    decide(choice)

    answer = lead.post(url("succeed", choice), {"title": "Orders, again"})

    made = Succession.objects.get().successor
    assert answer["Location"] == reverse("overview:evaluation", args=[made.pk])
    assert "A successor is under way" in lead.get(url("index", choice)).content.decode()
    there = reverse("decision:index", args=[made.pk])
    assert "Starts from the decision" in lead.get(there).content.decode()
    decide_at_last_for_the_first(made)
    assert "Superseded by" in lead.get(url("index", choice)).content.decode()
    assert "Supersedes" in lead.get(there).content.decode()


def decide_at_last_for_the_first(evaluation: Evaluation) -> None:
    first = evaluation.candidates.order_by("pk")[0]
    by = evaluation.team.memberships.get(role=Role.LEAD).person
    actions.choose(evaluation=evaluation, candidate=first, said={"reason": "Still"}, seen=0, by=by, at=NOW)
    decide_at_last(evaluation)


def test_the_archive_is_left_again(choice: Choice, lead: Client) -> None:
    away = lead.post(url("archive", choice))
    page = lead.get(url("index", choice)).content.decode()
    twice = lead.post(url("archive", choice))
    back = lead.post(url("bring_back", choice))

    assert [away.status_code, twice.status_code, back.status_code] == [303, 409, 303]
    assert "Bring it back" in page


def test_viewers_read_the_page_without_forms(choice: Choice) -> None:
    choose(choice, reason="Fast")
    viewer = client_of(make_member(choice.evaluation.team, Role.VIEWER))

    page = viewer.get(url("index", choice)).content.decode()

    assert "Fast" in page
    assert "<textarea" not in page
    assert "Archive" not in page


def test_the_page_asks_the_same_number_of_questions_however_much_there_is(choice: Choice, lead: Client) -> None:
    choose(choice)
    actions.accept_trade_off(evaluation=choice.evaluation, what="One", mitigation="", by=choice.lead, at=NOW)
    actions.add_forecast(evaluation=choice.evaluation, name="Cost", expected=2, by=choice.lead, at=NOW)
    lead.get(url("index", choice))
    few = count_of(lead, choice)
    for number in range(4):
        make_candidate(choice.evaluation, f"Another {number}")
        words = f"More {number}"
        actions.accept_trade_off(evaluation=choice.evaluation, what=words, mitigation="", by=choice.lead, at=NOW)
        actions.add_forecast(evaluation=choice.evaluation, name=words, expected=2, by=choice.lead, at=NOW)
    lead.get(url("index", choice))

    assert count_of(lead, choice) == few


def count_of(client: Client, choice: Choice) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url("index", choice)).status_code == 200
    return len(asked)


def test_every_move_is_told_in_the_history(choice: Choice) -> None:
    choose(choice)
    decide(choice)
    moving.revisit(evaluation=choice.evaluation, finding="It holds", next_on=None, seen=0, by=choice.lead, at=NOW)

    kinds = AuditEvent.objects.filter(log=choice.evaluation.log, kind__startswith="decision.")

    assert list(kinds.order_by("number").values_list("kind", flat=True)) == [
        "decision.drafted",
        "decision.proposed",
        "decision.decided",
        "decision.revisited",
    ]
    assert queries.decision_of(choice.evaluation) == Decision.objects.get()
