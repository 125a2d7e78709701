"""The only writer of ratings, scores, measured scores, verdicts and evidence."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from evaluations.audit.actions import Entry, writing
from evaluations.candidates.access import check_can, check_is_writable
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.requirements.actions import set_basis as set_criterion_basis
from evaluations.requirements.models import Criterion, Requirement
from evaluations.rounds.actions import current_round
from evaluations.rounds.models import Round
from evaluations.scoring.details import answers, they_disagree
from evaluations.scoring.models import Evidence, MeasuredScore, MustHaveVerdict, Rating, Score, ValueFunction
from evaluations.teams.access import Capability
from evaluations.teams.models import Person
from evaluations.uploads.storing import Stored

REASON_ASKED_FOR = {1, 5}


class ScoreMoved(Exception):
    """Someone set this score meanwhile. `current` is the Score that stands (None: none yet)."""

    def __init__(self, current: Score | None) -> None:
        super().__init__("Someone set this score while you were editing it.")
        self.current = current


class VerdictMoved(Exception):
    """Someone set this verdict meanwhile. `current` is the MustHaveVerdict that stands."""

    def __init__(self, current: MustHaveVerdict | None) -> None:
        super().__init__("Someone set this verdict while you were editing it.")
        self.current = current


class ValueFunctionMoved(Exception):
    """Someone changed this value function meanwhile. `current` is the one that stands."""

    def __init__(self, current: ValueFunction | None) -> None:
        super().__init__("Someone changed this value function while you were editing it.")
        self.current = current


class ReasonNeeded(ValueError):
    """A 1, a 5 and a score on which members differ ask for a line of reason; a verdict always does."""


class NotOfThisEvaluation(ValueError):
    """Candidate and criterion belong to different evaluations, or were taken out."""


class NotAMustHave(ValueError):
    """Verdicts are given on must-have requirements only."""


class PointsNotUsable(ValueError):
    """The points of a value function: at least two, ascending in the metric, scores from 1 to 5."""


class NothingMeasured(ValueError):
    """The basis can be set to measured only when the criterion has a value function."""


@dataclass(frozen=True)
class Measured:
    """A cell's measured score on its way in: value and ends on 1..5, and where they come from."""

    candidate: Candidate
    value: float
    deviation: float
    low: float
    high: float
    source: Mapping[str, Any]


def rate(
    *,
    candidate: Candidate,
    criterion: Criterion,
    value: int | None,
    by: Person,
    at: datetime,
    reason: str = "",
    seen: int | None = None,
) -> Rating:
    """Cast or change one's own rating in the open round, 1..5 or None for "don't know". Nobody else learns it yet.

    A 1 or a 5 without a reason is kept and shown as asking for one. seen: the round, as in `current_round`. Raises
    ValueError, NotOfThisEvaluation, RoundIsRevealed, Refused.
    """
    evaluation = _cell_evaluation(candidate, criterion)
    _begin(evaluation, by, Capability.RATE)
    if value is not None and value not in range(1, 6):
        raise ValueError("A rating is a whole number from 1 to 5, or don't know.")
    with writing(evaluation.log, by=by, at=at) as entry:
        round = current_round(entry, evaluation=evaluation, subject=Round.Subject.RATINGS, by=by, at=at, seen=seen)
        row = Rating.objects.filter(round=round, candidate=candidate, criterion=criterion, person=by).first()
        before = {"value": row.value, "reason": row.reason} if row else None
        row = row or Rating(round=round, candidate=candidate, criterion=criterion, person=by)
        row.value, row.reason, row.at = value, reason.strip(), at
        row.version = entry.record(
            "scoring.rated",
            about={"candidate": candidate.pk, "criterion": criterion.pk, "round": round.pk},
            payload={"before": before, "after": {"value": value, "reason": row.reason}},
            sealed_by=round.seal,
        )
        row.save()
        return row


def clear_rating(*, candidate: Candidate, criterion: Criterion, by: Person, at: datetime) -> None:
    """Take one's own rating in the open round back: the cell is unanswered again. Nothing to take back: no event."""
    evaluation = _cell_evaluation(candidate, criterion)
    _begin(evaluation, by, Capability.RATE)
    own = Rating.objects.filter(
        round__evaluation=evaluation,
        round__revealed_at__isnull=True,
        candidate=candidate,
        criterion=criterion,
        person=by,
    )
    if not own.exists():
        return
    with writing(evaluation.log, by=by, at=at) as entry:
        row = own.select_related("round").first()
        entry.record(
            "scoring.rating_cleared",
            about={"candidate": candidate.pk, "criterion": criterion.pk},
            payload={"before": {"value": row.value, "reason": row.reason} if row else None, "after": None},
            sealed_by=row.round.seal if row else "",
        )
        own.delete()


def set_score(
    *,
    candidate: Candidate,
    criterion: Criterion,
    value: Decimal | None,
    reason: str,
    seen: int,
    by: Person,
    at: datetime,
) -> Score:
    """Set the team's agreed score of a cell (1..5 in steps of 0.01), or take it back with None.

    seen: the version of this score that the person saw, 0 when there was none. Raises ScoreMoved when it is another
    by now, ReasonNeeded for a 1 or 5, or where members differ, without a reason, ValidationError,
    NotOfThisEvaluation, Refused.
    """
    evaluation = _cell_evaluation(candidate, criterion)
    _begin(evaluation, by, Capability.CONTRIBUTE)
    reason = reason.strip()
    if value is not None and not reason:
        _check_needs_no_reason(evaluation, candidate, criterion, value)
    with writing(evaluation.log, by=by, at=at) as entry:
        row = Score.objects.select_for_update().filter(candidate=candidate, criterion=criterion).first()
        if (row.version if row else 0) != seen:
            raise ScoreMoved(row)
        before = {"value": row.value, "reason": row.reason} if row else None
        row = row or Score(candidate=candidate, criterion=criterion)
        row.value, row.reason, row.by, row.at, row.version = value, reason, by, at, entry.next_revision
        unset = ["value"] if value is None else []
        row.full_clean(exclude=["candidate", "criterion", "by", *unset], validate_unique=False)
        row.version = entry.record(
            "scoring.score_set",
            about={"candidate": candidate.pk, "criterion": criterion.pk},
            payload={"before": before, "after": {"value": row.value, "reason": reason}},
        )
        row.save()
        return row


def set_verdict(
    *,
    requirement: Requirement,
    candidate: Candidate,
    verdict: str,
    reason: str,
    seen: int,
    by: Person,
    at: datetime,
) -> MustHaveVerdict:
    """Say whether a candidate meets a must-have: met, not_met, not_proven.

    Raises VerdictMoved, ReasonNeeded, NotAMustHave, NotOfThisEvaluation, Refused.
    """
    evaluation = candidate.evaluation
    _begin(evaluation, by, Capability.CONTRIBUTE)
    if requirement.evaluation_id != evaluation.pk or candidate.withdrawn_at or requirement.removed_at:
        raise NotOfThisEvaluation("Requirement and candidate must stand in the same evaluation.")
    if not requirement.must_have:
        raise NotAMustHave("Only a must-have requirement has verdicts.")
    reason = reason.strip()
    if verdict != MustHaveVerdict.Verdict.NOT_PROVEN and not reason:
        raise ReasonNeeded("Say why: a verdict needs a reason.")
    with writing(evaluation.log, by=by, at=at) as entry:
        rows = MustHaveVerdict.objects.select_for_update().filter(requirement=requirement, candidate=candidate)
        row = rows.first()
        if (row.version if row else 0) != seen:
            raise VerdictMoved(row)
        before = {"verdict": row.verdict, "reason": row.reason} if row else None
        row = row or MustHaveVerdict(requirement=requirement, candidate=candidate)
        row.verdict, row.reason, row.by, row.at, row.version = verdict, reason, by, at, entry.next_revision
        row.full_clean(exclude=["requirement", "candidate", "by"], validate_unique=False)
        row.version = entry.record(
            "scoring.verdict_set",
            about={"requirement": requirement.pk, "candidate": candidate.pk},
            payload={"before": before, "after": {"verdict": verdict, "reason": reason}},
        )
        row.save()
        return row


def add_evidence(
    *,
    candidate: Candidate,
    kind: str,
    title: str,
    strength: str,
    by: Person,
    at: datetime,
    criterion: Criterion | None = None,
    requirement: Requirement | None = None,
    text: str = "",
    url: str = "",
    stored: Stored | None = None,
    file_name: str = "",
    dated_date: date | None = None,
    about_version: str = "",
    provenance: str = "",
) -> Evidence:
    """Put a note, a link or a stored file behind a cell or a verdict.

    stored and file_name (as uploaded): for kind "file".
    Raises ValidationError, NotOfThisEvaluation, Refused.
    """
    evaluation = candidate.evaluation
    _begin(evaluation, by, Capability.CONTRIBUTE)
    if any(each is not None and each.evaluation_id != evaluation.pk for each in (criterion, requirement)):
        raise NotOfThisEvaluation("Evidence must be about this evaluation's own criteria and requirements.")
    row = Evidence(
        evaluation=evaluation,
        candidate=candidate,
        criterion=criterion,
        requirement=requirement,
        kind=kind,
        title=title.strip(),
        text=text.strip(),
        url=url.strip(),
        dated_date=dated_date,
        about_version=about_version.strip(),
        strength=strength,
        provenance=provenance,
        by=by,
        at=at,
    )
    if stored:
        row.file.name, row.file_name = stored.name, file_name
        row.file_size, row.sha256 = stored.size, stored.sha256
    row.full_clean(exclude=["evaluation", "candidate", "criterion", "requirement", "by", "file_size", "removed_at"])
    with writing(evaluation.log, by=by, at=at) as entry:
        row.save()
        row.version = entry.record(
            "scoring.evidence_added",
            about=_evidence_about(row),
            payload={
                "after": {"kind": kind, "title": row.title, "strength": strength, "sha256": row.sha256, "url": url}
            },
        )
        row.save(update_fields=["version"])
        return row


def remove_evidence(*, evidence: Evidence, by: Person, at: datetime) -> Evidence:
    """Take evidence out of the count; it stays in the history. Removing it twice changes nothing."""
    _begin(evidence.evaluation, by, Capability.CONTRIBUTE)
    if evidence.removed_at:
        return evidence
    with writing(evidence.evaluation.log, by=by, at=at) as entry:
        row = Evidence.objects.select_for_update().get(pk=evidence.pk)
        row.removed_at = at
        row.version = entry.record(
            "scoring.evidence_removed", about=_evidence_about(row), payload={"before": {"title": row.title}}
        )
        row.save(update_fields=["removed_at", "version"])
        return row


def set_value_function(
    *,
    criterion: Criterion,
    metric: str,
    unit: str,
    points: Iterable[Iterable[float]],
    seen: int,
    by: Person,
    at: datetime,
    endpoint: str = "",
    outside: str = "clip",
    then: Callable[[Entry, ValueFunction], None] | None = None,
) -> ValueFunction:
    """Say how a metric becomes a score: points [[metric value, score 1..5], ...], ascending in the metric.

    then: what the measuring package recomputes inside the same write. Raises ValueFunctionMoved, PointsNotUsable.
    """
    evaluation = criterion.evaluation
    _begin(evaluation, by, Capability.CONTRIBUTE)
    usable = checked_points(points)
    with writing(evaluation.log, by=by, at=at) as entry:
        row = ValueFunction.objects.select_for_update().filter(criterion=criterion).first()
        if (row.version if row else 0) != seen:
            raise ValueFunctionMoved(row)
        before = _function_facts(row) if row else None
        row = row or ValueFunction(criterion=criterion)
        row.metric, row.unit, row.points = metric, unit, usable
        row.endpoint, row.outside, row.version = endpoint, outside, entry.next_revision
        row.full_clean(exclude=["criterion", "frozen_at"], validate_unique=False)
        row.version = entry.record(
            "scoring.value_function_set",
            about={"criterion": criterion.pk},
            payload={"before": before, "after": _function_facts(row)},
        )
        row.save()
        if then:
            then(entry, row)
        return row


def freeze_value_function(entry: Entry, *, function: ValueFunction) -> None:
    """For the packages that measure: from the first run on, a change is a change of the yardstick."""
    if function.frozen_at:
        return
    function.frozen_at = entry.at
    function.version = entry.record("scoring.value_function_frozen", about={"criterion": function.criterion_id})
    function.save(update_fields=["frozen_at", "version"])


def set_basis(*, criterion: Criterion, basis: str, by: Person, at: datetime) -> None:
    """The lead says whether the criterion's cells count as judged or as measured. Raises NothingMeasured, Refused."""
    _begin(criterion.evaluation, by, Capability.LEAD)
    if basis not in Criterion.Basis.values:
        raise ValueError(f"There is no basis {basis!r}.")
    with writing(criterion.evaluation.log, by=by, at=at) as entry:
        row = Criterion.objects.select_for_update().get(pk=criterion.pk)
        if basis == Criterion.Basis.MEASURED and not ValueFunction.objects.filter(criterion=row).exists():
            raise NothingMeasured("Say first how the metric becomes a score: this criterion has no value function.")
        set_criterion_basis(entry, criterion=row, basis=basis)
        criterion.basis, criterion.version = row.basis, row.version


def put_measured_scores(entry: Entry, *, criterion: Criterion, measured: Iterable[Measured]) -> int:
    """For the packages that measure, which hold the open entry: replace the criterion's measured scores.

    Cells whose score did not change leave no event. Candidates without a measurement lose theirs. Returns the changes.
    """
    standing = {row.candidate_id: row for row in MeasuredScore.objects.select_for_update().filter(criterion=criterion)}
    changes = 0
    for each in measured:
        row = standing.pop(each.candidate.pk, None)
        after = {"value": each.value, "deviation": each.deviation, "low": each.low, "high": each.high}
        if row and _measured_facts(row) == after and row.source == dict(each.source):
            continue
        before = _measured_facts(row) if row else None
        row = row or MeasuredScore(candidate=each.candidate, criterion=criterion)
        row.value, row.deviation, row.low, row.high = each.value, each.deviation, each.low, each.high
        row.source, row.at = dict(each.source), entry.at
        row.version = entry.record(
            "scoring.measured",
            about={"candidate": each.candidate.pk, "criterion": criterion.pk},
            payload={"before": before, "after": after, "source": dict(each.source)},
        )
        row.save()
        changes += 1
    for row in standing.values():
        entry.record(
            "scoring.measured",
            about={"candidate": row.candidate_id, "criterion": criterion.pk},
            payload={"before": _measured_facts(row), "after": None},
        )
        row.delete()
        changes += 1
    return changes


def checked_points(points: Iterable[Iterable[float]]) -> list[list[float]]:
    """Points as [[metric, score], ...], or PointsNotUsable with the row that is wrong."""
    rows = [[float(x) for x in row] for row in points]
    if len(rows) < 2:
        raise PointsNotUsable("Give at least two points.")
    for number, row in enumerate(rows, 1):
        if len(row) != 2 or not all(abs(x) < 1e15 for x in row):
            raise PointsNotUsable(f"Point {number}: give a metric value and a score.")
        if not 1 <= row[1] <= 5:
            raise PointsNotUsable(f"Point {number}: the score {row[1]:g} is not between 1 and 5.")
        if number > 1 and row[0] <= rows[number - 2][0]:
            raise PointsNotUsable(f"Point {number}: {row[0]:g} must be more than {rows[number - 2][0]:g}.")
    return rows


def _begin(evaluation: Evaluation, by: Person, capability: Capability) -> None:
    check_can(capability, by, evaluation)
    check_is_writable(evaluation)


def _check_needs_no_reason(evaluation: Evaluation, candidate: Candidate, criterion: Criterion, value: Decimal) -> None:
    if value in REASON_ASKED_FOR:
        raise ReasonNeeded(f"Say in a line why this is a {value.normalize():f}.")
    said = answers(evaluation, candidate=candidate, criterion=criterion).get((candidate.pk, criterion.pk), [])
    if they_disagree([one.value for one in said]):
        raise ReasonNeeded("Members differ here: say in a line what settled it.")


def _cell_evaluation(candidate: Candidate, criterion: Criterion) -> Evaluation:
    if candidate.evaluation_id != criterion.evaluation_id or candidate.withdrawn_at or criterion.removed_at:
        raise NotOfThisEvaluation("Candidate and criterion must stand in the same evaluation.")
    return candidate.evaluation


def _evidence_about(row: Evidence) -> dict[str, int]:
    about = {"evidence": row.pk, "candidate": row.candidate_id}
    if row.criterion_id:
        about["criterion"] = row.criterion_id
    if row.requirement_id:
        about["requirement"] = row.requirement_id
    return about


def _function_facts(row: ValueFunction) -> dict[str, Any]:
    return {
        "metric": row.metric,
        "unit": row.unit,
        "points": row.points,
        "endpoint": row.endpoint,
        "outside": row.outside,
    }


def _measured_facts(row: MeasuredScore) -> dict[str, float]:
    return {"value": row.value, "deviation": row.deviation, "low": row.low, "high": row.high}
