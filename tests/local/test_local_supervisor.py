"""The supervisor with children of the awkward kinds."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fwselect.local import supervisor
from fwselect.local.processes import start_child, started_at, wait_until
from fwselect.local.supervisor import Child, Printer, Supervisor

LONGEST = 80
PATIENCE = 1.5


def child_of(code: str, name: str = "child") -> Child:
    command = [sys.executable, "-u", "-c", code]
    return Child(name, lambda output: start_child(command, env=os.environ, output=output))


class Sink:
    """A pipe's far end, read as the supervisor writes."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        self.heard = b""
        self.listening = threading.Thread(target=self._listen, daemon=True)
        self.listening.start()

    def _listen(self) -> None:
        while said := os.read(self.reader, 65536):
            self.heard += said

    def end(self) -> str:
        os.close(self.writer)
        self.listening.join(60)
        return self.heard.decode()


def run_until(
    var: Path, children: list[Child], heard: Callable[[str], bool], meanwhile: Callable[[], object] = lambda: None
) -> tuple[str, float]:
    """What was printed, and how long the end took after the signal, which comes once `heard` says enough was."""
    sink = Sink()
    asked = []

    def ask() -> None:
        wait_until(lambda: heard(sink.heard.decode()), LONGEST)
        asked.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=ask, daemon=True).start()
    Supervisor(var, children, Printer(sink.writer), meanwhile=meanwhile, patience=PATIENCE).run()
    took = time.monotonic() - asked[0]
    return sink.end(), took


def test_a_child_that_ignores_the_signal_is_killed_within_the_patience(tmp_path: Path) -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(99)"

    said, took = run_until(tmp_path, [child_of(code)], lambda heard: "deaf" in heard)

    assert "deaf" in said
    assert "did not end in time: killed" in said
    assert PATIENCE <= took < LONGEST, "it would have gone on for ever"


def test_a_child_s_child_does_not_outlive_it(tmp_path: Path) -> None:
    code = "import os, time; pid = os.fork(); pid or time.sleep(99); print('pid', pid); os._exit(0)"

    said, _ = run_until(tmp_path, [child_of(code)], lambda heard: "pid " in heard)
    pids = [int(line.split("pid ")[1]) for line in said.splitlines() if "pid " in line]

    assert pids
    assert wait_until(lambda: not any(map(started_at, pids)), 60)


def test_a_child_that_keeps_failing_is_started_again_with_growing_pauses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.05)

    said, _ = run_until(tmp_path, [child_of("raise SystemExit(3)")], lambda heard: heard.count("ended (") >= 4)

    pauses = [line.split("; ")[1] for line in said.splitlines() if "ended (exit code 3)" in line]
    assert pauses[:4] == [f"starting again in {pause} s" for pause in (0.05, 0.1, 0.2, 0.4)]


def test_work_that_ends_is_done_once_and_what_fails_three_times_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.05)
    does, fails = child_of("print('done')", "does"), child_of("raise SystemExit(3)", "fails")
    does.once = fails.once = True

    said, _ = run_until(tmp_path, [does, fails], lambda heard: "done" in heard and "left for" in heard)

    assert said.count("done") == 1
    assert "does ended" not in said
    assert said.count("fails ended (exit code 3)") == 3
    assert "fails ended (exit code 3); left for the next start" in said


def test_what_is_done_while_the_children_start_is_broken_off_by_a_request_to_stop(tmp_path: Path) -> None:
    child, begun = child_of("import time; time.sleep(99)"), threading.Event()

    def load() -> None:
        begun.set()
        time.sleep(LONGEST * 2)

    _, took = run_until(tmp_path, [child], lambda _: begun.is_set(), meanwhile=load)

    assert took < LONGEST
    assert child.process is not None and child.process.poll() is not None


def test_every_line_is_printed_whole_with_its_process_s_name(tmp_path: Path) -> None:
    code = "for n in range(2000): print(f'line {n} of NAME ' + 'x' * 300)"
    children = [child_of(code.replace("NAME", name) + "\nimport time; time.sleep(99)", name) for name in ("one", "two")]

    said, _ = run_until(tmp_path, children, lambda heard: heard.count("\n") >= 4000)
    lines = said.splitlines()

    assert len(lines) == 4000
    assert {line.split("|")[0].strip() == line.split(" of ")[1].split()[0] for line in lines} == {True}


def test_a_reader_that_went_away_does_not_stop_the_children(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    alive = tmp_path / "alive"

    def ask() -> None:
        wait_until(alive.exists, LONGEST)
        os.kill(os.getpid(), signal.SIGTERM)

    code = f"import pathlib, time; print('hello'); time.sleep(.5); pathlib.Path({str(alive)!r}).touch(); time.sleep(99)"
    threading.Thread(target=ask, daemon=True).start()

    Supervisor(tmp_path, [child_of(code)], Printer(writer)).run()
    os.close(writer)

    assert alive.exists()
