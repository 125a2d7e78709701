"""Plain text reports: runs are cut apart by the line that begins each."""

import re
from dataclasses import dataclass

from .figures import count_of

TEXT_LIMIT = 16_000_000
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Block:
    text: str
    line: int


def blocks(text: str, start: re.Pattern[str]) -> list[Block]:
    """The stretches of `text` that begin with a match of `start`, each up to the next one."""
    places = [match.start() for match in start.finditer(text)]
    found: list[Block] = []
    line, before = 1, 0
    for place, end in zip(places, [*places[1:], len(text)][: len(places)], strict=True):
        line += text.count("\n", before, place)
        before = place
        found.append(Block(text[place:end], line))
    return found


def number_in(pattern: re.Pattern[str], text: str) -> int | None:
    """The whole number that the pattern's first group finds."""
    match = pattern.search(text)
    return None if match is None else count_of(match[1], "A count")
