"""A value function as a small picture: lengths as attributes of SVG, since the page's policy blocks `style`."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluations.spikes.measuring import in_words

WIDTH, HEIGHT = 320.0, 140.0
LOW, HIGH = 1.0, 5.0


@dataclass(frozen=True)
class Mark:
    x: float
    y: float


@dataclass(frozen=True)
class Handle:
    """A point that can be dragged: where it stands, which row of the form it is, and what it says."""

    x: float
    y: float
    row: int
    score: float
    says: str


@dataclass(frozen=True)
class Curve:
    """Coordinates in a box of WIDTH x HEIGHT; `line` as a polyline's points, dots for points and for candidates.

    first and last: the metric at the box's left and right end, `start` and `end` the same in words.
    """

    line: str
    points: list[Handle]
    marks: list[Mark]
    first: float
    last: float
    start: str
    end: str
    width: float = WIDTH
    height: float = HEIGHT


def curve(points: Sequence[Sequence[float]], marks: Sequence[tuple[float, float]], rows: Sequence[int]) -> Curve:
    """points: [[metric, score], ...], ascending; rows: the form's row of each; marks: (metric, score) as measured."""
    places = [x for x, _ in points] + [x for x, _ in marks]
    first, last = min(places), max(places)
    drawn = [_mark(x, score, first, last) for x, score in points]
    outer = [Mark(0.0, drawn[0].y), *drawn, Mark(WIDTH, drawn[-1].y)]
    return Curve(
        line=" ".join(f"{mark.x:.1f},{mark.y:.1f}" for mark in outer),
        points=[
            Handle(mark.x, mark.y, row, score, f"{in_words(x)} scores {score:g}")
            for mark, row, (x, score) in zip(drawn, rows, points, strict=True)
        ],
        marks=[_mark(x, score, first, last) for x, score in marks],
        first=first,
        last=last,
        start=in_words(first),
        end=in_words(last),
    )


def _mark(x: float, score: float, first: float, last: float) -> Mark:
    span = (last - first) or 1.0
    return Mark(round(WIDTH * (x - first) / span, 1), round(HEIGHT * (HIGH - score) / (HIGH - LOW), 1))
