"""Pages for 400, 403, 404, 500 and 503. The last two need neither database nor session nor base template."""

import errno
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader

from fwselect.ops import patience

RETRY_AFTER_SECONDS = 2
DATABASE_AWAY = "The pages work, but the database does not answer just now."
DISK_FULL = "The pages work, but the disk of the machine they run on is full."


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 403, reason=str(exception or ""))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    words = "This form was opened in an earlier sign-in. Go back, reload the page and send it again."
    return page(request, 403, reason=words)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 404)


def locked_out(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """For axes: the same words whether the name exists or not."""
    return page(request, 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """The last resort. A lost database or a full disk noticed by a middleware ends here too, and is a 503."""
    mistake = sys.exc_info()[1]
    return unavailable(request, what_is_away(mistake)) if what_is_away(mistake) else page(request, 500)


def what_is_away(mistake: BaseException | None) -> str:
    """The sentence for trouble that is not the code's and passes: nothing for all other mistakes."""
    if isinstance(mistake, (OperationalError, InterfaceError)):
        return DATABASE_AWAY
    if isinstance(mistake, OSError) and mistake.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DISK_FULL
    return ""


def unavailable(request: HttpRequest, reason: str = DATABASE_AWAY) -> HttpResponse:
    patience.DATABASE.refused_count += 1
    response = page(request, 503, reason=reason)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def page(request: HttpRequest, status: int, reason: str = "") -> HttpResponse:
    request_id = getattr(request, "request_id", "")
    if request.path_info.startswith("/api/"):
        told = {"type": "about:blank", "title": TITLES[status], "status": status, "detail": reason or TITLES[status]}
        body = {**told, "request_id": request_id}
        return JsonResponse(body, status=status, content_type="application/problem+json")
    context = {"title": TITLES[status], "reason": reason, "request_id": request_id}
    inside = request if status in {400, 403, 404, 429} else None
    nonce = {"csp_nonce": getattr(request, "csp_nonce", "")}
    return HttpResponse(loader.render_to_string(f"ops/{status}.html", context | nonce, inside), status=status)


TITLES = {
    400: "This request could not be read",
    403: "You may not do this",
    404: "Nothing here",
    429: "Too many attempts",
    500: "Something went wrong on our side",
    503: "Not possible just now",
}
