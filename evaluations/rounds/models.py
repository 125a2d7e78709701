from django.conf import settings
from django.db import models

from evaluations.candidates.models import Evaluation


class RoundQuerySet(models.QuerySet["Round"]):
    def revealed(self) -> "RoundQuerySet":
        return self.filter(revealed_at__isnull=False)

    def unrevealed(self) -> "RoundQuerySet":
        return self.filter(revealed_at__isnull=True)


class Round(models.Model):
    """Members answer apart; nobody learns another's answer before the lead reveals all of them at once."""

    class Subject(models.TextChoices):
        VOTES = "votes", "votes for the top three requirements"
        WEIGHTS = "weights", "weights"
        RATINGS = "ratings", "ratings"
        EXERCISE = "exercise", "the exercise"

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="rounds")
    subject = models.CharField(max_length=12, choices=Subject.choices)
    number = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    revealed_at = models.DateTimeField(null=True)
    revealed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.BigIntegerField(default=0)

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ["evaluation_id", "subject", "number"]
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "subject", "number"], name="round_number_once"),
            models.UniqueConstraint(
                fields=["evaluation", "subject"],
                condition=models.Q(revealed_at__isnull=True),
                name="round_one_open_per_subject",
            ),
            models.CheckConstraint(
                condition=models.Q(revealed_at__isnull=True, revealed_by__isnull=True)
                | models.Q(revealed_at__isnull=False),
                name="round_revealed_when_and_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.number}"

    @property
    def seal(self) -> str:
        return f"round:{self.pk}"

    @property
    def is_revealed(self) -> bool:
        return self.revealed_at is not None


class Finish(models.Model):
    """Someone says: I am done with this round. Shown as a count, never as names."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="finishes")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["round_id", "pk"]
        constraints = [models.UniqueConstraint(fields=["round", "person"], name="finish_once")]

    def __str__(self) -> str:
        return f"{self.person} finished {self.round}"
