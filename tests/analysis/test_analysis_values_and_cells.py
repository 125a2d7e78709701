import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from evaluations.analysis import cells, values

scores = st.floats(1, 5)
normals = st.builds(cells.normal, st.floats(0, 6), st.floats(0.05, 3))
intervals = st.tuples(scores, scores).map(lambda ends: cells.interval(min(ends), max(ends)))
discretes = st.lists(st.integers(1, 5), min_size=1, max_size=7).map(cells.discrete)
any_cell = st.one_of(normals, intervals, discretes, st.just(cells.unknown()), scores.map(cells.point))
falling = [(50, 5.0), (100, 4.0), (150, 4.0), (400, 1.0)]


@given(st.floats(1.0, 5.0))
def test_the_inverse_of_a_value_function_takes_the_value_back(score: float) -> None:
    x = values.inverse(falling, score)

    assert x is not None
    assert values.piecewise_linear(falling, x) == pytest.approx(score, abs=1e-9)


def test_a_flat_stretch_is_inverted_to_the_x_that_asks_least() -> None:
    rising = [(0, 1.0), (10, 3.0), (20, 3.0), (30, 5.0)]

    assert values.inverse(falling, 4.0) == 150
    assert values.inverse(rising, 3.0) == 10
    assert values.inverse(falling, 4.0, "most") == 100
    assert values.inverse(rising, 3.0, "most") == 20
    assert values.inverse(falling, 5.5) is None
    assert values.inverse(falling, 0.99) is None


def test_an_array_keeps_its_shape_and_a_number_gives_a_number() -> None:
    found = values.piecewise_linear(falling, np.array([[50.0, 75.0], [500.0, 0.0]]))

    assert found == pytest.approx(np.array([[5.0, 4.5], [1.0, 5.0]]))
    assert isinstance(values.piecewise_linear(falling, 75), float)


def test_scores_and_values_are_two_names_of_one_scale() -> None:
    assert values.from_score([1, 3, 5]) == pytest.approx([0, 0.5, 1])
    assert values.to_score([0, 0.5, 1]) == pytest.approx([1, 3, 5])


def integral(cell: cells.Cell, function) -> float:
    """E[function(z)] by SciPy, from the definition of each kind."""
    if isinstance(cell, cells.Discrete):
        return float(np.mean([function(value) for value in cell.values]))
    if isinstance(cell, cells.Interval):
        density, ends = (lambda z: 1 / (cell.high - cell.low)), (cell.low, cell.high)
        extra = 0.0
    else:
        law = stats.norm(cell.centre, cell.spread)
        density, ends = law.pdf, (1.0, 5.0)
        extra = function(1.0) * law.cdf(1.0) + function(5.0) * law.sf(5.0)
    near = [z for z in (getattr(cell, "centre", 3.0), 2.7) if ends[0] < z < ends[1]]
    return extra + integrate.quad(lambda z: function(z) * density(z), *ends, points=near or None, limit=200)[0]


@given(any_cell)
def test_mean_and_deviation_of_a_cell_are_its_integrals(cell: cells.Cell) -> None:
    mean = integral(cell, lambda z: z)

    assert cell.mean == pytest.approx(mean, abs=1e-7)
    assert cell.sd == pytest.approx(math.sqrt(max(integral(cell, lambda z: (z - mean) ** 2), 0)), abs=1e-5)
    assert 1 <= cell.low <= cell.high <= 5


@given(any_cell, st.one_of(st.just(2.7), st.integers(0, 6).map(float)))
def test_the_expected_excess_over_a_threshold_is_its_integral(cell: cells.Cell, threshold: float) -> None:
    assert cell.excess(threshold) == pytest.approx(integral(cell, lambda z: max(z - threshold, 0)), abs=1e-6)


@given(any_cell, st.floats(0, 6))
def test_a_sample_has_the_cells_mean_and_its_chance_to_lie_below(cell: cells.Cell, threshold: float) -> None:
    drawn = cell.sample(np.random.default_rng(5), 4000)

    below = (drawn < threshold - 1e-9).mean() + 0.5 * (abs(drawn - threshold) <= 1e-9).mean()
    assert drawn.min() >= 1
    assert drawn.max() <= 5
    assert drawn.mean() == pytest.approx(cell.mean, abs=5 * cell.sd / math.sqrt(4000) + 1e-9)
    assert cell.below(threshold) == pytest.approx(below, abs=0.05)


def test_a_normal_cell_reaches_as_far_as_95_percent_of_it_within_the_scale() -> None:
    cell, wide = cells.normal(3, 0.5), cells.normal(4.5, 1)

    assert (cell.low, cell.high) == pytest.approx(stats.norm.interval(0.95, 3, 0.5))
    assert (wide.low, wide.high) == pytest.approx((4.5 - 1.959964, 5))


def test_unknown_is_the_whole_scale_and_not_a_three() -> None:
    cell = cells.unknown()

    assert (cell.low, cell.high, cell.mean) == (1, 5, 3)
    assert cell.sd == pytest.approx(4 / math.sqrt(12))
    assert cells.table([[cell, cells.point(3)]]).unknown == 1


def test_a_sampler_draws_values_of_every_cell_that_repeat_with_the_seed() -> None:
    sample = cells.sampler([[cells.point(5), cells.unknown()], [cells.discrete([1, 3]), cells.normal(3, 0.5)]])

    first, again = (sample(np.random.default_rng(3), 500) for _ in range(2))

    assert first.shape == (500, 2, 2)
    assert (first[:, 0, 0] == 1).all()
    assert set(first[:, 1, 0]) == {0.0, 0.5}
    assert np.array_equal(first, again)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: values.piecewise_linear([(1, 0)], 1), "points: 1 given where at least 2 are needed"),
        (lambda: values.piecewise_linear([(1, 0), (1, 1)], 1), "points, row 1, column 0: 1 does not lie above"),
        (lambda: values.piecewise_linear([(1, 0), (2, 1)], 1, outside="wrap"), "outside: 'wrap' is unknown"),
        (lambda: values.piecewise_linear([(1, 0), (2, float("inf"))], 1), "points, row 1, column 1: inf"),
        (lambda: values.piecewise_linear([(1, 0), (2, 1)], [0.0, float("nan")]), "x, at (1,): nan"),
        (lambda: cells.point(6), "value: 6 lies outside the scale 1..5"),
        (lambda: cells.discrete([]), "values: empty"),
        (lambda: cells.discrete([3, 0]), "values, column 1: 0 lies outside"),
        (lambda: cells.interval(4, 2), "low: 4 lies above high, 2"),
        (lambda: cells.normal(3, -1), "sd: -1 is negative"),
        (lambda: cells.table([[cells.point(1)], []]), "cells, row 1: 0 columns where row 0 has 1"),
        (lambda: cells.table([[cells.point(1), 3]]), "cells, row 0, column 1: 3 is not a cell"),
        (lambda: cells.table([]), "cells: empty"),
    ],
)
def test_bad_cells_and_points_are_refused_by_name(call, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        call()

    assert said in str(refused.value)
