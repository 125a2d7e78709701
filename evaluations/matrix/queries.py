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
    "scoring.verdict_set",
    "rounds.revealed",
}
TABLE_TOPICS = {"candidates", "requirements"}
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
    """Read off the events newer than `since`; too many of them, or a revision not yet reached, redraw the table."""
    evaluation.log.refresh_from_db(fields=["count"])
    revision = evaluation.log.count
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
        elif kind in TABLE_EVENTS or kind.split(".", 1)[0] in TABLE_TOPICS:
            table = True
    return Changes(revision, cells, table)
