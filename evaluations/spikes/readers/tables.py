"""Comma-separated tables: rows with their line numbers, columns by name."""

import csv
from collections.abc import Iterator

from .content import Content
from .figures import count_of, decimal_of
from .refusal import Rejected

TABLE_LIMIT = 500_000_000
COLUMN_LIMIT = 500
FIELD_LIMIT = 131_072
DELIMITERS = ",;\t|"


class Table:
    """A header and the rows under it. Blank lines are skipped; a row of another width is not repaired."""

    def __init__(
        self, content: Content, *, delimiter: str, header: list[str] | None = None, strict: bool = True
    ) -> None:
        self.content = content
        self.delimiter = delimiter
        self.comma = delimiter != ","
        csv.field_size_limit(FIELD_LIMIT)
        self._reader = csv.reader(content.lines_with_ends(), delimiter=delimiter, strict=strict)
        self._found: dict[tuple[str, ...], int | None] = {}
        self.line = 0
        self.header = [name.strip() for name in (header if header is not None else self._first())]
        self.places = {name.casefold(): place for place, name in reversed(list(enumerate(self.header)))}

    def place(self, *names: str) -> int | None:
        """The position of the first of these columns that is there."""
        if names not in self._found:
            folded = (name.casefold() for name in names)
            self._found[names] = next((self.places[name] for name in folded if name in self.places), None)
        return self._found[names]

    def need(self, *names: str) -> int:
        place = self.place(*names)
        if place is None:
            raise Rejected(f"The column {names[0]} is missing", 1)
        return place

    def rows(self) -> Iterator[list[str]]:
        """Every row with as many fields as the header; `self.line` is the line it ends on."""
        width = len(self.header)
        for row in self._guarded():
            if len(row) == width:
                yield row
            elif any(field.strip() for field in row):
                raise WrongWidth(row, width, self.line, self.content.unfinished)

    def rows_of_any_width(self) -> Iterator[list[str]]:
        """Every row that is not blank, for logs in which a single bad row does not spoil the rest."""
        for row in self._guarded():
            if any(row):
                yield row

    def _first(self) -> list[str]:
        for row in self._guarded():
            if any(row):
                if len(row) > COLUMN_LIMIT:
                    raise Rejected(f"The table has {len(row)} columns; no result file has more than {COLUMN_LIMIT}", 1)
                return row
        raise Rejected("The table has no header")

    def _guarded(self) -> Iterator[list[str]]:
        reader = self._reader
        start = reader.line_num + 1
        try:
            for row in reader:
                self.line = reader.line_num
                yield row
                start = reader.line_num + 1
        except csv.Error as error:
            raise _csv_refusal(str(error), start, reader.line_num) from error


class WrongWidth(Rejected):
    """A row that is longer or shorter than the header."""

    def __init__(self, row: list[str], width: int, line: int, is_last: bool) -> None:
        kind = "short" if len(row) < width else "long"
        super().__init__(f"This row is too {kind}: {len(row)} fields under {width} columns", line)
        self.is_cut_off = is_last and len(row) < width


class Cells:
    """The fields of one row, by column name, as numbers or text."""

    def __init__(self, table: Table, row: list[str]) -> None:
        self._table = table
        self._row = row

    def text(self, *names: str) -> str | None:
        place = self._table.place(*names)
        return None if place is None else self._row[place]

    def count(self, *names: str) -> int | None:
        text = self.text(*names)
        return None if text is None else count_of(text, names[0], self._table.line)

    def decimal(self, *names: str) -> float | None:
        text = self.text(*names)
        return None if text is None else decimal_of(text, names[0], self._table.line, comma=self._table.comma)


def _csv_refusal(problem: str, start: int, line: int) -> Rejected:
    if "field larger" in problem:
        return Rejected(f"A field is longer than {FIELD_LIMIT:,} characters, or its quote is never closed", start)
    if "unexpected end" in problem:
        return Rejected("A quote is opened here and never closed: it swallows the rest of the file", start)
    return Rejected(f"The quoting of this row is broken ({problem})", line)


def split_header(line: str) -> tuple[list[str], str]:
    """The columns of a header line and the delimiter that makes most of them."""
    best = max(DELIMITERS, key=line.count)
    try:
        row = next(csv.reader([line], delimiter=best), [])
    except csv.Error:
        row = []
    return [name.strip() for name in row], best
