"""One figure beside its peer's, measured in turns (A B A B) and told as medians."""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass
class Row:
    """`peer_figure` None: the peer was not measured here, and `note` says why. `limit` bounds the ratio to the peer,
    or the figure itself where `limit_on` says so."""

    path: str
    figure: float
    unit: str
    peer: str
    peer_figure: float | None
    limit: float | None = None
    limit_on: str = "ratio"
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.figure / self.peer_figure if self.peer_figure else None

    @property
    def of_limit(self) -> float | None:
        """1 or less keeps the limit."""
        measured = self.figure if self.limit_on == "figure" else self.ratio
        return None if self.limit is None or measured is None else measured / self.limit

    def told(self) -> dict[str, object]:
        return {**asdict(self), "ratio": self.ratio, "of_limit": self.of_limit}


def cpu_ms(call: Callable[[], object]) -> float:
    """Milliseconds of processor time of this process."""
    start = time.process_time_ns()
    call()
    return (time.process_time_ns() - start) / 1e6


def side_by_side(
    ours: Callable[[], object],
    peer: Callable[[], object],
    rounds: int,
    measure: Callable[[Callable[[], object]], float] = cpu_ms,
) -> tuple[float, float]:
    """Medians of both, after one round that does not count."""
    ours(), peer()
    pairs = [(measure(ours), measure(peer)) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def printed(rows: Sequence[Row]) -> str:
    lines = [f"{'path':<44}{'ours':>11}      {'peer':<30}{'theirs':>11}{'ratio':>10}{'limit':>10}{'of limit':>10}"]
    for row in rows:
        theirs = "" if row.peer_figure is None else f"{row.peer_figure:.3f}"
        ratio = "" if row.ratio is None else f"{row.ratio:.5f}"
        limit = "" if row.limit is None else f"{row.limit:g}" + (f" {row.unit}" if row.limit_on == "figure" else "")
        share = "" if row.of_limit is None else f"{row.of_limit:.3f}"
        ours = f"{row.path:<44}{row.figure:>11.3f} {row.unit:<4} "
        lines.append(f"{ours}{row.peer:<30}{theirs:>11}{ratio:>10}{limit:>10}{share:>10}  {row.note}".rstrip())
    return "\n".join(lines)


def run_alone(measure: Callable[[argparse.Namespace], list[Row]], about: str) -> None:
    """What each module does when it is started by itself: `python -m benchmarks.NAME [--full] [--json FILE]`."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--json", type=Path, help="write the rows to this file instead of printing them")
    parser.add_argument("--full", action="store_true", help="the full sizes, where smaller ones are the default")
    options = parser.parse_args()
    rows = measure(options)
    if options.json:
        options.json.write_text(json.dumps([row.told() for row in rows], indent=1) + "\n")
    else:
        print(printed(rows))
