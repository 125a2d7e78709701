"""Zip files: what may be in them, and several files of one run made into one."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from .content import CHUNK, UNPACKED_LIMIT, Content, check_growth
from .measurements import Reading
from .refusal import Rejected
from .service_samples import FORMAT as SAMPLES
from .service_samples import joined

MEMBER_LIMIT = 50
_NOISE = ("__MACOSX/", ".DS_Store", "Thumbs.db")
_PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"(\xb5/\xfd")

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,  # zipfile raises it for a way of packing that it does not know
    OSError,
    ValueError,
    RuntimeError,
    struct.error,
)

ReadOne = Callable[[Content], Reading]


def read_zip(stream: BinaryIO, outer: Content, read_one: ReadOne) -> Reading:
    """Every file in the archive, read where it lies; nothing is ever written to disk."""
    try:
        archive = zipfile.ZipFile(stream)
    except _DAMAGE as error:
        raise Rejected(f"The zip archive is damaged ({error})") from error
    members = [m for m in archive.infolist() if not m.is_dir() and not any(n in m.filename for n in _NOISE)]
    _check_members(members)
    readings = []
    for member in members:
        content = Content.of(_unpacked(archive, member), outer)
        content.warnings = []
        if content.peek(8).startswith(_PACKED):
            raise Rejected(f"{_shown(member)} in the archive is an archive itself; please unpack it")
        try:
            readings.append((member.filename, read_one(content)))
        except Rejected as error:
            raise Rejected(f"{_shown(member)} in the archive: {error.message}", error.line, error.column) from error
    return _combined(readings)


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if not members:
        raise Rejected("The zip archive holds no file")
    if len(members) > MEMBER_LIMIT:
        raise Rejected(f"The zip archive holds {len(members)} files; at most {MEMBER_LIMIT} are read")
    for member in members:
        parts = member.filename.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or ":" in parts[0]:
            raise Rejected("The zip archive holds a path that leads outside of it")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise Rejected("The zip archive holds a link")
        if member.flag_bits & 0x1:
            raise Rejected("The zip archive is encrypted")
        check_growth(member.compress_size, member.file_size)
    if sum(member.file_size for member in members) > UNPACKED_LIMIT:
        raise Rejected(f"The zip archive unpacks to more than {UNPACKED_LIMIT >> 30} GB, the limit")


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    unpacked = 0
    try:
        with archive.open(member) as inside:
            while chunk := inside.read(CHUNK):
                unpacked += len(chunk)
                check_growth(member.compress_size, unpacked)
                yield chunk
    except Rejected:
        raise
    except _DAMAGE as error:
        raise Rejected(f"{_shown(member)} in the archive is damaged ({error})") from error


def _combined(readings: list[tuple[str, Reading]]) -> Reading:
    """Locust's files of one run become one run, and one table of samples goes to the one run it is beside."""
    sampled = [reading for _, reading in readings if reading.format == SAMPLES]
    others = [entry for entry in readings if entry[1].format != SAMPLES]
    if len(sampled) == 1 and others:
        whole = _of_load_tools(others)
        if len(whole.runs) == 1 and not whole.runs[0].profile:
            joined(whole.runs[0], sampled[0].runs[0])
            whole.warnings += sampled[0].warnings
            return whole
    return _of_load_tools(readings)


def _of_load_tools(readings: list[tuple[str, Reading]]) -> Reading:
    """Locust's files of one run become one run; anything else stays apart."""
    by_format: dict[str, list[Reading]] = {}
    for _, reading in readings:
        by_format.setdefault(reading.format, []).append(reading)
    if (
        "locust_stats_csv" in by_format
        and set(by_format) <= _LOCUST
        and all(len(found) == 1 for found in by_format.values())
    ):
        return _one_locust_run({name: found[0] for name, found in by_format.items()})
    first = readings[0][1]
    runs, warnings = [], []
    for name, reading in readings:
        for run in reading.runs:
            run.name = run.name or name
            runs.append(run)
        warnings += [f"{name}: {warning}" if len(readings) > 1 else warning for warning in reading.warnings]
    if len(by_format) > 1:
        warnings.append("The archive holds files of several formats: " + ", ".join(sorted(by_format)) + ".")
    return Reading(first.format, first.tool, runs, warnings)


_LOCUST = {
    "locust_stats_csv",
    "locust_history_csv",
    "locust_failures_csv",
    "locust_exceptions_csv",
    "locust_distribution_csv",
}


def _one_locust_run(found: dict[str, Reading]) -> Reading:
    main = found["locust_stats_csv"]
    run = main.runs[0]
    history = found.get("locust_history_csv")
    if history:
        run.series = history.runs[0].series
        run.computed.duration_s = history.runs[0].computed.duration_s
        run.started_at = history.runs[0].started_at
    for name in ("locust_failures_csv", "locust_exceptions_csv"):
        if name in found:
            run.errors += found[name].runs[0].errors
    return Reading(main.format, main.tool, [run], [w for reading in found.values() for w in reading.warnings])


def _shown(member: zipfile.ZipInfo) -> str:
    return '"' + member.filename[-60:] + '"'
