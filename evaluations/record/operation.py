"""Operational readiness as a body tells it: items, answers with what tests say, shares and production stories."""

from typing import Any

from evaluations.candidates.models import Evaluation
from evaluations.readiness import kinds
from evaluations.readiness.queries import AnswerCell, Grid, Row, Share, grid_of, stories_of
from evaluations.record.grounds import Register
from evaluations.record.measured import told_figure
from evaluations.record.naming import Names, rounded


def readiness(evaluation: Evaluation, names: Names, register: Register) -> dict[str, Any]:
    grid = grid_of(evaluation)
    keys = {row.item.pk: f"O{number}" for number, row in enumerate(grid.rows, 1)}
    return {
        "items": [_item(row, keys) for row in grid.rows],
        "answers": [answer for row in grid.rows for answer in _answers(row, keys, names, register)],
        "shares": [_share(share, names) for share in grid.shares] if has_answers(grid) else [],
        "stories": [
            {
                "candidate": names.candidates[candidate.pk],
                "title": story.title,
                "url": story.url,
                "learned": story.learned,
            }
            for candidate, stories in stories_of(evaluation)
            for story in stories
        ],
    }


def has_answers(grid: Grid) -> bool:
    return any(share.answered for share in grid.shares)


def _item(row: Row, keys: dict[int, str]) -> dict[str, Any]:
    return {
        "key": keys[row.item.pk],
        "text": row.item.text,
        "applies": row.applies,
        "reason": "" if row.applies else row.item.reason,
    }


def _answers(row: Row, keys: dict[int, str], names: Names, register: Register) -> list[dict[str, Any]]:
    """One for each candidate, unknown ones too; an item that does not apply has none."""
    if not row.applies:
        return []
    return [_answer(cell, keys[row.item.pk], names, register) for cell in row.cells]


def _answer(cell: AnswerCell, key: str, names: Names, register: Register) -> dict[str, Any]:
    said = cell.answer
    name = names.candidates[cell.candidate.pk]
    cited: list[int] = []
    if said:
        cited = register.cite(words=said.evidence, url=said.evidence_url, about=f"{key} × {name}")
    return {
        "item": key,
        "candidate": name,
        "answer": cell.counts,
        "from_tests": cell.is_from_tests,
        "tests_say": None if cell.by_tests == kinds.UNKNOWN else cell.by_tests,
        "figure": told_figure(kinds.ITEM_FIGURES.get(cell.item.key), said.figure if said else None),
        "note": said.note if said else "",
        "evidence": cited,
    }


def _share(share: Share, names: Names) -> dict[str, Any]:
    return {
        "candidate": names.candidates[share.candidate.pk],
        "yes": share.counts[kinds.YES],
        "partly": share.counts[kinds.PARTLY],
        "no": share.counts[kinds.NO],
        "unknown": share.counts[kinds.UNKNOWN],
        "share": rounded(share.value),
        "low": rounded(share.low),
        "high": rounded(share.high),
    }
