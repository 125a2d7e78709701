"""What the catalogue holds: frameworks with dated facts, criteria, metrics and phases. Plain frozen values."""

import datetime
import itertools
from dataclasses import dataclass
from typing import Literal

EvidenceKindKey = Literal[
    "documentation", "spike", "load-test", "failure-test", "audit", "exercise", "workshop", "stories"
]
PhaseKey = Literal["requirements", "spikes", "ecosystem", "teamfit", "readiness"]
Direction = Literal["lower", "higher"]
Provenance = Literal["invented example"]


@dataclass(frozen=True, slots=True)
class EvidenceKind:
    """A way of finding something out, with the hours it usually takes."""

    key: EvidenceKindKey
    name: str
    hours: float


@dataclass(frozen=True, slots=True)
class Anchors:
    """What a 1, a 3 and a 5 look like."""

    one: str
    three: str
    five: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """Something worth weighing: its question, its anchors, and what it costs to find out.

    `covers` names criteria that look at a part of this one: weighing both counts that part twice.
    `metric` is the key of the metric it can be measured by, if any.
    """

    key: str
    name: str
    group: str
    question: str
    anchors: Anchors
    depends_on_team: bool
    evidence: EvidenceKindKey
    hours: float
    phase: PhaseKey
    metric: str | None = None
    covers: tuple[str, ...] = ()
    in_article_table: bool = False


@dataclass(frozen=True, slots=True)
class Metric:
    """A number with a unit and a direction; `points` is its default value function, (metric, score 1..5) ascending."""

    key: str
    name: str
    unit: str
    direction: Direction
    phase: PhaseKey
    points: tuple[tuple[float, float], ...]
    explains: str

    def __post_init__(self) -> None:
        places = [place for place, _ in self.points]
        scores = [score for _, score in self.points]
        if len(places) < 2 or any(left >= right for left, right in itertools.pairwise(places)):
            raise ValueError("points need at least two places in ascending order")
        if any(not 1 <= score <= 5 for score in scores):
            raise ValueError("points need scores from 1 to 5")
        falling = sorted(scores, reverse=True)
        if scores != (falling if self.direction == "lower" else sorted(scores)):
            raise ValueError(f"points must make {self.direction} values better")


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One thing a phase asks for, and the evidence that shows it was done."""

    key: str
    text: str
    evidence: str
    per_candidate: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """One of the five phases, in order, with its checklist."""

    key: PhaseKey
    number: int
    name: str
    purpose: str
    items: tuple[ChecklistItem, ...]

    def item(self, key: str) -> ChecklistItem:
        """The item with this key; KeyError when there is none."""
        for item in self.items:
            if item.key == key:
                return item
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class Checked:
    """A statement looked up in the framework's own documentation: page, version and the day it was read."""

    statement: str
    page: str
    url: str
    version: str
    date: datetime.date


@dataclass(frozen=True, slots=True)
class Fact:
    """Starting evidence on one criterion: what the article says and, where looked up, what the documentation says.

    `differs` is a sentence that says where the two part, or None. At least one of the two statements is there.
    """

    criterion: str
    article_says: str | None = None
    checked: Checked | None = None
    differs: str | None = None

    def __post_init__(self) -> None:
        if self.article_says is None and self.checked is None:
            raise ValueError("a fact needs article_says or checked")
        if self.differs is not None and (self.article_says is None or self.checked is None):
            raise ValueError("differs needs both article_says and checked")


@dataclass(frozen=True, slots=True)
class Remark:
    """A strength or a trade-off, the criteria it bears on, and who says so."""

    text: str
    criteria: tuple[str, ...]
    source: Literal["article", "documentation"]


@dataclass(frozen=True, slots=True)
class StackDefault:
    """What a candidate of this framework usually stands on; a team changes it freely."""

    server: str
    data_layer: str
    proxy: str


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework (or a hybrid of several, named in `parts`) with dated facts; never a score."""

    key: str
    name: str
    summary: str
    homepage: str
    interface: Literal["WSGI", "ASGI", "WSGI and ASGI", "own server"]
    stack: StackDefault
    facts: tuple[Fact, ...]
    strengths: tuple[Remark, ...]
    tradeoffs: tuple[Remark, ...]
    parts: tuple[str, ...] = ()

    def facts_on(self, criterion: str) -> tuple[Fact, ...]:
        """The facts that bear on one criterion key, in the file's order."""
        return tuple(fact for fact in self.facts if fact.criterion == criterion)


@dataclass(frozen=True, slots=True)
class CriteriaFile:
    """The whole of criteria.toml."""

    groups: tuple[str, ...]
    evidence_kinds: tuple[EvidenceKind, ...]
    criteria: tuple[Criterion, ...]
