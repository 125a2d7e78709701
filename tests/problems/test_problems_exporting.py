"""An exported evaluation, calculated, gives what the pages show."""

import json
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from evaluations.examples import actions
from evaluations.jobs import actions as jobs
from evaluations.problems.calculate import calculate
from evaluations.problems.exporting import NothingToExport, problem_of
from evaluations.problems.schema import problem_from
from evaluations.requirements.models import Criterion
from evaluations.requirements.queries import team_weights
from evaluations.scoring.agenda import agenda_of
from evaluations.scoring.finding import find_out_next
from evaluations.scoring.models import ValueFunction
from evaluations.scoring.queries import matrix_of
from evaluations.scoring.standing import VerdictKind, standing_of
from tests.builders import make_evaluation, make_requirement
from tests.scoring.table import make_table

AT = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def entered(django_db_setup, django_db_blocker):
    """Both examples for all tests of this module."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "send", lambda job: True)
        patch.setattr(settings, "FWSELECT_DEMO", False)
        for key in ("logistics-open", "publishing-open"):
            actions.load(key=key, at=AT)
        connection.close()
    yield
    with django_db_blocker.unblock():
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False, inhibit_post_migrate=True)
        connection.close()


def same_as_the_pages(evaluation):
    """Compares every figure that the pages show with what the exported problem gives."""
    standing = standing_of(matrix_of(evaluation))
    told = calculate(problem_from(json.loads(json.dumps(problem_of(evaluation)))))
    rows = {row["candidate"]: row for row in told["ranking"]["candidates"]}
    names = {criterion.pk: criterion.name for criterion in standing.matrix.criteria}
    for row in standing.rows:
        found = rows[row.candidate.name]
        assert found["rank"] == row.rank
        assert found["first_share"] == row.first_share
        for end in ("worst", "expected", "best"):
            assert found[end] == pytest.approx(getattr(row, end), abs=1e-12)
        given = {names[pk]: value for pk, value in row.contributions.items()}
        assert found["contributions"] == pytest.approx(given, abs=1e-12)
        assert found["fails"] == [each.statement for each in row.out]
        assert found["not_proven"] == [each.statement for each in row.not_proven]
    drawn = told["ranking"]["first_share"]
    assert (drawn["draws"], drawn["seed"], drawn["error"]) == (standing.draws, standing.seed, standing.error)
    leader = standing.verdict.leader
    assert told["verdict"]["leader"] == (leader.name if leader else None)
    assert [(item["candidate"], item["criterion"]) for item in told["agenda"]["items"]] == [
        (topic.candidate.name, topic.criterion.name) for topic in agenda_of(evaluation).topics
    ]
    worth = find_out_next(standing)
    shown = {(item.candidate.name, item.criterion.name): (item.per_hour, item.chance) for item in worth.items}
    assert {
        (item["candidate"], item["criterion"]): pytest.approx((item["per_hour"], item["winner_changes"]), abs=1e-12)
        for item in told["find_out_next"]["items"]
    } == shown
    assert told["find_out_next"]["stop"] == worth.stop
    return told


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["logistics-open", "publishing-open"])
def test_an_exported_example_calculates_to_what_the_pages_show(entered, key):
    told = same_as_the_pages(actions.example_of(key))

    assert told["verdict"]["state"] == "leader"
    assert told["agreement"]["facts"]["w"] > 0


@pytest.mark.django_db
def test_an_example_goes_through_both_commands(entered, tmp_path, capsys):
    evaluation, file = actions.example_of("logistics-open"), tmp_path / "logistics.json"
    standing = standing_of(matrix_of(evaluation))

    call_command("export_problem", evaluation.pk, output=str(file))
    capsys.readouterr()
    call_command("calculate", str(file))

    told = json.loads(capsys.readouterr().out)
    shown = {row.candidate.name: f"{row.expected:.2f}" for row in standing.rows}
    assert {row["candidate"]: f"{row['expected']:.2f}" for row in told["ranking"]["candidates"]} == shown


@pytest.mark.django_db
def test_measured_cells_are_exported_as_runs_in_the_metrics_unit_and_nobody_is_named(entered):
    evaluation = actions.example_of("logistics-open")

    told = problem_of(evaluation)

    measured = {c.name for c in matrix_of(evaluation).criteria if c.basis == Criterion.Basis.MEASURED}
    assert measured
    assert {c["name"] for c in told["criteria"] if "value_function" in c} == measured
    of_runs = {c.name for c in matrix_of(evaluation).criteria if c.key in ("websocket-capacity", "latency-under-load")}
    assert all("runs" in row[name] for row in told["ratings"].values() for name in of_runs)
    others = [row[name] for row in told["ratings"].values() for name in measured - of_runs]
    assert all("runs" in rating or set(rating) >= {"mean", "deviation", "scale"} for rating in others)
    people = [member.person.shown_name for member in evaluation.team.memberships.select_related("person")]
    assert not [name for name in people if name in json.dumps(told)]


@pytest.mark.django_db
def test_ratings_opinions_and_dont_knows_come_along():
    table = make_table(members=3)
    ana, ben, cleo = table.members
    table.rate(ana, {("FastAPI", "Speed"): 5, ("Django", "Speed"): 2, ("FastAPI", "Learning"): None})
    table.rate(ben, {("FastAPI", "Speed"): None, ("Django", "Speed"): 3, ("FastAPI", "Learning"): None})
    table.rate(cleo, {("FastAPI", "Speed"): 4})
    table.reveal()
    table.agree({("Django", "Speed"): 2.5})

    told = problem_of(table.evaluation)

    ratings = told["ratings"]
    assert ratings["FastAPI"]["Speed"] == {"members": {"member 1": 5, "member 2": None, "member 3": 4}}
    assert ratings["Django"]["Speed"] == {"value": 2.5, "answers": {"member 1": 2, "member 2": 3}}
    assert ratings["FastAPI"]["Learning"] == {"unknown": True, "answers": {"member 1": None, "member 2": None}}
    assert ratings["Django"]["Learning"] is None
    assert told["weights"]["origin"] == team_weights(table.evaluation).origin
    same_as_the_pages(table.evaluation)


@pytest.mark.django_db
def test_unrevealed_ratings_stay_where_they_are():
    table = make_table()
    table.rate(table.members[0], {("FastAPI", "Speed"): 5})

    told = problem_of(table.evaluation)

    assert told["ratings"]["FastAPI"]["Speed"] is None
    same_as_the_pages(table.evaluation)


@pytest.mark.django_db
def test_a_score_that_its_runs_no_longer_give_is_exported_as_stored(entered):
    evaluation = actions.example_of("logistics-open")
    function = ValueFunction.objects.filter(criterion__evaluation=evaluation).first()
    ValueFunction.objects.filter(pk=function.pk).update(points=[[x, 3 + score / 9] for x, score in function.points])

    told = problem_of(evaluation)

    kinds = {frozenset(row[function.criterion.name]) - {"answers"} for row in told["ratings"].values()}
    assert frozenset({"mean", "deviation", "scale"}) in kinds
    same_as_the_pages(evaluation)


@pytest.mark.django_db
def test_too_early_and_must_haves_are_the_same_in_the_file():
    table = make_table()
    make_requirement(table.evaluation, "Maintained for three years", must_have=True)
    table.agree({("FastAPI", "Speed"): 3})

    told = same_as_the_pages(table.evaluation)

    standing = standing_of(matrix_of(table.evaluation))
    assert standing.verdict.kind in {VerdictKind.LEVEL, VerdictKind.TOO_EARLY}
    assert told["verdict"]["leader"] is None
    assert told["ranking"]["candidates"][0]["not_proven"] == ["Maintained for three years"]


@pytest.mark.django_db
def test_what_cannot_be_exported_is_said_in_words(tmp_path):
    empty = make_evaluation("New service")

    with pytest.raises(NothingToExport, match="“New service” has no candidates yet"):
        problem_of(empty)
    with pytest.raises(CommandError, match="has no candidates yet"):
        call_command("export_problem", empty.pk)
    with pytest.raises(CommandError, match="There is no evaluation 999999"):
        call_command("export_problem", 999_999)
    table = make_table()
    with pytest.raises(CommandError, match="could not be written"):
        call_command("export_problem", table.evaluation.pk, output=str(tmp_path / "no" / "file.json"))
