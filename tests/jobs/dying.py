"""Loaded by a worker of the tests: at the place FWSELECT_TEST_DIES_AT names, the whole worker is killed, once.

The place is "before" or "after" and a function: `after evaluations.spikes.limited.read_file`.
"""

import importlib
import os
import signal
from collections.abc import Callable
from functools import wraps
from typing import Any

PLACE = "FWSELECT_TEST_DIES_AT"


def died_mark(place: str) -> str:
    return f"test:died:{place}"


def prepare(place: str) -> None:
    when, _, name = place.partition(" ")
    module_name, _, function = name.rpartition(".")
    module = importlib.import_module(module_name)
    setattr(module, function, dying(getattr(module, function), place, before=when == "before"))


def dying(real: Callable[..., Any], place: str, *, before: bool) -> Callable[..., Any]:
    @wraps(real)
    def at_this_place(*args: Any, **kwargs: Any) -> Any:
        if before:
            die_once(place)
        done = real(*args, **kwargs)
        if not before:
            die_once(place)
        return done

    return at_this_place


def die_once(place: str) -> None:
    import redis
    from django.conf import settings

    if redis.Redis.from_url(settings.REDIS_URL).set(died_mark(place), "yes", nx=True):
        os.killpg(os.getpgrp(), signal.SIGKILL)


if os.environ.get(PLACE):
    prepare(os.environ[PLACE])
