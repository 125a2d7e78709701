"""What the throttle of sign-in counts by: the address and the name that was typed."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest


def attempted_login(request: HttpRequest | None, credentials: Mapping[str, str] | None = None) -> str:
    """The name or e-mail as typed. The failure, the check and the reset must all see the same one, and allauth hands
    them different credentials: without this, whoever was locked out got in with the right password."""
    typed = request.POST.get("login", "") if request is not None and request.method == "POST" else ""
    known = credentials or {}
    return (typed or known.get("username") or known.get("email") or "").strip().lower()[:255]


def client_address(request: HttpRequest) -> str:
    """Address the throttle counts. Behind a proxy the last entry is the proxy's word; the others are the client's."""
    if settings.FWSELECT_BEHIND_PROXY:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")[-1].strip()
        if forwarded:
            return forwarded
    return request.META.get("REMOTE_ADDR") or "127.0.0.1"
