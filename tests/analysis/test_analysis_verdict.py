import subprocess
import sys

import pytest

from evaluations.analysis import cells
from evaluations.analysis.verdict import verdict

SURE = [[cells.point(4), cells.point(4)], [cells.point(2), cells.point(3)]]
OPEN = [[cells.point(3.1), cells.unknown()], [cells.unknown(), cells.point(3)], [cells.unknown(), cells.unknown()]]


def test_a_leader_is_named_when_it_is_first_in_at_least_half_of_the_draws() -> None:
    found = verdict(SURE, [1, 1])

    assert (found.state, found.leader, found.share, found.runner_up) == ("leader", 0, 1.0, 1)
    assert (found.unknown, found.cells) == (0, 4)


def test_it_is_too_early_while_the_front_is_first_in_less_than_half_of_the_draws() -> None:
    found = verdict(OPEN, [1, 1])

    assert (found.state, found.leader, found.front) == ("too early", None, [0])
    assert found.share < 0.5
    assert (found.unknown, found.cells) == (4, 6)


@pytest.mark.parametrize(
    ("table", "weights", "out", "state"),
    [
        ([], [1], [], "no candidates"),
        ([[]], [], [], "no criteria"),
        (SURE, None, [], "no weights"),
        (SURE, [0, 0], [], "no weights"),
        (SURE, [1, 1], [0, 1], "all out"),
        (SURE, [1, 1], [0], "one candidate"),
        ([[cells.unknown()], [cells.unknown()]], [1], [], "nothing known"),
        ([[cells.point(3), cells.point(4)], [cells.point(4), cells.point(3)]], [1, 1], [], "tie"),
    ],
)
def test_every_other_case_has_its_own_state_and_names_nobody_unless_one_remains(table, weights, out, state) -> None:
    found = verdict(table, weights, out=out)

    assert found.state == state
    assert found.leader == (1 if state == "one candidate" else None)


def test_a_candidate_that_is_out_neither_leads_nor_counts_its_unknown_cells() -> None:
    found = verdict([[cells.point(5), cells.unknown()], *SURE], [1, 1], out=[0])

    assert (found.leader, found.unknown, found.cells) == (1, 0, 4)
    assert found.shares[0] == 0


def test_the_analysis_needs_nothing_but_numpy() -> None:
    code = (
        "import sys, pkgutil, importlib, evaluations.analysis as home\n"
        "[importlib.import_module(f'{home.__name__}.{found.name}') for found in pkgutil.iter_modules(home.__path__)]\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & "
        "{'django', 'scipy', 'celery', 'redis', 'psycopg', 'pymcdm', 'pandas'}))"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[]"
