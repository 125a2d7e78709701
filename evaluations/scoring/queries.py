"""What counts in each cell, read in a handful of queries. Unrevealed ratings are never read here."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from statistics import fmean
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.requirements.models import Criterion, Requirement
from evaluations.requirements.queries import (
    TeamWeights,
    costs_of,
    standing_criteria,
    standing_requirements,
    team_weights,
)
from evaluations.rounds.models import Round
from evaluations.scoring.models import Evidence, MeasuredScore, MustHaveVerdict, Rating, Score, ValueFunction
from evaluations.teams.models import Person

CellKey = tuple[int, int]
"""(candidate id, criterion id)."""


class Basis:
    """Where a cell's value comes from; the words of the legend."""

    AGREED = "agreed"
    RATINGS = "ratings"
    MEASURED = "measured"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Cell:
    """One cell as everybody may see it, on the scale 1..5.

    low..high are the ends used for worst and best; `values` are the revealed ratings (None: "don't know"). The value of
    a rated cell is the mean of those who know; one who doesn't opens its ends to the whole scale.
    judged is the value the team's judgement would give, also where the basis is measured; measured likewise.
    """

    candidate_id: int
    criterion_id: int
    basis: str
    value: float | None
    low: float
    high: float
    deviation: float = 0.0
    values: tuple[int | None, ...] = ()
    judged: float | None = None
    measured: float | None = None
    evidence_count: int = 0
    reason: str = ""
    version: int = 0
    source: dict | None = None

    @property
    def is_known(self) -> bool:
        return self.basis != Basis.UNKNOWN

    @property
    def known_values(self) -> tuple[int, ...]:
        return tuple(value for value in self.values if value is not None)

    @property
    def lone(self) -> str:
        """The one thing a measured value rests on, where nothing is known of its spread; else empty."""
        if self.source is None or self.measured is None or self.deviation:
            return ""
        if len(self.source.get("runs", ())) == 1:
            return "one run"
        if len(self.source.get("tests", ())) == 1 == len(self.source.get("values", ())):
            return "one test"
        return "one answer" if self.source.get("package") == "teamfit" and len(self.source["values"]) == 1 else ""

    @property
    def unsure_count(self) -> int:
        """How many of the members don't know."""
        return len(self.values) - len(self.known_values)


class Ground:
    """Why a candidate can be out; the words pages use."""

    MUST_HAVE = "must-have"
    DEALBREAKER = "dealbreaker"


@dataclass(frozen=True)
class Failed:
    """One ground on which a candidate is out. statement: the must-have it fails, or what the dealbreaker is about."""

    statement: str
    reason: str
    source: str = Ground.MUST_HAVE

    @property
    def is_dealbreaker(self) -> bool:
        return self.source == Ground.DEALBREAKER

    @property
    def in_short(self) -> str:
        """To be read after "it", without the reason."""
        return f"{'has the dealbreaker' if self.is_dealbreaker else 'fails'} “{self.statement}”"


def grounds_in_words(failed: Iterable[Failed]) -> str:
    """What these grounds come to, to be read after "it": fails a must-have, has a dealbreaker, or both."""
    sources = {each.source for each in failed}
    said = [("fails a must-have", Ground.MUST_HAVE), ("has a dealbreaker", Ground.DEALBREAKER)]
    return " and ".join(words for words, source in said if source in sources)


FurtherFailures = Callable[[Evaluation, list[Candidate]], dict[int, list[Failed]]]
further_failures: list[FurtherFailures] = []
"""What rules candidates out beside must-haves, by candidate id; registered by packages above when the app starts."""


@dataclass(frozen=True)
class Matrix:
    """Everything the comparison is computed from, as at one revision."""

    revision: int
    candidates: list[Candidate]
    criteria: list[Criterion]
    weights: TeamWeights
    cells: dict[CellKey, Cell]
    out: dict[int, list[Failed]]
    not_proven: dict[int, list[Requirement]]
    hours: dict[int, float]
    """By criterion id: what finding one cell of it out costs."""
    limit_per_hour: float

    @property
    def unknown_count(self) -> int:
        return sum(not cell.is_known for cell in self.cells.values())

    @property
    def criteria_by_group(self) -> list[Criterion]:
        """Groups in the order of their first criterion, criteria in theirs."""
        first: dict[str, int] = {}
        for place, criterion in enumerate(self.criteria):
            first.setdefault(criterion.group, place)
        return sorted(self.criteria, key=lambda c: (first[c.group], c.position, c.pk))

    def cell(self, candidate: Candidate, criterion: Criterion) -> Cell:
        return self.cells[candidate.pk, criterion.pk]


def matrix_of(evaluation: Evaluation) -> Matrix:
    """The matrix of the evaluation as it stands now; twelve queries whatever its size."""
    evaluation.log.refresh_from_db(fields=["count"])
    candidates = standing_candidates(evaluation)
    criteria = standing_criteria(evaluation)
    out, not_proven = must_have_state(evaluation, candidates)
    costs = costs_of(evaluation)
    return Matrix(
        revision=evaluation.log.count,
        candidates=candidates,
        criteria=criteria,
        weights=team_weights(evaluation, criteria),
        cells=cells_of(evaluation, candidates, criteria),
        out=out,
        not_proven=not_proven,
        hours={criterion.pk: costs.hours_of(criterion) for criterion in criteria},
        limit_per_hour=costs.limit_per_hour,
    )


def cells_of(evaluation: Evaluation, candidates: list[Candidate], criteria: list[Criterion]) -> dict[CellKey, Cell]:
    agreed = _by_cell(Score.objects.filter(candidate__evaluation=evaluation), _Agreed)
    measured = _by_cell(MeasuredScore.objects.filter(candidate__evaluation=evaluation), _Measured)
    ratings = revealed_ratings(evaluation)
    evidence = evidence_counts(evaluation)
    return {
        (candidate.pk, criterion.pk): _cell(
            candidate.pk,
            criterion,
            agreed.get((candidate.pk, criterion.pk)),
            measured.get((candidate.pk, criterion.pk)),
            ratings.get((candidate.pk, criterion.pk), ()),
            evidence.get((candidate.pk, criterion.pk), 0),
        )
        for candidate in candidates
        for criterion in criteria
    }


class _Agreed(NamedTuple):
    value: Decimal | None
    reason: str
    version: int


class _Measured(NamedTuple):
    value: float
    deviation: float
    low: float
    high: float
    source: dict


def _by_cell(rows: QuerySet[Any, Any], kind: type[Any]) -> dict[CellKey, Any]:
    """Plain tuples: 300 model instances would take longer than all the rest of the matrix."""
    found = rows.order_by().values_list("candidate_id", "criterion_id", *kind._fields)
    return {(candidate_id, criterion_id): kind(*values) for candidate_id, criterion_id, *values in found}


def revealed_ratings(evaluation: Evaluation) -> dict[CellKey, tuple[int | None, ...]]:
    """Each person's newest revealed rating per cell, in the order of the people's ids."""
    said = ratings_by_person(evaluation)
    return {key: tuple(value for _, value in sorted(by.items())) for key, by in said.items()}


def ratings_by_person(evaluation: Evaluation) -> dict[CellKey, dict[int, int | None]]:
    """Per cell the newest revealed rating of each person, by the person's id; None: "don't know"."""
    rows = (
        Rating.objects.filter(round__evaluation=evaluation, round__revealed_at__isnull=False)
        .order_by("round__number", "person_id")
        .values_list("candidate_id", "criterion_id", "person_id", "value")
    )
    newest: dict[CellKey, dict[int, int | None]] = defaultdict(dict)
    for candidate_id, criterion_id, person_id, value in rows:
        newest[candidate_id, criterion_id][person_id] = value
    return newest


def evidence_counts(evaluation: Evaluation) -> dict[CellKey, int]:
    rows = (
        Evidence.objects.filter(evaluation=evaluation, removed_at__isnull=True, criterion__isnull=False)
        .order_by()
        .values_list("candidate_id", "criterion_id")
        .annotate(count=Count("pk"))
    )
    return {(candidate_id, criterion_id): count for candidate_id, criterion_id, count in rows}


def must_have_state(
    evaluation: Evaluation, candidates: list[Candidate]
) -> tuple[dict[int, list[Failed]], dict[int, list[Requirement]]]:
    """Per candidate: on which grounds it is out (must-haves first, then what packages above know), and the must-haves
    not proven."""
    must_haves = list(Requirement.objects.must_haves().filter(evaluation=evaluation))
    verdicts = {
        (row.candidate_id, row.requirement_id): row
        for row in MustHaveVerdict.objects.filter(requirement__in=must_haves)
    }
    out: dict[int, list[Failed]] = {}
    not_proven: dict[int, list[Requirement]] = {}
    for candidate in candidates:
        for requirement in must_haves:
            row = verdicts.get((candidate.pk, requirement.pk))
            if row is None or row.verdict == MustHaveVerdict.Verdict.NOT_PROVEN:
                not_proven.setdefault(candidate.pk, []).append(requirement)
            elif row.verdict == MustHaveVerdict.Verdict.NOT_MET:
                out.setdefault(candidate.pk, []).append(Failed(requirement.statement, row.reason))
    for further in further_failures:
        for candidate_id, found in further(evaluation, candidates).items():
            out.setdefault(candidate_id, []).extend(found)
    return out, not_proven


def own_ratings(round: Round | None, person: Person) -> dict[CellKey, Rating]:
    """The person's own answers in one round; nobody else's."""
    if round is None:
        return {}
    rows = Rating.objects.filter(round=round, person=person)
    return {(row.candidate_id, row.criterion_id): row for row in rows}


def value_functions(evaluation: Evaluation) -> dict[int, ValueFunction]:
    """By criterion id."""
    return {row.criterion_id: row for row in ValueFunction.objects.filter(criterion__evaluation=evaluation)}


def evidence_of(evaluation: Evaluation) -> list[Evidence]:
    rows = Evidence.objects.filter(evaluation=evaluation, removed_at__isnull=True)
    return list(rows.select_related("candidate", "criterion", "requirement", "by"))


@dataclass(frozen=True)
class FitRow:
    """The article's view: one top or mapped requirement, its criterion, the same cells; the verdict where must-have."""

    requirement: Requirement
    criterion: Criterion | None
    cells: list[Cell]
    verdicts: list[MustHaveVerdict | None]


def fit_matrix(evaluation: Evaluation, matrix: Matrix) -> list[FitRow]:
    """Requirement x candidate: a row per mapped requirement-criterion pair, and one per must-have without criterion."""
    verdicts = {
        (row.requirement_id, row.candidate_id): row
        for row in MustHaveVerdict.objects.filter(requirement__evaluation=evaluation)
    }
    rows = []
    standing = {criterion.pk for criterion in matrix.criteria}
    for requirement in standing_requirements(evaluation):
        mapped: list[Criterion | None] = [c for c in requirement.criteria.all() if c.pk in standing]
        if requirement.must_have and not mapped:
            mapped = [None]
        rows += [
            FitRow(
                requirement=requirement,
                criterion=criterion,
                cells=[matrix.cell(c, criterion) for c in matrix.candidates] if criterion else [],
                verdicts=[verdicts.get((requirement.pk, c.pk)) for c in matrix.candidates]
                if requirement.must_have
                else [],
            )
            for criterion in mapped
        ]
    return rows


def _cell(
    candidate_id: int,
    criterion: Criterion,
    agreed: _Agreed | None,
    measured: _Measured | None,
    values: tuple[int | None, ...],
    evidence_count: int,
) -> Cell:
    known = [value for value in values if value is not None]
    agreed_value = float(agreed.value) if agreed and agreed.value is not None else None
    judged = agreed_value if agreed_value is not None else (fmean(known) if known else None)
    common: dict[str, Any] = {
        "candidate_id": candidate_id,
        "criterion_id": criterion.pk,
        "values": values,
        "judged": judged,
        "measured": measured.value if measured else None,
        "evidence_count": evidence_count,
        "reason": agreed.reason if agreed else "",
        "version": agreed.version if agreed else 0,
        "source": measured.source if measured else None,
    }
    if criterion.basis == Criterion.Basis.MEASURED:
        if measured is None:
            return Cell(basis=Basis.UNKNOWN, value=None, low=1.0, high=5.0, **common)
        return Cell(
            basis=Basis.MEASURED,
            value=measured.value,
            low=measured.low,
            high=measured.high,
            deviation=measured.deviation,
            **common,
        )
    if agreed_value is not None:
        return Cell(basis=Basis.AGREED, value=agreed_value, low=agreed_value, high=agreed_value, **common)
    if known:
        low, high = (1.0, 5.0) if len(known) < len(values) else (float(min(known)), float(max(known)))
        return Cell(basis=Basis.RATINGS, value=fmean(known), low=low, high=high, **common)
    return Cell(basis=Basis.UNKNOWN, value=None, low=1.0, high=5.0, **common)
