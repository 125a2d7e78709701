"""Pages that go wrong in the ways a page can, inside the product's own URLs and error handlers."""

import errno

from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from fwselect import urls as product
from fwselect.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def breaks(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a mistake of ours")


def loses_the_database(request: HttpRequest) -> HttpResponse:
    raise OperationalError("server closed the connection unexpectedly")


def waits_too_long(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 20")
        cursor.execute("SELECT pg_sleep(2)")
    return HttpResponse("never")


def fills_the_disk(request: HttpRequest) -> HttpResponse:
    raise OSError(errno.ENOSPC, "No space left on device")


def opens_nothing(request: HttpRequest) -> HttpResponse:
    raise FileNotFoundError(errno.ENOENT, "No such file or directory")


def with_a_secret(request: HttpRequest, word: str) -> HttpResponse:
    return HttpResponse("welcome")


urlpatterns = [
    path("breaks/", breaks),
    path("loses/", loses_the_database),
    path("waits/", waits_too_long),
    path("fills/", fills_the_disk),
    path("opens/", opens_nothing),
    path("join/<str:word>/", with_a_secret),
    path("api/breaks/", breaks),
    *product.urlpatterns,
]
