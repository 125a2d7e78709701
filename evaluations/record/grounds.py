"""What the comparison stands on, as a body tells it: requirements, must-haves and the register of evidence."""

from datetime import date
from typing import Any

from evaluations.candidates.models import Candidate
from evaluations.record.naming import Names, counted, listed, rounded
from evaluations.requirements.models import Requirement
from evaluations.scoring.models import Evidence, MustHaveVerdict
from evaluations.scoring.queries import FitRow
from evaluations.spikes.models import ResultFile


def requirements(rows: list[Requirement], votes: dict[int, int], names: Names) -> list[dict[str, Any]]:
    return [
        {
            "key": names.requirements[row.pk],
            "kind": row.kind.replace("_", " "),
            "statement": row.statement,
            "quantity": rounded(row.quantity),
            "unit": row.unit,
            "must_have": row.must_have,
            "source": row.source,
            "verified_by": row.verification,
            "top": row.is_top,
            "votes": votes.get(row.pk, 0),
            "criteria": [names.criteria[c.pk] for c in row.criteria.all() if c.pk in names.criteria],
        }
        for row in rows
    ]


def must_haves(
    fit: list[FitRow], candidates: list[Candidate], evidence: list[Evidence], names: Names
) -> list[dict[str, Any]]:
    """Every must-have against every candidate; where nobody has said anything it is not proven."""
    told: dict[tuple[int, int], dict[str, Any]] = {}
    for row in fit:
        for candidate, verdict in zip(candidates, row.verdicts, strict=False):
            told[row.requirement.pk, candidate.pk] = {
                "requirement": names.requirements[row.requirement.pk],
                "candidate": names.candidates[candidate.pk],
                "verdict": (verdict.verdict if verdict else MustHaveVerdict.Verdict.NOT_PROVEN).replace("_", " "),
                "reason": verdict.reason if verdict else "",
                "evidence": [
                    names.evidence[piece.pk]
                    for piece in evidence
                    if (piece.requirement_id, piece.candidate_id) == (row.requirement.pk, candidate.pk)
                ],
            }
    return list(told.values())


def told_evidence(rows: list[Evidence], candidates: set[int], criteria: set[int], needs: set[int]) -> list[Evidence]:
    """Those pieces whose candidate and whose cell or requirement still stand."""
    return [
        row
        for row in rows
        if row.candidate_id in candidates and (row.criterion_id in criteria or row.requirement_id in needs)
    ]


class Register:
    """The register of evidence while a body is composed: each piece has one number, wherever it is cited."""

    def __init__(self, rows: list[Evidence], names: Names) -> None:
        self.pieces = [_piece(row, names) for row in rows]

    def cite(self, *, words: str, url: str, about: str, on: date | None = None) -> list[int]:
        """Enter what somebody gave as evidence beside an answer; its number, or nothing where nothing was given."""
        if not words and not url:
            return []
        number = len(self.pieces) + 1
        self.pieces.append(
            {
                "number": number,
                "kind": "link" if url else "note",
                "title": words or url,
                "url": url,
                "sha256": None,
                "date": on.isoformat() if on else None,
                "version": "",
                "strength": "",
                "cells": [],
                "about": about,
            }
        )
        return [number]


def _piece(row: Evidence, names: Names) -> dict[str, Any]:
    told: dict[str, Any] = {
        "number": names.evidence[row.pk],
        "kind": row.kind,
        "title": row.title if row.text in ("", row.title) else f"{row.title}: {row.text}",
        "url": row.url,
        "sha256": row.sha256 or None,
        "date": row.dated_date.isoformat() if row.dated_date else None,
        "version": row.about_version,
        "strength": row.strength,
        "cells": [],
        "about": "",
    }
    if row.criterion_id is not None and row.criterion_id in names.criteria:
        told["cells"] = [
            {"criterion": names.criteria[row.criterion_id], "candidate": names.candidates[row.candidate_id]}
        ]
    elif row.requirement_id is not None and row.requirement_id in names.requirements:
        told["about"] = f"{names.requirements[row.requirement_id]} × {names.candidates[row.candidate_id]}"
    if row.provenance:
        told["provenance"] = row.provenance
    return told


def provenance(files: list[ResultFile], pieces: list[Evidence]) -> list[str]:
    """Where figures come from, each origin once, with how much of the record rests on it."""
    told = []
    origins = {row.provenance for row in files} | {row.provenance for row in pieces}
    for origin in sorted(origins):
        result_files = sum(row.provenance == origin and row.state == ResultFile.State.ACCEPTED for row in files)
        notes = sum(row.provenance == origin for row in pieces)
        counts = [counted(result_files, "result file")] if result_files else []
        counts += [counted(notes, "piece of evidence", "pieces of evidence")] if notes else []
        if origin and counts:
            told.append(f"{origin}: {listed(counts)}")
    return told
