"""Refusals of the API, in the shape of RFC 9457: what went wrong, in words that say what to do next."""

from collections.abc import Callable, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

MEDIA_TYPE = "application/problem+json"


def problem(
    request: HttpRequest, status: int, detail: str, *, errors: Sequence[dict[str, Any]] = (), **headers: str
) -> HttpResponse:
    """One refusal. errors: [{"field": ..., "message": ...}], where single fields are wrong."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "request_id": getattr(request, "request_id", ""),
    }
    if errors:
        body["errors"] = list(errors)
    shown = {name.replace("_", "-"): value for name, value in headers.items()}
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE, headers=shown)


def in_words(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose "method not allowed" is a problem document too."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = view(request, *args, **kwargs)
        if answer.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return answer
        return problem(
            request, 405, f"{request.method} does nothing here. Use {answer['Allow']}.", Allow=answer["Allow"]
        )

    return asked
