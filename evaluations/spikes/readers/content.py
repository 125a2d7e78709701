"""The bytes of one file: unpacked, decoded, bounded, and counted for the progress bar."""

import codecs
import io
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from .refusal import Rejected

CHUNK = 1 << 17
HEAD = 1 << 16
LINE_LIMIT = 4 << 20
UNPACKED_LIMIT = 2 << 30
RATIO_LIMIT = 200
RATIO_FREE = 16 << 20

Progress = Callable[[int], None]


class Content:
    """A file being read once, front to back, in memory that does not grow with its size."""

    def __init__(
        self, stream: "BinaryIO | _ChunkStream", size: int | None = None, on_progress: Progress | None = None
    ) -> None:
        self.size = size
        self.warnings: list[str] = []
        self.line = 0
        self.bytes_read = 0
        self.unfinished = False
        self.cut_off = False
        self._stream = stream
        self._on_progress = on_progress
        self._pending: list[bytes] = []
        self.encoding = "utf-8"

    @classmethod
    def of(cls, chunks: Iterator[bytes], outer: "Content") -> "Content":
        """A content unpacked from another one."""
        inner = cls(_ChunkStream(chunks))
        inner.warnings = outer.warnings
        return inner

    def peek(self, amount: int = HEAD) -> bytes:
        """The first bytes, which stay to be read."""
        held = b"".join(self._pending)
        while len(held) < amount:
            chunk = self._take()
            if not chunk:
                break
            held += chunk
        self._pending = [held] if held else []
        return held[:amount]

    def chunks(self) -> Iterator[bytes]:
        """All bytes, an eighth of a megabyte at a time."""
        while self._pending:
            yield self._pending.pop(0)
        while chunk := self._take():
            yield chunk

    def utf8_chunks(self) -> Iterator[bytes]:
        """All bytes as UTF-8, whatever the file's own encoding is."""
        if self.encoding == "utf-8":
            yield from self.chunks()
        else:
            for text in self._decoded(self.chunks()):
                yield text.encode("utf-8", "replace")

    @property
    def can_be_read_again(self) -> bool:
        """Whether the bytes of `utf8_chunks` are those of a file that can be wound back."""
        return self.encoding == "utf-8" and self._stream.seekable()

    def line_at(self, offset: int) -> int:
        """The number of the line that begins at this byte, by reading again from the start; nothing is read after it.

        Counting lines as they pass would take a twentieth of the time of a large file, and only refusals need it.
        """
        self._stream.seek(0)
        line = 1
        while offset > 0 and (chunk := self._stream.read(min(CHUNK, offset))):
            line += chunk.count(b"\n")
            offset -= len(chunk)
        return line

    def whole(self, limit: int, what: str) -> bytes:
        """All bytes at once; refused above `limit`."""
        if self.size is not None and self.size > limit:
            raise Rejected(_too_large(what, self.size, limit))
        parts, total = [], 0
        for chunk in self.chunks():
            total += len(chunk)
            if total > limit:
                raise Rejected(_too_large(what, total, limit))
            parts.append(chunk)
        return b"".join(parts)

    def whole_text(self, limit: int, what: str) -> str:
        """All text at once, line ends as \\n; refused above `limit` bytes."""
        raw = self.whole(limit, what)
        return "".join(self._decoded(iter([raw])))

    def lines(self) -> Iterator[str]:
        """Every line without its end (LF, CRLF or CR); `self.line` is the number of the one just given."""
        rest = ""
        for text in self._decoded(self.chunks()):
            parts = (rest + text).split("\n") if rest else text.split("\n")
            rest = parts.pop()
            for part in parts:
                self.line += 1
                yield part
            if len(rest) > LINE_LIMIT:
                raise Rejected(
                    f"This line is longer than {LINE_LIMIT >> 20} MB; no result file has such lines", self.line + 1
                )
        if rest:
            self.line += 1
            self.unfinished = True
            yield rest

    def lines_with_ends(self) -> Iterator[str]:
        """The same lines, each with its \\n."""
        for line in self.lines():
            yield line + "\n"

    def _decoded(self, chunks: Iterator[bytes]) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self.encoding)("strict")
        newline = io.IncrementalNewlineDecoder(None, True)
        line = 1
        for chunk in chunks:
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError:
                self.warnings.append(
                    "Some bytes are not UTF-8; names with them are shown with a replacement character."
                )
                held = decoder.getstate()[0]
                decoder = codecs.getincrementaldecoder(self.encoding)("replace")
                text = decoder.decode(held + chunk)
            if "\0" in text:
                before = text[: text.index("\0")]
                raise Rejected(
                    "There is a NUL character here; result files are text without it", line + before.count("\n")
                )
            text = newline.decode(text)
            line += text.count("\n")
            yield text
        tail = codecs.decode(decoder.getstate()[0], self.encoding, "replace")
        yield newline.decode(tail, True)

    def _take(self) -> bytes:
        chunk = self._stream.read(CHUNK)
        self.bytes_read += len(chunk)
        if self._on_progress is not None:
            self._on_progress(self.bytes_read)
        return chunk


class _ChunkStream(io.RawIOBase):
    """The `read` of a file over chunks that something else produces."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks

    def read(self, size: int = -1) -> bytes:
        return next(self._chunks, b"")


def gunzipped(content: Content) -> Iterator[bytes]:
    """The bytes inside a gzip file, which may have several members; refused when they grow out of proportion."""
    unpack = zlib.decompressobj(wbits=31)
    packed = unpacked = 0
    in_member = False
    for chunk in content.chunks():
        packed += len(chunk)
        while chunk:
            in_member = True
            try:
                data = unpack.decompress(chunk, CHUNK)
            except zlib.error as error:
                raise Rejected(f"The gzip data is damaged after {unpacked} bytes ({error})") from error
            unpacked += len(data)
            check_growth(packed - len(unpack.unconsumed_tail), unpacked)
            if data:
                yield data
            chunk = unpack.unconsumed_tail
            if unpack.eof:
                in_member = False
                chunk = unpack.unused_data.lstrip(b"\0")
                unpack = zlib.decompressobj(wbits=31)
    if in_member:
        content.warnings.append("The gzip data ends before its end mark: the file was cut off.")
        content.cut_off = True
        yield unpack.flush()


def check_growth(packed: int, unpacked: int) -> None:
    if unpacked > UNPACKED_LIMIT:
        raise Rejected(f"The archive unpacks to more than {UNPACKED_LIMIT >> 30} GB, the limit")
    if unpacked > RATIO_FREE and unpacked > packed * RATIO_LIMIT:
        raise Rejected(
            f"The archive unpacks to more than {RATIO_LIMIT} times its size: it looks like a decompression bomb"
        )


def _too_large(what: str, size: int, limit: int) -> str:
    return f"{what} of {size / 1e6:.0f} MB is above the limit of {limit / 1e6:.0f} MB that is held in memory at once"
