"""What to talk about once the ratings are revealed: where people differ and it matters, most first."""

from dataclasses import dataclass

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.requirements.models import Criterion
from evaluations.scoring.details import Answer, answers, scores_of
from evaluations.scoring.models import Score
from evaluations.scoring.queries import Cell, Matrix, matrix_of
from evaluations.scoring.standing import distribution

WORST = 8


@dataclass(frozen=True)
class Topic:
    """One cell to talk about. `share` is its criterion's weight; low..high the answers' ends."""

    candidate: Candidate
    criterion: Criterion
    cell: Cell
    share: float
    low: float
    high: float
    answers: list[Answer]
    score: Score | None

    @property
    def key(self) -> str:
        return f"{self.candidate.pk}-{self.criterion.pk}"

    @property
    def is_settled(self) -> bool:
        return self.score is not None and self.score.value is not None


@dataclass(frozen=True)
class Agenda:
    """topics: all on which people differ, most worth talking about first; unknown: cells nobody could judge."""

    matrix: Matrix
    topics: list[Topic]
    unknown: list[Topic]

    @property
    def settled_count(self) -> int:
        return sum(topic.is_settled for topic in self.topics)


def agenda_of(evaluation: Evaluation) -> Agenda:
    """Disagreement x influence over the revealed ratings, at the weights in use; without candidates that are out.

    Where a criterion counts as measured, its ratings have no influence: nothing of it is on the agenda.
    """
    matrix = matrix_of(evaluation)
    candidates = [one for one in matrix.candidates if one.pk not in matrix.out]
    if not candidates or not matrix.criteria:
        return Agenda(matrix, [], [])
    from evaluations.analysis import agreement, ranking  # NumPy: not needed to start the page process

    said, scores = answers(evaluation), scores_of(evaluation)

    def topic(candidate: Candidate, criterion: Criterion, low: float, high: float) -> Topic:
        key = candidate.pk, criterion.pk
        share = matrix.weights.shares.get(criterion.pk, 0.0)
        cell = matrix.cell(candidate, criterion)
        return Topic(candidate, criterion, cell, share, low, high, said.get(key, []), scores.get(key))

    ratings = [
        [() if k.basis == Criterion.Basis.MEASURED else matrix.cell(c, k).values for k in matrix.criteria]
        for c in candidates
    ]
    weights = [matrix.weights.shares[k.pk] for k in matrix.criteria]
    table = [[distribution(matrix.cell(c, k)) for k in matrix.criteria] for c in candidates]
    totals = ranking.additive(table, weights).values
    found = [
        topic(candidates[item.candidate], matrix.criteria[item.criterion], item.low, item.high)
        for item in agreement.agenda(ratings, weights, totals).items
    ]
    unknown = [topic(c, k, 1.0, 5.0) for k in matrix.criteria for c in candidates if not matrix.cell(c, k).is_known]
    return Agenda(matrix, found, sorted(unknown, key=lambda one: -one.share))
