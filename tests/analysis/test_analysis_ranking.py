import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymcdm.methods import PROMETHEE_II, TOPSIS
from pymcdm.normalizations import minmax_normalization, vector_normalization

from evaluations.analysis import cells, cross_checks, ranking

KINDS = {
    "usual": ("usual", {}),
    "u-shape": ("ushape", {"q": 0.3}),
    "v-shape": ("vshape", {"p": 0.6}),
    "level": ("level", {"q": 0.2, "p": 0.7}),
    "linear": ("vshape_2", {"q": 0.2, "p": 0.7}),
}


@st.composite
def problems(draw, low: float = 0.05, high: float = 1.0, least: int = 2):
    m, n = draw(st.integers(least, 7)), draw(st.integers(1, 6))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    return generator.uniform(low, high, (m, n)), generator.dirichlet(np.ones(n)), generator


@given(problems())
def test_totals_lie_between_the_worst_and_the_best_value(problem) -> None:
    table, weights, _ = problem

    for totals in (ranking.weighted_sum(table, weights), ranking.weighted_product(table, weights)):
        assert (totals >= table.min(axis=1) - 1e-12).all()
        assert (totals <= table.max(axis=1) + 1e-12).all()
    assert ranking.weighted_sum(table, weights) == pytest.approx(table @ weights)


@given(problems())
def test_methods_follow_the_candidates_and_criteria_when_these_are_reordered(problem) -> None:
    table, weights, generator = problem
    rows, columns = generator.permutation(len(table)), generator.permutation(len(weights))
    directions = ["max" if k % 2 else "min" for k in range(len(weights))]
    turned = [directions[k] for k in columns]
    preferences = [{"kind": "gaussian", "s": 0.1 + 0.1 * k} for k in range(len(weights))]

    mixed = table[np.ix_(rows, columns)]

    assert ranking.weighted_sum(mixed, weights[columns]) == pytest.approx(ranking.weighted_sum(table, weights)[rows])
    assert ranking.topsis(mixed, weights[columns], turned) == pytest.approx(
        ranking.topsis(table, weights, directions)[rows]
    )
    assert ranking.promethee_ii(
        mixed, weights[columns], turned, [preferences[k] for k in columns]
    ).net == pytest.approx(ranking.promethee_ii(table, weights, directions, preferences).net[rows])


@given(problems(), st.floats(0.01, 100))
def test_the_unit_of_weights_and_of_columns_does_not_matter(problem, unit: float) -> None:
    table, weights, _ = problem
    directions = ["max"] * len(weights)

    assert ranking.weighted_sum(table, unit * weights) == pytest.approx(ranking.weighted_sum(table, weights))
    for name in ranking.NORMALISATIONS:
        assert ranking.topsis(unit * table, weights, directions, name) == pytest.approx(
            ranking.topsis(table, weights, directions, name), abs=1e-9
        )


@given(problems())
def test_topsis_agrees_with_pymcdm(problem) -> None:
    table, weights, generator = problem
    signs = generator.choice([-1, 1], len(weights))
    directions = ["max" if sign > 0 else "min" for sign in signs]

    for name, normalisation in (("vector", vector_normalization), ("min-max", minmax_normalization)):
        if name == "vector" and (signs < 0).any():
            continue  # pymcdm turns a falling column to 1 - x / |x|, which moves no distance but is another table
        witness = TOPSIS(normalisation)(table, weights, signs, validation=False)
        assert ranking.topsis(table, weights, directions, name) == pytest.approx(witness, abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
@given(problem=problems())
def test_promethee_agrees_with_pymcdm_and_its_net_flows_sum_to_nothing(kind: str, problem) -> None:
    table, weights, generator = problem
    name, thresholds = KINDS[kind]
    n = len(weights)
    signs = generator.choice([-1, 1], n)
    witness = PROMETHEE_II(name, **{letter: [value] * n for letter, value in thresholds.items()})

    found = ranking.promethee_ii(
        table, weights, ["max" if sign > 0 else "min" for sign in signs], [{"kind": kind, **thresholds}] * n
    )

    assert found.net == pytest.approx(witness(table, weights, signs, validation=False), abs=1e-9)
    assert found.net.sum() == pytest.approx(0, abs=1e-9)
    assert ((found.plus >= 0) & (found.plus <= 1 + 1e-9)).all()


def test_a_gaussian_preference_is_its_formula() -> None:
    found = ranking.promethee_ii([[3.0], [1.0]], [1], ["max"], [{"kind": "gaussian", "s": 2.0}])

    assert found.plus == pytest.approx([1 - np.exp(-0.5), 0])


def test_level_and_u_shape_do_not_prefer_at_their_thresholds_even_when_rounding_says_so() -> None:
    level = ranking.promethee_ii([[0.8], [0.6]], [1], ["max"], [{"kind": "level", "q": 0.2, "p": 0.4}])
    u_shape = ranking.promethee_ii([[0.3], [0.1]], [1], ["max"], [{"kind": "u-shape", "q": 0.2}])

    assert level.net == pytest.approx([0, 0])
    assert u_shape.net == pytest.approx([0, 0])


@pytest.mark.parametrize("name", ranking.NORMALISATIONS)
def test_a_constant_column_tells_topsis_nothing_even_when_it_is_constant_but_for_rounding(name: str) -> None:
    noise = [[1, 0.1 + 0.2], [2, 0.3], [4, 0.3]]

    found = ranking.topsis(noise, [0.5, 0.5], ["max", "max"], name)

    assert found == pytest.approx([0, 1 / 3, 1])
    assert ranking.topsis([[2.0, 2.0]] * 2, [1, 1], ["max", "min"], name) == pytest.approx([0.5, 0.5])


def test_equal_totals_share_the_better_rank_and_rounding_does_not_part_them() -> None:
    assert ranking.ranks([0.1 + 0.2, 0.5, 0.3, 0.2], out=[]) == [2, 1, 2, 4]
    assert ranking.ranks([3, 2, 1], out=[0]) == [None, 1, 2]


def test_additive_totals_go_from_the_worst_end_to_the_best_and_leave_the_failing_out() -> None:
    table = [
        [cells.point(5), cells.unknown()],
        [cells.discrete([3, 5]), cells.point(4)],
        [cells.point(5), cells.point(5)],
    ]

    found = ranking.additive(table, [3, 1], out={2})

    assert found.worst == pytest.approx([4, 3.25, 5])
    assert found.expected == pytest.approx([4.5, 4, 5])
    assert found.best == pytest.approx([5, 4.75, 5])
    assert found.contributions.sum(axis=1) == pytest.approx((found.expected - 1) / 4)
    assert found.ranks == [1, 2, None]
    assert found.order == [0, 1]
    assert found.method == "additive value"


def test_cross_checks_say_which_methods_choose_another() -> None:
    balanced_or_extreme = [[5, 1.2, 5], [3.6, 3.6, 3.6], [5, 5, 5]]

    found = cross_checks.cross_check(balanced_or_extreme, [1, 1, 1], out=[2])

    assert found.firsts == [0]
    assert {check.method: check.firsts for check in found.checks}["weighted product"] == [1]
    assert "weighted product" in [check.method for check in found.differing]
    assert found.agreeing == 3 - len(found.differing)
    assert all(check.ranks[2] is None and check.totals[2] is None for check in found.checks)


def test_cross_checks_of_a_dominating_candidate_agree_and_of_nobody_are_empty() -> None:
    scores = [[5, 5], [3, 2], [1, 4]]

    assert cross_checks.cross_check(scores, [1, 2]).agreeing == 3
    assert cross_checks.cross_check(scores, [1, 2], out=[0, 1, 2]).firsts == []


def test_leaving_out_a_candidate_can_reverse_topsis_but_never_the_weighted_sum() -> None:
    generator = np.random.default_rng(2)
    tables = [generator.integers(1, 6, (4, 3)) for _ in range(200)]
    weights = [0.5, 0.3, 0.2]

    reversing = [table for table in tables if cross_checks.rank_reversal(table, weights).reversals]

    assert reversing
    assert not any(cross_checks.rank_reversal(table, weights, "weighted-sum").reversals for table in tables)
    found = cross_checks.rank_reversal(reversing[0], weights)
    left = found.reversals[0]
    kept = [i for i in range(4) if i != left.left_out]
    closeness = ranking.topsis(reversing[0][kept], weights, ["max"] * 3)
    assert left.left_out not in found.firsts
    assert kept[int(np.argmax(closeness))] == left.firsts[0] != found.firsts[0]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ranking.weighted_sum([[1, 2], [3]], [1, 1]), "values, row 1: 1 columns where row 0 has 2"),
        (lambda: ranking.weighted_sum([[1, None]], [1, 1]), "values, row 0, column 1: None is not a number"),
        (lambda: ranking.weighted_sum([[1, 2]], [1]), "weights: 1 values where 2 are needed"),
        (lambda: ranking.weighted_sum([[1, 2]], [1, -1]), "weights, column 1: -1 is negative"),
        (lambda: ranking.weighted_product([[1, -2]], [1, 1]), "values, row 0, column 1: -2 is negative"),
        (lambda: ranking.topsis([[1]], [1], ["up"]), "directions, column 0: 'up' is unknown"),
        (lambda: ranking.topsis([[1]], [1], "max"), "directions: 3 values where 1 are needed"),
        (lambda: ranking.topsis([[1]], [1], ["max"], "log"), "normalisation: 'log' is unknown"),
        (lambda: ranking.topsis([[1, 2]], [1, 1], ["max"]), "directions: 1 values where 2 are needed"),
        (lambda: ranking.promethee_ii([[1]], [1], ["max"], []), "preferences: 0 values where 1 are needed"),
        (lambda: ranking.promethee_ii([[1]], [1], ["max"], [{"kind": "odd"}]), "column 0, kind: 'odd' is unknown"),
        (lambda: ranking.promethee_ii([[1]], [1], ["max"], [{"kind": "level", "p": 1}]), "column 0, q: None"),
        (
            lambda: ranking.promethee_ii([[1]], [1], ["max"], [{"kind": "linear", "q": 2, "p": 1}]),
            "column 0, p: 1 lies below q, 2",
        ),
        (lambda: ranking.additive([[cells.point(1)]], [1], out=[1]), "out: 1 is not one of 0..0"),
        (lambda: cross_checks.cross_check([[1]], [1], methods=["guess"]), "methods: 'guess' is unknown"),
    ],
)
def test_bad_tables_are_refused_with_row_column_and_value(call, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        call()

    assert said in str(refused.value)
