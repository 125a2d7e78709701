from django.conf import settings
from django.core.validators import MinValueValidator, URLValidator
from django.db import models

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.checklist.models import ChecklistItem

WEB_ADDRESS = URLValidator(schemes=["http", "https"], message="Give a web address that begins with http or https.")


class ReadinessAnswer(models.Model):
    """What the team says of one item of the readiness checklist for one candidate, and what shows it."""

    class Answer(models.TextChoices):
        YES = "yes", "yes"
        PARTLY = "partly", "partly"
        NO = "no", "no"
        UNKNOWN = "unknown", "unknown"

    item = models.ForeignKey(ChecklistItem, on_delete=models.PROTECT, related_name="readiness_answers")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="readiness_answers")
    answer = models.CharField(max_length=8, choices=Answer.choices, default=Answer.UNKNOWN)
    note = models.TextField(max_length=1000, blank=True)
    evidence = models.CharField(max_length=500, blank=True, help_text="what shows it, in words")
    evidence_url = models.URLField(max_length=500, blank=True, validators=[WEB_ADDRESS])
    figure = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    version = models.BigIntegerField()

    class Meta:
        ordering = ["item_id", "candidate_id"]
        constraints = [
            models.UniqueConstraint(fields=["item", "candidate"], name="readiness_answer_once"),
            models.CheckConstraint(
                condition=models.Q(answer="unknown") | ~models.Q(evidence="") | ~models.Q(evidence_url=""),
                name="readiness_answer_has_evidence",
                violation_error_message="Say what shows it, or give an address.",
            ),
            models.CheckConstraint(
                condition=models.Q(figure__isnull=True) | models.Q(figure__gte=0), name="readiness_figure_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} of {self.candidate}: {self.answer}"


class ProductionStory(models.Model):
    """A team that runs it for something similar: the link, and what was learned from it."""

    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="production_stories")
    title = models.CharField(max_length=200)
    url = models.URLField(max_length=500, validators=[WEB_ADDRESS])
    learned = models.TextField(max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["candidate_id", "at", "pk"]
        verbose_name_plural = "production stories"
        constraints = [
            models.CheckConstraint(condition=~models.Q(learned=""), name="story_says_what_was_learned"),
        ]

    def __str__(self) -> str:
        return self.title


class FailureTest(models.Model):
    """One failure test as a structured result. None is "nobody looked", never zero.

    answers: how requests were answered while it lasted, {"200": 12, "503": 5910, "timeout": 4}.
    first_success_s: seconds from the end of the disturbance to the first good answer; `is_censored` says that watching
    ended then without one. figure: the kind's own number, in its unit (`evaluations.readiness.kinds`).
    """

    class Kind(models.TextChoices):
        DATABASE_REFUSED = "database_refused", "Database refused for 30 s"
        DATABASE_UNRESPONSIVE = "database_unresponsive", "Database unresponsive"
        SLOW_CLIENTS = "slow_clients", "Slow clients"
        SIGTERM = "sigterm", "SIGTERM with requests in flight"
        COLD_START = "cold_start", "Cold start"
        MEMORY = "memory_over_time", "Memory over time"
        CONNECTIONS = "open_connections", "Open WebSocket or SSE connections"

    class Verdict(models.TextChoices):
        RECOVERED = "recovered", "recovered"
        STUCK = "stuck", "stuck"
        HUNG = "hung", "hung"
        CRASHED = "crashed", "crashed"

    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="failure_tests")
    kind = models.CharField(max_length=24, choices=Kind.choices)
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    answers = models.JSONField(default=dict, blank=True)
    first_success_s = models.FloatField(null=True, blank=True)
    is_censored = models.BooleanField(default=False)
    lost_requests = models.BigIntegerField(null=True, blank=True)
    figure = models.FloatField(null=True, blank=True)
    host = models.CharField(max_length=200, blank=True)
    run_date = models.DateField(null=True, blank=True)
    provenance = models.CharField(max_length=200, blank=True, help_text='"invented example", or tool and script')
    remark = models.TextField(max_length=2000, blank=True)
    file_name = models.CharField(max_length=200, blank=True, help_text="the file it came in, empty when typed")
    sha256 = models.CharField(max_length=64, blank=True, help_text="of that file")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["candidate_id", "kind", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first_success_s__isnull=True) | models.Q(first_success_s__gte=0),
                name="failure_test_time_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(is_censored=False) | models.Q(first_success_s__isnull=False),
                name="failure_test_censored_at_a_time",
            ),
            models.CheckConstraint(
                condition=~(models.Q(verdict="recovered") & models.Q(is_censored=True)),
                name="failure_test_recovered_was_seen",
                violation_error_message="Recovered means that a good answer was seen: its time is exact.",
            ),
            models.CheckConstraint(
                condition=(models.Q(lost_requests__isnull=True) | models.Q(lost_requests__gte=0))
                & (models.Q(figure__isnull=True) | models.Q(figure__gte=0)),
                name="failure_test_counts_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.verdict}"

    @property
    def evaluation(self) -> Evaluation:
        return self.candidate.evaluation
