"""A lost database is a 503 with Retry-After, wherever it was noticed; and it never takes every page thread."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from fwselect.ops import error_pages, patience
from fwselect.ops.request_id import log_away


class UnavailableMiddleware:
    """Stands outside sessions, so that nothing above it asks the database. Off when FWSELECT_DB_WATCHDOG is 0."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.gate = patience.Gate(settings.FWSELECT_PAGE_THREADS)
        self.guarded = settings.FWSELECT_DB_WATCHDOG > 0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self.guarded:
            return self.get_response(request)
        with self.gate.place() as admitted:
            if not admitted:
                return error_pages.unavailable(request)
            patience.begin_request()
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        reason = error_pages.what_is_away(exception)
        if not reason:
            return None
        log_away(exception)
        return error_pages.unavailable(request, reason)
