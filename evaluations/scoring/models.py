from django.conf import settings
from django.db import models

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.requirements.models import Criterion, Requirement
from evaluations.rounds.models import Round

ONE_TO_FIVE = models.Q(value__gte=1, value__lte=5)


class Rating(models.Model):
    """One person's answer for one cell in one blind round; `value` None means "don't know"."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="ratings")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="ratings")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="ratings")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    value = models.PositiveSmallIntegerField(null=True)
    reason = models.TextField(max_length=1000, blank=True)
    at = models.DateTimeField()
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["round_id", "criterion_id", "candidate_id", "person_id"]
        constraints = [
            models.UniqueConstraint(fields=["round", "candidate", "criterion", "person"], name="rating_once"),
            models.CheckConstraint(condition=models.Q(value__isnull=True) | ONE_TO_FIVE, name="rating_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} of {self.candidate}"


class Score(models.Model):
    """The team's agreed score of one cell. `value` None: it was taken back, and the version still counts."""

    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="scores")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="scores")
    value = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    reason = models.TextField(max_length=1000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    version = models.BigIntegerField()

    class Meta:
        ordering = ["criterion_id", "candidate_id"]
        constraints = [
            models.UniqueConstraint(fields=["candidate", "criterion"], name="score_once"),
            models.CheckConstraint(condition=models.Q(value__isnull=True) | ONE_TO_FIVE, name="score_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} of {self.candidate}: {self.value}"


class ValueFunction(models.Model):
    """How a metric becomes a score: piecewise-linear points [[metric, 1..5], ...], ascending in the metric.

    `endpoint` narrows a metric to one endpoint of the runs; empty means the whole run.
    """

    criterion = models.OneToOneField(Criterion, on_delete=models.PROTECT, related_name="value_function")
    metric = models.CharField(max_length=60, help_text="key in the catalogue")
    unit = models.CharField(max_length=40)
    points = models.JSONField()
    endpoint = models.CharField(max_length=300, blank=True)
    outside = models.CharField(
        max_length=12, choices=[("clip", "clipped"), ("extrapolate", "extrapolated")], default="clip"
    )
    frozen_at = models.DateTimeField(null=True)
    version = models.BigIntegerField()

    class Meta:
        ordering = ["criterion_id"]

    def __str__(self) -> str:
        return f"{self.metric} to a score of {self.criterion}"


class MeasuredScore(models.Model):
    """A cell's score computed from measurements through the criterion's value function; stands beside the judged one.

    source: where it comes from, {"runs": [ids], "metric": key, "values": [numbers in the metric's unit], "unit": text}.
    """

    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="measured_scores")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="measured_scores")
    value = models.FloatField()
    deviation = models.FloatField(default=0)
    low = models.FloatField()
    high = models.FloatField()
    source = models.JSONField()
    at = models.DateTimeField()
    version = models.BigIntegerField()

    class Meta:
        ordering = ["criterion_id", "candidate_id"]
        constraints = [
            models.UniqueConstraint(fields=["candidate", "criterion"], name="measured_score_once"),
            models.CheckConstraint(condition=models.Q(deviation__gte=0), name="measured_score_deviation"),
            models.CheckConstraint(
                condition=models.Q(low__lte=models.F("value"), high__gte=models.F("value")),
                name="measured_score_within_its_interval",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} of {self.candidate}: {self.value}"


class Evidence(models.Model):
    """A note, a link or a file behind a cell or a verdict."""

    class Kind(models.TextChoices):
        NOTE = "note", "Note"
        LINK = "link", "Link"
        FILE = "file", "File"

    class Strength(models.TextChoices):
        WEAK = "weak", "weak: hearsay, marketing, a blog post"
        FAIR = "fair", "fair: documentation, others' experience"
        STRONG = "strong", "strong: our own test or measurement"

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="evidence")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="evidence")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, null=True, related_name="evidence")
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, null=True, related_name="evidence")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    title = models.CharField(max_length=200)
    text = models.TextField(max_length=4000, blank=True)
    url = models.URLField(max_length=500, blank=True)
    file = models.FileField(max_length=200, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    file_size = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    dated_date = models.DateField(null=True, blank=True)
    about_version = models.CharField(max_length=60, blank=True)
    strength = models.CharField(max_length=8, choices=Strength.choices)
    provenance = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(criterion__isnull=False) | models.Q(requirement__isnull=False),
                name="evidence_is_about_something",
            ),
            models.CheckConstraint(
                condition=(models.Q(kind="note") & ~models.Q(text=""))
                | (models.Q(kind="link") & ~models.Q(url=""))
                | (models.Q(kind="file") & ~models.Q(sha256="")),
                name="evidence_has_its_content",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class MustHaveVerdict(models.Model):
    """Whether a candidate meets a must-have requirement. No row means not proven."""

    class Verdict(models.TextChoices):
        MET = "met", "met"
        NOT_MET = "not_met", "not met"
        NOT_PROVEN = "not_proven", "not proven"

    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="verdicts")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="verdicts")
    verdict = models.CharField(max_length=12, choices=Verdict.choices, default=Verdict.NOT_PROVEN)
    reason = models.TextField(max_length=1000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    version = models.BigIntegerField()

    class Meta:
        ordering = ["requirement_id", "candidate_id"]
        constraints = [
            models.UniqueConstraint(fields=["requirement", "candidate"], name="verdict_once"),
            models.CheckConstraint(
                condition=models.Q(verdict="not_proven") | ~models.Q(reason=""),
                name="verdict_needs_a_reason",
                violation_error_message="Say why: a verdict needs a reason.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.requirement} by {self.candidate}: {self.verdict}"
