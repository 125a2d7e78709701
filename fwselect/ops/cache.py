"""A cache that forgets instead of failing: while Redis is away pages work, only slower."""

import time
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

PAUSE_SECONDS = 2.0


class ForgivingClient(RedisCacheClient):
    """Answers as an empty cache for two seconds after a failure, so that a frozen Redis costs one wait, not many."""

    away_until = 0.0

    def attempt(self, name: str, empty: Any, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() < ForgivingClient.away_until:
            return empty
        try:
            return CALLS[name](self, *args, **kwargs)
        except RedisError:
            ForgivingClient.away_until = time.monotonic() + PAUSE_SECONDS
            return empty

    def add(self, key: Any, value: Any, timeout: Any) -> bool:
        return self.attempt("add", True, key, value, timeout)

    def get(self, key: Any, default: Any) -> Any:
        return self.attempt("get", default, key, default)

    def set(self, key: Any, value: Any, timeout: Any) -> None:
        self.attempt("set", None, key, value, timeout)

    def touch(self, key: Any, timeout: Any) -> bool:
        return self.attempt("touch", False, key, timeout)

    def delete(self, key: Any) -> bool:
        return self.attempt("delete", False, key)

    def get_many(self, keys: Any) -> dict[Any, Any]:
        return self.attempt("get_many", {}, keys)

    def has_key(self, key: Any) -> bool:
        return self.attempt("has_key", False, key)

    def incr(self, key: Any, delta: int) -> int:
        return self.attempt("incr", delta, key, delta)

    def set_many(self, data: Any, timeout: Any) -> None:
        self.attempt("set_many", None, data, timeout)

    def delete_many(self, keys: Any) -> None:
        self.attempt("delete_many", None, keys)

    def clear(self) -> bool:
        """Only the cache's own keys: broker and live signals share the database."""
        return self.attempt("clear", False)

    def clear_own(self) -> bool:
        client = self.get_client(None, write=True)
        for key in client.scan_iter(match="fwselect:cache:*", count=1000):
            client.delete(key)
        return True


CALLS = {
    **{
        name: getattr(RedisCacheClient, name)
        for name in ("add", "get", "set", "touch", "delete", "get_many", "has_key", "incr", "set_many", "delete_many")
    },
    "clear": ForgivingClient.clear_own,
}


class ForgivingRedisCache(RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ForgivingClient
