from datetime import timedelta

import pytest

from evaluations import catalogue
from evaluations.candidates.access import NotOpen
from evaluations.candidates.models import Evaluation
from evaluations.checklist import actions, queries
from evaluations.checklist.models import ChecklistItem, Phase
from evaluations.teams.access import Refused
from evaluations.teams.models import Role
from tests.builders import NOW, lead_of, make_evaluation, make_guest, make_member

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def item(evaluation):
    return queries.items_of(evaluation, Phase.SPIKES)[0]


def mark(item, state="done", reason="", by=None, seen=None):
    by = by or lead_of(item.evaluation.team)
    return actions.set_state(
        item=item, state=state, reason=reason, seen=item.version if seen is None else seen, by=by, at=LATER
    )


def last_event(evaluation):
    return evaluation.log.events.order_by("-number")[0]


def test_every_item_stands_open_in_the_catalogues_order_with_the_evidence_it_asks_for(evaluation):
    for phase in catalogue.phases():
        items = queries.items_of(evaluation, phase.key)

        assert [(item.key, item.text, item.evidence_asked) for item in items] == [
            (item.key, item.text, item.evidence) for item in phase.items
        ]
        assert {item.state for item in items} == {ChecklistItem.State.OPEN}
        assert all(item.version > 0 for item in items)


@pytest.mark.parametrize("role", [Role.LEAD, Role.CONTRIBUTOR])
def test_who_contributes_marks_an_item_and_it_is_recorded(evaluation, item, role):
    marked = mark(item, reason="See run 3", by=make_member(evaluation.team, role))

    event = last_event(evaluation)
    assert (marked.state, marked.reason, marked.version) == ("done", "See run 3", event.number)
    assert event.about == {"item": item.pk}
    assert event.payload["before"] == {"state": "open", "reason": ""}


def test_a_guest_marks_too(evaluation, item):
    assert mark(item, by=make_guest(evaluation)).state == "done"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_who_only_reads_marks_nothing(evaluation, item, role):
    with pytest.raises(Refused):
        mark(item, by=make_member(evaluation.team, role))

    assert ChecklistItem.objects.get(pk=item.pk).state == "open"


def test_not_applicable_needs_a_reason(item):
    with pytest.raises(actions.ReasonMissing):
        mark(item, state="not_applicable", reason="  ")

    assert mark(item, state="not_applicable", reason="No such service").state == "not_applicable"


def test_an_item_that_moved_is_not_overwritten(item):
    mark(item, reason="Theirs")

    with pytest.raises(actions.ItemMoved) as moved:
        mark(item, state="open")

    assert moved.value.item.reason == "Theirs"


def test_two_items_never_collide(evaluation):
    first, second = queries.items_of(evaluation, Phase.SPIKES)[:2]

    mark(first)

    assert mark(second).state == "done"


def test_a_team_adds_its_own_item_at_the_end(evaluation):
    made = actions.add_item(
        evaluation=evaluation, phase=Phase.READINESS, text="Ask operations", by=lead_of(evaluation.team), at=LATER
    )

    assert queries.items_of(evaluation, Phase.READINESS)[-1] == made
    assert (made.key, last_event(evaluation).kind) == ("", "checklist.item_added")
    with pytest.raises(Refused):
        actions.add_item(
            evaluation=evaluation,
            phase=Phase.READINESS,
            text="Mine",
            by=make_member(evaluation.team, Role.VIEWER),
            at=LATER,
        )


def test_progress_counts_what_is_done_or_does_not_apply(evaluation):
    first, second, third = queries.items_of(evaluation, Phase.TEAMFIT)[:3]
    mark(first)
    mark(second, state="not_applicable", reason="We are one")
    mark(third)
    mark(ChecklistItem.objects.get(pk=third.pk), state="open")

    progress = queries.progress_of(evaluation)

    total = len(catalogue.phase("teamfit").items)
    assert list(progress) == [phase.key for phase in catalogue.phases()]
    assert progress["teamfit"] == queries.PhaseProgress(done=2, total=total)
    assert progress["spikes"].done == 0


def test_an_item_is_found_in_its_own_evaluation_only(evaluation, item):
    assert queries.item_of(evaluation, item.pk) == item
    assert queries.item_of(make_evaluation(), item.pk) is None


def test_a_decided_evaluation_is_read_only(evaluation, item):
    Evaluation.objects.update(state=Evaluation.State.DECIDED)
    decided = queries.item_of(evaluation, item.pk)

    with pytest.raises(NotOpen):
        mark(decided)
    with pytest.raises(NotOpen):
        actions.add_item(evaluation=decided.evaluation, phase="spikes", text="X", by=lead_of(evaluation.team), at=LATER)
