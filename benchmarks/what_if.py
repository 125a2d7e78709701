"""The what-if answer while eight people drag at once, 10 candidates by 30 criteria, two page processes; wall clock.

Everybody asks again 100 ms after asking, or as soon as the answer is there if that takes longer, as the page does. The
pages are the real ones under their server; the eight are threads of this process, on the same machine.
"""

import argparse
import http.client
import os
import random
import socket
import statistics
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.private_services import private_services
from benchmarks.rows import Row, run_alone

PEOPLE, SECONDS, EVERY_S = 8, 8.0, 0.1
CANDIDATES, CRITERIA = 10, 30
LIMIT_MS = 100.0


def measure(options: argparse.Namespace) -> list[Row]:
    with private_services() as var:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        evaluation, cookies, criteria = _filled()
        port = _free_port()
        server = _pages(port, var)
        try:
            _wait_for(port)
            address = f"/evaluations/{evaluation.pk}/matrix/what-if/"
            _drag(port, address, cookies[0], criteria, seed=0, seconds=2.0)
            events = _events(evaluation)
            with ThreadPoolExecutor(PEOPLE) as people:
                asked = [
                    people.submit(_drag, port, address, cookie, criteria, seed=seed, seconds=SECONDS)
                    for seed, cookie in enumerate(cookies)
                ]
                waits = sorted(wait for one in asked for wait in one.result())
            if _events(evaluation) != events:
                raise RuntimeError("dragging left an event")
        finally:
            server.terminate()
            server.wait(15)
    p95 = waits[int(0.95 * (len(waits) - 1))]
    note = f"{len(waits)} answers, median {statistics.median(waits):.0f} ms, slowest {waits[-1]:.0f} ms"
    name = f"what-if {CANDIDATES} x {CRITERIA}, {PEOPLE} dragging, p95"
    return [Row(name, p95, "ms", "none", None, LIMIT_MS, "figure", note)]


def _filled() -> tuple[Any, list[str], list[int]]:
    from django.conf import settings
    from django.test import Client

    from tests.scoring.table import make_table

    table = make_table(
        [f"Candidate {i}" for i in range(CANDIDATES)], [f"Criterion {j}" for j in range(CRITERIA)], members=PEOPLE
    )
    drawn = random.Random(1)
    cells = [(c.name, k.name) for c in table.candidates for k in table.criteria]
    some = [cell for cell in cells if drawn.random() < 0.4]
    for member in table.members[:3]:
        table.rate(member, {cell: drawn.choice([1, 2, 3, 4, 5, None]) for cell in some})
    table.reveal()
    table.agree({cell: drawn.choice([1, 2, 2.5, 3, 3.5, 4, 5]) for cell in cells if drawn.random() < 0.5})
    table.weigh({criterion.name: 1 + drawn.randrange(9) for criterion in table.criteria})
    cookies = []
    for member in table.members:
        client = Client()
        client.force_login(member)
        cookies.append(f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}")
    return table.evaluation, cookies, [criterion.pk for criterion in table.criteria]


def _events(evaluation: Any) -> int:
    evaluation.log.refresh_from_db()
    return int(evaluation.log.count)


def _pages(port: int, var: Path) -> subprocess.Popen[bytes]:
    from django.conf import settings

    from fwselect.local import commands

    environment = {
        **os.environ,
        "FWSELECT_HOST": "127.0.0.1",
        "FWSELECT_LIVE_SECRET": settings.FWSELECT_LIVE_SECRET,
        "PORT": str(port),
        "SECRET_KEY": settings.SECRET_KEY,
        **commands.CHILD_ENVIRONMENT,
    }
    with (var / "pages.log").open("wb") as said:
        command = commands.pages("127.0.0.1", port, 2, 4)
        return subprocess.Popen(command, env=environment, stdout=said, stderr=said)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(port: int) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health/live")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the pages did not start")


def _drag(port: int, address: str, cookie: str, criteria: list[int], *, seed: int, seconds: float) -> list[float]:
    """Milliseconds of each answer while one weight after the other is dragged."""
    drawn = random.Random(seed)
    points = {pk: drawn.uniform(1, 9) for pk in criteria}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    waits, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        points[drawn.choice(criteria)] = drawn.uniform(0, 100)
        query = "&".join(f"w-{pk}={value:.4f}" for pk, value in points.items())
        start = time.perf_counter()
        connection.request("GET", f"{address}?{query}", headers={"Cookie": cookie, "HX-Request": "true"})
        answer = connection.getresponse()
        body = answer.read()
        took = time.perf_counter() - start
        if answer.status != 200 or b"what-if-result" not in body:
            raise RuntimeError(f"{answer.status} instead of the what-if: {body[:200]!r}")
        waits.append(1000 * took)
        time.sleep(max(0.0, EVERY_S - took))
    return waits


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
