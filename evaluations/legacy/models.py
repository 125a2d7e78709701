from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models

from evaluations.candidates.models import Candidate


class LegacyPlan(models.Model):
    """What moving away from the old system, or keeping it, would cost and hurt: of one candidate.

    Days are person-days, low to high; None is "nobody estimated it", never zero.
    """

    candidate = models.OneToOneField(Candidate, on_delete=models.PROTECT, related_name="legacy_plan")
    cost_low_days = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    cost_high_days = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    cost_source = models.CharField(max_length=300, blank=True)
    pain_points = models.TextField(max_length=4000, blank=True, help_text="one a line")
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["candidate_id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(cost_low_days__isnull=True, cost_high_days__isnull=True)
                | models.Q(
                    cost_low_days__gte=0, cost_high_days__isnull=False, cost_high_days__gte=models.F("cost_low_days")
                ),
                name="legacy_cost_low_to_high",
            ),
            models.CheckConstraint(
                condition=models.Q(cost_low_days__isnull=True) | ~models.Q(cost_source=""),
                name="legacy_cost_has_source",
            ),
        ]

    def __str__(self) -> str:
        return f"legacy plan of {self.candidate}"

    @property
    def pains(self) -> list[str]:
        return [line.strip() for line in self.pain_points.splitlines() if line.strip()]


class Increment(models.Model):
    """One step of the plan: what moves, what it takes, what can go wrong and how it is taken back."""

    class Risk(models.TextChoices):
        LOW = "low", "low"
        MEDIUM = "medium", "medium"
        HIGH = "high", "high"

    plan = models.ForeignKey(LegacyPlan, on_delete=models.PROTECT, related_name="increments")
    position = models.PositiveSmallIntegerField()
    moves = models.CharField(max_length=300)
    effort_low_days = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    effort_high_days = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    risk = models.CharField(max_length=8, choices=Risk.choices, default=Risk.MEDIUM)
    risk_note = models.CharField(max_length=500, blank=True)
    rollback = models.TextField(max_length=2000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(effort_low_days__isnull=True, effort_high_days__isnull=True)
                | models.Q(
                    effort_low_days__gte=0,
                    effort_high_days__isnull=False,
                    effort_high_days__gte=models.F("effort_low_days"),
                ),
                name="increment_effort_low_to_high",
            ),
            models.CheckConstraint(condition=~models.Q(moves=""), name="increment_says_what_moves"),
        ]

    def __str__(self) -> str:
        return self.moves
