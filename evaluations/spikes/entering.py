"""What was read of a file, entered inside an open write: the file's end, its runs, its measurements."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from evaluations.audit.actions import Entry
from evaluations.spikes import limited, measuring, sampling
from evaluations.spikes.models import Measurement, ResultFile, SpikeRun, Workload

AT_ONCE = 2000
"""Rows sent to the database in one statement."""

STATED = ("percentile_rule", "stated", "computed", "context", "profile", "line", "lines")
"""What is kept of a run as its reader told it, beside the columns."""


def accept(entry: Entry, row: ResultFile, outcome: limited.Outcome) -> None:
    row.state = ResultFile.State.ACCEPTED
    row.format, row.tool = (outcome.format or "")[:40], (outcome.tool or "")[:60]
    row.warnings, row.error, row.error_line = outcome.warnings, "", None
    row.version = entry.record(
        "spikes.file_accepted",
        about=about(row),
        payload={"after": {"format": row.format, "tool": row.tool, "runs": len(outcome.runs)}},
    )
    row.save()
    for index, run in enumerate(outcome.runs):
        _add_run(row, index, run)
    sampling.join_by_rule(entry, uploaded=row)


def made_for_another(workload: Workload, run: Mapping[str, Any]) -> str:
    """Why a run is no run of this workload, where its file carries the fingerprint of another; else empty."""
    digest = (run.get("context") or {}).get("workload_digest")
    if not isinstance(digest, str) or digest == workload.digest:
        return ""
    now = f"“{workload.title}” is {workload.digest[:12]} now"
    return f"Its file was made by a kit for the workload {digest[:12]}; {now}: runs of two workloads are not compared."


def reject(entry: Entry, row: ResultFile, outcome: limited.Outcome) -> None:
    row.state = ResultFile.State.REJECTED
    row.format, row.tool = (outcome.format or "")[:40], (outcome.tool or "")[:60]
    row.error, row.error_line = _reason(outcome), outcome.line
    row.warnings = outcome.warnings
    row.version = entry.record(
        "spikes.file_rejected", about=about(row), payload={"after": {"error": row.error, "line": row.error_line}}
    )
    row.save()


def set_aside(entry: Entry, row: ResultFile, *, error: str, kind: str = "spikes.file_quarantined") -> None:
    row.state, row.error, row.error_line = ResultFile.State.QUARANTINED, error, None
    row.version = entry.record(kind, about=about(row), payload={"after": {"error": error}})
    row.save()


def about(row: ResultFile) -> dict[str, int]:
    """The ids an event about this file carries."""
    return {"result_file": row.pk, "candidate": row.candidate_id, "workload": row.workload_id}


def _reason(outcome: limited.Outcome) -> str:
    message = outcome.message or "The file could not be read."
    if outcome.column and "column" not in message:
        return f"{message} (column {outcome.column})"
    return message


def _add_run(row: ResultFile, index: int, run: Mapping[str, Any]) -> None:
    made = SpikeRun.objects.create(
        result_file=row,
        index=index,
        title=(run.get("name") or "")[:200],
        started_at=datetime.fromtimestamp(run["started_at"], UTC) if run.get("started_at") else None,
        requests=run.get("requests"),
        failures=run.get("failures"),
        duration_s=run.get("duration_s"),
        requests_per_s=run.get("requests_per_s"),
        latency_ms=run.get("latency_ms") or {},
        endpoints=run.get("endpoints") or [],
        series=run.get("series") or [],
        errors=run.get("errors") or [],
        thresholds=run.get("thresholds") or [],
        stated={
            key: run.get(key)
            for key in ("percentile_rule", "stated", "computed", "context", "profile", "line", "lines")
        },
        left_out_reason=made_for_another(row.workload, run),
        workload_digest=row.workload.digest,
        version=row.version,
    )
    figures = [] if row.format in measuring.SYNTHETIC_FORMATS else measuring.figures_of(run)
    Measurement.objects.bulk_create(
        [Measurement(run=made, metric=f.metric, endpoint=f.endpoint, value=f.value, rule=f.rule) for f in figures],
        batch_size=AT_ONCE,
    )
