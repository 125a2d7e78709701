import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.analysis import acceptability, cells, clouds, recount, weights
from evaluations.analysis.rank_counts import RankAcceptability

PARTS = ("rank_acceptability", "central_weights", "confidence", "pairwise_winning")


@st.composite
def tables(draw):
    m, n = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    table = generator.random((m, n))
    return np.round(table * 4) / 4 if draw(st.booleans()) else table


def spread(table: np.ndarray):
    """Ratings that scatter about a table."""
    return lambda generator, size: table + 0.1 * generator.standard_normal((size, *table.shape))


def check_consistency(found: RankAcceptability, candidates: int, criteria: int) -> None:
    assert found.rank_acceptability.shape == (candidates, candidates)
    assert found.central_weights.shape == (candidates, criteria)
    assert found.rank_acceptability.sum(axis=0) == pytest.approx(np.ones(candidates))
    assert found.rank_acceptability.sum(axis=1) == pytest.approx(np.ones(candidates))
    off_diagonal = ~np.eye(candidates, dtype=bool)
    both = found.pairwise_winning + found.pairwise_winning.T
    assert both[off_diagonal] == pytest.approx(np.ones(off_diagonal.sum()))
    assert (np.diag(found.pairwise_winning) == 0).all()
    first = found.rank_acceptability[:, 0] > 0
    assert (np.isnan(found.confidence) == ~first).all()
    assert (np.isnan(found.central_weights) == ~first[:, None]).all()
    assert found.central_weights[first].sum(axis=1) == pytest.approx(np.ones(first.sum()))


@settings(deadline=None, max_examples=40)
@given(tables(), st.integers(0, 1000), st.sampled_from(["uniform", "order", "fixed", "members"]), st.booleans())
def test_rows_and_columns_sum_to_one_and_the_seed_repeats_for_every_kind_of_input(
    table: np.ndarray, seed: int, kind: str, drawn: bool
) -> None:
    m, n = table.shape
    given_weights = {
        "uniform": "uniform",
        "order": {"order": list(range(n))[::-1]},
        "fixed": [1.0] * n,
        "members": np.random.default_rng(seed).dirichlet(np.ones(n), 3),
    }[kind]
    ratings = spread(table) if drawn else table

    found, again = (acceptability.smaa(ratings, given_weights, 700, seed) for _ in range(2))

    check_consistency(found, m, n)
    assert all(np.array_equal(getattr(found, part), getattr(again, part), equal_nan=True) for part in PARTS)
    assert (found.draws, found.seed, found.error) == (700, seed, pytest.approx(0.5 / np.sqrt(700)))
    assert "weights" in found.variant


@settings(deadline=None, max_examples=30)
@given(tables(), st.integers(0, 1000), st.booleans(), st.data())
def test_a_changed_cell_is_recounted_bit_for_bit_as_a_new_count(table, seed: int, ordered: bool, data) -> None:
    m, n = table.shape
    given_weights = {"order": list(range(n))[::-1]} if ordered else "uniform"
    kept = recount.Recount(table, given_weights, 20_000, seed)
    kept.answer()
    for _ in range(3):
        i, j = data.draw(st.integers(0, m - 1)), data.draw(st.integers(0, n - 1))
        kept.change_cell(i, j, data.draw(st.sampled_from([0.0, 0.25, 0.4, 0.8, 1.0])))

        found, anew = kept.answer(), acceptability.smaa(kept.values, given_weights, 20_000, seed)

        assert all(np.array_equal(getattr(found, part), getattr(anew, part), equal_nan=True) for part in PARTS)


@settings(deadline=None, max_examples=20)
@given(tables(), st.integers(0, 1000))
def test_ranks_and_wins_are_those_of_sorting_every_draw(table: np.ndarray, seed: int) -> None:
    draws = 3000
    cloud = clouds.weights(table.shape[1], draws, seed, False)
    totals = np.round(table @ cloud.astype(float), 5)
    better = (totals[:, None] > totals[None]).mean(axis=2)
    equal = (totals[:, None] == totals[None]).mean(axis=2)
    np.fill_diagonal(equal, 0)

    found = acceptability.smaa(table, "uniform", draws, seed)

    assert found.pairwise_winning == pytest.approx(better + equal / 2, abs=3e-3)
    assert found.rank_acceptability @ np.arange(len(table)) == pytest.approx(
        found.pairwise_winning.sum(axis=0), abs=1e-9
    )


def test_the_fast_count_and_the_plain_one_agree() -> None:
    table = np.random.default_rng(8).random((5, 4))

    fast = acceptability.smaa(table, "uniform", 30_000, 4)
    plain = acceptability.smaa(lambda _, size: np.broadcast_to(table, (size, 5, 4)), "uniform", 30_000, 4)

    for part in PARTS:
        assert getattr(fast, part) == pytest.approx(getattr(plain, part), abs=1e-3, nan_ok=True)


def test_two_criteria_with_crossing_candidates_have_their_closed_form() -> None:
    found = acceptability.smaa([[1.0, 0.0], [0.0, 0.5]], "uniform", 40_000, 2)

    assert found.rank_acceptability[:, 0] == pytest.approx([2 / 3, 1 / 3], abs=0.01)
    assert found.central_weights[0] == pytest.approx([2 / 3, 1 / 3], abs=0.01)
    assert found.confidence == pytest.approx([1, 1])


def test_the_mean_of_ordered_weights_is_the_rank_order_centroid() -> None:
    found = acceptability.smaa([[1.0] * 4, [0.0] * 4], {"order": [2, 0, 3, 1]}, 40_000, 3)

    assert found.central_weights[0][[2, 0, 3, 1]] == pytest.approx(weights.rank_order_centroid(4), abs=5e-3)


def test_a_dominated_candidate_has_no_central_weight_and_no_confidence() -> None:
    for given_weights in ("uniform", [0.5, 0.5]):
        found = acceptability.smaa([[1, 1], [0.2, 0.3]], given_weights, 500, 1)

        assert np.isnan(found.central_weights[1]).all()
        assert np.isnan(found.confidence[1])
        assert found.rank_acceptability[1].tolist() == [0, 1]


@pytest.mark.parametrize("given_weights", ["uniform", {"order": [0, 1]}, [0.5, 0.5], [[0.9, 0.1], [0.2, 0.8]]])
def test_equal_candidates_share_their_ranks_in_equal_parts(given_weights) -> None:
    found = acceptability.smaa([[0.7, 0.2], [0.7, 0.2], [0.7, 0.2], [0.0, 0.1]], given_weights, 900, 1)

    assert found.rank_acceptability[:3, :3] == pytest.approx(np.full((3, 3), 1 / 3))
    assert found.rank_acceptability[3].tolist() == [0, 0, 0, 1]
    assert found.pairwise_winning[0].tolist() == [0, 0.5, 0.5, 1]
    assert found.confidence[:3] == pytest.approx([1 / 3] * 3)
    assert found.central_weights[0] == pytest.approx(found.central_weights[2])


def test_a_tie_that_rounding_hides_is_still_shared() -> None:
    found = acceptability.smaa([[0.1, 0.2, 0.0], [0.0, 0.0, 0.3]], [1, 1, 1], 10, 1)

    assert found.rank_acceptability == pytest.approx(np.full((2, 2), 0.5))


def test_values_outside_the_scale_and_far_from_nothing_are_taken_as_they_are() -> None:
    table = np.array([[3.0, 0.0], [1.0, 0.7]])

    assert acceptability.smaa(table, [0.5, 0.5], 10, 1).rank_acceptability.tolist() == [[1, 0], [0, 1]]
    near, far = (acceptability.smaa(table + shift, "uniform", 5000, 1) for shift in (0, 1e7))
    assert far.rank_acceptability == pytest.approx(near.rank_acceptability)


def test_an_array_of_draws_is_counted_draw_by_draw() -> None:
    drawn = np.zeros((10, 2, 1))
    drawn[:7, 0], drawn[7:, 1] = 1, 1

    found = acceptability.smaa(drawn, [1], 10, 0)

    assert found.rank_acceptability[:, 0] == pytest.approx([0.7, 0.3])
    assert found.confidence == pytest.approx([0.7, 0.3])


def test_members_weights_are_taken_one_member_per_draw() -> None:
    found = acceptability.smaa([[1, 0], [0, 1]], [[1, 0], [1, 0], [1, 0], [0, 1]], 20_000, 5)

    assert found.rank_acceptability[:, 0] == pytest.approx([0.75, 0.25], abs=0.02)
    assert found.central_weights == pytest.approx(np.eye(2))


def test_more_draws_begin_with_the_same_ones() -> None:
    few, many = (clouds.weights(3, draws, 9, False) for draws in (20_000, 50_000))

    assert np.array_equal(few, many[:, :20_000])


def test_whole_weights_sum_exactly_in_any_order() -> None:
    whole = clouds.whole_weights(4, 40_000, 6, True)

    assert (whole == np.rint(whole)).all()
    block = whole[:, : clouds.BLOCK]
    assert block.sum(axis=1, dtype=np.float64).max() < 2**24
    assert whole.sum(axis=1, dtype=np.float64) / whole.sum(dtype=np.float64) == pytest.approx(
        weights.rank_order_centroid(4), abs=5e-3
    )


def test_the_kept_numbers_are_bounded_shared_and_read_only() -> None:
    for criteria in range(2, 12):
        clouds.weights(criteria, 400_000, 1, False)

    assert clouds.kept_bytes() <= clouds.KEPT_BYTES
    assert clouds.weights(11, 400_000, 1, False) is clouds.weights(11, 400_000, 1, False)
    with pytest.raises(ValueError, match="read-only"):
        clouds.weights(11, 400_000, 1, False)[0, 0] = 0


def test_the_largest_evaluation_s_sample_is_kept() -> None:
    assert clouds.fits(60, 100_000)


def test_a_cloud_too_large_to_keep_is_counted_block_by_block_with_the_same_numbers(monkeypatch) -> None:
    table = np.random.default_rng(1).random((4, 3))
    kept = acceptability.smaa(table, "uniform", 40_000, 7)

    monkeypatch.setattr(clouds, "KEPT_BYTES", 1000)
    unkept = acceptability.smaa(table, "uniform", 40_000, 7)

    assert unkept.rank_acceptability == pytest.approx(kept.rank_acceptability, abs=1e-4)


def test_threads_do_not_disturb_each_other() -> None:
    problems = [np.random.default_rng(k).random((4 + k % 3, 5)) for k in range(8)]
    alone = [acceptability.smaa(table, "uniform", 20_000, 1).rank_acceptability for table in problems]
    together: dict[int, np.ndarray] = {}

    def count(k: int) -> None:
        together[k] = acceptability.smaa(problems[k], "uniform", 20_000, 1).rank_acceptability

    threads = [threading.Thread(target=count, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(np.array_equal(alone[k], together[k]) for k in range(8))


def test_first_shares_agree_with_smaa_over_the_same_cells_and_leave_the_failing_out() -> None:
    table = [
        [cells.unknown(), cells.point(3)],
        [cells.discrete([2, 4, 4]), cells.normal(3.4, 0.8)],
        [cells.interval(2, 4), cells.point(5)],
    ]
    wide = acceptability.smaa(cells.sampler(table[:2]), [2, 1], 40_000, 1)

    found = acceptability.first_shares(table, [2, 1], 40_000, 2, out=[2])

    assert found.shares[:2] == pytest.approx(wide.rank_acceptability[:, 0], abs=0.015)
    assert found.shares[2] == 0
    assert found.shares.sum() == pytest.approx(1)
    again = acceptability.first_shares(table, [2, 1], 40_000, 2, out=[2])
    assert np.array_equal(found.shares, again.shares)


def test_first_shares_share_ties_of_whole_scores() -> None:
    table = [[cells.point(3), cells.point(4)], [cells.point(4), cells.point(3)]]

    assert acceptability.first_shares(table, [0.1, 0.1]).shares == pytest.approx([0.5, 0.5])


def test_drawn_totals_have_the_mean_and_spread_of_their_cells() -> None:
    table = [[cells.unknown(), cells.normal(4.5, 1), cells.discrete([1, 2, 5]), cells.interval(2, 3)]]

    totals = acceptability.drawn_totals(table, [1, 2, 3, 4], 50_000, 3)[0]

    known = cells.table(table)
    shares = np.array([1, 2, 3, 4]) / 10
    assert totals.mean() == pytest.approx(float(((known.mean - 1) / 4 @ shares)[0]), abs=0.003)
    assert totals.std() == pytest.approx(float(np.sqrt(((known.sd / 4 * shares) ** 2).sum())), rel=0.02)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: acceptability.smaa([[1, 2], [3]], "uniform", 10, 1), "values, row 1: 1 columns where row 0 has 2"),
        (lambda: acceptability.smaa([[1, np.nan]], "uniform", 10, 1), "values, row 0, column 1: nan"),
        (lambda: acceptability.smaa([[1, 2]], "even", 10, 1), "weights: 'even' is unknown"),
        (lambda: acceptability.smaa([[1, 2]], {"order": [0, 0]}, 10, 1), "weights, order: [0, 0] does not name each"),
        (lambda: acceptability.smaa([[1, 2]], {"order": [0, 2]}, 10, 1), "weights, order: 2 is not one of 0..1"),
        (lambda: acceptability.smaa([[1, 2]], {"rank": [0, 1]}, 10, 1), "weights: ['rank'] is unknown"),
        (lambda: acceptability.smaa([[1, 2]], [1], 10, 1), "weights: 1 values where 2 are needed"),
        (lambda: acceptability.smaa([[1, 2]], [[1, 1], [1, -1]], 10, 1), "weights, row 1, column 1: -1 is negative"),
        (lambda: acceptability.smaa([[1, 2]], "uniform", 0, 1), "draws: 0 is not a whole number"),
        (lambda: acceptability.smaa([[1, 2]], "uniform", 10, None), "seed: None is not a whole number"),
        (lambda: acceptability.smaa(np.ones((3, 2, 2)), [1, 1], 10, 1), "values: 3 draws where 10 are needed"),
        (lambda: acceptability.smaa(lambda g, d: np.ones(d), [1, 1], 10, 1), "where draws x candidates x criteria"),
        (
            lambda: acceptability.smaa(lambda g, d: np.full((d, 1, 2), np.inf), [1, 1], 10, 1),
            "values, draw 0, row 0, column 0: inf",
        ),
        (lambda: recount.Recount([[1, 2]], [1, 1], 10, 1), "weights: given weights need no sampling"),
        (lambda: recount.Recount([[1, 2]], "uniform", 10, 1).change_cell(1, 0, 1), "candidate: 1 is not one of 0..0"),
    ],
)
def test_bad_input_is_refused_by_name(call, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        call()

    assert said in str(refused.value)
