"""Pages for 400, 403, 404, 500 and 503. The last two need neither database nor session nor base template."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader

from fwselect.ops import patience

RETRY_AFTER_SECONDS = 2


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 403, reason=str(exception or ""))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    words = "This form was opened in an earlier sign-in. Go back, reload the page and send it again."
    return page(request, 403, reason=words)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """The last resort. A lost database inside a middleware ends here too, and is a 503."""
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        return unavailable(request)
    return page(request, 500)


def unavailable(request: HttpRequest) -> HttpResponse:
    patience.DATABASE.refused_count += 1
    response = page(request, 503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def page(request: HttpRequest, status: int, reason: str = "") -> HttpResponse:
    request_id = getattr(request, "request_id", "")
    if request.path_info.startswith("/api/"):
        return JsonResponse(
            {"status": status, "detail": reason or TITLES[status], "request_id": request_id}, status=status
        )
    context = {"title": TITLES[status], "reason": reason, "request_id": request_id}
    inside = request if status in {400, 403, 404} else None
    nonce = {"csp_nonce": getattr(request, "csp_nonce", "")}
    return HttpResponse(loader.render_to_string(f"ops/{status}.html", context | nonce, inside), status=status)


TITLES = {
    400: "This request could not be read",
    403: "You may not do this",
    404: "Nothing here",
    500: "Something went wrong on our side",
    503: "The database is away",
}
