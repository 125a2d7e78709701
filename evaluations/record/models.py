from django.conf import settings
from django.db import models

from evaluations.candidates.models import Evaluation
from evaluations.jobs.models import Job


class Draft(models.Model):
    """A draft record: the composed body as at one revision, and the PDF printed from that body alone."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="drafts")
    revision = models.BigIntegerField()
    body = models.JSONField()
    sha256 = models.CharField(max_length=64)
    pdf = models.FileField(max_length=200, blank=True)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, null=True, related_name="draft")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["evaluation", "sha256"], name="draft_body_once")]

    def __str__(self) -> str:
        return f"draft of {self.evaluation} at {self.revision}"
