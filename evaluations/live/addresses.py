from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest


def stream_address(request: HttpRequest) -> str:
    """Where this visitor reaches the stream: the proxy's path, else the live port of the host name they came by."""
    if settings.FWSELECT_LIVE_URL:
        return settings.FWSELECT_LIVE_URL
    host = urlsplit(f"//{request.get_host()}").hostname or ""
    name = f"[{host}]" if ":" in host else host
    return f"{request.scheme}://{name}:{settings.FWSELECT_LIVE_PORT}/live/stream"
