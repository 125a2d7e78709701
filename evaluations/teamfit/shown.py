"""What the team fit page's parts are drawn from, prepared for their templates."""

from datetime import datetime
from statistics import median
from typing import Any

from evaluations.audit.queries import has_news
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.checklist.models import Phase
from evaluations.requirements.queries import round_state
from evaluations.rounds.models import Round
from evaluations.scoring.scales import scales_of
from evaluations.teamfit import queries
from evaluations.teamfit.measuring import Counts
from evaluations.teamfit.models import Attempt
from evaluations.teamfit.queries import QUESTIONS, Result
from evaluations.teams.access import Capability
from evaluations.teams.models import Person

FOLLOWS = ("teamfit", "rounds", "candidates")
SCORES_FOLLOW = ("teamfit", "rounds", "scoring", "requirements", "candidates")
MEASURED_BY = {"measured_by": "teamfit", "measured_label": Phase.TEAMFIT.label}
STEPS = (30, 60, 90, 120, 180, 240, 360, 480, 720, 960, 1440, 2880, 6000)
"""Ends of the axis of minutes."""


def may(evaluation: Evaluation, capability: Capability) -> bool:
    return evaluation.is_writable and capability in evaluation.capabilities  # type: ignore[attr-defined]


def nothing_new(evaluation: Evaluation, since: str, *topics: str) -> bool:
    """Whether the part drawn at revision `since` would look the same now."""
    known = since.isascii() and since.isdigit() and len(since) < 19
    return known and not has_news(evaluation.log, int(since), *topics)


def _begun(evaluation: Evaluation) -> dict[str, Any]:
    """The revision is read before the rows: what comes between is asked for again."""
    evaluation.log.refresh_from_db(fields=["count", "head"])
    return {
        "evaluation": evaluation,
        "revision": evaluation.log.count,
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
        "can_rate": may(evaluation, Capability.RATE),
        "can_lead": may(evaluation, Capability.LEAD),
    }


def shown_exercise(evaluation: Evaluation) -> dict[str, Any]:
    return {**_begun(evaluation), "exercise": queries.current_exercise(evaluation)}


def shown_own(evaluation: Evaluation, person: Person, at: datetime) -> dict[str, Any]:
    """The round, and one's own exercises in it or in the last closed one."""
    begun = _begun(evaluation)
    exercise = queries.current_exercise(evaluation)
    state = round_state(evaluation, Round.Subject.EXERCISE, person)
    own = queries.own_attempts(exercise, state.open or state.revealed, person)
    candidates = queries.tried_candidates(evaluation)
    return {
        **begun,
        "exercise": exercise,
        "state": state,
        "own_rows": [shown_attempt(one, own.get(one.pk), at) for one in candidates],
        "handed_in": sum(one.pk in own and own[one.pk].finished for one in candidates),
        "waiting": queries.waiting_for_review(state.open) if state.open else 0,
        "at": at,
    }


def shown_attempt(candidate: Candidate, attempt: Attempt | None, at: datetime) -> dict[str, Any]:
    seconds = attempt.clock_seconds(at) if attempt else 0
    return {
        "candidate": candidate,
        "attempt": attempt,
        "seconds": seconds,
        "clock": f"{seconds // 60}:{seconds % 60:02}",
        "can_start": attempt is None or not (attempt.finished or attempt.is_running),
    }


def shown_reviews(evaluation: Evaluation, person: Person) -> dict[str, Any]:
    begun = _begun(evaluation)
    found = queries.solutions_for(evaluation, person) if begun["can_rate"] else []
    settled = [one for one in found if one.is_closed and one.reviews]
    return {**begun, "solutions": [one for one in found if one not in settled], "settled": settled}


def shown_results(evaluation: Evaluation) -> dict[str, Any]:
    """Every dot, and in words beside it what the dots say."""
    begun = _begun(evaluation)
    results = queries.results_of(evaluation)
    told = [result for result in results if result.answers]
    longest = max((value for result in told for value in result.minutes), default=0)
    most = next((step for step in STEPS if step >= longest), STEPS[-1])
    return {
        **begun,
        "results": results,
        "has_results": bool(told),
        "plots": [
            _plot("Minutes for the exercise", "minutes", results, 0, most, "min"),
            _plot("Code quality, by a reviewer", "quality", results, 1, 5, "of 5"),
            _plot("How it felt", "sentiment", results, 1, 5, "of 5"),
        ],
        "questions": [
            {"label": label, "rows": [_answers(result, label, result.counts[key]) for result in results]}
            for key, label in QUESTIONS.items()
        ],
        "words": [result for result in told if result.quotes or result.remarks],
    }


def _plot(label: str, name: str, results: list[Result], low: int, high: int, unit: str) -> dict[str, Any]:
    rows = []
    for result in results:
        values = getattr(result, name)
        listed = ", ".join(f"{value:g}" for value in values)
        said = f"{listed} {unit}" if values else "no answer"
        middle = median(values) if values else None
        rows.append(
            {
                "candidate": result.candidate,
                "values": values,
                "median": middle,
                "says": said,
                "label": f"{result.candidate.name}, {label.lower()}: {said}",
            }
        )
    return {"label": label, "key": name, "low": low, "high": high, "unit": unit, "rows": rows}


def _answers(result: Result, label: str, counts: Counts) -> dict[str, Any]:
    named = ((counts.yes, "yes"), (counts.partly, "partly"), (counts.no, "no"), (counts.unknown, "don’t know"))
    said = ", ".join(f"{count} {word}" for count, word in named if count)
    return {
        "candidate": result.candidate,
        "counts": [counts.no, 0, counts.partly, 0, counts.yes],
        "unknown": counts.unknown,
        "is_answered": bool(said),
        "says": said or "no answer",
        "label": f"{result.candidate.name}, {label}: {said or 'no answer'}",
    }


def shown_scores(evaluation: Evaluation) -> dict[str, Any]:
    begun = _begun(evaluation)
    scales = scales_of(evaluation, Phase.TEAMFIT)
    return {
        **begun,
        **MEASURED_BY,
        "scales": [scale for scale in scales if scale.function or scale.metric],
        "further": [scale.criterion for scale in scales if not scale.function and not scale.metric],
    }


def shown_index(evaluation: Evaluation, person: Person, at: datetime) -> dict[str, Any]:
    return {
        **shown_exercise(evaluation),
        **shown_own(evaluation, person, at),
        **shown_reviews(evaluation, person),
        **shown_results(evaluation),
        **shown_scores(evaluation),
    }
