"""Rank acceptability beside the bare multiplication, and pymcdm called once per draw; processor time of one thread."""

import argparse
import os
from collections.abc import Callable

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from pymcdm.methods import TOPSIS
from pymcdm.methods.wsm import WSM

from benchmarks.rows import Row, run_alone, side_by_side
from evaluations.analysis import acceptability, cells, clouds, information, recount, sensitivity, verdict

CANDIDATES, CRITERIA, DRAWS, SEED = 10, 30, 100_000, 1
SIZES_TRIED = 40
# A call shorter than the clock of processor time is called this often.
SHORT = 100
Call = Callable[[], object]


def row(path: str, limit: float | None, ours: Call, peer_name: str, peer: Call, **how) -> Row:
    """`peer_scale`: how often the peer would have to be called for the same work; `times`: how often ours is called."""
    mine, other = side_by_side(ours, peer, how.get("rounds", 15))
    mine /= how.get("times", 1)
    limit_on = how.get("limit_on", "ratio")
    return Row(path, mine, "ms", peer_name, other * how.get("peer_scale", 1.0), limit, limit_on, how.get("note", ""))


def one_by_one(method: Callable[..., object], table: np.ndarray, weights: np.ndarray) -> Callable[[], object]:
    types = np.ones(table.shape[1])
    return lambda: [method(table, one, types, validation=False) for one in weights]


def same_bit_for_bit(kept: recount.Recount) -> str:
    """Says so, or stops the benchmark: a recount that is quick and wrong has no figure."""
    anew = recount.Recount(kept.values, "uniform", DRAWS, SEED).answer()
    again = kept.answer()
    parts = ("rank_acceptability", "central_weights", "confidence", "pairwise_winning")
    if not all(np.array_equal(getattr(again, part), getattr(anew, part), equal_nan=True) for part in parts):
        raise RuntimeError("after a change the recount differs from a full one")
    return "bit-equal to a full one"


def cache_kept() -> Row:
    """What stays in memory after evaluations of many sizes, and after many of one size."""
    for criteria in range(2, 2 + SIZES_TRIED):
        clouds.weights(criteria, DRAWS, SEED, ordered=False)
    kept = clouds.kept_bytes()
    one, other = (clouds.weights(CRITERIA, DRAWS, SEED, ordered=False) for _ in range(2))
    if one is not other:
        raise RuntimeError("two evaluations of one size do not share their sample")
    limit = clouds.KEPT_BYTES / 1e6
    note = "shared by evaluations of one size"
    return Row(f"sample kept, {SIZES_TRIED} sizes", kept / 1e6, "MB", "none", None, limit, "figure", note)


def measure(options: argparse.Namespace) -> list[Row]:
    generator = np.random.default_rng(SEED)
    table = generator.random((CANDIDATES, CRITERIA))
    single, totals = table.astype(np.float32), np.empty((CANDIDATES, DRAWS), dtype=np.float32)
    cloud = clouds.weights(CRITERIA, DRAWS, SEED, ordered=False)
    some = np.ascontiguousarray(cloud[:, :500].T.astype(np.float64))
    kept = recount.Recount(table, "uniform", DRAWS, SEED)
    kept.answer()
    turn = iter(range(10**6))

    def full(draws: int = DRAWS) -> object:
        return acceptability.smaa(table, "uniform", draws, SEED)

    def change() -> object:
        k = next(turn)
        kept.change_cell(k % CANDIDATES, k % CRITERIA, (0.37 * k) % 1)
        return kept.answer()

    def of_size(candidates: int, criteria: int) -> Call:
        drawn = generator.random((candidates, criteria))
        return lambda: acceptability.smaa(drawn, "uniform", DRAWS, SEED)

    def bare() -> object:
        return np.matmul(single, cloud, out=totals)

    unsure = [[cells.unknown() if (i + j) % 3 else cells.normal(3.2, 0.7) for j in range(30)] for i in range(10)]
    even = np.ones(CRITERIA)
    size = f"{CANDIDATES} x {CRITERIA} x {DRAWS:,}"
    each = DRAWS / len(some)
    return [
        row(f"acceptability {size}", 8, full, "float32 matmul", bare),
        row(
            f"acceptability {size}",
            0.001,
            full,
            "pymcdm WSM per draw",
            one_by_one(WSM(), table, some),
            rounds=5,
            peer_scale=each,
        ),
        row(
            f"acceptability {size}",
            0.001,
            full,
            "pymcdm TOPSIS per draw",
            one_by_one(TOPSIS(), table, some),
            rounds=5,
            peer_scale=each,
        ),
        row("one cell changed", 0.5, change, "full count", full, note=same_bit_for_bit(kept)),
        row(
            "linear in draws: 100,000",
            None,
            full,
            "5 x 20,000",
            lambda: full(20_000),
            peer_scale=5.0,
            note="about 1 where linear",
        ),
        row(
            "linear in criteria: 10 x 60",
            None,
            of_size(CANDIDATES, 2 * CRITERIA),
            "2 x (10 x 30)",
            full,
            peer_scale=2.0,
            note="at most 1 where linear",
        ),
        row(
            "linear in candidates: 20 x 30",
            None,
            of_size(2 * CANDIDATES, CRITERIA),
            "2 x (10 x 30)",
            full,
            peer_scale=2.0,
            note="about 1 where linear; pairs are compared",
        ),
        row(
            "30 weight intervals",
            0.2,
            lambda: [sensitivity.weight_intervals(table, even) for _ in range(SHORT)],
            "float32 matmul",
            bare,
            limit_on="figure",
            times=SHORT,
            note="each of a hundred",
        ),
        row(
            "verdict, 300 unsure cells",
            20,
            lambda: verdict.verdict(unsure, even),
            "float32 matmul",
            bare,
            limit_on="figure",
        ),
        row("find out next, 300 cells", None, lambda: information.find_out_next(unsure, even), "float32 matmul", bare),
        cache_kept(),
    ]


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
