"""Response headers of every page: the live process's origin in the policy, no caching of what a person sees."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.utils.cache import patch_vary_headers


class HeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path_info.startswith(settings.STATIC_URL):
            response.setdefault("Cache-Control", "no-store")
            response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
            patch_vary_headers(response, ["HX-Request"])
        if response.get("Content-Type", "").startswith("text/html"):
            origin = live_origin(request)
            if origin:
                response._csp_update = {"connect-src": [origin]}  # type: ignore[attr-defined]
        return response


def live_origin(request: HttpRequest) -> str:
    """Origin of the live process beside this page, or nothing when a proxy serves it on the page's own origin."""
    if settings.FWSELECT_LIVE_URL:
        return ""
    host, _ = split_domain_port(request.META.get("HTTP_HOST") or request.META.get("SERVER_NAME", ""))
    return f"{request.scheme}://{host}:{settings.FWSELECT_LIVE_PORT}" if host else ""


def csp_nonce(request: HttpRequest) -> dict[str, object]:
    """Template context: django-htmx reads `csp_nonce`, django-csp's own processor spells it `CSP_NONCE`."""
    return {"csp_nonce": getattr(request, "csp_nonce", "")}
