"""Result files as Locust and k6 write them, with the figures a test is about, and the way they are sent."""

import io
import json
from typing import Any

from django.utils import timezone

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.jobs import actions as jobs
from evaluations.jobs.models import Job
from evaluations.requirements.models import Criterion
from evaluations.spikes import actions
from evaluations.spikes.models import ResultFile, Workload
from tests.builders import NOW, lead_of

LOCUST_HEAD = (
    "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,"
    "Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"
)
POINTS = [[50, 5], [150, 3], [250, 1]]


def locust_stats(p95: int = 120, *, requests: int = 1000, failures: int = 4, rate: float = 50.0) -> bytes:
    """Two endpoints and their total; the total's 95th percentile is `p95` ms, the first endpoint's 20 ms less."""

    def row(kind: str, name: str, share: float, p: int) -> str:
        count, failed = int(requests * share), int(failures * share)
        figures = [p // 2, p // 2 + 1.5, 2.25, p * 3, 512.0, rate * share, 0.1]
        percentiles = [p // 2, p // 2, p // 2, p // 2, p - 5, p, p, p + 40, p * 3, p * 3, p * 3]
        return ",".join(str(value) for value in (kind, name, count, failed, *figures, *percentiles))

    rows = [row("GET", "/orders", 0.5, p95 - 20), row("POST", "/orders", 0.5, p95), row("", "Aggregated", 1, p95)]
    return "\r\n".join([LOCUST_HEAD, *rows, ""]).encode()


def k6_summary(p95: float = 120.0, *, requests: int = 600, failures: int = 3) -> bytes:
    trend = {"avg": p95 / 2, "min": 1.5, "med": p95 / 2, "max": p95 * 3, "p(90)": p95 - 5, "p(95)": p95}
    metrics: dict[str, Any] = {
        "http_reqs": {"type": "counter", "contains": "default", "values": {"count": requests, "rate": requests / 60}},
        "http_req_duration": {"type": "trend", "contains": "time", "values": trend},
        "http_req_failed": {
            "type": "rate",
            "contains": "default",
            "values": {"rate": failures / requests, "passes": failures, "fails": requests - failures},
        },
        "iterations": {"type": "counter", "contains": "default", "values": {"count": requests, "rate": requests / 60}},
    }
    state = {"isStdOutTTY": False, "isStdErrTTY": False, "testRunDurationMs": 60_000.0}
    return json.dumps({"root_group": {"name": "", "path": ""}, "state": state, "metrics": metrics}).encode()


def k6_points(count: int = 2000) -> bytes:
    """Raw points, one a line; enough of them take the reader a while."""
    line = '{"metric":"http_reqs","type":"Metric","data":{"name":"http_reqs","type":"counter","contains":"default"}}\n'
    timed = line.replace("http_reqs", "http_req_duration").replace("counter", "trend")
    point = (
        '{"metric":"http_req_duration","type":"Point","data":{"time":"2026-03-02T09:00:%02d.%03dZ","value":%d.5,'
        '"tags":{"method":"GET","name":"/orders","status":"200","expected_response":"true"}}}\n'
    )
    counted = point.replace("http_req_duration", "http_reqs").replace("%d.5", "1")
    rows = [
        (point % (n % 60, n % 1000, 20 + n % 90)) + (counted % (n % 60, n % 1000))
        for n in sorted(range(count), key=lambda n: (n % 60, n % 1000))
    ]
    return (line + timed + "".join(rows)).encode()


def add_workload(evaluation: Evaluation, **facts: Any) -> Workload:
    facts = {
        "title": "Order traffic",
        "endpoints": [{"method": "GET", "path": "/orders", "share": 100.0, "note": ""}],
        "users": 50,
        "duration_s": 60,
        **facts,
    }
    return actions.add_workload(evaluation=evaluation, by=lead_of(evaluation.team), at=NOW, **facts)


def send(candidate: Candidate, workload: Workload, content: bytes, name: str = "stats.csv", **more: Any) -> ResultFile:
    """Received, not read yet."""
    row, _ = actions.receive(
        evaluation=candidate.evaluation,
        candidate=candidate,
        workload=workload,
        upload=io.BytesIO(content),
        file_name=name,
        by=more.pop("by", lead_of(candidate.evaluation.team)),
        at=more.pop("at", NOW),
        **more,
    )
    return row


def read(row: ResultFile) -> ResultFile:
    """What the worker does with the file, here and now, once."""
    job = jobs.claim(job_id=Job.objects.get(result_file=row).pk, at=timezone.now())
    assert job is not None
    actions.ingest(job=job)
    row.refresh_from_db()
    return row


def measure(criterion: Criterion, **more: Any) -> Any:
    given = {"metric": "latency_p95_ms", "unit": "ms", "points": POINTS, "seen": 0, **more}
    return actions.set_value_function(criterion=criterion, by=lead_of(criterion.evaluation.team), at=NOW, **given)
