"""The one Redis subscription of a live process: listens, notices silence, comes back by itself."""

import asyncio
import json
import time

from redis import RedisError
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from evaluations.live.lines import write_line
from evaluations.live.streams import SPREAD, UNKNOWN, Streams

PATTERN = "fwselect:log:*"
PING_EVERY = 2.0
SILENCE = 5.0
ASK_EVERY = 3.0
ANSWER_SECONDS = 1.0
TROUBLE = (RedisError, OSError, asyncio.TimeoutError)


class Signal:
    def __init__(self, url: str, streams: Streams) -> None:
        self.redis = Redis.from_url(
            url,
            socket_timeout=SILENCE,
            socket_connect_timeout=ANSWER_SECONDS,
            decode_responses=True,
            max_connections=20,
        )
        self.streams = streams
        self.connected = False

    async def current(self, log_id: int) -> str:
        """The log's number now, "?" when nobody can say; kept while the subscription would tell of a newer one."""
        if self.is_away():
            return UNKNOWN
        if log_id not in self.streams.known:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    kept = await self.redis.get(f"fwselect:log:{log_id}:revision")
            except TROUBLE:
                return UNKNOWN
            if self.is_away():
                return UNKNOWN
            self.streams.known.setdefault(log_id, str(kept or UNKNOWN))
        return self.streams.known[log_id]

    def is_away(self) -> bool:
        return not self.connected

    async def listen_for_ever(self) -> None:
        pause = 0.1
        while True:
            try:
                async with self.redis.pubsub() as subscription:
                    await self.subscribe(subscription)
                    pause = 0.1
                    await self.listen(subscription)
            except TROUBLE as problem:
                self.forget(str(problem) or type(problem).__name__)
                await asyncio.sleep(pause * SPREAD.uniform(0.5, 1.5))
                pause = min(pause * 2, 2.0)

    async def subscribe(self, subscription: PubSub) -> None:
        async with asyncio.timeout(SILENCE):
            await subscription.psubscribe(PATTERN)
            while await subscription.get_message(timeout=1.0) is None:
                continue
        self.connected = True
        self.streams.known.clear()
        self.streams.ask_all()
        write_line("signal_connected", streams=len(self.streams))

    async def listen(self, subscription: PubSub) -> None:
        heard = pinged = time.monotonic()
        while True:
            message = await subscription.get_message(timeout=PING_EVERY / 2)
            now = time.monotonic()
            if message is not None:
                heard = now
                if message["type"] == "pmessage":
                    self.tell(message["data"])
            if now - heard > SILENCE:
                raise TimeoutError(f"Redis was silent for {SILENCE:.0f} s")
            if now - pinged >= PING_EVERY:
                pinged = now
                await subscription.ping()

    def tell(self, text: str) -> None:
        try:
            message = json.loads(text)
        except ValueError:
            write_line("signal_unreadable", level="warning")
            return
        if isinstance(message, dict):
            self.streams.hear(message, time.time())

    def forget(self, reason: str) -> None:
        if self.connected:
            self.connected = False
            self.streams.signal_lost(time.time())
        write_line("signal_away", level="warning", reason=reason)

    async def ask_while_away(self) -> None:
        """While nobody can tell what is new, every stream is told to ask, as if the page were polling."""
        while True:
            await asyncio.sleep(ASK_EVERY)
            if not self.connected:
                self.streams.ask_all()

    async def close(self) -> None:
        await self.redis.aclose()
