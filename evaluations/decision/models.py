from django.conf import settings
from django.db import models

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.requirements.models import Criterion

ONE_A_LINE = "one a line"


def lines_of(text: str) -> list[str]:
    """The lines somebody typed, without the empty ones."""
    return [line.strip() for line in text.splitlines() if line.strip()]


class Decision(models.Model):
    """What is chosen, and all that is said with it. Its state is the evaluation's.

    `was_against_ranking`, `ranking_note` and `decided_revision` are kept at the moment of deciding: scores and
    catalogue may be read differently later, what was known then may not.
    """

    evaluation = models.OneToOneField(Evaluation, on_delete=models.PROTECT, related_name="decision")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(max_length=4000, blank=True)
    good = models.TextField(max_length=4000, blank=True, help_text=ONE_A_LINE)
    bad = models.TextField(max_length=4000, blank=True, help_text=ONE_A_LINE)
    neutral = models.TextField(max_length=4000, blank=True, help_text=ONE_A_LINE)
    confirmation = models.TextField(max_length=2000, blank=True)
    consulted = models.TextField(max_length=4000, blank=True, help_text=ONE_A_LINE)
    informed = models.TextField(max_length=4000, blank=True, help_text=ONE_A_LINE)
    revisit_on = models.DateField(null=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_revision = models.BigIntegerField(null=True)
    was_against_ranking = models.BooleanField(null=True)
    ranking_note = models.CharField(max_length=500, blank=True)
    archived_from = models.CharField(max_length=12, blank=True, help_text="the state it comes back to")
    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_at__isnull=True, decided_by__isnull=True, decided_revision__isnull=True)
                | models.Q(
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    decided_revision__isnull=False,
                    candidate__isnull=False,
                    was_against_ranking__isnull=False,
                ),
                name="decision_decided_is_whole",
            ),
            models.CheckConstraint(
                condition=~models.Q(was_against_ranking=True) | ~models.Q(reason=""),
                name="decision_against_ranking_has_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(proposed_at__isnull=True, proposed_by__isnull=True)
                | models.Q(proposed_at__isnull=False, proposed_by__isnull=False, candidate__isnull=False),
                name="decision_proposed_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"decision of {self.evaluation}"

    @property
    def state(self) -> str:
        return self.evaluation.state


class TradeOff(models.Model):
    """Where the chosen candidate is weaker, and what is done about it; or that the offer was looked at and left out.

    It belongs to a candidate: choosing another one brings that one's own to the page, and loses nothing.
    `shortfall`: points of the total on 1..5 by which the best other was ahead when it was accepted; None for own ones.
    """

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="trade_offs")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="+")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, null=True, related_name="+")
    what = models.CharField(max_length=500)
    mitigation = models.TextField(max_length=2000, blank=True)
    shortfall = models.FloatField(null=True)
    is_left_out = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["decision", "candidate", "criterion"],
                condition=models.Q(criterion__isnull=False),
                name="trade_off_criterion_once",
            ),
            models.CheckConstraint(condition=~models.Q(what=""), name="trade_off_says_what"),
        ]

    def __str__(self) -> str:
        return self.what


class Forecast(models.Model):
    """A figure expected once it runs, and what came of it. metric: key in the catalogue, empty for an own one."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="forecasts")
    metric = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=120)
    unit = models.CharField(max_length=40, blank=True)
    lower_is_better = models.BooleanField(null=True)
    expected = models.FloatField()
    note = models.CharField(max_length=500, blank=True, help_text="from what it was concluded")
    actual = models.FloatField(null=True)
    actual_note = models.CharField(max_length=500, blank=True)
    actual_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actual_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(actual__isnull=True, actual_by__isnull=True, actual_at__isnull=True)
                | models.Q(actual__isnull=False, actual_by__isnull=False, actual_at__isnull=False),
                name="forecast_actual_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Revisit(models.Model):
    """The decision was looked at again: what was found, and when to look next (None: not again)."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="revisits")
    finding = models.TextField(max_length=4000)
    next_on = models.DateField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(condition=~models.Q(finding=""), name="revisit_says_what_was_found")]

    def __str__(self) -> str:
        return f"looked at again {self.at:%Y-%m-%d}"


class Succession(models.Model):
    """An evaluation that starts from another one's decision, and supersedes it once it is decided itself."""

    predecessor = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="successions")
    successor = models.OneToOneField(Evaluation, on_delete=models.PROTECT, related_name="origin")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(predecessor=models.F("successor")), name="succession_of_two_evaluations"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.successor} starts from {self.predecessor}"
