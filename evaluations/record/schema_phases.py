"""What phases 2 to 5, the sign-offs and the decision say in a record's body; part of `evaluations.record.schema`."""

from typing import Annotated, Literal, NotRequired, TypedDict

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
    Provenance,
    Sha256,
    Share,
)

Score = Annotated[int, Limits(1, 5)]


class Endpoint(TypedDict):
    method: str
    path: str
    share: Annotated[AtLeastZero | None, "per cent of the requests"]
    note: str


class Workload(TypedDict):
    title: str
    description: str
    endpoints: list[Endpoint]
    users: Count | None
    rate_per_s: AtLeastZero | None
    duration_s: AtLeastZero | None
    warm_up_s: AtLeastZero | None
    environment: str


class Latency(TypedDict):
    min: AtLeastZero | None
    mean: AtLeastZero | None
    p50: AtLeastZero | None
    p90: AtLeastZero | None
    p95: AtLeastZero | None
    p99: AtLeastZero | None
    max: AtLeastZero | None


class OverTime(TypedDict):
    """At most 60 points of a run: each the mean of its stretch, of a percentile the highest."""

    seconds: Annotated[list[AtLeastZero], "since the start"]
    requests_per_s: list[AtLeastZero | None]
    p95_ms: list[AtLeastZero | None]


class HowMade(TypedDict):
    """What people said about how a run was made, else what its file tells; empty and null: neither does."""

    host: Annotated[str, "where the service ran"]
    processors: Annotated[Count | None, "as many as the service could use"]
    workers: Annotated[Count | None, "of the server"]
    driver: Annotated[str, "of the database"]
    client: Annotated[str, "the machine that made the load"]
    loop: Annotated[Literal["open", "closed"] | None, "closed: each user waits for its answer"]
    users: Annotated[AtLeastZero | None, "at once"]
    warm_up_s: AtLeastZero | None
    repeat: Annotated[Count | None, "which repeat it was"]
    generator_busy: Annotated[Count | None, "per cent of the load generator's processors, at the most"]
    not_said: Annotated[
        list[Literal["client", "loop", "users", "warm_up_s"]],
        "of these nobody said anything: the run's file tells them, or for `loop` how its tool always works",
    ]


class WebSockets(TypedDict):
    held: Annotated[AtLeastZero | None, "connections open at once"]
    held_rule: Annotated[str, "how that number was found; empty where there is none"]
    sessions: Annotated[Count | None, "connections that were opened"]
    connect_ms: Annotated[Latency | None, "from asking for a connection until it is open"]
    message_ms: Annotated[Latency | None, "from sending a message until its answer"]
    messages_sent: Count | None
    messages_received: Count | None


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
    workload: Annotated[str, "the title of one of `workloads`, as the run was put under it"]
    environment: Annotated[str, "host, hardware and versions, in words"]
    made: HowMade
    sockets: NotRequired[Annotated[WebSockets, "only of runs that opened WebSockets"]]
    over_time: NotRequired[OverTime]
    provenance: Provenance


class AnswerCount(TypedDict):
    kind: Annotated[str, "how requests were answered during the disturbance: 503, timeout, 200, ..."]
    count: Count


class Figure(TypedDict):
    name: str
    value: AtLeastZero
    unit: str


class FailureTest(TypedDict):
    test: Annotated[str, "database refused for 30 s, slow clients, SIGTERM with requests in flight, ..."]
    candidate: CandidateName
    verdict: Literal["recovered", "stuck", "hung", "crashed", "not tested"]
    answers: list[AnswerCount]
    first_success_s: Annotated[AtLeastZero | None, "seconds from return to the first good answer"]
    censored: Annotated[bool, "true: observation ended first, so `first_success_s` means more than that"]
    lost_requests: Count | None
    figure: Annotated[Figure | None, "the kind's own number, such as the start of a cold process"]
    says: Annotated[list[str], "the figures in words"]
    host: str
    date: Day | None
    note: str
    file_name: Annotated[str, "the file it came in; empty when typed"]
    sha256: Annotated[Sha256 | None, "of that file"]
    provenance: Provenance


class Need(TypedDict):
    key: Key
    kind: Annotated[str, "database driver, message broker, ..."]
    name: str
    note: str
    required: bool
    async_needed: bool


class PackageFact(TypedDict):
    what: Annotated[str, "maintained, stable release, async, release history, issue tracker, community"]
    answer: Literal["yes", "partly", "no", "unknown"]
    note: str


class Package(TypedDict):
    need: Annotated[str, "the key of one of `needs`"]
    candidate: CandidateName
    package: Annotated[str, "empty: nothing found, you would write this"]
    version: str
    facts: list[PackageFact]
    issue_days: Annotated[AtLeastZero | None, "median days until an issue is answered"]
    verdict: Literal["good", "acceptable", "poor", "missing", "unknown"]
    dealbreaker: bool
    dealbreaker_reason: str
    note: str
    date: Annotated[Day | None, "when it was looked at"]
    evidence: EvidenceNumbers


class Ecosystem(TypedDict):
    needs: list[Need]
    packages: Annotated[list[Package], "a need and candidate that are not here have not been looked at"]


class ExerciseTimes(TypedDict):
    candidate: CandidateName
    minutes: Annotated[list[AtLeastZero], "one per member, in ascending order, without names"]
    median: AtLeastZero | None


class ExerciseRatings(TypedDict):
    question: str
    candidate: CandidateName
    values: Annotated[list[Score], "in ascending order, without names"]
    median: AtLeastZero | None


class ExerciseAnswers(TypedDict):
    question: str
    candidate: CandidateName
    yes: Count
    partly: Count
    no: Count
    dont_know: Count


class Quote(TypedDict):
    candidate: CandidateName
    text: str
    by: Annotated[str | None, "null unless the member agreed to be named"]


class TeamFit(TypedDict):
    exercise: str
    task: Annotated[str, "what was to be built, and after which conventions"]
    revealed: Annotated[bool, "false: answers are private until all are in; nothing of them stands in here"]
    times: list[ExerciseTimes]
    ratings: list[ExerciseRatings]
    answers: list[ExerciseAnswers]
    quotes: Annotated[list[Quote], "friction in words, of members who let themselves be quoted"]
    remarks: Annotated[list[Quote], "what reviewers of the code wrote, without names"]


class ReadinessItem(TypedDict):
    key: Key
    text: str
    applies: bool
    reason: Annotated[str, "why it does not apply; empty where it does"]


class ReadinessAnswer(TypedDict):
    item: Annotated[str, "the key of one of `items`"]
    candidate: CandidateName
    answer: Literal["yes", "partly", "no", "unknown"]
    from_tests: Annotated[bool, "nobody answered: failure tests did"]
    tests_say: Annotated[Literal["yes", "partly", "no"] | None, "what failure tests say, beside what people say"]
    figure: Annotated[Figure | None, "the item's own number, such as the size of the image"]
    note: str
    evidence: EvidenceNumbers


class ReadinessShare(TypedDict):
    candidate: CandidateName
    yes: Count
    partly: Count
    no: Count
    unknown: Count
    share: Annotated[Share | None, "of the items known: yes counts one, partly one half; null while none is known"]
    low: Annotated[Share | None, "if every unknown item were a no"]
    high: Annotated[Share | None, "if every unknown item were a yes"]


class Story(TypedDict):
    candidate: CandidateName
    title: str
    url: str
    learned: str


class Readiness(TypedDict):
    items: list[ReadinessItem]
    answers: list[ReadinessAnswer]
    shares: list[ReadinessShare]
    stories: list[Story]


class Increment(TypedDict):
    number: int
    moves: Annotated[str, "what moves with this step"]
    effort_low_days: AtLeastZero | None
    effort_high_days: AtLeastZero | None
    risk: Literal["low", "medium", "high"]
    risk_note: str
    rollback: Annotated[str, "how it is taken back"]


class LegacyPath(TypedDict):
    candidate: CandidateName
    cost_low_days: Annotated[AtLeastZero | None, "person-days; null: nobody estimated it"]
    cost_high_days: AtLeastZero | None
    cost_source: str
    pain_points: list[str]
    increments: list[Increment]


class ReviewPoint(TypedDict):
    text: str
    settled: bool


class SignOff(TypedDict):
    phase: str
    state: Literal["approved", "changes requested", "stale", "not applicable", "applies after all"]
    stands: Annotated[bool, "false: an earlier word of this phase, kept for the record"]
    by: str
    role: str
    at: Moment
    revision: int
    digest: Sha256
    independent: bool
    reason: Annotated[str, "why without independent review, or why not applicable"]
    comment: str
    points: Annotated[list[ReviewPoint], "what the reviewer asked for"]


class TradeOff(TypedDict):
    criterion: Annotated[CriterionKey | None, "null: not about one criterion"]
    what: str
    mitigation: str
    shortfall: Annotated[AtLeastZero | None, "points of the total by which the best other was ahead"]


class Consequence(TypedDict):
    kind: Literal["good", "neutral", "bad"]
    text: str


class Forecast(TypedDict):
    what: str
    expected: float
    unit: str
    lower_is_better: bool | None
    note: Annotated[str, "from what it was concluded"]


class Decision(TypedDict):
    chosen: CandidateName
    why: str
    against_ranking: Annotated[bool, "another than the first of the ranking was chosen; `why` says why"]
    ranking_note: Annotated[str, "where the ranking had the chosen candidate"]
    trade_offs: list[TradeOff]
    consequences: list[Consequence]
    confirmation: str
    revisit_date: Day | None
    forecast: list[Forecast]
    proposed_by: str
    decided_by: str
    decided_at: Moment | None
    supersedes: NotRequired[Annotated[str, "the evaluation it starts from, with its number"]]
    superseded_by: NotRequired[str]
