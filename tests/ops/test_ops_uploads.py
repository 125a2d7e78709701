import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.test import RequestFactory


@pytest.fixture
def sent(rf: RequestFactory, settings: object):  # type: ignore[no-untyped-def]
    settings.FWSELECT_UPLOAD_MAX = 1_000_000  # type: ignore[attr-defined]

    def send(size: int) -> TemporaryUploadedFile:
        content = io.BytesIO(b"x" * size)
        content.name = "stats.csv"
        return rf.post("/upload/", {"file": content}).FILES["file"]

    return send


def written(file: TemporaryUploadedFile) -> int:
    return Path(file.temporary_file_path()).stat().st_size


def test_a_file_under_the_cap_arrives_whole(sent) -> None:  # type: ignore[no-untyped-def]
    file = sent(1_000_000)

    assert file.size == written(file) == 1_000_000


def test_a_file_over_the_cap_takes_hardly_more_than_the_cap_of_the_disk_and_is_seen_to_be_too_large(sent) -> None:  # type: ignore[no-untyped-def]
    file = sent(9_000_000)

    assert 1_000_000 < written(file) < 1_200_000
    assert file.size == 9_000_000
    assert sum(len(chunk) for chunk in file.chunks()) > 1_000_000
