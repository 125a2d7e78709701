"""A small service to put under load: two endpoints, one of which keeps a processor busy, and an echo over WebSocket.

`/asked` tells how many requests it has had.
"""

import asyncio
import os
from typing import Any

ASKED = [0]
WAITS_S = float(os.environ.get("SMALL_SERVICE_WAITS_S", "0.005"))


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "websocket":
        await _echo(receive, send)
    else:
        await _answer(scope, receive, send)


async def _echo(receive: Any, send: Any) -> None:
    while (event := await receive())["type"] != "websocket.disconnect":
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        else:
            await send({"type": "websocket.send", "text": event.get("text") or ""})


async def _answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        continue
    if scope["path"] == "/asked":
        return await _say(send, str(ASKED[0]).encode())
    ASKED[0] += 1
    sum(range(20_000))
    await asyncio.sleep(WAITS_S)
    await _say(send, b"{}", 200 if scope["path"] in {"/orders", "/search"} else 404)


async def _say(send: Any, body: bytes, status: int = 200) -> None:
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
