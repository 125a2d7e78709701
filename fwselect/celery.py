"""The Celery app of worker and beat, and of the pages that send tasks."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fwselect.settings")

app = Celery("fwselect")
app.config_from_object("django.conf:settings", namespace="CELERY")
