"""Draws cells and totals as HTML: 300 cells drawn here take a tenth of what the template engine needs for them."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.requirements.models import Criterion
from evaluations.scoring.queries import Basis, Cell, Matrix
from evaluations.scoring.standing import Standing, StandingRow
from evaluations.templatetags.look import band, percent, range_bar, score

MARKS = {Basis.AGREED: "●", Basis.RATINGS: "○", Basis.MEASURED: "◆", Basis.UNKNOWN: ""}
BASIS_WORDS = {
    Basis.AGREED: "judged, agreed",
    Basis.RATINGS: "judged, mean of the members",
    Basis.MEASURED: "measured",
    Basis.UNKNOWN: "unknown",
}
ORDINALS = {1: "1st", 2: "2nd", 3: "3rd"}
VIEWS = ("scores", "contributions")


@dataclass(frozen=True)
class DrawnRow:
    criterion: Criterion
    share: float
    basis_note: str
    cells: list[SafeString]


@dataclass(frozen=True)
class DrawnGroup:
    name: str
    rows: list[DrawnRow]


class Pen:
    """Draws one standing in one view, candidates that are out apart at the end.

    Addresses are built once, not reversed per cell.
    """

    def __init__(self, evaluation: Evaluation, standing: Standing, view: str = "scores") -> None:
        self.standing, self.matrix, self.view = standing, standing.matrix, view
        address = reverse("scoring:cell", args=[evaluation.pk, 0, 0])
        self._before, self._after = address.rsplit("0/0/", 1)
        self.columns = [row for row in standing.rows if not row.out] + [row for row in standing.rows if row.out]
        self._names = {candidate.pk: escape(candidate.name) for candidate in self.matrix.candidates}
        self._criteria = {criterion.pk: escape(criterion.name) for criterion in self.matrix.criteria}
        self._heaviest = max(self.matrix.weights.shares.values(), default=0) or 1

    def groups(self) -> list[DrawnGroup]:
        grouped = groupby(self.matrix.criteria_by_group, key=lambda criterion: criterion.group)
        return [DrawnGroup(name or "Other", [self._row(c) for c in members]) for name, members in grouped]

    def heaviest(self) -> float:
        return self._heaviest

    def cell(
        self, candidate: Candidate, criterion: Criterion, *, swap: bool = False, place: int | None = None
    ) -> SafeString:
        """One cell as a link; `swap` marks it for an out-of-band swap, ringed as just moved.

        place: what tells it apart on a page that shows the same cell several times.
        """
        cell = self.matrix.cells[candidate.pk, criterion.pk]
        address = f"{self._before}{candidate.pk}/{criterion.pk}/{self._after}"
        row = "" if place is None else f"-{place}"
        classes = f"cell {figure(cell.value)[1]}{' moved' if swap else ''}"
        label = spoken(cell, self._names[candidate.pk], self._criteria[criterion.pk])
        extra = ' hx-swap-oob="outerHTML"' if swap else ""
        return mark_safe(  # noqa: S308 (names are escaped, the rest is numbers)
            f'<a class="{classes}" id="cell-{candidate.pk}-{criterion.pk}{row}"{extra} href="{address}"'
            f' hx-get="{address}" hx-target="#panel" aria-label="{label}">'
            f"{self._inside(cell, candidate)}</a>"
        )

    def totals(self) -> list[dict[str, object]]:
        return [self._total(row) for row in self.columns]

    def _row(self, criterion: Criterion) -> DrawnRow:
        share = self.matrix.weights.shares.get(criterion.pk, 0.0)
        note = "measured" if criterion.basis == Criterion.Basis.MEASURED else ""
        opening = f'<td data-label="{self._criteria[criterion.pk]}, {percent(share)}">'
        cells = [
            mark_safe(f"{opening}{self.cell(candidate, criterion)}</td>")  # noqa: S308 (names are escaped)
            for candidate in (row.candidate for row in self.columns)
        ]
        return DrawnRow(criterion, share, note, cells)

    def _inside(self, cell: Cell, candidate: Candidate) -> str:
        if self.view == "contributions":
            row = self.standing.by_candidate.get(candidate.pk)
            given = row.contributions.get(cell.criterion_id, 0.0) if row else 0.0
            return f'<b>{given:.2f}</b><span class="spread">of the total</span><span class="count"></span>'
        if not cell.is_known:
            aside = self._judged_aside(cell)
            return f'<b>?</b><span class="spread">unknown</span>{self._count(cell)}{aside}'
        return (
            f'<b>{figure(cell.value)[0]}</b><span class="spread"><span class="mark">{MARKS[cell.basis]}</span>'
            f" {'' if cell.lone else spread(cell)}</span>{self._count(cell)}{self._lone_aside(cell)}"
            f"{self._judged_aside(cell)}"
        )

    def _count(self, cell: Cell) -> str:
        return f'<span class="count">{cell.evidence_count or ""}</span>'

    def _lone_aside(self, cell: Cell) -> str:
        """On a line of its own: what is not known of the spread is never cut short."""
        return f'<span class="other">{spread(cell)}</span>' if cell.lone and cell.basis == Basis.MEASURED else ""

    def _judged_aside(self, cell: Cell) -> str:
        """The value of the basis that does not count stays visible beside the one that does."""
        if cell.basis != Basis.MEASURED and cell.measured is not None:
            return f'<span class="other">◆ {score(cell.measured)} measured</span>'
        counts_measured = cell.basis == Basis.MEASURED or (cell.basis == Basis.UNKNOWN and cell.judged is not None)
        if counts_measured and cell.judged is not None:
            return f'<span class="other">● {score(cell.judged)} judged</span>'
        return ""

    def _total(self, row: StandingRow) -> dict[str, object]:
        return {
            "row": row,
            "ordinal": ordinal(row.rank) if row.rank else "",
            "is_first": self.standing.verdict.leader == row.candidate,
            "bar": range_bar(row.worst, row.expected, row.best, 10),
        }


@lru_cache(maxsize=2048)
def figure(value: float | None) -> tuple[str, str]:
    """A cell's value as people read it, and the class of its colour."""
    return score(value), band(value)


def ordinal(rank: int) -> str:
    return ORDINALS.get(rank, f"{rank}th")


def spread(cell: Cell) -> str:
    """What is behind the number, in the shortest words."""
    if cell.basis == Basis.MEASURED:
        if cell.lone:
            return f"{cell.lone}: no interval"
        digits = 1 if cell.deviation >= 0.05 else 2
        return f"±{cell.deviation:.{digits}f}" if cell.deviation >= 0.005 else ""
    known = cell.known_values
    if not known:
        return ""
    ends = f"{min(known)}" if min(known) == max(known) else f"{min(known)}–{max(known)}"
    return f"{ends}, {cell.unsure_count}?" if cell.unsure_count else ends


def spoken(cell: Cell, candidate: str, criterion: str) -> str:
    """The cell for those who hear the page; the names are escaped."""
    value = f"{figure(cell.value)[0]} of 5" if cell.value is not None else "unknown"
    words = [f"{candidate}, {criterion}: {value}"]
    if cell.is_known:
        words.append(BASIS_WORDS[cell.basis])
    if ends := spread(cell):
        words.append(ends.replace("–", " to ").replace("?", " don’t know"))
    if cell.evidence_count:
        words.append(f"{cell.evidence_count} piece{'s' if cell.evidence_count != 1 else ''} of evidence")
    return ", ".join(words)


def changed_cells(matrix: Matrix, pairs: set[tuple[int, int]]) -> list[tuple[Candidate, Criterion]]:
    by_id = {c.pk: c for c in matrix.candidates}
    criteria = {c.pk: c for c in matrix.criteria}
    return [
        (by_id[candidate], criteria[criterion])
        for candidate, criterion in sorted(pairs)
        if candidate in by_id and criterion in criteria
    ]
