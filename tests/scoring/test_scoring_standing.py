"""Totals, ranks and what may be said about who leads."""

import pytest

from evaluations.analysis import cells as distributions
from evaluations.scoring import actions
from evaluations.scoring.queries import Basis, matrix_of
from evaluations.scoring.standing import VerdictKind, current_standing, distribution, standing_of
from tests.builders import NOW, make_evaluation, make_requirement
from tests.scoring.table import make_table

pytestmark = pytest.mark.django_db


def standing(table):
    return standing_of(matrix_of(table.evaluation))


def fail(table, candidate, statement="5,000 connections", reason="broke at 900"):
    requirement = make_requirement(table.evaluation, statement, must_have=True)
    actions.set_verdict(
        requirement=requirement,
        candidate=table.candidate(candidate),
        verdict="not_met",
        reason=reason,
        seen=0,
        by=table.lead,
        at=NOW,
    )
    return requirement


def test_a_leader_is_named_with_its_total_its_lead_and_its_share_of_draws():
    table = make_table()
    table.agree({("FastAPI", "Speed"): 5, ("FastAPI", "Learning"): 4})
    table.agree({("Django", "Speed"): 3, ("Django", "Learning"): 4})
    table.weigh({"Speed": 3, "Learning": 1})

    verdict = standing(table).verdict

    assert verdict.kind == VerdictKind.LEADS
    assert verdict.sentence == "FastAPI leads with 4.8 of 5, ahead of Django by 1.5."
    assert verdict.after_leader == " leads with 4.8 of 5, ahead of Django by 1.5."
    assert verdict.robustness.startswith("It is first in 100 % of 10,000 draws")
    assert (verdict.margin, verdict.share) == (pytest.approx(1.5), 1.0)


def test_totals_ranks_and_contributions_are_on_the_scale_of_the_scores():
    table = make_table()
    table.agree({("FastAPI", "Speed"): 5, ("FastAPI", "Learning"): 3})
    table.agree({("Django", "Speed"): 2})
    table.weigh({"Speed": 3, "Learning": 1})

    first, second = standing(table).ranked

    assert (first.candidate.name, first.rank, second.rank) == ("FastAPI", 1, 2)
    assert (first.worst, first.expected, first.best) == pytest.approx((4.5, 4.5, 4.5))
    assert (second.worst, second.expected, second.best) == pytest.approx((1.75, 2.25, 2.75))
    assert sum(first.contributions.values()) == pytest.approx(first.expected)
    assert sum(second.contributions.values()) == pytest.approx(second.expected)
    assert first.contributions[table.criterion("Speed").pk] == pytest.approx(3.75)


def test_exactly_equal_totals_name_nobody():
    table = make_table()
    table.agree({(name, k): 4 for name in ("FastAPI", "Django") for k in ("Speed", "Learning")})

    verdict = standing(table).verdict

    assert (verdict.kind, verdict.leader) == (VerdictKind.LEVEL, None)
    assert verdict.sentence == "FastAPI and Django are level at 4.00 of 5."
    assert [row.rank for row in standing(table).rows] == [1, 1]


def test_level_with_unknown_cells_is_only_so_far():
    table = make_table(["FastAPI", "Django"], ["Speed", "Learning"])
    table.agree({("FastAPI", "Speed"): 4, ("Django", "Speed"): 4})

    verdict = standing(table).verdict

    assert verdict.kind == VerdictKind.LEVEL
    assert verdict.sentence == "FastAPI and Django are level at 3.50 of 5 so far: 2 of 4 cells are unknown."
    assert verdict.robustness.count("unknown") == 0


def test_three_that_are_level_are_all_named():
    table = make_table(["FastAPI", "Django", "Litestar", "Flask"], ["Speed"])
    table.agree({("FastAPI", "Speed"): 4, ("Django", "Speed"): 4, ("Litestar", "Speed"): 4, ("Flask", "Speed"): 2})

    assert standing(table).verdict.sentence == "FastAPI, Django and Litestar are level at 4.00 of 5."


def test_one_candidate_alone_has_nothing_to_lead():
    table = make_table(["FastAPI"])
    table.agree({("FastAPI", "Speed"): 5})

    verdict = standing(table).verdict

    assert (verdict.kind, verdict.leader) == (VerdictKind.ONLY_ONE, None)
    assert verdict.sentence == "FastAPI is the only candidate: there is nothing to compare it with."


def test_the_only_one_left_says_why_the_others_are_out():
    table = make_table(["FastAPI", "Django"])
    fail(table, "Django")

    verdict = standing(table).verdict

    assert verdict.kind == VerdictKind.ONLY_ONE
    assert verdict.sentence == "Only FastAPI is left: the other candidate fails a must-have."
    assert verdict.robustness == "Django: broke at 900."


def test_a_candidate_that_fails_a_must_have_keeps_its_totals_and_loses_its_rank():
    table = make_table(["FastAPI", "Django", "Flask"], ["Speed"])
    table.agree({("FastAPI", "Speed"): 3, ("Django", "Speed"): 2, ("Flask", "Speed"): 5})
    fail(table, "Flask")

    found = standing(table)
    flask = found.by_candidate[table.candidate("Flask").pk]

    assert (flask.rank, flask.first_share, flask.expected) == (None, None, 5)
    assert flask.out[0].reason == "broke at 900"
    assert found.verdict.leader == table.candidate("FastAPI")
    assert [row.candidate.name for row in found.ranked] == ["FastAPI", "Django", "Flask"]


def test_when_all_are_out_nobody_is_left():
    table = make_table()
    fail(table, "FastAPI")
    fail(table, "Django", "An admin", "has none")

    verdict = standing(table).verdict

    assert verdict.kind == VerdictKind.ALL_OUT
    assert verdict.sentence == "No candidate is left: each fails a must-have."
    assert "FastAPI: broke at 900" in verdict.robustness and "Django: has none" in verdict.robustness


def test_where_nothing_is_known_it_is_too_early():
    table = make_table(["FastAPI", "Django", "Flask"])
    table.agree({("Flask", "Speed"): 4})
    fail(table, "Flask")

    verdict = standing(table).verdict

    assert verdict.kind == VerdictKind.TOO_EARLY
    assert verdict.sentence == "Too early: nothing is known yet."
    assert verdict.robustness == "4 of 4 cells are unknown."


def test_too_early_counts_the_unknown_cells_and_says_who_is_ahead_at_present():
    names = ["FastAPI", "Django", "Litestar", "Flask"]
    table = make_table(names)
    table.agree({(name, "Speed"): 3 for name in names})
    table.agree({("FastAPI", "Speed"): 3.2})

    verdict = standing(table).verdict

    assert (verdict.kind, verdict.leader) == (VerdictKind.TOO_EARLY, None)
    assert verdict.sentence == "Too early to name a leader: 4 of 8 cells unknown."
    assert "FastAPI is ahead at present, but first in only" in verdict.robustness
    assert verdict.share < 0.5


def test_too_early_without_unknown_cells_blames_how_far_answers_are_apart():
    table = make_table(["FastAPI", "Django", "Litestar"], ["Speed"], members=3)
    for person, ratings in zip(table.members, [(1, 1, 1), (5, 5, 5), (4, 3, 3)], strict=True):
        table.rate(person, dict(zip([(c.name, "Speed") for c in table.candidates], ratings, strict=True)))
    table.reveal()

    verdict = standing(table).verdict

    assert verdict.sentence == "Too early to name a leader: what is known is too far apart."


def test_without_agreed_weights_all_count_the_same_and_the_verdict_says_so():
    table = make_table()
    table.agree({("FastAPI", "Speed"): 5, ("FastAPI", "Learning"): 4})
    table.agree({("Django", "Speed"): 3, ("Django", "Learning"): 3})

    found = standing(table)

    assert set(found.matrix.weights.shares.values()) == {0.5}
    assert "Weights are not agreed yet (equal, nobody has weighed yet)." in found.verdict.robustness
    assert found.method_note == "Additive value, weights: equal, nobody has weighed yet"


def test_without_candidates_or_criteria_the_page_says_what_to_add():
    empty, no_criteria = make_evaluation(), make_table(criteria=()).evaluation

    said = [standing_of(matrix_of(one)).verdict.sentence for one in (empty, no_criteria)]

    assert said == [
        "There is nothing to compare yet: add candidates.",
        "There is nothing to compare by yet: add criteria.",
    ]


def test_a_share_of_almost_all_draws_is_not_called_all():
    table = make_table(["FastAPI", "Django"], ["Speed", "Learning"])
    table.agree({("FastAPI", "Speed"): 5, ("Django", "Speed"): 1, ("FastAPI", "Learning"): 2.93})
    table.weigh({"Speed": 0.34, "Learning": 0.66})

    verdict = standing(table).verdict

    assert 0.995 <= verdict.share < 1
    assert "first in over 99 %" in verdict.robustness


def test_a_rated_cell_of_whom_one_does_not_know_spans_the_scale_and_keeps_the_mean_of_the_others():
    table = make_table(["FastAPI", "Django"], ["Speed"])
    one, other = table.members
    table.rate(one, {("FastAPI", "Speed"): 4})
    table.rate(other, {("FastAPI", "Speed"): None})
    table.reveal()

    cell = matrix_of(table.evaluation).cell(table.candidates[0], table.criteria[0])
    row = standing(table).rows[0]

    assert (cell.basis, cell.value, cell.low, cell.high, cell.unsure_count) == (Basis.RATINGS, 4, 1, 5, 1)
    assert (row.worst, row.expected, row.best) == (1, 3.5, 5)


def test_a_cell_nobody_knows_is_unknown():
    table = make_table(["FastAPI", "Django"], ["Speed"])
    table.rate(table.members[0], {("FastAPI", "Speed"): None})
    table.reveal()

    cell = matrix_of(table.evaluation).cell(table.candidates[0], table.criteria[0])

    assert (cell.basis, cell.value, cell.unsure_count) == (Basis.UNKNOWN, None, 1)
    assert distribution(cell) == distributions.unknown()


def test_unrevealed_ratings_enter_no_total():
    table = make_table(["FastAPI", "Django"], ["Speed"])
    before = standing(table)

    table.rate(table.members[0], {("FastAPI", "Speed"): 5, ("Django", "Speed"): 1}, reason="sure")

    assert [row.expected for row in standing(table).rows] == [row.expected for row in before.rows]
    assert standing(table).verdict == before.verdict


def test_an_agreed_score_counts_before_the_ratings_and_measured_when_the_lead_says_so():
    table = make_table(["FastAPI", "Django"], ["Speed"])
    table.rate(table.members[0], {("FastAPI", "Speed"): 2})
    table.reveal()
    cell = {"candidate": table.candidates[0], "criterion": table.criteria[0]}

    rated = matrix_of(table.evaluation).cell(**cell)
    table.agree({("FastAPI", "Speed"): 4.25})
    agreed = matrix_of(table.evaluation).cell(**cell)
    measure(table, "FastAPI", "Speed", value=3.0, deviation=0.2)
    beside = matrix_of(table.evaluation).cell(**cell)
    actions.set_basis(criterion=table.criteria[0], basis="measured", by=table.lead, at=NOW)
    measured = matrix_of(table.evaluation)

    assert (rated.basis, rated.value) == (Basis.RATINGS, 2)
    assert (agreed.basis, agreed.value, agreed.judged) == (Basis.AGREED, 4.25, 4.25)
    assert (beside.basis, beside.measured) == (Basis.AGREED, 3.0)
    assert (measured.cell(**cell).basis, measured.cell(**cell).value) == (Basis.MEASURED, 3.0)
    assert measured.cell(**cell).judged == 4.25
    assert measured.cell(table.candidates[1], table.criteria[0]).basis == Basis.UNKNOWN


def measure(table, candidate, criterion, *, value, deviation):
    from evaluations.audit.actions import writing

    actions.set_value_function(
        criterion=table.criterion(criterion),
        metric="p95",
        unit="ms",
        points=[[50, 5], [400, 1]],
        seen=0,
        by=table.lead,
        at=NOW,
    )
    measured = actions.Measured(
        table.candidate(candidate), value, deviation, value - 2 * deviation, value + 2 * deviation, {"runs": [1]}
    )
    with writing(table.evaluation.log, by=None, at=NOW) as entry:
        actions.put_measured_scores(entry, criterion=table.criterion(criterion), measured=[measured])


def test_the_newest_standing_is_computed_once_per_revision(django_assert_max_num_queries):
    table = make_table()
    table.agree({("FastAPI", "Speed"): 5})
    first = current_standing(table.evaluation)

    with django_assert_max_num_queries(1):
        again = current_standing(table.evaluation)
    table.agree({("FastAPI", "Speed"): 2})
    later = current_standing(table.evaluation)

    assert again.rows == first.rows
    assert later.rows[0].expected < first.rows[0].expected


@pytest.mark.parametrize("size", [(2, 2), (5, 8)])
def test_the_matrix_takes_the_same_few_queries_whatever_its_size(size, django_assert_num_queries):
    candidates, criteria = size
    table = make_table([f"C{i}" for i in range(candidates)], [f"K{j}" for j in range(criteria)])

    with django_assert_num_queries(12):
        matrix_of(table.evaluation)
