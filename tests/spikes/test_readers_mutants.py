"""Damaged copies of every sample are accepted or refused in words, and never end in another way."""

import io
import json
import random
from pathlib import Path

import pytest

from evaluations.spikes.readers import Rejected, read

SAMPLES = sorted((Path(__file__).parent.parent / "samples").iterdir())
PIECES = (b'"', b",", b"\n", b"{", b"}", b"[]", b"null", b"-1", b"1e999", b"NaN", b"9" * 30, b"\0", b"\xff", b"<", b"%")


def damaged(content: bytes, chance: random.Random) -> bytes:
    mutant = bytearray(content)
    for _ in range(chance.randint(1, 5)):
        place = chance.randrange(len(mutant) + 1)
        kind = chance.randrange(4)
        if kind == 0:
            mutant[place:place] = chance.choice(PIECES)
        elif kind == 1:
            del mutant[place : place + chance.randint(1, 40)]
        elif kind == 2:
            mutant[place : place + 1] = bytes([chance.randrange(256)])
        else:
            mutant = mutant[:place] + mutant[max(0, place - 60) :]
    return bytes(mutant)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_a_damaged_file_is_accepted_or_refused_in_words(sample: Path) -> None:
    chance = random.Random(sample.name)
    content = sample.read_bytes()

    for _ in range(30):
        try:
            answer = json.dumps(read(io.BytesIO(damaged(content, chance))).to_json(), allow_nan=False)
        except Rejected as refused:
            answer = refused.message

        assert answer.encode()
