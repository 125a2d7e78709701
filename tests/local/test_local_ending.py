"""SIGTERM to pages, live, worker and beat at once, with requests, a stream and an ingest open."""

import http.client
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from evaluations.audit.queries import first_fault
from evaluations.candidates.models import Evaluation
from evaluations.jobs import actions as jobs
from evaluations.jobs.models import Job
from evaluations.requirements.models import Requirement
from evaluations.spikes.models import ResultFile, SpikeRun
from fwselect.local import commands
from fwselect.local.processes import living_members, wait_until
from tests.builders import lead_of, make_candidate, make_evaluation
from tests.live.listening import Listener, stream_of
from tests.real_processes import RealProcess, answers_with, free_port
from tests.spikes.spike_files import add_workload, k6_points, send

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = ("pages", "live", "worker", "beat")
PATIENCE_S = 60.0
ALL_ENDED_WITHIN_S = 30.0
"""Ten where the machine has nothing else to do, which the operating guide promises."""
TOKEN = secrets.token_hex(16)


class Running:
    """One process of each kind, ready, on ports of their own."""

    def __init__(self, env: dict[str, str], folder: Path) -> None:
        self.pages_port, self.live_port = free_port(), free_port()
        self.env = {**env, "FWSELECT_LIVE_PORT": str(self.live_port), "PORT": str(self.pages_port)}
        lines = {
            "pages": commands.pages("127.0.0.1", self.pages_port, 1, 8),
            "live": commands.live(),
            "worker": commands.worker(concurrency=2),
            "beat": [*commands.beat(""), "--schedule", str(folder / "schedule")],
        }
        env = {kind: {**self.env, "FWSELECT_LOG_LEVEL": "DEBUG"} if kind == "worker" else self.env for kind in KINDS}
        self.processes = {kind: RealProcess(kind, lines[kind], env[kind]) for kind in KINDS}
        ready: dict[str, Callable[[], bool]] = {
            "pages": lambda: answers_with(f"http://127.0.0.1:{self.pages_port}/health/live") == 200,
            "live": lambda: answers_with(f"http://127.0.0.1:{self.live_port}/live/health") == 200,
            "worker": lambda: b" ready." in self.processes["worker"].said.read_bytes(),
            "beat": lambda: any(folder.glob("schedule*")),
        }
        for kind, process in self.processes.items():
            process.wait_for(ready[kind])

    def reads(self) -> bool:
        """Whether the worker's limited child is at a file now."""
        try:
            children = psutil.Process(self.processes["worker"].process.pid).children(recursive=True)
            servers = [one for one in children if any(part.endswith("readers/child.py") for part in one.cmdline())]
            return any(server.children() for server in servers)
        except psutil.Error:
            return False

    def holds(self, *, waiting: int, taken: int) -> bool:
        """Whether so many requests wait for a lock of the database, and the pages have taken so many connections."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            locked = int(cursor.fetchone()[0])
        first = psutil.Process(self.processes["pages"].process.pid)
        talks = [talk for one in (first, *first.children(recursive=True)) for talk in one.net_connections("tcp4")]
        open_ones = [one for one in talks if one.status == "ESTABLISHED" and one.laddr.port == self.pages_port]
        return locked >= waiting and len(open_ones) >= taken

    def end_all(self) -> None:
        for process in self.processes.values():
            process.process.send_signal(signal.SIGTERM)

    def still_there(self) -> list[str]:
        return [kind for kind, one in self.processes.items() if living_members(one.process.pid)]


@pytest.fixture
def running(transactional_db: None, process_environment: dict[str, str], tmp_path: Path) -> Iterator[Running]:
    started = Running(process_environment, tmp_path)
    yield started
    for process in started.processes.values():
        process.stop()


class Post(threading.Thread):
    """A person's form on its way: the second half of the body leaves when it may."""

    def __init__(self, port: int, path: str, session: str, body: str, second_half: threading.Event) -> None:
        super().__init__()
        self.port, self.path, self.body, self.second_half = port, path, body.encode(), second_half
        self.cookies = f"sessionid={session}; csrftoken={TOKEN}"
        self.status = 0

    def run(self) -> None:
        talk = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        talk.putrequest("POST", self.path)
        for name, value in {
            "Cookie": self.cookies,
            "X-CSRFToken": TOKEN,
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(self.body)),
        }.items():
            talk.putheader(name, value)
        half = len(self.body) // 2
        try:
            talk.endheaders(self.body[:half])
            self.second_half.wait(PATIENCE_S)
            talk.send(self.body[half:])
            self.status = talk.getresponse().status
        except (OSError, http.client.HTTPException):
            self.status = 0
        finally:
            talk.close()


def session_of(evaluation: Evaluation) -> str:
    client = Client()
    client.force_login(lead_of(evaluation.team))
    return client.cookies["sessionid"].value


def test_nothing_is_lost_and_all_have_ended_in_time(running: Running) -> None:
    evaluation = make_evaluation()
    candidate, workload = make_candidate(evaluation), add_workload(evaluation)
    add, session = reverse("requirements:add", args=[evaluation.pk]), session_of(evaluation)
    live = f"http://127.0.0.1:{running.live_port}"
    stream = Listener(stream_of(live, settings.FWSELECT_LIVE_SECRET, log_id=evaluation.log_id))
    stream.next()
    row = send(candidate, workload, k6_points(150_000), "points.ndjson", at=timezone.now())
    assert wait_until(running.reads, PATIENCE_S), running.processes["worker"].said.read_text()[-2000:]
    at_once, later = threading.Event(), threading.Event()
    at_once.set()
    posts = [
        Post(running.pages_port, add, session, f"statement=Held+{number}&kind=other", later if number > 3 else at_once)
        for number in range(6)
    ]

    with psycopg.connect(os.environ["DATABASE_URL"].replace("/fwselect?", f"/{database()}?")) as holding:
        holding.execute("SELECT 1 FROM evaluations_auditlog WHERE id = %s FOR UPDATE", [evaluation.log_id])
        for post in posts:
            post.start()
        assert wait_until(lambda: running.holds(waiting=4, taken=len(posts)), PATIENCE_S)
        time.sleep(0.2)
        asked_at = time.monotonic()
        running.end_all()
        time.sleep(0.3)
        later.set()
        time.sleep(0.7)
        holding.rollback()
    ended = wait_until(lambda: not running.still_there(), ALL_ENDED_WITHIN_S)
    seconds = time.monotonic() - asked_at
    for post in posts:
        post.join()

    print(f"\nall ended after {seconds:.1f} s")
    assert ended, running.still_there()
    kept = set(Requirement.objects.values_list("statement", flat=True))
    answered = {f"Held {number}" for number, post in enumerate(posts) if post.status in {200, 303}}
    assert [post.status for post in posts] == [303] * 6
    assert kept == answered
    said = stream.last()
    assert said is not None and said[0] == "end"
    assert first_fault(evaluation.log) is None
    _the_next_worker_reads_it_once(running, row)


def database() -> str:
    return str(settings.DATABASES["default"]["NAME"])


def _the_next_worker_reads_it_once(running: Running, row: ResultFile) -> None:
    Job.objects.filter(pk=row.job_id, state=Job.State.RUNNING).update(seen_at=timezone.now() - jobs.LEASE * 2)
    worker = RealProcess("worker", commands.worker(concurrency=1), running.env)
    try:
        worker.wait_for(lambda: b" ready." in worker.said.read_bytes())
        jobs.sweep(at=timezone.now() + jobs.RESEND_AFTER)
        done = wait_until(lambda: Job.objects.get(pk=row.job_id).state == Job.State.DONE, 2 * PATIENCE_S, 0.1)
        assert done, worker.said.read_text()[-2000:]
    finally:
        worker.stop()
    row.refresh_from_db()
    assert (row.state, SpikeRun.objects.count()) == ("accepted", 1)
