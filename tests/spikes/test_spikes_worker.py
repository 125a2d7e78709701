"""Files read by a real worker through the real broker, and what is left when it is killed over one."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from celery import current_app
from django.utils import timezone

from evaluations.audit.models import AuditEvent
from evaluations.audit.queries import first_fault
from evaluations.jobs import actions as jobs
from evaluations.jobs.models import Job
from evaluations.spikes import actions
from evaluations.spikes.models import ResultFile, SpikeRun
from tests.builders import lead_of, make_candidate, make_evaluation
from tests.real_processes import RealProcess
from tests.spikes.spike_files import add_workload, k6_points, k6_summary, locust_stats, send

pytestmark = pytest.mark.django_db(transaction=True)
SAMPLES = Path(__file__).resolve().parents[1] / "samples"


def until(holds: Callable[[], bool], patience: float = 150.0) -> None:
    ends = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.01)


def state_of(row: ResultFile) -> str:
    return ResultFile.objects.get(pk=row.pk).state


@pytest.fixture
def candidate():
    return make_candidate(make_evaluation(), "FastAPI")


@pytest.fixture
def workload(candidate):
    return add_workload(candidate.evaluation)


def test_files_of_several_tools_sent_together_are_all_read(worker_process, candidate, workload):
    names = ["locust_stats.csv", "locust.json", "k6_handle_summary.json", "k6_legacy_summary.json", "k6_points.ndjson"]
    rows = [send(candidate, workload, (SAMPLES / name).read_bytes(), name, at=timezone.now()) for name in names]
    rows.append(send(candidate, workload, b"not a result", "notes.txt", at=timezone.now()))

    until(lambda: not Job.objects.exclude(state=Job.State.DONE).exists())

    assert [state_of(row) for row in rows] == ["accepted"] * 5 + ["rejected"]
    assert SpikeRun.objects.count() == 5
    assert first_fault(candidate.evaluation.log) is None


def test_a_file_delivered_fifty_times_is_read_once(worker_process, candidate, workload):
    row = send(candidate, workload, k6_summary(), at=timezone.now())
    for _ in range(50):
        current_app.send_task(actions.INGEST, kwargs={"job_id": row.job_id}, retry=False)

    until(lambda: state_of(row) == "accepted")
    time.sleep(1)

    kinds = list(AuditEvent.objects.filter(log=candidate.evaluation.log).values_list("kind", flat=True))
    assert (SpikeRun.objects.count(), kinds.count("spikes.file_accepted")) == (1, 1)


def test_a_worker_killed_over_a_file_costs_a_try_and_no_file(
    worker_process: RealProcess, candidate, workload, monkeypatch
):
    row = send(candidate, workload, k6_points(120_000), "points.ndjson", at=timezone.now())
    child = reader_at_work(worker_process)
    server = psutil.Process(child.ppid())
    os.kill(server.ppid(), signal.SIGKILL)
    until(lambda: has_ended(child) and has_ended(server))
    left = state_of(row)
    Job.objects.filter(pk=row.job_id).update(seen_at=timezone.now() - jobs.LEASE * 2)
    jobs.sweep(at=timezone.now())

    until(lambda: state_of(row) == "accepted")
    job = Job.objects.get(pk=row.job_id)
    assert left == "reading"
    assert (job.state, job.attempts, SpikeRun.objects.count()) == ("done", 2, 1)
    assert first_fault(candidate.evaluation.log) is None


def has_ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def children_of(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


def readers_of(worker: RealProcess) -> list[psutil.Process]:
    """The limited children of this worker that are reading now: forks of the servers its processes started."""
    return [
        child
        for pool_process in children_of(psutil.Process(worker.process.pid))
        for server in children_of(pool_process)
        for child in children_of(server)
    ]


def reader_at_work(worker: RealProcess) -> psutil.Process:
    """The first that reads, held where it is: it will not have ended before the test goes on."""
    found: list[psutil.Process] = []

    def is_held() -> bool:
        for child in readers_of(worker):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.suspend()
                if child.status() != psutil.STATUS_ZOMBIE:
                    found.append(child)
        return bool(found)

    until(is_held)
    return found[0]


def test_a_reading_that_is_cancelled_stops_its_reader(worker_process: RealProcess, candidate, workload):
    row = send(candidate, workload, k6_points(150_000), "points.ndjson", at=timezone.now())
    child = reader_at_work(worker_process)

    actions.cancel(result_file=row, by=lead_of(candidate.evaluation.team), at=timezone.now())
    child.resume()

    until(lambda: not readers_of(worker_process))
    time.sleep(0.5)
    assert state_of(row) == "quarantined"
    assert Job.objects.get(pk=row.job_id).state == "cancelled"
    assert not SpikeRun.objects.exists()


def test_a_file_that_came_while_the_broker_was_away_is_read_when_the_sweeper_finds_it(
    worker_process, candidate, workload, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "send", lambda job: False)
        row = send(candidate, workload, locust_stats(), at=timezone.now() - jobs.RESEND_AFTER * 2)
    before = state_of(row)

    jobs.sweep(at=timezone.now())

    until(lambda: state_of(row) == "accepted")
    assert before == "received"
