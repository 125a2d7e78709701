from datetime import datetime

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.rounds.models import Round

MOST_MINUTES = 6000
ONE_TO_FIVE = [MinValueValidator(1), MaxValueValidator(5)]


class Exercise(models.Model):
    """What every member builds with every candidate. One is current; another takes its place, and keeps no answers."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="exercises")
    title = models.CharField(max_length=200)
    text = models.TextField(max_length=4000)
    conventions = models.TextField(max_length=2000, blank=True)
    limit_minutes = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST_MINUTES)]
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)
    version = models.BigIntegerField()

    class Meta:
        ordering = ["evaluation_id", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation"], condition=models.Q(replaced_at__isnull=True), name="exercise_one_is_current"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Answer(models.TextChoices):
    YES = "yes", "yes"
    PARTLY = "partly", "partly"
    NO = "no", "no"
    UNKNOWN = "unknown", "don’t know"


def _answer_field() -> models.CharField:
    return models.CharField(max_length=8, choices=Answer.choices, default=Answer.UNKNOWN)


class Attempt(models.Model):
    """One member's exercise with one candidate. Nobody else reads it before its round is revealed, nor its author then.

    The clock runs from `started_at` until `stopped_at`; `earlier_s` are the seconds of stretches before. Minutes that
    were typed count instead of the clock's. `finished`: handed in; from then on others see `code_at`, for the review.
    """

    exercise = models.ForeignKey(Exercise, on_delete=models.PROTECT, related_name="attempts")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="attempts")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="attempts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    earlier_s = models.PositiveIntegerField(default=0)
    typed_minutes = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.1), MaxValueValidator(MOST_MINUTES)]
    )
    sentiment = models.PositiveSmallIntegerField(null=True, blank=True, validators=ONE_TO_FIVE)
    error_helpful = _answer_field()
    docs_easy = _answer_field()
    fits_conventions = _answer_field()
    two_years = _answer_field()
    friction = models.TextField(max_length=2000, blank=True)
    may_be_quoted = models.BooleanField(default=False)
    may_be_named = models.BooleanField(default=False)
    code_at = models.CharField(max_length=300, blank=True)
    finished = models.BooleanField(default=False)
    at = models.DateTimeField()
    version = models.BigIntegerField()

    class Meta:
        ordering = ["round_id", "candidate_id", "person_id"]
        constraints = [
            models.UniqueConstraint(fields=["round", "candidate", "person"], name="attempt_once"),
            models.UniqueConstraint(
                fields=["round", "person"],
                condition=models.Q(started_at__isnull=False, stopped_at__isnull=True),
                name="attempt_one_clock_runs",
            ),
            models.CheckConstraint(
                condition=models.Q(stopped_at__isnull=True) | models.Q(stopped_at__gte=models.F("started_at")),
                name="attempt_stopped_after_it_started",
            ),
            models.CheckConstraint(
                condition=models.Q(typed_minutes__isnull=True) | models.Q(typed_minutes__gt=0),
                name="attempt_took_some_time",
            ),
            models.CheckConstraint(
                condition=models.Q(sentiment__isnull=True) | models.Q(sentiment__gte=1, sentiment__lte=5),
                name="attempt_sentiment_1_to_5",
            ),
            models.CheckConstraint(
                condition=models.Q(may_be_named=False) | models.Q(may_be_quoted=True), name="attempt_named_is_quoted"
            ),
            models.CheckConstraint(
                condition=models.Q(finished=False)
                | models.Q(sentiment__isnull=False, typed_minutes__isnull=False)
                | models.Q(sentiment__isnull=False, stopped_at__isnull=False),
                name="attempt_finished_has_time_and_sentiment",
            ),
        ]

    def __str__(self) -> str:
        return f"exercise with {self.candidate}"

    @property
    def is_running(self) -> bool:
        return self.started_at is not None and self.stopped_at is None

    def answer_in_words(self, question: str) -> str:
        return Answer(getattr(self, question)).label

    def clock_seconds(self, at: datetime) -> int:
        """What the clock shows at a moment, stretches before included."""
        if self.started_at is None:
            return self.earlier_s
        return self.earlier_s + max(0, int(((self.stopped_at or at) - self.started_at).total_seconds()))

    @property
    def minutes(self) -> float | None:
        """What counts as its time: typed, else the stopped clock's; None while neither is known."""
        if self.typed_minutes is not None:
            return self.typed_minutes
        return None if self.stopped_at is None else round(self.clock_seconds(self.stopped_at) / 60, 1)


class CodeReview(models.Model):
    """What somebody else than its author thinks of the code that came out of an attempt."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    quality = models.PositiveSmallIntegerField(validators=ONE_TO_FIVE)
    remark = models.TextField(max_length=1000, blank=True)
    at = models.DateTimeField()
    version = models.BigIntegerField()

    class Meta:
        ordering = ["attempt_id", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "reviewer"], name="code_review_once"),
            models.CheckConstraint(
                condition=models.Q(quality__gte=1, quality__lte=5), name="code_review_quality_1_to_5"
            ),
        ]

    def __str__(self) -> str:
        return f"review of the {self.attempt}"
