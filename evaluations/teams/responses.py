"""Answers every package's views give after a write."""

from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


class SeeOther(HttpResponseRedirect):
    """303: what was posted is done, look there."""

    status_code = 303


def see_other(to: object, *args: object, **kwargs: object) -> SeeOther:
    """303 to `to`, as in `redirect`."""
    return SeeOther(resolve_url(to, *args, **kwargs))


def next_or(request: HttpRequest, fallback: str) -> str:
    """The page of this site a form asks to go on to, else the fallback."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    own = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if own else fallback
