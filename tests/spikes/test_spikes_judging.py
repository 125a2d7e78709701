"""The guard over real runs: which feed the scores, what people say of them, what a lead lets count."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from evaluations.audit.models import AuditEvent
from evaluations.audit.queries import first_fault
from evaluations.scoring.models import MeasuredScore
from evaluations.signoff.readable import Change, differences
from evaluations.spikes import actions, guarding, judging
from evaluations.spikes.models import ComparisonRule, RunFacts, SpikeRun
from evaluations.spikes.signed import rendered
from evaluations.teams.access import Refused
from evaluations.teams.models import Role
from tests.builders import NOW, lead_of, make_candidate, make_criterion, make_evaluation, make_member
from tests.spikes.spike_files import add_workload, locust_stats, measure, read, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def runs(evaluation):
    """Two runs of FastAPI, one of Django, a value function over their 95th percentile."""
    fastapi, django = make_candidate(evaluation, "FastAPI"), make_candidate(evaluation, "Django")
    workload = add_workload(evaluation)
    measure(make_criterion(evaluation, "Latency"))
    files = [(fastapi, 100), (fastapi, 140), (django, 150)]
    return [read(send(candidate, workload, locust_stats(p95=p95))).runs.get() for candidate, p95 in files]


def describe(run, **facts):
    seen = getattr(RunFacts.objects.filter(run=run).first(), "version", 0)
    lead = lead_of(run.result_file.evaluation.team)
    return judging.set_facts(run=run, seen=seen, facts=facts, by=lead, at=NOW)


def source_of(name):
    return MeasuredScore.objects.get(candidate__name=name).source


def test_a_run_on_another_host_feeds_no_score_and_the_score_says_so(runs):
    first, second, third = runs
    for run, host in ((first, "bench-1"), (second, "laptop"), (third, " Bench-1 ")):
        describe(run, host=host)

    source = source_of("FastAPI")

    assert (source["runs"], source["values"]) == ([first.pk], [100.0])
    assert source["left_out"] == [{"run": second.pk, "reason": "Two hosts: laptop and bench-1."}]
    assert "left_out" not in source_of("Django")


def test_a_run_read_before_the_workload_changed_is_of_another_workload(runs, evaluation):
    workload = runs[0].result_file.workload
    lead = lead_of(evaluation.team)
    actions.edit_workload(workload=workload, seen=workload.version, changes={"users": 90}, by=lead, at=NOW)
    workload.refresh_from_db()
    candidate = runs[2].result_file.candidate

    later = read(send(candidate, workload, locust_stats(p95=60))).runs.get()

    assert source_of("Django")["runs"] == [runs[2].pk]
    assert source_of("Django")["left_out"][0]["run"] == later.pk
    assert source_of("Django")["left_out"][0]["reason"].startswith("Two workloads")


def test_a_lead_lets_a_run_count_and_the_score_keeps_the_reason(runs, evaluation):
    describe(runs[1], host="laptop")
    describe(runs[0], host="bench-1")
    describe(runs[2], host="bench-1")
    lead = lead_of(evaluation.team)
    left_out = SpikeRun.objects.get(pk=runs[1].pk)

    counted = judging.let_count(run=left_out, reason=" The same model ", seen=left_out.version, by=lead, at=NOW)

    assert source_of("FastAPI")["runs"] == [runs[0].pk, runs[1].pk]
    assert source_of("FastAPI")["despite"] == [{"run": runs[1].pk, "reason": "The same model"}]
    judging.let_count(run=counted, reason="", seen=counted.version, by=lead, at=NOW)
    assert source_of("FastAPI")["runs"] == [runs[0].pk]
    told = AuditEvent.objects.filter(kind__in=["spikes.run_let_count", "spikes.run_guarded_again"]).order_by("number")
    assert [event.payload["after"] for event in told] == ["The same model", ""]
    assert first_fault(evaluation.log) is None


def test_a_reviewer_signs_what_is_said_of_a_run_and_why_it_counts_all_the_same(runs, evaluation):
    lead = lead_of(evaluation.team)
    before = rendered(evaluation)["runs"]
    describe(runs[1], host="laptop")
    described = rendered(evaluation)["runs"]
    left_out = SpikeRun.objects.get(pk=runs[1].pk)

    judging.let_count(run=left_out, reason="The same model", seen=left_out.version, by=lead, at=NOW)
    counted = rendered(evaluation)["runs"]
    describe(runs[1], host="")

    told = [
        Change("Runs", "Order traffic, stats.csv, 1, FastAPI (2)", "how it was made", "nothing", "host laptop"),
        Change(
            "Runs",
            "Order traffic, stats.csv, 1, FastAPI (2)",
            "counts although not comparable",
            "nothing",
            "The same model",
        ),
    ]
    assert differences({"runs": before}, {"runs": described}) == told[:1]
    assert differences({"runs": described}, {"runs": counted}) == told[1:]
    assert "how_it_was_made" not in rendered(evaluation)["runs"][1]


def test_only_a_lead_lets_a_run_count(runs, evaluation):
    member = make_member(evaluation.team, role=Role.CONTRIBUTOR)

    with pytest.raises(Refused):
        judging.let_count(run=runs[0], reason="Why not", seen=runs[0].version, by=member, at=NOW)


def test_what_is_said_of_a_run_is_versioned(runs):
    describe(runs[0], host="bench-1", processors=4)
    lead = lead_of(runs[0].result_file.evaluation.team)

    with pytest.raises(judging.FactsMoved) as moved:
        judging.set_facts(run=runs[0], seen=0, facts={"host": "laptop"}, by=lead, at=NOW)

    assert moved.value.current.host == "bench-1"
    with pytest.raises(ValidationError):
        describe(runs[0], generator_busy=101)


def test_a_saturated_generator_takes_the_last_run_of_a_candidate_out(runs):
    describe(runs[2], generator_busy=97)

    assert not MeasuredScore.objects.filter(candidate__name="Django").exists()
    assert source_of("FastAPI")["runs"] == [runs[0].pk, runs[1].pk]


def test_the_ratio_of_a_tie_is_the_teams_own(evaluation):
    lead = lead_of(evaluation.team)
    assert guarding.rule_of(evaluation).tie_ratio == guarding.TIE_RATIO

    made = judging.set_tie_ratio(evaluation=evaluation, ratio=Decimal("1.2"), seen=0, by=lead, at=NOW)

    assert guarding.rule_of(evaluation) == made == ComparisonRule.objects.get()
    with pytest.raises(judging.RuleMoved):
        judging.set_tie_ratio(evaluation=evaluation, ratio=Decimal("1.4"), seen=0, by=lead, at=NOW)
    with pytest.raises(ValidationError):
        judging.set_tie_ratio(evaluation=evaluation, ratio=Decimal("0.9"), seen=made.version, by=lead, at=NOW)
