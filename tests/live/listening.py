"""A small reader of event streams, as a browser would be, for tests against the real live process."""

import http.client
import time
from urllib.parse import urlsplit

from evaluations.live import tickets


class Listener:
    """Opens a stream and reads its events one by one; every wait has an end. A beat says nothing and is passed over."""

    def __init__(self, address: str, *, patience: float = 60.0, **headers: str) -> None:
        parts = urlsplit(address)
        self.connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=patience)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request("GET", f"{parts.path}?{parts.query}", headers=sent)
        self.answer = self.connection.getresponse()
        self.status = self.answer.status

    def next(self) -> tuple[str, str] | None:
        """The next event's name and data; None when the stream has ended. Raises TimeoutError."""
        name = ""
        while line := self.answer.readline():
            text = line.decode().rstrip("\n")
            if text.startswith("event: "):
                name = text.removeprefix("event: ")
            elif text.startswith("data: ") and name not in {"", "beat"}:
                return name, text.removeprefix("data: ")
        return None

    def until(self, wanted: tuple[str, str], patience: float = 60.0) -> float:
        """Seconds until the wanted event came; others before it are passed over."""
        started = time.monotonic()
        while time.monotonic() - started < patience:
            event = self.next()
            if event == wanted:
                return time.monotonic() - started
            if event is None:
                break
        raise AssertionError(f"{wanted} did not come within {patience} s")

    def last(self) -> tuple[str, str] | None:
        """The event after which the stream ended; a beat or a number may still come before it."""
        event = None
        while (following := self.next()) is not None:
            event = following
        return event

    def close(self) -> None:
        self.connection.close()


def stream_of(live: str, secret: str, *, log_id: int, person_id: int = 1, now: float | None = None) -> str:
    issued = tickets.issue(log_id=log_id, person_id=person_id, secret=secret, now=now or time.time())
    return f"{live}/live/stream?ticket={issued}"
