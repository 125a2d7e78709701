"""The worked examples of the literature, through the functions that the pages call."""

import numpy as np
import pytest

from evaluations.analysis import acceptability, agreement, information, ranking, sensitivity, values, weights
from tests.analysis import published

DRAWS, SEED = 50_000, 11


def reciprocal(upper: list[list[float]]) -> list[list[float]]:
    n = len(upper) + 1
    matrix = np.ones((n, n))
    for i, row in enumerate(upper):
        for j, value in enumerate(row, start=i + 1):
            matrix[i, j], matrix[j, i] = value, 1 / value
    return matrix.tolist()


def drawn_benefit(generator: np.random.Generator, draws: int) -> np.ndarray:
    columns = []
    for cells, (low, high) in zip(published.THROMBOLYTICS["beta"], published.THROMBOLYTICS["scale"], strict=True):
        a, b = np.array(cells).T
        columns.append((high - generator.beta(a, b, (draws, 2))) / (high - low))
    return np.stack(columns, axis=2)


def test_the_drinks_of_saaty_have_their_weights_and_their_ratio_by_each_random_index() -> None:
    matrix = reciprocal(published.DRINKS["upper"])

    for name, ratio in published.DRINKS["ratio"].items():
        found = weights.pairwise(matrix, random_index=name)

        assert found.weights == pytest.approx(published.DRINKS["weights"], abs=1e-3)
        assert found.consistency_ratio == pytest.approx(ratio, abs=1e-3)
        assert found.random_index == name


@pytest.mark.parametrize("name", published.RANDOM_INDICES)
def test_the_random_indices_are_those_of_their_tables(name: str) -> None:
    for n, expected in published.RANDOM_INDICES[name].items():
        upper = [[3.0] + [1.0] * (n - 2)] + [[1.0] * (n - i - 1) for i in range(1, n - 1)]

        found = weights.pairwise(reciprocal(upper), random_index=name)

        assert found.consistency_index / found.consistency_ratio == pytest.approx(expected, abs=1e-9)


def test_the_cars_are_ranked_over_two_levels_as_published() -> None:
    example = published.CARS
    criteria = weights.pairwise(reciprocal(example["criteria"])).weights
    local = [weights.pairwise(reciprocal(example[name])).weights for name in ("style", "reliability", "fuel")]

    totals = ranking.weighted_sum(np.transpose(local), criteria)

    assert totals == pytest.approx(example["totals"], abs=5e-5)


def test_weights_from_an_order_are_the_published_ones() -> None:
    assert weights.rank_order_centroid(4) == pytest.approx(published.CENTROID_OF_FOUR["weights"], abs=5e-3)
    assert weights.rank_sum(4) == pytest.approx(published.RANK_SUM_OF_FOUR["weights"], abs=1e-12)


@pytest.mark.parametrize("outside", ["clip", "extrapolate"])
def test_the_piecewise_linear_function_takes_the_published_values(outside: str) -> None:
    example = published.PIECEWISE
    expected = example["inside"] | example[outside]

    found = values.piecewise_linear(example["points"], list(expected), outside=outside)

    assert found == pytest.approx(list(expected.values()), abs=1e-12)


def test_the_weighted_product_has_the_published_logarithms() -> None:
    table = np.array(published.PRODUCT["table"], float)

    found = ranking.weighted_product(table / table.sum(axis=0), published.PRODUCT["weights"])

    assert np.log10(found) == pytest.approx(published.PRODUCT["log10"], abs=1e-7)


def test_topsis_has_the_published_closeness_and_its_normalisation_decides_the_winner() -> None:
    plain, trap = published.CLOSENESS, published.NORMALISATION_TRAP

    assert ranking.topsis(plain["table"], plain["weights"], ["max"] * 3) == pytest.approx(plain["vector"], abs=1e-4)
    for name in ("vector", "min-max"):
        found = ranking.topsis(trap["table"], [0.5, 0.5], trap["directions"], normalisation=name)
        assert found == pytest.approx(trap[name], abs=1e-3)


def test_promethee_has_the_published_flows() -> None:
    example = published.FLOWS

    found = ranking.promethee_ii(example["table"], example["weights"], ["max"] * 3, [{"kind": "usual"}] * 3)

    for part in ("plus", "minus", "net"):
        assert getattr(found, part) == pytest.approx(example[part], abs=1e-9)


@pytest.mark.parametrize("case", ["uniform", "ordered"])
def test_the_thrombolytics_have_the_published_acceptability(case: str) -> None:
    expected = published.THROMBOLYTICS[case]
    given = {"order": expected["order"]} if "order" in expected else "uniform"

    found = acceptability.smaa(drawn_benefit, given, DRAWS, SEED)

    assert found.rank_acceptability[:, 0] == pytest.approx(expected["first"], abs=0.02)
    assert found.central_weights == pytest.approx(np.array(expected["central"]), abs=0.05)
    assert found.confidence == pytest.approx(expected["confidence"], abs=0.04)


def test_the_thrombolytics_at_swing_weights_have_the_published_acceptability() -> None:
    expected = published.THROMBOLYTICS["swing"]

    found = acceptability.smaa(drawn_benefit, expected["weights"], DRAWS, SEED)

    assert found.rank_acceptability[:, 0] == pytest.approx(expected["first"], abs=0.02)


def test_kendalls_w_has_the_published_figures_with_and_without_ties() -> None:
    judged = agreement.kendalls_w((11 - np.array(published.JUDGES["ranks"])).tolist())
    tied = agreement.kendalls_w(published.ANXIETY["ratings"])

    assert judged.w == pytest.approx(published.JUDGES["w"], abs=5e-5)
    assert tied.w == pytest.approx(published.ANXIETY["w"], abs=5e-5)
    assert tied.chi2 == pytest.approx(published.ANXIETY["chi2"], abs=5e-3)
    assert (tied.df, tied.p) == (19, pytest.approx(published.ANXIETY["p"], abs=5e-5))


def test_perfect_information_about_the_investment_is_worth_the_published_sum() -> None:
    example = published.INVESTMENT

    found = information.expected_value_of_perfect_information(example["totals"], example["shares"])

    assert found == pytest.approx(example["evpi"], abs=1e-9)


def test_two_normal_parameters_are_worth_their_closed_forms() -> None:
    found = information.expected_value_of_information([[0.5, 0.5]] * 2, [[0.2, 0.4], [0, 0]], [0.5, 0.5])

    assert found.evppi[0] * 10 == pytest.approx(published.TWO_PARAMETERS["evppi"], abs=1e-6)
    assert found.evpi * 10 == pytest.approx(published.TWO_PARAMETERS["evpi"], abs=1e-6)


def test_one_normal_cell_is_worth_the_unit_normal_loss() -> None:
    for z, loss in published.UNIT_NORMAL_LOSS["loss"].items():
        found = information.expected_value_of_information([[z], [0.0]], [[1.0], [0.0]], [1.0])

        assert found.evppi[0, 0] == pytest.approx(loss, abs=5e-5)
        assert found.evpi == pytest.approx(loss, abs=5e-5)


def test_the_stability_interval_ends_at_the_nearest_crossing() -> None:
    example = published.STABILITY

    found = sensitivity.weight_interval(example["table"], example["weights"], 1)

    assert found == pytest.approx(example["interval"], abs=1e-9)
