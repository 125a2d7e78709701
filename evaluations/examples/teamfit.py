"""Phase 4 of an example: the exercise, each member's attempt with each candidate, reviews of the code, the close."""

from typing import Any

from evaluations.catalogue.scenario_entries import ExerciseAnswer
from evaluations.examples import scales
from evaluations.examples.checklists import settle
from evaluations.examples.stage import Stage
from evaluations.rounds import actions as rounds
from evaluations.rounds.models import Round
from evaluations.rounds.queries import last_revealed
from evaluations.teamfit import actions as teamfit
from evaluations.teamfit.models import Attempt, CodeReview
from evaluations.teamfit.queries import QUESTIONS, current_exercise, open_exercise_round

PHASE = "teamfit"


def enter(stage: Stage) -> None:
    """Each step enters what is missing and nothing else; what was closed stays as it is."""
    _exercise(stage)
    scales.set_functions(stage, PHASE, teamfit.set_value_function)
    if last_revealed(stage.evaluation, Round.Subject.EXERCISE) is None:
        for step in (_attempts, _reviews, _close):
            step(stage)
    stage.clock.turn_to(11, 8)
    scales.count_as_measured(stage, PHASE)
    settle(stage, PHASE)


def _exercise(stage: Stage) -> None:
    stage.clock.turn_to(10, 12)
    told = stage.scenario.exercise
    if current_exercise(stage.evaluation) is None:
        teamfit.set_exercise(
            evaluation=stage.evaluation,
            title=told.title,
            text=told.text,
            limit_minutes=told.limit_minutes,
            seen=0,
            by=stage.lead,
            at=stage.clock.tick(),
        )


def _attempts(stage: Stage) -> None:
    stage.clock.turn_to(10, 14)
    exercise = current_exercise(stage.evaluation)
    if exercise is None:
        return
    exercise.evaluation = stage.evaluation
    candidates = stage.candidates()
    present = set(Attempt.objects.filter(exercise=exercise).values_list("person_id", "candidate_id"))
    for each in stage.scenario.exercise_answers:
        person, candidate = stage.person(each.member), candidates[each.candidate]
        if (person.pk, candidate.pk) not in present:
            teamfit.save_attempt(
                exercise=exercise,
                candidate=candidate,
                seen=0,
                finished=True,
                by=person,
                at=stage.clock.tick(),
                **_answers(each),
            )


def _answers(each: ExerciseAnswer) -> dict[str, Any]:
    return {
        "typed_minutes": float(each.minutes),
        "sentiment": each.sentiment,
        **{question: getattr(each, question) for question in QUESTIONS},
        "friction": each.friction,
        "may_be_quoted": True,
        "may_be_named": each.may_be_named,
        "code_at": f"branch exercise/{each.candidate}-{each.member}",
    }


def _reviews(stage: Stage) -> None:
    """Each one's code is read by the next of those who took part."""
    stage.clock.turn_to(10, 17)
    members = list(dict.fromkeys(each.member for each in stage.scenario.exercise_answers))
    readers = dict(zip(members, members[1:] + members[:1], strict=True))
    candidates = stage.candidates()
    rows = Attempt.objects.filter(round__evaluation=stage.evaluation).select_related("round")
    attempts = {(row.person_id, row.candidate_id): row for row in rows}
    present = set(CodeReview.objects.filter(attempt__in=rows).values_list("attempt_id", flat=True))
    for each in stage.scenario.exercise_answers:
        attempt = attempts[stage.person(each.member).pk, candidates[each.candidate].pk]
        if attempt.pk not in present and readers[each.member] != each.member:
            attempt.round.evaluation = stage.evaluation
            teamfit.review_code(
                attempt=attempt,
                quality=each.code_quality,
                remark=each.quality_remark,
                seen=0,
                by=stage.person(readers[each.member]),
                at=stage.clock.tick(),
            )


def _close(stage: Stage) -> None:
    """By the lead, unless it closed by itself because all were in."""
    found = open_exercise_round(stage.evaluation)
    if found:
        found.evaluation = stage.evaluation
        rounds.reveal(round=found, by=stage.lead, at=stage.clock.tick())
