"""The limited child: it answers, it is limited, and however it ends the parent says why."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from evaluations.spikes import limited, reading_server
from evaluations.spikes.readers import durations

SAMPLES = Path(__file__).parent.parent / "samples"
ROOT = Path(__file__).parent.parent.parent


def server_whose_child(folder: Path, code: str) -> Path:
    """The real server; once its child is limited, `code` runs in it instead of the readers. What it returns ends it."""
    script = folder / "child.py"
    lines = "".join(f"    {line}\n" for line in code.splitlines())
    script.write_text(
        f"import json, os, signal, socket, sys, time\nsys.path.append({str(ROOT)!r})\n"
        f"from evaluations.spikes.readers import child\ndef work(size):\n{lines}    return 0\n"
        "child.work = work\nchild.serve()\n"
    )
    return script


def child_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(reading_server, "SCRIPT", server_whose_child(tmp_path, code))


@pytest.fixture(autouse=True)
def servers_of_this_test() -> Iterator[None]:
    reading_server.close_idle()
    yield
    reading_server.close_idle()


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
    child_that(tmp_path, monkeypatch, "print(json.dumps({'progress': os.getpid()}), flush=True)\ntime.sleep(60)")
    seen: list[psutil.Process] = []

    def cancel(done: int, size: int) -> None:
        child = psutil.Process(done)
        seen.extend(one for one in (child, child.parent()) if one)
        raise ValueError("cancelled")

    with pytest.raises(ValueError, match="cancelled"):
        limited.read_file(SAMPLES / "locust_stats.csv", on_progress=cancel)

    assert len(seen) == 2
    wait_until(lambda: not any(is_running(one.pid) for one in seen))


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
        ("try:\n    x = bytearray(900 << 20)\nexcept MemoryError:\n    return child.OUT_OF_MEMORY", "MB of memory"),
        ("os.kill(os.getpid(), 11)", "brought the reader down"),
        ("print('gibberish')", "unreadable"),
        ("return 9", "exit code 9"),
        ("os.kill(os.getppid(), 9)", "ended in the middle"),
    ],
)
def test_every_end_of_the_child_has_its_reason_and_the_next_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, word: str
) -> None:
    only_once = f"if size != {(SAMPLES / 'locust_stats.csv').stat().st_size}: return real(size)\n"
    child_that(tmp_path, monkeypatch, only_once + code)
    script = reading_server.SCRIPT
    script.write_text(script.read_text().replace("child.work = work", "real, child.work = child.work, work"))
    monkeypatch.setattr(limited, "CPU_BASE_S", 1)

    outcome = limited.read_file(SAMPLES / "locust_stats.csv")
    after = limited.read_file(SAMPLES / "k6_points.ndjson")

    assert outcome.outcome == "crashed" and word in (outcome.message or "")
    assert after.outcome == "accepted"


def test_files_are_read_by_children_of_one_server_one_after_the_other() -> None:
    with reading_server.borrowed() as server:
        first = server.pid
    for name in ("locust_stats.csv", "k6_points.ndjson"):
        assert limited.read_file(SAMPLES / name).outcome == "accepted"

    with reading_server.borrowed() as server:
        assert server.pid == first
        assert psutil.Process(first).children() == []


def test_a_server_that_ended_meanwhile_is_started_again() -> None:
    with reading_server.borrowed() as server:
        os.kill(server.pid, signal.SIGKILL)
        psutil.Process(server.pid).wait(60)

    assert limited.read_file(SAMPLES / "locust_stats.csv").outcome == "accepted"


def test_a_child_that_sleeps_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child_that(tmp_path, monkeypatch, "time.sleep(60)")
    monkeypatch.setattr(limited, "CPU_BASE_S", 1)
    monkeypatch.setattr(limited, "WALL_BASE_S", 0)

    begun = time.monotonic()
    outcome = limited.read_file(SAMPLES / "locust_stats.csv")

    assert time.monotonic() - begun < 40, "it would have slept longer"
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
        "socket.socket()",
        "socket.create_connection(('127.0.0.1', 80), timeout=1)",
        "os.pipe()",
        "os.dup(0)",
    ],
)
def test_the_child_can_open_nothing_and_reach_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attempt: str
) -> None:
    code = f"try:\n    {attempt}\n    print(json.dumps({{'crashed': 'opened'}}))\n"
    code += "except OSError as error:\n    print(json.dumps({'crashed': 'refused ' + str(error.errno)}))"
    child_that(tmp_path, monkeypatch, code)

    outcome = limited.read_file(SAMPLES / "locust_stats.csv")

    assert outcome.reason == "refused 24"


def test_the_child_holds_its_file_its_answer_and_no_other_descriptor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "held = []\nfor number in range(64):\n    try:\n        os.fstat(number)\n        held.append(number)\n"
    child_that(tmp_path, monkeypatch, code + "    except OSError: pass\nprint(json.dumps({'crashed': str(held)}))")

    assert limited.read_file(SAMPLES / "locust_stats.csv").reason == "[0, 1, 2]"


def test_neither_server_nor_child_sees_a_secret_or_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FWSELECT_SECRET_KEY", "hidden")
    code = "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])\n"
    code += "print(json.dumps({'progress': os.getpid()}), flush=True)\nsignal.sigtimedwait([signal.SIGUSR1], 60)\n"
    child_that(tmp_path, monkeypatch, code + "print(json.dumps({'crashed': json.dumps(dict(os.environ))}))")
    seen: dict[str, object] = {}

    def look(done: int, size: int) -> None:
        child = psutil.Process(done)
        for name, process in (("child", child), ("server", child.parent())):
            seen[name] = Path(f"/proc/{process.pid}/environ").read_bytes()
        seen["network"] = os.readlink(f"/proc/{done}/ns/net")
        os.kill(done, signal.SIGUSR1)

    outcome = limited.read_file(SAMPLES / "locust_stats.csv", on_progress=look)

    assert "hidden" not in (outcome.reason or "")
    assert (seen["child"], seen["server"]) == (b"", b"")
    assert os.getuid() or seen["network"] != os.readlink("/proc/self/ns/net")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_server_and_child_end_with_the_process_that_asked(tmp_path: Path, number: signal.Signals) -> None:
    script = server_whose_child(tmp_path, "print(json.dumps({'progress': os.getpid()}), flush=True)\ntime.sleep(60)")
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.append({str(ROOT)!r})\nfrom evaluations.spikes import limited, reading_server\n"
            f"reading_server.SCRIPT = {str(script)!r}\n"
            f"limited.read_file({str(SAMPLES / 'locust_stats.csv')!r}, lambda done, size: print(done, flush=True))",
        ],
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    server = child.parent()
    assert server is not None and server.ppid() == parent.pid

    parent.send_signal(number)
    parent.wait()
    parent.stdout.close()

    wait_until(lambda: not any(is_running(process.pid) for process in (child, server)))


def wait_until(holds, seconds: float = 60) -> None:
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
        timeout=300,
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
