"""JSON log lines: one object a line on standard error, with the request's id when there is one."""

import logging
from collections.abc import MutableMapping
from typing import Any

import structlog

SHARED_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configuration(level: str) -> dict[str, Any]:
    """The logging configuration; structlog is told to hand its events to the same handler."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED_PROCESSORS,
            leave_out_rounds,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "fwselect.ops.logs.JsonFormatter"}},
        "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["lines"], "level": level},
        "loggers": {
            "django.server": {"handlers": ["lines"], "level": "WARNING", "propagate": False},
            "django.request": {"level": "CRITICAL"},
            "axes": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
        },
    }


ROUNDS = {"evaluations.jobs.tasks.sweep"}
"""Tasks that the clock starts every few seconds, which say by themselves what they found to do."""


def leave_out_rounds(logger: logging.Logger, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """That such a task began and ended is for those who debug, or who asked for it by a request of theirs."""
    is_round = line.get("task") in ROUNDS and line.get("event") in ("task_started", "task_succeeded")
    if is_round and not line.get("request_id") and not logger.isEnabledFor(logging.DEBUG):
        raise structlog.DropEvent
    return line


class JsonFormatter(structlog.stdlib.ProcessorFormatter):
    def __init__(self) -> None:
        super().__init__(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.EventRenamer("event"),
                structlog.processors.JSONRenderer(default=str),
            ],
            foreign_pre_chain=SHARED_PROCESSORS,
        )
