"""The resource sampler's table: memory and processor time of a service's processes while it was put under load.

Columns: `time` (s since 1970), `rss_bytes` (all processes together), `cpu_s` (processor time since the first row),
`processes`, `warm_up` (1 while warming up), `workload` (its fingerprint). The last two may be missing.
"""

import itertools
from statistics import median

from .figures import shown
from .measurements import Numbers, Reading, Run
from .moments import moment_within
from .refusal import Rejected
from .tables import Cells, Table, WrongWidth

FORMAT, TOOL = "fwselect_samples_csv", "fwselect sampler"
NEEDED = ("time", "rss_bytes", "cpu_s", "processes")
SLOPE_SPAN_S = 60
SLOPE_SAMPLES = 10
POINTS_KEPT = 300
SAMPLES_LIMIT = 1_000_000
LARGEST = 1e15

Sample = tuple[float, float, float, int, bool]


def is_samples(columns: set[str]) -> bool:
    return set(NEEDED) <= columns


def read_samples(table: Table) -> Reading:
    """Memory is the median of the samples after the warm-up, its growth the slope of a least-squares line."""
    for name in NEEDED:
        table.need(name)
    samples: list[Sample] = []
    digests: set[str] = set()
    warnings = table.content.warnings
    try:
        for row in table.rows():
            cells = Cells(table, row)
            samples.append(_sample(cells, table.line))
            digests.add((cells.text("workload") or "").strip())
            if len(samples) > SAMPLES_LIMIT:
                raise Rejected(f"There are more than {SAMPLES_LIMIT:,} samples; take one a second", table.line)
    except WrongWidth as error:
        if not error.is_cut_off:
            raise
        warnings.append(f"Line {error.line} was cut off in the middle and is left out.")
    if not samples:
        raise Rejected("The table has a header and no rows under it: nothing was measured", 1)
    if len(digests) > 1:
        raise Rejected(f"Samples of several workloads stand in one table: {shown(', '.join(sorted(digests)))}")
    return Reading(FORMAT, TOOL, [_run(samples, digests.pop(), warnings)], warnings)


def _sample(cells: Cells, line: int) -> Sample:
    at, memory, spent = (cells.decimal(name) for name in ("time", "rss_bytes", "cpu_s"))
    processes = cells.count("processes")
    if at is None or memory is None or spent is None or processes is None:
        raise Rejected("This sample is not whole: time, rss_bytes, cpu_s and processes are needed", line)
    if min(at, memory, spent, processes) < 0:
        raise Rejected("A sample holds a negative value, which cannot be", line)
    if max(at, memory, spent, processes) > LARGEST:
        raise Rejected("A sample holds a value larger than any service's", line)
    return at, memory, spent, processes, (cells.text("warm_up") or "").strip() == "1"


def _run(samples: list[Sample], digest: str, warnings: list[str]) -> Run:
    if any(later[0] <= earlier[0] for earlier, later in itertools.pairwise(samples)):
        warnings.append("The clock stands or steps back between samples: they are taken in the order of time.")
        samples.sort(key=lambda sample: sample[0])
    steady = [sample for sample in samples if not sample[4]]
    if not steady:
        warnings.append("All samples are of the warm-up; they are taken as they are.")
        steady = samples
    if any(later[2] < earlier[2] for earlier, later in itertools.pairwise(samples)):
        warnings.append("Processor time falls in between: a process ended, and what it spent is missing.")
    first, last = steady[0], steady[-1]
    context: dict[str, object] = {
        "memory_mb": median(sample[1] for sample in steady) / 1e6,
        "memory_peak_mb": max(sample[1] for sample in steady) / 1e6,
        "processes_most": max(sample[3] for sample in steady),
        "cpu_s": _spent(samples, steady),
        "sampled_s": last[0] - first[0],
        "samples": len(steady),
        "memory_over_time": _thinned(samples),
        "cpu_over_time": _spent_over_time(steady),
    }
    line = _line(steady, warnings)
    if line is not None:
        slope, level = line
        early, late = first[0] - samples[0][0], last[0] - samples[0][0]
        context["memory_growth_mb_per_h"] = slope
        context["memory_line"] = [[early, level], [late, level + slope * (late - early) / 3600]]
    if digest:
        context["workload_digest"] = digest
    return Run(computed=Numbers(duration_s=last[0] - first[0]), context=context, started_at=moment_within(first[0]))


def _spent(samples: list[Sample], steady: list[Sample]) -> float:
    """Processor seconds from the end of the warm-up to the last sample, drops left out."""
    warm = [sample for sample in samples if sample[0] < steady[0][0]]
    counted = [*warm[-1:], *steady]
    return sum(max(0.0, later[2] - earlier[2]) for earlier, later in itertools.pairwise(counted))


def _spent_over_time(steady: list[Sample]) -> list[list[float]]:
    """[seconds from the first steady sample, processor seconds since then, drops left out], POINTS_KEPT at most."""
    total, found = 0.0, [[0.0, 0.0]]
    for earlier, later in itertools.pairwise(steady):
        total += max(0.0, later[2] - earlier[2])
        found.append([round(later[0] - steady[0][0], 3), round(total, 6)])
    step = -(-len(found) // POINTS_KEPT)
    return found if step == 1 else [*found[:-1:step], found[-1]]


def _line(steady: list[Sample], warnings: list[str]) -> tuple[float, float] | None:
    """Least squares: MB an hour, and MB at the first sample; None where the time is too short to tell growth."""
    if steady[-1][0] - steady[0][0] < SLOPE_SPAN_S or len(steady) < SLOPE_SAMPLES:
        warnings.append(f"Memory growth is not told: it takes {SLOPE_SPAN_S} s and {SLOPE_SAMPLES} samples or more.")
        return None
    hours = [(sample[0] - steady[0][0]) / 3600 for sample in steady]
    memory = [sample[1] / 1e6 for sample in steady]
    middle, level = sum(hours) / len(hours), sum(memory) / len(memory)
    spread = sum((hour - middle) ** 2 for hour in hours)
    slope = sum((hour - middle) * (mb - level) for hour, mb in zip(hours, memory, strict=True)) / spread
    return slope, level - slope * middle


def _thinned(samples: list[Sample]) -> list[list[float]]:
    """[seconds from the start, MB], the highest of each stretch, POINTS_KEPT at most."""
    step = -(-len(samples) // POINTS_KEPT)
    start = samples[0][0]
    stretches = (samples[place : place + step] for place in range(0, len(samples), step))
    return [[round(part[0][0] - start, 3), max(sample[1] for sample in part) / 1e6] for part in stretches]


def joined(run: Run, sampled: Run) -> None:
    """Give a run with totals what was sampled while it lasted; processor time per request is computed here."""
    theirs, ours = run.context.get("workload_digest"), sampled.context.get("workload_digest")
    if theirs and ours and theirs != ours:
        raise Rejected("The samples are of another workload than the run they were sent with")
    run.context |= sampled.context
    requests, spent = run.numbers.requests, sampled.context.get("cpu_s")
    if requests and isinstance(spent, float):
        run.context["cpu_ms_per_request"] = spent * 1000 / requests
