"""What a reviewer of phase 4 sees and signs of this package, and who entered it."""

from dataclasses import asdict
from typing import Any

from evaluations.audit.queries import people_behind
from evaluations.candidates.models import Evaluation
from evaluations.teamfit.models import CodeReview
from evaluations.teamfit.queries import QUESTIONS, Result, current_exercise, results_of, revealed_attempts

ENTERED = ("teamfit.exercise_set", "teamfit.exercise_replaced")


def rendered(evaluation: Evaluation) -> dict[str, Any]:
    """The exercise and the results of its closed rounds: minutes, marks 1..5, counted answers, quotes as agreed."""
    exercise = current_exercise(evaluation)
    if exercise is None:
        return {"exercise": {}, "answers": []}
    return {
        "exercise": {
            "title": exercise.title,
            "text": exercise.text,
            "conventions": exercise.conventions,
            "limit_minutes": exercise.limit_minutes,
        },
        "answers": [_told(result) for result in results_of(evaluation)],
    }


def _told(result: Result) -> dict[str, Any]:
    return {
        "candidate": result.candidate.name,
        "minutes": result.minutes,
        "code_quality": result.quality,
        "sentiment": result.sentiment,
        **{question: asdict(result.counts[question]) for question in QUESTIONS},
        "friction": [f"{quote.text} ({quote.name})" if quote.name else quote.text for quote in result.quotes],
        "remarks_on_code": result.remarks,
    }


def authors_of(evaluation: Evaluation) -> set[int]:
    """Who worded the exercise, and who reviewed code of a closed one; one's own exercise is not authorship."""
    attempts = [attempt.pk for attempt in revealed_attempts(evaluation)]
    reviewers = CodeReview.objects.filter(attempt__in=attempts).order_by().values_list("reviewer_id", flat=True)
    return people_behind(evaluation.log, *ENTERED) | set(reviewers)
