"""One id for each request: taken from a proxy's header when it looks like one, else made here."""

import re
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse

from fwselect.ops.error_pages import what_is_away

HEADER = "X-Request-ID"
ACCEPTED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
QUIET_PATHS = ("/health/", "/metrics", "/static/")

log = structlog.get_logger("fwselect.pages")


class RequestIdMiddleware:
    """Binds the id for every log line of the request, answers it in a header and logs one line at the end.

    The line names the route (`evaluations/<int:pk>/`), never the path: join links and invitations are secrets.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        got_request_exception.connect(log_mistake, dispatch_uid="fwselect.ops.log_mistake")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        request.request_id = given if ACCEPTED.fullmatch(given) else uuid.uuid4().hex  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.request_id)  # type: ignore[attr-defined]
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response[HEADER] = request.request_id  # type: ignore[attr-defined]
            if response.status_code >= 500 or not request.path.startswith(QUIET_PATHS):
                log_request(request, response, time.perf_counter() - started)
            return response
        finally:
            structlog.contextvars.clear_contextvars()


def log_request(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    match = request.resolver_match
    write = log.warning if response.status_code >= 500 else log.info
    write(
        "request",
        method=request.method,
        route=match.route if match else "",
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        user=signed_in_id(request),
    )


def log_mistake(sender: Any, request: HttpRequest | None = None, **kwargs: Any) -> None:
    """The traceback of what no page caught; a lost database or a full disk is news, but no mistake of the code."""
    mistake = sys.exc_info()[1]
    if mistake is not None and what_is_away(mistake):
        log_away(mistake)
    else:
        log.error("mistake", exc_info=mistake)


def log_away(problem: BaseException) -> None:
    log.warning("away", kind=type(problem).__name__, reason=next(iter(str(problem).splitlines()), ""))


def signed_in_id(request: HttpRequest) -> int | None:
    """The person's id when the request already looked it up; logging never asks the database."""
    user = getattr(request, "_cached_user", None)
    return getattr(user, "pk", None)


def request_id(request: HttpRequest) -> dict[str, str]:
    """Template context: the id to quote when something went wrong."""
    return {"request_id": getattr(request, "request_id", "")}
