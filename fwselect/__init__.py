"""How fwselect runs: settings, URLs, processes. What it is lives in `evaluations`."""

from fwselect.celery import app as celery_app

__all__ = ["celery_app"]
