"""Plain text reports: runs are cut apart by the line that begins each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .figures import count_of

TEXT_LIMIT = 16_000_000
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Block:
    text: str
    line: int

    def line_of(self, place: re.Match[str] | None) -> int | None:
        """The line of the file on which a match within `text` has its first figure."""
        return None if place is None else self.line + self.text.count("\n", 0, place.start(1))

    def lines_of(self, places: Mapping[str, re.Match[str] | None]) -> dict[str, int]:
        """The lines of those figures that were found."""
        return {name: line for name, place in places.items() if (line := self.line_of(place)) is not None}


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
