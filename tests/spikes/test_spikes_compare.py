"""The page that compares runs, what is said of a run, and the lead's override, by Django's client."""

import html
import json
import re
from pathlib import Path

import plotly.graph_objects as go
import pytest
from django.test import Client
from django.urls import reverse

from evaluations.spikes.comparability import tied_with_the_best
from evaluations.spikes.measuring import interval_of
from evaluations.spikes.models import RunFacts, SpikeRun
from tests.builders import lead_of, make_candidate, make_criterion, make_evaluation, make_member
from tests.spikes.spike_files import add_workload, k6_points, locust_stats, measure, read, send

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).resolve().parents[1] / "samples"
LONG = {"requests": 4000}


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def runs(evaluation):
    """Three runs of FastAPI, one of Django with a time line and a profile of it, and a value function."""
    fastapi, django = make_candidate(evaluation, "FastAPI"), make_candidate(evaluation, "Django")
    workload = add_workload(evaluation)
    measure(make_criterion(evaluation, "Quick answers"))
    found = [read(send(fastapi, workload, locust_stats(p95=p95, **LONG))).runs.get() for p95 in (100, 104, 110)]
    found.append(read(send(django, workload, k6_points(), "points.ndjson")).runs.get())
    found.append(read(send(django, workload, (SAMPLES / "pyspy_raw.txt").read_bytes(), "profile.txt")).runs.get())
    return found


@pytest.fixture
def lead(client, evaluation):
    client.force_login(lead_of(evaluation.team))
    return client


def url(name, evaluation, *args):
    return reverse(f"spikes:{name}", args=[evaluation.pk, *args])


def text_of(answer):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def figure(answer, key):
    found = re.search(rf'id="{key}-figure" hidden>(.*?)</div>', answer.content.decode(), re.S)
    assert found is not None
    return json.loads(html.unescape(found[1]))


def test_the_page_shows_the_verdict_and_every_figure_plotly_can_draw(lead, evaluation, runs):
    answer = lead.get(url("compare", evaluation))

    page = text_of(answer)
    assert "4 runs can be compared with care" in page
    assert "Nobody said that both ran on the same host." in page
    assert "Two load tools: locust and k6" in page
    for key in ("percentiles", "throughput", "profiles", "rates"):
        go.Figure(figure(answer, key), skip_invalid=False)
    assert "In Django the framework is" in page
    assert "django/db" in page


def test_a_run_that_cannot_be_compared_is_named_and_drawn_nowhere(lead, evaluation, runs):
    for run, host in zip(runs[:4], ("bench-1", "bench-1", "laptop", "bench-1"), strict=True):
        lead.post(url("facts", evaluation, run.pk), {"host": host, "seen": 0})

    compared, one = lead.get(url("compare", evaluation)), lead.get(url("run", evaluation, runs[2].pk))

    assert "3 runs can be compared with care: read below what differs. 1 more can’t be compared" in text_of(compared)
    assert "Two hosts: laptop and bench-1." in text_of(compared)
    assert [len(trace["x"]) for trace in figure(compared, "throughput")["data"]] == [2, 1]
    assert "Feeds no score of Quick answers. Two hosts: laptop and bench-1." in text_of(one)


def test_a_lead_lets_it_count_and_takes_that_back(lead, evaluation, runs):
    lead.post(url("facts", evaluation, runs[0].pk), {"host": "bench-1", "seen": 0})
    lead.post(url("facts", evaluation, runs[1].pk), {"host": "bench-1", "seen": 0})
    lead.post(url("facts", evaluation, runs[2].pk), {"host": "laptop", "seen": 0})
    cell = reverse("scoring:cell", args=[evaluation.pk, runs[2].result_file.candidate_id, evaluation.criteria.get().pk])
    assert "not compared run" in text_of(lead.get(cell))

    lead.post(url("let_count", evaluation, runs[2].pk), {"reason": "The same model", "seen": runs[2].version})

    assert "counts all the same run" in text_of(lead.get(cell))
    assert "Let the guard decide again" in text_of(lead.get(url("run", evaluation, runs[2].pk)))
    run = SpikeRun.objects.get(pk=runs[2].pk)
    lead.post(url("let_count", evaluation, run.pk), {"seen": runs[2].version, "stop": "yes"})
    assert SpikeRun.objects.get(pk=run.pk).counts_despite == "The same model"
    lead.post(url("let_count", evaluation, run.pk), {"seen": run.version, "stop": "yes"})
    assert "not compared run" in text_of(lead.get(cell))


def test_an_override_without_a_reason_saves_nothing(lead, evaluation, runs):
    answer = lead.post(url("let_count", evaluation, runs[0].pk), {"seen": runs[0].version}, follow=True)

    assert "Say in a line why" in text_of(answer)
    assert SpikeRun.objects.get(pk=runs[0].pk).counts_despite == ""


def test_what_is_said_of_a_run_stands_on_its_page_and_a_collision_loses_nothing(lead, evaluation, runs):
    here = url("facts", evaluation, runs[0].pk)
    other = Client()
    other.force_login(make_member(evaluation.team))
    other.post(here, {"host": "bench-1", "processors": 4, "loop": "closed", "seen": 0})

    late, wrong = (
        lead.post(here, {"host": "laptop", "seen": 0}),
        lead.post(here, {"generator_busy": "120", "seen": RunFacts.objects.get().version}),
    )

    assert (late.status_code, wrong.status_code) == (409, 422)
    assert "bench-1" in text_of(late)
    assert 'value="laptop"' in late.content.decode()
    said = text_of(lead.get(url("run", evaluation, runs[0].pk)))
    assert "Host of the service bench-1 Processors of the service 4 Kind of load closed: each user waits" in said


def test_the_ratio_of_a_tie_is_edited_on_the_page(lead, evaluation, runs):
    here = url("tie_ratio", evaluation)
    assert "A tie in the 95th percentile" in text_of(lead.get(url("compare", evaluation)))

    saved = lead.post(here, {"tie_ratio": "1", "seen": 0})

    assert saved.status_code == 303
    assert "A tie in the 95th percentile" not in text_of(lead.get(url("compare", evaluation)))
    assert lead.post(here, {"tie_ratio": "1.2", "seen": 0}).status_code == 409
    assert lead.post(here, {"tie_ratio": "0.5", "seen": 0}).status_code == 422


def test_nothing_is_sent_again_while_nothing_changed(lead, evaluation, runs):
    evaluation.log.refresh_from_db()
    part = {"HX-Request": "true"}

    unchanged = lead.get(url("compare", evaluation), {"since": evaluation.log.count}, headers=part)
    changed = lead.get(url("compare", evaluation), {"since": 1}, headers=part)

    assert unchanged.status_code == 204
    assert b"<html" not in changed.content
    assert b"Can they be compared?" in changed.content


def test_an_evaluation_without_runs_says_what_to_do(lead, evaluation):
    assert "No run counts yet" in text_of(lead.get(url("compare", evaluation)))


def test_intervals_are_resampled_from_three_runs_on_and_the_same_every_time():
    low, high = interval_of([100.0, 110.0, 130.0])

    assert 100 <= low < 340 / 3 < high <= 130
    assert interval_of([100.0, 110.0, 130.0]) == (low, high)
    assert interval_of([100.0, 130.0]) == (100.0, 130.0)
    assert interval_of([5.0, 5.0, 5.0]) == (5.0, 5.0)


def test_a_tie_goes_by_the_ratio_to_the_best():
    figures = {"FastAPI": 100.0, "Django": 149.0, "Flask": 151.0}

    assert tied_with_the_best(figures, 1.5, falls=True) == ["FastAPI", "Django"]
    assert tied_with_the_best(figures, 1.5, falls=False) == ["Flask", "Django"]
    assert tied_with_the_best({"FastAPI": 0.0}, 1.5, falls=True) == []
