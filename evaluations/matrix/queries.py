"""What a page that saw revision `since` must redraw."""

from dataclasses import dataclass

from evaluations.audit.models import AuditEvent
from evaluations.candidates.models import Evaluation

CELL_EVENTS = {
    "scoring.score_set",
    "scoring.measured",
    "scoring.evidence_added",
    "scoring.evidence_removed",
}
TABLE_EVENTS = {
    "candidates.candidate_added",
    "candidates.candidate_edited",
    "candidates.candidate_withdrawn",
    "candidates.reordered",
    "ecosystem.dealbreaker_called",
    "ecosystem.dealbreaker_lifted",
    "ecosystem.need_edited",
    "ecosystem.need_removed",
    "requirements.basis_set",
    "requirements.criteria_ordered",
    "requirements.criterion_added",
    "requirements.criterion_edited",
    "requirements.criterion_removed",
    "requirements.requirement_added",
    "requirements.requirement_edited",
    "requirements.requirement_removed",
    "requirements.top_set",
    "requirements.weights_agreed",
    "rounds.revealed",
    "scoring.verdict_set",
}
MOST_EVENTS = 200


@dataclass(frozen=True)
class Changes:
    """cells: (candidate id, criterion id) to redraw; table: redraw all of it."""

    revision: int
    cells: set[tuple[int, int]]
    table: bool

    @property
    def is_nothing(self) -> bool:
        return not self.cells and not self.table


def changes_since(evaluation: Evaluation, since: int) -> Changes:
    """Read off the events newer than `since`; too many of them, or a revision not yet reached, redraw the table.

    The revision is the one the evaluation was read at.
    """
    revision = evaluation.log.count
    if since == revision:
        return Changes(revision, set(), False)
    if since > revision or revision - since > MOST_EVENTS:
        return Changes(revision, set(), True)
    events = AuditEvent.objects.filter(log_id=evaluation.log_id, number__gt=since).order_by("number")
    cells: set[tuple[int, int]] = set()
    table = False
    for kind, about, sealed_by in events.values_list("kind", "about", "sealed_by"):
        if sealed_by:
            continue
        if kind in CELL_EVENTS and "candidate" in about and "criterion" in about:
            cells.add((about["candidate"], about["criterion"]))
        elif kind in TABLE_EVENTS or kind in CELL_EVENTS:
            table = True
    return Changes(revision, cells, table)
