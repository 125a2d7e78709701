from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Max

from evaluations import catalogue
from evaluations.analysis.choices import LIMIT_PER_HOUR
from evaluations.audit.queries import has_news
from evaluations.candidates.models import Evaluation
from evaluations.requirements.models import (
    AgreedWeight,
    Criterion,
    EvidenceCosts,
    Requirement,
    RequirementVote,
    WeightOpinion,
    WeightProposal,
)
from evaluations.rounds.models import Round
from evaluations.rounds.queries import Progress, has_finished, last_revealed, open_round_of, progress_of
from evaluations.teams.models import Person

if TYPE_CHECKING:
    from evaluations.catalogue.entries import Criterion as LibraryCriterion

TOP_COUNT = 3
SUGGESTED_COUNT = 10
OTHER_EVIDENCE, OTHER_HOURS = "other", 2.0


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


@dataclass(frozen=True)
class RoundState:
    """A blind round as one reader may see it: the open one or None, how many are finished, and whether they are.

    `was_revealed`: at least one round of the subject was revealed; then only the lead opens another.
    """

    open: Round | None
    revealed: Round | None
    progress: Progress | None
    is_finished: bool

    @property
    def was_revealed(self) -> bool:
        return self.revealed is not None

    @property
    def takes_answers(self) -> bool:
        return self.open is not None or self.revealed is None

    @property
    def seen(self) -> int:
        """What a form drawn now names as the round it answers."""
        return self.open.pk if self.open else 0


@dataclass(frozen=True)
class OpenPoint:
    """Something phase 1 still lacks, in words that say what to do; `subject` names what can be assigned."""

    text: str
    subject: str = "phase:requirements"
    requirement: Requirement | None = None


@dataclass(frozen=True)
class WeightRow:
    """One criterion of the revealed opinions: members' shares in the order of the opinions, mean, spread and ends."""

    criterion: Criterion
    shares: tuple[float | None, ...]
    mean: float
    spread: float
    low: float
    high: float


@dataclass(frozen=True)
class Opinions:
    """Everybody's weights after the reveal; `overall` 0..1: the share of weight two members place differently."""

    people: tuple[Person, ...]
    rows: tuple[WeightRow, ...]
    overall: float
    mean: Mapping[int, float]


@dataclass(frozen=True)
class Costs:
    """Hours of each kind of evidence as this evaluation has them, and the points of expected total an hour must bring.

    own: the kinds that the team set itself. version: 0 while nothing was set.
    """

    hours: Mapping[str, float]
    limit_per_hour: float
    own: frozenset[str]
    version: int

    def hours_of(self, criterion: Criterion) -> float:
        """The criterion's own estimate, else what its kind of evidence takes."""
        if criterion.cost_hours is not None:
            return float(criterion.cost_hours)
        return self.hours.get(criterion.evidence_kind, self.hours[OTHER_EVIDENCE])


def evidence_kinds() -> dict[str, str]:
    """Kinds of evidence with their names, the catalogue's and anything else."""
    return {kind.key: kind.name for kind in catalogue.evidence_kinds()} | {OTHER_EVIDENCE: "Anything else"}


def usual_hours() -> dict[str, float]:
    return {kind.key: kind.hours for kind in catalogue.evidence_kinds()} | {OTHER_EVIDENCE: OTHER_HOURS}


def costs_of(evaluation: Evaluation) -> Costs:
    row = EvidenceCosts.objects.filter(evaluation=evaluation).first()
    if row is None:
        return Costs(usual_hours(), LIMIT_PER_HOUR, frozenset(), 0)
    own = {key: float(hours) for key, hours in row.hours.items()}
    return Costs(usual_hours() | own, float(row.limit_per_hour), frozenset(own), row.version)


def proposals_of(evaluation: Evaluation, criteria: list[Criterion]) -> list[tuple[WeightProposal, dict[int, float]]]:
    """What members proposed, the newest first, each with its shares over the standing criteria."""
    rows = WeightProposal.objects.filter(evaluation=evaluation).select_related("person").order_by("-at", "-pk")
    shares = [(row, {c.pk: float(row.shares.get(str(c.pk), 0.0)) for c in criteria}) for row in rows]
    return [(row, given) for row, given in shares if sum(given.values()) > 0]


def round_state(evaluation: Evaluation, subject: str, person: Person) -> RoundState:
    found = open_round_of(evaluation, subject)
    return RoundState(
        open=found,
        revealed=last_revealed(evaluation, subject),
        progress=progress_of(found) if found else None,
        is_finished=has_finished(found, person) if found else False,
    )


def nothing_new(evaluation: Evaluation, since: str, *topics: str) -> bool:
    """Whether a part drawn as at revision `since` (as it came in the address) would be drawn the same again."""
    return since.isdecimal() and not has_news(evaluation.log, int(since[:18]), *topics)


def requirement_of(evaluation: Evaluation, requirement_id: int) -> Requirement | None:
    rows = Requirement.objects.standing().select_related("evaluation__log", "evaluation__team")
    return rows.filter(evaluation=evaluation, pk=requirement_id).first()


def criterion_of(evaluation: Evaluation, criterion_id: int) -> Criterion | None:
    rows = Criterion.objects.standing().select_related("evaluation__log", "evaluation__team")
    return rows.filter(evaluation=evaluation, pk=criterion_id).first()


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


def opinions_of(evaluation: Evaluation, criteria: list[Criterion]) -> Opinions | None:
    """The members' weights of the last revealed round side by side; None before the first reveal or without answers."""
    from evaluations.analysis import agreement  # NumPy: not needed to start the page process

    given = [
        (opinion, weighed)
        for opinion in revealed_opinions(evaluation)
        if (weighed := mean_of_opinions([opinion], criteria))
    ]
    if not given or not criteria:
        return None
    table = [[weighed[c.pk] for c in criteria] for _, weighed in given]
    differ = agreement.weight_disagreement(table)
    mean = mean_of_opinions([opinion for opinion, _ in given], criteria)
    rows = tuple(
        WeightRow(
            criterion=criterion,
            shares=tuple(w[criterion.pk] if str(criterion.pk) in o.shares else None for o, w in given),
            mean=mean[criterion.pk],
            spread=float(differ.sd[i]),
            low=float(differ.low[i]),
            high=float(differ.high[i]),
        )
        for i, criterion in enumerate(criteria)
    )
    return Opinions(tuple(opinion.person for opinion, _ in given), rows, differ.overall, mean)


def how_agreed(evaluation: Evaluation) -> str:
    """How the agreed weights came about, in the words kept with them; empty while none are agreed."""
    rows = AgreedWeight.objects.filter(criterion__evaluation=evaluation, criterion__removed_at__isnull=True)
    newest = rows.order_by("-version", "pk").first()
    return newest.method if newest else ""


def agreed_version(evaluation: Evaluation) -> int:
    rows = AgreedWeight.objects.filter(criterion__evaluation=evaluation, criterion__removed_at__isnull=True)
    return rows.aggregate(newest=Max("version"))["newest"] or 0


def unmapped_top(evaluation: Evaluation) -> list[Requirement]:
    """Top requirements that are neither a must-have nor mapped to a criterion with weight: phase 1 is not ready."""
    weights = team_weights(evaluation).shares
    top = Requirement.objects.top().filter(evaluation=evaluation, must_have=False).prefetch_related("criteria")
    return [row for row in top if not any(weights.get(c.pk, 0) > 0 for c in row.criteria.all())]


def open_points(evaluation: Evaluation) -> list[OpenPoint]:
    """What keeps phase 1 from being ready; empty when it is."""
    requirements, criteria = standing_requirements(evaluation), standing_criteria(evaluation)
    found = []
    if not requirements:
        found.append(OpenPoint("Write down what the service needs: there is no requirement yet."))
    top, wanted = [row for row in requirements if row.is_top], min(TOP_COUNT, len(requirements))
    if requirements and len(top) != wanted:
        found.append(OpenPoint(f"Vote, then mark {wanted} as top: {len(top)} are marked."))
    found += [
        OpenPoint(
            "Top requirement without effect: tie it to a criterion that has weight, or make it a must-have.",
            subject=f"requirement:{row.pk}",
            requirement=row,
        )
        for row in unmapped_top(evaluation)
    ]
    if not criteria:
        found.append(OpenPoint("Choose criteria: there is nothing to compare by yet."))
        return found
    weights = team_weights(evaluation, criteria)
    if not weights.is_agreed:
        found.append(OpenPoint(f"Agree on the weights. In use now: {weights.origin}."))
    missing = [c.name for c in criteria if c.pk in weights.unweighed]
    if missing:
        found.append(OpenPoint(f"Weigh what came after the weights were agreed: {', '.join(missing)}."))
    return found


def suggested_criteria(evaluation: Evaluation) -> list["LibraryCriterion"]:
    """What a two-hour meeting may start with: those that top requirements usually ask for, ten in all at the most."""
    present = standing_criteria(evaluation)
    taken, names = {c.key for c in present}, {c.name.lower() for c in present}
    free = [c for c in catalogue.criteria() if c.key not in taken and c.name.lower() not in names]
    return [c for c in free if c.in_article_table][: max(0, SUGGESTED_COUNT - len(present))]


def library(evaluation: Evaluation, wanted: str = "") -> list[tuple[str, list["LibraryCriterion"]]]:
    """The catalogue's criteria that are not in use, by group; only those that carry every word of `wanted`."""
    taken = {c.key for c in standing_criteria(evaluation)}
    words = wanted.lower().split()
    found = [
        c
        for c in catalogue.criteria()
        if c.key not in taken and all(word in f"{c.name} {c.question} {c.group}".lower() for word in words)
    ]
    groups = [(group, [c for c in found if c.group == group]) for group in catalogue.criterion_groups()]
    return [(group, entries) for group, entries in groups if entries]
