from django.conf import settings
from django.db import models

from evaluations.audit.models import AuditLog


class Job(models.Model):
    """Outbox, progress and result of one piece of background work. The row is the truth, the broker only a bell."""

    class State(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        QUARANTINED = "quarantined", "set aside after three tries"
        CANCELLED = "cancelled", "cancelled"

    MOVES: dict[str, set[str]] = {
        State.QUEUED: {State.RUNNING, State.CANCELLED, State.QUARANTINED},
        State.RUNNING: {State.DONE, State.FAILED, State.QUEUED, State.QUARANTINED, State.CANCELLED},
        State.FAILED: {State.QUEUED},
        State.QUARANTINED: {State.QUEUED},
        State.DONE: set(),
        State.CANCELLED: set(),
    }

    log = models.ForeignKey(AuditLog, on_delete=models.PROTECT, null=True, related_name="jobs")
    task = models.CharField(max_length=120)
    arguments = models.JSONField(default=dict)
    about = models.JSONField(default=dict)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    step = models.CharField(max_length=200, blank=True, default="")
    error = models.TextField(blank=True, default="")
    request_id = models.CharField(max_length=64, blank=True, default="")
    queued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-queued_at", "-pk"]
        indexes = [models.Index(fields=["state", "sent_at"], name="job_state_sent")]
        constraints = [models.CheckConstraint(condition=models.Q(done__gte=0), name="job_done_not_negative")]

    def __str__(self) -> str:
        return f"job {self.pk} {self.task} {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.RUNNING}

    @property
    def percent(self) -> int | None:
        return min(100, round(100 * self.done / self.total)) if self.total else None
