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
class Curve:
    """Coordinates in a box of WIDTH x HEIGHT; `line` as a polyline's points, dots for points and for candidates."""

    line: str
    points: list[Mark]
    marks: list[Mark]
    first: str
    last: str
    width: float = WIDTH
    height: float = HEIGHT


def curve(points: Sequence[Sequence[float]], marks: Sequence[tuple[float, float]]) -> Curve:
    """points: [[metric, score], ...], ascending; marks: (metric, score) of what was measured."""
    places = [x for x, _ in points] + [x for x, _ in marks]
    first, last = min(places), max(places)
    drawn = [_mark(x, score, first, last) for x, score in points]
    outer = [Mark(0.0, drawn[0].y), *drawn, Mark(WIDTH, drawn[-1].y)]
    return Curve(
        line=" ".join(f"{mark.x:.1f},{mark.y:.1f}" for mark in outer),
        points=drawn,
        marks=[_mark(x, score, first, last) for x, score in marks],
        first=in_words(first),
        last=in_words(last),
    )


def _mark(x: float, score: float, first: float, last: float) -> Mark:
    span = (last - first) or 1.0
    return Mark(round(WIDTH * (x - first) / span, 1), round(HEIGHT * (HIGH - score) / (HIGH - LOW), 1))
