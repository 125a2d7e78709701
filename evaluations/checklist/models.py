from django.db import models

from evaluations.candidates.models import Evaluation


class Phase(models.TextChoices):
    REQUIREMENTS = "requirements", "Requirements"
    SPIKES = "spikes", "Spikes"
    ECOSYSTEM = "ecosystem", "Ecosystem"
    TEAMFIT = "teamfit", "Team fit"
    READINESS = "readiness", "Readiness"


class ChecklistItem(models.Model):
    """One thing a phase asks for. Owner and due date are its assignment ("item:<id>")."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        DONE = "done", "done"
        NOT_APPLICABLE = "not_applicable", "not applicable"

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="checklist_items")
    phase = models.CharField(max_length=12, choices=Phase.choices)
    key = models.CharField(max_length=60, blank=True, help_text="key in the catalogue, empty for an own one")
    text = models.CharField(max_length=300)
    evidence_asked = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    reason = models.CharField(max_length=500, blank=True, help_text="why it does not apply, or where it was shown")
    position = models.PositiveSmallIntegerField(default=0)
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["evaluation_id", "phase", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="not_applicable") | ~models.Q(reason=""),
                name="item_not_applicable_needs_a_reason",
                violation_error_message="Say why it does not apply.",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def subject(self) -> str:
        """The assignment's subject."""
        return f"item:{self.pk}"
