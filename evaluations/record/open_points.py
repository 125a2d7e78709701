"""What is still open, each point a sentence: the words of a draft's watermark."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from evaluations.assignments.models import Assignment
from evaluations.assignments.queries import open_assignments
from evaluations.candidates.models import Evaluation
from evaluations.checklist.models import Phase
from evaluations.record.naming import counted, listed
from evaluations.record.signatures import unsettled
from evaluations.requirements import queries as requirements
from evaluations.rounds.models import Round
from evaluations.rounds.queries import open_round_of
from evaluations.scoring.standing import Standing
from evaluations.signoff.queries import phase_standings
from evaluations.spikes.models import ResultFile
from evaluations.spikes.queries import files_of


@dataclass(frozen=True)
class Open:
    """One thing that keeps the record from being final; `subject` is what an assignment names it by."""

    text: str
    phase: str = ""
    subject: str = ""


def open_points(evaluation: Evaluation, standing: Standing) -> list[dict[str, Any]]:
    """Every open point with the phase it belongs to and, where somebody took it on, its owner and due date."""
    assigned = open_assignments(evaluation)
    found = [
        *_of_requirements(evaluation),
        *_rounds(evaluation),
        *_comparison(standing),
        *_files(files_of(evaluation)),
        *_phases(evaluation),
    ]
    told = [_told(point, assigned.get(point.subject)) for point in found]
    named = {point.subject for point in found}
    return told + [_of_assignment(row) for subject, row in assigned.items() if subject not in named]


def _of_requirements(evaluation: Evaluation) -> Iterable[Open]:
    for point in requirements.open_points(evaluation):
        about = f" “{point.requirement.statement}”" if point.requirement else ""
        yield Open(f"{point.text}{about}", Phase.REQUIREMENTS.label, point.subject if point.requirement else "")


def _rounds(evaluation: Evaluation) -> Iterable[Open]:
    for subject in Round.Subject:
        if open_round_of(evaluation, subject):
            text = f"The round of {subject.value} is not revealed: nothing of it stands in here."
            phase = Phase.TEAMFIT if subject == Round.Subject.EXERCISE else Phase.REQUIREMENTS
            yield Open(text, phase.label)


def _comparison(standing: Standing) -> Iterable[Open]:
    matrix = standing.matrix
    unknown, cells = matrix.unknown_count, len(matrix.cells)
    if unknown:
        yield Open(f"{unknown} of {counted(cells, 'cell')} {'is' if unknown == 1 else 'are'} unknown.")
    unproven: dict[str, list[str]] = {}
    for candidate in matrix.candidates:
        for requirement in matrix.not_proven.get(candidate.pk, []):
            unproven.setdefault(requirement.statement, []).append(candidate.name)
    for statement, names in unproven.items():
        yield Open(f"The must-have “{statement}” is not proven for {listed(names)}.", Phase.REQUIREMENTS.label)


def _files(files: list[ResultFile]) -> Iterable[Open]:
    waiting = sum(row.state in {ResultFile.State.RECEIVED, ResultFile.State.READING} for row in files)
    aside = sum(row.state == ResultFile.State.QUARANTINED for row in files)
    if waiting:
        yield Open(f"{counted(waiting, 'result file is', 'result files are')} not read yet.", Phase.SPIKES.label)
    if aside:
        text = f"{counted(aside, 'result file was', 'result files were')} set aside: reading failed."
        yield Open(text, Phase.SPIKES.label)


def _phases(evaluation: Evaluation) -> Iterable[Open]:
    told = tuple(point.text for point in requirements.open_points(evaluation))
    for phase, sentence in unsettled(phase_standings(evaluation), told):
        yield Open(sentence, phase.name, f"phase:{phase.key}")


def _told(point: Open, assignment: Assignment | None) -> dict[str, Any]:
    told: dict[str, Any] = {"text": point.text}
    if point.phase:
        told["phase"] = point.phase
    return told | (_owner(assignment) if assignment else {})


def _of_assignment(row: Assignment) -> dict[str, Any]:
    return {"text": f"To do: {row.title}", **_owner(row)}


def _owner(row: Assignment) -> dict[str, Any]:
    return {"owner": row.owner.shown_name, "due": row.due_date.isoformat() if row.due_date else None}
