"""What the pages of the spikes are drawn from, prepared for their templates."""

import json
from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator

from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.spikes import charts, queries, side_by_side
from evaluations.spikes.forms import UploadForm
from evaluations.spikes.measuring import in_words
from evaluations.spikes.models import ResultFile, SpikeRun
from evaluations.teams.access import Capability
from evaluations.templatetags.look import shown

PER_PAGE = 50
CHIPS = {
    ResultFile.State.RECEIVED: "outline",
    ResultFile.State.READING: "outline",
    ResultFile.State.ACCEPTED: "ok",
    ResultFile.State.REJECTED: "stop",
    ResultFile.State.QUARANTINED: "warn",
}


def may(evaluation: Evaluation, capability: Capability) -> bool:
    return evaluation.is_writable and capability in evaluation.capabilities  # type: ignore[attr-defined]


def whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def shown_files(evaluation: Evaluation, page: str | None) -> dict[str, Any]:
    """The list of files: one page, newest first, with a mark of what was drawn."""
    mark = queries.mark_of_files(evaluation, evaluation.log.count)
    found = Paginator(queries.listed_files(evaluation), PER_PAGE).get_page(whole(page, 1))
    rows = list(found.object_list)
    runs: dict[int, list[Any]] = {row.pk: [] for row in rows}
    for run in queries.light_runs().filter(result_file__in=rows):
        runs[run.result_file_id].append(run)
    return {
        "evaluation": evaluation,
        "mark": mark,
        "page": found,
        "items": [shown_file(row, runs[row.pk]) for row in rows],
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
    }


def shown_file(row: ResultFile, runs: list[Any]) -> dict[str, Any]:
    for run in runs:
        run.counts = counts_in_words(run)
    job = row.job
    is_open = row.state in {ResultFile.State.RECEIVED, ResultFile.State.READING}
    is_stuck = is_open and (job is None or not job.is_open)
    return {
        "file": row,
        "runs": runs,
        "mark": f"{row.version}.{row.state}.{job.pk}.{job.state}.{job.attempts}.{job.done}"
        if job
        else str(row.version),
        "chip": CHIPS[ResultFile.State(row.state)],
        "is_open": is_open,
        "is_stuck": is_stuck,
        "can_be_read_again": is_stuck or row.state in {ResultFile.State.REJECTED, ResultFile.State.QUARANTINED},
        "percent": job.percent if job and row.state == ResultFile.State.READING else None,
        "tries": job.attempts if job and is_open else 0,
    }


def counts_in_words(run: Any) -> str:
    """What a light run counted: requests and failures, or the WebSocket connections it held."""
    if run.requests is not None:
        return f"{shown(run.requests)} requests, {shown(run.failures)} failed"
    if run.connections is not None:
        return f"{in_words(run.connections)} WebSocket connections held"
    return "requests were not counted"


def shown_upload(evaluation: Evaluation, form: UploadForm | None = None, **more: Any) -> dict[str, Any]:
    candidates = standing_candidates(evaluation)
    workloads = queries.workloads_of(evaluation)
    fresh = None
    if candidates and workloads:
        fresh = form or UploadForm(candidates=candidates, workloads=workloads)
    return {
        "evaluation": evaluation,
        "upload_form": fresh,
        "candidates": candidates,
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
        **more,
    }


def shown_workloads(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "evaluation": evaluation,
        "revision": evaluation.log.count,
        "workloads": queries.workloads_of(evaluation),
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
    }


def shown_results(evaluation: Evaluation) -> dict[str, Any]:
    """Charts with their sentences and tables, over the runs that can be compared."""
    kept, verdict = side_by_side.kept_runs(evaluation)
    compared = side_by_side.compared_runs(evaluation, kept)
    lines = side_by_side.time_lines(evaluation, kept)
    return {
        "evaluation": evaluation,
        "revision": evaluation.log.count,
        "compared": compared,
        "verdict": verdict,
        "latencies": json.dumps(charts.latencies(compared)) if compared else "",
        "latencies_say": charts.latencies_in_words(compared),
        **shown_time_lines(lines),
    }


def shown_time_lines(runs: Sequence[SpikeRun]) -> dict[str, Any]:
    """Figures as JSON in text: htmx takes script elements out of what it swaps in, also those that hold data."""
    if not runs:
        return {"lines": []}
    return {
        "lines": charts.time_line_rows(runs),
        "lines_say": charts.time_lines_in_words(runs),
        "rates": _line_figure(runs, "requests_per_s"),
        "p95s": _line_figure(runs, "p95_ms"),
    }


def _line_figure(runs: Sequence[SpikeRun], field: str) -> str:
    """Empty where no run tells the field: axes without a line would say nothing."""
    return json.dumps(charts.time_line(runs, field)) if any(charts.tells(run, field) for run in runs) else ""


def shown_scores(evaluation: Evaluation) -> dict[str, Any]:
    """The criteria, with what measurements make of them."""
    return {
        "evaluation": evaluation,
        "revision": evaluation.log.count,
        "scales": queries.scales_of(evaluation),
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
        "can_lead": may(evaluation, Capability.LEAD),
    }
