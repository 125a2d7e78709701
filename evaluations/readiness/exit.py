"""What phase 5 needs before it can be signed: each function says what is missing in a sentence, or nothing."""

from collections.abc import Callable

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.readiness.queries import AnswerCell, grid_of
from evaluations.scoring.queries import must_have_state


def has_an_answer_to_everything(evaluation: Evaluation) -> str:
    """Every item that applies has an answer for each framework in the race; "unknown" is one when a note says why."""
    grid = grid_of(evaluation)
    out, _ = must_have_state(evaluation, grid.candidates)
    lacking: dict[str, int] = {}
    for row in grid.rows:
        for cell in row.cells if row.applies else []:
            candidate = cell.candidate
            if candidate.kind == Candidate.Kind.STACK and candidate.pk not in out and not _is_settled(cell):
                lacking[candidate.name] = lacking.get(candidate.name, 0) + 1
    if not lacking:
        return ""
    counts = ", ".join(f"{name} ({count})" for name, count in lacking.items())
    return f"Answer the open items, or note why they stay unknown: {counts}."


def _is_settled(cell: AnswerCell) -> bool:
    return cell.is_known or bool(cell.answer and cell.answer.note)


EXIT_CRITERIA: tuple[Callable[[Evaluation], str], ...] = (has_an_answer_to_everything,)
