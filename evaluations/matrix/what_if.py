"""What if weights, scores or measurements were other: computed like the comparison itself, and never kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from evaluations.problems.current import Current

if TYPE_CHECKING:
    from evaluations.problems.calculation import Calculation

CellKey = tuple[int, int]
"""(candidate id, criterion id)."""


@dataclass(frozen=True)
class Tried:
    """What is tried. weights: points >= 0 by criterion id, divided by their sum; None: those in use. scores on 1..5 and
    metrics in their unit, by cell."""

    weights: Mapping[int, float] | None = None
    scores: Mapping[CellKey, float] = field(default_factory=dict)
    metrics: Mapping[CellKey, float] = field(default_factory=dict)

    def query(self) -> str:
        """The address' part that says the same."""
        pairs = [(f"w-{pk}", f"{value:.12g}") for pk, value in (self.weights or {}).items()]
        pairs += [(f"s-{c}-{k}", f"{value:.12g}") for (c, k), value in self.scores.items()]
        pairs += [(f"m-{c}-{k}", f"{value:.12g}") for (c, k), value in self.metrics.items()]
        return urlencode(pairs)


@dataclass(frozen=True)
class Row:
    """A candidate's total and rank as tried, beside those in use; None for one that is out."""

    candidate_id: int
    name: str
    rank: int | None
    worst: float
    expected: float
    best: float
    first_share: float | None
    expected_now: float
    rank_now: int | None

    @property
    def moved(self) -> float:
        return self.expected - self.expected_now


@dataclass(frozen=True)
class Outcome:
    """shares: the weights tried, by criterion id. draws, seed and error: of the shares of first places."""

    rows: list[Row]
    sentence: str
    shares: dict[int, float]
    draws: int
    seed: int
    error: float

    @property
    def ranked(self) -> list[Row]:
        return sorted(self.rows, key=lambda row: (row.rank is None, row.rank or 0))

    @property
    def firsts(self) -> list[str]:
        return [row.name for row in self.rows if row.rank == 1]


def outcome_of(current: Current, tried: Tried) -> Outcome:
    """Totals, ranks and shares of first places as tried. Raises ValueError for weights that are all 0, a negative one,
    a score off the scale, a metric for a criterion that is not measured."""
    from evaluations.analysis import acceptability, ranking  # NumPy: not needed to start the page process

    given, before = calculation_of(current, tried), current.totals
    used, out = given.problem.weights.used, given.problem.out
    found = ranking.additive(given.cells, used, out)
    chance = acceptability.first_shares(given.cells, used, given.draws, given.seed, out)
    rows = [
        Row(
            candidate_id=candidate.pk,
            name=candidate.name,
            rank=found.ranks[i],
            worst=float(found.worst[i]),
            expected=float(found.expected[i]),
            best=float(found.best[i]),
            first_share=None if found.ranks[i] is None else float(chance.shares[i]),
            expected_now=float(before.expected[i]),
            rank_now=before.ranks[i],
        )
        for i, candidate in enumerate(current.candidates)
    ]
    shares = {criterion.pk: float(used[j]) for j, criterion in enumerate(current.criteria)}
    return Outcome(rows, _sentence(rows), shares, chance.draws, chance.seed, chance.error)


def calculation_of(current: Current, tried: Tried) -> "Calculation":
    """The comparison with what is tried in the place of what stands."""
    from evaluations.analysis import inputs
    from evaluations.problems.calculation import Calculation
    from evaluations.problems.ratings import rating

    given, problem = current.calculation, current.calculation.problem
    if tried.weights is not None:
        points = [tried.weights.get(criterion.pk, 0.0) for criterion in current.criteria]
        problem = replace(problem, weights=replace(problem.weights, used=inputs.weights(points, len(points))))
    values: dict[CellKey, Any] = {key: {"value": score, "scale": "score"} for key, score in tried.scores.items()}
    values |= {key: {"value": metric, "scale": "metric"} for key, metric in tried.metrics.items()}
    if values:
        ratings = [list(row) for row in problem.ratings]
        rows = {candidate.pk: i for i, candidate in enumerate(current.candidates)}
        columns = {criterion.pk: j for j, criterion in enumerate(current.criteria)}
        for (candidate_id, criterion_id), told in values.items():
            i, j = rows[candidate_id], columns[criterion_id]
            where = f"{problem.criteria[j].name} of {problem.candidates[i]}"
            ratings[i][j] = rating(where, told, problem.criteria[j].function, turned=False)
        problem = replace(problem, ratings=ratings)
    tried_calculation = Calculation(problem, given.draws, given.seed)
    if not values:
        tried_calculation.__dict__["cells"] = given.cells
    return tried_calculation


def _sentence(rows: list[Row]) -> str:
    ranked = sorted((row for row in rows if row.rank is not None), key=lambda row: -row.expected)
    if not ranked:
        return "No candidate is left."
    first = ranked[0]
    if len(ranked) == 1:
        return f"Only {first.name} is left."
    level = [row.name for row in ranked if row.rank == 1]
    if len(level) > 1:
        return f"{', '.join(level[:-1])} and {level[-1]} would be level at {first.expected:.2f}."
    margin = first.expected - ranked[1].expected
    shown = f"{margin:.1f}" if margin >= 0.05 else f"{margin:.2f}" if margin >= 0.005 else "less than 0.01"
    verb = "would still lead" if first.rank_now == 1 else "would lead"
    return f"{first.name} {verb} with {first.expected:.2f} of 5, ahead of {ranked[1].name} by {shown}."
