"""An exercise, attempts and reviews with defaults, through the actions people use."""

from datetime import datetime
from typing import Any

from evaluations import catalogue
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.requirements.models import Criterion
from evaluations.rounds import actions as rounds
from evaluations.teamfit import actions
from evaluations.teamfit.models import Attempt, CodeReview, Exercise
from evaluations.teamfit.queries import current_exercise, open_exercise_round
from evaluations.teams.models import Person
from tests.builders import NOW, lead_of


def make_exercise(evaluation: Evaluation, title: str = "One endpoint", **facts: Any) -> Exercise:
    facts.setdefault("by", lead_of(evaluation.team))
    given = {"text": "Answer GET /orders/{id}, with a test.", "seen": 0, "at": NOW, **facts}
    return actions.set_exercise(evaluation=evaluation, title=title, **given)


def hand_in(candidate: Candidate, by: Person, *, finished: bool = True, **answers: Any) -> Attempt:
    exercise = current_exercise(candidate.evaluation)
    assert exercise is not None
    given = {"typed_minutes": 50.0, "sentiment": 4, **answers}
    at, seen = given.pop("at", NOW), given.pop("seen", 0)
    return actions.save_attempt(
        exercise=exercise, candidate=candidate, finished=finished, seen=seen, by=by, at=at, **given
    )


def review(attempt: Attempt, by: Person, quality: int = 4, **given: Any) -> CodeReview:
    return actions.review_code(
        attempt=attempt, quality=quality, by=by, seen=given.pop("seen", 0), at=given.pop("at", NOW), **given
    )


def close(evaluation: Evaluation, at: datetime = NOW) -> None:
    found = open_exercise_round(evaluation)
    assert found is not None
    rounds.reveal(round=found, by=lead_of(evaluation.team), at=at)


def measure(criterion: Criterion, metric: str, points: list[list[float]], **function: Any) -> None:
    given = {"metric": metric, "unit": catalogue.metric(metric).unit, "points": points, "seen": 0, **function}
    actions.set_value_function(criterion=criterion, by=lead_of(criterion.evaluation.team), at=NOW, **given)
