"""The ecosystem as a body tells it: what the service needs from outside, and what covers it for each candidate."""

from typing import Any

from evaluations.candidates.models import Evaluation
from evaluations.ecosystem.models import Need, PackageChoice
from evaluations.ecosystem.queries import PackageCell, grid_of
from evaluations.record.grounds import Register
from evaluations.record.naming import Names, rounded

FACTS = {
    "maintained": "maintained",
    "stable": "stable release",
    "supports_async": "async",
    "release_history": "release history",
    "issue_tracker": "issue tracker",
    "community": "community",
}


def ecosystem(evaluation: Evaluation, names: Names, register: Register) -> dict[str, Any]:
    """Every need; a need and candidate at which nobody has looked has no entry among the packages."""
    grid = grid_of(evaluation)
    keys = {row.need.pk: f"N{number}" for number, row in enumerate(grid.rows, 1)}
    return {
        "needs": [_need(row.need, keys) for row in grid.rows],
        "packages": [
            _package(cell, cell.choice, keys[row.need.pk], names, register)
            for row in grid.rows
            for cell in row.cells
            if cell.choice and cell.candidate.pk in names.candidates
        ],
    }


def _need(need: Need, keys: dict[int, str]) -> dict[str, Any]:
    return {
        "key": keys[need.pk],
        "kind": need.kind_shown,
        "name": need.name,
        "note": need.note,
        "required": need.is_required,
        "async_needed": need.async_needed,
    }


def _package(cell: PackageCell, choice: PackageChoice, key: str, names: Names, register: Register) -> dict[str, Any]:
    name = names.candidates[cell.candidate.pk]
    return {
        "need": key,
        "candidate": name,
        "package": choice.package,
        "version": choice.package_version,
        "facts": [
            {"what": what, "answer": getattr(choice, field), "note": getattr(choice, f"{field}_note")}
            for field, what in FACTS.items()
        ],
        "issue_days": rounded(choice.issue_days),
        "verdict": choice.verdict,
        "dealbreaker": choice.dealbreaker,
        "dealbreaker_reason": choice.dealbreaker_reason,
        "note": choice.note,
        "date": choice.looked_date.isoformat() if choice.looked_date else None,
        "evidence": register.cite(words="", url=choice.evidence_url, about=f"{key} × {name}", on=choice.looked_date),
    }
