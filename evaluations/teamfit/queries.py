"""The exercise: one's own attempts, whose code waits for a review, and what everybody may read once it is closed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import people_who, standing_candidates
from evaluations.rounds.models import Round
from evaluations.rounds.queries import open_round_of, progress_of
from evaluations.scoring.figures import Figure, Scored, score_of
from evaluations.teamfit.measuring import Counts, figure_of_share, score_of_median
from evaluations.teamfit.models import Answer, Attempt, CodeReview, Exercise
from evaluations.teams.access import Capability
from evaluations.teams.models import Person

QUESTIONS = {
    "error_helpful": "Error messages are helpful",
    "docs_easy": "The documentation is easy to find one’s way in",
    "fits_conventions": "It fits our conventions",
    "two_years": "Happy to work with it for two years",
}
MEDIANS = {"learning_minutes": "minutes", "code_quality": "quality", "sentiment": "sentiment"}
SHARES = {f"{question}_share": question for question in QUESTIONS}
FIRST_METRIC = "learning_minutes"


@dataclass(frozen=True)
class Quote:
    """What a member wrote and lets be quoted; `name` is empty where they would not be named."""

    text: str
    name: str


@dataclass(frozen=True)
class Result:
    """One candidate's answers of a closed exercise, in an order that tells nobody's."""

    candidate: Candidate
    minutes: list[float] = field(default_factory=list)
    quality: list[float] = field(default_factory=list)
    sentiment: list[float] = field(default_factory=list)
    counts: dict[str, Counts] = field(default_factory=dict)
    quotes: list[Quote] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def answers(self) -> int:
        return len(self.minutes)


@dataclass(frozen=True)
class Solution:
    """Code that was handed in, as its reviewer may see it: nothing of what its author answered."""

    attempt_id: int
    candidate: Candidate
    author: str
    code_at: str
    own: CodeReview | None
    reviews: int
    is_closed: bool

    @property
    def takes_review(self) -> bool:
        """A mark given before the exercise was closed stays; a missing one can still be given."""
        return not self.is_closed or self.own is None


def current_exercise(evaluation: Evaluation) -> Exercise | None:
    rows = Exercise.objects.select_related("by").filter(evaluation=evaluation, replaced_at__isnull=True)
    return rows.first()


def tried_candidates(evaluation: Evaluation) -> list[Candidate]:
    """Those one can build something with: ways on from a legacy system are not tried."""
    return [one for one in standing_candidates(evaluation) if one.kind == Candidate.Kind.STACK]


def open_exercise_round(evaluation: Evaluation) -> Round | None:
    return open_round_of(evaluation, Round.Subject.EXERCISE)


def own_attempts(exercise: Exercise | None, round: Round | None, person: Person) -> dict[int, Attempt]:
    """The person's own in one round, by candidate."""
    if exercise is None or round is None:
        return {}
    rows = Attempt.objects.filter(exercise=exercise, round=round, person=person).select_related("candidate")
    return {row.candidate_id: row for row in rows}


def own_attempt(evaluation: Evaluation, candidate: Candidate, person: Person) -> Attempt | None:
    """The person's own with a candidate: of the open round, else the newest revealed one."""
    rows = Attempt.objects.filter(
        exercise__evaluation=evaluation, exercise__replaced_at__isnull=True, candidate=candidate, person=person
    )
    open_round = open_exercise_round(evaluation)
    if open_round:
        rows = rows.filter(round=open_round)
    return rows.select_related("round").order_by("-round__number").first()


def reviews_of_own(attempt: Attempt) -> list[CodeReview]:
    """What reviewers said of one's own code; nothing before the exercise is closed."""
    return list(attempt.reviews.order_by("pk")) if attempt.round.is_revealed else []


def has_begun(exercise: Exercise, round: Round | None) -> bool:
    """Whether somebody has an attempt in the round; who does not show."""
    return round is not None and Attempt.objects.filter(exercise=exercise, round=round).exists()


def revealed_attempts(evaluation: Evaluation) -> list[Attempt]:
    """Handed in and revealed, of the current exercise: the newest per member and candidate."""
    rows = Attempt.objects.filter(
        round__evaluation=evaluation,
        round__revealed_at__isnull=False,
        exercise__replaced_at__isnull=True,
        candidate__withdrawn_at__isnull=True,
        finished=True,
    )
    newest: dict[tuple[int, int], Attempt] = {}
    for row in rows.select_related("person", "candidate", "round").order_by("round__number", "pk"):
        newest[row.candidate_id, row.person_id] = row
    return list(newest.values())


def results_of(evaluation: Evaluation) -> list[Result]:
    """By standing candidate that can be tried; empty lists where nobody handed anything in. Closed exercises only."""
    attempts = revealed_attempts(evaluation)
    by_candidate: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        by_candidate[attempt.candidate_id].append(attempt)
    reviews: dict[int, list[CodeReview]] = defaultdict(list)
    for review in CodeReview.objects.filter(attempt__in=[attempt.pk for attempt in attempts]):
        reviews[review.attempt_id].append(review)
    return [_result(one, by_candidate[one.pk], reviews) for one in tried_candidates(evaluation)]


def _result(candidate: Candidate, attempts: list[Attempt], reviews: dict[int, list[CodeReview]]) -> Result:
    marks = [review for attempt in attempts for review in reviews[attempt.pk]]
    return Result(
        candidate=candidate,
        minutes=sorted(attempt.minutes for attempt in attempts if attempt.minutes is not None),
        quality=sorted(float(review.quality) for review in marks),
        sentiment=sorted(float(attempt.sentiment) for attempt in attempts if attempt.sentiment is not None),
        counts={question: _counts(getattr(attempt, question) for attempt in attempts) for question in QUESTIONS},
        quotes=sorted(
            (
                Quote(attempt.friction, attempt.person.shown_name if attempt.may_be_named else "")
                for attempt in attempts
                if attempt.friction and attempt.may_be_quoted
            ),
            key=lambda quote: (quote.text.casefold(), quote.name),
        ),
        remarks=sorted((review.remark for review in marks if review.remark), key=str.casefold),
    )


def _counts(answers: Iterable[str]) -> Counts:
    given = list(answers)
    return Counts(**{answer.value: given.count(answer.value) for answer in Answer})


def solutions_for(evaluation: Evaluation, person: Person) -> list[Solution]:
    """Handed-in code of others, of the open round and of closed ones; those without a review first."""
    rows = (
        Attempt.objects.filter(
            round__evaluation=evaluation,
            exercise__replaced_at__isnull=True,
            candidate__withdrawn_at__isnull=True,
            finished=True,
        )
        .exclude(person=person)
        .select_related("person", "candidate", "round")
        .order_by("round__number", "candidate__position", "candidate_id", "pk")
    )
    newest = {(row.candidate_id, row.person_id): row for row in rows}
    counts: dict[int, int] = defaultdict(int)
    own: dict[int, CodeReview] = {}
    for review in CodeReview.objects.filter(attempt__in=[row.pk for row in newest.values()]):
        counts[review.attempt_id] += 1
        if review.reviewer_id == person.pk:
            own[review.attempt_id] = review
    found = [_solution(row, own.get(row.pk), counts[row.pk]) for row in newest.values()]
    return sorted(found, key=lambda one: (one.own is not None, one.reviews > 0))


def solution_for(evaluation: Evaluation, attempt_id: int, person: Person) -> Solution | None:
    return next((one for one in solutions_for(evaluation, person) if one.attempt_id == attempt_id), None)


def _solution(row: Attempt, own: CodeReview | None, reviews: int) -> Solution:
    return Solution(row.pk, row.candidate, row.person.shown_name, row.code_at, own, reviews, row.round.is_revealed)


def attempt_to_review(evaluation: Evaluation, attempt_id: int) -> Attempt | None:
    rows = Attempt.objects.select_related("round__evaluation__log", "round__evaluation__team", "candidate", "person")
    return rows.filter(round__evaluation=evaluation, exercise__replaced_at__isnull=True, pk=attempt_id).first()


def others_could_review(evaluation: Evaluation) -> bool:
    return len(people_who(Capability.RATE, evaluation)) > 1


def waiting_for_review(round: Round) -> int:
    """How many handed-in solutions of a round nobody has reviewed; 0 where there is nobody else to review them."""
    if not others_could_review(round.evaluation):
        return 0
    rows = Attempt.objects.filter(round=round, finished=True, exercise__replaced_at__isnull=True)
    return rows.filter(reviews__isnull=True).count()


def everything_is_in(round: Round) -> bool:
    """Everybody who was asked is finished, something was handed in, and all of it was reviewed."""
    progress = progress_of(round)
    if not 0 < progress.expected == progress.finished:
        return False
    handed_in = Attempt.objects.filter(round=round, finished=True, exercise__replaced_at__isnull=True).exists()
    return handed_in and not waiting_for_review(round)


def handed_in_everything(evaluation: Evaluation, round: Round, person: Person) -> bool:
    handed_in = set(
        Attempt.objects.filter(round=round, person=person, finished=True).values_list("candidate", flat=True)
    )
    return {one.pk for one in tried_candidates(evaluation)} <= handed_in


def figures_of(evaluation: Evaluation, *, metric: str) -> dict[int, list[Figure]]:
    """Per candidate's id what the closed exercise tells of a metric, in its unit: each answer, or one share."""
    return {
        result.candidate.pk: figures for result in results_of(evaluation) if (figures := figures_in(result, metric))
    }


def figures_in(result: Result, metric: str) -> list[Figure]:
    if metric in MEDIANS:
        return [Figure.exact("answers", 0, value) for value in getattr(result, MEDIANS[metric])]
    share = figure_of_share(result.counts[SHARES[metric]])
    return [share] if share else []


def score_by(metric: str, figures: list[Figure], points: Any, outside: str) -> Scored:
    if metric in MEDIANS:
        return score_of_median([figure.value for figure in figures], points, outside)
    return score_of(figures, points, outside)


def in_words(result: Result, metric: str) -> str:
    """Where a figure comes from, as one reads it beside a score."""
    if metric in MEDIANS:
        values = getattr(result, MEDIANS[metric])
        if len(values) == 1:
            return f"{values[0]:g}, a single answer"
        listed = ", ".join(f"{value:g}" for value in values)
        return f"median {median(values):g} of {listed}"
    counts = result.counts[SHARES[metric]]
    left_out = f", {counts.unknown} left out who don’t know" if counts.unknown else ""
    return f"{counts.yes} of {counts.known} say yes{left_out}"
