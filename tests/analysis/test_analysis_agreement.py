import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluations.analysis import agreement

rating_tables = st.tuples(st.integers(2, 6), st.integers(2, 8)).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(1, 5), min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0]
    )
)


@given(rating_tables)
def test_chi_squared_is_that_of_friedmans_test_in_scipy(ratings: list[list[int]]) -> None:
    found = agreement.kendalls_w(ratings)

    if math.isnan(found.w):
        assert all(len(set(row)) == 1 for row in ratings)
        return
    assert -1e-12 <= found.w <= 1 + 1e-12
    assert found.p == pytest.approx(stats.chi2.sf(found.chi2, found.df), abs=1e-12)
    if len(ratings[0]) > 2:
        assert found.chi2 == pytest.approx(stats.friedmanchisquare(*np.transpose(ratings)).statistic)


@given(st.integers(1, 60), st.floats(0, 300))
def test_the_closed_form_of_chi_squared_is_scipys(df: int, x: float) -> None:
    assert agreement.chi_squared_above(x, df) == pytest.approx(stats.chi2.sf(x, df), abs=1e-12)


def test_raters_of_one_mind_agree_wholly_and_raters_who_tie_everything_say_nothing() -> None:
    assert agreement.kendalls_w([[1, 3, 5], [2, 4, 5], [1, 2, 3]]).w == pytest.approx(1)
    assert math.isnan(agreement.kendalls_w([[3, 3, 3], [4, 4, 4]]).w)


def test_the_permutation_p_of_a_small_table_is_near_its_exact_value() -> None:
    ratings = [[1, 2, 3], [1, 2, 3], [1, 3, 2]]
    sums = np.array([np.add(np.add(a, b), c) for a in ORDERS for b in ORDERS for c in ORDERS], dtype=float)
    spread = ((sums - 6) ** 2).sum(axis=1)
    observed = ((np.sum(ratings, axis=0) - 6) ** 2).sum()

    found, again = (agreement.kendalls_w(ratings, permutations=20_000, seed=4) for _ in range(2))

    assert found.permutation_p == pytest.approx((spread >= observed).mean(), abs=0.012)
    assert found.permutation_p == again.permutation_p
    assert (found.draws, found.seed) == (20_000, 4)
    assert agreement.kendalls_w(ratings).permutation_p is None


ORDERS = [(1, 2, 3), (1, 3, 2), (2, 1, 3), (2, 3, 1), (3, 1, 2), (3, 2, 1)]


def test_disagreement_is_nothing_when_all_say_the_same_and_whole_when_they_are_split_over_the_scale() -> None:
    assert agreement.disagreement([4, 4, None, 4]) == 0
    assert agreement.disagreement([1, 5, None]) == 1
    assert agreement.disagreement([3]) == 0
    assert agreement.disagreement([]) == 0


def test_the_agenda_puts_a_small_dispute_on_a_heavy_criterion_before_a_large_one_on_a_light_one() -> None:
    ratings = [[[3, 4], [1, 5]], [[4, 4], [3, 3]], [[1, 2], [1, 1]]]

    found = agreement.agenda(ratings, [0.9, 0.1])

    assert [(topic.candidate, topic.criterion) for topic in found.items] == [(0, 0), (2, 0), (0, 1)]
    assert found.items[0].weight_of == pytest.approx(found.items[0].disagreement * found.items[0].influence)
    assert (found.items[2].low, found.items[2].high, found.items[2].answers) == (1, 5, 2)


def test_the_agenda_leaves_out_agreement_and_weightless_criteria_and_takes_unrated_cells() -> None:
    ratings = [[[3, 3], [1, 5]], [[None, None], [2, 2]]]

    assert agreement.agenda(ratings, [1, 0]).items == []


def test_disagreement_about_weights_is_the_share_that_members_place_differently() -> None:
    found = agreement.weight_disagreement([[3, 1], [1, 3]])

    assert found.overall == pytest.approx(0.5)
    assert (found.low.tolist(), found.high.tolist()) == ([0.25, 0.25], [0.75, 0.75])
    assert agreement.weight_disagreement([[3, 1]]).overall == 0


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: agreement.kendalls_w([[1, 2]]), "ratings: 1 rows and 2 columns where at least 2 of each"),
        (lambda: agreement.kendalls_w([[1, 2], [1, None]]), "ratings, row 1, column 1: None is not a number"),
        (lambda: agreement.kendalls_w([[1, 2], [2, 1]], permutations=10), "seed: None where permutations need one"),
        (lambda: agreement.agenda([[[1]], [[1], [2]]], [1]), "ratings, row 1: 2 columns where row 0 has 1"),
        (lambda: agreement.agenda([], [1]), "ratings: empty"),
    ],
)
def test_bad_input_is_refused_by_name(call, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        call()

    assert said in str(refused.value)
