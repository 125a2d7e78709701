"""What phase 2 needs before it can be signed: each function says what is missing in a sentence, or nothing."""

from collections.abc import Callable

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.checklist.models import ChecklistItem, Phase
from evaluations.scoring.queries import must_have_state
from evaluations.spikes.models import ResultFile
from evaluations.spikes.queries import counted_runs, workloads_of, workloads_that_count

LOAD_TEST = "load-test"
"""The item that, said not to apply, takes the need for runs away."""


def has_a_workload(evaluation: Evaluation) -> str:
    if workloads_of(evaluation) or _says_no_load_test(evaluation):
        return ""
    return "Describe the workload every candidate is put under."


def has_runs_of_every_candidate(evaluation: Evaluation) -> str:
    """Each framework still in the race was measured; one that fails a must-have need not be."""
    candidates = standing_candidates(evaluation)
    out, _ = must_have_state(evaluation, candidates)
    ran = {run.result_file.candidate_id for run in counted_runs(evaluation)}
    lacking = [
        candidate.name
        for candidate in candidates
        if candidate.kind == Candidate.Kind.STACK and candidate.pk not in out and candidate.pk not in ran
    ]
    if not lacking or _says_no_load_test(evaluation):
        return ""
    return f"No run that counts for {', '.join(lacking)}: send one, or say why the load test does not apply."


def has_one_workload(evaluation: Evaluation) -> str:
    titles = workloads_that_count(evaluation)
    if len(titles) < 2:
        return ""
    return f"Runs under {' and '.join(titles)} count side by side: leave out those of all but one workload."


def has_read_its_files(evaluation: Evaluation) -> str:
    reading = (ResultFile.State.RECEIVED, ResultFile.State.READING)
    count = ResultFile.objects.filter(
        evaluation=evaluation, state__in=reading, candidate__withdrawn_at__isnull=True
    ).count()
    return f"Wait for {count} result file{'s' if count > 1 else ''} to be read." if count else ""


def _says_no_load_test(evaluation: Evaluation) -> bool:
    return ChecklistItem.objects.filter(
        evaluation=evaluation, phase=Phase.SPIKES, key=LOAD_TEST, state=ChecklistItem.State.NOT_APPLICABLE
    ).exists()


EXIT_CRITERIA: tuple[Callable[[Evaluation], str], ...] = (
    has_a_workload,
    has_runs_of_every_candidate,
    has_one_workload,
    has_read_its_files,
)
