"""What `make bench` prints: ratios that mean what they say, and a generated file that is what it claims."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import __main__ as bench
from benchmarks import spikes_k6
from benchmarks.rows import Row, printed, side_by_side
from evaluations.spikes.limited import read_file

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("row", "ratio", "of_limit"),
    [
        (Row("a", 2.0, "ms", "peer", 4.0, 0.25), 0.5, 2.0),
        (Row("a", 2.0, "ms", "peer", 4.0), 0.5, None),
        (Row("a", 2.0, "ms", "peer", 4.0, 8.0, "figure"), 0.5, 0.25),
        (Row("a", 2.0, "ms", "peer", None, 0.25), None, None),
        (Row("a", 2.0, "ms", "peer", None, 4.0, "figure"), None, 0.5),
    ],
)
def test_a_row_is_told_against_its_peer_and_its_limit(row, ratio, of_limit):
    assert (row.ratio, row.of_limit) == (ratio, of_limit)
    assert row.told()["ratio"] == ratio
    assert row.path in printed([row])


def test_both_are_measured_in_turns_after_a_round_that_does_not_count():
    called, taken = [], iter([9, 90, 1, 10, 2, 20])

    def measure(call):
        call()
        return next(taken)

    medians = side_by_side(lambda: called.append("a"), lambda: called.append("b"), 3, measure)

    assert called == ["a", "b"] * 4
    assert medians == (2, 20)


def test_the_generated_points_are_read_as_what_k6_writes(tmp_path):
    file = tmp_path / "points.ndjson"

    spikes_k6.generate(file, 1_000_000)

    found = read_file(file)
    assert 1_000_000 <= file.stat().st_size < 6_000_000
    assert (found.outcome, found.format) == ("accepted", "k6_ndjson")
    assert len(found.runs[0]["endpoints"]) == 4


def test_results_are_kept_beside_those_of_the_time_before(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(bench, "RESULT", tmp_path / "bench.json")
    monkeypatch.setattr(bench, "ROOT", tmp_path)

    bench._write({"one": [Row("a", 1.0, "ms", "peer", 2.0).told()]})
    bench._write({"two": []})

    kept = json.loads((tmp_path / "bench.json").read_text())
    assert set(kept) == {"one", "two"}
    assert kept["one"]["rows"][0]["ratio"] == 0.5


def test_every_benchmark_that_is_named_is_there_and_another_name_is_refused():
    def run(*words):
        command = [sys.executable, "-m", "benchmarks", *words]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)

    listed, refused = run("--list"), run("nothing")

    assert all((ROOT / "benchmarks" / f"{name}.py").is_file() for name in listed.stdout.split())
    assert listed.stdout.split() == list(bench.NAMES)
    assert refused.returncode == 2
    assert "'nothing' is unknown" in refused.stderr
