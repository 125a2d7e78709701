"""What was measured, as a body tells it: workloads, runs of load tools, and failure tests."""

from collections.abc import Mapping
from typing import Any

from evaluations.candidates.models import Evaluation
from evaluations.readiness import kinds
from evaluations.readiness.models import FailureTest
from evaluations.readiness.queries import tests_by_kind
from evaluations.readiness.shown import figures_in_words
from evaluations.record.naming import Names, moment, rounded
from evaluations.spikes import side_by_side
from evaluations.spikes.charts import thinned
from evaluations.spikes.making import HowMade, facts_by_run, how_made
from evaluations.spikes.models import ResultFile, SpikeRun, Workload
from evaluations.spikes.queries import workloads_of

LATENCIES = ("min", "mean", "p50", "p90", "p95", "p99", "max")
MOST_POINTS = 60
MOST_COUNTED = 2**53 - 1
SOCKETS = "websocket_"


def workloads(evaluation: Evaluation, rows: list[SpikeRun]) -> list[dict[str, Any]]:
    """Those that stand, and removed ones that a told run was put under."""
    found = {row.pk: row for row in workloads_of(evaluation)}
    found |= {run.result_file.workload_id: run.result_file.workload for run in rows}
    return [_workload(found[pk]) for pk in sorted(found)]


def _workload(row: Workload) -> dict[str, Any]:
    return {
        "title": row.title,
        "description": row.description,
        "endpoints": [
            {
                "method": str(one.get("method", "")),
                "path": str(one.get("path", "")),
                "share": rounded(one.get("share")),
                "note": str(one.get("note", "")),
            }
            for one in row.endpoints
        ],
        "users": row.users,
        "rate_per_s": rounded(row.rate_per_s),
        "duration_s": rounded(row.duration_s),
        "warm_up_s": rounded(row.warm_up_s),
        "environment": row.environment,
    }


def told_runs(files: list[ResultFile], candidates: set[int]) -> list[SpikeRun]:
    """Runs of accepted files of standing candidates, oldest first."""
    found = []
    for file in files:
        if file.state == ResultFile.State.ACCEPTED and file.candidate_id in candidates:
            for run in file.runs.all():
                run.result_file = file
                found.append(run)
    return sorted(found, key=lambda run: run.pk)


def runs(evaluation: Evaluation, rows: list[SpikeRun], names: Names) -> list[dict[str, Any]]:
    """Each run; of each candidate the newest that can be compared tells how it went over time."""
    kept, _ = side_by_side.kept_runs(evaluation)
    followed = {run.pk: run for run in side_by_side.time_lines(evaluation, kept)}
    said = facts_by_run(evaluation)
    return [
        _run(row, names)
        | {"made": _made(how_made(row, said.get(row.pk)))}
        | _sockets(row.stated.get("context") or {})
        | _over_time(followed.get(row.pk))
        for row in rows
    ]


def _run(run: SpikeRun, names: Names) -> dict[str, Any]:
    file = run.result_file
    left_out = [f"Left out of the scores: {run.left_out_reason}"] if run.left_out_reason else []
    if run.counts_despite:
        left_out.append(f"Counts although it cannot be compared with the others: {run.counts_despite}")
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
        "workload": file.workload.title,
        "environment": file.workload.environment,
        "provenance": file.provenance,
    }


def _made(made: HowMade) -> dict[str, Any]:
    users, warm_up_s = _at_least_zero(made.users), _at_least_zero(made.warm_up_s)
    nothing = [name for name, value in (("users", users), ("warm_up_s", warm_up_s)) if value is None]
    return {
        "host": made.host,
        "processors": made.processors,
        "workers": made.workers,
        "driver": made.driver,
        "client": made.client,
        "loop": made.loop or None,
        "users": users,
        "warm_up_s": warm_up_s,
        "repeat": made.repeat,
        "generator_busy": made.generator_busy,
        "not_said": [name for name in made.not_said if name not in nothing],
    }


def _sockets(context: Mapping[str, Any]) -> dict[str, Any]:
    """What a run's file tells of its WebSockets; nothing where it opened none."""
    told = {name.removeprefix(SOCKETS): value for name, value in context.items() if name.startswith(SOCKETS)}
    if not told:
        return {}
    held = _at_least_zero(told.get("connections"))
    return {
        "sockets": {
            "held": held,
            "held_rule": "" if held is None else str(told.get("rule") or ""),
            "sessions": _count(told.get("sessions")),
            "connect_ms": _times(told.get("connect_ms")),
            "message_ms": _times(told.get("message_ms")),
            "messages_sent": _count(told.get("messages_sent")),
            "messages_received": _count(told.get("messages_received")),
        }
    }


def _times(told: Any) -> dict[str, Any] | None:
    if not isinstance(told, Mapping):
        return None
    return {name: _at_least_zero(told.get(name), 3) for name in LATENCIES}


def _count(value: Any) -> int | None:
    found = _at_least_zero(value)
    return None if found is None or found > MOST_COUNTED else round(found)


def _at_least_zero(value: Any, digits: int = 4) -> float | None:
    """Files may say anything under these names; what is no number of things is left out."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return rounded(value, digits) if is_number and 0 <= value <= MOST_COUNTED else None


def _over_time(run: SpikeRun | None) -> dict[str, Any]:
    if run is None:
        return {}
    rates = thinned(run.series, "requests_per_s", MOST_POINTS)
    p95 = thinned(run.series, "p95_ms", MOST_POINTS)
    return {
        "over_time": {
            "seconds": [rounded(t, 3) for t, _ in rates],
            "requests_per_s": [rounded(value, 3) for _, value in rates],
            "p95_ms": [rounded(value, 3) for _, value in p95],
        }
    }


def failure_tests(evaluation: Evaluation, names: Names) -> list[dict[str, Any]]:
    """Kind by kind, each candidate's, oldest first."""
    return [
        _test(test, row.label, names)
        for row in tests_by_kind(evaluation)
        for candidate, tests in row.cells
        if candidate.pk in names.candidates
        for test in tests
    ]


def _test(test: FailureTest, label: str, names: Names) -> dict[str, Any]:
    figure = kinds.TEST_FIGURES.get(test.kind)
    return {
        "test": label,
        "candidate": names.candidates[test.candidate_id],
        "verdict": test.verdict,
        "answers": [{"kind": kind, "count": count} for kind, count in sorted(test.answers.items())],
        "first_success_s": rounded(test.first_success_s),
        "censored": test.is_censored,
        "lost_requests": test.lost_requests,
        "figure": told_figure(figure, test.figure),
        "says": figures_in_words(test),
        "host": test.host,
        "date": test.run_date.isoformat() if test.run_date else None,
        "note": test.remark,
        "file_name": test.file_name,
        "sha256": test.sha256 or None,
        "provenance": test.provenance,
    }


def told_figure(figure: kinds.Figure | None, value: float | None) -> dict[str, Any] | None:
    if figure is None or value is None:
        return None
    return {"name": figure.name, "value": rounded(value), "unit": figure.unit}
