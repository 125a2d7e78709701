"""The page processes' entry point."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fwselect.settings")


def page_application() -> object:
    from django.conf import settings

    from fwselect.ops import patience, tracing

    tracing.start_tracing(settings.FWSELECT_TRACES_URL)
    patience.serve_pages(settings.FWSELECT_DB_WATCHDOG)
    return get_wsgi_application()


application = page_application()
