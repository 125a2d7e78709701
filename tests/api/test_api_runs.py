"""Sending files over the API: it works, it is refused, it comes twice, it is told what became of it."""

import io
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from evaluations.api.models import SentOnce
from evaluations.jobs import actions as jobs
from evaluations.readiness.models import FailureTest
from evaluations.spikes import actions as spikes
from evaluations.spikes import judging
from evaluations.spikes.models import ResultFile, SpikeRun
from evaluations.teams.models import ApiToken
from tests.api.api_pipeline import Pipeline, made_pipeline
from tests.readiness.readiness_facts import file_of, told_test

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
pytestmark = pytest.mark.django_db


def named(name: str, content: bytes) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


@pytest.fixture
def pipeline(db: None) -> Pipeline:
    return made_pipeline()


@pytest.fixture
def stats() -> io.BytesIO:
    return named("nightly_stats.csv", (SAMPLES / "locust_stats.csv").read_bytes())


def read(row: ResultFile) -> None:
    job = jobs.claim(job_id=row.job_id or 0, at=row.uploaded_at)
    assert job is not None
    spikes.ingest(job=job)


def test_a_file_is_received_and_its_status_told(pipeline: Pipeline, stats: io.BytesIO) -> None:
    answer = pipeline.send(stats, provenance="build 7")

    told = answer.json()
    row = ResultFile.objects.get()
    assert (answer.status_code, answer["Location"]) == (202, told["status_url"])
    assert told["sent"][0]["outcome"] == "received"
    assert (row.candidate, row.workload, row.provenance) == (pipeline.candidate, pipeline.workload, "build 7")
    assert row.uploaded_by == pipeline.lead
    assert pipeline.get(answer["Location"]).json()["state"] == "received"


def test_the_status_tells_the_runs_once_they_are_read(pipeline: Pipeline, stats: io.BytesIO) -> None:
    address = pipeline.send(stats)["Location"]

    read(ResultFile.objects.get())

    told = pipeline.get(address).json()
    assert (told["state"], told["tool"], len(told["runs"])) == ("accepted", "Locust", 1)
    assert told["runs"][0]["latency_ms"]["p95"] is not None
    summary = pipeline.get(f"/api/v1/evaluations/{pipeline.evaluation.pk}", scope="read").json()
    [compared] = summary["compared"]
    assert compared["candidate"] == "Django"
    assert compared["metrics"]["latency_p95_ms"]["runs"] == 1
    assert (summary["comparability"][:24], summary["not_compared"]) == ("One run of one candidate", [])


def test_a_run_that_cannot_be_compared_is_named_with_its_reason_and_counts_in_no_figure(
    pipeline: Pipeline, stats: io.BytesIO
) -> None:
    pipeline.send(stats)
    read(ResultFile.objects.get())
    again = named("again_stats.csv", stats.getvalue() + b"\r\n")
    pipeline.send(again)
    read(ResultFile.objects.exclude(state=ResultFile.State.ACCEPTED).get())
    for run, host in zip(SpikeRun.objects.order_by("pk"), ("a", "b"), strict=True):
        judging.set_facts(run=run, seen=0, facts={"host": host}, by=pipeline.lead, at=timezone.now())

    told = pipeline.get(f"/api/v1/evaluations/{pipeline.evaluation.pk}", scope="read").json()

    [compared], [left_out] = told["compared"], told["not_compared"]
    assert (compared["runs"], compared["metrics"]["latency_p95_ms"]["runs"]) == (1, 1)
    assert "host" in left_out["reasons"][0]
    assert left_out["page"].endswith(f"/runs/{left_out['run']}/")


def test_a_rejected_file_says_why_over_the_api(pipeline: Pipeline) -> None:
    address = pipeline.send(named("notes.csv", b"these,are\nno,results\n"))["Location"]

    read(ResultFile.objects.get())

    told = pipeline.get(address).json()
    assert told["state"] == "rejected"
    assert told["error"]


@pytest.mark.parametrize("by", ["digest", "short digest", "title", "id"])
def test_a_workload_is_named_by_fingerprint_name_or_id(pipeline: Pipeline, stats: io.BytesIO, by: str) -> None:
    workload = pipeline.workload
    given = {"digest": workload.digest, "short digest": workload.digest[:12], "title": "noon", "id": str(workload.pk)}

    answer = pipeline.send(stats, workload=given[by])

    assert answer.status_code == 202


def test_the_fingerprint_of_a_workload_that_changed_is_not_found(pipeline: Pipeline, stats: io.BytesIO) -> None:
    before = pipeline.workload.digest
    changed = {"workload": pipeline.workload, "seen": pipeline.workload.version, "changes": {"users": 99}}
    after = spikes.edit_workload(**changed, by=pipeline.lead, at=pipeline.token.created_at)

    answer = pipeline.send(stats, workload=before)

    assert answer.status_code == 404
    assert after.digest[:12] in answer.json()["detail"]


def test_the_same_key_and_content_get_the_same_answer(pipeline: Pipeline, stats: io.BytesIO) -> None:
    first = pipeline.send(stats, key="build-7")
    events = pipeline.evaluation.log.__class__.objects.get(pk=pipeline.evaluation.log_id).count

    again = pipeline.send(stats, key="build-7")

    assert (again.status_code, again.json(), again["Location"]) == (202, first.json(), first["Location"])
    assert ResultFile.objects.count() == 1
    assert pipeline.evaluation.log.__class__.objects.get(pk=pipeline.evaluation.log_id).count == events


def test_the_same_key_on_other_content_is_refused(pipeline: Pipeline, stats: io.BytesIO) -> None:
    pipeline.send(stats, key="build-7")

    answer = pipeline.send(named("other.csv", b"Type,Name\n"), key="build-7")

    assert answer.status_code == 422
    assert "new key" in answer.json()["detail"]
    assert ResultFile.objects.count() == 1


@pytest.mark.parametrize("key", ["two words", "x" * 201, "ü"])
def test_a_key_is_one_short_printable_word(pipeline: Pipeline, stats: io.BytesIO, key: str) -> None:
    answer = pipeline.send(stats, key=key)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert not SentOnce.objects.exists()


def test_a_key_whose_first_request_died_is_worked_on_again(pipeline: Pipeline, stats: io.BytesIO) -> None:
    first = pipeline.send(stats, key="build-7")
    SentOnce.objects.update(answer=None)

    again = pipeline.send(stats, key="build-7")

    assert again.status_code == 202
    assert again.json()["sent"][0]["id"] == first.json()["sent"][0]["id"]
    assert again.json()["sent"][0]["outcome"] == "known"
    assert ResultFile.objects.count() == 1


def test_a_refused_request_keeps_no_key(pipeline: Pipeline, stats: io.BytesIO) -> None:
    refused = pipeline.send(named("empty.csv", b""), key="build-7")

    taken = pipeline.send(stats, key="build-7")

    assert (refused.status_code, taken.status_code) == (422, 202)
    assert "empty" in refused.json()["errors"][0]["message"]


def test_without_a_key_the_same_bytes_are_the_same_file(pipeline: Pipeline, stats: io.BytesIO) -> None:
    pipeline.send(stats)

    again = pipeline.send(stats)

    assert again.json()["sent"][0]["outcome"] == "known"
    assert ResultFile.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_request_sent_many_times_at_once_counts_once() -> None:
    from django.db import connection

    pipeline = made_pipeline()
    content = (SAMPLES / "locust_stats.csv").read_bytes()
    answers: list[Any] = []

    def sent() -> None:
        answers.append(pipeline.send(named("nightly_stats.csv", content), key="build-7"))
        connection.close()

    threads = [threading.Thread(target=sent) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert [answer.status_code for answer in answers] == [202] * 6
    assert len({answer.content for answer in answers}) == 1
    assert ResultFile.objects.count() == 1


def test_several_files_of_one_run_become_one(pipeline: Pipeline, stats: io.BytesIO) -> None:
    failures = named("nightly_failures.csv", b"Method,Name,Error,Occurrences\nGET,/orders,HTTPError,3\n")

    answer = pipeline.send(stats, failures)

    [told] = answer.json()["sent"]
    assert told["file_names"] == ["nightly_stats.csv", "nightly_failures.csv"]
    read(ResultFile.objects.get())
    [run] = pipeline.get(answer["Location"]).json()["runs"]
    assert run["requests"]


def test_failure_tests_are_entered_under_readiness(pipeline: Pipeline) -> None:
    answer = pipeline.send(named("drill.json", file_of(told_test("Django"))))

    [told] = answer.json()["sent"]
    assert (answer.status_code, told["outcome"], told["status_url"]) == (202, "entered", None)
    assert FailureTest.objects.get().candidate == pipeline.candidate
    assert ResultFile.objects.count() == 0
    assert pipeline.get(answer["Location"]).status_code == 200


def test_failure_tests_that_can_not_be_read_are_refused_with_their_line(pipeline: Pipeline) -> None:
    answer = pipeline.send(named("drill.json", file_of(told_test("Django", verdict="fine"), indent=1)))

    assert answer.status_code == 422
    assert "Line" in answer.json()["errors"][0]["message"]


def test_a_decided_evaluation_takes_no_more_files(pipeline: Pipeline, stats: io.BytesIO) -> None:
    type(pipeline.evaluation).objects.filter(pk=pipeline.evaluation.pk).update(state="archived")

    answer = pipeline.send(stats)

    assert answer.status_code == 403
    assert "archived" in answer.json()["detail"]


def test_the_list_leads_on_to_older_files(pipeline: Pipeline) -> None:
    for number in range(5):
        pipeline.send(named(f"{number}.csv", b"Type,Name\n" + b"x" * number))

    first = pipeline.get(f"{pipeline.runs}?limit=3").json()
    second = pipeline.get(first["next"]).json()

    names = [file["file_name"] for file in (*first["files"], *second["files"])]
    assert names == ["4.csv", "3.csv", "2.csv", "1.csv", "0.csv"]
    assert second["next"] is None


def test_too_many_requests_are_told_when_to_go_on(
    pipeline: Pipeline, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.clear()
    monkeypatch.setattr("evaluations.api.access.time.time", lambda: 6015.0)
    settings.FWSELECT_API_RATE = 2
    answers = [pipeline.get("/api/v1/token") for _ in range(3)]

    other = pipeline.get("/api/v1/token", scope="read")

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1]["Retry-After"] == "45"
    assert other.status_code == 200


def test_a_token_that_is_not_let_in_spends_nobodys_rate(pipeline: Pipeline, settings: Any) -> None:
    cache.clear()
    settings.FWSELECT_API_RATE = 1
    wrong = f"fws_{pipeline.token.prefix}_guessed"
    for _ in range(5):
        refused = Client().get("/api/v1/token", headers={"Authorization": f"Bearer {wrong}"})
        assert refused.status_code == 401

    assert pipeline.get("/api/v1/token").status_code == 200


def test_the_last_use_is_kept_to_the_minute(pipeline: Pipeline) -> None:
    pipeline.get("/api/v1/token")
    first = ApiToken.objects.get(pk=pipeline.token.pk).last_used_at

    pipeline.get("/api/v1/token")

    assert first is not None
    assert ApiToken.objects.get(pk=pipeline.token.pk).last_used_at == first


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v1/nothing", 404), ("/api/v1/evaluations/x", 404), ("/api/v1/evaluations?limit=x", 200)],
)
def test_every_refusal_is_a_problem_document(pipeline: Pipeline, path: str, status: int) -> None:
    answer = pipeline.get(path)

    assert answer.status_code == status
    if status >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "request_id"} <= answer.json().keys()


def test_what_is_missing_is_named(pipeline: Pipeline) -> None:
    headers = {"Authorization": f"Bearer {pipeline.texts['upload']}"}

    answer = Client().post(pipeline.runs, {"candidate": "Django"}, headers=headers)

    assert answer.status_code == 422
    assert {each["field"] for each in answer.json()["errors"]} == {"files", "workload"}


def test_a_body_that_is_no_form_is_refused_in_words(pipeline: Pipeline) -> None:
    headers = {"Authorization": f"Bearer {pipeline.texts['upload']}"}

    answer = Client().post(pipeline.runs, json.dumps({}), content_type="multipart/form-data", headers=headers)

    assert answer.status_code in {400, 422}
    assert answer["Content-Type"] == "application/problem+json"
