"""`/health/live` and `/health/ready`, answered before sessions, hosts and the database are looked at."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = VIEWS.get(request.path_info)
        return view(request) if view else self.get_response(request)


def live(request: HttpRequest) -> HttpResponse:
    return answer({"status": "ok"}, 200)


def ready(request: HttpRequest) -> HttpResponse:
    missing = what_is_missing()
    return answer({"status": "missing" if missing else "ok", "missing": missing}, 503 if missing else 200)


VIEWS = {"/health/live": live, "/health/ready": ready}


def answer(content: dict[str, object], status: int) -> JsonResponse:
    response = JsonResponse(content, status=status)
    response["Cache-Control"] = "no-store"
    return response


def what_is_missing() -> list[str]:
    """Names of the services that do not answer: database, migrations, redis, uploads."""
    found = {"database": database_answers, "redis": redis_answers, "uploads": uploads_writable}
    missing = [name for name, works in found.items() if not works()]
    if "database" not in missing and not migrations_applied():
        missing.append("migrations")
    return missing


def database_answers() -> bool:
    from django.db import DatabaseError, connection

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def migrations_applied() -> bool:
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


def redis_answers() -> bool:
    import redis

    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def uploads_writable() -> bool:
    import os

    folder = settings.FWSELECT_UPLOADS
    return os.access(folder if folder.exists() else folder.parent, os.W_OK)
