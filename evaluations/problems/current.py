"""The comparison as a problem, and its figures, computed once per revision: what the pages show is what the exported
file gives."""

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

from django.core.cache import cache

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.problems.exporting import problem_of
from evaluations.requirements.models import Criterion
from evaluations.requirements.queries import standing_criteria

if TYPE_CHECKING:
    from evaluations.analysis.ranking import Additive
    from evaluations.problems.calculation import Calculation

KEPT_S = 3600
MOST_KEPT = 8
_kept: OrderedDict[tuple[int, str], "Current"] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class Current:
    """An evaluation's problem at one revision; rows are `candidates`, columns `criteria`."""

    calculation: "Calculation"
    candidates: list[Candidate]
    criteria: list[Criterion]
    revision: int
    head: str

    @cached_property
    def totals(self) -> "Additive":
        """Totals and ranks as they stand."""
        from evaluations.analysis import ranking  # NumPy: not needed to start the page process

        problem = self.calculation.problem
        return ranking.additive(self.calculation.cells, problem.weights.used, problem.out)

    def candidate_named(self, name: str) -> Candidate:
        return self.candidates[self.calculation.problem.candidates.index(name)]

    def criterion_named(self, name: str) -> Criterion:
        return self.criteria[self.calculation.names.index(name)]


def current_problem(evaluation: Evaluation) -> Current:
    """The problem as at the newest revision; this process keeps the last few. Raises NothingToExport."""
    evaluation.log.refresh_from_db(fields=["count", "head"])
    key = evaluation.pk, evaluation.log.head
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    found = _read(evaluation)
    with _lock:
        _kept[evaluation.pk, found.head] = found
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return found


def figures(evaluation: Evaluation, part: str) -> Any:
    """One part of `calculate.PARTS`, or "over_weightings", as at the newest revision. Raises NothingToExport."""
    found = current_problem(evaluation)
    key = f"figures:{evaluation.pk}:{found.head}:{part}"
    told = cache.get(key)
    if told is None:
        from evaluations.problems.calculate import PARTS, over_weightings  # NumPy: not needed to start the page process

        compute = over_weightings if part == "over_weightings" else PARTS[part]
        told = {"told": compute(found.calculation)}
        cache.set(key, told, KEPT_S)
    return told["told"]


def _read(evaluation: Evaluation) -> Current:
    """Read again where somebody wrote meanwhile, so that all of it is of one revision."""
    from evaluations.problems.calculation import Calculation  # NumPy: not needed to start the page process
    from evaluations.problems.schema import problem_from

    for _ in range(3):
        head = evaluation.log.head
        candidates, criteria = standing_candidates(evaluation), standing_criteria(evaluation)
        problem = problem_from(problem_of(evaluation))
        evaluation.log.refresh_from_db(fields=["count", "head"])
        if evaluation.log.head == head:
            break
    calculation = Calculation(problem, problem.draws, problem.seed)
    return Current(calculation, candidates, criteria, evaluation.log.count, evaluation.log.head)
