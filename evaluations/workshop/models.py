from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from evaluations.candidates.models import Evaluation
from evaluations.workshop.steps import LAST, STEPS, Step


class Workshop(models.Model):
    """The two-hour meeting's clock. Resuming moves the step's start by the length of the pause."""

    evaluation = models.OneToOneField(Evaluation, on_delete=models.PROTECT, related_name="workshop")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    step = models.PositiveSmallIntegerField(default=0)
    step_started_at = models.DateTimeField()
    extra_minutes = models.PositiveSmallIntegerField(default=0)
    paused_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(step__lte=LAST), name="workshop_step_exists"),
            models.CheckConstraint(
                condition=models.Q(paused_at__isnull=True) | models.Q(ended_at__isnull=True),
                name="workshop_ended_is_not_paused",
            ),
        ]

    def __str__(self) -> str:
        return f"workshop of {self.evaluation}: {self.current.title}"

    @property
    def current(self) -> Step:
        return STEPS[self.step]

    @property
    def minutes(self) -> int:
        return self.current.minutes + self.extra_minutes

    @property
    def is_running(self) -> bool:
        return self.paused_at is None and self.ended_at is None

    @property
    def step_ends_at(self) -> datetime:
        """When the step's time is up if nobody pauses any more."""
        return self.step_started_at + timedelta(minutes=self.minutes)

    def left(self, at: datetime) -> timedelta:
        """What is left of the step; negative when it is over its time."""
        return self.step_ends_at - (self.paused_at or self.ended_at or at)
