from collections import defaultdict
from dataclasses import dataclass
from zlib import crc32

from django.db.models import Count, Max, Q, QuerySet

from evaluations import catalogue
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.catalogue.entries import Metric
from evaluations.jobs.models import Job
from evaluations.requirements.models import Criterion
from evaluations.requirements.queries import standing_criteria
from evaluations.scoring.models import MeasuredScore, ValueFunction
from evaluations.spikes.models import Measurement, ResultFile, SpikeRun, Workload

HEAVY = ("endpoints", "series", "errors", "thresholds", "stated")
"""Parts of a run that only its own page shows."""

COMPARED = ("latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "requests_per_s", "error_rate")


@dataclass(frozen=True)
class Repeat:
    """One run's value of a metric; repeats of a candidate together give the spread."""

    run_id: int
    value: float
    provenance: str


@dataclass(frozen=True)
class Spread:
    """A metric over a candidate's counted runs: mean and ends, in the metric's unit."""

    mean: float
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Compared:
    """One candidate's runs side by side; a metric no run tells is None."""

    candidate: Candidate
    runs: int
    metrics: dict[str, Spread | None]

    @property
    def latencies(self) -> list[Spread | None]:
        return [self.metrics[metric] for metric in COMPARED[:3]]

    @property
    def rate(self) -> Spread | None:
        return self.metrics["requests_per_s"]

    @property
    def errors(self) -> Spread | None:
        return self.metrics["error_rate"]


@dataclass(frozen=True)
class ScoredCell:
    candidate: Candidate
    score: MeasuredScore | None


@dataclass(frozen=True)
class Scale:
    """A criterion with its value function, if it has one, and what it makes of the runs."""

    criterion: Criterion
    function: ValueFunction | None
    metric: Metric | None
    cells: list[ScoredCell]


def workloads_of(evaluation: Evaluation) -> list[Workload]:
    rows = Workload.objects.filter(evaluation=evaluation, removed_at__isnull=True)
    return list(rows.annotate(file_count=Count("result_files")).order_by("pk"))


def workload_of(evaluation: Evaluation, workload_id: int) -> Workload | None:
    rows = Workload.objects.filter(evaluation=evaluation, removed_at__isnull=True, pk=workload_id)
    return rows.annotate(file_count=Count("result_files")).first()


def files_of(evaluation: Evaluation) -> list[ResultFile]:
    """Newest first, with their runs."""
    return list(listed_files(evaluation).prefetch_related("runs"))


def listed_files(evaluation: Evaluation) -> "QuerySet[ResultFile]":
    rows = ResultFile.objects.filter(evaluation=evaluation)
    return rows.select_related("candidate", "workload", "job", "uploaded_by")


def light_runs() -> "QuerySet[SpikeRun]":
    """Runs without the parts that only their own page shows; `.connections` where WebSockets were held, else None."""
    held = Q(measurements__metric="websocket_connections", measurements__endpoint="")
    return SpikeRun.objects.defer(*HEAVY).annotate(connections=Max("measurements__value", filter=held))


def file_of(evaluation: Evaluation, file_id: int) -> ResultFile | None:
    rows = ResultFile.objects.select_related("evaluation__log", "candidate", "workload", "job", "uploaded_by")
    return rows.filter(evaluation=evaluation, pk=file_id).first()


def run_of(evaluation: Evaluation, run_id: int) -> SpikeRun | None:
    rows = SpikeRun.objects.select_related(
        "result_file__evaluation__log", "result_file__candidate", "result_file__workload", "result_file__uploaded_by"
    )
    return rows.filter(result_file__evaluation=evaluation, pk=run_id).first()


def mark_of_files(evaluation: Evaluation, revision: int) -> str:
    """What the list of files looked like: the revision, and how far the open jobs are."""
    open_states = (Job.State.QUEUED, Job.State.RUNNING)
    rows = Job.objects.filter(result_file__evaluation=evaluation, state__in=open_states)
    progress = list(rows.order_by("pk").values_list("pk", "state", "attempts", "done"))
    return f"{revision}.{crc32(repr(progress).encode()):08x}"


def counted(evaluation: Evaluation) -> "QuerySet[SpikeRun]":
    """Runs that feed scores: read, of a standing candidate, not left out."""
    return SpikeRun.objects.filter(
        result_file__evaluation=evaluation,
        result_file__state=ResultFile.State.ACCEPTED,
        result_file__candidate__withdrawn_at__isnull=True,
        left_out_reason="",
    )


def counted_runs(evaluation: Evaluation) -> list[SpikeRun]:
    """The runs that feed scores with their files, oldest first."""
    rows = counted(evaluation).defer("endpoints", "series", "errors", "thresholds")
    return list(rows.select_related("result_file__candidate", "result_file__workload").order_by("pk"))


def workloads_that_count(evaluation: Evaluation) -> list[str]:
    """Titles of the workloads that counted runs were put under; with more than one, runs are not comparable as such."""
    rows = Workload.objects.filter(
        result_files__evaluation=evaluation,
        result_files__state=ResultFile.State.ACCEPTED,
        result_files__candidate__withdrawn_at__isnull=True,
        result_files__runs__left_out_reason="",
    )
    return list(rows.order_by("pk").distinct().values_list("title", flat=True))


def scales_of(evaluation: Evaluation) -> list[Scale]:
    """Criteria with a value function over a spike's metric first, then those the catalogue says could have one."""
    candidates = standing_candidates(evaluation)
    functions = {row.criterion_id: row for row in ValueFunction.objects.filter(criterion__evaluation=evaluation)}
    scores = {
        (row.criterion_id, row.candidate_id): row
        for row in MeasuredScore.objects.filter(criterion__evaluation=evaluation)
    }
    metrics = {metric.key: metric for metric in spike_metrics()}
    found = []
    for criterion in standing_criteria(evaluation):
        function = functions.get(criterion.pk)
        if function and function.metric not in metrics:
            continue
        cells = [ScoredCell(candidate, scores.get((criterion.pk, candidate.pk))) for candidate in candidates]
        metric = metrics[function.metric] if function else usual_metric(criterion)
        found.append(Scale(criterion, function, metric, cells if function else []))
    return sorted(found, key=lambda scale: scale.function is None)


def function_of(criterion: Criterion) -> ValueFunction | None:
    return ValueFunction.objects.filter(criterion=criterion).first()


def spike_metrics() -> list[Metric]:
    return [metric for metric in catalogue.metrics() if metric.phase == "spikes"]


def usual_metric(criterion: Criterion) -> Metric | None:
    """The metric the catalogue measures such a criterion by, where that is a spike's."""
    known = {entry.key: entry.metric for entry in catalogue.criteria()}
    metrics = {metric.key: metric for metric in spike_metrics()}
    return metrics.get(known.get(criterion.key) or "")


def functions_of_spikes(evaluation: Evaluation) -> list[ValueFunction]:
    rows = ValueFunction.objects.filter(criterion__evaluation=evaluation, criterion__removed_at__isnull=True)
    return [row for row in rows.select_related("criterion") if is_of_spikes(row)]


def is_of_spikes(function: ValueFunction) -> bool:
    return function.metric in {metric.key for metric in spike_metrics()}


def repeats_of(evaluation: Evaluation, *, metric: str, endpoint: str) -> dict[int, list[Repeat]]:
    """Per candidate id, the counted runs' values of one metric, oldest run first."""
    rows = (
        _counted(evaluation)
        .filter(metric=metric, endpoint=endpoint)
        .order_by("run_id")
        .values_list("run__result_file__candidate_id", "run_id", "value", "run__result_file__provenance")
    )
    found: dict[int, list[Repeat]] = defaultdict(list)
    for candidate_id, run_id, value, provenance in rows:
        found[candidate_id].append(Repeat(run_id, value, provenance))
    return dict(found)


def runs_that_tell(evaluation: Evaluation, metric: str) -> int:
    """How many runs that count tell this figure: whoever sets its value function now can have seen them."""
    return _counted(evaluation).filter(metric=metric).values("run").distinct().count()


def _counted(evaluation: Evaluation) -> "QuerySet[Measurement]":
    return Measurement.objects.filter(
        Q(run__left_out_reason=""),
        run__result_file__evaluation=evaluation,
        run__result_file__state=ResultFile.State.ACCEPTED,
    )


def measured_endpoints(evaluation: Evaluation) -> list[str]:
    """Names of endpoints that runs of this evaluation measured, for the value function's choice."""
    rows = Measurement.objects.filter(run__result_file__evaluation=evaluation).exclude(endpoint="")
    return list(rows.order_by("endpoint").values_list("endpoint", flat=True).distinct()[:500])
