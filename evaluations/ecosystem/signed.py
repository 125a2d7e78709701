"""What a reviewer of phase 3 sees and signs of this package, and who entered it."""

from typing import Any

from evaluations.audit.queries import people_behind
from evaluations.candidates.models import Evaluation
from evaluations.ecosystem.models import PackageChoice
from evaluations.ecosystem.queries import PackageCell, grid_of

ENTERED = (
    "ecosystem.need_added",
    "ecosystem.need_edited",
    "ecosystem.need_removed",
    "ecosystem.package_set",
)
CHECKS = {
    "maintained": "maintained",
    "stable": "stable release",
    "supports_async": "async",
    "release_history": "release history",
    "issue_tracker": "issue tracker",
    "community": "community activity",
}
"""What is looked at of a package, by its field, in the words pages and records use."""


def rendered(evaluation: Evaluation) -> dict[str, Any]:
    """Needs in their order, and for each candidate what covers them; None and "" are what nobody said."""
    grid = grid_of(evaluation)
    return {
        "needs": [
            {
                "name": row.need.name,
                "kind": row.need.kind_shown,
                "note": row.need.note,
                "required": row.need.is_required,
                "async_needed": row.need.async_needed,
            }
            for row in grid.rows
        ],
        "packages": [_package(cell) for row in grid.rows for cell in row.cells],
    }


def authors_of(evaluation: Evaluation) -> set[int]:
    return people_behind(evaluation.log, *ENTERED)


def _package(cell: PackageCell) -> dict[str, Any]:
    choice = cell.choice or PackageChoice(need=cell.need, candidate=cell.candidate)
    return {
        "need": cell.need.name,
        "candidate": cell.candidate.name,
        "package": choice.package,
        "version": choice.package_version,
        "checks": [
            {"what": words, "answer": getattr(choice, name), "note": getattr(choice, f"{name}_note")}
            for name, words in CHECKS.items()
        ],
        "issue_days": choice.issue_days,
        "verdict": choice.get_verdict_display(),
        "note": choice.note,
        "dealbreaker": choice.dealbreaker_reason if choice.dealbreaker else "",
        "address": choice.evidence_url,
        "looked": choice.looked_date.isoformat() if choice.looked_date else "",
    }
