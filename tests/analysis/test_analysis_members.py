"""A cell of members' ratings of whom some don't know."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.analysis import acceptability, cells, information

ratings = st.lists(st.one_of(st.none(), st.integers(1, 5)), min_size=1, max_size=7)
mixed = ratings.filter(lambda found: None in found and any(value is not None for value in found))


def mixture(found: list[int | None]) -> list[cells.Cell]:
    return [cells.unknown() if value is None else cells.point(value) for value in found]


def test_nobody_who_knows_is_unknown_and_nobody_who_does_not_is_discrete() -> None:
    assert cells.members([None, None]) == cells.unknown()
    assert cells.members([]) == cells.unknown()
    assert cells.members([4, 2]) == cells.discrete([4, 2])
    assert cells.members([3]) == cells.point(3)


def test_a_member_who_does_not_know_opens_the_cell_to_the_whole_scale() -> None:
    cell = cells.members([4, 4, None])

    assert (cell.low, cell.high) == (1, 5)
    assert cell.mean == pytest.approx((4 + 4 + 3) / 3)
    assert cell.kind == "members"


def test_a_rating_outside_the_scale_is_refused_with_its_place() -> None:
    with pytest.raises(ValueError, match="values, column 1: 6"):
        cells.members([None, 6])


@given(mixed)
def test_its_mean_and_deviation_are_those_of_the_mixture(found: list[int | None]) -> None:
    cell = cells.members(found)
    parts = mixture(found)

    mean = np.mean([part.mean for part in parts])
    square = np.mean([part.sd**2 + part.mean**2 for part in parts])

    assert cell.mean == pytest.approx(mean)
    assert cell.sd == pytest.approx(np.sqrt(square - mean**2))


@given(mixed, st.floats(0, 6))
def test_its_partial_expectations_are_those_of_the_mixture(found: list[int | None], threshold: float) -> None:
    cell = cells.members(found)
    parts = mixture(found)

    assert cell.excess(threshold) == pytest.approx(np.mean([part.excess(threshold) for part in parts]))
    assert cell.below(threshold) == pytest.approx(np.mean([part.below(threshold) for part in parts]))


@given(mixed)
def test_what_is_drawn_from_it_has_its_mean_deviation_and_ends(found: list[int | None]) -> None:
    cell = cells.members(found)
    grid = (np.arange(70_000) + 0.5) / 70_000

    drawn = cell.from_uniform(grid)

    assert drawn.mean() == pytest.approx(cell.mean, abs=1e-3)
    assert drawn.std() == pytest.approx(cell.sd, abs=1e-3)
    assert cell.low <= drawn.min() and drawn.max() <= cell.high


def test_the_last_uniform_number_before_one_stays_on_the_scale() -> None:
    cell = cells.members([2, None, 4, None, None])
    last = np.array([np.nextafter(np.float32(1), np.float32(0))], dtype=np.float32)

    assert 1 <= cell.from_uniform(last)[0] <= 5


def test_drawn_totals_and_shares_take_members_who_do_not_know() -> None:
    unsure, sure = cells.members([5, 5, None]), cells.point(4)

    totals = acceptability.drawn_totals([[unsure], [sure]], [1.0], draws=20_000)
    shares = acceptability.first_shares([[unsure], [sure]], [1.0], draws=20_000).shares

    assert totals[0].mean() == pytest.approx((unsure.mean - 1) / 4, abs=0.01)
    assert shares[0] == pytest.approx(1 - unsure.below(4), abs=0.015)


def test_asking_the_one_who_does_not_know_is_worth_something() -> None:
    unsure, sure = cells.members([5, None]), cells.point(3.9)

    found = information.cell_information([[unsure], [sure]], [1.0], draws=2_000)

    assert found.evppi[0, 0] > 0
    assert found.winner_changes[0, 0] == pytest.approx(unsure.below(3.9))
