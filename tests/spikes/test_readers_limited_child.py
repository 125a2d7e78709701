"""The limited child: it answers, it is limited, and however it ends the parent says why."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evaluations.spikes import limited
from evaluations.spikes.readers import durations

SAMPLES = Path(__file__).parent.parent / "samples"
ROOT = Path(__file__).parent.parent.parent


def child_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let a script of ours stand in for the reading child."""
    script = tmp_path / "child.py"
    script.write_text(code)
    monkeypatch.setattr(limited, "_CHILD", script)


def limiting(code: str) -> str:
    """A script that takes the real child's limits and then runs `code`."""
    return (
        f"import sys; sys.path.append({str(ROOT)!r})\n"
        "from evaluations.spikes.readers import child\n"
        "child._limit(int(sys.argv[1]), int(sys.argv[2]))\n" + code
    )


@pytest.mark.parametrize(
    "wrap", [lambda path: path, lambda path: path.open("rb"), lambda path: io.BytesIO(path.read_bytes())]
)
def test_a_path_an_open_file_and_bytes_in_memory_are_read_alike(wrap) -> None:
    outcome = limited.read_file(wrap(SAMPLES / "locust_stats.csv"))

    assert (outcome.outcome, outcome.format, outcome.tool) == ("accepted", "locust_stats_csv", "Locust")
    assert outcome.runs[0]["requests"] == 1000


def test_an_open_file_is_read_from_its_start() -> None:
    with (SAMPLES / "locust_stats.csv").open("rb") as opened:
        opened.read()

        assert limited.read_file(opened).outcome == "accepted"


def test_progress_is_told_in_bytes() -> None:
    told: list[tuple[int, int]] = []

    limited.read_file(SAMPLES / "locust_stats.csv", on_progress=lambda done, size: told.append((done, size)))

    size = (SAMPLES / "locust_stats.csv").stat().st_size
    assert told and all(done <= size and whole == size for done, whole in told)


def test_what_progress_raises_cancels_the_reading_and_leaves_no_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = tmp_path / "pid"
    code = f"import os, time\nopen({str(started)!r}, 'w').write(str(os.getpid()))\n"
    child_that(tmp_path, monkeypatch, code + "print('{\"progress\": 1}', flush=True)\ntime.sleep(60)")

    def cancel(done: int, size: int) -> None:
        raise ValueError("cancelled")

    with pytest.raises(ValueError, match="cancelled"):
        limited.read_file(SAMPLES / "locust_stats.csv", on_progress=cancel)

    assert not is_running(int(started.read_text()))


def test_a_refusal_carries_message_line_and_column(tmp_path: Path) -> None:
    broken = tmp_path / "x.json"
    broken.write_text('{"metrics":\n  oops}')

    outcome = limited.read_file(broken)

    assert (outcome.outcome, outcome.line, outcome.column) == ("rejected", 2, 3)
    assert outcome.to_json("x.json")["error"] == {"message": outcome.message, "line": 2, "column": 3}


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("while True: pass", "processor time"),
        ("try:\n    x = bytearray(900 << 20)\nexcept MemoryError:\n    sys.exit(child.OUT_OF_MEMORY)", "MB of memory"),
        ("import os; os.kill(os.getpid(), 11)", "brought the reader down"),
        ("print('gibberish')", "unreadable"),
        ("sys.exit(9)", "exit code 9"),
    ],
)
def test_every_end_of_the_child_has_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, word: str
) -> None:
    child_that(tmp_path, monkeypatch, limiting(code))
    monkeypatch.setattr(limited, "CPU_BASE_S", 1)

    outcome = limited.read_file(SAMPLES / "locust_stats.csv")

    assert outcome.outcome == "crashed" and word in (outcome.message or "")


def test_a_child_that_sleeps_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child_that(tmp_path, monkeypatch, "import time; time.sleep(60)")
    monkeypatch.setattr(limited, "CPU_BASE_S", 0)
    monkeypatch.setattr(limited, "WALL_BASE_S", 1)

    begun = time.monotonic()
    outcome = limited.read_file(SAMPLES / "locust_stats.csv")

    assert time.monotonic() - begun < 10
    assert outcome.reason == "stopped"


def test_a_child_that_talks_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child_that(tmp_path, monkeypatch, "while True: print('{\"progress\": 1}')")
    monkeypatch.setattr(limited, "ANSWER_LIMIT", 100_000)

    assert limited.read_file(SAMPLES / "locust_stats.csv").reason == "stopped"


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/passwd')",
        "open('/tmp/fwselect-child-was-here', 'w').write('x')",
        "import socket; socket.socket()",
    ],
)
def test_the_child_can_open_nothing_once_it_is_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attempt: str
) -> None:
    code = f"import json, socket\ntry:\n    {attempt}\n    print(json.dumps({{'crashed': 'opened'}}))\n"
    code += "except OSError as error:\n    print(json.dumps({'crashed': 'refused ' + str(error.errno)}))"
    child_that(tmp_path, monkeypatch, limiting(code).replace("import sys;", "import sys, json, socket;"))

    outcome = limited.read_file(SAMPLES / "locust_stats.csv")

    assert outcome.reason == "refused 24"


def test_the_child_sees_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FWSELECT_SECRET_KEY", "hidden")
    child_that(
        tmp_path,
        monkeypatch,
        "import os, json; print(json.dumps({'crashed': str('FWSELECT_SECRET_KEY' in os.environ)}))",
    )

    assert limited.read_file(SAMPLES / "locust_stats.csv").reason == "False"


def test_the_child_dies_with_its_parent(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text(
        f"import sys; sys.path.append({str(ROOT)!r})\nimport os, time\nfrom evaluations.spikes.readers import child\n"
        "child._die_with(int(sys.argv[4]))\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)"
    )
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.append({str(ROOT)!r})\nfrom evaluations.spikes import limited\n"
            f"from pathlib import Path\nlimited._CHILD = Path({str(script)!r})\n"
            f"limited.read_file({str(SAMPLES / 'locust_stats.csv')!r})",
        ]
    )
    wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
    child = int((tmp_path / "pid").read_text())

    parent.send_signal(signal.SIGKILL)
    parent.wait()

    wait_until(lambda: not is_running(child))


def wait_until(holds, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_read_results_prints_one_array_without_a_database() -> None:
    names = ["locust_stats.csv", "k6_points.ndjson", "missing.csv"]
    environment = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}

    done = subprocess.run(
        [sys.executable, "manage.py", "read_results", *(str(SAMPLES / name) for name in names), "--json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=True,
        timeout=60,
    )

    answers = json.loads(done.stdout)
    assert [answer["outcome"] for answer in answers] == ["accepted", "accepted", "rejected"]
    assert [answer["runs"][0]["requests"] for answer in answers[:2]] == [1000, 4]
    assert set(answers[0]) == {"file", "outcome", "format", "tool", "error", "warnings", "runs"}
    assert "cannot be opened" in answers[2]["error"]["message"]


def test_percentiles_stay_within_a_fifth_of_a_percent_when_memory_is_saved() -> None:
    exact, rough = durations.Durations(limit=10**9), durations.Durations(limit=10)
    values = [((n * 7919) % 100_003) / 37 for n in range(50_000)]

    exact.add_all(values)
    for value in values:
        rough.add(value)

    for share in (0.5, 0.9, 0.95, 0.99):
        assert rough.percentiles(share)[0] == pytest.approx(exact.percentiles(share)[0], rel=0.002)
    assert (rough.count, rough.least, rough.greatest) == (exact.count, exact.least, exact.greatest)
