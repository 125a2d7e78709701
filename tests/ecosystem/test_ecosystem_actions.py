import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from evaluations.audit.models import AuditEvent
from evaluations.audit.queries import first_fault
from evaluations.candidates import actions as candidates
from evaluations.candidates.access import NotOpen
from evaluations.candidates.models import Evaluation
from evaluations.ecosystem import actions, queries
from evaluations.ecosystem.models import Need, PackageChoice
from evaluations.history.sentences import names_for, sentence
from evaluations.scoring.models import MeasuredScore, ValueFunction
from evaluations.scoring.scales import metrics_of
from evaluations.teams.access import Refused
from evaluations.teams.models import Role
from tests.builders import NOW, lead_of, make_candidate, make_criterion, make_evaluation, make_member, make_person
from tests.ecosystem.ecosystem_facts import add_need, break_the_deal, choose, measure

pytestmark = pytest.mark.django_db
RISING = [[0, 1], [1, 5]]


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def candidate(evaluation):
    return make_candidate(evaluation, "FastAPI")


@pytest.fixture
def need(evaluation):
    return add_need(evaluation, "PostgreSQL")


def last_event(evaluation):
    return AuditEvent.objects.filter(log=evaluation.log).order_by("-number")[0]


def told(event):
    return sentence(event.kind, event.about, event.payload, names_for([event.about]))


def told_last(evaluation, kind):
    return told(AuditEvent.objects.filter(log=evaluation.log, kind=f"ecosystem.{kind}").order_by("-number")[0])


def score(criterion, candidate):
    found = MeasuredScore.objects.filter(criterion=criterion, candidate=candidate).first()
    return found and (round(found.value, 4), round(found.low, 4), round(found.high, 4))


# Needs


def test_a_need_is_added_changed_and_taken_out(evaluation):
    by = lead_of(evaluation.team)

    row = add_need(evaluation, "Redis", kind="cache_client", async_needed=True)
    row = actions.edit_need(need=row, seen=row.version, changes={"name": "Valkey"}, by=by, at=NOW)
    row = actions.remove_need(need=row, seen=row.version, by=by, at=NOW)

    assert told_last(evaluation, "need_added") == "added the need “Redis”"
    assert told_last(evaluation, "need_edited") == "changed the need “Valkey”"
    assert told_last(evaluation, "need_removed") == "took the need “Valkey” out"
    assert row.version == last_event(evaluation).number
    assert not queries.standing_needs(evaluation).exists()
    assert first_fault(evaluation.log) is None


def test_needs_stand_in_the_order_they_were_added(evaluation):
    for name in ("PostgreSQL", "Redis", "Broker"):
        add_need(evaluation, name)

    assert [row.name for row in queries.standing_needs(evaluation)] == ["PostgreSQL", "Redis", "Broker"]


@pytest.mark.parametrize(
    "facts", [{"name": " "}, {"kind": "own"}, {"kind": "logging", "own_kind": "editor"}, {"kind": "toaster"}]
)
def test_a_need_says_what_it_is(evaluation, facts):
    with pytest.raises(ValidationError):
        add_need(evaluation, **facts)

    assert not Need.objects.exists()


def test_a_need_changed_or_removed_meanwhile_collides(evaluation, need):
    by = {"by": lead_of(evaluation.team), "at": NOW}
    actions.edit_need(need=need, seen=need.version, changes={"note": "theirs"}, **by)

    with pytest.raises(actions.NeedMoved) as moved:
        actions.edit_need(need=need, seen=need.version, changes={"note": "mine"}, **by)
    with pytest.raises(actions.NeedMoved):
        actions.remove_need(need=need, seen=need.version, **by)
    current = moved.value.current
    actions.remove_need(need=current, seen=current.version, **by)
    with pytest.raises(actions.NeedMoved):
        actions.remove_need(need=current, seen=current.version, **by)

    assert current.note == "theirs"


# Packages


def test_a_package_is_named_and_told(evaluation, need, candidate):
    row = choose(need, candidate, "asyncpg", package_version="0.30", maintained="partly", maintained_note="One person")

    event = last_event(evaluation)
    assert row.version == event.number
    assert told(event) == "said what covers “PostgreSQL” for FastAPI: asyncpg, good"
    assert event.payload["before"] is None
    assert event.payload["after"]["maintained_note"] == "One person"


def test_what_is_left_out_goes_back_to_unknown(need, candidate):
    row = choose(need, candidate, stable="yes", issue_days=12.0)

    again = choose(need, candidate, "psycopg", seen=row.version)

    assert again.pk == row.pk
    assert (again.stable, again.issue_days) == ("unknown", None)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"package": "", "verdict": "good"}, "Name the package"),
        ({"package": "", "verdict": "missing", "note": " "}, "what we would write"),
        ({"package": "asyncpg", "verdict": "missing", "note": "x"}, "what we would write"),
        ({"dealbreaker": True}, "Say why this rules the candidate out"),
        ({"issue_days": -1.0}, "greater than or equal to 0"),
        ({"maintained": "perhaps"}, "not a valid choice"),
        ({"evidence_url": "javascript:alert(1)"}, "http or https"),
        ({"evidence_url": "ftp://example.org/a"}, "http or https"),
    ],
)
def test_a_contradiction_is_refused(need, candidate, facts, words):
    with pytest.raises(ValidationError, match=words):
        choose(need, candidate, **facts)

    assert not PackageChoice.objects.exists()


def test_the_database_refuses_a_dealbreaker_without_a_reason(need, candidate):
    with pytest.raises(IntegrityError, match="package_dealbreaker_needs_a_reason"), transaction.atomic():
        PackageChoice.objects.create(need=need, candidate=candidate, dealbreaker=True, at=NOW, version=1)


def test_a_package_set_meanwhile_is_not_overwritten(need, candidate):
    choose(need, candidate, "psycopg")

    with pytest.raises(actions.PackageMoved) as moved:
        choose(need, candidate, "asyncpg", seen=0)

    assert moved.value.current.package == "psycopg"


def test_need_and_candidate_must_stand_in_one_evaluation(evaluation, need, candidate):
    by = lead_of(evaluation.team)
    elsewhere = make_candidate(make_evaluation())
    withdrawn = candidates.withdraw_candidate(candidate=make_candidate(evaluation), reason="old", by=by, at=NOW)
    gone = add_need(evaluation, "Gone")
    actions.remove_need(need=gone, seen=gone.version, by=by, at=NOW)

    for one, other in ((need, elsewhere), (need, withdrawn), (gone, candidate)):
        with pytest.raises(actions.NotOfThisEvaluation):
            choose(one, other, by=by)


# Rules


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_readers_and_reviewers_may_write_nothing(evaluation, need, candidate, role):
    by = make_member(evaluation.team, role)
    before = last_event(evaluation).number

    refused = [
        lambda: add_need(evaluation, by=by),
        lambda: actions.edit_need(need=need, seen=need.version, changes={}, by=by, at=NOW),
        lambda: actions.remove_need(need=need, seen=need.version, by=by, at=NOW),
        lambda: choose(need, candidate, by=by),
        lambda: choose(need, candidate, by=make_person()),
    ]

    for write in refused:
        with pytest.raises(Refused):
            write()
    assert last_event(evaluation).number == before


def test_a_decided_evaluation_takes_nothing_any_more(evaluation, need, candidate):
    Evaluation.objects.filter(pk=evaluation.pk).update(state=Evaluation.State.DECIDED)
    need.evaluation.refresh_from_db()

    with pytest.raises(NotOpen):
        choose(need, candidate)


# Dealbreakers


def test_a_dealbreaker_is_told_apart_from_its_package_and_so_is_its_end(evaluation, need, candidate):
    row = break_the_deal(need, candidate, "Abandoned")
    called = last_event(evaluation)
    row = choose(need, candidate, "psycopg", seen=row.version)

    assert called.kind == "ecosystem.dealbreaker_called"
    assert told(called) == "ruled FastAPI out, dealbreaker in “PostgreSQL”: Abandoned"
    assert told(last_event(evaluation)) == "lifted the dealbreaker of FastAPI in “PostgreSQL”"
    assert row.version == last_event(evaluation).number


@pytest.mark.parametrize(("package", "times"), [("old-driver", 1), ("other-driver", 2)])
def test_a_dealbreaker_is_told_again_only_where_it_is_another(evaluation, need, candidate, package, times):
    row = break_the_deal(need, candidate)
    facts = {"verdict": "poor", "dealbreaker": True, "dealbreaker_reason": row.dealbreaker_reason}

    choose(need, candidate, package, seen=row.version, note="Asked its author", **facts)

    called = AuditEvent.objects.filter(log=evaluation.log, kind="ecosystem.dealbreaker_called")
    assert called.count() == times


# Coverage


def test_the_share_counts_required_needs_and_names_the_unknown(evaluation, candidate):
    for place, name in enumerate(("PostgreSQL", "Redis", "Broker", "Sign-in", "Logs")):
        need = add_need(evaluation, name)
        if place == 0:
            choose(need, candidate, verdict="acceptable")
        elif place == 1:
            choose(need, candidate, "")
        elif place == 2:
            break_the_deal(need, candidate)
        elif place == 3:
            choose(need, candidate, "pyjwt", verdict="unknown")
    choose(add_need(evaluation, "Charts", is_required=False), candidate, "plotly")

    [coverage] = queries.grid_of(evaluation).coverages

    assert (coverage.covered, coverage.gaps, coverage.unknown) == (
        ["PostgreSQL"],
        ["Redis", "Broker"],
        ["Sign-in", "Logs"],
    )
    assert (coverage.value, coverage.low, coverage.high) == (1 / 3, 1 / 5, 3 / 5)


def test_a_package_good_but_for_a_dealbreaker_covers_nothing(evaluation, need, candidate):
    choose(need, candidate, "asyncpg", dealbreaker=True, dealbreaker_reason="Its licence")

    [coverage] = queries.grid_of(evaluation).coverages

    assert (coverage.covered, coverage.gaps) == ([], ["PostgreSQL"])


def test_nothing_judged_has_no_share(evaluation, need, candidate):
    [coverage] = queries.grid_of(evaluation).coverages

    assert (coverage.value, coverage.low, coverage.high) == (None, None, None)


# Scores


def test_covered_needs_become_a_score_whose_ends_hold_the_unknown(evaluation, candidate):
    criterion, django = make_criterion(evaluation), make_candidate(evaluation, "Django")
    measure(criterion, "needs_covered_share", RISING)
    first, second, _ = (add_need(evaluation, name) for name in ("PostgreSQL", "Redis", "Broker"))

    choose(first, candidate)
    choose(second, candidate, "")

    source = MeasuredScore.objects.get(criterion=criterion).source
    assert score(criterion, candidate) == (3.0, round(1 + 4 / 3, 4), round(1 + 8 / 3, 4))
    assert score(criterion, django) is None
    assert source["says"] == "needs covered by packages: 1 of 2 needs, 1 unknown left out"
    assert source["values"] == [0.5] and len(source["choices"]) == 2
    assert ValueFunction.objects.get(criterion=criterion).frozen_at == NOW


def test_days_to_resolve_an_issue_are_one_figure_a_package(evaluation, candidate):
    criterion = make_criterion(evaluation)
    measure(criterion, "issue_days", [[0, 5], [100, 1]])
    needs = [add_need(evaluation, name) for name in ("Rate limits", "Validation", "Broker")]

    choose(needs[0], candidate, "litestar", issue_days=25.0)
    choose(needs[1], candidate, "Litestar", issue_days=25.0)
    choose(needs[2], candidate, "aio-pika", issue_days=75.0)

    row = MeasuredScore.objects.get(criterion=criterion)
    assert row.source["values"] == [25.0, 75.0]
    assert (row.value, row.low, row.high) == (3.0, 1.0, 5.0)
    assert row.source["says"] == "days to resolve an issue: 25, 75 days, from 2 packages"


def test_every_metric_of_the_phase_has_figures(evaluation, need, candidate):
    choose(need, candidate, issue_days=3.0)

    found = {metric: queries.figures_of(evaluation, metric=metric) for metric in metrics_of("ecosystem")}

    assert set(found) == {"needs_covered_share", "issue_days"}
    assert all(set(figures) == {candidate.pk} for figures in found.values())


def test_scores_follow_needs_that_change_and_go(evaluation, need, candidate):
    criterion, by = make_criterion(evaluation), {"by": lead_of(evaluation.team), "at": NOW}
    measure(criterion, "needs_covered_share", RISING)
    choose(need, candidate)
    other = add_need(evaluation, "Redis")
    choose(other, candidate, "")
    half = score(criterion, candidate)

    other.refresh_from_db()
    other = actions.edit_need(need=other, seen=other.version, changes={"is_required": False}, **by)
    whole = score(criterion, candidate)
    need.refresh_from_db()
    actions.remove_need(need=need, seen=need.version, **by)

    assert (half, whole) == ((3.0, 3.0, 3.0), (5.0, 5.0, 5.0))
    assert score(criterion, candidate) is None
    assert first_fault(evaluation.log) is None
