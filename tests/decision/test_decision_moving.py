"""From proposed to decided, superseded and archived; what a decided evaluation still takes."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from evaluations.audit.actions import LogClosed
from evaluations.audit.models import AuditEvent, AuditLog
from evaluations.candidates import actions as candidates
from evaluations.candidates.access import NotOpen
from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.decision import actions, moving, queries, succeeding
from evaluations.decision.models import Decision, Forecast
from evaluations.decision.states import MOVES, NoSuchMove, State, check_move, diagram
from evaluations.legacy import actions as legacy
from evaluations.legacy.queries import legacy_path
from evaluations.requirements import actions as requirements
from evaluations.requirements.queries import standing_criteria, standing_requirements, team_weights
from evaluations.rounds import actions as rounds
from evaluations.rounds.models import Round
from evaluations.teams.access import Refused
from evaluations.teams.models import Role
from tests.builders import NOW, make_member, make_requirement
from tests.decision.choosing import Choice, choose, decide, make_choice, propose, seen_now, settle_phases

pytestmark = pytest.mark.django_db
DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def choice() -> Choice:
    return make_choice()


def state_of(evaluation: Evaluation) -> str:
    return Evaluation.objects.get(pk=evaluation.pk).state


def test_the_diagram_in_the_docs_is_printed_from_the_table_of_moves() -> None:
    assert diagram() in (DOCS / "decision.md").read_text()


def test_every_state_has_its_moves_and_no_other_is_allowed() -> None:
    assert set(MOVES) == set(State)
    for now in State:
        for to in set(State) - set(MOVES[now]):
            with pytest.raises(NoSuchMove):
                check_move(now, to)


def test_a_choice_is_proposed_and_taken_back(choice: Choice) -> None:
    choose(choice)

    proposed = propose(choice)

    assert (state_of(choice.evaluation), proposed.proposed_by) == (State.PROPOSED, choice.lead)

    taken_back = moving.take_back(evaluation=choice.evaluation, by=choice.lead, at=NOW)

    assert (state_of(choice.evaluation), taken_back.proposed_by) == (State.OPEN, None)
    with pytest.raises(NoSuchMove):
        moving.take_back(evaluation=choice.evaluation, by=choice.lead, at=NOW)


def test_nothing_is_proposed_before_somebody_is_chosen(choice: Choice) -> None:
    with pytest.raises(moving.NotYet, match="Nobody chose"):
        moving.propose(evaluation=choice.evaluation, seen=0, by=choice.lead, at=NOW)


def test_a_withdrawn_choice_is_not_proposed(choice: Choice) -> None:
    choose(choice)
    candidates.withdraw_candidate(candidate=choice.ahead, reason="no", by=choice.lead, at=NOW)

    with pytest.raises(moving.NotYet, match="was withdrawn after it was chosen"):
        propose(choice)


def test_what_is_missing_before_deciding_is_said_in_sentences(choice: Choice) -> None:
    choose(choice)
    rounds.open_round(evaluation=choice.evaluation, subject=Round.Subject.RATINGS, by=choice.lead, at=NOW)

    with pytest.raises(moving.NotYet) as refusal:
        moving.decide(evaluation=choice.evaluation, seen=seen_now(choice.evaluation), by=choice.lead, at=NOW)

    missing = refusal.value.missing
    assert missing[0] == "The choice is not proposed yet."
    assert "reveal it first" in missing[1]
    assert [sentence.split(" is ")[0] for sentence in missing[2:]] == [
        "Requirements",
        "Spikes",
        "Ecosystem",
        "Team fit",
        "Readiness",
    ]
    assert state_of(choice.evaluation) == State.OPEN


def test_the_lead_decides_and_everything_is_read_only_from_then_on(choice: Choice) -> None:
    choose(choice)

    row = decide(choice)

    event = AuditEvent.objects.get(kind="decision.decided")
    assert (row.decided_by, row.decided_at, row.decided_revision) == (choice.lead, NOW, event.number)
    assert (row.was_against_ranking, row.ranking_note[:7]) == (False, "FastAPI")
    evaluation = Evaluation.objects.get(pk=choice.evaluation.pk)
    assert evaluation.state == State.DECIDED
    assert not evaluation.is_writable
    with pytest.raises(NotOpen):
        moving.take_back(evaluation=evaluation, by=choice.lead, at=NOW)
    with pytest.raises(NotOpen):
        moving.decide(evaluation=evaluation, seen=seen_now(evaluation), by=choice.lead, at=NOW)


def test_a_change_that_was_under_way_when_the_lead_decided_is_refused_and_kept_out(choice: Choice) -> None:
    choose(choice)
    read_before = Evaluation.objects.get(pk=choice.evaluation.pk)
    decide(choice)
    count = AuditLog.objects.get(pk=read_before.log_id).count

    with pytest.raises(LogClosed, match="decided or put away"):
        make_requirement(read_before, "Comes too late")

    assert "Comes too late" not in [one.statement for one in standing_requirements(read_before)]
    assert AuditLog.objects.get(pk=read_before.log_id).count == count


def test_the_log_opens_again_with_an_evaluation_that_is_brought_back(choice: Choice) -> None:
    moving.archive(evaluation=choice.evaluation, by=choice.lead, at=NOW)
    closed = AuditLog.objects.get(pk=choice.evaluation.log_id).is_closed

    moving.bring_back(evaluation=choice.evaluation, by=choice.lead, at=NOW)
    make_requirement(choice.evaluation, "After the archive")

    assert closed
    assert "After the archive" in [one.statement for one in standing_requirements(choice.evaluation)]


def test_a_decision_against_the_ranking_says_so_for_good(choice: Choice) -> None:
    choose(choice, choice.behind, reason="The team knows it")

    row = decide(choice)

    assert row.was_against_ranking
    assert "0.65 behind FastAPI" in row.ranking_note


def test_only_a_lead_decides_archives_and_starts_a_successor(choice: Choice) -> None:
    contributor = make_member(choice.evaluation.team, Role.CONTRIBUTOR)
    choose(choice)
    settle_phases(choice.evaluation)
    propose(choice)
    seen = seen_now(choice.evaluation)

    with pytest.raises(Refused):
        moving.decide(evaluation=choice.evaluation, seen=seen, by=contributor, at=NOW)
    with pytest.raises(Refused):
        moving.archive(evaluation=choice.evaluation, by=contributor, at=NOW)
    with pytest.raises(Refused):
        succeeding.start_successor(evaluation=choice.evaluation, title="Next", by=contributor, at=NOW)


def test_a_lead_who_read_something_older_does_not_decide(choice: Choice) -> None:
    choose(choice)
    settle_phases(choice.evaluation)
    propose(choice)
    seen = seen_now(choice.evaluation)
    somebody = make_member(choice.evaluation.team, Role.CONTRIBUTOR)
    actions.accept_trade_off(evaluation=choice.evaluation, what="No admin", mitigation="", by=somebody, at=NOW)
    actions.accept_trade_off(evaluation=choice.evaluation, what="No forms", mitigation="", by=choice.lead, at=NOW)

    with pytest.raises(actions.DecisionMoved):
        moving.decide(evaluation=choice.evaluation, seen=seen, by=choice.lead, at=NOW)

    assert state_of(choice.evaluation) == State.PROPOSED


def test_what_one_changed_oneself_since_the_page_was_drawn_is_no_news_when_one_moves_on(choice: Choice) -> None:
    seen = choose(choice).version
    add = {"evaluation": choice.evaluation, "by": choice.lead, "at": NOW}
    actions.accept_trade_off(what="No admin", mitigation="", **add)
    settle_phases(choice.evaluation)
    moving.propose(seen=seen, **add)
    seen = seen_now(choice.evaluation)
    actions.add_forecast(name="Cost", expected=2, **add)

    moving.decide(seen=seen, **add)

    assert state_of(choice.evaluation) == State.DECIDED


def test_followers_act_within_the_write_that_decides_and_undo_it_when_they_fail(
    choice: Choice, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(choice)
    settle_phases(choice.evaluation)
    propose(choice)
    told: list[str] = []

    def follow(*, evaluation: Evaluation, **_: object) -> None:
        told.append(evaluation.state)
        raise LookupError("no paper")

    monkeypatch.setattr(moving, "on_decided", [follow])

    with pytest.raises(LookupError):
        moving.decide(evaluation=choice.evaluation, seen=seen_now(choice.evaluation), by=choice.lead, at=NOW)

    assert told == [State.DECIDED]
    assert state_of(choice.evaluation) == State.PROPOSED
    assert Decision.objects.get().decided_at is None


def test_what_came_of_a_forecast_is_entered_once_it_is_decided_and_collides(choice: Choice) -> None:
    choose(choice)
    row = actions.add_forecast(evaluation=choice.evaluation, name="Cost", expected=2, by=choice.lead, at=NOW)
    with pytest.raises(moving.NotDecided):
        moving.enter_actual(forecast=row, actual=3, note="", seen=row.version, by=choice.lead, at=NOW)
    decide(choice)

    entered = moving.enter_actual(forecast=row, actual=3, note=" invoices ", seen=row.version, by=choice.lead, at=NOW)

    assert (entered.actual, entered.actual_note, entered.actual_by) == (3, "invoices", choice.lead)
    with pytest.raises(actions.ForecastMoved):
        moving.enter_actual(forecast=row, actual=4, note="", seen=row.version, by=choice.lead, at=NOW)
    assert Forecast.objects.get().actual == 3


def test_a_decision_is_due_on_its_day_until_somebody_looked_again(choice: Choice) -> None:
    day = date(2027, 3, 1)
    choose(choice, revisit_on=day)
    decide(choice)
    evaluations = [Evaluation.objects.get(pk=choice.evaluation.pk)]

    before = queries.due_for_a_look(evaluations, today=day - timedelta(days=1))
    due = queries.due_for_a_look(evaluations, today=day)
    moving.revisit(
        evaluation=choice.evaluation, finding="It holds", next_on=date(2028, 3, 1), seen=0, by=choice.lead, at=NOW
    )
    after = queries.due_for_a_look(evaluations, today=day)
    again = queries.due_for_a_look(evaluations, today=date(2028, 3, 2))

    assert (before, due, after) == ([], [(choice.evaluation, day)], [])
    assert again == [(choice.evaluation, date(2028, 3, 1))]


def test_two_looks_written_at_once_collide(choice: Choice) -> None:
    choose(choice)
    decide(choice)
    look = {"evaluation": choice.evaluation, "next_on": None, "seen": 0, "by": choice.lead, "at": NOW}
    moving.revisit(finding="It holds", **look)

    with pytest.raises(actions.DecisionMoved):
        moving.revisit(finding="It does not", **look)


def test_an_archived_evaluation_comes_back_to_the_state_it_had(choice: Choice) -> None:
    choose(choice)
    propose(choice)

    moving.archive(evaluation=choice.evaluation, by=choice.lead, at=NOW)
    archived = state_of(choice.evaluation)
    moving.bring_back(evaluation=choice.evaluation, by=choice.lead, at=NOW)

    assert (archived, state_of(choice.evaluation)) == (State.ARCHIVED, State.PROPOSED)
    with pytest.raises(Refused):
        moving.bring_back(evaluation=choice.evaluation, by=choice.lead, at=NOW)


def test_an_evaluation_without_any_decision_is_archived_too(choice: Choice) -> None:
    moving.archive(evaluation=choice.evaluation, by=choice.lead, at=NOW)

    with pytest.raises(NoSuchMove):
        moving.archive(evaluation=choice.evaluation, by=choice.lead, at=NOW)
    moving.bring_back(evaluation=choice.evaluation, by=choice.lead, at=NOW)

    assert state_of(choice.evaluation) == State.OPEN


def test_a_successor_starts_with_what_was_asked_and_supersedes_once_it_is_decided(choice: Choice) -> None:
    make_requirement(choice.evaluation, "Answers in 100 ms", criteria=[choice.speed], must_have=True)
    tops = [make_requirement(choice.evaluation, f"Need {number}") for number in range(3)]
    requirements.set_top(evaluation=choice.evaluation, requirements=tops, by=choice.lead, at=NOW)
    said = {"cost_low_days": 10.0, "cost_high_days": 20.0, "cost_source": "a trial", "pain_points": "Old"}
    legacy.describe(candidate=choice.behind, said=said, seen=0, by=choice.lead, at=NOW)
    choose(choice)
    decide(choice)

    made = succeeding.start_successor(evaluation=choice.evaluation, title="Orders, again", by=choice.lead, at=NOW)

    copied = standing_candidates(made)
    assert [row.name for row in copied] == ["FastAPI", "Django"]
    assert legacy_path(copied[1]).plan.cost_high_days == 20
    assert [row.name for row in standing_criteria(made)] == ["Speed", "Learning time"]
    needs = standing_requirements(made)
    assert [(row.statement, row.must_have, row.is_top) for row in needs][:2] == [
        ("Answers in 100 ms", True, False),
        ("Need 0", False, True),
    ]
    assert [row.name for row in needs[0].criteria.all()] == ["Speed"]
    weights = team_weights(made)
    assert [round(weights.shares[row.pk], 4) for row in standing_criteria(made)] == [0.7, 0.3]
    assert queries.lineage_of(made).begun_from == choice.evaluation
    assert queries.lineage_of(made).supersedes is None
    assert queries.lineage_of(choice.evaluation).under_way == made
    assert state_of(choice.evaluation) == State.DECIDED
    with pytest.raises(succeeding.NoSuccessor, match="starts from this decision already"):
        succeeding.start_successor(evaluation=choice.evaluation, title="Third", by=choice.lead, at=NOW)

    next_choice = Choice(made, choice.lead, copied[0], copied[1], *standing_criteria(made))
    choose(next_choice, reason="Still")
    decide(next_choice)

    assert state_of(choice.evaluation) == State.SUPERSEDED
    origin = Evaluation.objects.get(pk=choice.evaluation.pk)
    assert queries.lineage_of(origin).superseded_by == made
    assert queries.lineage_of(Evaluation.objects.get(pk=made.pk)).supersedes == choice.evaluation


def test_an_archived_origin_comes_back_as_superseded(choice: Choice) -> None:
    choose(choice)
    decide(choice)
    made = succeeding.start_successor(evaluation=choice.evaluation, title="Again", by=choice.lead, at=NOW)
    moving.archive(evaluation=choice.evaluation, by=choice.lead, at=NOW)
    copied = standing_candidates(made)
    next_choice = Choice(made, choice.lead, copied[0], copied[1], *standing_criteria(made))
    choose(next_choice, reason="Still")
    decide(next_choice)

    archived = state_of(choice.evaluation)
    moving.bring_back(evaluation=choice.evaluation, by=choice.lead, at=NOW)

    assert (archived, state_of(choice.evaluation)) == (State.ARCHIVED, State.SUPERSEDED)


def test_an_open_evaluation_has_no_successor(choice: Choice) -> None:
    with pytest.raises(succeeding.NoSuccessor):
        succeeding.start_successor(evaluation=choice.evaluation, title="Next", by=choice.lead, at=NOW)
