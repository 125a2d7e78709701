"""`/metrics` in Prometheus text: requests by view and status, and how the database answers this process."""

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from fwselect.ops import patience


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

    declare_gauges()
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


@cache
def declare_gauges() -> None:
    """Read when asked for, from memory alone: a scrape never asks the database."""
    from prometheus_client import Gauge

    answers = patience.DATABASE
    gauges = {
        "database_in_doubt": ("Whether the database stopped answering this process", answers.in_doubt),
        "database_waits": ("Threads waiting for the database now", lambda: len(answers.waits)),
        "database_lost": ("Connections given up since the start", lambda: answers.lost_count),
        "pages_refused": ("Page requests answered 503 since the start", lambda: answers.refused_count),
    }
    for name, (meaning, read) in gauges.items():
        Gauge(f"fwselect_{name}", meaning).set_function(read)
