import pgtrigger
from django.conf import settings
from django.db import models


class AuditLog(models.Model):
    """One for each team and each evaluation. `count` is the revision; `head` the digest of the newest event.

    A closed one takes only the few kinds of events that `actions.told_when_closed` names.
    """

    count = models.BigIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True, default="")
    is_closed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(count__gte=0), name="audit_log_count_not_negative"),
            models.CheckConstraint(
                condition=models.Q(count=0, head="") | (models.Q(count__gt=0) & ~models.Q(head="")),
                name="audit_log_head_with_count",
            ),
        ]

    def __str__(self) -> str:
        return f"log {self.pk} at {self.count}"


class AuditEvent(models.Model):
    """One thing that happened. Never changed, never removed: a trigger of the database refuses both.

    `sealed_by` names the blind round whose reveal opens this event ("round:12"); until then only the
    person who caused it may read `payload` and `salt`.
    """

    log = models.ForeignKey(AuditLog, on_delete=models.PROTECT, related_name="events")
    number = models.BigIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=80)
    about = models.JSONField(default=dict)
    payload = models.JSONField(default=dict)
    sealed_by = models.CharField(max_length=40, blank=True, default="")
    salt = models.BinaryField(max_length=16)
    previous = models.CharField(max_length=64, blank=True, default="")
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["log_id", "number"]
        constraints = [models.UniqueConstraint(fields=["log", "number"], name="audit_event_number_once")]
        indexes = [
            models.Index(fields=["log", "kind"], name="audit_event_kind"),
            models.Index(fields=["log", "by"], name="audit_event_by"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="no_truncate",
                level=pgtrigger.Statement,
                operation=pgtrigger.Truncate,
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'audit events are append-only: TRUNCATE refused';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.log_id}/{self.number} {self.kind}"

    @property
    def topic(self) -> str:
        return self.kind.split(".", 1)[0]
