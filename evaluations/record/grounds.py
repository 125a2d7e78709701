"""What the comparison stands on, as a body tells it: requirements, must-haves, evidence and measured runs."""

from typing import Any

from evaluations.candidates.models import Candidate
from evaluations.record.naming import Names, counted, listed, moment, rounded
from evaluations.requirements.models import Requirement
from evaluations.scoring.models import Evidence, MustHaveVerdict
from evaluations.scoring.queries import FitRow
from evaluations.spikes.models import ResultFile, SpikeRun

LATENCIES = ("min", "mean", "p50", "p90", "p95", "p99", "max")


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


def evidence(rows: list[Evidence], names: Names) -> list[dict[str, Any]]:
    return [_piece(row, names) for row in rows]


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
    }
    if row.criterion_id is not None and row.criterion_id in names.criteria:
        told["cells"] = [
            {"criterion": names.criteria[row.criterion_id], "candidate": names.candidates[row.candidate_id]}
        ]
    if row.provenance:
        told["provenance"] = row.provenance
    return told


def told_runs(files: list[ResultFile], candidates: set[int]) -> list[SpikeRun]:
    """Runs of accepted files of standing candidates, oldest first."""
    found = []
    for file in files:
        if file.state == ResultFile.State.ACCEPTED and file.candidate_id in candidates:
            for run in file.runs.all():
                run.result_file = file
                found.append(run)
    return sorted(found, key=lambda run: run.pk)


def runs(rows: list[SpikeRun], names: Names) -> list[dict[str, Any]]:
    return [_run(row, names) for row in rows]


def _run(run: SpikeRun, names: Names) -> dict[str, Any]:
    file = run.result_file
    left_out = [f"Left out of the scores: {run.left_out_reason}"] if run.left_out_reason else []
    return {
        "number": names.runs[run.pk],
        "tool": file.tool or file.format,
        "candidate": names.candidates[file.candidate_id],
        "file_name": file.file_name,
        "sha256": file.sha256,
        "started_at": moment(run.started_at) if run.started_at else None,
        "duration_s": rounded(run.duration_s),
        "requests": run.requests,
        "failures": run.failures,
        "requests_per_s": rounded(run.requests_per_s),
        "latency_ms": {name: rounded(run.latency_ms.get(name), 3) for name in LATENCIES},
        "warnings": [str(warning) for warning in file.warnings] + left_out,
        "environment": file.workload.environment or file.workload.title,
        "provenance": file.provenance,
    }


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
