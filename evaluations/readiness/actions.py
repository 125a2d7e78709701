"""Phase 5 writes: answers, production stories, failure tests; the measured scores follow within the same write."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from evaluations.audit.actions import Entry, writing
from evaluations.candidates.access import check_can, check_is_writable
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.checklist.models import ChecklistItem, Phase
from evaluations.readiness import kinds, reading
from evaluations.readiness.models import FailureTest, ProductionStory, ReadinessAnswer
from evaluations.readiness.remeasuring import remeasure
from evaluations.requirements.models import Criterion
from evaluations.scoring import actions as scoring
from evaluations.scoring.models import ValueFunction
from evaluations.teams.access import Capability
from evaluations.teams.models import Person

ANSWER_FIELDS = ("answer", "note", "evidence", "evidence_url", "figure")
STORY_FIELDS = ("title", "url", "learned")
TEST_FIELDS = (
    "kind",
    "verdict",
    "answers",
    "first_success_s",
    "is_censored",
    "lost_requests",
    "figure",
    "host",
    "run_date",
    "provenance",
    "remark",
)


class AnswerMoved(Exception):
    """Someone answered meanwhile. `current` is the answer that stands (None: none yet)."""

    def __init__(self, current: ReadinessAnswer | None) -> None:
        super().__init__("Someone answered this while you were editing it.")
        self.current = current


class StoryMoved(Exception):
    """Someone changed or removed the story meanwhile. `current` is how it stands."""

    def __init__(self, current: ProductionStory) -> None:
        super().__init__("Someone changed this story while you were editing it.")
        self.current = current


class TestMoved(Exception):
    """Someone changed or removed the failure test meanwhile. `current` is how it stands."""

    def __init__(self, current: FailureTest) -> None:
        super().__init__("Someone changed this failure test while you were editing it.")
        self.current = current


class NotOfThisEvaluation(ValueError):
    """Item and candidate must stand in the same evaluation, the item in the readiness list."""


class NoFigureHere(ValueError):
    """Only some items of the catalogue have a figure."""


class AllHereAlready(ValueError):
    """Every test of the file stands already: nothing was written."""


def set_answer(
    *,
    item: ChecklistItem,
    candidate: Candidate,
    answer: str,
    seen: int,
    by: Person,
    at: datetime,
    note: str = "",
    evidence: str = "",
    evidence_url: str = "",
    figure: float | None = None,
) -> ReadinessAnswer:
    """Say whether a candidate has what an item asks for: yes, partly, no, unknown; the first three with evidence.

    seen: the version of the answer that the person saw, 0 when there was none. figure: of items in kinds.ITEM_FIGURES,
    in their unit. Raises AnswerMoved, NoFigureHere, ValidationError, NotOfThisEvaluation, Refused.
    """
    evaluation = item.evaluation
    _begin(evaluation, by)
    if candidate.evaluation_id != evaluation.pk or candidate.withdrawn_at or item.phase != Phase.READINESS:
        raise NotOfThisEvaluation("Choose an item of the readiness list and a candidate of this evaluation.")
    if figure is not None and item.key not in kinds.ITEM_FIGURES:
        raise NoFigureHere("This item has no figure.")
    with writing(evaluation.log, by=by, at=at) as entry:
        row = ReadinessAnswer.objects.select_for_update().filter(item=item, candidate=candidate).first()
        if (row.version if row else 0) != seen:
            raise AnswerMoved(row)
        before = _facts(row, ANSWER_FIELDS) if row else None
        row = row or ReadinessAnswer(item=item, candidate=candidate)
        row.answer, row.note, row.figure = answer, note.strip(), figure
        row.evidence, row.evidence_url = evidence.strip(), evidence_url.strip()
        row.by, row.at, row.version = by, at, entry.next_revision
        row.full_clean(exclude=["item", "candidate", "by"], validate_unique=False)
        row.version = entry.record(
            "readiness.answered",
            about={"item": item.pk, "candidate": candidate.pk},
            payload={"before": before, "after": _facts(row, ANSWER_FIELDS)},
        )
        row.save()
        remeasure(entry, evaluation=evaluation)
        return row


def add_story(*, candidate: Candidate, title: str, url: str, learned: str, by: Person, at: datetime) -> ProductionStory:
    """Keep a link to a team that runs the candidate, with what was learned. Raises ValidationError, Refused."""
    evaluation = candidate.evaluation
    _begin(evaluation, by)
    _check_stands(candidate)
    row = ProductionStory(
        candidate=candidate, title=title.strip(), url=url.strip(), learned=learned.strip(), by=by, at=at
    )
    row.full_clean(exclude=["candidate", "by", "removed_at"])
    with writing(evaluation.log, by=by, at=at) as entry:
        row.save()
        row.version = entry.record(
            "readiness.story_added", about=_about_story(row), payload={"after": _facts(row, STORY_FIELDS)}
        )
        row.save(update_fields=["version"])
        return row


def edit_story(
    *, story: ProductionStory, title: str, url: str, learned: str, seen: int, by: Person, at: datetime
) -> ProductionStory:
    """Change a story. Raises StoryMoved, also where it was removed meanwhile; ValidationError, Refused."""
    evaluation = story.candidate.evaluation
    _begin(evaluation, by)
    with writing(evaluation.log, by=by, at=at) as entry:
        row = _locked_story(story, seen)
        before = _facts(row, STORY_FIELDS)
        row.title, row.url, row.learned = title.strip(), url.strip(), learned.strip()
        row.full_clean(exclude=["candidate", "by", "removed_at"])
        row.version = entry.record(
            "readiness.story_edited",
            about=_about_story(row),
            payload={"before": before, "after": _facts(row, STORY_FIELDS)},
        )
        row.save()
        return row


def remove_story(*, story: ProductionStory, seen: int, by: Person, at: datetime) -> ProductionStory:
    """Take a story out; it stays in the history. Raises StoryMoved, Refused."""
    evaluation = story.candidate.evaluation
    _begin(evaluation, by)
    with writing(evaluation.log, by=by, at=at) as entry:
        row = _locked_story(story, seen)
        row.removed_at = at
        row.version = entry.record(
            "readiness.story_removed", about=_about_story(row), payload={"before": _facts(row, STORY_FIELDS)}
        )
        row.save(update_fields=["removed_at", "version"])
        return row


def add_failure_test(*, candidate: Candidate, by: Person, at: datetime, **facts: Any) -> FailureTest:
    """Enter one failure test; facts: TEST_FIELDS. Raises ValidationError (by field), NotOfThisEvaluation, Refused."""
    evaluation = candidate.evaluation
    _begin(evaluation, by)
    _check_stands(candidate)
    row = _checked(FailureTest(candidate=candidate, by=by, at=at, **_known(facts)))
    with writing(evaluation.log, by=by, at=at) as entry:
        _enter(entry, row)
        remeasure(entry, evaluation=evaluation)
        return row


def edit_failure_test(
    *, test: FailureTest, seen: int, changes: Mapping[str, Any], by: Person, at: datetime
) -> FailureTest:
    """Correct a failure test. Raises TestMoved, also where it was removed meanwhile; ValidationError, Refused."""
    evaluation = test.candidate.evaluation
    _begin(evaluation, by)
    with writing(evaluation.log, by=by, at=at) as entry:
        row = _locked_test(test, seen)
        before = _facts(row, TEST_FIELDS)
        for name, value in _known(changes).items():
            setattr(row, name, value)
        _checked(row)
        row.version = entry.record(
            "readiness.test_edited",
            about=_about_test(row),
            payload={"before": before, "after": _facts(row, TEST_FIELDS)},
        )
        row.save()
        remeasure(entry, evaluation=evaluation)
        return row


def remove_failure_test(*, test: FailureTest, seen: int, by: Person, at: datetime) -> FailureTest:
    """Take a failure test out; it stays in the history, and no score comes from it. Raises TestMoved, Refused."""
    evaluation = test.candidate.evaluation
    _begin(evaluation, by)
    with writing(evaluation.log, by=by, at=at) as entry:
        row = _locked_test(test, seen)
        row.removed_at = at
        row.version = entry.record(
            "readiness.test_removed", about=_about_test(row), payload={"before": _facts(row, TEST_FIELDS)}
        )
        row.save(update_fields=["removed_at", "version"])
        remeasure(entry, evaluation=evaluation)
        return row


def add_file(
    *, evaluation: Evaluation, content: bytes, file_name: str, by: Person, at: datetime
) -> tuple[list[FailureTest], int]:
    """Enter every test of a JSON file (docs/failure-tests.md), all or none; (new tests, how many stood already).

    The same test of the same candidate is entered once, however often its file is sent. Raises reading.Unreadable with
    every fault and its line, AllHereAlready, Refused.
    """
    _begin(evaluation, by)
    told = reading.read(content)
    sha256, name = hashlib.sha256(content).hexdigest(), _shown_name(file_name)
    with writing(evaluation.log, by=by, at=at) as entry:
        rows = _rows_of(
            told, standing_candidates(evaluation), {"file_name": name, "sha256": sha256, "by": by, "at": at}
        )
        here = [
            (row.candidate_id, _facts(row, TEST_FIELDS))
            for row in FailureTest.objects.filter(candidate__evaluation=evaluation, removed_at__isnull=True)
        ]
        fresh: list[FailureTest] = []
        for row in rows:
            key = (row.candidate_id, _facts(row, TEST_FIELDS))
            if key not in here:
                here.append(key)
                fresh.append(row)
        if not fresh:
            raise AllHereAlready("Every test of this file is here already.")
        facts = {"file_name": name, "sha256": sha256, "tests": len(fresh)}
        entry.record("readiness.file_read", about={"evaluation": evaluation.pk}, payload={"after": facts})
        for row in fresh:
            _enter(entry, row)
        remeasure(entry, evaluation=evaluation)
        return fresh, len(rows) - len(fresh)


def set_value_function(*, criterion: Criterion, by: Person, at: datetime, **function: Any) -> ValueFunction:
    """As scoring.actions.set_value_function; the criterion's measured scores follow within the same write."""

    def follow(entry: Entry, row: ValueFunction) -> None:
        remeasure(entry, evaluation=criterion.evaluation, only=row)

    return scoring.set_value_function(criterion=criterion, by=by, at=at, then=follow, **function)


def follow_checklist(entry: Entry, evaluation: Evaluation, phase: str) -> None:
    """Inside a checklist's write: an item that was added or set aside changes the share that is answered."""
    if phase == Phase.READINESS:
        remeasure(entry, evaluation=evaluation)


def _begin(evaluation: Evaluation, by: Person) -> None:
    check_can(Capability.CONTRIBUTE, by, evaluation)
    check_is_writable(evaluation)


def _check_stands(candidate: Candidate) -> None:
    if candidate.withdrawn_at:
        raise NotOfThisEvaluation("This candidate was withdrawn.")


def _locked_story(story: ProductionStory, seen: int) -> ProductionStory:
    row = ProductionStory.objects.select_for_update().get(pk=story.pk)
    if row.version != seen or row.removed_at:
        raise StoryMoved(row)
    return row


def _locked_test(test: FailureTest, seen: int) -> FailureTest:
    row = FailureTest.objects.select_for_update().get(pk=test.pk)
    if row.version != seen or row.removed_at:
        raise TestMoved(row)
    return row


def _checked(row: FailureTest) -> FailureTest:
    faults = kinds.faults_of(row)
    if faults:
        raise ValidationError({name: [message] for name, message in faults.items()})
    row.full_clean(exclude=["candidate", "by", "removed_at"])
    return row


def _rows_of(
    told: Sequence[reading.ReadTest], candidates: Sequence[Candidate], origin: Mapping[str, Any]
) -> list[FailureTest]:
    """Unsaved rows, each of the candidate that its name names."""
    named = {candidate.name.strip().casefold(): candidate for candidate in candidates}
    known = ", ".join(candidate.name for candidate in candidates) or "none yet"
    faults, rows = [], []
    for number, one in enumerate(told):
        candidate = named.get(one.candidate.casefold())
        if candidate is None:
            message = f"no candidate “{one.candidate}”; there are: {known}."
            faults.append(reading.Fault(one.line, f"tests[{number}].candidate", message))
            continue
        facts = {name: getattr(one, name) for name in TEST_FIELDS}
        rows.append(FailureTest(candidate=candidate, **facts, **origin))
    if faults:
        raise reading.Unreadable(faults[: reading.MOST_FAULTS])
    return rows


def _enter(entry: Entry, row: FailureTest) -> None:
    row.save()
    facts = _facts(row, TEST_FIELDS) | ({"file_name": row.file_name} if row.file_name else {})
    row.version = entry.record("readiness.test_added", about=_about_test(row), payload={"after": facts})
    row.save(update_fields=["version"])


def _about_story(row: ProductionStory) -> dict[str, int]:
    return {"story": row.pk, "candidate": row.candidate_id}


def _about_test(row: FailureTest) -> dict[str, int]:
    return {"failure_test": row.pk, "candidate": row.candidate_id}


def _facts(row: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _known(facts: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(facts) - set(TEST_FIELDS)
    if unknown:
        raise TypeError(f"a failure test has no {', '.join(sorted(unknown))}")
    return dict(facts)


def _shown_name(file_name: str) -> str:
    """The last part of the name, without what can't be shown."""
    last = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(each for each in last if each.isprintable()).strip()[:200] or "failure tests"
