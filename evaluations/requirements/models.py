from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from evaluations.candidates.models import Evaluation
from evaluations.rounds.models import Round


class CriterionQuerySet(models.QuerySet["Criterion"]):
    def standing(self) -> "CriterionQuerySet":
        return self.filter(removed_at__isnull=True)


class Criterion(models.Model):
    """A question put to every candidate, with what a 1, a 3 and a 5 look like."""

    class Basis(models.TextChoices):
        JUDGED = "judged", "judged by the team"
        MEASURED = "measured", "measured"

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="criteria")
    key = models.CharField(max_length=60, blank=True, help_text="key in the catalogue, empty for an own one")
    name = models.CharField(max_length=80)
    question = models.CharField(max_length=300, blank=True)
    group = models.CharField(max_length=60, blank=True)
    anchor_1 = models.CharField(max_length=300, blank=True)
    anchor_3 = models.CharField(max_length=300, blank=True)
    anchor_5 = models.CharField(max_length=300, blank=True)
    basis = models.CharField(max_length=12, choices=Basis.choices, default=Basis.JUDGED)
    evidence_kind = models.CharField(max_length=20, blank=True, help_text="key of the catalogue's kind of evidence")
    cost_hours = models.DecimalField(
        max_digits=6, decimal_places=2, null=True, blank=True, help_text="empty: what its kind of evidence takes"
    )
    position = models.PositiveSmallIntegerField(default=0)
    removed_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)

    objects = CriterionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                "evaluation",
                Lower("name"),
                condition=models.Q(removed_at__isnull=True),
                name="criterion_name_once",
                violation_error_message="This evaluation has a criterion of that name already.",
            ),
            models.CheckConstraint(condition=models.Q(cost_hours__gt=0), name="criterion_cost_positive"),
        ]

    def __str__(self) -> str:
        return self.name


class RequirementQuerySet(models.QuerySet["Requirement"]):
    def standing(self) -> "RequirementQuerySet":
        return self.filter(removed_at__isnull=True)

    def must_haves(self) -> "RequirementQuerySet":
        return self.standing().filter(must_have=True)

    def top(self) -> "RequirementQuerySet":
        return self.standing().filter(is_top=True)


class Requirement(models.Model):
    class Kind(models.TextChoices):
        LOAD = "load", "Load"
        DATA_ACCESS = "data_access", "Data access"
        INTEGRATION = "integration", "Integration"
        TEAM = "team", "Team"
        CONSTRAINT = "constraint", "Constraint"
        OTHER = "other", "Other"

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="requirements")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    statement = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    must_have = models.BooleanField(default=False)
    source = models.CharField(max_length=200, blank=True)
    verification = models.CharField(max_length=300, blank=True)
    is_top = models.BooleanField(default=False)
    criteria = models.ManyToManyField(Criterion, related_name="requirements", blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    removed_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)

    objects = RequirementQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__isnull=False) | models.Q(unit=""),
                name="requirement_unit_needs_quantity",
                violation_error_message="A unit needs a quantity.",
            ),
        ]

    def __str__(self) -> str:
        return self.statement

    @property
    def amount(self) -> str:
        """Quantity and unit as people write them: "5,000 connections"; empty without a quantity."""
        if self.quantity is None:
            return ""
        number = f"{self.quantity:,.4f}".rstrip("0").rstrip(".")
        return f"{number} {self.unit}".strip()


class RequirementVote(models.Model):
    """One of a member's three votes in a round of votes."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="votes")
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="votes")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["round_id", "pk"]
        constraints = [models.UniqueConstraint(fields=["round", "requirement", "person"], name="vote_once")]

    def __str__(self) -> str:
        return f"{self.person} votes for {self.requirement}"


class WeightOpinion(models.Model):
    """One member's weights in one round: what was typed (`answers`) and what it comes to (`shares`, sum 1).

    answers by method: ordering {"order": [criterion ids, most important first]}; swing and points
    {"points": {criterion id: number}}; pairwise {"comparisons": {"a:b": how many times a matters more than b}}, 1/9 to
    9. shares: {criterion id: share}. Keys are ids as text.
    """

    class Method(models.TextChoices):
        ORDERING = "ordering", "put in order (rank-order centroid)"
        SWING = "swing", "swing"
        POINTS = "points", "100 points"
        PAIRWISE = "pairwise", "pairs (AHP)"

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="weight_opinions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=12, choices=Method.choices)
    answers = models.JSONField()
    shares = models.JSONField()
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["round_id", "pk"]
        constraints = [models.UniqueConstraint(fields=["round", "person"], name="weight_opinion_once")]

    def __str__(self) -> str:
        return f"{self.person} weighs by {self.method}"


class AgreedWeight(models.Model):
    """The team's weight of a criterion, set by the lead from the members' opinions."""

    criterion = models.OneToOneField(Criterion, on_delete=models.PROTECT, related_name="agreed_weight")
    share = models.DecimalField(max_digits=9, decimal_places=8)
    method = models.CharField(max_length=80)
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["criterion_id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(share__gte=0, share__lte=1), name="agreed_weight_share_range"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.share}"


class WeightProposal(models.Model):
    """Weights one member tried as a what-if and put before the team; a newer one takes the place of theirs.

    shares: {criterion id as text: share}, sum 1.
    """

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="weight_proposals")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    shares = models.JSONField()
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    version = models.BigIntegerField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["evaluation", "person"], name="weight_proposal_once")]

    def __str__(self) -> str:
        return f"{self.person} proposes weights"


class EvidenceCosts(models.Model):
    """What the team thinks finding out costs: {kind of evidence: hours}, and when it is not worth them any more.

    Kinds it does not name take the catalogue's hours. limit_per_hour: points of expected total, on 1..5.
    """

    evaluation = models.OneToOneField(Evaluation, on_delete=models.PROTECT, related_name="evidence_costs")
    hours = models.JSONField(default=dict)
    limit_per_hour = models.DecimalField(max_digits=8, decimal_places=5)
    version = models.BigIntegerField()

    class Meta:
        ordering = ["evaluation_id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(limit_per_hour__gt=0), name="evidence_costs_limit_positive"),
        ]

    def __str__(self) -> str:
        return f"costs of evidence in {self.evaluation}"
