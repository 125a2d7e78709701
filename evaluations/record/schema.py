"""The body of a decision record, version 3: what is frozen, hashed, attached to the PDF and published as JSON.

Written here once as typed dictionaries; `schema/record-3.json` is made from them by
`python -m evaluations.record.validation`, and a test compares the two. Conventions:

- A candidate is named by its `name`, a criterion by its `key` ("C3"), a requirement by its `key` ("R2"), a piece of
  evidence by its `number`. Each is unique inside one body.
- Scores and totals are on the scale 1..5; weights are shares of one; latencies are milliseconds; durations are seconds
  unless the name says minutes. `null` means unknown or not recorded, never zero.
- Moments are UTC, `2027-03-01T14:02:00Z`; days are `2027-03-01`.
- A section whose key is missing was not part of the evaluation, an empty one holds nothing; either way it is printed
  and says so.
- All text is plain text: a blank line starts a paragraph, nothing in it is markup.
"""

from typing import Annotated, Literal, NotRequired, TypedDict

from .schema_phases import (
    Decision,
    Ecosystem,
    FailureTest,
    LegacyPath,
    Readiness,
    Run,
    SignOff,
    TeamFit,
    Workload,
)
from .schema_words import (
    AtLeastZero,
    CandidateName,
    Count,
    CriterionKey,
    Day,
    EvidenceNumbers,
    Key,
    Limits,
    Moment,
    OnScale,
    Provenance,
    RequirementKey,
    Sha256,
    Share,
)

SCHEMA_VERSION = 3


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


class ChecklistItem(TypedDict):
    phase: Annotated[str, "the name of one of `phases`"]
    text: str
    state: Literal["open", "done", "not applicable"]
    reason: Annotated[str, "why it does not apply, or where it was shown"]


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


class OutBecause(TypedDict):
    rule: Literal["must-have", "dealbreaker"]
    what: Annotated[str, "the requirement, or the need it is about"]
    reason: str


class Candidate(TypedDict):
    name: str
    summary: str
    stack: list[StackPart]
    kind: Literal["a framework and what runs it", "keep and modernise", "replace step by step"]
    out: Annotated[bool, "it failed a must-have or has a dealbreaker"]
    out_reason: str
    out_because: Annotated[list[OutBecause], "the same, one by one"]


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
    about: Annotated[str, "what else it stands behind: a must-have, a readiness item, a package; may be empty"]
    provenance: NotRequired[Provenance]


class Body(TypedDict):
    schema_version: Literal[3]
    product: Product
    evaluation: EvaluationFacts
    revision: Annotated[int, "the number of the last audit event it contains", Limits(low=0)]
    as_of: Moment
    state: Literal["draft", "proposed", "decided", "superseded"]
    open: Annotated[list[OpenPoint], "what keeps a draft from being final, or was still open when it was decided"]
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
    checklist: NotRequired[list[ChecklistItem]]
    workloads: NotRequired[list[Workload]]
    runs: NotRequired[list[Run]]
    failure_tests: NotRequired[list[FailureTest]]
    ecosystem: NotRequired[Ecosystem]
    team_fit: NotRequired[TeamFit]
    readiness: NotRequired[Readiness]
    disagreement: NotRequired[list[Disagreement]]
    legacy: NotRequired[Annotated[list[LegacyPath], "ways on from the old system; empty where there is none"]]
    sign_offs: NotRequired[list[SignOff]]
    decision: NotRequired[Decision | None]
    provenance: NotRequired[Annotated[list[str], "notes on where the figures come from"]]
