from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.jobs.models import Job


class Workload(models.Model):
    """What every candidate's spike is put under. `digest` is taken over the fields that make runs comparable.

    endpoints: [{"method": "GET", "path": "/shipments", "share": 60, "note": ""}], shares in percent.
    """

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="workloads")
    title = models.CharField(max_length=120)
    description = models.TextField(max_length=4000, blank=True)
    endpoints = models.JSONField(default=list, blank=True)
    users = models.PositiveIntegerField(null=True, blank=True)
    rate_per_s = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    duration_s = models.PositiveIntegerField(null=True, blank=True)
    warm_up_s = models.PositiveIntegerField(null=True, blank=True)
    environment = models.TextField(max_length=2000, blank=True)
    digest = models.CharField(max_length=64)
    removed_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title


class ResultFile(models.Model):
    """A file a tool wrote, as it came. The same bytes for the same candidate and workload are the same file."""

    class State(models.TextChoices):
        RECEIVED = "received", "waiting to be read"
        READING = "reading", "being read"
        ACCEPTED = "accepted", "read"
        REJECTED = "rejected", "rejected"
        QUARANTINED = "quarantined", "set aside"

    MOVES: dict[str, set[str]] = {
        State.RECEIVED: {State.READING, State.REJECTED, State.QUARANTINED},
        State.READING: {State.ACCEPTED, State.REJECTED, State.QUARANTINED, State.RECEIVED},
        State.QUARANTINED: {State.RECEIVED},
        State.ACCEPTED: set(),
        State.REJECTED: {State.RECEIVED},
    }

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="result_files")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="result_files")
    workload = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="result_files")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, null=True, related_name="result_file")
    file = models.FileField(max_length=200)
    file_name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    format = models.CharField(max_length=40, blank=True)
    tool = models.CharField(max_length=60, blank=True)
    error = models.TextField(blank=True)
    error_line = models.BigIntegerField(null=True)
    warnings = models.JSONField(default=list)
    provenance = models.CharField(max_length=200, blank=True, help_text='"invented example", or host and date')
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["candidate", "workload", "sha256"], name="result_file_content_once"),
            models.CheckConstraint(
                condition=~models.Q(state="rejected") | ~models.Q(error=""), name="result_file_rejected_says_why"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class SpikeRun(models.Model):
    """One run found in a file: totals as the reader gave them; None is "the file does not say"."""

    result_file = models.ForeignKey(ResultFile, on_delete=models.PROTECT, related_name="runs")
    index = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField(null=True)
    requests = models.BigIntegerField(null=True)
    failures = models.BigIntegerField(null=True)
    duration_s = models.FloatField(null=True)
    requests_per_s = models.FloatField(null=True)
    latency_ms = models.JSONField(default=dict)
    endpoints = models.JSONField(default=list)
    series = models.JSONField(default=list)
    errors = models.JSONField(default=list)
    thresholds = models.JSONField(default=list)
    stated = models.JSONField(default=dict)
    left_out_reason = models.CharField(max_length=300, blank=True, help_text="why it feeds no score")
    workload_digest = models.CharField(max_length=64, blank=True, help_text="the workload's when the run was read")
    sampled_run = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="sampled_by",
        help_text="the run beside which it sampled",
    )
    counts_despite = models.CharField(
        max_length=300, blank=True, help_text="a lead's reason to let it count although it can't be compared"
    )
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["result_file_id", "index"]
        constraints = [models.UniqueConstraint(fields=["result_file", "index"], name="spike_run_index_once")]

    def __str__(self) -> str:
        return f"run {self.pk} from {self.result_file}"


class RunFacts(models.Model):
    """What people say about how a run was made, where its file is silent; empty and None are "nobody said"."""

    class Loop(models.TextChoices):
        CLOSED = "closed", "closed: each user waits for its answer"
        OPEN = "open", "open: requests come at a rate, whatever the answers do"

    run = models.OneToOneField(SpikeRun, on_delete=models.PROTECT, related_name="facts")
    host = models.CharField(max_length=120, blank=True)
    processors = models.PositiveSmallIntegerField(null=True, blank=True)
    workers = models.PositiveSmallIntegerField(null=True, blank=True)
    driver = models.CharField(max_length=120, blank=True)
    client = models.CharField(max_length=120, blank=True)
    loop = models.CharField(max_length=8, choices=Loop.choices, blank=True)
    users = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    repeat = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    warm_up_s = models.PositiveIntegerField(null=True, blank=True)
    generator_busy = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(100)], help_text="percent of its processors at the most"
    )
    version = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"how run {self.run_id} was made"


class ComparisonRule(models.Model):
    """Up to which ratio two candidates' figures are a tie, in one evaluation."""

    evaluation = models.OneToOneField(Evaluation, on_delete=models.PROTECT, related_name="comparison_rule")
    tie_ratio = models.DecimalField(
        max_digits=4, decimal_places=2, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    version = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"a tie up to {self.tie_ratio}"


class Measurement(models.Model):
    """One number of a run, in the metric's unit of the catalogue. `endpoint` empty: the whole run."""

    run = models.ForeignKey(SpikeRun, on_delete=models.PROTECT, related_name="measurements")
    metric = models.CharField(max_length=60)
    endpoint = models.CharField(max_length=300, blank=True)
    value = models.FloatField()
    rule = models.CharField(max_length=40, help_text="stated by the tool, or how it was computed")

    class Meta:
        ordering = ["run_id", "metric", "endpoint"]
        constraints = [models.UniqueConstraint(fields=["run", "metric", "endpoint"], name="measurement_once")]
        indexes = [models.Index(fields=["metric", "endpoint"], name="measurement_metric")]

    def __str__(self) -> str:
        return f"{self.metric} {self.value}"
