"""Samples memory and processor time of a service's processes, once a second, while a load tool runs.

python sampler.py --pid <process of the service> -- locust -f locustfile.py --headless --host http://127.0.0.1:8000
Nothing but Python 3.10 and Linux is needed. The table is written to <FWSELECT_RUN>_samples.csv ("run" by default).
The process and all its descendants are counted together. Without a command it samples until Ctrl-C.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
COLUMNS = ("time", "rss_bytes", "cpu_s", "processes", "warm_up", "workload")


class Tree:
    """A process with all its descendants. Time that ended processes spent is kept."""

    def __init__(self, root: int) -> None:
        self.root = root
        self.spent: dict[tuple[int, int], float] = {}

    def sample(self) -> tuple[int, float, int] | None:
        """Resident bytes, processor seconds since the start of the processes, their number; None when none is left."""
        stats = {pid: stat for pid in _pids() if (stat := _stat(pid))}
        mine = _descendants(self.root, {pid: stat[0] for pid, stat in stats.items()})
        if not mine:
            return None
        for pid in mine:
            _, started, seconds, _ = stats[pid]
            self.spent[pid, started] = seconds
        return sum(stats[pid][3] for pid in mine), sum(self.spent.values()), len(mine)


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit())


def _stat(pid: int) -> tuple[int, int, float, int] | None:
    """Parent, moment of the start, processor seconds, resident bytes; None for a process that has just ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text[text.rindex(")") + 2 :].split()
    return int(fields[1]), int(fields[19]), (int(fields[11]) + int(fields[12])) / TICKS, int(fields[21]) * PAGE


def _descendants(root: int, parents: dict[int, int]) -> list[int]:
    if root not in parents:
        return []
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += [child for child, parent in parents.items() if parent == pid]
    return found


def record(tree: Tree, out: Path, every_s: float, load: "subprocess.Popen[bytes] | None") -> int:
    """Write samples until the load tool ends, the service ends, or Ctrl-C; returns the number of samples."""
    workload = json.loads((Path(__file__).resolve().parent / "workload.json").read_text(encoding="utf-8"))
    warm_up_s, count, base = workload["warm_up_s"] or 0, 0, None
    began = due = time.monotonic()
    with out.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        while load is None or load.poll() is None:
            found = tree.sample()
            if found is None:
                sys.stderr.write("sampler: the service's process has ended\n")
                break
            memory, spent, processes = found
            base = spent if base is None else base
            warming = int(time.monotonic() - began < warm_up_s)
            moment = f"{time.time():.3f}"
            table.writerow([moment, memory, f"{spent - base:.3f}", processes, warming, workload["workload"]])
            file.flush()
            count += 1
            due = max(due + every_s, time.monotonic())
            try:
                _wait(load, due)
            except KeyboardInterrupt:
                break
    return count


def _wait(load: "subprocess.Popen[bytes] | None", due: float) -> None:
    left = max(0.0, due - time.monotonic())
    if load is None:
        time.sleep(left)
        return
    try:
        load.wait(left)
    except subprocess.TimeoutExpired:
        return


def main() -> int:
    parser = argparse.ArgumentParser(description="Samples memory and processor time of a service under load.")
    parser.add_argument("--pid", type=int, required=True, help="the service's first process; its children are counted")
    parser.add_argument("--every", type=float, default=1.0, help="seconds between samples")
    parser.add_argument("--out", help="where to write; by default <FWSELECT_RUN>_samples.csv")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="-- and the load tool's command")
    given = parser.parse_args()
    command = given.command[1:] if given.command[:1] == ["--"] else given.command
    out = Path(given.out or f"{os.environ.get('FWSELECT_RUN', 'run')}_samples.csv")
    load = subprocess.Popen(command) if command else None  # noqa: S603  the command the caller typed
    count = record(Tree(given.pid), out, given.every, load)
    sys.stderr.write(f"sampler: {count} samples in {out}\n")
    return load.wait() if load else 0


if __name__ == "__main__":
    sys.exit(main())
