from django.conf import settings
from django.db import models

from evaluations.candidates.models import Evaluation
from evaluations.checklist.models import Phase
from evaluations.signoff.states import PhaseState


class Signoff(models.Model):
    """What somebody said about a phase, bound to what they saw. The newest of a phase stands; none is ever changed.

    revision: of the evaluation as it was signed. content: the canonical JSON of exactly what was rendered; digest: its
    SHA-256. standing: who led and by how much then, {"leader": name, "leader_id": id, "margin": number or None}.
    """

    class Word(models.TextChoices):
        APPROVED = "approved", "approved"
        CHANGES_REQUESTED = "changes_requested", "asked for changes"
        NOT_APPLICABLE = "not_applicable", "not applicable"
        APPLIES = "applies", "applies after all"

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="signoffs")
    phase = models.CharField(max_length=12, choices=Phase.choices)
    word = models.CharField(max_length=20, choices=Word.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    revision = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    content = models.TextField()
    is_independent = models.BooleanField(default=True)
    reason = models.CharField(max_length=500, blank=True)
    comment = models.TextField(max_length=2000, blank=True)
    standing = models.JSONField(default=dict)
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["evaluation_id", "pk"]
        indexes = [models.Index(fields=["evaluation", "phase", "-id"], name="signoff_newest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_independent=True) | (models.Q(word="approved") & ~models.Q(reason="")),
                name="signoff_alone_needs_a_reason",
                violation_error_message="Say why there is no independent review.",
            ),
            models.CheckConstraint(
                condition=~models.Q(word="not_applicable") | ~models.Q(reason=""),
                name="signoff_not_applicable_needs_a_reason",
                violation_error_message="Say why the phase does not apply.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.phase} {self.word} by {self.by}"


class ReviewPoint(models.Model):
    """One thing a reviewer asked for; ticked off by those who did it."""

    signoff = models.ForeignKey(Signoff, on_delete=models.PROTECT, related_name="points")
    position = models.PositiveSmallIntegerField(default=0)
    text = models.CharField(max_length=500)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["signoff_id", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(settled_at__isnull=True, settled_by__isnull=True)
                | models.Q(settled_at__isnull=False, settled_by__isnull=False),
                name="review_point_settled_when_and_by",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Notice(models.Model):
    """The state of a phase people were last told of by mail. Not part of the evaluation's history."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="notices")
    phase = models.CharField(max_length=12, choices=Phase.choices)
    state = models.CharField(max_length=20, choices=[(state.value, state.label) for state in PhaseState])
    revision = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["evaluation_id", "phase"]
        constraints = [models.UniqueConstraint(fields=["evaluation", "phase"], name="notice_once_per_phase")]

    def __str__(self) -> str:
        return f"{self.phase} {self.state}"
