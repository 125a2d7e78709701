"""Real load tools against two small services: what they write, sent by curl, becomes comparable runs and scores.

Locust and k6 come with the requirements of the tests; wrk, hey, ab and autocannon are used where they are installed.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from evaluations.scoring.models import MeasuredScore
from evaluations.spikes import judging, side_by_side
from evaluations.spikes.comparability import Level
from evaluations.spikes.models import Measurement, SpikeRun, Workload
from fwselect.local.processes import wait_until
from tests.api.api_pipeline import Pipeline, made_pipeline
from tests.builders import NOW, make_candidate, make_criterion
from tests.real_processes import RealProcess, free_port, listens
from tests.spikes.spike_files import add_workload, measure
from tests.spikes.test_spikes_kit import TOOLS, unpacked

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS, USERS = 3, 4
WAITS_S = {"Quick": 0.004, "Slow": 0.024}
"""What each candidate's service waits before it answers: the order of the scores is known before."""


@dataclass(frozen=True)
class Service:
    address: str
    pid: int


@dataclass(frozen=True)
class Tool:
    """How a tool is called in the kit's folder, and the file it leaves there; None: what it prints is the file."""

    name: str
    command: Callable[[str], list[str]]
    leaves: str | None
    tells_p95: bool
    place: str | None

    def run(self, folder: Path, service: Service) -> Path:
        env = {**os.environ, "FWSELECT_RUN": "run", "PYTHONPATH": ""}
        command = [str(self.place), *self.command(service.address)]
        if self.leaves:
            sampler = [sys.executable, "sampler.py", "--pid", str(service.pid), "--every", "0.2", "--"]
            command = [*sampler, *command]
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, timeout=90, check=False)
        assert done.returncode == 0, (self.name, done.stdout[-1000:], done.stderr[-2000:])
        written = folder / (self.leaves or f"{self.name}.txt")
        if not self.leaves:
            written.write_bytes(done.stdout)
        return written


def tools() -> list[Tool]:
    """Those that are there, in the order in which they are used."""
    beside, on_path = str(TOOLS), os.environ.get("PATH", "")
    k6 = ["run", "--quiet", "--no-usage-report", "-e", "FWSELECT_RUN=run"]
    known = [
        ("locust", lambda at: ["-f", "locustfile.py", "--headless", "--host", at], "run_locust.json", True),
        ("k6", lambda at: [*k6, "-e", f"TARGET={at}", "load.js"], "run_k6.json", True),
        ("wrk", lambda at: ["-t1", f"-c{USERS}", f"-d{SECONDS}s", "--latency", f"{at}/orders"], None, False),
        ("hey", lambda at: ["-z", f"{SECONDS}s", "-c", str(USERS), f"{at}/orders"], None, True),
        ("ab", lambda at: ["-q", "-t", str(SECONDS), "-c", str(USERS), f"{at}/orders"], None, True),
        ("autocannon", lambda at: ["-j", "-c", str(USERS), "-d", str(SECONDS), f"{at}/orders"], None, False),
    ]
    found = [Tool(*one, shutil.which(one[0], path=f"{beside}{os.pathsep}{on_path}")) for one in known]
    return [tool for tool in found if tool.place]


@contextmanager
def service(waits_s: float) -> Iterator[Service]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "small_service:app", "--app-dir", "tests/spikes"]
    command += ["--port", str(port), "--log-level", "warning"]
    running = subprocess.Popen(command, env={**os.environ, "SMALL_SERVICE_WAITS_S": str(waits_s)})
    try:
        assert wait_until(lambda: listens(port), 30)
        yield Service(f"http://127.0.0.1:{port}", running.pid)
    finally:
        running.terminate()
        running.wait(10)


def curl(pipeline: Pipeline, url: str, *fields: str) -> dict[str, object]:
    """As docs/api.md says it."""
    given = [word for field in fields for word in ("-F", field)]
    command = ["curl", "--silent", "--show-error", "--fail-with-body"]
    command += ["-H", f"Authorization: Bearer {pipeline.texts['upload']}", *given, url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def sent(pipeline: Pipeline, server: str, workload: Workload, candidate: str, file: Path) -> SpikeRun:
    """The run that the worker read out of the file."""
    fields = (f"candidate={candidate}", f"workload={workload.digest}", f"files=@{file}")
    answer = curl(pipeline, server + pipeline.runs, *fields)
    [told] = answer["sent"]  # type: ignore[misc]
    deadline = time.monotonic() + 30
    while (status := curl(pipeline, str(told["status_url"])))["state"] not in ("accepted", "rejected", "quarantined"):
        assert time.monotonic() < deadline, status
        time.sleep(0.2)
    assert status["state"] == "accepted", status
    return SpikeRun.objects.get(result_file_id=status["id"])


def test_real_tools_become_comparable_runs_and_measured_scores(
    tmp_path: Path, pages_server: str, worker_process: RealProcess
) -> None:
    used = tools()
    assert {"locust", "k6"} <= {tool.name for tool in used} and shutil.which("curl")
    pipeline = made_pipeline()
    evaluation = pipeline.evaluation
    path = [{"method": "GET", "path": "/orders", "share": 100, "note": ""}]
    shape = {"endpoints": path, "users": USERS, "duration_s": SECONDS, "warm_up_s": 1}
    workload = add_workload(evaluation, title="Loopback", **shape)
    rate, p95, frugal = (make_criterion(evaluation, name) for name in ("Many answers", "Quick answers", "Frugal"))
    measure(rate, metric="requests_per_s", unit="1/s", points=[[50, 1], [1500, 5]])
    measure(p95, points=[[2, 5], [100, 1]])
    measure(frugal, metric="cpu_ms_per_request", points=[[0.01, 5], [20, 1]])
    runs: dict[tuple[str, str], SpikeRun] = {}

    with ExitStack() as services:
        for candidate, waits_s in WAITS_S.items():
            make_candidate(evaluation, candidate)
            target = services.enter_context(service(waits_s))
            for tool in used:
                folder = unpacked(workload, tmp_path / f"{candidate}-{tool.name}")
                written = tool.run(folder, target)
                run = sent(pipeline, pages_server, workload, candidate, written)
                facts = {"host": "loopback", "processors": os.cpu_count()}
                judging.set_facts(run=run, seen=0, facts=facts, by=pipeline.lead, at=NOW)
                runs[candidate, tool.name] = run
                if tool.leaves:
                    sent(pipeline, pages_server, workload, candidate, folder / "run_samples.csv")

    kept, verdict = side_by_side.kept_runs(evaluation)
    scores = {(score.criterion_id, score.candidate.name): score for score in MeasuredScore.objects.all()}
    print(f"\n{told(used, runs)}\n{verdict.says}")
    for run, why in verdict.left_out:
        print(run.name, *why)
    # A machine that others keep busy starves a tool now and then; the guard says so and takes its run out.
    assert verdict.level < Level.NOT_COMPARABLE and len(verdict.left_out) <= len(runs) // 6
    counted = {run.run for run in kept}
    for candidate in WAITS_S:
        mine = {tool.name: runs[candidate, tool.name].pk for tool in used}
        assert {"locust", "k6"} & {name for name, pk in mine.items() if pk in counted}
        assert scores[rate.pk, candidate].source["runs"] == [pk for pk in mine.values() if pk in counted]
        with_p95 = [mine[tool.name] for tool in used if tool.tells_p95 and mine[tool.name] in counted]
        assert scores[p95.pk, candidate].source["runs"] == with_p95
        sampled = {mine[tool.name] for tool in used if tool.leaves}
        found = Measurement.objects.filter(run__in=sampled, metric="cpu_ms_per_request").values_list("run", flat=True)
        assert set(found) == sampled, "the samples, sent apart, found their runs"
        assert scores[frugal.pk, candidate].source["runs"]
    for criterion in (rate, p95):
        assert scores[criterion.pk, "Quick"].value > scores[criterion.pk, "Slow"].value


def told(used: list[Tool], runs: dict[tuple[str, str], SpikeRun]) -> str:
    lines = [f"tools used: {', '.join(tool.name for tool in used)}"]
    for (candidate, tool), run in runs.items():
        figures = dict(Measurement.objects.filter(run=run, endpoint="").values_list("metric", "value"))
        shown = (figures.get(name) for name in ("requests_per_s", "latency_p95_ms", "cpu_ms_per_request"))
        row = ["?" if value is None else f"{value:.2f}" for value in shown]
        lines.append(
            f"{candidate:6} {tool:11} {run.requests:6} requests, {row[0]:>8} /s, p95 {row[1]:>7} ms, {row[2]} cpu ms"
        )
    return "\n".join(lines)
