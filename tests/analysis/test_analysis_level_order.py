"""An order in which some criteria are level: none of them is put before the other."""

import numpy as np
import pytest

from evaluations.analysis import acceptability, recount
from evaluations.analysis.weight_source import WeightSource


def test_level_criteria_get_the_same_weight_on_average_and_stay_below_those_before_them():
    source = WeightSource({"order": [2, [0, 1], 3]}, 4, 7)

    drawn = source.block(0, 16_384)

    assert drawn.sum(axis=0) == pytest.approx(1, abs=1e-5)
    assert (drawn[2] >= drawn[:2].max(axis=0)).all()
    assert (drawn[:2].min(axis=0) >= drawn[3]).all()
    assert abs(float(drawn[0].mean() - drawn[1].mean())) < 0.003
    assert 0.48 < float((drawn[0] > drawn[1]).mean()) < 0.52


def test_all_level_is_the_whole_simplex_and_a_strict_order_is_as_before():
    values = np.random.default_rng(1).random((3, 3))

    level = acceptability.smaa(values, {"order": [[0, 1, 2]]}, 10_000, 7)
    anything = acceptability.smaa(values, "uniform", 10_000, 7)
    lists = acceptability.smaa(values, {"order": [[1], [0], [2]]}, 10_000, 7)
    strict = acceptability.smaa(values, {"order": [1, 0, 2]}, 10_000, 7)

    assert level.rank_acceptability == pytest.approx(anything.rank_acceptability, abs=0.03)
    assert (lists.rank_acceptability == strict.rank_acceptability).all()


def test_a_recount_refuses_level_criteria_and_an_order_names_each_once():
    values = np.eye(3)

    with pytest.raises(ValueError, match="strict order"):
        recount.Recount(values, {"order": [0, [1, 2]]}, 100, 1)
    with pytest.raises(ValueError, match="does not name each"):
        acceptability.smaa(values, {"order": [0, [1, 1]]}, 100, 1)
