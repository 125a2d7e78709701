"""JSON read strictly, with the line on which every value stands: no doubled keys, no NaN, no bottomless nesting."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

DEEPEST = 20
SPACE = re.compile(r"[ \t\n\r]*")
NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")
LONGEST_NUMBER = 30
WORDS = {"true": True, "false": False, "null": None}


class NotJson(ValueError):
    """The text is not JSON, or not as strict as asked for; `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Placed:
    """A value with its line: str, int, float, bool or None, a dict of Placed by key, or a list of Placed."""

    value: Any
    line: int


def parse(text: str) -> Placed:
    """The one value that `text` holds. Raises NotJson."""
    reader = _Reader(text)
    found, end = reader.value(reader.skipped(0), 0)
    end = reader.skipped(end)
    if end != len(text):
        raise reader.refusal("There is more after the end of the JSON", end)
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self._line, self._counted_to = 1, 0

    def line_at(self, place: int) -> int:
        """Places are asked for in ascending order, nearly always: then each line break is counted once."""
        if place < self._counted_to:
            return self.text.count("\n", 0, place) + 1
        self._line += self.text.count("\n", self._counted_to, place)
        self._counted_to = place
        return self._line

    def refusal(self, message: str, place: int) -> NotJson:
        return NotJson(message, self.line_at(min(place, len(self.text))))

    def skipped(self, place: int) -> int:
        match = SPACE.match(self.text, place)
        return match.end() if match else place

    def value(self, place: int, depth: int) -> tuple[Placed, int]:
        if depth > DEEPEST:
            raise self.refusal("It is nested far deeper than any list of failure tests", place)
        first, line = self.text[place : place + 1], self.line_at(place)
        if first == '"':
            found, end = self._string(place)
            return Placed(found, line), end
        if first == "{":
            members, end = self._object(place + 1, depth + 1)
            return Placed(members, line), end
        if first == "[":
            items, end = self._list(place + 1, depth + 1)
            return Placed(items, line), end
        return self._plain(place, line)

    def _plain(self, place: int, line: int) -> tuple[Placed, int]:
        for word, meant in WORDS.items():
            if self.text.startswith(word, place):
                return Placed(meant, line), place + len(word)
        match = NUMBER.match(self.text, place)
        if match is None:
            raise self.refusal(
                "A value was expected: text in quotes, a number, true, false, null, a list or an object", place
            )
        if match.end() - place > LONGEST_NUMBER:
            raise self.refusal("A number this long is no measurement", place)
        is_whole = match[2] is None and match[3] is None
        return Placed(int(match[0]) if is_whole else float(match[0]), line), match.end()

    def _string(self, place: int) -> tuple[str, int]:
        try:
            found, end = scanstring(self.text, place + 1, True)
        except JSONDecodeError as error:
            raise self.refusal(error.msg, error.pos) from error
        return found, end

    def _list(self, place: int, depth: int) -> tuple[list[Placed], int]:
        found: list[Placed] = []

        def member(at: int) -> int:
            each, end = self.value(at, depth)
            found.append(each)
            return end

        return found, self._members(place, "]", member)

    def _object(self, place: int, depth: int) -> tuple[dict[str, Placed], int]:
        found: dict[str, Placed] = {}

        def member(at: int) -> int:
            if not self.text.startswith('"', at):
                raise self.refusal("A name in double quotes was expected", at)
            key, end = self._string(at)
            if key in found:
                raise self.refusal(f"“{key}” is there twice in one object", at)
            end = self.skipped(end)
            if not self.text.startswith(":", end):
                raise self.refusal(f"A colon was expected after “{key}”", end)
            found[key], end = self.value(self.skipped(end + 1), depth)
            return end

        return found, self._members(place, "}", member)

    def _members(self, place: int, closing: str, member: Callable[[int], int]) -> int:
        place = self.skipped(place)
        if self.text.startswith(closing, place):
            return place + 1
        while True:
            place = self.skipped(member(place))
            if self.text.startswith(closing, place):
                return place + 1
            if not self.text.startswith(",", place):
                raise self.refusal(f"A comma or {closing} was expected", place)
            place = self.skipped(place + 1)
