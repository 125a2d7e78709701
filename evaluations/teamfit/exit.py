"""What phase 4 needs before it can be signed: each function says what is missing in a sentence, or nothing."""

from collections.abc import Callable

from evaluations.candidates.models import Evaluation
from evaluations.rounds.models import Round
from evaluations.rounds.queries import last_revealed, progress_of
from evaluations.scoring.queries import must_have_state
from evaluations.teamfit import queries
from evaluations.teamfit.models import CodeReview


def exercise_is_agreed(evaluation: Evaluation) -> str:
    return "" if queries.current_exercise(evaluation) else "Agree on a small exercise that everybody builds."


def exercise_is_closed(evaluation: Evaluation) -> str:
    """An open round says how many are finished, never who."""
    if queries.current_exercise(evaluation) is None:
        return ""
    found = queries.open_exercise_round(evaluation)
    if found:
        progress = progress_of(found)
        return f"The exercise is not closed: {progress.finished} of {progress.expected} are finished."
    return "" if last_revealed(evaluation, Round.Subject.EXERCISE) else "Nobody has begun the exercise."


def every_candidate_was_tried(evaluation: Evaluation) -> str:
    """Of those in the race, once the exercise is closed."""
    if not last_revealed(evaluation, Round.Subject.EXERCISE) or queries.current_exercise(evaluation) is None:
        return ""
    results = queries.results_of(evaluation)
    out, _ = must_have_state(evaluation, [result.candidate for result in results])
    untried = [one.candidate.name for one in results if not one.answers and one.candidate.pk not in out]
    return f"Nobody has handed in the exercise with {', '.join(untried)}." if untried else ""


def code_was_reviewed(evaluation: Evaluation) -> str:
    """Each solution of the closed exercise, unless there is nobody besides its author who could."""
    if not queries.others_could_review(evaluation):
        return ""
    ids = {attempt.pk for attempt in queries.revealed_attempts(evaluation)}
    reviewed = set(CodeReview.objects.filter(attempt__in=ids).order_by().values_list("attempt_id", flat=True))
    left = len(ids - reviewed)
    if not left:
        return ""
    counted = "1 solution was" if left == 1 else f"{left} solutions were"
    return f"{counted} not reviewed: somebody else than the author reads the code."


EXIT_CRITERIA: tuple[Callable[[Evaluation], str], ...] = (
    exercise_is_agreed,
    exercise_is_closed,
    every_candidate_was_tried,
    code_was_reviewed,
)
