"""The draft of a decision: who may write it, what it needs, what it gives up and what is expected of it."""

from datetime import date

import pytest

from evaluations.audit.models import AuditEvent
from evaluations.candidates import actions as candidates
from evaluations.candidates.access import NotOpen
from evaluations.decision import actions, queries
from evaluations.decision.models import TradeOff
from evaluations.decision.ranking import place_of, shortfalls_of
from evaluations.decision.shown import came_of
from evaluations.scoring.standing import current_standing
from evaluations.teams.access import Refused
from evaluations.teams.models import Role
from tests.builders import NOW, make_candidate, make_evaluation, make_member
from tests.decision.choosing import Choice, choose, decide, make_choice

pytestmark = pytest.mark.django_db


@pytest.fixture
def choice() -> Choice:
    return make_choice()


def test_a_draft_keeps_whom_one_would_choose_and_all_that_is_said_with_it(choice: Choice) -> None:
    row = choose(choice, reason=" Fast enough ", good="One\n\nTwo", revisit_on=date(2027, 3, 1), consulted="Sam\nKim")

    assert row.candidate == choice.ahead
    assert row.reason == "Fast enough"
    assert queries.consequences_of(row)["good"] == ["One", "Two"]
    assert queries.consulted_of(row) == ["Sam", "Kim"]
    assert AuditEvent.objects.get(kind="decision.drafted").payload["after"]["chosen"] == "FastAPI"


def test_a_choice_against_the_ranking_needs_a_reason(choice: Choice) -> None:
    with pytest.raises(actions.ReasonMissing, match=r"second of 2, 0\.65 behind FastAPI"):
        choose(choice, choice.behind)

    row = choose(choice, choice.behind, reason="The team knows it")

    assert row.candidate == choice.behind


def test_a_draft_that_moved_is_refused_and_both_are_kept(choice: Choice) -> None:
    choose(choice, reason="First")

    with pytest.raises(actions.DecisionMoved) as moved:
        actions.choose(evaluation=choice.evaluation, candidate=choice.ahead, said={}, seen=0, by=choice.lead, at=NOW)

    assert moved.value.current is not None
    assert moved.value.current.reason == "First"


def test_viewers_and_reviewers_do_not_write_the_draft(choice: Choice) -> None:
    for role in (Role.VIEWER, Role.REVIEWER):
        with pytest.raises(Refused):
            choose(choice, by=make_member(choice.evaluation.team, role))


def test_only_a_standing_candidate_of_the_evaluation_is_chosen(choice: Choice) -> None:
    foreign = make_candidate(make_evaluation(), "Elsewhere")
    candidates.withdraw_candidate(candidate=choice.behind, reason="no", by=choice.lead, at=NOW)
    choice.behind.refresh_from_db()

    for candidate in (foreign, choice.behind):
        with pytest.raises(actions.NotACandidate):
            choose(choice, candidate, reason="because")


def test_what_is_offered_is_where_another_candidate_is_better_weighted(choice: Choice) -> None:
    found = shortfalls_of(current_standing(choice.evaluation), choice.ahead)

    assert [one.criterion for one in found] == [choice.learning]
    assert found[0].points == pytest.approx(0.3 * 2.5)
    assert found[0].words == "Learning time: Django is better, 4.5 against 2.0."


def test_the_leader_is_not_against_the_ranking_and_one_outside_it_is(choice: Choice) -> None:
    standing = current_standing(choice.evaluation)

    assert not place_of(standing, choice.ahead).is_against
    assert place_of(standing, choice.behind).is_against
    assert place_of(standing, make_candidate(make_evaluation(), "Elsewhere")).is_against


def test_without_a_comparison_nothing_is_against_the_ranking() -> None:
    evaluation = make_evaluation()
    only = make_candidate(evaluation, "FastAPI")

    assert not place_of(current_standing(evaluation), only).is_against


def test_an_offered_trade_off_is_accepted_with_its_shortfall_left_out_and_taken_up_again(choice: Choice) -> None:
    decision = choose(choice)
    accepted = actions.accept_trade_off(
        evaluation=choice.evaluation,
        criterion=choice.learning,
        what="",
        mitigation="Two days of training",
        by=choice.lead,
        at=NOW,
    )

    assert accepted.shortfall == pytest.approx(0.75)
    assert accepted.what == "Learning time: Django is better, 4.5 against 2.0."
    assert queries.trade_offs_of(decision) == [accepted]

    left_out = actions.leave_out_trade_off(trade_off=accepted, seen=accepted.version, by=choice.lead, at=NOW)

    assert queries.trade_offs_of(decision) == []
    assert queries.left_out_of(decision) == [left_out]

    again = actions.edit_trade_off(
        trade_off=left_out, what="Learning", mitigation="", seen=left_out.version, by=choice.lead, at=NOW
    )

    assert queries.trade_offs_of(decision) == [again]


def test_trade_offs_of_another_choice_are_not_shown_and_not_lost(choice: Choice) -> None:
    choose(choice)
    actions.accept_trade_off(evaluation=choice.evaluation, what="No admin", mitigation="", by=choice.lead, at=NOW)

    other = choose(choice, choice.behind, reason="known")
    of_other = queries.trade_offs_of(other)
    back = choose(choice)

    assert of_other == []
    assert [row.what for row in queries.trade_offs_of(back)] == ["No admin"]


def test_a_trade_off_needs_a_choice_and_collides(choice: Choice) -> None:
    with pytest.raises(actions.NothingChosen):
        actions.accept_trade_off(evaluation=choice.evaluation, what="x", mitigation="", by=choice.lead, at=NOW)
    choose(choice)
    actions.leave_out_offer(evaluation=choice.evaluation, criterion=choice.learning, seen=0, by=choice.lead, at=NOW)

    with pytest.raises(actions.TradeOffMoved) as moved:
        actions.accept_trade_off(
            evaluation=choice.evaluation, criterion=choice.learning, what="x", mitigation="", by=choice.lead, at=NOW
        )

    assert moved.value.current == TradeOff.objects.get()


def test_an_offer_one_has_just_accepted_is_left_out_all_the_same_and_keeps_its_words(choice: Choice) -> None:
    choose(choice)
    offer = {"evaluation": choice.evaluation, "criterion": choice.learning, "at": NOW}
    actions.accept_trade_off(what="Learning", mitigation="Training", by=choice.lead, **offer)
    with pytest.raises(actions.TradeOffMoved):
        actions.leave_out_offer(seen=0, by=make_member(choice.evaluation.team, Role.CONTRIBUTOR), **offer)

    row = actions.leave_out_offer(seen=0, by=choice.lead, **offer)

    assert (row.is_left_out, row.what, row.mitigation) == (True, "Learning", "Training")


def test_a_forecast_takes_name_unit_and_direction_from_the_catalogue_or_is_ones_own(choice: Choice) -> None:
    decision = choose(choice)
    known = actions.add_forecast(
        evaluation=choice.evaluation, metric="latency_p95_ms", expected=25, by=choice.lead, at=NOW
    )
    own = actions.add_forecast(
        evaluation=choice.evaluation, name="Incidents", unit="a month", expected=2, by=choice.lead, at=NOW
    )

    assert (known.unit, known.lower_is_better) == ("ms", True)
    assert (own.name, own.lower_is_better) == ("Incidents", None)
    assert queries.forecasts_of(decision) == [known, own]


def test_a_forecast_is_changed_taken_out_and_collides(choice: Choice) -> None:
    decision = choose(choice)
    row = actions.add_forecast(evaluation=choice.evaluation, name="Cost", expected=2, by=choice.lead, at=NOW)
    edited = actions.edit_forecast(forecast=row, name="Cost", expected=3, seen=row.version, by=choice.lead, at=NOW)

    with pytest.raises(actions.ForecastMoved):
        actions.remove_forecast(forecast=row, seen=row.version, by=choice.lead, at=NOW)
    actions.remove_forecast(forecast=edited, seen=edited.version, by=choice.lead, at=NOW)

    assert queries.forecasts_of(decision) == []
    assert queries.forecast_of(choice.evaluation, row.pk) is None


@pytest.mark.parametrize(
    ("expected", "actual", "lower_is_better", "words"),
    [
        (25.0, 28.0, True, "12 % worse than expected: 28 ms instead of 25 ms."),
        (25.0, 20.0, True, "20 % better than expected: 20 ms instead of 25 ms."),
        (25.0, 20.0, False, "20 % worse than expected: 20 ms instead of 25 ms."),
        (25.0, 30.0, None, "20 % more than expected: 30 ms instead of 25 ms."),
        (25.0, 25.0, True, "As expected: 25 ms."),
        (0.0, 3.0, True, "Worse than expected: 3 ms instead of 0 ms."),
        (25.0, None, True, ""),
    ],
)
def test_what_came_of_a_forecast_is_said_in_words(
    choice: Choice, expected: float, actual: float | None, lower_is_better: bool | None, words: str
) -> None:
    choose(choice)
    row = actions.add_forecast(
        evaluation=choice.evaluation, name="p95", unit="ms", expected=expected, by=choice.lead, at=NOW
    )
    row.actual, row.lower_is_better = actual, lower_is_better

    assert came_of(row) == words


def test_nothing_of_the_draft_is_written_once_it_is_decided(choice: Choice) -> None:
    choose(choice)
    row = actions.add_forecast(evaluation=choice.evaluation, name="Cost", expected=2, by=choice.lead, at=NOW)
    held = queries.forecast_of(choice.evaluation, row.pk)
    assert held is not None
    decide(choice)

    with pytest.raises(NotOpen):
        choose(choice)
    with pytest.raises(NotOpen):
        actions.accept_trade_off(evaluation=choice.evaluation, what="x", mitigation="", by=choice.lead, at=NOW)
    with pytest.raises(NotOpen):
        actions.edit_forecast(forecast=held, name="Cost", expected=3, seen=row.version, by=choice.lead, at=NOW)
