import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluations import catalogue
from evaluations.requirements import actions, queries, weighing
from evaluations.requirements.models import AgreedWeight, Criterion, Requirement, RequirementVote, WeightOpinion
from evaluations.rounds import actions as rounds
from evaluations.teams.models import Role
from tests.builders import NOW, lead_of, make_evaluation, make_member, make_person

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def lead(evaluation):
    return lead_of(evaluation.team)


@pytest.fixture
def as_lead(client, lead):
    client.force_login(lead)
    return client


@pytest.fixture
def criteria(evaluation, lead):
    return [actions.add_criterion(evaluation=evaluation, name=name, by=lead, at=NOW) for name in ("Ay", "Bee", "Cee")]


def url(name, evaluation, *args):
    return reverse(f"requirements:{name}", args=[evaluation.pk, *args])


def add(evaluation, statement="Holds 5,000 connections", **more):
    return actions.add_requirement(
        evaluation=evaluation,
        kind=Requirement.Kind.LOAD,
        statement=statement,
        by=lead_of(evaluation.team),
        at=NOW,
        **more,
    )


def text(response):
    return response.content.decode()


def give(evaluation, by, criteria):
    return weighing.give_weights(
        evaluation=evaluation,
        method=WeightOpinion.Method.ORDERING,
        answers={"order": [c.pk for c in criteria]},
        by=by,
        at=NOW,
    )


def order_of(page):
    """Ids of the criteria in the order the page shows them."""
    return [int(pk) for pk in re.findall(r'id="up-(\d+)"', page)]


# ---- Requirements -----------------------------------------------------------------------------------------------


def test_an_empty_page_says_what_to_do_first(as_lead, evaluation):
    page = text(as_lead.get(url("index", evaluation)))

    assert "No requirements yet" in page
    assert "Add a requirement" in page


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_requirement_is_added_with_and_without_htmx(as_lead, evaluation, headers):
    form = {"kind": "load", "statement": "Quick", "quantity": "250", "unit": "ms", "must_have": "on"}

    answer = as_lead.post(url("add", evaluation), form, headers=headers)

    row = Requirement.objects.get()
    assert (row.amount, row.must_have) == ("250 ms", True)
    if headers:
        assert (answer.status_code, answer["HX-Trigger"]) == (200, "revision")
        assert "<html" not in text(answer)
    else:
        assert (answer.status_code, answer["Location"]) == (303, url("index", evaluation) + "#add")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(as_lead, evaluation, headers):
    answer = as_lead.post(
        url("add", evaluation), {"kind": "load", "statement": "Half an idea", "unit": "days"}, headers=headers
    )

    assert answer.status_code == 422
    assert "Say how many days, or leave the unit empty." in text(answer)
    assert 'value="Half an idea"' in text(answer)
    assert ("<html" in text(answer)) is not bool(headers)


def test_an_edit_in_the_panel_closes_it_and_refreshes_what_lies_behind(as_lead, evaluation, criteria):
    row = add(evaluation)
    panel = text(as_lead.get(url("edit", evaluation, row.pk), headers=HTMX))

    answer = as_lead.post(
        url("edit", evaluation, row.pk),
        {"kind": "team", "statement": "Other", "seen": row.version, "criteria": [criteria[0].pk]},
        headers=HTMX,
    )

    row.refresh_from_db()
    assert "data-close" in panel
    assert (answer.status_code, "panel-close" in answer["HX-Trigger"]) == (204, True)
    assert (row.statement, row.kind, list(row.criteria.all())) == ("Other", "team", criteria[:1])


def test_the_second_edit_shows_both_and_can_be_sent_again(as_lead, evaluation, lead):
    row = add(evaluation)
    seen = row.version
    actions.edit_requirement(requirement=row, seen=seen, changes={"statement": "Theirs"}, by=lead, at=NOW)
    form = {"kind": "load", "statement": "Mine", "seen": seen}

    refused = as_lead.post(url("edit", evaluation, row.pk), form)
    again = re.search(r'name="seen" value="(\d+)"', text(refused))[1]
    sent = as_lead.post(url("edit", evaluation, row.pk), {**form, "seen": again})

    assert refused.status_code == 409
    assert "Theirs" in text(refused)
    assert 'value="Mine"' in text(refused)
    row.refresh_from_db()
    assert (sent.status_code, row.statement) == (303, "Mine")


def test_removing_what_somebody_changed_meanwhile_shows_it_first(as_lead, evaluation, lead):
    row = add(evaluation)
    seen = row.version
    actions.edit_requirement(requirement=row, seen=seen, changes={"statement": "Theirs"}, by=lead, at=NOW)

    refused = as_lead.post(url("remove", evaluation, row.pk), {"seen": seen})
    row.refresh_from_db()
    removed = as_lead.post(url("remove", evaluation, row.pk), {"seen": row.version})

    assert (refused.status_code, "Theirs" in text(refused)) == (409, True)
    assert (removed.status_code, queries.standing_requirements(evaluation)) == (303, [])


def test_the_board_is_drawn_again_only_when_something_happened(as_lead, evaluation):
    add(evaluation)
    evaluation.log.refresh_from_db()
    since = evaluation.log.count

    same = as_lead.get(url("board", evaluation), {"since": since}, headers=HTMX)
    add(evaluation, "Another")
    news = as_lead.get(url("board", evaluation), {"since": since}, headers=HTMX)

    assert same.status_code == 204
    assert (news.status_code, "Another" in text(news), "<html" in text(news)) == (200, True, False)


@pytest.mark.parametrize("name", ["index", "criteria", "weights"])
def test_the_number_of_queries_does_not_grow_with_what_stands_on_the_page(
    as_lead, evaluation, criteria, name, django_assert_max_num_queries
):
    add(evaluation, "First", criteria=criteria)
    with CaptureQueriesContext(connection) as few:
        as_lead.get(url(name, evaluation))
    for number in range(12):
        more = actions.add_criterion(evaluation=evaluation, name=f"More {number}", by=lead_of(evaluation.team), at=NOW)
        add(evaluation, f"More {number}", criteria=[more])

    with django_assert_max_num_queries(len(few)):
        as_lead.get(url(name, evaluation))


# ---- Votes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_votes_are_cast_with_and_without_htmx(as_lead, evaluation, lead, headers):
    rows = [add(evaluation, name) for name in "ABCD"]

    answer = as_lead.post(
        url("vote", evaluation), {"requirement": [r.pk for r in rows[:2]], "seen": 0}, headers=headers
    )

    assert answer.status_code == (204 if headers else 303)
    assert set(RequirementVote.objects.values_list("requirement_id", "person_id")) == {
        (rows[0].pk, lead.pk),
        (rows[1].pk, lead.pk),
    }


def test_a_fourth_vote_is_refused_and_the_ticks_stay(as_lead, evaluation):
    rows = [add(evaluation, name) for name in "ABCD"]

    answer = as_lead.post(url("vote", evaluation), {"requirement": [r.pk for r in rows], "seen": 0}, headers=HTMX)

    assert (answer.status_code, RequirementVote.objects.count()) == (422, 0)
    assert "You have 3 votes; take back 1." in text(answer)
    assert len(re.findall(r'form="votes-form"[^>]* checked', text(answer))) == 4


def test_a_vote_after_the_reveal_is_answered_with_what_was_revealed(as_lead, evaluation, lead):
    row = add(evaluation)
    round_ = actions.vote(evaluation=evaluation, requirements=[], by=lead, at=NOW)
    rounds.reveal(round=round_, by=lead, at=NOW)

    answer = as_lead.post(url("vote", evaluation), {"requirement": [row.pk], "seen": round_.pk}, headers=HTMX)

    assert (answer.status_code, RequirementVote.objects.count()) == (409, 0)
    assert "revealed while you were answering" in text(answer)


def test_votes_stand_on_the_cards_after_the_reveal_and_the_lead_marks_exactly_three(as_lead, evaluation, lead):
    rows = [add(evaluation, name) for name in "ABCD"]
    round_ = actions.vote(evaluation=evaluation, requirements=rows[:1], by=lead, at=NOW)
    before = text(as_lead.get(url("index", evaluation)))
    rounds.reveal(round=round_, by=lead, at=NOW)
    after = text(as_lead.get(url("index", evaluation)))

    two = as_lead.post(url("set_top", evaluation), {"requirement": [rows[0].pk, rows[1].pk]})
    three = as_lead.post(url("set_top", evaluation), {"requirement": [r.pk for r in rows[1:]]})

    assert ("1 vote" in before, "1 vote" in after) == (False, True)
    assert (two.status_code, "Mark exactly 3" in text(two)) == (422, True)
    assert (three.status_code, Requirement.objects.top().count()) == (303, 3)


def test_top_marks_set_by_another_lead_meanwhile_are_shown(as_lead, evaluation, lead):
    rows = [add(evaluation, name) for name in "ABCD"]
    rounds.reveal(round=actions.vote(evaluation=evaluation, requirements=[], by=lead, at=NOW), by=lead, at=NOW)
    actions.set_top(evaluation=evaluation, requirements=rows[:3], by=lead, at=NOW)

    answer = as_lead.post(url("set_top", evaluation), {"requirement": [r.pk for r in rows[1:]], "top_seen": ""})

    assert (answer.status_code, "marked in the meantime" in text(answer)) == (409, True)


# ---- Criteria -----------------------------------------------------------------------------------------------------


def test_the_library_shows_questions_and_anchors_and_is_searched_without_script(as_lead, evaluation):
    known = catalogue.criterion("built-in-admin")

    page = text(as_lead.get(url("criteria", evaluation), {"q": "admin"}))
    nothing = text(as_lead.get(url("library", evaluation), {"q": "zeppelin"}))

    assert known.question in page
    assert known.anchors.five in page
    assert catalogue.criterion("async-native").question not in page
    assert "Nothing in the library carries “zeppelin”" in nothing


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_criteria_of_the_library_are_added(as_lead, evaluation, headers):
    keys = [known.key for known in queries.suggested_criteria(evaluation)]

    answer = as_lead.post(url("add_criteria", evaluation), {"key": keys}, headers=headers)

    assert answer.status_code == (200 if headers else 303)
    assert [row.key for row in queries.standing_criteria(evaluation)] == keys


def test_a_taken_name_is_said_and_an_unknown_key_is_not_found(as_lead, evaluation, lead):
    known = catalogue.criteria()[0]
    actions.add_criterion(evaluation=evaluation, name=known.name, by=lead, at=NOW)

    taken = as_lead.post(url("add_criteria", evaluation), {"key": known.key}, headers=HTMX)
    unknown = as_lead.post(url("add_criteria", evaluation), {"key": "zeppelin"})

    assert (taken.status_code, "of that name already" in text(taken)) == (422, True)
    assert unknown.status_code == 404


def test_an_own_criterion_is_added_edited_and_removed(as_lead, evaluation, lead):
    added = as_lead.post(url("add_own_criterion", evaluation), {"name": "Fun", "cost_hours": "1"})
    row = Criterion.objects.get()
    form = {"name": "Joy", "anchor_1": "none", "cost_hours": "1.5", "seen": row.version}
    edited = as_lead.post(url("edit_criterion", evaluation, row.pk), form, headers=HTMX)
    collided = as_lead.post(url("edit_criterion", evaluation, row.pk), {**form, "name": "Glee"})
    row.refresh_from_db()
    removed = as_lead.post(url("remove_criterion", evaluation, row.pk), {"seen": row.version})

    assert [answer.status_code for answer in (added, edited, collided, removed)] == [303, 204, 409, 303]
    assert 'value="Glee"' in text(collided)
    assert "Joy" in text(collided)
    assert queries.standing_criteria(evaluation) == []


def test_a_criterion_without_a_name_or_with_a_taken_one_stays_in_the_form(as_lead, evaluation, criteria):
    nameless = as_lead.post(url("add_own_criterion", evaluation), {"question": "Why?", "cost_hours": "1"})
    taken = as_lead.post(url("add_own_criterion", evaluation), {"name": "AY", "cost_hours": "1"}, headers=HTMX)

    assert (nameless.status_code, 'value="Why?"' in text(nameless)) == (422, True)
    assert (taken.status_code, "of that name already" in text(taken)) == (422, True)


def test_criteria_move_without_script(as_lead, evaluation, criteria):
    page = text(as_lead.get(url("criteria", evaluation)))
    order = re.search(rf'value="([\d,]+)"><button[^>]*id="earlier-{criteria[1].pk}"', page)[1]

    moved = as_lead.post(url("order_criteria", evaluation), {"order": order})
    old = as_lead.post(url("order_criteria", evaluation), {"order": "1,2"})

    assert (moved.status_code, old.status_code) == (303, 409)
    assert [c.name for c in queries.standing_criteria(evaluation)] == ["Bee", "Ay", "Cee"]


# ---- Weights ------------------------------------------------------------------------------------------------------


def test_the_order_is_moved_and_saved_without_script(as_lead, evaluation, criteria, lead):
    a, b, c = (row.pk for row in criteria)
    start = text(as_lead.get(url("weights", evaluation)))
    moved = text(as_lead.get(url("weights", evaluation), {"way": "ordering", "order": [a, b, c], "move": f"{c}:up"}))

    saved = as_lead.post(url("give_weights", evaluation), {"way": "ordering", "order": [a, c, b], "seen": 0})

    assert (order_of(start), order_of(moved)) == ([a, b, c], [a, c, b])
    assert ("data-dirty>" in start, "data-dirty>" in moved, WeightOpinion.objects.count()) == (False, True, 1)
    assert saved.status_code == 303
    shares = WeightOpinion.objects.get().shares
    assert [round(shares[str(pk)], 4) for pk in (a, c, b)] == [0.6111, 0.2778, 0.1111]
    assert order_of(text(as_lead.get(url("weights", evaluation)))) == [a, c, b]


def test_a_move_beyond_the_ends_changes_nothing_and_is_announced_otherwise(as_lead, evaluation, criteria):
    a, b, c = (row.pk for row in criteria)

    top = text(as_lead.get(url("own", evaluation), {"order": [a, b, c], "move": f"{a}:up"}, headers=HTMX))
    down = text(as_lead.get(url("own", evaluation), {"order": [a, b, c], "move": f"{a}:down"}, headers=HTMX))

    assert (order_of(top), order_of(down)) == ([a, b, c], [b, a, c])
    assert "Ay is now number 2 of 3" in down


def test_an_order_from_before_a_criterion_came_is_kept_and_completed(as_lead, evaluation, criteria, lead):
    a, b, c = (row.pk for row in criteria)
    late = actions.add_criterion(evaluation=evaluation, name="Late", by=lead, at=NOW)

    answer = as_lead.post(
        url("give_weights", evaluation), {"way": "ordering", "order": [c, b, a], "seen": 0}, headers=HTMX
    )

    assert answer.status_code == 409
    assert order_of(text(answer)) == [c, b, a, late.pk]
    assert not WeightOpinion.objects.exists()


def test_swings_are_given_and_what_is_wrong_stands_beside_its_field(as_lead, evaluation, criteria):
    keys = [f"points-{row.pk}" for row in criteria]
    form = {"way": "swing", "seen": 0}

    garbled = as_lead.post(url("give_weights", evaluation), {**form, keys[0]: "100", keys[1]: "much"}, headers=HTMX)
    low = as_lead.post(url("give_weights", evaluation), {**form, keys[0]: "80", keys[1]: "20"})
    good = as_lead.post(url("give_weights", evaluation), {**form, keys[0]: "100", keys[1]: "12,5", keys[2]: ""})

    assert (garbled.status_code, "Type a number of 0 or more." in text(garbled)) == (422, True)
    assert 'value="much"' in text(garbled)
    assert (low.status_code, "exactly 100" in text(low), 'value="80"' in text(low)) == (422, True, True)
    assert good.status_code == 303
    assert WeightOpinion.objects.get().shares[str(criteria[1].pk)] == pytest.approx(12.5 / 112.5)


def test_after_the_reveal_all_see_each_members_shares_and_the_lead_takes_the_mean(client, evaluation, lead, criteria):
    other = make_member(evaluation.team, name="Olga Other")
    opinion = give(evaluation, other, criteria)
    give(evaluation, lead, criteria[::-1])
    client.force_login(lead)
    before = text(client.get(url("weights", evaluation)))
    rounds.reveal(round=opinion.round, by=lead, at=NOW)
    after = text(client.get(url("weights", evaluation)))

    agreed = client.post(url("agree_weights", evaluation), {"mean": "1", "seen": 0})

    assert ("Olga Other" in before, "Olga Other" in after) == (False, True)
    assert "mean of 2 members" in after
    assert agreed.status_code == 303
    assert set(AgreedWeight.objects.values_list("method", flat=True)) == {"mean of 2 members"}


def test_the_offered_percentages_sent_back_unchanged_are_the_mean_itself(client, evaluation, lead, criteria):
    rounds.reveal(round=give(evaluation, lead, criteria).round, by=lead, at=NOW)
    client.force_login(lead)
    page = text(client.get(url("weights", evaluation)))
    offered = dict(re.findall(r'name="(share-\d+)"[^>]*value="([\d.]+)"', page))

    client.post(url("agree_weights", evaluation), {**offered, "seen": 0})
    changed = client.post(
        url("agree_weights", evaluation),
        {**offered, f"share-{criteria[0].pk}": "50", "seen": queries.agreed_version(evaluation)},
    )

    assert changed.status_code == 303
    assert queries.how_agreed(evaluation) == "set by the lead after the weights of 1 member"
    payloads = [e.payload for e in evaluation.log.events.filter(kind="requirements.weights_agreed").order_by("number")]
    assert payloads[0]["method"] == "mean of 1 member"
    assert float(payloads[0]["after"][str(criteria[0].pk)]) == pytest.approx(0.61111111)


def test_two_leads_agreeing_see_both_and_lose_nothing(as_lead, evaluation, lead, criteria):
    shares = {c.pk: 1 for c in criteria}
    weighing.agree_weights(evaluation=evaluation, shares=shares, method="theirs", seen=0, by=lead, at=NOW)

    typed = {f"share-{c.pk}": n for c, n in zip(criteria, (70, 20, 10), strict=True)}
    answer = as_lead.post(url("agree_weights", evaluation), {**typed, "seen": 0})

    assert answer.status_code == 409
    assert "Ay 33" in text(answer)
    assert re.search(rf'name="share-{criteria[0].pk}"[^>]*value="70"', text(answer))


# ---- Who may ------------------------------------------------------------------------------------------------------


def test_a_viewer_reads_all_three_pages_and_writes_nothing(client, evaluation, criteria):
    row = add(evaluation)
    client.force_login(make_member(evaluation.team, Role.VIEWER))
    count = evaluation.log.events.count()

    pages = [client.get(url(name, evaluation)) for name in ("index", "criteria", "weights")]
    answers = [
        client.post(url("add", evaluation), {"kind": "load", "statement": "No"}),
        client.get(url("edit", evaluation, row.pk)),
        client.post(url("remove", evaluation, row.pk), {"seen": row.version}),
        client.post(url("vote", evaluation), {"requirement": row.pk, "seen": 0}),
        client.post(url("set_top", evaluation), {"requirement": row.pk}),
        client.post(url("add_criteria", evaluation), {"key": "async-native"}),
        client.post(url("add_own_criterion", evaluation), {"name": "No", "cost_hours": 1}),
        client.post(url("edit_criterion", evaluation, criteria[0].pk), {"name": "No", "cost_hours": 1, "seen": 1}),
        client.post(url("remove_criterion", evaluation, criteria[0].pk), {"seen": 1}),
        client.post(url("order_criteria", evaluation), {"order": "1"}),
        client.post(url("give_weights", evaluation), {"way": "ordering", "seen": 0}),
        client.post(url("agree_weights", evaluation), {"seen": 0}),
    ]

    assert {page.status_code for page in pages} == {200}
    assert not any("<form" in text(page).split("<main")[1] for page in pages[:1] + pages[2:])
    assert {answer.status_code for answer in answers} == {403}
    assert evaluation.log.events.count() == count


def test_to_a_stranger_and_with_foreign_ids_nothing_is_there(client, evaluation, criteria):
    row = add(evaluation)
    client.force_login(make_person())
    unknown = {
        client.get(url(name, evaluation)).status_code for name in ("index", "board", "criteria", "weights", "own")
    }
    other = make_evaluation()
    client.force_login(lead_of(other.team))

    foreign = {
        client.get(url("edit", other, row.pk)).status_code,
        client.post(url("vote", other), {"requirement": row.pk, "seen": 0}).status_code,
        client.post(url("edit_criterion", other, criteria[0].pk), {}).status_code,
        client.post(url("remove_criterion", other, criteria[0].pk), {}).status_code,
    }

    assert (unknown, foreign) == ({404}, {404})
