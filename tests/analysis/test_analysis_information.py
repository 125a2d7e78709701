from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from evaluations.analysis import cells, information

cell = st.one_of(
    st.floats(1, 5).map(cells.point),
    st.just(cells.unknown()),
    st.lists(st.integers(1, 5), min_size=1, max_size=5).map(cells.discrete),
    st.builds(cells.normal, st.floats(0.5, 5.5), st.floats(0.05, 2)),
    st.tuples(st.floats(1, 5), st.floats(1, 5)).map(lambda ends: cells.interval(min(ends), max(ends))),
)
cell_tables = st.integers(1, 3).flatmap(
    lambda n: st.lists(st.lists(cell, min_size=n, max_size=n), min_size=2, max_size=4)
)


def drawn_worth(table: list[list[cells.Cell]], weights: list[float], i: int, j: int) -> tuple[float, float]:
    """EVPPI and the chance of another winner from 200,000 draws of one cell, straight from the definition."""
    found = cells.table(table)
    shares = np.array(weights) / np.sum(weights)
    means = (found.mean - 1) / 4 @ shares
    drawn = found.cells[i][j].sample(np.random.default_rng(1), 200_000)
    moved = means[i] + shares[j] * (drawn - found.mean[i, j]) / 4
    other = np.delete(means, i).max()
    changes = (moved < other) if means[i] >= other else (moved > other)
    return float(np.maximum(moved, other).mean() - means.max()), float(changes.mean())


@settings(deadline=None, max_examples=60)
@given(cell_tables, st.integers(0, 100))
def test_knowing_one_cell_is_worth_something_between_nothing_and_knowing_all(table, seed: int) -> None:
    weights = np.random.default_rng(seed).dirichlet(np.ones(len(table[0])))

    found = information.cell_information(table, weights, 500, seed)

    assert (found.evppi >= 0).all()
    assert (found.evppi <= found.evpi + 1e-12).all()
    assert ((found.winner_changes >= 0) & (found.winner_changes <= 1)).all()
    assert (found.evppi[cells.table(table).sd == 0] == 0).all()


@pytest.mark.parametrize(
    "known",
    [
        cells.unknown(),
        cells.discrete([1, 2, 5, 5]),
        cells.normal(3.6, 0.8),
        cells.normal(4.8, 1.2),
        cells.interval(2, 4.5),
    ],
)
@pytest.mark.parametrize("other", [2.0, 3.3, 4.1])
def test_the_exact_worth_of_a_cell_of_any_kind_is_the_mean_of_many_draws(known: cells.Cell, other: float) -> None:
    table = [[known, cells.point(3)], [cells.point(other), cells.point(3.1)], [cells.point(1), cells.unknown()]]
    weights = [0.6, 0.4]

    found = information.cell_information(table, weights)

    worth, changes = drawn_worth(table, weights, 0, 0)
    assert found.evppi[0, 0] == pytest.approx(worth, abs=8e-4)
    assert found.winner_changes[0, 0] == pytest.approx(changes, abs=5e-3)


def test_not_knowing_is_uniform_and_worth_more_than_a_normal_cell_of_the_same_spread() -> None:
    table = [[cells.unknown()], [cells.point(3)]]
    as_if_normal = information.expected_value_of_information([[0.5], [0.5]], [[1 / np.sqrt(12)], [0]], [1])

    found = information.cell_information(table, [1])

    assert found.evppi[0, 0] == pytest.approx(1 / 8)
    assert as_if_normal.evppi[0, 0] == pytest.approx(0.1152, abs=1e-4)


def test_normal_cells_well_inside_the_scale_agree_with_the_closed_form() -> None:
    mean, sd = np.array([[3.0, 3.2], [3.1, 2.9]]), np.array([[0.2, 0.1], [0.3, 0.15]])
    table = [[cells.normal(*pair) for pair in zip(*rows, strict=True)] for rows in zip(mean, sd, strict=True)]
    closed = information.expected_value_of_information((mean - 1) / 4, sd / 4, [2, 1])

    found = information.cell_information(table, [2, 1], 200_000, 1)

    assert found.evppi == pytest.approx(closed.evppi, abs=1e-9)
    assert found.winner_changes == pytest.approx(closed.winner_changes, abs=1e-9)
    assert found.evpi == pytest.approx(closed.evpi, abs=5 * found.error)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0.0, 0.01, 0.1, 0.4])), min_size=2, max_size=5))
def test_the_worth_of_knowing_all_normal_totals_is_scipys_integral(totals: list[tuple[float, float]]) -> None:
    mean, sd = np.array(totals).T

    found = information.expected_value_of_information(mean[:, None], sd[:, None], [1])

    def above(x: float) -> float:
        return 1 - np.prod([stats.norm.cdf(x, m, s) if s else float(x >= m) for m, s in totals])

    edges = np.unique([-4, *mean, *(mean + 3 * sd), *(mean - 3 * sd), 5])
    parts = [integrate.quad(above, a, b, limit=100)[0] for a, b in pairwise(edges)]
    assert found.evpi == pytest.approx(-4 + sum(parts) - mean.max(), abs=1e-6)
    assert (found.evppi <= found.evpi + 1e-12).all()
    assert (found.evppi >= 0).all()


def test_a_single_candidate_or_certain_cells_are_worth_nothing_to_know() -> None:
    alone = information.expected_value_of_information([[0.5, 0.2]], [[0.3, 0.3]], [1, 1])
    certain = information.expected_value_of_information([[0.5], [0.5]], [[0], [0]], [1])

    assert (alone.evpi, alone.evppi.max(), alone.winner_changes.max()) == (0, 0, 0)
    assert (certain.evpi, certain.evppi.max(), certain.winner_changes.max()) == (0, 0, 0)


def test_what_to_find_out_next_is_ranked_by_worth_per_hour() -> None:
    table = [[cells.unknown(), cells.unknown()], [cells.point(3.2), cells.point(3)]]

    by_worth = information.find_out_next(table, [0.7, 0.3])
    by_cost = information.find_out_next(table, [0.7, 0.3], hours=[[80, 1], [1, 1]])

    assert [(item.candidate, item.criterion) for item in by_worth.items] == [(0, 0), (0, 1)]
    assert [(item.candidate, item.criterion) for item in by_cost.items] == [(0, 1), (0, 0)]
    assert by_cost.items[1].per_hour == pytest.approx(by_cost.items[1].evppi / 80)
    assert 0 < by_worth.items[0].winner_changes < 0.5


def test_when_every_cell_brings_less_than_the_limit_it_says_stop() -> None:
    table = [[cells.normal(4, 0.1)], [cells.point(3.9)]]
    worth = information.find_out_next(table, [1], limit=0).items[0].per_hour

    assert information.find_out_next(table, [1], limit=worth * 1.01).stop
    assert not information.find_out_next(table, [1], limit=worth * 0.99).stop
    assert information.find_out_next([[cells.point(4)], [cells.point(3)]], [1]).stop


def test_a_candidate_that_is_out_is_not_worth_finding_out_about() -> None:
    table = [[cells.unknown()], [cells.point(3)], [cells.unknown()]]

    found = information.find_out_next(table, [1], out=[2])

    assert [item.candidate for item in found.items] == [0]
    assert information.find_out_next(table, [1], out=[1, 2]).items == []


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: information.expected_value_of_information([[1]], [[-1]], [1]), "sd, row 0, column 0: -1 is negative"),
        (lambda: information.expected_value_of_information([[1]], [[1, 1]], [1]), "sd: 2 columns where 1 are needed"),
        (lambda: information.expected_value_of_perfect_information([[1], [2]], [1]), "shares: 1 values where 2"),
        (lambda: information.find_out_next([[cells.unknown()]], [1], hours=[[0]]), "hours, row 0, column 0: 0 is not"),
        (lambda: information.find_out_next([[cells.unknown()]], [1], hours=[[1, 1]]), "hours: 2 columns where 1"),
        (lambda: information.find_out_next([[cells.unknown()]], [1], limit=np.inf), "limit: inf is not a finite"),
    ],
)
def test_bad_input_is_refused_by_name(call, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        call()

    assert said in str(refused.value)
