"""What the service needs from outside, what covers it for each candidate, and the figures that score that."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.ecosystem.models import Need, PackageChoice
from evaluations.scoring.figures import Figure
from evaluations.scoring.queries import Failed, Ground

SHARE, ISSUE_DAYS = "needs_covered_share", "issue_days"
COVERING = (PackageChoice.Verdict.GOOD, PackageChoice.Verdict.ACCEPTABLE)


@dataclass(frozen=True)
class PackageCell:
    """One need of one candidate; without a choice nobody has looked yet."""

    need: Need
    candidate: Candidate
    choice: PackageChoice | None

    @property
    def verdict(self) -> str:
        return self.choice.verdict if self.choice else PackageChoice.Verdict.UNKNOWN

    @property
    def is_dealbreaker(self) -> bool:
        return bool(self.choice and self.choice.dealbreaker)

    @property
    def has_package(self) -> bool:
        return bool(self.choice and self.choice.package)

    @property
    def covers(self) -> bool | None:
        """Whether an acceptable package was found; None where nobody can say yet."""
        if self.is_dealbreaker:
            return False
        return None if self.verdict == PackageChoice.Verdict.UNKNOWN else self.verdict in COVERING

    @property
    def lacks_async(self) -> bool:
        """The need asks for async, and what was found has none."""
        return bool(self.choice and self.need.async_needed and self.has_package and self.choice.supports_async == "no")


@dataclass(frozen=True)
class NeedRow:
    need: Need
    cells: list[PackageCell]

    @property
    def known(self) -> int:
        return sum(cell.covers is not None for cell in self.cells)


@dataclass(frozen=True)
class Coverage:
    """A candidate's required needs by name: covered, left for us to write, unknown. low, high: what the unknown ones
    could make of the share."""

    candidate: Candidate
    covered: list[str]
    gaps: list[str]
    unknown: list[str]
    choice_ids: list[int]

    @property
    def judged(self) -> int:
        return len(self.covered) + len(self.gaps)

    @property
    def total(self) -> int:
        return self.judged + len(self.unknown)

    @property
    def value(self) -> float | None:
        return len(self.covered) / self.judged if self.judged else None

    @property
    def low(self) -> float | None:
        return len(self.covered) / self.total if self.judged else None

    @property
    def high(self) -> float | None:
        return (len(self.covered) + len(self.unknown)) / self.total if self.judged else None


@dataclass(frozen=True)
class Grid:
    """Needs by candidate."""

    candidates: list[Candidate]
    rows: list[NeedRow]
    coverages: list[Coverage] = field(default_factory=list)


def grid_of(evaluation: Evaluation) -> Grid:
    """Every standing need by every standing candidate; needs that are not required are shown and count for nothing."""
    candidates = standing_candidates(evaluation)
    needs = list(standing_needs(evaluation))
    rows = PackageChoice.objects.filter(need__in=needs, candidate__in=candidates).select_related("by")
    choices = {(row.need_id, row.candidate_id): row for row in rows}
    shown = [
        NeedRow(need, [PackageCell(need, one, choices.get((need.pk, one.pk))) for one in candidates]) for need in needs
    ]
    coverages = [_coverage(one, [row.cells[place] for row in shown]) for place, one in enumerate(candidates)]
    return Grid(candidates, shown, coverages)


def _coverage(candidate: Candidate, cells: list[PackageCell]) -> Coverage:
    names: dict[bool | None, list[str]] = {True: [], False: [], None: []}
    required = [cell for cell in cells if cell.need.is_required]
    for cell in required:
        names[cell.covers].append(cell.need.name)
    return Coverage(
        candidate=candidate,
        covered=names[True],
        gaps=names[False],
        unknown=names[None],
        choice_ids=[cell.choice.pk for cell in required if cell.choice and cell.covers is not None],
    )


def standing_needs(evaluation: Evaluation) -> "QuerySet[Need]":
    return Need.objects.filter(evaluation=evaluation, removed_at__isnull=True).order_by("position", "pk")


def need_of(evaluation: Evaluation, need_id: int) -> Need | None:
    rows = standing_needs(evaluation).select_related("evaluation__log", "evaluation__team")
    return rows.filter(pk=need_id).first()


def cell_of(need: Need, candidate: Candidate) -> PackageCell:
    choice = PackageChoice.objects.filter(need=need, candidate=candidate).select_related("by").first()
    return PackageCell(need, candidate, choice)


def coverage_by_candidate(evaluation: Evaluation) -> dict[int, Coverage]:
    return {coverage.candidate.pk: coverage for coverage in grid_of(evaluation).coverages}


def figures_of(evaluation: Evaluation, *, metric: str) -> dict[int, list[Figure]]:
    """Per standing candidate's id, its figures of a metric in the metric's unit; nothing known: no key.

    The share of covered needs is one figure with the ends that unknown needs leave open; days to resolve an issue are
    one figure per package, however many needs it covers.
    """
    if metric == SHARE:
        return figures_of_coverages(coverage_by_candidate(evaluation))
    if metric == ISSUE_DAYS:
        return _issue_days(evaluation)
    return {}


def figures_of_coverages(coverages: Mapping[int, Coverage]) -> dict[int, list[Figure]]:
    found = {}
    for candidate, coverage in coverages.items():
        if coverage.value is not None and coverage.low is not None and coverage.high is not None:
            found[candidate] = [Figure("needs", 0, coverage.value, coverage.low, coverage.high)]
    return found


def _issue_days(evaluation: Evaluation) -> dict[int, list[Figure]]:
    rows = PackageChoice.objects.filter(
        need__evaluation=evaluation,
        need__removed_at__isnull=True,
        candidate__withdrawn_at__isnull=True,
        issue_days__isnull=False,
    ).exclude(package="")
    found: dict[int, dict[str, Figure]] = defaultdict(dict)
    for row in rows.order_by("need__position", "need_id", "pk"):
        figure = Figure.exact("package", row.pk, row.issue_days or 0.0)
        found[row.candidate_id].setdefault(row.package.casefold(), figure)
    return {pk: list(by_package.values()) for pk, by_package in found.items()}


def dealbreakers_of(evaluation: Evaluation, candidates: Sequence[Candidate]) -> dict[int, list[Failed]]:
    """Which candidates a dealbreaker rules out, by id, in the order of the needs."""
    rows = PackageChoice.objects.filter(dealbreaker=True, need__removed_at__isnull=True, candidate__in=candidates)
    found: dict[int, list[Failed]] = {}
    for row in rows.filter(need__evaluation=evaluation).select_related("need").order_by("need__position", "need_id"):
        statement = f"{row.need.name}: {row.package or 'no package'}"
        found.setdefault(row.candidate_id, []).append(Failed(statement, row.dealbreaker_reason, Ground.DEALBREAKER))
    return found
