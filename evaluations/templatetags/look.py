"""Small drawings and spellings shared by all pages. Sizes are attributes of SVG: the page's policy blocks `style`."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

Number = int | float | Decimal
GROUPED_FROM = 10_000
UNKNOWN = "?"
NARROW_SPACE = "\u202f"
SCALE_LOW, SCALE_HIGH = 1.0, 5.0
DOT_STEP, DOT_WIDTH = 9, 3.0
"""How far dots of a strip plot stand above each other, in px, and from how near on, in percent of its width."""


def rounded(value: Number, digits: str) -> Decimal:
    return Decimal(str(value)).quantize(Decimal(digits), rounding=ROUND_HALF_UP)


@register.filter
def score(value: Number | None) -> str:
    return UNKNOWN if value is None else str(rounded(value, "0.1"))


@register.filter
def percent(value: Number | None) -> str:
    """A share 0..1 as people read it: `22 %`; below one percent one decimal stays."""
    if value is None:
        return UNKNOWN
    share = Decimal(str(value)) * 100
    digits = "0.1" if 0 < abs(share) < 1 else "1"
    return f"{rounded(share, digits)}{NARROW_SPACE}%"


@register.filter
def band(value: Number | None) -> str:
    """The class that colours a score 1..5; `v0` is unknown."""
    if value is None:
        return "v0"
    return f"v{min(5, max(1, int(rounded(value, '1'))))}"


@register.filter
def shown(value: Any) -> str:
    if isinstance(value, int) and abs(value) >= GROUPED_FROM:
        return f"{value:,}"
    return UNKNOWN if value is None or value == "" else str(value)


@register.filter
def plainly(value: Number | None) -> str:
    """A figure without zeros that say nothing: 0.004, 6, 2.5; four digits that count."""
    if value is None:
        return UNKNOWN
    text = f"{Decimal(f'{float(value):.4g}'):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def fine(value: Number | None) -> str:
    """Three decimals; what they would hide is said instead of shown as nothing."""
    if value is None:
        return UNKNOWN
    return "under 0.001" if 0 < value < 0.0005 else f"{value:.3f}"


def name_of(person: Any) -> str:
    """The name people use: a string as it is, else the first that answers of full name, name, text."""
    if isinstance(person, str):
        return person.strip()
    full_name = getattr(person, "get_full_name", None)
    name = full_name() if callable(full_name) else getattr(person, "name", "")
    return (name or str(person)).strip()


def letters(name: str) -> str:
    words = [word for word in name.replace("@", " ").replace(".", " ").split() if word[0].isalnum()]
    if not words:
        return UNKNOWN
    chosen = words[:1] if len(words) == 1 else [words[0], words[-1]]
    return "".join(word[0] for word in chosen).upper()


@register.simple_tag
def initials(person: Any) -> SafeString:
    """An avatar: two letters in a disc, the whole name for pointer and reader."""
    name = name_of(person)
    return format_html('<span class="who" role="img" aria-label="{0}" title="{0}">{1}</span>', name, letters(name))


TICK = mark_safe('<path class="tick" d="M7.6 12.4l3 3 5.8-6.4"/>')


@register.simple_tag
def ring(done: int | None, total: int | None, state: str = "open", number: int | str = "") -> SafeString:
    """A step's progress: `done` of `total` as an arc. Decoration: the words beside it say the same.

    `state` is open, ready, approved, changes or stale."""
    share = 100 if state in ("ready", "changes", "stale") else round(100 * (done or 0) / total) if total else 0
    inside: SafeString = format_html(
        '<text x="12" y="15.8">{}</text>', "!" if state in ("changes", "stale") else number
    )
    arc: SafeString = mark_safe("")
    if state == "approved":
        inside = TICK
    elif share and state in ("open", "ready"):
        arc = format_html(
            '<circle class="done" cx="12" cy="12" r="9.5" pathLength="100" stroke-dasharray="{} 100"'
            ' transform="rotate(-90 12 12)"/>',
            min(share, 100),
        )
    return format_html(
        '<svg class="ring {}" viewBox="0 0 24 24" aria-hidden="true">'
        '<circle class="way" cx="12" cy="12" r="9.5"/>{}{}</svg>',
        state,
        arc,
        inside,
    )


def along(value: Number, low: float = SCALE_LOW, high: float = SCALE_HIGH) -> float:
    """Where a value lies between the ends, in percent, never outside."""
    width = high - low
    share = (float(value) - low) / width if width else 0.0
    return round(100 * min(1.0, max(0.0, share)), 2)


GRID = format_html_join(
    "", '<line class="grid" x1="{0}%" x2="{0}%" y1="0" y2="100%"/>', ((place,) for place in (0, 25, 50, 75, 100))
)


@register.simple_tag
def range_bar(worst: Number | None, expected: Number | None, best: Number | None, height: int = 18) -> SafeString:
    """Worst to best on the scale 1..5 with the expected value marked; nothing known draws the empty scale."""
    if worst is None or best is None:
        label, marks = "unknown", mark_safe("")
    else:
        left, right = along(worst), along(best)
        label = f"{score(worst)} to {score(best)}"
        marks = format_html(
            '<rect class="span" x="{}%" width="{}%" y="30%" height="40%" rx="3"/>', left, max(0.5, right - left)
        )
        if expected is not None:
            label += f", expected {score(expected)}"
            marks += format_html(
                '<rect class="point" x="{}%" width="3" height="100%" rx="1.5" transform="translate(-1.5 0)"/>',
                along(expected),
            )
    return format_html(
        '<svg class="plot" role="img" aria-label="{}" height="{}" width="100%">'
        '<rect class="bed" width="100%" height="100%" rx="3"/>{}{}</svg>',
        label,
        height,
        GRID,
        marks,
    )


@register.simple_tag
def bar(share: Number | None, whole: Number = 1) -> SafeString:
    """A small bar beside a number that says the same, e.g. a weight; hence hidden from readers."""
    return format_html(
        '<svg class="bar" aria-hidden="true"><rect class="bed" width="100%" height="100%" rx="2"/>'
        '<rect class="fill" width="{}%" height="100%" rx="2"/></svg>',
        along(share or 0, 0.0, float(whole)),
    )


@register.simple_tag
def strip_plot(
    values: Iterable[Number], low: Number, high: Number, label: str, median: Number | None = None
) -> SafeString:
    """Every value as a dot between the ends, equal ones above each other. `label` says in words what is drawn; several
    rows share the ends."""
    places = [along(value, float(low), float(high)) for value in values]
    floors = _floors(places)
    ground = 11 + DOT_STEP * max(floors, default=0)
    dots = format_html_join(
        "",
        '<circle class="dot" cx="{}%" cy="{}" r="5"/>',
        ((place, ground - DOT_STEP * floor) for place, floor in zip(places, floors, strict=True)),
    )
    line: SafeString = mark_safe("")
    if median is not None:
        line = format_html(
            '<line class="median" x1="{0}%" x2="{0}%" y1="10%" y2="90%"/>', along(median, float(low), float(high))
        )
    return format_html(
        '<svg class="plot strip" role="img" aria-label="{}" height="{}" width="100%">'
        '<line class="grid" x1="0" x2="100%" y1="{}" y2="{}"/>{}{}</svg>',
        label,
        ground + 11,
        ground,
        ground,
        dots,
        line,
    )


def _floors(places: Sequence[float]) -> list[int]:
    """How high each dot stands so that none hides another, lowest first."""
    taken: list[tuple[float, int]] = []
    for place in places:
        near = {floor for other, floor in taken if abs(other - place) < DOT_WIDTH}
        taken.append((place, next(floor for floor in range(len(places)) if floor not in near)))
    return [floor for _, floor in taken]


@register.simple_tag
def stacked_bar(counts: Sequence[int], label: str, unknown: int = 0) -> SafeString:
    """Shares of up to five ordered answers, first to last from light to dark; `unknown` ones stay open at the end.

    `label` says them in words."""
    total = sum(counts) + unknown
    left, parts = 0.0, []
    for place, count in enumerate(counts, start=1):
        width = 100 * count / total if total else 0.0
        parts.append((place, round(left, 2), round(width, 2)))
        left += width
    if unknown:
        parts.append((0, round(left, 2), round(100 - left, 2)))
    return format_html(
        '<svg class="plot stack" role="img" aria-label="{}" height="14" width="100%">{}{}</svg>',
        label,
        mark_safe('<rect class="bed" width="100%" height="100%"/>'),
        format_html_join("", '<rect class="part{}" x="{}%" width="{}%" height="100%"/>', parts),
    )


@register.simple_tag(takes_context=True)
def theme_attribute(context: template.Context) -> SafeString:
    """The reader's own choice of light or dark, from the cookie the switch sets; anything else is the system's."""
    request = context.get("request")
    theme = request.COOKIES.get("theme", "") if request is not None else ""
    return format_html(' data-theme="{}"', theme) if theme in ("light", "dark") else mark_safe("")
