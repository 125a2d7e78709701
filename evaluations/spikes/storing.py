"""Uploads by content: the stored name is the SHA-256 of the bytes, never a name that came from outside."""

import hashlib
import re
import tempfile
import unicodedata
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


def store(upload: IO[bytes], *, folder: str = "results") -> Stored:
    """Copy an upload into the storage while counting and hashing it; the same bytes are stored once.

    Raises TooLarge as soon as the cap FWSELECT_UPLOAD_MAX (bytes) is passed, NothingInIt, OSError on a full disk.
    """
    digest, size = hashlib.sha256(), 0
    with tempfile.TemporaryFile() as spool:
        while block := upload.read(BLOCK):
            size += len(block)
            if size > settings.FWSELECT_UPLOAD_MAX:
                raise TooLarge(f"The file is larger than {settings.FWSELECT_UPLOAD_MAX // 1_000_000} MB.")
            digest.update(block)
            spool.write(block)
        if not size:
            raise NothingInIt("The file is empty.")
        sha256 = digest.hexdigest()
        name = f"{folder}/{sha256[:2]}/{sha256}"
        if not default_storage.exists(name):
            spool.seek(0)
            default_storage.save(name, File(spool))
    return Stored(name=name, size=size, sha256=sha256)


def shown_name(given: str) -> str:
    """A file name fit to be shown and offered for download: no path, no control characters, not endless."""
    base = re.split(r"[/\\]", given)[-1]
    kept = "".join(
        c for c in unicodedata.normalize("NFC", base) if unicodedata.category(c)[0] not in {"C", "Z"} or c == " "
    )
    kept = kept.strip(" .")[:NAME_LIMIT]
    return kept or "results"
