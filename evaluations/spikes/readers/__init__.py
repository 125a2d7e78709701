"""Readers of result files: bytes in, measurements out. Standard library only, no network, no files opened.

`read` is called in a child process with limits (`child.py`); `detect` tells a format by its first bytes.
"""

import io
from collections.abc import Callable
from typing import BinaryIO

from .content import Content, gunzipped
from .detection import detect, read_content
from .measurements import Reading
from .refusal import Rejected
from .sense import check

__all__ = ["Reading", "Rejected", "detect", "read"]

_WHOLE_ZIP_LIMIT = 64_000_000


def read(stream: BinaryIO, *, size: int | None = None, on_progress: Callable[[int], None] | None = None) -> Reading:
    """Read one result file, front to back.

    `size` is its length in bytes where known; `on_progress` is told the bytes read so far. Latencies in the answer are
    milliseconds, durations seconds. Raises `Rejected` with a sentence, and line and column where there are any.
    """
    content = Content(stream, size, on_progress)
    head = content.peek(8)
    if not head:
        raise Rejected("The file is empty (0 bytes)")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        from .archives import read_zip  # zipfile takes longer to import than most files take to read

        return check(read_zip(_seekable(stream, content), content, read_content))
    if head.startswith(b"\x1f\x8b"):
        inner = Content.of(gunzipped(content), content)
        if inner.peek(4).startswith((b"\x1f\x8b", b"PK\x03\x04")):
            raise Rejected("The gzip file holds another archive; please unpack it")
        return check(read_content(inner))
    return check(read_content(content))


def _seekable(stream: BinaryIO, content: Content) -> BinaryIO:
    if stream.seekable():
        stream.seek(0)
        return stream
    return io.BytesIO(content.whole(_WHOLE_ZIP_LIMIT, "A zip archive"))
