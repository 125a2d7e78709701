"""`/health/live`, `/health/ready` and `/metrics`, answered before sessions, hosts and the gate to the database."""

import os
import threading
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from fwselect.ops import patience
from fwselect.ops.metrics import metrics

READY_SECONDS = 1.0


class HealthMiddleware:
    """The same views stand in the URLs, for the resolver and its policy table; here they are answered first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = VIEWS.get(request.path_info)
        return view(request) if view else self.get_response(request)


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    return answer({"status": "ok"}, 200)


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    missing = READINESS.missing()
    return answer({"status": "missing" if missing else "ok", "missing": missing}, 503 if missing else 200)


VIEWS = {"/health/live": live, "/health/ready": ready, "/metrics": metrics}


def answer(content: dict[str, object], status: int) -> JsonResponse:
    response = JsonResponse(content, status=status)
    response["Cache-Control"] = "no-store"
    return response


class Readiness:
    """One look at a time: whoever asks meanwhile hears the last outcome, so that asking takes one thread at most."""

    def __init__(self) -> None:
        self.looking = threading.Lock()
        self.last = ["not looked yet"]

    def missing(self) -> list[str]:
        if self.looking.acquire(blocking=False):
            try:
                with patience.at_most(READY_SECONDS):
                    self.last = what_is_missing()
            finally:
                self.looking.release()
        return self.last


READINESS = Readiness()


def what_is_missing() -> list[str]:
    """Names of what does not answer: database, migrations, redis, uploads."""
    patience.begin_request()
    missing = [] if database_answers() else ["database"]
    if not missing and not migrations_applied():
        missing.append("migrations")
    if not redis_answers():
        missing.append("redis")
    if not uploads_writable():
        missing.append("uploads")
    return missing


def database_answers() -> bool:
    from django.db import Error, connection

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def migrations_applied() -> bool:
    """Whether the newest migrations this code ships are recorded; found once, then remembered."""
    from django.db import Error, connection
    from django.db.migrations.loader import MigrationLoader

    if not MIGRATED.is_set():
        try:
            loader = MigrationLoader(connection)
        except Error:
            return False
        if set(loader.graph.leaf_nodes()) <= set(loader.applied_migrations):
            MIGRATED.set()
    return MIGRATED.is_set()


MIGRATED = threading.Event()


def redis_answers() -> bool:
    import redis

    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=READY_SECONDS, socket_connect_timeout=READY_SECONDS
    )
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def uploads_writable() -> bool:
    folder = settings.FWSELECT_UPLOADS
    return os.access(folder if folder.exists() else folder.parent, os.W_OK)
