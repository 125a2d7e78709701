"""What gives up after half a second, so that no page waits for it, has half a minute in the process of the tests.

A machine with much else to do is no outage: what was not counted, kept or announced would be missed by a test.
"""

from collections.abc import Iterator
from functools import cache

import pytest

PATIENCE_S = 30


def give_time_to_answer() -> None:
    """Before the first connection. Processes that tests start have the product's own patience."""
    from django.conf import settings

    settings.CACHES["default"]["OPTIONS"].update(socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S)
    settings.DATABASES["default"]["OPTIONS"]["connect_timeout"] = PATIENCE_S


@pytest.fixture(scope="session", autouse=True)
def announcements_are_waited_for() -> Iterator[None]:
    import redis
    from django.conf import settings

    from evaluations.audit import announcing

    @cache
    def client() -> redis.Redis:
        return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=PATIENCE_S)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(announcing, "_client", client)
        yield
