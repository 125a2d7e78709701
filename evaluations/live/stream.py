"""The live process: a bare ASGI app on uvicorn that streams revision numbers to whoever brings a ticket.

No Django and no database: it holds thousands of streams for the price of one Redis subscription. What changed is
never said here; the page asks again, with its own permissions. Start it with `python -m evaluations.live.stream`.
"""

import asyncio
import contextlib
import os
import re
import resource
import sys
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from types import FrameType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import uvicorn

from evaluations.live import tickets
from evaluations.live.lines import write_line
from evaluations.live.streams import Stream, Streams
from evaluations.live.subscription import Signal

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Headers = dict[str, str]

BEAT_SECONDS = 15.0
GRACEFUL_SECONDS = 3
MOST_DESCRIPTORS = 65_536
REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


class Live:
    """The ASGI app. Paths ending in `/stream`, `/health` and `/metrics` are answered under any prefix."""

    def __init__(self, *, redis_url: str, secret: str) -> None:
        self.streams = Streams()
        self.signal = Signal(redis_url, self.streams)
        self.secret = secret
        self.stopping = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.live_and_die(receive, send)
        elif scope["type"] == "http":
            await self.answer(scope, receive, send)

    async def live_and_die(self, receive: Receive, send: Send) -> None:
        async with self.running():
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(endless)
            for endless in (self.signal.listen_for_ever(), self.signal.ask_while_away(), self.beat_for_ever())
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.signal.close()

    async def beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self.streams.beat(time.time())

    def stop(self) -> None:
        self.stopping = True
        self.streams.end_all()

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].rstrip("/")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        given = headers.get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        if scope["method"] != "GET":
            await reply(send, 405, b'{"status": "only GET"}', request_id)
        elif path.endswith("/stream"):
            await self.answer_stream(scope, headers, request_id, receive, send)
        elif path.endswith("/health"):
            status = b'{"status": "ok"}' if self.signal.connected else b'{"status": "ok", "missing": ["redis"]}'
            await reply(send, 200, status, request_id)
        elif path.endswith("/metrics"):
            text = self.streams.as_prometheus(self.signal.connected).encode()
            await reply(send, 200, text, request_id, {"content-type": "text/plain; version=0.0.4; charset=utf-8"})
        else:
            await reply(send, 404, b'{"status": "nothing here"}', request_id)

    async def answer_stream(
        self, scope: Scope, headers: Headers, request_id: str, receive: Receive, send: Send
    ) -> None:
        allowed = allowed_origin(headers)
        given = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [""])[0]
        try:
            ticket = tickets.read(given, secret=self.secret, now=time.time())
        except tickets.TicketRefused:
            return await self.refuse(send, 401, request_id, allowed)
        if self.streams.was_revoked(ticket.log_id, ticket.person_id, ticket.issued_at):
            return await self.refuse(send, 403, request_id, allowed)
        if self.stopping:
            return await self.refuse(send, 503, request_id, allowed)
        if self.streams.is_full_for(ticket.log_id, ticket.person_id):
            return await self.refuse(send, 429, request_id, allowed)
        started = time.monotonic()
        stream = self.streams.open(ticket.log_id, ticket.person_id, time.time())
        about: dict[str, Any] = {"log": ticket.log_id, "person": ticket.person_id, "page_request_id": ticket.request_id}
        try:
            await self.pump(stream, request_id, allowed, receive, send)
        finally:
            self.streams.close(stream)
            seconds = round(time.monotonic() - started, 1)
            write_line("stream_closed", request_id=request_id, seconds=seconds, **about)

    async def refuse(self, send: Send, status: int, request_id: str, headers: Headers) -> None:
        self.streams.counts["refused"] += 1
        write_line("stream_refused", request_id=request_id, status=status)
        await reply(send, status, b'{"status": "refused"}', request_id, headers)

    async def pump(self, stream: Stream, request_id: str, allowed: Headers, receive: Receive, send: Send) -> None:
        """Send what the stream has to say until one side ends it. The current number comes first."""
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": header_list(
                    {"content-type": "text/event-stream", "x-accel-buffering": "no", **allowed}, request_id
                ),
            }
        )
        leaving = asyncio.create_task(until_gone(receive, stream))
        try:
            current = await self.signal.current(stream.log_id)
            if stream.revision is None:
                stream.tell_revision(current)
            while not stream.gone:
                await stream.wake.wait()
                content = stream.taken()
                if content:
                    self.streams.counts["sent"] += 1
                    await send({"type": "http.response.body", "body": content, "more_body": not stream.dismissed})
                if stream.dismissed:
                    return
        finally:
            leaving.cancel()


async def until_gone(receive: Receive, stream: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
    stream.leave()


def allowed_origin(headers: Headers) -> Headers:
    """CORS for pages of the host name this request came to, whatever their port; nobody else."""
    origin = headers.get("origin", "")
    ours = urlsplit(f"//{headers.get('host', '')}").hostname
    try:
        theirs = urlsplit(origin).hostname
    except ValueError:
        theirs = None
    if not ours or ours != theirs:
        return {"vary": "Origin"}
    return {"access-control-allow-origin": origin, "vary": "Origin"}


async def reply(send: Send, status: int, body: bytes, request_id: str, headers: Headers | None = None) -> None:
    answered = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
    await send({"type": "http.response.start", "status": status, "headers": header_list(answered, request_id)})
    await send({"type": "http.response.body", "body": body})


def header_list(headers: Headers, request_id: str) -> list[tuple[bytes, bytes]]:
    common = {"cache-control": "no-store", "x-content-type-options": "nosniff", "x-request-id": request_id}
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in {**common, **headers}.items()]


class Server(uvicorn.Server):
    """Ends the streams first: uvicorn alone waits for an open stream as long as it stays open."""

    live: Live

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """In the loop's own turn: between two steps of a stream that is about to wait, its waking would be lost."""
        try:
            asyncio.get_running_loop().call_soon_threadsafe(self.live.stop)
        except RuntimeError:  # no loop runs yet, or none any more
            self.live.stop()
        super().handle_exit(sig, frame)


def allow_many_connections() -> None:
    """Each stream is a descriptor; the usual soft limit of 1,024 would refuse the rest."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def main() -> int:
    missing = [name for name in ("REDIS_URL", "FWSELECT_LIVE_SECRET", "FWSELECT_LIVE_PORT") if not os.environ.get(name)]
    if missing:
        sys.stderr.write(f"fwselect live: wrong setting: {missing[0]} is needed\n")
        return 78
    port = os.environ["FWSELECT_LIVE_PORT"]
    if not port.isdecimal() or not 0 < int(port) < 65536:
        sys.stderr.write(f"fwselect live: wrong setting: FWSELECT_LIVE_PORT={port}: a port from 1 to 65535 is wanted\n")
        return 78
    allow_many_connections()
    live = Live(redis_url=os.environ["REDIS_URL"], secret=os.environ["FWSELECT_LIVE_SECRET"])
    host = os.environ.get("FWSELECT_LIVE_HOST") or os.environ.get("FWSELECT_HOST") or "127.0.0.1"
    server = Server(
        uvicorn.Config(
            live,
            host=host,
            port=int(port),
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=4096,
            timeout_graceful_shutdown=GRACEFUL_SECONDS,
        )
    )
    server.live = live
    write_line("live_starts", host=host, port=int(port))
    server.run()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
