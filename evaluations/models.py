"""The index of the packages' models: Django looks here, the models live in their packages."""

from evaluations.api.models import SentOnce
from evaluations.assignments.models import Assignment
from evaluations.audit.models import AuditEvent, AuditLog
from evaluations.candidates.models import Candidate, Evaluation, GuestAccess, JoinLink, JoinRequest
from evaluations.checklist.models import ChecklistItem
from evaluations.decision.models import Decision, Forecast, Revisit, Succession, TradeOff
from evaluations.ecosystem.models import Need, PackageChoice
from evaluations.jobs.models import Job
from evaluations.legacy.models import Increment, LegacyPlan
from evaluations.readiness.models import FailureTest, ProductionStory, ReadinessAnswer
from evaluations.record.models import Draft, FinalPrint, FinalRecord
from evaluations.requirements.models import (
    AgreedWeight,
    Criterion,
    EvidenceCosts,
    Requirement,
    RequirementVote,
    WeightOpinion,
    WeightProposal,
)
from evaluations.rounds.models import Finish, Round
from evaluations.scoring.models import (
    Evidence,
    MeasuredScore,
    MustHaveVerdict,
    Rating,
    Score,
    ValueFunction,
)
from evaluations.signoff.models import Notice, ReviewPoint, Signoff
from evaluations.spikes.models import ComparisonRule, Measurement, ResultFile, RunFacts, SpikeRun, Workload
from evaluations.teamfit.models import Attempt, CodeReview, Exercise
from evaluations.teams.models import ApiToken, Invitation, LeadLink, Membership, Person, Team
from evaluations.workshop.models import Workshop

__all__ = [
    "AgreedWeight",
    "ApiToken",
    "Assignment",
    "Attempt",
    "AuditEvent",
    "AuditLog",
    "Candidate",
    "ChecklistItem",
    "CodeReview",
    "ComparisonRule",
    "Criterion",
    "Decision",
    "Draft",
    "Evaluation",
    "Evidence",
    "EvidenceCosts",
    "Exercise",
    "FailureTest",
    "FinalPrint",
    "FinalRecord",
    "Finish",
    "Forecast",
    "GuestAccess",
    "Increment",
    "Invitation",
    "Job",
    "JoinLink",
    "JoinRequest",
    "LeadLink",
    "LegacyPlan",
    "MeasuredScore",
    "Measurement",
    "Membership",
    "MustHaveVerdict",
    "Need",
    "Notice",
    "PackageChoice",
    "Person",
    "ProductionStory",
    "Rating",
    "ReadinessAnswer",
    "Requirement",
    "RequirementVote",
    "ResultFile",
    "ReviewPoint",
    "Revisit",
    "Round",
    "RunFacts",
    "Score",
    "SentOnce",
    "Signoff",
    "SpikeRun",
    "Succession",
    "Team",
    "TradeOff",
    "ValueFunction",
    "WeightOpinion",
    "WeightProposal",
    "Workload",
    "Workshop",
]
