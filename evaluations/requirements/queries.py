from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Max

from evaluations.candidates.models import Evaluation
from evaluations.requirements.models import AgreedWeight, Criterion, Requirement, RequirementVote, WeightOpinion
from evaluations.rounds.models import Round
from evaluations.rounds.queries import last_revealed, open_round_of
from evaluations.teams.models import Person


@dataclass(frozen=True)
class TeamWeights:
    """Weights in use, {criterion id: share}, sum 1 (empty while nobody weighed anything).

    origin: "agreed", "mean of N members" or "equal, nobody has weighed yet"; is_agreed tells the first from the rest.
    unweighed: ids of criteria added after the weights were agreed; they count 0.
    """

    shares: Mapping[int, float]
    origin: str
    is_agreed: bool
    unweighed: tuple[int, ...]
    version: int


def standing_requirements(evaluation: Evaluation) -> list[Requirement]:
    rows = Requirement.objects.standing().filter(evaluation=evaluation).prefetch_related("criteria")
    return list(rows.order_by("position", "pk"))


def standing_criteria(evaluation: Evaluation) -> list[Criterion]:
    return list(Criterion.objects.standing().filter(evaluation=evaluation).order_by("position", "pk"))


def own_votes(round: Round | None, person: Person) -> set[int]:
    if round is None:
        return set()
    return set(RequirementVote.objects.filter(round=round, person=person).values_list("requirement_id", flat=True))


def vote_counts(evaluation: Evaluation) -> dict[int, int]:
    """Votes per requirement of the last revealed round; empty before the first reveal."""
    round = last_revealed(evaluation, Round.Subject.VOTES)
    if round is None:
        return {}
    rows = RequirementVote.objects.filter(round=round, requirement__removed_at__isnull=True)
    return {row["requirement_id"]: row["n"] for row in rows.values("requirement_id").annotate(n=Count("pk"))}


def own_weights(evaluation: Evaluation, person: Person) -> WeightOpinion | None:
    """The person's opinion in the open round, else in the last revealed one."""
    for round in (
        open_round_of(evaluation, Round.Subject.WEIGHTS),
        last_revealed(evaluation, Round.Subject.WEIGHTS),
    ):
        found = round and WeightOpinion.objects.filter(round=round, person=person).first()
        if found:
            return found
    return None


def revealed_opinions(evaluation: Evaluation) -> list[WeightOpinion]:
    """Everybody's opinion of the last revealed round, by name."""
    round = last_revealed(evaluation, Round.Subject.WEIGHTS)
    if round is None:
        return []
    rows = list(WeightOpinion.objects.filter(round=round).select_related("person"))
    return sorted(rows, key=lambda row: (row.person.shown_name.lower(), row.person_id))


def mean_of_opinions(opinions: list[WeightOpinion], criteria: list[Criterion]) -> dict[int, float]:
    """Mean of the members' shares (AIP, Forman & Peniwati 1998) over the standing criteria, sum 1; {} without any."""
    rows = []
    for opinion in opinions:
        shares = [float(opinion.shares.get(str(c.pk), 0.0)) for c in criteria]
        total = sum(shares)
        if total > 0:
            rows.append([share / total for share in shares])
    if not rows:
        return {}
    return {c.pk: sum(row[i] for row in rows) / len(rows) for i, c in enumerate(criteria)}


def team_weights(evaluation: Evaluation, criteria: list[Criterion] | None = None) -> TeamWeights:
    """The weights in use: agreed ones, else the mean of the revealed opinions, else equal (and said so)."""
    criteria = standing_criteria(evaluation) if criteria is None else criteria
    agreed = {row.criterion_id: row for row in AgreedWeight.objects.filter(criterion__in=criteria)}
    total = sum((row.share for row in agreed.values()), Decimal(0))
    if agreed and total > 0:
        return TeamWeights(
            shares={c.pk: float(agreed[c.pk].share / total) if c.pk in agreed else 0.0 for c in criteria},
            origin="agreed",
            is_agreed=True,
            unweighed=tuple(c.pk for c in criteria if c.pk not in agreed),
            version=max(row.version for row in agreed.values()),
        )
    opinions = revealed_opinions(evaluation)
    mean = mean_of_opinions(opinions, criteria)
    if mean:
        count = len(opinions)
        origin = f"mean of {count} members" if count != 1 else "one member's"
        return TeamWeights(mean, origin, False, (), 0)
    equal = {c.pk: 1 / len(criteria) for c in criteria}
    return TeamWeights(equal, "equal, nobody has weighed yet", False, (), 0)


def agreed_version(evaluation: Evaluation) -> int:
    rows = AgreedWeight.objects.filter(criterion__evaluation=evaluation, criterion__removed_at__isnull=True)
    return rows.aggregate(newest=Max("version"))["newest"] or 0


def unmapped_top(evaluation: Evaluation) -> list[Requirement]:
    """Top requirements that are neither a must-have nor mapped to a criterion with weight: phase 1 is not ready."""
    weights = team_weights(evaluation).shares
    top = Requirement.objects.top().filter(evaluation=evaluation, must_have=False).prefetch_related("criteria")
    return [row for row in top if not any(weights.get(c.pk, 0) > 0 for c in row.criteria.all())]
