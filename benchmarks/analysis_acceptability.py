"""Rank acceptability beside the bare multiplication and pymcdm called once per draw, in one process, A B A B, medians.

    python benchmarks/analysis_acceptability.py [--json FILE]

Prints one row per hot path: milliseconds of processor time, the peer's, their ratio and the limit on it. One thread, as
in the processes that answer pages. Nothing is asserted.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from pymcdm.methods import TOPSIS
from pymcdm.methods.wsm import WSM

from evaluations.analysis import acceptability, cells, clouds, information, recount, sensitivity, verdict

CANDIDATES, CRITERIA, DRAWS, SEED = 10, 30, 100_000, 1


@dataclass
class Row:
    path: str
    milliseconds: float
    peer: str
    peer_milliseconds: float
    ratio: float
    limit: str


def timed(call: Callable[[], object]) -> float:
    start = time.process_time_ns()
    call()
    return (time.process_time_ns() - start) / 1e6


def side_by_side(ours: Callable[[], object], peer: Callable[[], object], rounds: int) -> tuple[float, float]:
    ours(), peer()
    pairs = [(timed(ours), timed(peer)) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def row(path: str, limit: str, ours: Callable[[], object], peer_name: str, peer: Callable[[], object], **how) -> Row:
    rounds, scale = how.get("rounds", 15), how.get("peer_scale", 1.0)
    mine, other = side_by_side(ours, peer, rounds)
    other *= scale
    return Row(path, mine, peer_name, other, mine / other, limit)


def one_by_one(method: Callable[..., object], table: np.ndarray, weights: np.ndarray) -> Callable[[], object]:
    types = np.ones(table.shape[1])
    return lambda: [method(table, one, types, validation=False) for one in weights]


def measure() -> list[Row]:
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

    def bare() -> object:
        return np.matmul(single, cloud, out=totals)

    unsure = [[cells.unknown() if (i + j) % 3 else cells.normal(3.2, 0.7) for j in range(30)] for i in range(10)]
    even = np.ones(CRITERIA)
    size = f"{CANDIDATES} x {CRITERIA} x {DRAWS:,}"
    each = DRAWS / len(some)
    return [
        row(f"acceptability {size}", "<= 8", full, "float32 matmul", bare),
        row(
            f"acceptability {size}",
            "<= 0.001",
            full,
            "pymcdm WSM per draw",
            one_by_one(WSM(), table, some),
            rounds=5,
            peer_scale=each,
        ),
        row(
            f"acceptability {size}",
            "<= 0.001",
            full,
            "pymcdm TOPSIS per draw",
            one_by_one(TOPSIS(), table, some),
            rounds=5,
            peer_scale=each,
        ),
        row("one cell changed", "<= 0.5", change, "full count", full),
        row("linear in draws: 100,000", "about 1", full, "5 x 20,000", lambda: full(20_000), peer_scale=5.0),
        row("30 weight intervals", "<= 0.2 ms", lambda: sensitivity.weight_intervals(table, even), "matmul", bare),
        row("verdict, 300 unsure cells", "<= 20 ms", lambda: verdict.verdict(unsure, even), "matmul", bare),
        row("find out next, 300 cells", "", lambda: information.find_out_next(unsure, even), "matmul", bare),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    options = parser.parse_args()
    rows = measure()
    print(f"{'path':<38}{'ms':>9}  {'peer':<24}{'ms':>11}{'ratio':>10}  limit")
    for one in rows:
        print(
            f"{one.path:<38}{one.milliseconds:>9.3f}  {one.peer:<24}"
            f"{one.peer_milliseconds:>11.3f}{one.ratio:>10.5f}  {one.limit}"
        )
    print(f"kept numbers: {clouds.kept_bytes() / 2**20:.0f} MB of at most {clouds.KEPT_BYTES / 2**20:.0f} MB")
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in rows], indent=1) + "\n")


if __name__ == "__main__":
    main()
