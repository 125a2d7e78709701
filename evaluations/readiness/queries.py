"""What is known about running each candidate: answers, failure tests, stories, and the figures that score them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.checklist.models import ChecklistItem, Phase
from evaluations.checklist.queries import items_of
from evaluations.readiness import kinds
from evaluations.readiness.models import FailureTest, ProductionStory, ReadinessAnswer
from evaluations.scoring.figures import Figure

SHARE, RECOVERY = "readiness_share", "recovery_s"
FIGURES_OF_TESTS = {figure.metric: kind for kind, figure in kinds.TEST_FIGURES.items() if figure.metric}
FIGURES_OF_ITEMS = {figure.metric: key for key, figure in kinds.ITEM_FIGURES.items()}


@dataclass(frozen=True)
class AnswerCell:
    """One item for one candidate. `answer` is what people said, `by_tests` what failure tests say; either may lack.

    `counts` is what stands: people's answer, or where they gave none the tests'.
    """

    item: ChecklistItem
    candidate: Candidate
    answer: ReadinessAnswer | None
    tests: list[FailureTest]
    by_tests: str
    counts: str
    is_from_tests: bool

    @property
    def is_known(self) -> bool:
        return self.counts != kinds.UNKNOWN

    @property
    def differs(self) -> bool:
        """Whether people say one thing and the tests another."""
        return self.is_known and not self.is_from_tests and self.by_tests not in (kinds.UNKNOWN, self.counts)


@dataclass(frozen=True)
class Row:
    item: ChecklistItem
    applies: bool
    cells: list[AnswerCell]

    @property
    def answered(self) -> int:
        return sum(cell.is_known for cell in self.cells)


@dataclass(frozen=True)
class Share:
    """A candidate's items answered: yes counts 1, partly one half. low, high: what the unknown ones could make it."""

    candidate: Candidate
    counts: dict[str, int]
    unknown: list[str]
    answer_ids: list[int]
    test_ids: list[int]

    @property
    def answered(self) -> int:
        return self.counts[kinds.YES] + self.counts[kinds.PARTLY] + self.counts[kinds.NO]

    @property
    def total(self) -> int:
        return self.answered + len(self.unknown)

    @property
    def _points(self) -> float:
        return self.counts[kinds.YES] + self.counts[kinds.PARTLY] / 2

    @property
    def value(self) -> float | None:
        return self._points / self.answered if self.answered else None

    @property
    def low(self) -> float | None:
        return self._points / self.total if self.answered else None

    @property
    def high(self) -> float | None:
        return (self._points + len(self.unknown)) / self.total if self.answered else None


@dataclass(frozen=True)
class Grid:
    """The readiness checklist by candidate."""

    candidates: list[Candidate]
    rows: list[Row]
    shares: list[Share] = field(default_factory=list)


@dataclass(frozen=True)
class TestRow:
    kind: str
    label: str
    figure: kinds.Figure | None
    cells: list[tuple[Candidate, list[FailureTest]]]


def grid_of(evaluation: Evaluation, *, candidates: Sequence[Candidate] | None = None) -> Grid:
    """Every item by every standing candidate. Items that do not apply are shown and count for nothing."""
    shown = standing_candidates(evaluation) if candidates is None else list(candidates)
    answers = {
        (row.item_id, row.candidate_id): row
        for row in ReadinessAnswer.objects.filter(candidate__in=shown).select_related("by")
    }
    tests: dict[tuple[str, int], list[FailureTest]] = defaultdict(list)
    for test in standing_tests(evaluation).filter(candidate__in=shown):
        if test.kind in kinds.ITEM_OF_KIND:
            tests[kinds.ITEM_OF_KIND[test.kind], test.candidate_id].append(test)
    rows = [
        Row(
            item,
            item.state != ChecklistItem.State.NOT_APPLICABLE,
            [_cell(item, one, answers.get((item.pk, one.pk)), tests.get((item.key, one.pk), [])) for one in shown],
        )
        for item in items_of(evaluation, Phase.READINESS)
    ]
    applying = [row for row in rows if row.applies]
    shares = [_share(one, [row.cells[place] for row in applying]) for place, one in enumerate(shown)]
    return Grid(shown, rows, shares)


def _cell(
    item: ChecklistItem, candidate: Candidate, answer: ReadinessAnswer | None, tests: list[FailureTest]
) -> AnswerCell:
    said = answer.answer if answer else kinds.UNKNOWN
    by_tests = kinds.answer_of_all(tests)
    is_from_tests = said == kinds.UNKNOWN and by_tests != kinds.UNKNOWN
    counts = by_tests if is_from_tests else said
    return AnswerCell(item, candidate, answer, tests, by_tests, counts, is_from_tests)


def _share(candidate: Candidate, cells: list[AnswerCell]) -> Share:
    counts = dict.fromkeys((kinds.YES, kinds.PARTLY, kinds.NO, kinds.UNKNOWN), 0)
    for cell in cells:
        counts[cell.counts] += 1
    return Share(
        candidate=candidate,
        counts=counts,
        unknown=[cell.item.text for cell in cells if not cell.is_known],
        answer_ids=[cell.answer.pk for cell in cells if cell.answer and cell.is_known and not cell.is_from_tests],
        test_ids=sorted({test.pk for cell in cells if cell.is_from_tests for test in cell.tests}),
    )


def cell_of(evaluation: Evaluation, item: ChecklistItem, candidate: Candidate) -> AnswerCell:
    answer = ReadinessAnswer.objects.filter(item=item, candidate=candidate).select_related("by").first()
    answering = [kind for kind, key in kinds.ITEM_OF_KIND.items() if key == item.key]
    tests = list(standing_tests(evaluation).filter(candidate=candidate, kind__in=answering))
    return _cell(item, candidate, answer, tests)


def item_of(evaluation: Evaluation, item_id: int) -> ChecklistItem | None:
    rows = ChecklistItem.objects.select_related("evaluation__log", "evaluation__team")
    return rows.filter(evaluation=evaluation, phase=Phase.READINESS, pk=item_id).first()


def standing_tests(evaluation: Evaluation) -> "QuerySet[FailureTest]":
    rows = FailureTest.objects.filter(candidate__evaluation=evaluation, removed_at__isnull=True)
    return rows.select_related("candidate", "by").order_by("pk")


def test_of(evaluation: Evaluation, test_id: int) -> FailureTest | None:
    rows = standing_tests(evaluation).select_related("candidate__evaluation__log", "candidate__evaluation__team", "by")
    return rows.filter(pk=test_id).first()


def tests_by_kind(evaluation: Evaluation) -> list[TestRow]:
    """Every kind that was tested, in the kinds' order, with each standing candidate's tests, oldest first."""
    candidates = standing_candidates(evaluation)
    found: dict[tuple[str, int], list[FailureTest]] = defaultdict(list)
    for test in standing_tests(evaluation).filter(candidate__in=candidates):
        found[test.kind, test.candidate_id].append(test)
    tested = {kind for kind, _ in found}
    return [
        TestRow(kind, label, kinds.TEST_FIGURES.get(kind), [(one, found.get((kind, one.pk), [])) for one in candidates])
        for kind, label in FailureTest.Kind.choices
        if kind in tested
    ]


def stories_of(evaluation: Evaluation) -> list[tuple[Candidate, list[ProductionStory]]]:
    """By standing candidate, oldest first; candidates without a story too."""
    candidates = standing_candidates(evaluation)
    found: dict[int, list[ProductionStory]] = defaultdict(list)
    rows = ProductionStory.objects.filter(candidate__in=candidates, removed_at__isnull=True).select_related("by")
    for row in rows.order_by("at", "pk"):
        found[row.candidate_id].append(row)
    return [(one, found[one.pk]) for one in candidates]


def story_of(evaluation: Evaluation, story_id: int) -> ProductionStory | None:
    rows = ProductionStory.objects.select_related("candidate__evaluation__log", "candidate__evaluation__team")
    return rows.filter(candidate__evaluation=evaluation, removed_at__isnull=True, pk=story_id).first()


def figures_of(evaluation: Evaluation, *, metric: str, narrowed: str = "") -> dict[int, list[Figure]]:
    """Per standing candidate's id, its figures of a metric in the metric's unit, oldest first; nothing known: no key.

    narrowed: for the time to recover, one kind of outage instead of both.
    """
    if metric == SHARE:
        return figures_of_shares(shares_by_candidate(evaluation))
    if metric in FIGURES_OF_ITEMS:
        return _of_answers(evaluation, FIGURES_OF_ITEMS[metric])
    found: dict[int, list[Figure]] = defaultdict(list)
    wanted = [narrowed] if narrowed else _kinds_of(metric)
    for test in standing_tests(evaluation).filter(candidate__withdrawn_at__isnull=True, kind__in=wanted):
        figure = _of_test(test, metric)
        if figure:
            found[test.candidate_id].append(figure)
    return dict(found)


def _kinds_of(metric: str) -> Iterable[str]:
    if metric == RECOVERY:
        return kinds.OUTAGES
    if metric in FIGURES_OF_TESTS:
        return [FIGURES_OF_TESTS[metric]]
    return {"lost_requests": ["sigterm"], "answered_during_slow_clients": ["slow_clients"]}.get(metric, [])


def _of_test(test: FailureTest, metric: str) -> Figure | None:
    if metric == RECOVERY and test.first_success_s is not None:
        made = Figure.more_than if test.is_censored else Figure.exact
        return made("test", test.pk, test.first_success_s, test.provenance)
    value: float | None = None
    if metric == "lost_requests":
        value = test.lost_requests
    elif metric == "answered_during_slow_clients":
        value = kinds.answered_share(test.answers)
    elif metric in FIGURES_OF_TESTS:
        value = test.figure
    return None if value is None else Figure.exact("test", test.pk, float(value), test.provenance)


def _of_answers(evaluation: Evaluation, key: str) -> dict[int, list[Figure]]:
    rows = ReadinessAnswer.objects.filter(
        ~Q(item__state=ChecklistItem.State.NOT_APPLICABLE),
        item__evaluation=evaluation,
        item__phase=Phase.READINESS,
        item__key=key,
        candidate__withdrawn_at__isnull=True,
        figure__isnull=False,
    )
    pairs = rows.order_by("pk").values_list("candidate_id", "pk", "figure")
    return {candidate: [Figure.exact("answer", pk, value)] for candidate, pk, value in pairs if value is not None}


def figures_of_shares(shares: Mapping[int, Share]) -> dict[int, list[Figure]]:
    found = {}
    for candidate, share in shares.items():
        if share.value is not None and share.low is not None and share.high is not None:
            found[candidate] = [Figure("answer", 0, share.value, share.low, share.high)]
    return found


def shares_by_candidate(evaluation: Evaluation) -> dict[int, Share]:
    return {share.candidate.pk: share for share in grid_of(evaluation).shares}
