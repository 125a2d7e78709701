"""The kit of a workload: what is in it, and that its scripts, run by the real Locust and k6, come back as runs."""

import io
import json
import os
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.jobs import actions as jobs
from evaluations.readiness import reading as failure_tests
from evaluations.spikes import actions, kit
from evaluations.spikes.bundling import Parcel
from evaluations.spikes.measuring import figures_of
from evaluations.spikes.models import SpikeRun, Workload
from evaluations.spikes.readers import Reading, read
from evaluations.spikes.sending import send
from fwselect.local.processes import wait_until
from tests.builders import NOW, lead_of, make_candidate, make_evaluation
from tests.real_processes import READY_PATIENCE, free_port, listens

TOOLS = Path(sys.executable).parent
SAMPLES = Path(__file__).parents[1] / "samples"
HTTP = [
    {"method": "GET", "path": "/orders", "share": 75, "note": "one page"},
    {"method": "POST", "path": "/orders", "share": 25, "note": ""},
]
SOCKET = {"method": "WS", "path": "/live", "share": 50, "note": ""}


def workload_of(endpoints: list[dict[str, Any]] | None = None, **facts: Any) -> Workload:
    """One that is in no database: a kit needs no more than its facts."""
    given = {"title": "Noon", "users": 4, "duration_s": 2, "warm_up_s": 1, "endpoints": endpoints or HTTP, **facts}
    row = Workload(**given)
    row.digest = actions.digest_of(given)
    return row


def unpacked(workload: Workload, folder: Path) -> Path:
    content = kit.packed(workload, candidates=["Django"], send_to="http://127.0.0.1/api/v1/evaluations/1/runs")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    return folder / kit.folder_of(workload)


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[str, int]]:
    """Address and process of a service with two endpoints and a WebSocket."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "small_service:app", "--app-dir", str(Path(__file__).parent)]
    command += ["--port", str(port), "--log-level", "warning", "--ws", "wsproto"]
    running = subprocess.Popen(command)
    try:
        assert wait_until(lambda: listens(port), READY_PATIENCE)
        yield f"http://127.0.0.1:{port}", running.pid
    finally:
        running.terminate()
        running.wait(60)


Load = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def load(service: tuple[str, int]) -> Load:
    """Runs a load tool under the kit's sampler, as the README says."""
    target, pid = service

    def run(folder: Path, *command: str, name: str = "run") -> subprocess.CompletedProcess[str]:
        whole = [sys.executable, "sampler.py", "--pid", str(pid), "--every", "0.2", "--"]
        whole += [word.replace("TARGET_ADDRESS", target) for word in command]
        env = {**os.environ, "FWSELECT_RUN": name, "PYTHONPATH": ""}
        return subprocess.run(whole, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False)

    return run


def asked_of(service: tuple[str, int]) -> int:
    with urllib.request.urlopen(f"{service[0]}/asked", timeout=60) as answer:
        return int(answer.read())


def locust() -> list[str]:
    return [str(TOOLS / "locust"), "-f", "locustfile.py", "--headless", "--host", "TARGET_ADDRESS"]


def k6(name: str = "run") -> list[str]:
    given = ["-e", "TARGET=TARGET_ADDRESS", "-e", f"FWSELECT_RUN={name}"]
    return [str(TOOLS / "k6"), "run", "--quiet", "--no-usage-report", *given, "load.js"]


def result(path: Path) -> Reading:
    return read(io.BytesIO(path.read_bytes()))


def test_the_real_locust_runs_the_kit_and_its_result_is_read(
    tmp_path: Path, load: Load, service: tuple[str, int]
) -> None:
    workload = workload_of()
    folder = unpacked(workload, tmp_path)

    before = asked_of(service)
    done = load(folder, *locust())
    had = asked_of(service) - before

    assert done.returncode == 0, done.stderr[-2000:]
    [run] = result(folder / "run_locust.json").runs
    assert run.context["workload_digest"] == workload.digest
    assert run.numbers.requests and 20 < run.numbers.requests < had - 4, "what the warm-up asked is not counted"
    assert run.numbers.failures == 0
    assert {(each.method, each.name) for each in run.endpoints} == {("GET", "/orders"), ("POST", "/orders")}
    assert run.context["loop"] == "closed"
    assert (run.numbers.duration_s or 0) > 1.5


def test_the_real_k6_runs_the_kit_and_its_result_is_read(tmp_path: Path, load: Load) -> None:
    workload = workload_of(users=8, rate_per_s=40)
    folder = unpacked(workload, tmp_path)

    done = load(folder, *k6())

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    [run] = result(folder / "run_k6.json").runs
    assert run.context["workload_digest"] == workload.digest
    assert 40 < (run.numbers.requests or 0) < 100, "40 a second for two seconds, if the machine lets it, not for three"
    assert run.numbers.requests_per_s == pytest.approx((run.numbers.requests or 0) / 2)
    assert run.numbers.failures == 0
    assert {(each.method, each.name) for each in run.endpoints} == {("GET", "/orders"), ("POST", "/orders")}
    assert all(each.numbers.p95 for each in run.endpoints)
    assert run.context["loop"] == "open"


def test_k6_holds_the_websockets_of_a_workload(tmp_path: Path, load: Load) -> None:
    workload = workload_of([*HTTP, SOCKET])
    folder = unpacked(workload, tmp_path)

    done = load(folder, *k6("sockets"), name="sockets")

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    [run] = result(folder / "sockets_k6.json").runs
    figures = {figure.metric: figure.value for figure in figures_of(run.to_json())}
    assert figures["websocket_connections"] == pytest.approx(2, abs=0.2)
    assert run.context["websocket_connect_ms"]
    assert run.context["websocket_message_ms"]


@pytest.mark.django_db
def test_files_of_one_run_come_back_as_one_run_with_processor_time(tmp_path: Path, load: Load) -> None:
    evaluation = make_evaluation()
    candidate, lead = make_candidate(evaluation, "Django"), lead_of(evaluation.team)
    facts = {"title": "Noon", "endpoints": HTTP, "users": 4, "duration_s": 2, "warm_up_s": 1}
    workload = actions.add_workload(evaluation=evaluation, **facts, by=lead, at=NOW)
    folder = unpacked(workload, tmp_path)
    load(folder, *locust(), name="django_1")

    sent = _sent(evaluation, candidate, workload, sorted(folder.glob("django_1_*")))

    run = SpikeRun.objects.get()
    assert [each.names for each in sent] == [("django_1_locust.json", "django_1_samples.csv")]
    assert run.left_out_reason == ""
    measured = dict(run.measurements.filter(endpoint="").values_list("metric", "value"))
    assert measured.keys() >= {"latency_p95_ms", "cpu_ms_per_request", "memory_mb"}
    assert 0.05 < measured["cpu_ms_per_request"] < 200


@pytest.mark.django_db
def test_a_run_under_another_state_of_the_workload_is_seen_and_left_out(tmp_path: Path) -> None:
    evaluation = make_evaluation()
    candidate, lead = make_candidate(evaluation, "Django"), lead_of(evaluation.team)
    workload = actions.add_workload(evaluation=evaluation, title="Noon", endpoints=HTTP, users=4, by=lead, at=NOW)
    head = {"format": "fwselect run", "version": 1, "workload": workload_of(users=2).digest, "environment": {}}
    told = {**head, "tool": "Locust", "result": json.loads((SAMPLES / "locust.json").read_text())}
    (tmp_path / "run_locust.json").write_text(json.dumps(told))

    _sent(evaluation, candidate, workload, [tmp_path / "run_locust.json"])

    run = SpikeRun.objects.get()
    assert workload.digest[:12] in run.left_out_reason
    again = actions.take_in(run=run, seen=run.version, by=lead, at=NOW)
    assert again.left_out_reason == ""


def _sent(evaluation: Evaluation, candidate: Candidate, workload: Workload, paths: list[Path]) -> list[Any]:
    parcels = [(Parcel(io.BytesIO(path.read_bytes()), path.name), candidate) for path in paths]
    given = {"evaluation": evaluation, "workload": workload, "provenance": "", "by": lead_of(evaluation.team)}
    sent = send(parcels=parcels, **given, at=NOW)
    for each in sent:
        job = jobs.claim(job_id=each.row.job_id, at=NOW) if each.row else None
        assert job is not None
        actions.ingest(job=job, at=NOW)
    return sent


def test_the_sampler_counts_children_and_keeps_what_ended_ones_spent(tmp_path: Path) -> None:
    folder = unpacked(workload_of(), tmp_path)
    busy = "import time; end = time.process_time() + 1.5\nwhile time.process_time() < end: pass"
    ended = tmp_path / "ended"
    parent = "import pathlib, subprocess, sys, time; subprocess.run([sys.executable, '-c', sys.argv[1]]);"
    parent += "pathlib.Path(sys.argv[2]).touch(); time.sleep(60)"
    running = subprocess.Popen([sys.executable, "-c", parent, busy, str(ended)])
    try:
        command = [sys.executable, "sampler.py", "--pid", str(running.pid), "--every", "0.1", "--out", "s.csv", "--"]
        until = (
            "import pathlib, sys, time\nwhile not pathlib.Path(sys.argv[1]).exists(): time.sleep(0.05)\ntime.sleep(1.2)"
        )
        waiting = [sys.executable, "-c", until, str(ended)]
        done = subprocess.run(
            [*command, *waiting], cwd=folder, capture_output=True, text=True, timeout=300, check=False
        )
    finally:
        running.kill()
        running.wait(60)

    rows = [line.split(",") for line in (folder / "s.csv").read_text().splitlines()[1:]]
    assert done.returncode == 0, done.stderr
    assert max(int(row[3]) for row in rows) == 2
    assert int(rows[-1][3]) == 1
    assert float(rows[-1][2]) > 0.3, "the child ended, its time stays"
    assert {row[4] for row in rows} == {"0", "1"}


def test_the_sampler_ends_with_the_service_and_hands_on_the_load_tools_end(tmp_path: Path) -> None:
    folder = unpacked(workload_of(), tmp_path)
    command = [sys.executable, "sampler.py", "--pid", "999999999", "--", sys.executable, "-c", "raise SystemExit(3)"]

    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)

    assert done.returncode == 3
    assert "has ended" in done.stderr or "0 samples" in done.stderr


def test_a_kit_is_the_same_for_the_same_workload_and_carries_its_fingerprint_everywhere() -> None:
    workload = workload_of(rate_per_s=None, environment="8 cores\n16 GB")
    given = {"candidates": ["Django", "FastAPI"], "send_to": "http://127.0.0.1/api/v1/evaluations/1/runs"}

    files = kit.contents(workload, **given)

    assert kit.packed(workload, **given) == kit.packed(workload, **given)
    assert json.loads(files["workload.json"])["workload"] == workload.digest
    assert f"-F workload={workload.digest}" in files["README.md"]
    assert given["send_to"] in files["README.md"]
    assert workload.digest[:12] in files["failure-tests.json"]
    assert "[[" not in files["README.md"]


def test_the_form_of_failure_tests_is_read_once_it_is_filled() -> None:
    form = json.loads(kit.contents(workload_of(), candidates=["Django"], send_to="")["failure-tests.json"])
    assert {each["kind"] for each in form["tests"]} == set(kit.FAILURE_TESTS)

    with pytest.raises(failure_tests.Unreadable):
        failure_tests.read(json.dumps(form).encode())
    form["tests"] = [{**each, "verdict": "recovered", "first_success_s": 2} for each in form["tests"][:2]]

    assert [test.kind for test in failure_tests.read(json.dumps(form).encode())] == list(kit.FAILURE_TESTS[:2])


@pytest.mark.django_db
def test_the_kit_is_downloaded_from_the_workload(client: Client) -> None:
    evaluation = make_evaluation()
    make_candidate(evaluation, "Django")
    lead = lead_of(evaluation.team)
    workload = actions.add_workload(evaluation=evaluation, title="Noon", endpoints=HTTP, by=lead, at=NOW)
    client.force_login(lead)
    address = reverse("spikes:kit", args=[evaluation.pk, workload.pk])

    page, answer = client.get(reverse("spikes:index", args=[evaluation.pk])), client.get(address)

    assert address in page.content.decode()
    assert answer["Content-Disposition"] == f'attachment; filename="spike-kit-{workload.digest[:12]}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = {name.split("/", 1)[1] for name in archive.namelist()}
        readme = archive.read(f"spike-kit-{workload.digest[:12]}/README.md").decode()
    assert names == {
        "README.md",
        "failure-tests.json",
        "load.js",
        "locustfile.py",
        "requests.json",
        "sampler.py",
        "workload.json",
    }
    assert f"http://testserver/api/v1/evaluations/{evaluation.pk}/runs" in readme
