"""What the ecosystem page's parts are drawn from, prepared for their templates."""

from typing import Any

from evaluations.candidates.models import Evaluation
from evaluations.checklist.models import Phase
from evaluations.ecosystem import queries
from evaluations.ecosystem.actions import CHECKS
from evaluations.ecosystem.forms import CHECK_LABELS
from evaluations.ecosystem.models import Answer, PackageChoice
from evaluations.scoring.scales import scales_of
from evaluations.scoring.views import may
from evaluations.teams.access import Capability

TABLE_FOLLOWS = ("ecosystem", "candidates")
SCORES_FOLLOW = ("ecosystem", "scoring", "requirements", "candidates")
MEASURED_BY = {"measured_by": "ecosystem", "measured_label": Phase.ECOSYSTEM.label}
BANDS = {"good": "v5", "acceptable": "v4", "poor": "v2", "missing": "v1", "unknown": "v0"}
SHORT = {"missing": "you would write this"}
"""A verdict in a cell, where it is not its own word."""


def shown_table(evaluation: Evaluation) -> dict[str, Any]:
    begun = _begun(evaluation)
    grid = queries.grid_of(evaluation)
    rows = [{"row": row, "cells": [_shown_cell(cell) for cell in row.cells]} for row in grid.rows]
    dealbreakers = [cell for row in grid.rows for cell in row.cells if cell.is_dealbreaker]
    return {**begun, "grid": grid, "rows": rows, "dealbreakers": dealbreakers}


def _shown_cell(cell: queries.PackageCell) -> dict[str, Any]:
    choice = cell.choice
    words = SHORT.get(cell.verdict, cell.verdict)
    if choice is None:
        words = "not looked at yet"
    said = [choice.package if cell.has_package and choice else "no package", words]
    if cell.is_dealbreaker:
        said.append("dealbreaker")
    if cell.lacks_async:
        said.append("not async")
    return {"cell": cell, "band": BANDS[cell.verdict], "words": words, "said": ", ".join(said)}


def shown_checks(choice: PackageChoice | None) -> list[dict[str, str]]:
    """What was looked at of a package, in words; what nobody looked at is left out."""
    if choice is None:
        return []
    answers = [
        {"label": CHECK_LABELS[name], "answer": getattr(choice, name), "note": getattr(choice, f"{name}_note")}
        for name in CHECKS
    ]
    return [one for one in answers if one["answer"] != Answer.UNKNOWN or one["note"]]


def shown_scores(evaluation: Evaluation) -> dict[str, Any]:
    begun = _begun(evaluation)
    scales = scales_of(evaluation, Phase.ECOSYSTEM)
    return {
        **begun,
        **MEASURED_BY,
        "scales": [scale for scale in scales if scale.function or scale.metric],
        "further": [scale.criterion for scale in scales if not scale.function and not scale.metric],
        "can_lead": may(evaluation, Capability.LEAD),
    }


def shown_index(evaluation: Evaluation) -> dict[str, Any]:
    return {**shown_table(evaluation), **shown_scores(evaluation)}


def _begun(evaluation: Evaluation) -> dict[str, Any]:
    """The revision is read before the rows: what comes between is asked for again."""
    evaluation.log.refresh_from_db(fields=["count", "head"])
    return {
        "evaluation": evaluation,
        "revision": evaluation.log.count,
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
    }
