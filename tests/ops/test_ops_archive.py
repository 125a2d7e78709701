"""The file of a backup, without a database: what is damaged or cut off is refused, wherever it is damaged."""

import io
import tarfile
from pathlib import Path

import pytest

from fwselect.ops import archive
from fwselect.ops.archive import Damaged, check, contents, writing

DUMP = bytes(range(256)) * 100
FILES = {"results/ab/abcd": b"a result" * 500, "records/cd/cdef.pdf": b"%PDF"}


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "whole.fwselect"
    write(path)
    return path


def write(path: Path) -> None:
    with path.open("wb") as target, writing(target) as writer:
        writer.add_stream(archive.DATABASE, io.BytesIO(DUMP))
        for name, content in FILES.items():
            writer.add(archive.UPLOADS + name, len(content), io.BytesIO(content))
        writer.finish(release="0.1", made_at="2026-03-02", migrations=["a.0001"], counts={"t": 3}, missing=[])


def joined(path: Path, prefix: str) -> bytes:
    return b"".join(piece.read() for _, piece in contents(path, prefix))


def test_what_was_put_in_comes_out(stored: Path) -> None:
    manifest = check(stored)

    assert (manifest.counts, manifest.migrations) == ({"t": 3}, ["a.0001"])
    assert joined(stored, archive.DATABASE) == DUMP
    assert {name: piece.read() for name, piece in contents(stored, archive.UPLOADS)} == FILES
    assert set(manifest.files) == set(FILES)


def test_a_long_stream_is_kept_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "PIECE", 1000)
    path = tmp_path / "pieces"

    write(path)

    names = [name for name in check(path).members if name.startswith(archive.DATABASE)]
    assert names == [f"database/{number:06}" for number in range(1, 27)]
    assert joined(path, archive.DATABASE) == DUMP


def test_one_changed_byte_in_any_member_or_its_header_is_noticed(stored: Path) -> None:
    whole = stored.read_bytes()
    with tarfile.open(stored) as tar:
        places = [(member.offset, member.offset_data + member.size) for member in tar]
    unnoticed = []

    for begin, end in places:
        for place in (begin + 3, begin + 130, begin + 512, (begin + 512 + end) // 2, end - 1):
            stored.write_bytes(whole[:place] + bytes([whole[place] ^ 0x11]) + whole[place + 1 :])
            try:
                check(stored)
            except Damaged:
                continue
            unnoticed.append(place)

    assert len(places) == 6
    assert unnoticed == []


def test_a_file_that_was_cut_off_is_refused_wherever_it_ends(stored: Path) -> None:
    whole = stored.read_bytes()
    with tarfile.open(stored) as tar:
        last = list(tar)[-1]
    needed = last.offset_data + last.size

    for length in [0, 1, 511, *range(512, needed, 1023), needed - 1]:
        stored.write_bytes(whole[:length])
        with pytest.raises(Damaged):
            check(stored)


def test_a_member_that_was_added_afterwards_is_refused(stored: Path) -> None:
    with tarfile.open(stored, "a") as tar:
        header = tarfile.TarInfo("uploads/results/ab/added")
        header.size = 4
        tar.addfile(header, io.BytesIO(b"more"))

    with pytest.raises(Damaged, match="added"):
        check(stored)


def test_another_kind_of_file_is_refused_in_words(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"PGDMP" * 500)
    foreign = tmp_path / "foreign.tar"
    with tarfile.open(foreign, "w") as tar:
        tar.add(other, "database/000001")

    with pytest.raises(Damaged, match="can't be read"):
        check(other)
    with pytest.raises(Damaged, match="no backup of fwselect"):
        check(foreign)


def test_a_link_in_the_archive_is_refused(stored: Path) -> None:
    with tarfile.open(stored, "a") as tar:
        link = tarfile.TarInfo("uploads/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)

    with pytest.raises(Damaged, match="uploads/link is no file"):
        check(stored)


def test_a_file_that_shrank_while_it_was_copied_is_an_error(tmp_path: Path) -> None:
    with (tmp_path / "short").open("wb") as target, writing(target) as writer, pytest.raises(OSError):
        writer.add("uploads/x", 10, io.BytesIO(b"short"))
