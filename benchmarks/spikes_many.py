"""A thousand small result files sent at once, read by a worker of two processes: seconds until the last is entered.

What is promised is wall time, from the first file received to the last job done. The processor time of whoever sends,
of the worker and of its reading children stands beside it: it says what a busy machine hides.
"""

import argparse
import os
import time
from typing import Any

import psutil

from benchmarks.private_services import log_unseen, private_services
from benchmarks.rows import Row, run_alone

FILES, LIMIT_S, PATIENCE_S = 1_000, 60.0, 300.0


def measure(options: argparse.Namespace) -> list[Row]:
    with private_services():
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        with log_unseen():
            return _measured()


def _measured() -> list[Row]:
    from fwselect.local import commands
    from tests.builders import make_candidate, make_evaluation
    from tests.real_processes import RealProcess
    from tests.spikes.spike_files import add_workload

    candidate = make_candidate(make_evaluation())
    workload = add_workload(candidate.evaluation)
    worker = RealProcess("worker", commands.worker(concurrency=2), {**os.environ, **commands.CHILD_ENVIRONMENT})
    try:
        worker.wait_for(lambda: b" ready." in worker.said.read_bytes())
        used = processor_s(worker.process.pid)
        received, done = _sent_and_read(candidate, workload)
        used = processor_s(worker.process.pid) - used
    finally:
        worker.stop()
    name = f"{FILES:,} small files at once"
    return [
        Row(f"{name}, received", received, "s", "", None, None, "figure"),
        Row(f"{name}, all read", done, "s", "", None, LIMIT_S, "figure", "two worker processes"),
        Row(f"{name}, processor time", used, "s", "", None, None, "figure", "without PostgreSQL's"),
    ]


def processor_s(worker: int) -> float:
    processes = [psutil.Process(), psutil.Process(worker), *psutil.Process(worker).children(recursive=True)]
    times = [each.cpu_times() for each in processes]
    ended = sum(each.children_user + each.children_system for each in times[1:])
    return ended + sum(each.user + each.system for each in times)


def _sent_and_read(candidate: Any, workload: Any) -> tuple[float, float]:
    from django.utils import timezone

    from evaluations.jobs.models import Job
    from evaluations.spikes.models import SpikeRun
    from fwselect.local.processes import wait_until
    from tests.spikes.spike_files import locust_stats, send

    begun = time.monotonic()
    for number in range(FILES):
        send(candidate, workload, locust_stats(p95=50 + number), f"stats-{number}.csv", at=timezone.now())
    received = time.monotonic() - begun
    if not wait_until(lambda: not Job.objects.exclude(state=Job.State.DONE).exists(), PATIENCE_S, 0.1):
        raise RuntimeError(f"after {PATIENCE_S} s {Job.objects.exclude(state=Job.State.DONE).count()} were not read")
    done = time.monotonic() - begun
    if SpikeRun.objects.count() != FILES:
        raise RuntimeError(f"{SpikeRun.objects.count()} runs stand of {FILES} files")
    return received, done


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
