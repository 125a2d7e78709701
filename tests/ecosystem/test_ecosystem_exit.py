import pytest

from evaluations.audit.chain import canonical_json
from evaluations.candidates.models import Candidate
from evaluations.checklist.models import Phase
from evaluations.ecosystem import actions, exit
from evaluations.ecosystem.signed import authors_of, rendered
from evaluations.scoring import actions as scoring
from evaluations.scoring.queries import must_have_state
from evaluations.scoring.standing import current_standing
from evaluations.signoff.phases import CONTENT
from tests.builders import (
    NOW,
    lead_of,
    make_candidate,
    make_criterion,
    make_evaluation,
    make_member,
    make_requirement,
)
from tests.ecosystem.ecosystem_facts import LOOKED_AT, add_need, break_the_deal, choose

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def cast(evaluation):
    return [make_candidate(evaluation, name) for name in ("FastAPI", "Django", "Litestar")]


def missing(evaluation):
    return [said for each in exit.EXIT_CRITERIA if (said := each(evaluation))]


# Exit criteria


def test_without_needs_they_are_asked_for(evaluation, cast):
    add_need(evaluation, "Charts", is_required=False)

    assert missing(evaluation) == [
        "List what the service needs from outside: driver, cache, broker, sign-in, logging, metrics."
    ]


def test_needs_without_a_package_or_a_word_are_named(evaluation, cast):
    broker, driver = add_need(evaluation, "message broker", kind="message_broker"), add_need(evaluation, "driver")
    choose(broker, cast[0], "")
    for one in cast[:2]:
        choose(driver, one, **LOOKED_AT)

    assert missing(evaluation) == [
        "2 candidates have no package for “message broker” and no word on it; "
        "One candidate has no package for “driver” and no word on it."
    ]


def test_a_package_without_a_verdict_asks_for_one_until_a_note_says_why(evaluation, cast):
    need = add_need(evaluation, "driver")
    for one in cast[1:]:
        choose(need, one, **LOOKED_AT)
    row = choose(need, cast[0], "asyncpg", verdict="unknown")

    asked = missing(evaluation)
    choose(need, cast[0], "asyncpg", verdict="unknown", note="Cannot be tried before May", seen=row.version)

    assert asked == ["Judge the packages for “driver”, or note why it stays unknown."]
    assert missing(evaluation) == []


def test_a_package_that_covers_a_need_was_looked_at(evaluation, cast):
    need = add_need(evaluation, "driver", async_needed=True)
    for one in cast[1:]:
        choose(need, one, **LOOKED_AT)
    choose(need, cast[0], maintained="yes", stable="partly")

    assert missing(evaluation) == [
        "Say whether the packages for “driver” are maintained, stable and, where needed, async."
    ]


def test_candidates_that_are_out_or_not_frameworks_owe_nothing(evaluation, cast):
    make_candidate(evaluation, "Keep it", kind=Candidate.Kind.KEEP)
    driver, broker = add_need(evaluation, "driver"), add_need(evaluation, "broker")
    break_the_deal(driver, cast[0])
    for need in (driver, broker):
        for one in cast[1:]:
            choose(need, one, **LOOKED_AT)

    assert missing(evaluation) == []


def test_the_sign_off_asks_this_package(evaluation):
    content = CONTENT[Phase.ECOSYSTEM]

    assert rendered in content.rendered
    assert set(exit.EXIT_CRITERIA) <= set(content.exit_criteria)
    assert authors_of in content.authors


# What is signed


def test_what_is_signed_changes_with_every_word_and_with_nothing_else(evaluation, cast):
    need = add_need(evaluation, "driver")
    row = choose(need, cast[0], **LOOKED_AT)
    seen = [canonical_json(rendered(evaluation))]

    make_criterion(evaluation)
    seen.append(canonical_json(rendered(evaluation)))
    for changes in ({"community_note": "Two people"}, {"looked_date": NOW.date()}, {"note": "Ran a week"}):
        row = choose(need, cast[0], **LOOKED_AT, seen=row.version, **changes)
        seen.append(canonical_json(rendered(evaluation)))
    need.refresh_from_db()
    actions.edit_need(need=need, seen=need.version, changes={"async_needed": True}, by=lead_of(evaluation.team), at=NOW)
    seen.append(canonical_json(rendered(evaluation)))

    assert seen[0] == seen[1]
    assert len(set(seen[1:])) == 5


def test_whoever_entered_something_is_an_author_also_after_somebody_changed_it(evaluation, cast):
    first, second, reader = (make_member(evaluation.team) for _ in range(3))
    need = add_need(evaluation, by=first)
    row = choose(need, cast[0], by=first)
    choose(need, cast[0], "psycopg", seen=row.version, by=second)

    assert authors_of(evaluation) == {first.pk, second.pk}
    assert reader.pk not in authors_of(evaluation)


# Out


def test_a_dealbreaker_rules_a_candidate_out_until_it_is_lifted(evaluation, cast):
    make_criterion(evaluation)
    need = add_need(evaluation, "driver")
    row = break_the_deal(need, cast[0], "Abandoned")

    [failed] = current_standing(evaluation).by_candidate[cast[0].pk].out
    choose(need, cast[0], "psycopg", seen=row.version)

    assert (failed.statement, failed.reason, failed.source) == ("driver: old-driver", "Abandoned", "dealbreaker")
    assert current_standing(evaluation).by_candidate[cast[0].pk].rank is not None


def test_dealbreakers_of_needs_taken_out_rule_nobody_out(evaluation, cast):
    need = add_need(evaluation, "driver")
    break_the_deal(need, cast[0])
    actions.remove_need(need=need, seen=need.version, by=lead_of(evaluation.team), at=NOW)

    assert must_have_state(evaluation, cast)[0] == {}


def test_both_grounds_are_told_must_haves_first(evaluation, cast):
    make_criterion(evaluation)
    requirement = make_requirement(evaluation, "An admin", must_have=True)
    scoring.set_verdict(
        requirement=requirement,
        candidate=cast[0],
        verdict="not_met",
        reason="none",
        seen=0,
        by=lead_of(evaluation.team),
        at=NOW,
    )
    break_the_deal(add_need(evaluation, "driver"), cast[0])

    row = current_standing(evaluation).by_candidate[cast[0].pk]

    assert [each.in_short for each in row.out] == ["fails “An admin”", "has the dealbreaker “driver: old-driver”"]
    assert row.out_in_words == "fails a must-have and has a dealbreaker"


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (3, "No candidate is left: each has a dealbreaker."),
        (2, "Only Litestar is left: each of the other 2 candidates has a dealbreaker."),
    ],
)
def test_the_verdict_says_on_which_ground_the_others_are_out(evaluation, cast, broken, sentence):
    make_criterion(evaluation)
    need = add_need(evaluation, "driver")
    for one in cast[:broken]:
        break_the_deal(need, one)

    assert current_standing(evaluation).verdict.sentence == sentence
