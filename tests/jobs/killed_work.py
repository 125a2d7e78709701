"""What must hold of a file read, and of a record printed, by two workers of whom the first was killed."""

from django.core.files.storage import default_storage
from django.utils import timezone

from evaluations.audit.models import AuditEvent
from evaluations.audit.queries import first_fault
from evaluations.jobs.models import Job
from evaluations.record import actions as records
from evaluations.record.freezing import printed
from evaluations.record.models import Draft, FinalPrint
from evaluations.spikes.models import Measurement, ResultFile, SpikeRun
from tests.builders import lead_of, make_candidate, make_evaluation
from tests.decision.choosing import choose, decide, make_choice
from tests.jobs.killing import seconds_until_done_after_a_kill
from tests.spikes.spike_files import add_workload, locust_stats, send

AFTER_ITS_END = (
    "after evaluations.spikes.actions.ingest",
    "after evaluations.record.actions.print_draft",
    "after evaluations.record.freezing.print_final",
)


def tries(place: str) -> int:
    return 1 if place in AFTER_ITS_END else 2


def check_read_once(env: dict[str, str], place: str, *, lease_ran_out: bool = False) -> float:
    candidate = make_candidate(make_evaluation())
    workload = add_workload(candidate.evaluation)

    def ask() -> Job:
        send(candidate, workload, locust_stats(), at=timezone.now())
        return Job.objects.get()

    seconds = seconds_until_done_after_a_kill(env, place, ask, lease_ran_out=lease_ran_out)

    assert (ResultFile.objects.get().state, Job.objects.get().attempts) == ("accepted", tries(place))
    assert SpikeRun.objects.count() == 1
    metrics = list(Measurement.objects.values_list("metric", "endpoint"))
    assert len(metrics) == len(set(metrics)) > 0
    kinds = list(AuditEvent.objects.filter(log=candidate.evaluation.log).values_list("kind", flat=True))
    assert kinds.count("spikes.file_accepted") == 1
    assert first_fault(candidate.evaluation.log) is None
    return seconds


def check_draft_printed_once(env: dict[str, str], place: str, *, lease_ran_out: bool = False) -> float:
    evaluation = make_evaluation()

    def ask() -> Job:
        records.request_draft(evaluation=evaluation, by=lead_of(evaluation.team), at=timezone.now())
        return Job.objects.get()

    seconds = seconds_until_done_after_a_kill(env, place, ask, lease_ran_out=lease_ran_out)

    draft = Draft.objects.get()
    assert Job.objects.get().attempts == tries(place)
    assert default_storage.open(str(draft.pdf.name)).read(5) == b"%PDF-"
    kinds = list(AuditEvent.objects.filter(log=evaluation.log).values_list("kind", flat=True))
    assert kinds.count("record.draft_asked") == 1
    assert first_fault(evaluation.log) is None
    return seconds


def check_record_printed_once(env: dict[str, str], place: str, *, lease_ran_out: bool = False) -> float:
    choice = make_choice()
    choose(choice, reason="It holds the load.")

    def ask() -> Job:
        decide(choice, at=timezone.now())
        return Job.objects.get()

    seconds = seconds_until_done_after_a_kill(env, place, ask, lease_ran_out=lease_ran_out)

    row = FinalPrint.objects.get()
    assert Job.objects.get().attempts == tries(place)
    assert default_storage.open(str(row.pdf.name)).read() == printed(row.record)
    kinds = list(AuditEvent.objects.filter(log=choice.evaluation.log).values_list("kind", flat=True))
    assert kinds.count("record.frozen") == 1
    assert first_fault(choice.evaluation.log) is None
    return seconds
