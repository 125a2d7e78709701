"""The file of a backup: an ordinary tar whose last two members name every other with its size and SHA-256.

Pure: no database, no storage. Members are written and read in blocks, whatever their size.
"""

import contextlib
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, cast

FORMAT = 1
FIRST, MANIFEST, SEAL = "fwselect-backup.json", "manifest.json", "manifest.sha256"
DATABASE, UPLOADS = "database/", "uploads/"
BLOCK = 1 << 20
PIECE = 8 << 20


class Damaged(Exception):
    """The file is not a whole backup; the text says what is wrong with it."""


@dataclass(frozen=True)
class Member:
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. counts: rows by table; files: the database's names of what lies in `uploads/`."""

    release: str
    made_at: str
    migrations: list[str]
    counts: dict[str, int]
    missing: list[str]
    members: dict[str, Member] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, Member]:
        held = self.members.items()
        return {name.removeprefix(UPLOADS): member for name, member in held if name.startswith(UPLOADS)}


class _Hashing:
    """Passes a stream on and remembers its digest."""

    def __init__(self, source: IO[bytes]) -> None:
        self.source = source
        self.digest = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        block = self.source.read(size)
        self.digest.update(block)
        self.size += len(block)
        return block


class Writer:
    """Writes members one after another."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.members: dict[str, Member] = {}
        self._tar = tar
        self._add_text(FIRST, json.dumps({"format": FORMAT}))

    def add(self, name: str, size: int, source: IO[bytes]) -> None:
        """Add exactly `size` bytes of `source`. Raises OSError when it holds fewer."""
        hashing = _Hashing(source)
        self._tar.addfile(_header(name, size), cast(IO[bytes], hashing))
        self.members[name] = Member(size, hashing.digest.hexdigest())

    def add_stream(self, prefix: str, source: IO[bytes]) -> None:
        """Add a stream of unknown length as numbered pieces, each small enough to be held in memory."""
        number = 0
        while piece := _filled(source, PIECE):
            number += 1
            self.add(f"{prefix}{number:06}", len(piece), io.BytesIO(piece))

    def finish(self, *, release: str, made_at: str, **facts: Any) -> None:
        manifest = Manifest(release=release, made_at=made_at, members=self.members, **facts)
        text = json.dumps(asdict(manifest), sort_keys=True)
        self._add_text(MANIFEST, text)
        self._add_text(SEAL, hashlib.sha256(text.encode()).hexdigest())

    def _add_text(self, name: str, text: str) -> None:
        content = text.encode()
        self._tar.addfile(_header(name, len(content)), io.BytesIO(content))


@contextlib.contextmanager
def writing(target: IO[bytes]) -> Iterator[Writer]:
    """A writer into `target`, which need not be seekable; call its `finish` last."""
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        yield Writer(tar)


def _header(name: str, size: int) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size, header.mode = size, 0o600
    return header


def _filled(source: IO[bytes], size: int) -> bytes:
    """`size` bytes, fewer only at the end; a pipe gives as little as it likes at a time."""
    parts, held = [], 0
    while held < size and (part := source.read(size - held)):
        parts.append(part)
        held += len(part)
    return b"".join(parts)


def check(path: Path) -> Manifest:
    """Read the whole file and compare every member with the manifest. Raises Damaged, OSError."""
    found, texts = _read_through(path)
    if FIRST not in texts:
        raise Damaged("This is no backup of fwselect.")
    if _parsed(texts[FIRST]).get("format") != FORMAT:
        raise Damaged("This backup has a format this version does not know; restore it with a newer one.")
    if MANIFEST not in texts or SEAL not in texts:
        raise Damaged("The backup ends too early: it was cut off, or it is damaged.")
    if hashlib.sha256(texts[MANIFEST]).hexdigest().encode() != texts[SEAL]:
        raise Damaged("The backup's list of contents is damaged.")
    manifest = _manifest(_parsed(texts[MANIFEST]))
    for name in sorted(manifest.members.keys() | found.keys()):
        if manifest.members.get(name) != found.get(name):
            raise Damaged(f"The backup is damaged: {name} is not what was stored.")
    return manifest


def _read_through(path: Path) -> tuple[dict[str, Member], dict[str, bytes]]:
    """Every member's size and digest, and the content of our three texts."""
    found: dict[str, Member] = {}
    texts: dict[str, bytes] = {}
    try:
        for name, source in _members(path):
            if name in (FIRST, MANIFEST, SEAL):
                texts[name] = source.read()
            else:
                found[name] = measured(source)
    except (tarfile.TarError, UnicodeError, ValueError) as problem:
        raise Damaged(f"The backup can't be read: {problem}.") from problem
    return found, texts


def measured(source: IO[bytes]) -> Member:
    """Size and SHA-256 of what is left of a stream."""
    hashing = _Hashing(source)
    while hashing.read(BLOCK):
        continue
    return Member(hashing.size, hashing.digest.hexdigest())


def _members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(path, mode="r:") as tar:
        for header in tar:
            source = tar.extractfile(header) if header.isreg() else None
            if source is None:
                raise Damaged(f"The backup is damaged: {header.name} is no file.")
            yield header.name, source


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise Damaged("The backup's list of contents is damaged.")
    return parsed


def _manifest(parsed: dict[str, Any]) -> Manifest:
    members = {name: Member(**member) for name, member in parsed.pop("members").items()}
    return Manifest(**parsed, members=members)


def contents(path: Path, prefix: str) -> Iterator[tuple[str, IO[bytes]]]:
    """The members under a prefix, in the order they were written; `check` the file first."""
    for name, source in _members(path):
        if name.startswith(prefix):
            yield name.removeprefix(prefix), source
