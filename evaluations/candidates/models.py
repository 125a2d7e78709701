from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from evaluations.audit.models import AuditLog
from evaluations.teams.models import Team


class Evaluation(models.Model):
    """One decision: which framework, for which service, by which team."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        PROPOSED = "proposed", "proposed"
        DECIDED = "decided", "decided"
        SUPERSEDED = "superseded", "superseded"
        ARCHIVED = "archived", "archived"

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="evaluations")
    title = models.CharField(max_length=120)
    context = models.TextField(max_length=5000, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    example = models.CharField(max_length=40, blank=True, help_text="key of the catalogue's scenario it shows")
    log = models.OneToOneField(AuditLog, on_delete=models.PROTECT, related_name="evaluation")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_writable(self) -> bool:
        return self.state in {self.State.OPEN, self.State.PROPOSED}


class CandidateQuerySet(models.QuerySet["Candidate"]):
    def standing(self) -> "CandidateQuerySet":
        return self.filter(withdrawn_at__isnull=True)


class Candidate(models.Model):
    """A stack, not a name: framework, version, server, data layer, proxy."""

    class Kind(models.TextChoices):
        STACK = "stack", "a framework and what runs it"
        KEEP = "keep", "keep and modernise"
        STRANGLER = "strangler", "replace step by step"

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="candidates")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.STACK)
    name = models.CharField(max_length=80)
    framework = models.CharField(max_length=40, blank=True, help_text="key in the catalogue, empty for an own one")
    framework_version = models.CharField(max_length=40, blank=True)
    server = models.CharField(max_length=80, blank=True)
    data_layer = models.CharField(max_length=80, blank=True)
    proxy = models.CharField(max_length=80, blank=True)
    note = models.TextField(max_length=2000, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    version = models.BigIntegerField(default=0)

    objects = CandidateQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                "evaluation",
                Lower("name"),
                condition=models.Q(withdrawn_at__isnull=True),
                name="candidate_name_once",
                violation_error_message="This evaluation has a candidate of that name already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stack(self) -> str:
        parts = [self.framework_version, self.server, self.data_layer, self.proxy]
        return ", ".join(part for part in parts if part)


class JoinLink(models.Model):
    """A workshop's door: one evaluation, contributors, valid today; the lead admits each name."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="join_links")
    token_digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"join link {self.pk} of {self.evaluation}"


class JoinRequest(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        ADMITTED = "admitted", "admitted"
        REFUSED = "refused", "refused"

    link = models.ForeignKey(JoinLink, on_delete=models.PROTECT, related_name="requests")
    name = models.CharField(max_length=80)
    secret_digest = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="admitted") | models.Q(person__isnull=False),
                name="join_request_admitted_has_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} asks to join"


class GuestAccess(models.Model):
    """One person, one evaluation, without being a member of its team."""

    class Role(models.TextChoices):
        CONTRIBUTOR = "contributor", "Contributor"
        REVIEWER = "reviewer", "Reviewer"

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="guests")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="guest_access")
    role = models.CharField(max_length=12, choices=Role.choices)
    since_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["since_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["evaluation", "person"], name="guest_access_once")]

    def __str__(self) -> str:
        return f"{self.person} is guest of {self.evaluation}"
