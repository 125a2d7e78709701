"""A figure with everything that belongs to it: the sentence, the chart, its table, and how it was computed."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.matrix.sheet import neutral
from evaluations.templatetags.look import NARROW_SPACE, percent


def text(value: Any) -> str:
    return "" if value is None else str(value)


def share(value: float | None) -> str:
    return "none" if value is None else percent(value)


def chance(value: float | None) -> str:
    """Never 100 for less than all."""
    return f"over 99{NARROW_SPACE}%" if value is not None and 0.995 <= value < 1 else share(value)


def points(value: float | None) -> str:
    return "none" if value is None else f"{value:.2f}"


def fine(value: float | None) -> str:
    if value is not None and 0 < value < 0.0005:
        return "under 0.001"
    return "none" if value is None else f"{value:.3f}"


def whole(value: float | None) -> str:
    return "none" if value is None else f"{value:g}"


def measured(value: float | None) -> str:
    return "?" if value is None else f"{value:.4g}"


@dataclass(frozen=True)
class Column:
    label: str
    shown: Callable[[Any], str] = text

    @property
    def is_number(self) -> bool:
        return self.shown is not text


@dataclass(frozen=True)
class Line:
    """One row of the table; `url` leads to the same thing tried as a what-if."""

    cells: Sequence[Any]
    url: str = ""


@dataclass(frozen=True)
class Exhibit:
    """`says` is the sentence, `how` the method with its draws, `figure` what Plotly draws (None: only the table)."""

    key: str
    title: str
    says: str
    how: str
    columns: Sequence[Column]
    lines: Sequence[Line]
    figure: Mapping[str, Any] | None = None

    @property
    def drawn(self) -> str:
        return json.dumps(self.figure) if self.figure else ""

    @property
    def shown(self) -> list[dict[str, Any]]:
        """The table as people read it."""
        return [
            {
                "url": line.url,
                "cells": [
                    {"text": column.shown(value), "is_number": column.is_number}
                    for column, value in zip(self.columns, line.cells, strict=True)
                ],
            }
            for line in self.lines
        ]

    @property
    def headings(self) -> list[dict[str, Any]]:
        return [{"text": column.label, "is_number": column.is_number} for column in self.columns]

    @property
    def has_urls(self) -> bool:
        return any(line.url for line in self.lines)

    def csv(self) -> str:
        """Numbers in full, nothing a spreadsheet would take for a formula; the method in the last line."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([neutral(column.label) for column in self.columns])
        for line in self.lines:
            writer.writerow([neutral(one) if isinstance(one, str) else _plain(one) for one in line.cells])
        writer.writerow([neutral(self.how)])
        return out.getvalue()


def how(told: Mapping[str, Any], more: str = "") -> str:
    """Method, variant, draws, seed and error as a figure carries them."""
    method = str(told["method"])
    parts = [f"{method[:1].upper()}{method[1:]}, {told['variant']}"]
    if more:
        parts.append(more)
    if told.get("draws") and told.get("seed") is not None:
        error = told.get("error")
        drawn = f"{told['draws']:,} draws, seed {told['seed']}"
        parts.append(f"{drawn}, error ± {error:.3f}" if error is not None else drawn)
    return "; ".join(parts) + "."


def _plain(value: float | None) -> Any:
    return "" if value is None else value
