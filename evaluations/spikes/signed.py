"""What a reviewer of phase 2 sees and signs of this package, and who brought it in."""

from collections import defaultdict
from typing import Any

from evaluations.audit.queries import people_behind
from evaluations.candidates.models import Evaluation
from evaluations.spikes.judging import facts_of
from evaluations.spikes.models import Measurement, ResultFile, RunFacts, SpikeRun, Workload
from evaluations.spikes.queries import light_runs, workloads_of

ENTERED = (
    "spikes.workload_added",
    "spikes.workload_edited",
    "spikes.workload_removed",
    "spikes.file_received",
    "spikes.run_left_out",
    "spikes.run_taken_in",
    "spikes.run_described",
    "spikes.run_let_count",
    "spikes.run_guarded_again",
    "spikes.samples_joined",
    "spikes.samples_parted",
)


def rendered(evaluation: Evaluation) -> dict[str, Any]:
    """Workloads and every run that was read, with its file's checksum and what people said of it; figures in the
    catalogue's units."""
    return {
        "workloads": [_workload(row) for row in workloads_of(evaluation)],
        "runs": [_run(run, figures) for run, figures in _runs(evaluation)],
    }


def _workload(row: Workload) -> dict[str, Any]:
    return {
        "workload": row.title,
        "description": row.description,
        "endpoints": [
            {"endpoint": f"{one.get('method', '')} {one.get('path', '')}".strip(), "share": one.get("share")}
            for one in row.endpoints
        ],
        "users": row.users,
        "rate_per_s": float(row.rate_per_s) if row.rate_per_s is not None else None,
        "duration_s": row.duration_s,
        "warm_up_s": row.warm_up_s,
        "environment": row.environment,
        "digest": row.digest,
    }


def _runs(evaluation: Evaluation) -> list[tuple[SpikeRun, dict[str, float]]]:
    rows = light_runs().filter(
        result_file__evaluation=evaluation,
        result_file__state=ResultFile.State.ACCEPTED,
        result_file__candidate__withdrawn_at__isnull=True,
    )
    related = ("result_file__candidate", "result_file__workload", "facts")
    runs = list(rows.select_related(*related).order_by("result_file_id", "index"))
    figures: dict[int, dict[str, float]] = defaultdict(dict)
    whole = Measurement.objects.filter(run__in=runs, endpoint="").order_by("metric")
    for run_id, metric, value in whole.values_list("run_id", "metric", "value"):
        figures[run_id][metric] = value
    return [(run, figures[run.pk]) for run in runs]


def _run(run: SpikeRun, figures: dict[str, float]) -> dict[str, Any]:
    file = run.result_file
    return {
        "candidate": file.candidate.name,
        "workload": file.workload.title,
        "file": file.file_name,
        "run": run.index + 1,
        "tool": file.tool,
        "provenance": file.provenance,
        "figures": figures,
        "left_out": run.left_out_reason,
        "sha256": file.sha256,
        **_said_of(run),
    }


def _said_of(run: SpikeRun) -> dict[str, Any]:
    """How it was made, and why it counts although it can't be compared, where somebody said so."""
    row: RunFacts | None = getattr(run, "facts", None)
    told = {name: value for name, value in facts_of(row).items() if value not in (None, "")} if row else {}
    said = {"how_it_was_made": told, "counts_although_not_comparable": run.counts_despite}
    return {name: value for name, value in said.items() if value}


def authors_of(evaluation: Evaluation) -> set[int]:
    return people_behind(evaluation.log, *ENTERED)
