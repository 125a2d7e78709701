"""Tells the live process that something happened. A lost announcement costs a moment, never a write."""

import json
import time
from functools import cache
from typing import Any

import redis
import structlog
from django.conf import settings

log = structlog.get_logger(__name__)

REST_AFTER_FAILURE_S = 2.0
_silent_until = 0.0


def channel(log_id: int) -> str:
    return f"fwselect:log:{log_id}"


def revision_key(log_id: int) -> str:
    return f"fwselect:log:{log_id}:revision"


@cache
def _client() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)


def announce_revision(log_id: int, revision: int, topics: list[str]) -> None:
    _publish(log_id, {"log": log_id, "revision": revision, "topics": topics}, revision=revision)


def announce_job(log_id: int, job_id: int) -> None:
    _publish(log_id, {"log": log_id, "job": job_id})


def announce_revocation(log_id: int, person_id: int) -> None:
    """The person's streams of this log end; the next ticket is refused."""
    _publish(log_id, {"log": log_id, "revoke": person_id})


def _publish(log_id: int, message: dict[str, Any], *, revision: int | None = None) -> None:
    global _silent_until
    if time.monotonic() < _silent_until:
        return
    try:
        pipe = _client().pipeline(transaction=False)
        if revision is not None:
            pipe.set(revision_key(log_id), revision)
        pipe.publish(channel(log_id), json.dumps(message))
        pipe.execute()
    except redis.RedisError as error:
        _silent_until = time.monotonic() + REST_AFTER_FAILURE_S
        log.warning("announcement_lost", log_id=log_id, reason=str(error))
