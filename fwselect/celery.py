"""The Celery app of worker and beat, and of the pages that send tasks."""

import logging.config
import os
import signal
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_process_init, worker_ready
from django_structlog.celery.signals import bind_extra_task_metadata
from structlog.contextvars import bind_contextvars

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fwselect.settings")

app = Celery("fwselect")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(lambda: task_modules(), related_name=None)


def task_modules() -> list[str]:
    """Every package's `tasks` module, so that a new one needs no second list."""
    import importlib.util
    import pkgutil

    import evaluations

    packages = [found.name for found in pkgutil.iter_modules(evaluations.__path__, "evaluations.") if found.ispkg]
    return [f"{package}.tasks" for package in packages if importlib.util.find_spec(f"{package}.tasks")]


@setup_logging.connect
def log_as_the_pages_do(**kwargs: Any) -> None:
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@bind_extra_task_metadata.connect
def name_the_task(task: Any, **kwargs: Any) -> None:
    """Every line that a task writes carries its name."""
    bind_contextvars(task=task.name)


@worker_ready.connect
def hear_signals_at_once(sender: Any, **kwargs: Any) -> None:
    """The idle worker's loop looks for a request to stop only when it wakes; a signal wakes it."""
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    sender.hub.add_reader(woken, os.read, woken, 4096)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)


@beat_init.connect
def end_at_once(sender: Any, **kwargs: Any) -> None:
    """Beat's own handler lets it sleep on until its next task is due; its loop saves the schedule when it is left."""

    def leave(number: int, frame: object) -> None:
        raise SystemExit(0)

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, leave)


@worker_process_init.connect
def trace_in_each_child(**kwargs: Any) -> None:
    """The exporter's thread does not survive a fork, so each child starts its own."""
    from django.conf import settings

    from fwselect.ops.tracing import start_tracing

    start_tracing(settings.FWSELECT_TRACES_URL)


def carry_request_ids() -> None:
    """The worker's half of django-structlog: a task's lines carry the id of the request that asked for it."""
    from django_structlog.celery.steps import DjangoStructLogInitStep

    app.steps["worker"].add(DjangoStructLogInitStep)


carry_request_ids()
