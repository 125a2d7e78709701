"""The matrix page, 10 candidates by 30 criteria, signed in, beside the same table as a plain template; processor time.

What is counted is the time of this process: PostgreSQL and Redis work for both. Requests go straight into the WSGI
handler with the cookies of Django's test client, the way the page server calls it.
"""

import argparse
import random
from collections.abc import Callable
from io import BytesIO
from typing import Any

from benchmarks.private_services import log_unseen, private_services
from benchmarks.rows import Row, cpu_ms, run_alone, side_by_side

CANDIDATES, CRITERIA, REQUESTS, ROUNDS = 10, 30, 5, 9

STARTPROJECT = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
"""What `django-admin startproject` puts before a view."""


def measure(options: argparse.Namespace) -> list[Row]:
    with private_services():
        import django
        from django.core.management import call_command
        from django.test.utils import override_settings

        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        with override_settings(ROOT_URLCONF="benchmarks.naive_page", ALLOWED_HOSTS=["*"]):
            filled = _filled()
            with log_unseen():
                return _measured(filled)


def _filled() -> Any:
    from tests.builders import lead_of
    from tests.scoring.table import make_table

    table = make_table([f"Candidate {i}" for i in range(CANDIDATES)], [f"Criterion {j}" for j in range(CRITERIA)])
    drawn = random.Random(1)
    cells = [(c.name, k.name) for c in table.candidates for k in table.criteria]
    table.agree({cell: drawn.choice([1, 2, 2.5, 3, 3.5, 4, 5]) for cell in cells if drawn.random() < 0.9})
    table.weigh({criterion.name: 1 + drawn.randrange(9) for criterion in table.criteria})
    return table.evaluation, lead_of(table.evaluation.team)


def _measured(filled: Any) -> list[Row]:
    from django.core.cache import cache
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import Client
    from django.test.utils import override_settings

    evaluation, lead = filled
    client = Client()
    client.force_login(lead)
    ours = WSGIHandler()
    with override_settings(MIDDLEWARE=STARTPROJECT):
        plain = WSGIHandler()
    page = f"/evaluations/{evaluation.pk}/matrix/"
    evaluation.log.refresh_from_db()
    unchanged = _asking(ours, client, f"{page}changes/?since={evaluation.log.count}", 204)
    matrix, naive = _asking(ours, client, page), _asking(ours, client, f"/bench/naive/{evaluation.pk}/")
    hello, same_way = _asking(plain, client, "/bench/hello/"), _asking(ours, client, "/bench/hello/")

    def first_after_a_change() -> None:
        cache.clear()
        matrix()

    def several(call: Callable[[], object]) -> float:
        return cpu_ms(lambda: [call() for _ in range(REQUESTS)]) / REQUESTS

    size = f"matrix page {CANDIDATES} x {CRITERIA}"
    figures = [
        (size, matrix, "plain template", naive, 0.25, ""),
        (f"{size}, first after a change", first_after_a_change, "plain template", naive, None, "draws and all"),
        ("unchanged revision", unchanged, "hello of startproject", hello, 3.0, ""),
        ("unchanged revision", unchanged, "hello, our middleware", same_way, None, ""),
    ]
    rows = []
    for name, call, called, peer, limit, note in figures:
        figure, peer_figure = side_by_side(call, peer, ROUNDS, several)
        rows.append(Row(name, figure, "ms", called, peer_figure, limit, note=note))
    return rows


def _asking(handler: Any, client: Any, address: str, status: int = 200) -> Callable[[], object]:
    """One request; it fails where the answer is another than expected, so that no error page is measured."""
    path, _, query = address.partition("?")
    given = client._base_environ(PATH_INFO=path, QUERY_STRING=query, REQUEST_METHOD="GET")

    def ask() -> None:
        said: list[str] = []
        answer = handler({**given, "wsgi.input": BytesIO()}, lambda line, headers: said.append(line))
        body = b"".join(answer)
        answer.close()
        if not said[0].startswith(str(status)):
            raise RuntimeError(f"{address}: {said[0]} instead of {status}: {body[:200]!r}")

    return ask


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
