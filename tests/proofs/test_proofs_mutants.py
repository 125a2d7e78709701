"""Five thousand damaged result files: each is accepted or refused in words, and neither child nor worker is hurt."""

import io
import itertools
import time

import pytest
from django.utils import timezone

from evaluations.audit.queries import first_fault
from evaluations.jobs.models import Job
from evaluations.spikes import limited
from evaluations.spikes.models import ResultFile
from fwselect.local.processes import wait_until
from tests.builders import make_candidate, make_evaluation
from tests.real_processes import RealProcess
from tests.spikes.mutants import answer_to, mutant, sources
from tests.spikes.spike_files import add_workload, send

MUTANTS = 5_000
BY_CHILD_EVERY = 10
BY_WORKER = 80


def mutants() -> list[tuple[str, int, bytes]]:
    found = sources()
    each = -(-MUTANTS // len(found))
    return [(name, number, mutant(name, found[name], number)) for number in range(each) for name in found]


def test_five_thousand_damaged_files_are_accepted_or_refused_in_words() -> None:
    damaged = mutants()
    assert len(damaged) >= MUTANTS

    for name, number, content in damaged:
        try:
            assert answer_to(content)
        except Exception as error:
            raise AssertionError(f"mutant {number} of {name}") from error


def test_the_limited_child_answers_to_every_tenth_of_them() -> None:
    slowest = 0.0
    for name, number, content in mutants()[::BY_CHILD_EVERY]:
        begun = time.monotonic()
        outcome = limited.read_file(io.BytesIO(content))
        slowest = max(slowest, time.monotonic() - begun)

        assert outcome.outcome in ("accepted", "rejected"), (name, number, outcome)
        assert outcome.outcome == "accepted" or outcome.message, (name, number)
    print(f"\nthe slowest took {slowest:.2f} s")
    assert slowest < limited.WALL_BASE_S


@pytest.mark.django_db(transaction=True)
def test_a_worker_enters_damaged_files_and_goes_on(worker_process: RealProcess) -> None:
    candidate = make_candidate(make_evaluation())
    workload = add_workload(candidate.evaluation)
    damaged = [(name, content) for name, _, content in itertools.islice(mutants(), BY_WORKER) if content]
    for name, content in damaged:
        send(candidate, workload, content, name, at=timezone.now())

    ended = wait_until(lambda: not Job.objects.exclude(state=Job.State.DONE).exists(), 120)

    states = set(ResultFile.objects.values_list("state", flat=True))
    assert ended and states == {"accepted", "rejected"}
    assert worker_process.process.poll() is None
    assert not Job.objects.filter(attempts__gt=1).exists()
    assert first_fault(candidate.evaluation.log) is None
