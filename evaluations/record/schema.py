"""The body of a decision record, version 1: what is frozen, hashed, attached to the PDF and published as JSON.

Written here once as typed dictionaries; `schema/record-1.json` is made from them by
`python -m evaluations.record.validation`, and a test compares the two. Conventions:

- A candidate is named by its `name`, a criterion by its `key` ("C3"), a requirement by its `key` ("R2"), a piece of
  evidence by its `number`. Each is unique inside one body.
- Scores and totals are on the scale 1..5; weights are shares of one; latencies are milliseconds; durations are seconds
  unless the name says minutes. `null` means unknown or not recorded, never zero.
- Moments are UTC, `2027-03-01T14:02:00Z`; days are `2027-03-01`.
- A section whose key is missing was not part of the evaluation and is not printed; an empty one is printed and says so.
- All text is plain text: a blank line starts a paragraph, nothing in it is markup.
"""

from dataclasses import dataclass
from typing import Annotated, Literal, NotRequired, TypedDict

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Limits:
    """Bounds and patterns that a plain type cannot say."""

    low: float | None = None
    high: float | None = None
    pattern: str | None = None


Moment = Annotated[str, Limits(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]
Day = Annotated[str, Limits(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Sha256 = Annotated[str, Limits(pattern=r"^[0-9a-f]{64}$")]
OnScale = Annotated[float, Limits(low=1, high=5)]
Share = Annotated[float, Limits(low=0, high=1)]
AtLeastZero = Annotated[float, Limits(low=0)]
Count = Annotated[int, Limits(low=0)]
Key = Annotated[str, Limits(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$")]
CandidateName = Annotated[str, "the name of one of `candidates`"]
CriterionKey = Annotated[str, "the key of one of `criteria`"]
RequirementKey = Annotated[str, "the key of one of `requirements`"]
EvidenceNumbers = Annotated[list[int], "numbers of entries in `evidence`"]
Provenance = Annotated[str, '"invented example", or host and date of the run the figures come from; empty if typed in']


class Product(TypedDict):
    name: str
    version: str


class EvaluationFacts(TypedDict):
    id: int
    title: str
    team: str


class OpenPoint(TypedDict):
    text: Annotated[str, "what is missing, as a sentence"]
    phase: NotRequired[Annotated[str, "the phase it belongs to"]]
    owner: NotRequired[str]
    due: NotRequired[Day | None]


class Verdict(TypedDict):
    sentence: Annotated[str, "the answer in one sentence"]
    robustness: Annotated[str, "how safe that answer is, in one or two sentences; may be empty"]
    too_early: Annotated[bool, "true when no candidate is first in at least half of the draws"]
    leader: Annotated[str | None, "the name of the leading candidate; null when too early or there is none"]


class Member(TypedDict):
    name: str
    role: Literal["lead", "reviewer", "contributor", "viewer", "guest reviewer"]


class People(TypedDict):
    decided: list[str]
    consulted: list[str]
    informed: list[str]
    members: list[Member]


class TeamProfile(TypedDict):
    size: int | None
    skills: list[str]
    async_experience: str
    notes: NotRequired[str]


class Phase(TypedDict):
    number: Annotated[int, Limits(1, 5)]
    name: str
    state: Literal["open", "ready", "approved", "changes requested", "stale", "not applicable"]
    done: Annotated[Count, "checklist items that are done or not applicable"]
    total: Count


class Requirement(TypedDict):
    key: Key
    kind: Literal["load", "data access", "integration", "team", "constraint", "other"]
    statement: str
    quantity: float | None
    unit: str
    must_have: bool
    source: str
    verified_by: Annotated[str, "how it will be checked that this is met"]
    top: Annotated[bool, "one of the three the team put first"]
    votes: Count
    criteria: list[CriterionKey]


class MustHaveVerdict(TypedDict):
    requirement: RequirementKey
    candidate: CandidateName
    verdict: Literal["met", "not met", "not proven"]
    reason: str
    evidence: EvidenceNumbers


class StackPart(TypedDict):
    part: Annotated[str, "framework, server, data layer, proxy, ..."]
    name: str
    version: str


class Candidate(TypedDict):
    name: str
    summary: str
    stack: list[StackPart]
    out: Annotated[bool, "it failed a must-have or has a dealbreaker"]
    out_reason: str


class Anchors(TypedDict):
    low: Annotated[str, "what a 1 looks like"]
    middle: Annotated[str, "what a 3 looks like"]
    high: Annotated[str, "what a 5 looks like"]


class ValuePoint(TypedDict):
    metric: float
    score: OnScale


class Criterion(TypedDict):
    key: Key
    name: str
    question: str
    group: str
    anchors: Anchors
    weight: Annotated[Share | None, "the weight the totals were computed with; null while there is none"]
    basis: Literal["judged", "measured"]
    metric: NotRequired[Annotated[str, "what is measured, with its unit"]]
    value_function: NotRequired[Annotated[list[ValuePoint], "frozen points that turn the metric into a score"]]


class CriterionWeight(TypedDict):
    criterion: CriterionKey
    weight: Share


class MemberWeights(TypedDict):
    member: str
    method: str
    weights: list[CriterionWeight]


class WeightSpread(TypedDict):
    criterion: CriterionKey
    low: Share
    high: Share


class Weights(TypedDict):
    method: Annotated[str, "how the weights in the totals came about"]
    agreed: Annotated[bool, "false: the members' mean, because the team has not agreed yet"]
    members: list[MemberWeights]
    disagreement: Annotated[list[WeightSpread], "criteria on which members' weights differ most, widest first"]


class OtherValue(TypedDict):
    basis: Literal["measured", "judged", "ratings"]
    value: OnScale


class Cell(TypedDict):
    criterion: CriterionKey
    candidate: CandidateName
    value: Annotated[OnScale | None, "the expected value that counts; null when unknown"]
    low: Annotated[OnScale, "the worse end; 1 when unknown"]
    high: Annotated[OnScale, "the better end; 5 when unknown"]
    basis: Annotated[
        Literal["measured", "judged", "ratings", "unknown"],
        "judged: agreed by the team; ratings: mean of the revealed ratings",
    ]
    spread: Annotated[AtLeastZero | None, "standard deviation of ratings or of repeated runs"]
    evidence: Annotated[Count, "how many pieces of evidence stand behind it"]
    source: Annotated[str, "where the value came from, in words"]
    other: NotRequired[Annotated[list[OtherValue], "values that stand beside the one that counts"]]


class Ranked(TypedDict):
    candidate: CandidateName
    rank: Annotated[int | None, "1 is first; equal totals share a rank; null for a candidate that is out"]
    worst: OnScale
    expected: OnScale
    best: OnScale
    first_share: NotRequired[Annotated[Share | None, "share of the draws in which it is first"]]


class Method(TypedDict):
    name: str
    variant: str
    draws: Count
    seed: int | None
    error: Annotated[AtLeastZero | None, "standard error of the shares of draws"]


class Latency(TypedDict):
    min: AtLeastZero | None
    mean: AtLeastZero | None
    p50: AtLeastZero | None
    p90: AtLeastZero | None
    p95: AtLeastZero | None
    p99: AtLeastZero | None
    max: AtLeastZero | None


class Run(TypedDict):
    number: int
    tool: str
    candidate: CandidateName
    file_name: str
    sha256: Sha256
    started_at: Moment | None
    duration_s: AtLeastZero | None
    requests: Count | None
    failures: Count | None
    requests_per_s: AtLeastZero | None
    latency_ms: Latency
    warnings: list[str]
    environment: Annotated[str, "host, hardware and versions, in words"]
    provenance: Provenance


class AnswerCount(TypedDict):
    kind: Annotated[str, "how requests were answered during the disturbance: 503, timeout, 200, ..."]
    count: Count


class FailureTest(TypedDict):
    test: Annotated[str, "database refused 30 s, slow clients, SIGTERM with requests in flight, ..."]
    candidate: CandidateName
    verdict: Literal["recovered", "stuck", "hung", "crashed", "not tested"]
    answers: list[AnswerCount]
    first_success_s: Annotated[AtLeastZero | None, "seconds from return to the first good answer"]
    censored: Annotated[bool, "true: observation ended first, so `first_success_s` means more than that"]
    lost_requests: Count | None
    note: str
    provenance: Provenance


class Package(TypedDict):
    need: str
    candidate: CandidateName
    package: Annotated[str, "empty: nothing found, you would write this"]
    version: str
    facts: Annotated[list[str], "maintained, stable release, async where needed, ... as short statements"]
    verdict: Literal["good", "usable", "weak", "unknown"]
    dealbreaker: bool
    note: str


class Ecosystem(TypedDict):
    needs: list[str]
    packages: list[Package]


class ExerciseTimes(TypedDict):
    candidate: CandidateName
    minutes: Annotated[list[AtLeastZero], "one per member, in ascending order, without names"]
    median: AtLeastZero | None


class ExerciseAnswers(TypedDict):
    question: str
    candidate: CandidateName
    values: Annotated[list[Annotated[int, Limits(1, 5)]], "one per member, in ascending order, without names"]


class Quote(TypedDict):
    candidate: CandidateName
    text: str
    by: Annotated[str | None, "null unless the member agreed to be named"]


class TeamFit(TypedDict):
    exercise: str
    times: list[ExerciseTimes]
    answers: list[ExerciseAnswers]
    quotes: list[Quote]


class ReadinessAnswer(TypedDict):
    item: str
    candidate: CandidateName
    answer: Literal["yes", "partly", "no", "unknown"]
    note: str
    evidence: EvidenceNumbers


class Readiness(TypedDict):
    items: list[str]
    answers: list[ReadinessAnswer]


class Disagreement(TypedDict):
    criterion: CriterionKey
    candidate: CandidateName
    ratings: Annotated[list[Annotated[int, Limits(1, 5)]], "revealed ratings, in ascending order, without names"]
    outcome: Annotated[str, "what the team made of it; empty while nobody has"]


class CellReference(TypedDict):
    criterion: CriterionKey
    candidate: CandidateName


class Evidence(TypedDict):
    number: int
    kind: Literal["note", "link", "file", "run", "fact"]
    title: str
    url: str
    sha256: Sha256 | None
    date: Day | None
    version: str
    strength: Annotated[str, "weak, moderate, strong, or the team's own word; empty if not rated"]
    cells: list[CellReference]
    provenance: NotRequired[Provenance]


class SignOff(TypedDict):
    phase: str
    state: Literal["approved", "changes requested", "stale", "not applicable"]
    by: str
    role: str
    at: Moment
    revision: int
    digest: Sha256
    independent: bool
    reason: Annotated[str, "why without independent review, or why not applicable"]
    comment: str


class Consequence(TypedDict):
    kind: Literal["good", "neutral", "bad"]
    text: str


class Forecast(TypedDict):
    what: str
    expected: str


class Decision(TypedDict):
    chosen: CandidateName
    why: str
    against_ranking: Annotated[str, "why another than the first of the ranking; empty when it is the first"]
    trade_offs: list[str]
    consequences: list[Consequence]
    confirmation: str
    revisit_date: Day | None
    forecast: list[Forecast]
    decided_at: Moment | None
    supersedes: NotRequired[str]
    superseded_by: NotRequired[str]


class Body(TypedDict):
    schema_version: Literal[1]
    product: Product
    evaluation: EvaluationFacts
    revision: Annotated[int, "the number of the last audit event it contains", Limits(low=0)]
    as_of: Moment
    state: Literal["draft", "proposed", "decided", "superseded"]
    open: Annotated[list[OpenPoint], "what keeps it from being final; every page of a draft says so"]
    notices: Annotated[list[str], "what the cover has to say, such as an approval without independent review"]
    verdict: Verdict
    candidates: list[Candidate]
    criteria: list[Criterion]
    cells: list[Cell]
    ranking: Annotated[list[Ranked], "best first; candidates that are out come last with rank null"]
    requirements: list[Requirement]
    must_haves: list[MustHaveVerdict]
    evidence: list[Evidence]
    people: NotRequired[People]
    context: NotRequired[str]
    team_profile: NotRequired[TeamProfile]
    phases: NotRequired[list[Phase]]
    weights: NotRequired[Weights]
    method: NotRequired[Method]
    runs: NotRequired[list[Run]]
    failure_tests: NotRequired[list[FailureTest]]
    ecosystem: NotRequired[Ecosystem]
    team_fit: NotRequired[TeamFit]
    readiness: NotRequired[Readiness]
    disagreement: NotRequired[list[Disagreement]]
    sign_offs: NotRequired[list[SignOff]]
    decision: NotRequired[Decision | None]
    provenance: NotRequired[Annotated[list[str], "notes on where the figures come from"]]
