"""k6's raw NDJSON read in the limited child, beside DuckDB's read_json; processor time and memory of the processes.

    python -m benchmarks.spikes_k6 [--full]

The file is generated: 100 MB, with --full 1 GB.
"""

import argparse
import importlib.util
import json
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.rows import Row, run_alone

SMALL, FULL, ROUNDS = 100_000_000, 1_000_000_000, 3
RECORDED_CPU_S_PER_GB = 2.24
"""What DuckDB took for 1 GB where it was last measured."""
MEMORY_MB = 150
NOISE = ("http_req_blocked", "http_req_connecting", "http_req_waiting", "http_req_receiving")

OURS = """
from evaluations.spikes.limited import read_file
from evaluations.spikes.reading_server import close_idle
found = read_file(sys.argv[1])
assert found.outcome == "accepted", found
close_idle()  # what its children used counts once it has ended
"""
DUCKDB = """
import duckdb
query = '''select data.tags.name, data.tags.method, count(*), max(data.value), quantile_cont(data.value, [0.5, 0.95])
from read_json(?, format='newline_delimited', columns={metric: 'varchar', type: 'varchar',
data: 'struct(time varchar, value double, tags struct(name varchar, method varchar, status varchar))'})
where metric = 'http_req_duration' and type = 'Point' group by all'''
connection = duckdb.connect()
connection.execute("set threads to 2")
connection.execute("set enable_progress_bar to false")
assert len(connection.execute(query, [sys.argv[1]]).fetchall()) == 4
"""
MEASURED = """
import json, resource
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
cpu = sum(one.ru_utime + one.ru_stime for one in used)
print(json.dumps({"cpu_s": cpu, "memory_mb": max(one.ru_maxrss for one in used) / 1024}))
"""


def measure(options: argparse.Namespace) -> list[Row]:
    size = FULL if options.full else SMALL
    with tempfile.TemporaryDirectory(prefix="fwselect-bench-") as folder:
        file = Path(folder) / "points.ndjson"
        generate(file, size)
        has_peer = importlib.util.find_spec("duckdb") is not None
        _run(OURS, file)
        pairs = [(_run(OURS, file), _run(DUCKDB, file) if has_peer else None) for _ in range(ROUNDS)]
    ours = {name: statistics.median(one[name] for one, _ in pairs) for name in ("cpu_s", "memory_mb")}
    name = f"k6 NDJSON, {size // 1_000_000:,} MB"
    memory = Row(f"{name}, memory", ours["memory_mb"], "MB", "", None, MEMORY_MB, "figure")
    if not has_peer:
        most = RECORDED_CPU_S_PER_GB * size / FULL
        note = f"peer not installed; recorded {RECORDED_CPU_S_PER_GB} s per GB"
        return [Row(name, ours["cpu_s"], "s", "DuckDB read_json", None, most, "figure", note), memory]
    peer = {key: statistics.median(two[key] for _, two in pairs if two) for key in ("cpu_s", "memory_mb")}
    memory.peer, memory.peer_figure = "DuckDB read_json", peer["memory_mb"]
    return [Row(name, ours["cpu_s"], "s", "DuckDB read_json", peer["cpu_s"], 1.0), memory]


def generate(file: Path, size: int) -> None:
    """Points as k6 writes them: six metrics a request, four endpoints, ten minutes."""
    drawn = random.Random(1)
    block = 2_000
    requests = size / 1_950
    with file.open("w") as out:
        for metric, kind, contains in (("http_reqs", "counter", "default"), ("http_req_duration", "trend", "time")):
            about = {"name": metric, "type": kind, "contains": contains, "thresholds": [], "submetrics": None}
            out.write(json.dumps({"type": "Metric", "data": about, "metric": metric}, separators=(",", ":")) + "\n")
        number = 0
        while out.tell() < size:
            out.write("".join(_request(drawn, (number + k) / requests * 600) for k in range(block)))
            number += block


def _request(drawn: random.Random, second: float) -> str:
    method, path = drawn.choice([("GET", "/orders"), ("POST", "/orders"), ("GET", "/orders/1"), ("GET", "/health")])
    at = f"2026-01-01T00:{int(second) // 60 % 60:02d}:{int(second) % 60:02d}.{int(second % 1 * 1e6):06d}Z"
    tags = (
        f'"tags":{{"expected_response":"true","group":"","method":"{method}","name":"{path}","proto":"HTTP/1.1",'
        f'"scenario":"default","status":"200","url":"http://127.0.0.1:8000{path}"}}'
    )
    taken = drawn.lognormvariate(3, 0.6)
    values = [("http_reqs", 1), ("http_req_duration", taken), *((name, taken * drawn.random()) for name in NOISE)]
    return "".join(
        f'{{"metric":"{metric}","type":"Point","data":{{"time":"{at}","value":{value:.6g},{tags}}}}}\n'
        for metric, value in values
    )


def _run(code: str, file: Path) -> dict[str, float]:
    """Processor seconds and the largest memory of a process that runs the code, its children included."""
    command = [sys.executable, "-c", "import sys\n" + code + MEASURED, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
