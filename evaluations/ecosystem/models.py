from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator, URLValidator
from django.db import models

from evaluations.candidates.models import Candidate, Evaluation

WEB_ADDRESS = URLValidator(schemes=["http", "https"], message="Give a web address that begins with http or https.")


class Need(models.Model):
    """Something the service depends on from outside. Needs that are not required count for no figure."""

    class Kind(models.TextChoices):
        DATABASE_DRIVER = "database_driver", "database driver"
        CACHE_CLIENT = "cache_client", "cache client"
        MESSAGE_BROKER = "message_broker", "message broker"
        AUTHENTICATION = "authentication", "authentication provider"
        LOGGING = "logging", "logging"
        METRICS = "metrics", "metrics exporter"
        RATE_LIMITING = "rate_limiting", "rate limiting"
        VALIDATION = "validation", "request validation"
        ERROR_TRACKING = "error_tracking", "error tracking"
        SDK = "sdk", "third-party SDK"
        OWN = "own", "another kind"

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="needs")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    own_kind = models.CharField(max_length=60, blank=True, help_text="in the team's words, for another kind")
    name = models.CharField(max_length=120)
    note = models.TextField(max_length=1000, blank=True)
    is_required = models.BooleanField(default=True)
    async_needed = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    removed_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["evaluation_id", "position", "pk"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="need_has_a_name"),
            models.CheckConstraint(
                condition=(models.Q(kind="own") & ~models.Q(own_kind=""))
                | (~models.Q(kind="own") & models.Q(own_kind="")),
                name="need_of_another_kind_names_it",
                violation_error_message="Say which kind it is.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kind_shown(self) -> str:
        return self.own_kind or self.get_kind_display()


class Answer(models.TextChoices):
    YES = "yes", "yes"
    PARTLY = "partly", "partly"
    NO = "no", "no"
    UNKNOWN = "unknown", "unknown"


def _answer() -> "models.CharField[Any, Any]":
    return models.CharField(max_length=8, choices=Answer.choices, default=Answer.UNKNOWN)


def _note() -> "models.CharField[Any, Any]":
    return models.CharField(max_length=300, blank=True)


class PackageChoice(models.Model):
    """What covers a need for a candidate, as the team found it. No row: nobody has looked yet.

    A dealbreaker rules the candidate out, as a failed must-have does.
    """

    class Verdict(models.TextChoices):
        GOOD = "good", "good"
        ACCEPTABLE = "acceptable", "acceptable"
        POOR = "poor", "poor"
        MISSING = "missing", "no package: we would write this"
        UNKNOWN = "unknown", "unknown"

    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="packages")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="packages")
    package = models.CharField(max_length=120, blank=True)
    package_version = models.CharField(max_length=60, blank=True)
    maintained, maintained_note = _answer(), _note()
    stable, stable_note = _answer(), _note()
    supports_async, supports_async_note = _answer(), _note()
    release_history, release_history_note = _answer(), _note()
    issue_tracker, issue_tracker_note = _answer(), _note()
    community, community_note = _answer(), _note()
    issue_days = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    verdict = models.CharField(max_length=12, choices=Verdict.choices, default=Verdict.UNKNOWN)
    note = models.TextField(max_length=1000, blank=True)
    dealbreaker = models.BooleanField(default=False)
    dealbreaker_reason = models.CharField(max_length=500, blank=True)
    evidence_url = models.URLField(max_length=500, blank=True, validators=[WEB_ADDRESS])
    looked_date = models.DateField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    version = models.BigIntegerField()

    class Meta:
        ordering = ["need_id", "candidate_id"]
        constraints = [
            models.UniqueConstraint(fields=["need", "candidate"], name="package_choice_once"),
            models.CheckConstraint(
                condition=~models.Q(verdict__in=["good", "acceptable", "poor"]) | ~models.Q(package=""),
                name="package_judged_has_a_name",
                violation_error_message="Name the package that this is the verdict on.",
            ),
            models.CheckConstraint(
                condition=~models.Q(verdict="missing") | (models.Q(package="") & ~models.Q(note="")),
                name="package_missing_says_what_to_write",
                violation_error_message="Without a package, say in the note what we would write and how long it takes.",
            ),
            models.CheckConstraint(
                condition=models.Q(dealbreaker=False) | ~models.Q(dealbreaker_reason=""),
                name="package_dealbreaker_needs_a_reason",
                violation_error_message="Say why this rules the candidate out.",
            ),
            models.CheckConstraint(
                condition=models.Q(issue_days__isnull=True) | models.Q(issue_days__gte=0),
                name="package_issue_days_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.need} of {self.candidate}: {self.package or self.verdict}"
