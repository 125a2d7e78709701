import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import minimize

from evaluations.analysis import cells, ranking, sensitivity, values

LATENCY = {0: {"points": [(50, 5.0), (250, 1.0)], "unit": "ms", "now": [100, 200]}}


@st.composite
def problems(draw):
    m, n = draw(st.integers(2, 6)), draw(st.integers(2, 6))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    return generator.random((m, n)), generator.dirichlet(np.ones(n))


def with_weight(weights: np.ndarray, criterion: int, t: float) -> np.ndarray:
    moved = weights * (1 - t) / (1 - weights[criterion])
    moved[criterion] = t
    return moved


@given(problems(), st.data())
def test_the_closed_interval_is_that_of_a_fine_sweep(problem, data) -> None:
    table, weights = problem
    k = data.draw(st.integers(0, len(weights) - 1))
    first = int(np.argmax(table @ weights))

    low, high = sensitivity.weight_interval(table, weights, k)

    for t in np.linspace(0, 1, 401):
        if min(abs(t - low), abs(t - high)) > 1e-9:
            stays = int(np.argmax(table @ with_weight(weights, k, t))) == first
            assert stays == (low < t < high)
    assert low <= weights[k] + 1e-12
    assert high >= weights[k] - 1e-12


@given(problems())
def test_all_intervals_at_once_are_the_single_ones(problem) -> None:
    table, weights = problem

    found = sensitivity.weight_intervals(table, weights)

    assert found == pytest.approx(
        np.array([sensitivity.weight_interval(table, weights, k) for k in range(len(weights))])
    )


def test_intervals_of_equal_candidates_single_candidates_and_all_the_weight_are_whole() -> None:
    assert sensitivity.weight_interval([[0.3, 0.1], [0.3, 0.1]], [0.7, 0.3], 0) == (0.0, 1.0)
    assert sensitivity.weight_interval([[0.3, 0.1]], [1, 1], 1) == (0.0, 1.0)
    assert sensitivity.weight_interval([[0.3], [0.1]], [1], 0) == (0.0, 1.0)
    assert sensitivity.weight_interval([[1, 0], [0, 1]], [1, 0], 0) == pytest.approx((0.5, 1.0))


@given(problems(), st.data())
def test_the_break_even_value_ties_with_the_best_other(problem, data) -> None:
    table, weights = problem
    i, j = data.draw(st.integers(0, len(table) - 1)), data.draw(st.integers(0, len(weights) - 1))
    others = np.delete(table, i, axis=0) @ weights

    found = sensitivity.break_even(table, weights, i, j)

    needed = table[i, j] + (others.max() - table[i] @ weights) / weights[j]
    if found is None:
        assert not 0 <= needed <= 1
    else:
        changed = table.copy()
        changed[i, j] = found
        assert changed[i] @ weights == pytest.approx(others.max(), abs=1e-9)


def test_there_is_no_break_even_without_weight_or_without_another() -> None:
    assert sensitivity.break_even([[1, 0], [0, 1]], [1, 0], 1, 1) is None
    assert sensitivity.break_even([[1, 0]], [1, 1], 0, 0) is None


@given(problems(), st.data())
def test_the_smallest_move_of_the_weights_is_the_one_that_scipy_finds(problem, data) -> None:
    table, weights = problem
    i = data.draw(st.integers(0, len(table) - 1))
    leads = table[i] - np.delete(table, i, axis=0)

    found = sensitivity.smallest_weight_move(table, weights, i)

    witness = minimize(
        lambda w: ((w - weights) ** 2).sum(),
        np.full(len(weights), 1 / len(weights)),
        jac=lambda w: 2 * (w - weights),
        bounds=[(0, 1)] * len(weights),
        constraints=[
            {"type": "eq", "fun": lambda w: w.sum() - 1},
            {"type": "ineq", "fun": lambda w: leads @ w, "jac": lambda w: leads},
        ],
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 300},
    )
    feasible = witness.success and (leads @ witness.x).min() > -1e-7
    if found is None:
        assert not feasible or (leads @ witness.x).min() < 1e-7
    else:
        assert found.weights.sum() == pytest.approx(1)
        assert found.weights.min() >= 0
        assert (leads @ found.weights).min() >= -1e-9
        if feasible:
            assert found.distance <= np.sqrt(witness.fun) + 1e-5


def test_no_weights_make_a_dominated_candidate_first() -> None:
    assert sensitivity.smallest_weight_move([[0.9, 0.8], [0.4, 0.3]], [0.5, 0.5], 1) is None
    assert sensitivity.smallest_weight_move([[0.9, 0.8], [0.4, 0.3]], [0.5, 0.5], 0).distance == 0


@given(problems())
def test_every_change_rounded_to_the_winning_side_flips_the_winner_and_a_hair_less_does_not(problem) -> None:
    table, weights = problem
    scores = 1 + 4 * table
    order = np.argsort(-(table @ weights))
    assume(table[order[0]] @ weights - table[order[1]] @ weights > 1e-4)

    found = sensitivity.what_must_change(scores, weights)

    assert (found.leader, found.challenger) == (order[0], order[1])
    for change in found.changes:
        for step, wins in ((1e-6, True), (-1e-6, False)):
            moved, shares = scores.copy(), weights.copy()
            at = change.tie + (step if change.side == "at or above" else -step)
            if change.kind == "weight":
                if not 0 <= at <= 1:
                    continue
                shares = with_weight(weights, change.criterion, at)
            else:
                moved[change.candidate, change.criterion] = at
            totals = ((moved - 1) / 4) @ shares
            assert (int(np.argmax(totals)) == found.challenger) == wins, change


def test_a_metric_must_change_in_its_own_unit() -> None:
    scores = [[4.0, 3.0], [2.0, 4.0]]

    found = sensitivity.what_must_change(scores, [0.5, 0.5], metrics=LATENCY)

    metric = next(change for change in found.changes if change.kind == "metric" and change.candidate == 1)
    assert (metric.unit, metric.now, metric.side) == ("ms", 200, "at or below")
    assert metric.tie == pytest.approx(150)
    assert metric.rounded(1) == 149
    assert metric.rounded(10) == 140
    better = values.piecewise_linear(LATENCY[0]["points"], metric.rounded(1))
    assert ranking.weighted_sum([[4, 3], [better, 4]], [1, 1]).argmax() == 1
    leaders = next(change for change in found.changes if change.kind == "metric" and change.candidate == 0)
    assert (leaders.side, leaders.tie) == ("at or above", pytest.approx(150))


def test_a_metric_must_pass_the_whole_of_a_flat_stretch_and_what_could_only_tie_is_left_out() -> None:
    flat = {0: {"points": [(50, 5.0), (100, 4.0), (150, 4.0), (250, 2.0)], "unit": "ms"}}

    found = sensitivity.what_must_change([[4.0, 3.0], [3.0, 3.0]], [1, 1], metrics=flat)
    only_ties = sensitivity.what_must_change([[5.0, 3.0], [3.0, 3.0]], [1, 1], metrics=flat)

    metric = next(change for change in found.changes if change.kind == "metric" and change.candidate == 1)
    assert (metric.tie, metric.rounded(1)) == (100, 99)
    assert not [change for change in only_ties.changes if (change.candidate, change.criterion) == (1, 0)]
    assert not [change for change in found.changes if change.kind == "weight"]


def test_nothing_must_change_for_a_single_candidate_and_the_first_cannot_challenge() -> None:
    assert sensitivity.what_must_change([[3.0, 2.0], [1.0, 1.0]], [1, 1], out=[1]) is None
    with pytest.raises(ValueError, match="challenger: 0 is first already"):
        sensitivity.what_must_change([[3.0, 2.0], [1.0, 1.0]], [1, 1], challenger=0)


def test_a_candidate_that_is_out_is_neither_leader_nor_challenger() -> None:
    found = sensitivity.what_must_change([[5.0], [3.0], [2.0]], [1], out=[0])

    assert (found.leader, found.challenger) == (1, 2)


def test_rounding_goes_strictly_beyond_the_tie() -> None:
    assert sensitivity.round_beyond(143.7, "at or below", 1) == 143
    assert sensitivity.round_beyond(143.0, "at or below", 1) == 142
    assert sensitivity.round_beyond(0.3, "at or above", 0.1) == 0.4
    assert sensitivity.round_beyond(3.21, "at or above", 0.05) == 3.25
    with pytest.raises(ValueError, match="step: 0 is not positive"):
        sensitivity.round_beyond(1, "at or above", 0)


def test_the_tornado_shows_the_lead_at_both_ends_of_every_uncertain_cell_the_widest_first() -> None:
    table = [
        [cells.point(4), cells.unknown()],
        [cells.interval(2, 4), cells.point(3)],
        [cells.point(1), cells.interval(1, 2)],
    ]

    found = sensitivity.tornado(table, [0.5, 0.5])

    assert found.leader == 0
    assert found.lead == pytest.approx(0.125)
    assert [(bar.candidate, bar.criterion) for bar in found.bars] == [(0, 1), (1, 0)]
    assert (found.bars[0].at_low, found.bars[0].at_high) == pytest.approx((-0.125, 0.375))
    assert (found.bars[1].at_low, found.bars[1].at_high) == pytest.approx((0.25, 0.0))
    assert sensitivity.tornado(table, [0.5, 0.5], out=[0, 1]) is None
