"""Uploads by content: the stored name is the SHA-256 of the bytes, never a name that came from outside."""

import contextlib
import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

BLOCK = 1 << 20
NAME_LIMIT = 120


class TooLarge(ValueError):
    """The upload is over the cap of this deployment."""


class NothingInIt(ValueError):
    """The upload has no bytes."""


@dataclass(frozen=True)
class Stored:
    name: str
    size: int
    sha256: str


class _Spooled(File):
    """A finished file on the storage's own disk: the storage takes it over by its name, in one step."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def store(upload: IO[bytes], *, folder: str) -> Stored:
    """Copy an upload into the storage while counting and hashing it; the same bytes are stored once, whole or not.

    Raises TooLarge as soon as the cap FWSELECT_UPLOAD_MAX (bytes) is passed, NothingInIt, OSError on a full disk.
    """
    digest, size = hashlib.sha256(), 0
    with _spool() as (spool, path):
        while block := upload.read(BLOCK):
            size += len(block)
            if size > settings.FWSELECT_UPLOAD_MAX:
                raise TooLarge(f"The file is larger than {_megabytes(settings.FWSELECT_UPLOAD_MAX)} MB, the limit.")
            digest.update(block)
            spool.write(block)
        if not size:
            raise NothingInIt("The file is empty.")
        sha256 = digest.hexdigest()
        name = f"{folder}/{sha256[:2]}/{sha256}"
        if not _is_whole(name, size):
            spool.flush()
            os.fsync(spool.fileno())
            _put(name, spool, path)
    return Stored(name=name, size=size, sha256=sha256)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.6g}"


@contextlib.contextmanager
def _spool() -> Iterator[tuple[IO[bytes], str]]:
    """A temporary file on the disk of the storage where there is one, so that a finished file only moves."""
    place = getattr(default_storage, "location", None)
    if place:
        os.makedirs(place, exist_ok=True)
    descriptor, path = tempfile.mkstemp(prefix=".incoming-", dir=place)
    try:
        with os.fdopen(descriptor, "w+b") as spool:
            yield spool, path
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def _is_whole(name: str, size: int) -> bool:
    return default_storage.exists(name) and default_storage.size(name) == size


def _put(name: str, spool: IO[bytes], path: str) -> None:
    if default_storage.exists(name):
        default_storage.delete(name)  # cut short by a full disk or a killed process
    spool.seek(0)
    saved = default_storage.save(name, _Spooled(spool, name=path))
    if saved != name:
        default_storage.delete(saved)  # the same bytes came in twice at once


def shown_name(given: str) -> str:
    """A file name fit to be shown and offered for download: no path, no control characters, not endless."""
    base = re.split(r"[/\\]", given)[-1]
    kept = "".join(
        c for c in unicodedata.normalize("NFC", base) if unicodedata.category(c)[0] not in {"C", "Z"} or c == " "
    )
    kept = kept.strip(" .")[:NAME_LIMIT]
    return kept or "results"
