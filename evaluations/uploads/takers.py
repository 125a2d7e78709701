"""Packages that know what to do with some uploads at once say here which: told by content, never by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

HEAD = 4096


@dataclass(frozen=True)
class Taker:
    """recognises: whether a file that begins with these bytes (HEAD at most) is its own. limit: bytes it takes.

    take: gets evaluation, content, file_name, by, at as keywords; returns a sentence on what became of the file, or
    raises NotTaken with the reason.
    """

    recognises: Callable[[bytes], bool]
    limit: int
    take: Callable[..., str]


class NotTaken(ValueError):
    """The file was recognised and can't be entered; the message says why."""


TAKERS: list[Taker] = []


def taker_of(head: bytes) -> Taker | None:
    """Whoever takes a file that begins with these bytes."""
    return next((taker for taker in TAKERS if taker.recognises(head)), None)


def take(taker: Taker, upload: Any, **given: Any) -> str:
    """Hand an open upload over. Raises NotTaken, also for one above the limit."""
    content = upload.read(taker.limit + 1)
    if len(content) > taker.limit:
        raise NotTaken(f"The file is larger than {taker.limit // 1024} KB, the limit for its kind. Send it in parts.")
    return taker.take(content=content, **given)
