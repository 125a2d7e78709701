"""Evidence files by content: the stored name is the SHA-256 of the bytes, never a name that came from outside."""

import hashlib
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile

FOLDER = "evidence"


class TooLarge(ValueError):
    """The upload is over the cap of this deployment."""


class NothingInIt(ValueError):
    """The upload has no bytes."""


def store(upload: UploadedFile) -> dict[str, Any]:
    """What `add_evidence` takes as `stored`; the same bytes are stored once. Raises TooLarge, NothingInIt, OSError."""
    if (upload.size or 0) > settings.FWSELECT_UPLOAD_MAX:
        raise TooLarge(f"The file is larger than {settings.FWSELECT_UPLOAD_MAX // 1_000_000} MB.")
    if not upload.size:
        raise NothingInIt("The file is empty.")
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    sha256 = digest.hexdigest()
    name = f"{FOLDER}/{sha256[:2]}/{sha256}"
    if not default_storage.exists(name):
        upload.seek(0)
        name = default_storage.save(name, upload)
    return {"name": name, "file_name": upload.name, "size": upload.size, "sha256": sha256}
