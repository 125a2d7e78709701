"""A scenario: one complete example evaluation as plain frozen values, entered by a loader through ordinary actions."""

import datetime
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from evaluations.catalogue.entries import PhaseKey, Provenance

DontKnow = Literal["dont-know"]
Strength = Literal["weak", "fair", "strong"]
Answer = Literal["yes", "partly", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Member:
    """A fictional member; `handle` is unique in the scenario and names a role, not a person."""

    handle: str
    name: str
    role: Literal["lead", "reviewer", "contributor", "viewer"]
    developer: bool = True


@dataclass(frozen=True, slots=True)
class ScenarioTeam:
    name: str
    size: int
    skills: tuple[str, ...]
    async_experience: Literal["none", "some", "production"]
    async_note: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement; `criteria` are the criteria it maps to, `votes` the members who put it in their top three."""

    key: str
    kind: Literal["load", "data_access", "integration", "team", "constraint", "other"]
    statement: str
    must_have: bool
    source: str
    how_verified: str
    criteria: tuple[str, ...]
    votes: tuple[str, ...]
    quantity: float | None = None
    unit: str | None = None
    top: bool = False


@dataclass(frozen=True, slots=True)
class ScenarioCandidate:
    """A whole stack: framework and what it stands on."""

    key: str
    framework: str
    name: str
    version: str
    server: str
    data_layer: str
    proxy: str


@dataclass(frozen=True, slots=True)
class WeightOpinion:
    """One member's weights: an order of criteria keys (most important first) or points per criterion key."""

    member: str
    method: Literal["ordering", "swing", "points"]
    order: tuple[str, ...] = ()
    points: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        if self.method == "ordering" and (not self.order or self.points is not None):
            raise ValueError("method ordering needs order and no points")
        if self.method != "ordering" and (self.order or not self.points):
            raise ValueError(f"method {self.method} needs points and no order")


@dataclass(frozen=True, slots=True)
class Cell:
    """Ratings of one candidate on one criterion, by member; `agreed` is what the meeting settled on, if it did."""

    criterion: str
    candidate: str
    ratings: Mapping[str, int | DontKnow]
    reasons: Mapping[str, str]
    reason: str | None = None
    agreed: float | None = None
    agreed_reason: str | None = None

    def __post_init__(self) -> None:
        for member, rating in self.ratings.items():
            if rating != "dont-know" and rating not in (1, 2, 3, 4, 5):
                raise ValueError(f"the rating of {member} is {rating!r}, not 1..5 or dont-know")
            if rating in (1, 5) and not self.reason_of(member):
                raise ValueError(f"{member} gave {rating} without a reason")
        if self.agreed is not None and (not 1 <= self.agreed <= 5 or not self.agreed_reason):
            raise ValueError("an agreed score lies between 1 and 5 and has a reason")

    def reason_of(self, member: str) -> str | None:
        """What this member wrote; for a 1 or a 5 the cell's shared reason stands in."""
        if member in self.reasons:
            return self.reasons[member]
        return self.reason if self.ratings.get(member) in (1, 5) else None

    def score(self) -> float | None:
        """The judged score: agreed, else the mean of the numbers given, else None."""
        if self.agreed is not None:
            return self.agreed
        numbers = [rating for rating in self.ratings.values() if isinstance(rating, int)]
        return sum(numbers) / len(numbers) if numbers else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a candidate meets a must-have, with the reason and what supports it."""

    requirement: str
    candidate: str
    verdict: Literal["met", "not_met", "not_proven"]
    reason: str
    evidence: str
    by: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A note or link on one cell, with date, version and strength."""

    criterion: str
    candidate: str
    kind: Literal["note", "link"]
    text: str
    date: datetime.date
    version: str
    strength: Strength
    by: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class WorkloadEndpoint:
    """One endpoint of the mix; `share` in percent."""

    method: str
    path: str
    share: float


@dataclass(frozen=True, slots=True)
class Workload:
    """What is measured, agreed before measuring; shares of the endpoints sum to 100."""

    name: str
    description: str
    users: int
    arrival: str
    duration_s: int
    environment: str
    database: str
    external_call: str
    authentication: str
    endpoints: tuple[WorkloadEndpoint, ...]


@dataclass(frozen=True, slots=True)
class ScenarioValueFunction:
    """How a metric of any phase becomes a score on one criterion; frozen before its figures are seen."""

    criterion: str
    metric: str
    points: tuple[tuple[float, float], ...]
    outside: Literal["clip", "extrapolate"] = "clip"


@dataclass(frozen=True, slots=True)
class EndpointSpec:
    """Invented figures of one endpoint in one run; latencies in milliseconds."""

    method: str
    name: str
    requests: int
    failures: int
    min_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    error: str | None = None

    def __post_init__(self) -> None:
        steps = (self.min_ms, self.p50_ms, self.p95_ms, self.p99_ms, self.max_ms)
        if self.min_ms < 0 or any(low > high for low, high in itertools.pairwise(steps)):
            raise ValueError("latencies must not fall from min to p50, p95, p99, max")
        if self.requests < 1 or not 0 <= self.failures <= self.requests:
            raise ValueError("failures must lie between 0 and requests, of which there is at least one")
        if bool(self.failures) != bool(self.error):
            raise ValueError("failures and error belong together")


Spread = tuple[float, float, float, float, float]
"""Least, median, 95th and 99th percentile, most."""


@dataclass(frozen=True, slots=True)
class SocketSpec:
    """Invented figures of the WebSockets of one run: how long each was held in seconds, the rest in milliseconds."""

    sessions: int
    held_s: Spread
    connect_ms: Spread
    message_ms: Spread
    messages: int

    def __post_init__(self) -> None:
        for steps in (self.held_s, self.connect_ms, self.message_ms):
            if steps[0] < 0 or any(low > high for low, high in itertools.pairwise(steps)):
                raise ValueError("times must not fall from least to median, 95th, 99th percentile and most")
        if self.sessions < 1 or self.messages < 0:
            raise ValueError("at least one session is opened, and messages are not below 0")


@dataclass(frozen=True, slots=True)
class ResultFile:
    """One result file to render: `tool` names the format, `started_at` the moment its clock begins.

    It tells of the workload's endpoints or of WebSockets held beside them, one of the two.
    """

    name: str
    tool: Literal["locust-stats-csv", "locust-json", "k6-summary", "k6-sockets-summary"]
    candidate: str
    users: int
    duration_s: int
    started_at: datetime.datetime
    provenance: Provenance
    endpoints: tuple[EndpointSpec, ...] = ()
    sockets: SocketSpec | None = None

    def __post_init__(self) -> None:
        if bool(self.endpoints) == bool(self.sockets) or (self.tool == "k6-sockets-summary") != bool(self.sockets):
            raise ValueError("a file tells of endpoints or of sockets, as its tool does")


@dataclass(frozen=True, slots=True)
class RunSetup:
    """How the runs of a scenario were made, where their files are silent; drivers by candidate."""

    host: str
    processors: int
    workers: int
    client: str
    loop: Literal["closed", "open"]
    warm_up_s: int
    generator_busy: int
    drivers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Need:
    """Something the service depends on from outside."""

    key: str
    kind: str
    name: str
    async_needed: bool


@dataclass(frozen=True, slots=True)
class PackageChoice:
    """What covers a need for a candidate; without a package the team would write it."""

    need: str
    candidate: str
    verdict: Literal["good", "acceptable", "poor", "missing"]
    remark: str
    by: str
    package: str | None = None
    version: str | None = None
    maintained: Answer = "unknown"
    stable: Answer = "unknown"
    supports_async: Answer = "unknown"
    release_history: str | None = None
    issue_tracker: str | None = None
    community: str | None = None
    dealbreaker: bool = False

    def __post_init__(self) -> None:
        if (self.package is None) != (self.verdict == "missing"):
            raise ValueError("a missing package has verdict missing, and only that")


@dataclass(frozen=True, slots=True)
class Exercise:
    title: str
    text: str
    limit_minutes: int


@dataclass(frozen=True, slots=True)
class ExerciseAnswer:
    """One member's exercise with one candidate; quotes are named only if `may_be_named`."""

    member: str
    candidate: str
    minutes: float
    code_quality: int
    sentiment: int
    error_helpful: Answer
    docs_easy: Answer
    fits_conventions: Answer
    two_years: Answer
    friction: str
    quality_remark: str
    may_be_named: bool = False

    def __post_init__(self) -> None:
        if self.minutes <= 0 or self.code_quality not in range(1, 6) or self.sentiment not in range(1, 6):
            raise ValueError("minutes are above 0, code quality and sentiment 1..5")


@dataclass(frozen=True, slots=True)
class ReadinessAnswer:
    """One item of the readiness checklist for one candidate, with its evidence."""

    item: str
    candidate: str
    answer: Answer
    evidence: str
    by: str


@dataclass(frozen=True, slots=True)
class ProductionStory:
    """A public page of people who run the candidate, and what the team learned from it."""

    candidate: str
    title: str
    url: str
    learned: str
    by: str


@dataclass(frozen=True, slots=True)
class FailureTest:
    """One failure test as a structured result; `censored_s` says "still not back after", instead of a time."""

    candidate: str
    kind: Literal[
        "database refused",
        "database unresponsive",
        "slow clients",
        "sigterm",
        "cold start",
        "memory over time",
        "open connections",
    ]
    verdict: Literal["recovered", "stuck", "hung", "crashed"]
    remark: str
    date: datetime.date
    provenance: Provenance
    by: str
    answers: Mapping[str, int] | None = None
    first_success_s: float | None = None
    censored_s: float | None = None
    lost_requests: int | None = None
    value: float | None = None
    unit: str | None = None

    def __post_init__(self) -> None:
        if self.first_success_s is not None and self.censored_s is not None:
            raise ValueError("a time is either seen or censored")


@dataclass(frozen=True, slots=True)
class ItemState:
    """Where one item of a phase's checklist stands."""

    phase: PhaseKey
    item: str
    state: Literal["open", "done", "not_applicable"]
    note: str
    by: str


@dataclass(frozen=True, slots=True)
class SignedPhase:
    """Who approved a phase, in what words; `alone_because` is the lead's reason where nobody independent did."""

    phase: PhaseKey
    by: str
    comment: str = ""
    alone_because: str = ""


@dataclass(frozen=True, slots=True)
class AcceptedTradeOff:
    """What the team gives up with its choice, and what it does about that."""

    what: str
    mitigation: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the lead writes down in the end; the choice itself is what the figures give."""

    because: str
    accepted_tradeoffs: tuple[AcceptedTradeOff, ...]
    good: tuple[str, ...]
    bad: tuple[str, ...]
    consequences: tuple[str, ...]
    confirmation: str
    revisit_date: datetime.date
    forecast: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A complete example evaluation. `ends_with` is the candidate the story ends with; winners are computed."""

    key: str
    title: str
    summary: str
    provenance: Provenance
    ends_with: str
    team: ScenarioTeam
    requirements: tuple[Requirement, ...]
    candidates: tuple[ScenarioCandidate, ...]
    criteria: tuple[str, ...]
    weight_opinions: tuple[WeightOpinion, ...]
    agreed_weights: Mapping[str, float]
    agreed_weights_reason: str
    cells: tuple[Cell, ...]
    verdicts: tuple[Verdict, ...]
    evidence: tuple[Evidence, ...]
    workload: Workload
    value_functions: tuple[ScenarioValueFunction, ...]
    measured: tuple[str, ...]
    result_files: tuple[ResultFile, ...]
    run_setup: RunSetup
    needs: tuple[Need, ...]
    packages: tuple[PackageChoice, ...]
    exercise: Exercise
    exercise_answers: tuple[ExerciseAnswer, ...]
    readiness_answers: tuple[ReadinessAnswer, ...]
    production_stories: tuple[ProductionStory, ...]
    failure_tests: tuple[FailureTest, ...]
    item_states: tuple[ItemState, ...]
    signatures: tuple[SignedPhase, ...]
    decision: Decision

    def cell(self, criterion: str, candidate: str) -> Cell:
        """The cell of this criterion and candidate; KeyError when there is none."""
        for cell in self.cells:
            if (cell.criterion, cell.candidate) == (criterion, candidate):
                return cell
        raise KeyError(f"{criterion} / {candidate}")
