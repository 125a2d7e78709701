"""Puts a service under the workload of workload.json, and writes what Locust measured after the warm-up.

locust -f locustfile.py --headless --host http://127.0.0.1:8000
The result is written to <FWSELECT_RUN>_locust.json; FWSELECT_RUN is "run" where it is not set.
"""

import json
import os
import platform
import random
import socket
import time
from pathlib import Path
from typing import Any

import locust
from locust import HttpUser, LoadTestShape, constant, constant_throughput, events, task

HERE = Path(__file__).resolve().parent
WORKLOAD = json.loads((HERE / "workload.json").read_text(encoding="utf-8"))
REQUESTS = json.loads((HERE / "requests.json").read_text(encoding="utf-8"))
ENDPOINTS = [endpoint for endpoint in WORKLOAD["endpoints"] if endpoint["method"] != "WS"]
SHARES = [1 if endpoint["share"] is None else endpoint["share"] for endpoint in ENDPOINTS]
USERS = WORKLOAD["users"] or 10
RATE = WORKLOAD["rate_per_s"]
WARM_UP_S = WORKLOAD["warm_up_s"] or 0
DURATION_S = WORKLOAD["duration_s"] or 60
MEASURED: dict[str, float] = {}

if not ENDPOINTS:
    raise SystemExit("The workload names no HTTP endpoint: describe one first, or use the k6 script for WebSockets.")


class Visitor(HttpUser):
    """Asks for one endpoint after another, each as often as the workload says."""

    wait_time = constant_throughput(RATE / USERS) if RATE else constant(0)

    @task
    def ask(self) -> None:
        endpoint = random.choices(ENDPOINTS, SHARES)[0]  # noqa: S311  a mix, no secret
        given = REQUESTS.get(f"{endpoint['method']} {endpoint['path']}", {})
        self.client.request(
            endpoint["method"], given.get("path", endpoint["path"]), name=endpoint["path"], **_body(given)
        )


def _body(given: dict[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in ("json", "data", "headers", "params") if name in given}


class Agreed(LoadTestShape):
    """All users at once, for the warm-up and the agreed duration; what the warm-up measured is forgotten."""

    def tick(self) -> tuple[int, float] | None:
        spent = self.get_run_time()
        if self.runner and spent >= WARM_UP_S and "from" not in MEASURED:
            self.runner.stats.reset_all()
            MEASURED["from"], MEASURED["at"] = time.monotonic(), time.time()
        if spent < WARM_UP_S + DURATION_S:
            return USERS, float(USERS)
        MEASURED.setdefault("to", time.monotonic())
        return None


@events.quitting.add_listener
def write_result(environment: Any, **_: Any) -> None:
    measured_s = MEASURED.get("to", time.monotonic()) - MEASURED.get("from", time.monotonic())
    result = {
        "format": "fwselect run",
        "version": 1,
        "workload": WORKLOAD["workload"],
        "tool": f"Locust {locust.__version__}",
        "environment": {
            "host": socket.gethostname(),
            "cpus": str(os.cpu_count()),
            "system": platform.platform(),
            "python": platform.python_version(),
            "loop": "closed",
            "target": environment.host,
            "users": USERS,
            "rate_per_s": RATE,
            "duration_s": DURATION_S,
            "warm_up_s": WARM_UP_S,
            "started_at": round(MEASURED.get("at", 0.0), 3),
            "measured_s": round(measured_s, 3),
        },
        "result": environment.stats.serialize_stats(),
    }
    name = f"{os.environ.get('FWSELECT_RUN', 'run')}_locust.json"
    Path(name).write_text(json.dumps(result), encoding="utf-8")
