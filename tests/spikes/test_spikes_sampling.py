"""Samples that are sent apart from their run: joined by rule or by a person, and drawn over time."""

import html
import re
from datetime import UTC, datetime

import plotly.graph_objects as go
import pytest
from django.urls import reverse

from evaluations.audit.models import AuditEvent
from evaluations.audit.queries import first_fault
from evaluations.scoring.models import MeasuredScore
from evaluations.spikes import sampling
from evaluations.spikes.models import Measurement, SpikeRun
from evaluations.spikes.sampling import NAMES, TIMES, Timed, chosen_by_rule, overlap, spent_within
from tests.builders import NOW, lead_of, make_candidate, make_criterion, make_evaluation
from tests.spikes.spike_files import add_workload, k6_points, locust_stats, measure, read, send
from tests.spikes.test_spikes_compare import figure, text_of

BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp()
"""When the points of `k6_points` begin."""


def samples(*, begin: float = BEGAN - 30, seconds: int = 120, busy: float = 0.5) -> bytes:
    """100 MB that grow by 1 kB a second; so many processor seconds a second, within the minute of the run only."""
    rows, spent = [], 0.0
    for second in range(seconds):
        at = begin + second
        rows.append(f"{at},{100_000_000 + 1000 * second},{spent:.3f},2\n")
        spent += busy if BEGAN <= at < BEGAN + 59 else 0
    return ("time,rss_bytes,cpu_s,processes\n" + "".join(rows)).encode()


class TestTheRule:
    RUN = Timed(1000.0, 60.0, "w", "django.json")

    def test_the_only_run_that_was_sampled_nearly_all_the_time_is_it(self):
        beside = [self.RUN, Timed(1100.0, 60.0, "w", "later.json"), Timed(1000.0, 60.0, "other", "x.json")]

        assert chosen_by_rule(Timed(1005.0, 70.0, "w", "memory.csv"), beside) == (0, TIMES)
        assert chosen_by_rule(Timed(1020.0, 70.0, "w", "memory.csv"), beside) is None
        assert chosen_by_rule(Timed(990.0, 200.0, "w", "memory.csv"), beside) is None, "two runs were sampled"

    def test_names_speak_only_where_a_file_does_not_say_when_it_was(self):
        silent = Timed(None, 60.0, "w", "django_1_stats.csv")
        table = Timed(5000.0, 60.0, "w", "django_1_samples.csv")

        assert chosen_by_rule(table, [silent]) == (0, NAMES)
        assert chosen_by_rule(table, [silent, silent]) is None
        assert chosen_by_rule(table, [Timed(1000.0, 60.0, "w", "django_1_stats.csv")]) is None
        assert overlap(table, silent) is None

    def test_only_what_was_spent_while_the_run_lasted_counts(self):
        context = {"cpu_s": 50.0, "cpu_over_time": [[0, 0.0], [20, 0.0], [80, 30.0], [100, 50.0]]}

        assert spent_within(context, Timed(980.0, 100.0, "w", ""), self.RUN) == 30.0
        assert spent_within(context, Timed(980.0, 100.0, "w", ""), Timed(1030.0, 15.0, "w", "")) == pytest.approx(7.5)
        assert spent_within(context, Timed(980.0, 100.0, "w", ""), Timed(None, 60.0, "w", "")) == 50.0
        assert spent_within({}, Timed(980.0, 100.0, "w", ""), self.RUN) is None


@pytest.mark.django_db
class TestJoining:
    @pytest.fixture
    def evaluation(self):
        return make_evaluation()

    @pytest.fixture
    def candidate(self, evaluation):
        return make_candidate(evaluation, "FastAPI")

    @pytest.fixture
    def workload(self, evaluation):
        return add_workload(evaluation)

    @pytest.mark.parametrize("samples_first", [False, True])
    def test_in_whatever_order_they_come_the_run_gets_its_processor_time_and_a_score(
        self, evaluation, candidate, workload, samples_first
    ):
        criterion = make_criterion(evaluation, "Frugal")
        measure(criterion, metric="cpu_ms_per_request", points=[[1, 5], [30, 1]])
        files = [(k6_points(), "points.ndjson"), (samples(), "memory.csv")]

        rows = [read(send(candidate, workload, *file)) for file in (files[::-1] if samples_first else files)]

        run, sampled = (next(one.runs.get() for one in rows if one.file_name == name) for _, name in files)
        spent = Measurement.objects.get(metric="cpu_ms_per_request")
        assert (spent.run, sampled.sampled_run) == (run, run)
        assert spent.value == pytest.approx(0.5 * 59 * 1000 / 2000, rel=0.03)
        assert run.started_at.timestamp() == pytest.approx(BEGAN, abs=1)
        assert MeasuredScore.objects.get(criterion=criterion).source["runs"] == [run.pk]
        assert first_fault(evaluation.log) is None

    def test_a_person_joins_what_no_rule_can_and_takes_it_back(self, client, evaluation, candidate, workload):
        lead = lead_of(evaluation.team)
        client.force_login(lead)
        run = read(send(candidate, workload, locust_stats(), "a_stats.csv")).runs.get()
        sampled = read(send(candidate, workload, samples(), "b_samples.csv")).runs.get()
        page, act = (reverse(f"spikes:{name}", args=[evaluation.pk, sampled.pk]) for name in ("run", "sampled"))
        before = text_of(client.get(page))

        client.post(act, {"run": run.pk, "seen": sampled.version})
        joined = text_of(client.get(reverse("spikes:run", args=[evaluation.pk, run.pk])))
        stale = client.post(act, {"run": "", "seen": sampled.version})
        foreign = client.post(act, {"run": sampled.pk, "seen": sampled.version})
        after = SpikeRun.objects.get(pk=sampled.pk)
        client.post(act, {"run": "", "seen": after.version})

        assert "Of no run yet" in before
        assert "Processor time per request: 29.5 ms, samples of run" in joined and "b_samples.csv" in joined
        assert (stale.status_code, foreign.status_code) == (409, 422)
        assert "Which run these samples belong to changed" in text_of(stale) and after.sampled_run == run
        assert not Measurement.objects.filter(metric="cpu_ms_per_request").exists()
        kinds = AuditEvent.objects.filter(log=evaluation.log, kind__startswith="spikes.samples")
        assert list(kinds.order_by("number").values_list("kind", flat=True)) == [
            "spikes.samples_joined",
            "spikes.samples_parted",
        ]

    def test_a_run_of_another_candidate_is_not_offered_and_not_taken(self, evaluation, candidate, workload):
        run = read(send(make_candidate(evaluation, "Django"), workload, k6_points(), "points.ndjson")).runs.get()
        sampled = read(send(candidate, workload, samples(), "memory.csv")).runs.get()

        assert sampled.sampled_run is None
        with pytest.raises(sampling.NotItsRun):
            sampling.choose(samples=sampled, run=run, seen=sampled.version, by=lead_of(evaluation.team), at=NOW)

    def test_memory_is_drawn_over_time_with_its_slope_told_and_a_table(self, client, evaluation, candidate, workload):
        client.force_login(lead_of(evaluation.team))
        run = read(send(candidate, workload, k6_points(), "points.ndjson")).runs.get()
        sampled = read(send(candidate, workload, samples(), "memory.csv")).runs.get()

        pages = [client.get(reverse("spikes:compare", args=[evaluation.pk]))]
        pages += [client.get(reverse("spikes:run", args=[evaluation.pk, pk])) for pk in (run.pk, sampled.pk)]

        for page in pages:
            drawn = go.Figure(figure(page, "memory"), skip_invalid=False)
            assert len(drawn.data[0].x) == 120 + 3, "the samples, a gap and both ends of the line"
            assert "grew by 3.6 MB an hour" in text_of(page)
            label = re.search(r'data-chart="memory-figure"[^>]*aria-label="([^"]*)"', page.content.decode())
            assert label and "FastAPI held 100.1 MB at last" in html.unescape(label[1])
