import json
from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.functional import cached_property

from evaluations.candidates.models import Evaluation
from evaluations.jobs.models import Job


class Sha256OfText(models.Func):
    """64 lower-case hexadecimal digits, computed by PostgreSQL itself."""

    template = "encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex')"
    output_field = models.CharField(max_length=64)


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


class FinalRecord(models.Model):
    """What was decided, word for word: the canonical JSON of one body, frozen with the decision.

    Never changed, never removed: the database refuses both, and a document that does not have its checksum.
    """

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="final_records")
    revision = models.BigIntegerField(help_text="the revision that decided")
    document = models.TextField(help_text="canonical JSON of the body")
    sha256 = models.CharField(max_length=64, help_text="of the document's bytes")
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    frozen_at = models.DateTimeField()

    class Meta:
        ordering = ["-revision"]
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "revision"], name="final_record_once_per_revision"),
            models.CheckConstraint(
                condition=models.Q(sha256=Sha256OfText(models.F("document"))), name="final_record_has_its_checksum"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="final_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="final_no_truncate",
                level=pgtrigger.Statement,
                operation=pgtrigger.Truncate,
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'final records are append-only: TRUNCATE refused';",
            ),
        ]

    def __str__(self) -> str:
        return f"record of {self.evaluation} at {self.revision}"

    @cached_property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.document)
        return found


class FinalPrint(models.Model):
    """The PDF of a final record. It can be made again from the record alone, so it may come and go."""

    record = models.OneToOneField(FinalRecord, on_delete=models.PROTECT, related_name="print")
    pdf = models.FileField(max_length=200, blank=True)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, null=True, related_name="final_print")

    def __str__(self) -> str:
        return f"print of the {self.record}"
