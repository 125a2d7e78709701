from collections import defaultdict
from dataclasses import dataclass

from evaluations import catalogue
from evaluations.candidates.models import Evaluation
from evaluations.scoring.models import ValueFunction
from evaluations.spikes.models import Measurement, ResultFile, SpikeRun, Workload


@dataclass(frozen=True)
class Repeat:
    """One run's value of a metric; repeats of a candidate together give the spread."""

    run_id: int
    value: float
    provenance: str


def workloads_of(evaluation: Evaluation) -> list[Workload]:
    return list(Workload.objects.filter(evaluation=evaluation, removed_at__isnull=True))


def files_of(evaluation: Evaluation) -> list[ResultFile]:
    rows = ResultFile.objects.filter(evaluation=evaluation)
    return list(rows.select_related("candidate", "workload", "job", "uploaded_by").prefetch_related("runs"))


def counted_runs(evaluation: Evaluation) -> list[SpikeRun]:
    """Runs that feed scores: read, of a standing candidate, not left out."""
    rows = SpikeRun.objects.filter(
        result_file__evaluation=evaluation,
        result_file__state=ResultFile.State.ACCEPTED,
        result_file__candidate__withdrawn_at__isnull=True,
        left_out_reason="",
    )
    return list(rows.select_related("result_file__candidate", "result_file__workload").order_by("pk"))


def functions_of_spikes(evaluation: Evaluation) -> list[ValueFunction]:
    rows = ValueFunction.objects.filter(criterion__evaluation=evaluation, criterion__removed_at__isnull=True)
    return [row for row in rows.select_related("criterion") if is_of_spikes(row)]


def is_of_spikes(function: ValueFunction) -> bool:
    return catalogue.metric(function.metric).phase == "spikes"


def repeats_of(evaluation: Evaluation, *, metric: str, endpoint: str) -> dict[int, list[Repeat]]:
    """Per candidate id, the counted runs' values of one metric, oldest run first."""
    rows = (
        Measurement.objects.filter(
            metric=metric,
            endpoint=endpoint,
            run__left_out_reason="",
            run__result_file__evaluation=evaluation,
            run__result_file__state=ResultFile.State.ACCEPTED,
        )
        .order_by("run_id")
        .values_list("run__result_file__candidate_id", "run_id", "value", "run__result_file__provenance")
    )
    found: dict[int, list[Repeat]] = defaultdict(list)
    for candidate_id, run_id, value, provenance in rows:
        found[candidate_id].append(Repeat(run_id, value, provenance))
    return dict(found)


def measured_endpoints(evaluation: Evaluation) -> list[str]:
    """Names of endpoints that runs of this evaluation measured, for the value function's choice."""
    rows = Measurement.objects.filter(run__result_file__evaluation=evaluation).exclude(endpoint="")
    return list(rows.order_by("endpoint").values_list("endpoint", flat=True).distinct()[:500])
