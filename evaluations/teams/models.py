from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower

from evaluations.audit.models import AuditLog


class Person(AbstractUser):
    """Someone who signs in. `name` is what others see."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(max_length=80, blank=True)
    is_demo = models.BooleanField(default=False)

    REQUIRED_FIELDS = ["email"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), name="person_username_once"),
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="person_email_once"),
        ]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.shown_name

    def get_short_name(self) -> str:
        return self.shown_name


class Role(models.TextChoices):
    LEAD = "lead", "Lead"
    REVIEWER = "reviewer", "Reviewer"
    CONTRIBUTOR = "contributor", "Contributor"
    VIEWER = "viewer", "Viewer"


class Team(models.Model):
    class AsyncExperience(models.TextChoices):
        UNKNOWN = "", "not said yet"
        NONE = "none", "none yet"
        SOME = "some", "some of us, in small things"
        PRODUCTION = "production", "several of us, in production"

    name = models.CharField(max_length=120)
    log = models.OneToOneField(AuditLog, on_delete=models.PROTECT, related_name="team")
    size = models.PositiveSmallIntegerField(null=True, blank=True)
    skills = models.TextField(max_length=2000, blank=True)
    async_experience = models.CharField(
        max_length=12, choices=AsyncExperience.choices, blank=True, default=AsyncExperience.UNKNOWN
    )
    version = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role.choices)
    rates = models.BooleanField(default=False, help_text="a reviewer who was invited to rate")
    since_at = models.DateTimeField()
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["team_id", "since_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["team", "person"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.person} is {self.role} of {self.team}"


class Invitation(models.Model):
    """A link for one address, one team, one role; used once, for seven days. Only the token's digest is kept."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=12, choices=Role.choices)
    token_digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(used_at__isnull=True, used_by__isnull=True)
                | models.Q(used_at__isnull=False, used_by__isnull=False),
                name="invitation_used_when_and_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.team} as {self.role}"


class LeadLink(models.Model):
    """A link printed on the machine itself, used once: it makes a team and its first lead."""

    token_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(used_at__isnull=True, used_by__isnull=True)
                | models.Q(used_at__isnull=False, used_by__isnull=False),
                name="lead_link_used_when_and_by",
            ),
        ]

    def __str__(self) -> str:
        return f"lead link {self.pk}"


class ApiToken(models.Model):
    """What a pipeline signs in with: one team, one scope, in the name of whoever made it. Only a digest is kept."""

    class Scope(models.TextChoices):
        UPLOAD = "upload", "send result files"
        READ = "read", "read only"

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=80)
    scope = models.CharField(max_length=12, choices=Scope.choices)
    prefix = models.CharField(max_length=12, unique=True)
    secret_digest = models.CharField(max_length=64)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(expires_at__gt=models.F("created_at")), name="api_token_lives"),
        ]

    def __str__(self) -> str:
        return f"token {self.name} of {self.team}"
