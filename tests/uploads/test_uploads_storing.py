import io

import pytest
from django.core.files.storage import default_storage

from evaluations.uploads.storing import NothingInIt, TooLarge, shown_name, store

HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}},
    }


def test_a_file_is_named_by_its_content() -> None:
    stored = store(io.BytesIO(b"hello"), folder="results")

    assert (stored.name, stored.size, stored.sha256) == (f"results/2c/{HELLO}", 5, HELLO)
    with default_storage.open(stored.name) as file:
        assert file.read() == b"hello"


def test_the_same_bytes_are_stored_once() -> None:
    first = store(io.BytesIO(b"hello"), folder="results")

    second = store(io.BytesIO(b"hello"), folder="results")

    assert first == second
    assert len(default_storage.listdir("results/2c")[1]) == 1


def test_a_file_cut_short_is_replaced_by_the_whole() -> None:
    stored = store(io.BytesIO(b"hello"), folder="results")
    with open(default_storage.path(stored.name), "wb") as file:
        file.write(b"he")

    store(io.BytesIO(b"hello"), folder="results")

    assert default_storage.size(stored.name) == 5


def test_more_than_the_cap_is_refused_and_leaves_nothing(settings) -> None:
    settings.FWSELECT_UPLOAD_MAX = 4

    with pytest.raises(TooLarge, match="larger than"):
        store(io.BytesIO(b"hello"), folder="results")

    assert default_storage.listdir("")[1] == []


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(NothingInIt):
        store(io.BytesIO(b""), folder="results")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\run 1.csv", "run 1.csv"),
        ("a\x00b\u202ec.csv", "abc.csv"),
        ("...", "results"),
    ],
)
def test_a_shown_name_is_no_path_and_hides_nothing(given: str, shown: str) -> None:
    assert shown_name(given) == shown
