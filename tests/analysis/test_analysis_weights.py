import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from evaluations.analysis import weights

points = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=12)


def consistent(priorities: list[float]) -> list[list[float]]:
    return [[a / b for b in priorities] for a in priorities]


@given(points, st.floats(0.001, 1000))
def test_normalised_weights_sum_to_one_and_do_not_depend_on_the_unit(given_points: list[float], unit: float) -> None:
    found = weights.normalise(given_points)

    assert found.sum() == pytest.approx(1)
    assert weights.normalise([unit * one for one in given_points]) == pytest.approx(found)


@given(st.integers(1, 60))
def test_weights_from_an_order_sum_to_one_and_fall(count: int) -> None:
    for made in (weights.rank_order_centroid, weights.rank_sum):
        found = made(count)

        assert found.sum() == pytest.approx(1)
        assert (np.diff(found) < 0).all()


@given(st.lists(st.floats(0.1, 9), min_size=3, max_size=8))
def test_consistent_comparisons_give_back_their_priorities(priorities: list[float]) -> None:
    found = weights.pairwise(consistent(priorities))

    assert found.weights == pytest.approx(np.array(priorities) / sum(priorities), rel=1e-6)
    assert found.consistency_ratio == pytest.approx(0, abs=1e-7)
    assert found.lambda_max == pytest.approx(len(priorities))


def test_a_missing_comparison_is_completed_to_the_smallest_lambda_max() -> None:
    matrix = [[1, 2, None, 7], [1 / 2, 1, 3, None], [None, 1 / 3, 1, 2], [1 / 7, None, 1 / 2, 1]]

    def lambda_max(logs: np.ndarray) -> float:
        filled = np.array([[np.nan if x is None else x for x in row] for row in matrix])
        filled[0, 2], filled[2, 0] = np.exp(logs[0]), np.exp(-logs[0])
        filled[1, 3], filled[3, 1] = np.exp(logs[1]), np.exp(-logs[1])
        return float(np.linalg.eigvals(filled).real.max())

    witness = minimize(lambda_max, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-14})

    found = weights.pairwise(matrix)

    assert found.lambda_max == pytest.approx(witness.fun, abs=1e-10)
    assert np.log([found.completed[0, 2], found.completed[1, 3]]) == pytest.approx(witness.x, abs=1e-5)
    assert found.completed * found.completed.T == pytest.approx(np.ones((4, 4)))
    assert "2 comparisons completed" in found.variant


@given(st.lists(st.floats(0.2, 5), min_size=4, max_size=9), st.data())
def test_a_chain_of_comparisons_is_completed_consistently(priorities: list[float], data: st.DataObject) -> None:
    n = len(priorities)
    matrix = [[1.0 if i == j else None for j in range(n)] for i in range(n)]
    for i in range(1, n):
        j = data.draw(st.integers(0, i - 1))
        matrix[i][j], matrix[j][i] = priorities[i] / priorities[j], priorities[j] / priorities[i]

    found = weights.pairwise(matrix)

    assert found.weights == pytest.approx(np.array(priorities) / sum(priorities), rel=1e-6)


def test_two_criteria_are_always_consistent_and_sixteen_have_no_ratio() -> None:
    assert weights.pairwise([[1, 4], [1 / 4, 1]]).consistency_ratio == 0.0
    assert weights.pairwise(np.ones((16, 16)).tolist()).consistency_ratio is None


def test_the_most_inconsistent_triple_is_the_one_that_was_spoilt() -> None:
    matrix = np.array(consistent([4, 2, 1, 3, 5]))
    matrix[1, 3], matrix[3, 1] = matrix[1, 3] * 6, matrix[3, 1] / 6
    matrix[1, 4], matrix[4, 1] = matrix[1, 4] / 2, matrix[4, 1] * 2

    found = weights.most_inconsistent_triple(matrix.tolist())

    assert (found.first, found.second, found.third) == (1, 3, 4)
    assert found.factor == pytest.approx(12)
    assert weights.most_inconsistent_triple(consistent([1, 2, 4])) is None


def test_judgments_combine_by_their_geometric_mean_and_stay_reciprocal() -> None:
    group = weights.combine_judgments([[[1, 8], [1 / 8, 1]], [[1, 1], [1, 1]]], shares=[1, 2])

    assert group[0, 1] == pytest.approx(2)
    assert group[0, 1] * group[1, 0] == pytest.approx(1)


def test_a_comparison_that_one_member_left_out_is_the_others_and_one_that_nobody_made_stays_missing() -> None:
    first = [[1, None, None], [None, 1, 2], [None, 1 / 2, 1]]
    second = [[1, 4, None], [1 / 4, 1, 8], [None, 1 / 8, 1]]

    group = weights.combine_judgments([first, second])

    assert group[0, 1] == pytest.approx(4)
    assert group[1, 2] == pytest.approx(4)
    assert group[0, 2] is None
    assert weights.pairwise(group.tolist()).weights.sum() == pytest.approx(1)


def test_priorities_combine_by_their_mean() -> None:
    found = weights.combine_priorities([[3, 1], [1, 1]], shares=[1, 3])

    assert found == pytest.approx([0.25 * 0.75 + 0.75 * 0.5, 0.25 * 0.25 + 0.75 * 0.5])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: weights.normalise([1, -2]), "points, column 1: -2 is negative"),
        (lambda: weights.normalise([0, 0]), "points: their sum is 0"),
        (lambda: weights.normalise([1, float("nan")]), "points, column 1: nan is not a finite number"),
        (lambda: weights.normalise([1, "2"]), "points, column 1: '2' is not a number"),
        (lambda: weights.swing([50, 40]), "points, column 0: the largest is 50, it must be 100"),
        (lambda: weights.rank_order_centroid(0), "count: 0 is not a whole number of at least 1"),
        (lambda: weights.pairwise([[1, 2], [1 / 2]]), "matrix, row 1: 1 columns where 2 are needed"),
        (lambda: weights.pairwise([[1, 2], [2, 1]]), "matrix, row 1, column 0: 2 is not the reciprocal of 2"),
        (lambda: weights.pairwise([[1, 2], [None, 1]]), "row 1, column 0: None is not the reciprocal of 2"),
        (lambda: weights.pairwise([[1, 0], [0, 1]]), "matrix, row 0, column 1: 0 is not positive"),
        (lambda: weights.pairwise([[2]]), "matrix, row 0, column 0: 2 on the diagonal must be 1"),
        (lambda: weights.pairwise([[1]], random_index="mine"), "random_index: 'mine' is unknown"),
        (lambda: weights.pairwise([[1, None], [None, 1]]), "matrix, row 1: no chain of comparisons"),
        (lambda: weights.combine_judgments([[[1]], [[1, 1], [1, 1]]]), "member 1: 2 rows where member 0 has 1"),
        (lambda: weights.combine_priorities([[1, 2], [1]]), "weights, row 1: 1 columns where row 0 has 2"),
        (lambda: weights.combine_priorities([[1, 2]], shares=[1, 1]), "shares: 2 values where 1 are needed"),
    ],
)
def test_bad_input_is_refused_with_row_column_and_value(call, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        call()

    assert said in str(refused.value)
