"""Keeps children running: starts them, starts them again with a growing pause, prints what they say, stops them all."""

import contextlib
import fcntl
import math
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fwselect.local.processes import kill_group, remember

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY_AFTER = 30.0  # a child that ran this long starts again without the pauses of earlier failures
STOP_PATIENCE = 6.0
LOOK_AGAIN, LOOK_AGAIN_SOON = 0.25, 0.05
LONGEST_LINE = 64 * 1024
MOST_TRIES = 3  # of work that ends by itself
NEVER = math.inf


class Printer:
    """One `os.write` per line, so that lines of several processes never mix."""

    def __init__(self, target: int = 1, width: int = 10) -> None:
        self.target = target
        self.width = width

    def line(self, name: str, text: str | bytes) -> None:
        words = text.encode() if isinstance(text, str) else text
        with contextlib.suppress(BrokenPipeError):
            os.write(self.target, f"{name:<{self.width}}| ".encode() + words.rstrip() + b"\n")


@dataclass
class Child:
    """A process to be kept running; without `pumped` its output goes to a file of its own.

    `once`: it does its work and ends; it is tried again only when it failed.
    """

    name: str
    start: Callable[[int], subprocess.Popen[bytes]]
    stop_signal: signal.Signals = signal.SIGTERM
    pumped: bool = True
    once: bool = False
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    again_at: float = 0.0
    failures: int = 0
    output: int | None = None
    unfinished: bytes = b""


@dataclass
class Supervisor:
    var: Path
    children: list[Child]
    printer: Printer
    stopping: signal.Signals | None = None
    asked_at: float = 0.0
    patience: float = STOP_PATIENCE
    meanwhile: Callable[[], object] = lambda: None  # done once, while the children start
    when_ready: Callable[[], bool] = lambda: True  # asked until it is true; it may print
    ready: bool = False
    may_be_broken_off: bool = False
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def run(self) -> None:
        """Until SIGINT, SIGTERM or SIGHUP; then every child is stopped and its last words are printed."""
        with self._signals():
            try:
                self._start_what_is_due()
                self._do_meanwhile()
                while self.stopping is None:
                    self._start_what_is_due()
                    self._listen(LOOK_AGAIN if self.ready else LOOK_AGAIN_SOON)
                    self._notice_the_dead()
                    self.ready = self.ready or self.when_ready()
            finally:
                self.asked_at = self.asked_at or time.monotonic()
                self._stop_all()

    def _do_meanwhile(self) -> None:
        self.may_be_broken_off = True
        try:
            self.meanwhile()
        except KeyboardInterrupt:
            if self.stopping is None:
                raise
        finally:
            self.may_be_broken_off = False

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(woken, False)
        self.selector.register(woken, selectors.EVENT_READ, None)
        before = {one: signal.signal(one, self._stop_soon) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        wakeup_before = signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        yield
        signal.set_wakeup_fd(wakeup_before)
        for one, handler in before.items():
            signal.signal(one, handler)
        self.selector.unregister(woken)
        os.close(woken)
        os.close(wake)

    def _stop_soon(self, number: int, _frame: object) -> None:
        asked_again = self.stopping is not None and time.monotonic() - self.asked_at > 1
        if asked_again:
            self.patience = 0.0
        elif self.stopping is None:
            self.stopping, self.asked_at = signal.Signals(number), time.monotonic()
            if self.may_be_broken_off:
                raise KeyboardInterrupt

    def _start_what_is_due(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is None and now >= child.again_at and not self._is_held(child):
                self._start(child)

    def _is_held(self, child: Child) -> bool:
        """A file of the child's name under `var/hold/` keeps it down, for drills and repairs."""
        return (self.var / "hold" / child.name).exists()

    def _start(self, child: Child) -> None:
        reader, writer = os.pipe()
        try:
            child.process = child.start(writer)
        except OSError as refusal:
            os.close(reader)
            self._again_later(child, f"did not start: {refusal.strerror}")
            return
        finally:
            os.close(writer)
        child.started_at = time.monotonic()
        remember(self.var, child.name, child.process.pid)
        if not child.pumped:
            os.close(reader)
            return
        os.set_blocking(reader, False)
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            with contextlib.suppress(OSError):
                fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 1024 * 1024)
        child.output, child.unfinished = reader, b""
        self.selector.register(reader, selectors.EVENT_READ, child)

    def _listen(self, patience: float) -> None:
        for key, _ in self.selector.select(patience):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    os.read(key.fd, 4096)
            else:
                self._pump(key.data)

    def _pump(self, child: Child) -> None:
        if child.output is None:
            return
        try:
            said = os.read(child.output, LONGEST_LINE)
        except BlockingIOError:
            return
        *lines, child.unfinished = (child.unfinished + said).split(b"\n")
        if not said or len(child.unfinished) > LONGEST_LINE:
            lines, child.unfinished = [*lines, child.unfinished], b""
        for line in filter(bytes.strip, lines):
            self.printer.line(child.name, line)
        if not said:
            self._close(child)

    def _close(self, child: Child) -> None:
        if child.output is not None:
            self.selector.unregister(child.output)
            os.close(child.output)
            child.output = None

    def _notice_the_dead(self) -> None:
        for child in self.children:
            if child.process is None or child.process.poll() is None:
                continue
            ended = child.process
            kill_group(ended.pid)
            self._last_words(child)
            child.process = None
            if child.once and ended.returncode == 0:
                child.again_at = NEVER
            else:
                self._again_later(child, f"ended ({_how(ended.returncode)})")

    def _again_later(self, child: Child, what: str) -> None:
        lasted = time.monotonic() - child.started_at
        child.failures = 1 if lasted > STEADY_AFTER else child.failures + 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (child.failures - 1))
        child.again_at = time.monotonic() + pause
        then = "held down" if self._is_held(child) else f"starting again in {pause:g} s"
        if child.once and child.failures >= MOST_TRIES:
            child.again_at, then = NEVER, "left for the next start"
        self.printer.line("supervisor", f"{child.name} {what}; {then}")

    def _last_words(self, child: Child) -> None:
        before = None
        while child.output is not None and before != child.unfinished:
            before = child.unfinished
            self._pump(child)
        if child.unfinished.strip():
            self.printer.line(child.name, child.unfinished)
        self._close(child)

    def _stop_all(self) -> None:
        mine = [child for child in self.children if child.pumped and child.process]
        for child in mine:
            _signal(child, child.stop_signal)
        while (late := [child.name for child in mine if _is_running(child)]) and self._has_patience():
            self._listen(0.05)
        if late:
            self.printer.line("supervisor", f"{', '.join(late)} did not end in time: killed")
        for child in mine:
            _signal(child, signal.SIGKILL)
            self._last_words(child)

    def _has_patience(self) -> bool:
        return time.monotonic() < self.asked_at + self.patience


def _is_running(child: Child) -> bool:
    return child.process is not None and child.process.poll() is None


def _signal(child: Child, number: signal.Signals) -> None:
    """SIGKILL goes to the whole group, so that nothing the child started outlives it."""
    if child.process is None:
        return
    if number == signal.SIGKILL:
        kill_group(child.process.pid)
        child.process.wait()
    elif child.process.poll() is None:
        child.process.send_signal(number)


def _how(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"
