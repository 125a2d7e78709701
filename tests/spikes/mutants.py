"""Result files damaged in the ways files get damaged: cut, flipped, edited by hand, exported for another country."""

import gzip
import io
import json
import os
import random
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from evaluations.spikes.readers import Rejected, read
from tests.spikes.result_samples import WRITTEN

SAMPLES = Path(__file__).parent.parent / "samples"
FURTHER = os.environ.get("MUTANTS_FROM")
"""A folder of more result files to damage, where there is one."""
LARGEST = 300_000
LONGEST_S = 3.0

PIECES = (b'"', b",", b"\n", b"\r", b"{", b"}", b"[]", b"null", b"\0", b"\xff", b"<", b"%", b"\xef\xbb\xbf", b"]]>")
NUMBERS = (b"-1", b"0", b"1e999", b"NaN", b"-Infinity", b"9" * 30, b"1,5", b"1.2.3", b"0x10", b"1e-320", b"true", b"")
ENCODINGS = ("utf-16", "utf-16-le", "utf-8-sig", "latin-1", "cp437", "utf-32")
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")

Change = Callable[[bytes, random.Random], bytes]


def sources() -> dict[str, bytes]:
    """Sound files to damage, by name; the same on every machine unless MUTANTS_FROM names more."""
    found = {path.name: path.read_bytes() for path in sorted(SAMPLES.iterdir())} | WRITTEN
    found["points.ndjson.gz"] = gzip.compress(found["k6_points.ndjson"], mtime=0)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("locust_stats.csv", "locust_stats_history.csv", "locust_failures.csv"):
            archive.writestr(zipfile.ZipInfo(name), found[name])
    found["locust.zip"] = packed.getvalue()
    for path in sorted(Path(FURTHER).rglob("*")) if FURTHER else []:
        if path.is_file() and not path.name.endswith(".expected.json") and path.stat().st_size < LARGEST:
            found[str(path.relative_to(str(FURTHER)))] = path.read_bytes()
    return found


def mutant(name: str, content: bytes, number: int) -> bytes:
    """The same bytes for the same name and number, everywhere."""
    chance = random.Random(f"{name} {number}")
    for _ in range(chance.choice((1, 1, 2, 3, 5))):
        content = chance.choice(CHANGES)(content, chance)
    return content


def answer_to(content: bytes) -> str:
    """What the readers answer, accepted or refused; anything else that they raise is for the test to see."""
    begun = time.process_time()
    try:
        answer = json.dumps(read(io.BytesIO(content)).to_json(), allow_nan=False)
    except Rejected as refused:
        answer = refused.message
    assert time.process_time() - begun < LONGEST_S
    return answer


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _beheaded(content: bytes, chance: random.Random) -> bytes:
    return content[chance.randrange(len(content) + 1) :]


def _bit_flipped(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _piece_put_in(content: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content) + 1)
    return content[:place] + chance.choice(PIECES) + content[place:]


def _piece_taken_out(content: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content) + 1)
    return content[:place] + content[place + chance.randint(1, 40) :]


def _stuttered(content: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content) + 1)
    return content[:place] + content[max(0, place - 60) :]


def _lines_moved(content: bytes, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
    way = chance.randrange(3)
    if way == 0:
        lines[one], lines[two] = lines[two], lines[one]
    elif way == 1:
        lines.insert(two, lines[one])
    else:
        del lines[one]
    return b"\n".join(lines)


def _number_edited(content: bytes, chance: random.Random) -> bytes:
    found = list(_NUMBER.finditer(content))
    if not found:
        return content
    place = chance.choice(found)
    return content[: place.start()] + chance.choice(NUMBERS) + content[place.end() :]


def _encoded_otherwise(content: bytes, chance: random.Random) -> bytes:
    return content.decode("utf-8", "replace").encode(chance.choice(ENCODINGS), "replace")


def _delimited_otherwise(content: bytes, chance: random.Random) -> bytes:
    before, after = chance.choice([(b",", b";"), (b",", b"\t"), (b".", b","), (b"\n", b"\r\n"), (b"\n", b"\r")])
    return content.replace(before, after)


def _said_twice(content: bytes, chance: random.Random) -> bytes:
    return content + content[: chance.choice((len(content), len(content) // 2))]


CHANGES: tuple[Change, ...] = (
    _cut,
    _beheaded,
    _bit_flipped,
    _piece_put_in,
    _piece_taken_out,
    _stuttered,
    _lines_moved,
    _number_edited,
    _number_edited,
    _encoded_otherwise,
    _delimited_otherwise,
    _said_twice,
)
