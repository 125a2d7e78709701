"""Answers every package's views give after a write."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


def see_other(to: object, *args: object, **kwargs: object) -> HttpResponse:
    """303: what was posted is done, look there. `to` as in `redirect`."""
    return HttpResponse(status=303, headers={"Location": resolve_url(to, *args, **kwargs)})


def next_or(request: HttpRequest, fallback: str) -> str:
    """The page of this site a form asks to go on to, else the fallback."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    own = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if own else fallback
