import io
import os
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.utils import timezone

from evaluations.audit.models import AuditEvent
from evaluations.audit.queries import first_fault
from evaluations.candidates import actions as candidates
from evaluations.candidates.models import Evaluation
from evaluations.history.sentences import names_for, sentence
from evaluations.jobs import actions as jobs
from evaluations.jobs.models import Job
from evaluations.scoring import actions as scoring
from evaluations.scoring.models import MeasuredScore, ValueFunction
from evaluations.scoring.queries import matrix_of
from evaluations.signoff.queries import digest_of
from evaluations.spikes import actions, limited, queries
from evaluations.spikes.models import Measurement, ResultFile, SpikeRun, Workload
from evaluations.spikes.tasks import ingest as ingest_task
from evaluations.teams.access import Refused
from evaluations.teams.models import Role
from evaluations.uploads.storing import NothingInIt, TooLarge, shown_name
from tests.at_once import at_once
from tests.builders import NOW, lead_of, make_candidate, make_criterion, make_evaluation, make_member
from tests.spikes.spike_files import add_workload, k6_summary, locust_stats, measure, read, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def candidate(evaluation):
    return make_candidate(evaluation, "FastAPI")


@pytest.fixture
def workload(evaluation):
    return add_workload(evaluation)


def kinds(evaluation):
    return list(AuditEvent.objects.filter(log=evaluation.log).order_by("number").values_list("kind", flat=True))


# Workloads


def test_a_workload_is_described_and_recorded(evaluation):
    made = add_workload(evaluation, rate_per_s=Decimal("12.500"))

    assert made.title == "Order traffic"
    assert len(made.digest) == 64
    assert kinds(evaluation)[-1] == "spikes.workload_added"
    assert made.version == evaluation.log.count


def test_the_fingerprint_covers_what_makes_runs_comparable_and_nothing_else(evaluation):
    one = {"method": "GET", "path": "/a", "share": 60, "note": ""}
    other = {"method": "POST", "path": "/b", "share": 40.0, "note": ""}
    first = add_workload(evaluation, endpoints=[one, other], rate_per_s=Decimal("10"), environment="one  host")

    same = add_workload(
        evaluation,
        title="Other words",
        endpoints=[{**other, "share": 40}, {**one, "note": "a note", "share": 60.0}],
        rate_per_s=Decimal("10.000"),
        environment="one host",
    )
    slower = add_workload(evaluation, endpoints=[one, other], rate_per_s=Decimal("9"), environment="one host")

    assert first.digest == same.digest
    assert slower.digest != first.digest


def test_a_workload_may_be_described_before_its_endpoints_are_known(evaluation):
    made = add_workload(evaluation, endpoints=[])

    assert made.endpoints == [] and made.version


def test_a_workload_changed_by_two_keeps_the_first_and_tells_the_second(workload):
    lead, seen = lead_of(workload.evaluation.team), workload.version
    actions.edit_workload(workload=workload, seen=seen, changes={"users": 80}, by=lead, at=NOW)

    with pytest.raises(actions.WorkloadMoved) as moved:
        actions.edit_workload(workload=workload, seen=seen, changes={"users": 90}, by=lead, at=NOW)

    assert moved.value.current.users == 80
    assert Workload.objects.get().users == 80


def test_a_workload_without_a_name_is_refused_and_nothing_recorded(evaluation):
    before = evaluation.log.count

    with pytest.raises(ValidationError):
        add_workload(evaluation, title="")

    evaluation.log.refresh_from_db()
    assert evaluation.log.count == before


def test_a_workload_goes_only_while_no_file_came_in_under_it(evaluation, candidate, workload):
    lead, spare = lead_of(evaluation.team), add_workload(evaluation, title="Spare")
    send(candidate, workload, locust_stats())

    actions.remove_workload(workload=spare, seen=spare.version, by=lead, at=NOW)
    with pytest.raises(actions.WorkloadInUse):
        actions.remove_workload(workload=workload, seen=workload.version, by=lead, at=NOW)

    assert queries.workloads_of(evaluation) == [workload]
    with pytest.raises(actions.NotOfThisEvaluation):
        send(candidate, spare, locust_stats())


# Receiving


def test_a_file_is_stored_by_its_content_with_a_job_and_an_event(evaluation, candidate, workload):
    row = send(candidate, workload, locust_stats(), "../../etc/passwd\x00.csv")

    assert row.file_name == "passwd.csv"
    assert row.file.name == f"results/{row.sha256[:2]}/{row.sha256}"
    assert default_storage.open(row.file.name).read() == locust_stats()
    assert (row.state, row.job.state, row.job.task) == (ResultFile.State.RECEIVED, Job.State.QUEUED, actions.INGEST)
    assert kinds(evaluation)[-1] == "spikes.file_received"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("C:\\runs\\a.csv", "a.csv"),
        ("/etc/../x", "x"),
        ("a\r\nX-Evil: 1.csv", "aX-Evil: 1.csv"),
        ("\u202egnp.csv", "gnp.csv"),
        ("...", "results"),
        ("", "results"),
        ("x" * 500, "x" * 120),
        ("<b>&.csv", "<b>&.csv"),
    ],
)
def test_a_file_name_from_outside_is_only_ever_shown(given, shown):
    assert shown_name(given) == shown


def test_the_same_bytes_are_the_same_file_and_nothing_is_written_twice(evaluation, candidate, workload):
    first = send(candidate, workload, locust_stats(), "a.csv")
    evaluation.log.refresh_from_db()
    before = evaluation.log.count

    again, is_new = actions.receive(
        evaluation=evaluation,
        candidate=candidate,
        workload=workload,
        upload=io.BytesIO(locust_stats()),
        file_name="b.csv",
        by=lead_of(evaluation.team),
        at=NOW,
    )

    evaluation.log.refresh_from_db()
    assert (again, is_new) == (first, False)
    assert (ResultFile.objects.count(), Job.objects.count(), evaluation.log.count) == (1, 1, before)


def test_the_same_bytes_for_another_candidate_are_another_file(evaluation, candidate, workload):
    first = send(candidate, workload, locust_stats())

    second = send(make_candidate(evaluation), workload, locust_stats())

    assert first != second
    assert first.file.name == second.file.name


def test_too_large_and_empty_uploads_leave_nothing_behind(settings, candidate, workload):
    settings.FWSELECT_UPLOAD_MAX = 2_500_000
    before = stored_files()

    with pytest.raises(TooLarge, match=r"larger than 2\.5 MB"):
        send(candidate, workload, b"x" * 2_500_001)
    with pytest.raises(NothingInIt):
        send(candidate, workload, b"")

    assert stored_files() == before
    assert not ResultFile.objects.exists()


def stored_files():
    return sorted(name for _, _, names in os.walk(default_storage.location) for name in names)


def test_what_a_full_disk_cut_short_is_stored_whole_the_next_time(candidate, workload):
    row = send(candidate, workload, locust_stats(p95=77))
    with open(default_storage.path(row.file.name), "r+b") as cut:
        cut.truncate(10)

    send(make_candidate(candidate.evaluation), workload, locust_stats(p95=77))

    assert default_storage.open(row.file.name).read() == locust_stats(p95=77)


def test_foreign_candidates_and_workloads_are_refused(candidate, workload):
    other = make_evaluation("Other")
    theirs = make_candidate(other)

    for one, load in ((theirs, workload), (candidate, add_workload(other))):
        with pytest.raises(actions.NotOfThisEvaluation):
            actions.receive(
                evaluation=candidate.evaluation,
                candidate=one,
                workload=load,
                upload=io.BytesIO(b"x"),
                file_name="x",
                by=lead_of(candidate.evaluation.team),
                at=NOW,
            )


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_who_only_reads_sends_nothing(evaluation, candidate, workload, role):
    with pytest.raises(Refused):
        send(candidate, workload, locust_stats(), by=make_member(evaluation.team, role))


def test_a_closed_evaluation_takes_no_files(evaluation, candidate, workload):
    Evaluation.objects.filter(pk=evaluation.pk).update(state=Evaluation.State.DECIDED)
    candidate.evaluation.refresh_from_db()

    with pytest.raises(Refused):
        send(candidate, workload, locust_stats())


@pytest.mark.django_db(transaction=True)
def test_the_same_file_sent_by_several_at_once_is_received_once(evaluation, candidate, workload):
    outcomes = at_once(*[lambda: send(candidate, workload, locust_stats())] * 4)

    assert outcomes == [None] * 4
    assert (ResultFile.objects.count(), Job.objects.count()) == (1, 1)
    assert kinds(evaluation).count("spikes.file_received") == 1
    assert default_storage.open(ResultFile.objects.get().file.name).read() == locust_stats()


@pytest.mark.django_db(transaction=True)
def test_different_files_sent_at_once_are_all_received(evaluation, candidate, workload):
    def sender(n):
        return lambda: send(candidate, workload, locust_stats(p95=100 + n))

    outcomes = at_once(*[sender(n) for n in range(5)])

    assert outcomes == [None] * 5
    assert ResultFile.objects.count() == 5
    assert first_fault(evaluation.log) is None


# Reading


def test_a_locust_file_becomes_a_run_with_measurements(candidate, workload):
    row = read(send(candidate, workload, locust_stats(p95=120, requests=1000, failures=4, rate=50.0)))

    run = SpikeRun.objects.get(result_file=row)
    values = {(m.metric, m.endpoint): m.value for m in run.measurements.all()}
    assert (row.state, row.tool, row.format, row.job.state) == ("accepted", "Locust", "locust_stats_csv", "done")
    assert (run.requests, run.failures, run.requests_per_s) == (1000, 4, 50.0)
    assert values["latency_p95_ms", ""] == 120.0
    assert values["latency_p95_ms", "GET /orders"] == 100.0
    assert values["error_rate", ""] == pytest.approx(0.004)


def test_a_k6_summary_becomes_a_run_too(candidate, workload):
    row = read(send(candidate, workload, k6_summary(p95=88.5, requests=600, failures=3), "summary.json"))

    run = row.runs.get()
    assert (row.state, row.tool, run.requests, run.failures, run.latency_ms["p95"]) == ("accepted", "k6", 600, 3, 88.5)


def test_a_bad_file_is_rejected_with_line_and_reason_and_no_run(evaluation, candidate, workload):
    bad = locust_stats().replace(b"POST,/orders,500", b"POST,/orders,many")

    row = read(send(candidate, workload, bad))

    assert (row.state, row.error_line, row.job.state) == ("rejected", 3, "done")
    assert "many" in row.error
    assert not SpikeRun.objects.exists()
    assert kinds(evaluation)[-1] == "spikes.file_rejected"


def test_an_endpoint_without_a_name_does_not_pass_for_the_whole_run():
    from evaluations.spikes.measuring import figures_of

    run = {"latency_ms": {"p95": 10.0}, "endpoints": [{"method": None, "name": "", "latency_ms": {"p95": 999.0}}]}

    assert [(f.endpoint, f.value) for f in figures_of(run)] == [("", 10.0)]


def test_fifty_deliveries_read_the_file_once(evaluation, candidate, workload):
    row = send(candidate, workload, locust_stats())
    job_id = row.job_id

    for _ in range(50):
        ingest_task(job_id)

    assert SpikeRun.objects.count() == 1
    assert kinds(evaluation).count("spikes.file_accepted") == 1
    assert Job.objects.get(pk=job_id).attempts == 1


@pytest.mark.django_db(transaction=True)
def test_a_delivery_that_was_overtaken_changes_nothing(evaluation, candidate, workload):
    row = send(candidate, workload, locust_stats())
    slow = jobs.claim(job_id=row.job_id, at=timezone.now() - timedelta(minutes=1))
    fast = jobs.claim(job_id=row.job_id, at=timezone.now())
    actions.ingest(job=fast)

    actions._end(row=row, outcome=limited.Outcome("accepted", runs=[{}, {}]), job=slow, at=NOW)

    row.refresh_from_db()
    assert (row.state, row.runs.count(), row.job.state) == ("accepted", 1, "done")
    assert first_fault(evaluation.log) is None


def test_a_reader_that_dies_is_tried_three_times_and_then_set_aside(monkeypatch, evaluation, candidate, workload):
    row = send(candidate, workload, locust_stats())
    dead = limited.Outcome("crashed", message="The content brought the reader down (signal 11)", reason="exit code -11")
    monkeypatch.setattr(limited, "read_file", lambda *_: dead)

    states = []
    for _ in range(4):
        ingest_task(row.job_id)
        row.refresh_from_db()
        states.append((row.state, Job.objects.get(pk=row.job_id).state))

    assert states == [
        ("received", "queued"),
        ("received", "queued"),
        ("quarantined", "quarantined"),
        ("quarantined", "quarantined"),
    ]
    assert "signal 11" in row.error
    assert kinds(evaluation).count("spikes.file_quarantined") == 1


def test_a_file_whose_worker_dies_every_time_is_set_aside_with_the_fourth_delivery(evaluation, candidate, workload):
    row = send(candidate, workload, locust_stats())
    for minute in range(3):
        jobs.claim(job_id=row.job_id, at=NOW + timedelta(minutes=minute))
    ResultFile.objects.update(state=ResultFile.State.READING)

    ingest_task(row.job_id)

    row.refresh_from_db()
    assert (row.state, row.job.state) == ("quarantined", "quarantined")
    assert row.error == jobs.GIVEN_UP
    assert kinds(evaluation)[-1] == "spikes.file_quarantined"


def test_a_set_aside_or_rejected_file_is_read_again_with_a_fresh_job(candidate, workload):
    lead = lead_of(candidate.evaluation.team)
    row = send(candidate, workload, locust_stats())
    actions.cancel(result_file=row, by=lead, at=NOW)
    old_job = row.job_id

    row.refresh_from_db()
    actions.read_again(result_file=row, by=lead, at=NOW)
    ingest_task(old_job)
    row = read(row)

    assert row.job_id != old_job
    assert (row.state, row.error, row.runs.count()) == ("accepted", "", 1)
    with pytest.raises(actions.NotToBeReadAgain):
        actions.read_again(result_file=row, by=lead, at=NOW)


def test_a_cancelled_job_ends_its_file_and_the_reader_that_works_on_it(monkeypatch, evaluation, candidate, workload):
    lead = lead_of(evaluation.team)
    row = send(candidate, workload, locust_stats())
    job = jobs.claim(job_id=row.job_id, at=timezone.now())

    def cancelled_meanwhile(source, on_progress):
        actions.cancel(result_file=row, by=lead, at=NOW)
        on_progress(0, 10)
        raise AssertionError("the reader went on")

    monkeypatch.setattr(limited, "read_file", cancelled_meanwhile)
    actions.ingest(job=job)

    row.refresh_from_db()
    assert (row.state, row.job.state) == ("quarantined", "cancelled")
    assert "cancelled by" in row.error
    assert kinds(evaluation)[-1] == "spikes.reading_cancelled"
    with pytest.raises(actions.NothingToCancel):
        actions.cancel(result_file=row, by=lead, at=NOW)


def test_an_evaluation_closed_before_its_file_was_read_gets_no_run(candidate, workload):
    row = send(candidate, workload, locust_stats())
    Evaluation.objects.update(state=Evaluation.State.DECIDED)

    row = read(row)

    assert (row.state, row.error, row.job.state) == ("quarantined", actions.CLOSED_MEANWHILE, "done")
    assert not SpikeRun.objects.exists()


def test_a_stored_file_that_is_gone_ends_in_words(candidate, workload):
    row = send(candidate, workload, locust_stats(p95=33))
    default_storage.delete(row.file.name)

    for _ in range(3):
        ingest_task(row.job_id)

    row.refresh_from_db()
    assert (row.state, row.error) == ("quarantined", "The stored file is not there any more.")


# From runs to the matrix


@pytest.fixture
def criterion(evaluation):
    return make_criterion(evaluation, "Latency")


def test_repeats_become_a_score_with_its_spread_and_its_source(candidate, workload, criterion):
    measure(criterion)
    first = read(send(candidate, workload, locust_stats(p95=100)))
    second = read(send(candidate, workload, locust_stats(p95=140), provenance="invented example"))

    score = MeasuredScore.objects.get()
    runs = [first.runs.get().pk, second.runs.get().pk]
    assert score.value == pytest.approx((4.0 + 3.2) / 2)
    assert score.deviation == pytest.approx(0.5656854)
    assert score.low == pytest.approx(3.6 - 1.959964 * 0.5656854)
    assert (score.source["runs"], score.source["values"], score.source["unit"]) == (runs, [100.0, 140.0], "ms")
    assert score.source["provenance"] == ["invented example"]


def test_one_run_has_no_spread_and_says_it_is_one(candidate, workload, criterion):
    measure(criterion)
    read(send(candidate, workload, locust_stats(p95=100)))

    score = MeasuredScore.objects.get()
    assert (score.value, score.deviation, score.low, score.high) == (4.0, 0.0, 4.0, 4.0)
    assert len(score.source["runs"]) == 1


def test_the_measured_basis_changes_the_matrix(candidate, workload, criterion, evaluation):
    lead = lead_of(evaluation.team)
    measure(criterion)
    scoring.set_score(candidate=candidate, criterion=criterion, value=Decimal("2"), reason="", seen=0, by=lead, at=NOW)
    read(send(candidate, workload, locust_stats(p95=100)))
    judged = matrix_of(evaluation).cell(candidate, criterion)

    scoring.set_basis(criterion=criterion, basis="measured", by=lead, at=NOW)

    measured = matrix_of(evaluation).cell(candidate, criterion)
    assert (judged.basis, judged.value, judged.measured) == ("agreed", 2.0, 4.0)
    assert (measured.basis, measured.value, measured.judged) == ("measured", 4.0, 2.0)


def test_a_value_function_over_one_endpoint_takes_that_endpoint(candidate, workload, criterion):
    measure(criterion, endpoint="GET /orders")

    read(send(candidate, workload, locust_stats(p95=120)))

    assert MeasuredScore.objects.get().source["values"] == [100.0]


def test_a_value_function_is_frozen_by_its_first_run_and_changing_it_rescores(candidate, workload, criterion):
    before = measure(criterion)
    read(send(candidate, workload, locust_stats(p95=100)))
    frozen = ValueFunction.objects.get()

    measure(criterion, points=[[0, 5], [200, 1]], seen=frozen.version)

    assert before.frozen_at is None
    assert frozen.frozen_at is not None
    assert MeasuredScore.objects.get().value == pytest.approx(3.0)
    with pytest.raises(scoring.ValueFunctionMoved):
        measure(criterion, seen=frozen.version)


def test_a_changed_yardstick_is_recorded_and_makes_what_was_signed_stale(evaluation, candidate, workload, criterion):
    measure(criterion)
    read(send(candidate, workload, locust_stats(p95=100)))
    signed = digest_of(evaluation, "spikes")

    measure(criterion, points=[[50, 5], [150, 3], [260, 1]], seen=ValueFunction.objects.get().version)

    events = AuditEvent.objects.filter(log=evaluation.log, kind="scoring.value_function_set").order_by("number")
    assert digest_of(evaluation, "spikes") != signed, "although no score changed"
    assert [event.payload["after"]["points"][-1] for event in events] == [[250, 1], [260, 1]]


def test_a_second_remeasuring_of_the_same_runs_records_nothing(evaluation, candidate, workload, criterion):
    measure(criterion)
    read(send(candidate, workload, locust_stats(p95=100)))
    before = kinds(evaluation).count("scoring.measured")

    read(send(make_candidate(evaluation, "Django"), workload, locust_stats(p95=200)))

    assert (before, kinds(evaluation).count("scoring.measured")) == (1, 2)


def test_a_run_left_out_feeds_no_score_until_it_is_taken_in(candidate, workload, criterion):
    lead = lead_of(candidate.evaluation.team)
    measure(criterion)
    read(send(candidate, workload, locust_stats(p95=100)))
    run = read(send(candidate, workload, locust_stats(p95=140))).runs.get()

    left = actions.leave_out(run=run, reason="a backup ran", seen=run.version, by=lead, at=NOW)
    without = MeasuredScore.objects.get().value
    with pytest.raises(actions.RunMoved):
        actions.leave_out(run=run, reason="again", seen=run.version, by=lead, at=NOW)
    actions.take_in(run=left, seen=left.version, by=lead, at=NOW)

    assert without == 4.0
    assert MeasuredScore.objects.get().value == pytest.approx(3.6)


def test_leaving_the_last_run_out_takes_the_measured_score_away(candidate, workload, criterion):
    measure(criterion)
    run = read(send(candidate, workload, locust_stats())).runs.get()

    actions.leave_out(run=run, reason="wrong host", seen=run.version, by=lead_of(candidate.evaluation.team), at=NOW)

    assert not MeasuredScore.objects.exists()


def test_a_withdrawn_candidates_runs_score_nothing_from_the_next_measuring_on(
    evaluation, candidate, workload, criterion
):
    lead = lead_of(evaluation.team)
    measure(criterion)
    read(send(candidate, workload, locust_stats()))
    candidate.refresh_from_db()
    candidates.withdraw_candidate(candidate=candidate, reason="Too slow", by=lead, at=NOW)

    read(send(make_candidate(evaluation), workload, locust_stats(p95=90)))

    assert not MeasuredScore.objects.filter(candidate=candidate).exists()


def test_a_metric_the_catalogue_no_longer_knows_stops_no_file(candidate, workload, criterion):
    measure(criterion)
    ValueFunction.objects.update(metric="of_old")

    row = read(send(candidate, workload, locust_stats()))

    assert row.state == "accepted"


def test_benchmarks_of_something_else_are_shown_and_never_scored(candidate, workload):
    content = (
        b'{"machine_info":{"node":"h","python_version":"3.11"},"commit_info":{},"version":"4.0.0","datetime":"2026-01-01",'
        b'"benchmarks":[{"name":"test_a","fullname":"t::test_a","params":null,"param":null,"stats":{"min":0.001,"max":0.002,'
        b'"mean":0.0015,"stddev":0.0001,"rounds":10,"median":0.0014,"iterations":1,"ops":666.0,"total":0.015}}]}'
    )

    row = read(send(candidate, workload, content, "bench.json"))

    assert (row.state, row.format) == ("accepted", "pytest_benchmark_json")
    assert not Measurement.objects.exists()


# What the history tells


def test_every_event_has_a_sentence_without_holes_and_the_chain_holds(evaluation, candidate, workload, criterion):
    lead = lead_of(evaluation.team)
    measure(criterion)
    row = read(send(candidate, workload, locust_stats()))
    run = row.runs.get()
    left = actions.leave_out(run=run, reason="a backup ran", seen=run.version, by=lead, at=NOW)
    actions.take_in(run=left, seen=left.version, by=lead, at=NOW)
    bad = read(send(candidate, workload, b"nonsense"))
    actions.read_again(result_file=bad, by=lead, at=NOW)
    bad.refresh_from_db()
    actions.cancel(result_file=bad, by=lead, at=NOW)
    actions.edit_workload(workload=workload, seen=workload.version, changes={"users": 9}, by=lead, at=NOW)

    events = AuditEvent.objects.filter(log=evaluation.log, kind__startswith="spikes.")
    names = names_for(event.about for event in events)
    told = {event.kind: sentence(event.kind, event.about, event.payload, names) for event in events}

    assert len(told) == 9
    assert not [text for text in told.values() if "…" in text or "_" in text.replace("stats_", "")]
    assert "a backup ran" in told["spikes.run_left_out"]
    assert first_fault(evaluation.log) is None
