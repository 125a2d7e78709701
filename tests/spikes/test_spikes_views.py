import io
import re
from pathlib import Path

import plotly.graph_objects as go
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from evaluations.jobs import actions as jobs
from evaluations.requirements.models import Criterion
from evaluations.scoring.models import MeasuredScore, ValueFunction
from evaluations.spikes import charts, side_by_side
from evaluations.spikes.forms import BY_NAME, named_in
from evaluations.spikes.models import ResultFile, SpikeRun, Workload
from evaluations.teams.models import Role
from tests.builders import NOW, lead_of, make_candidate, make_criterion, make_evaluation, make_member
from tests.spikes.result_samples import WRITTEN
from tests.spikes.spike_files import add_workload, k6_points, locust_stats, measure, read, send

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
HEY = Path(__file__).parents[1] / "samples" / "hey.txt"


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def candidate(evaluation):
    return make_candidate(evaluation, "FastAPI", framework="fastapi")


@pytest.fixture
def workload(evaluation):
    return add_workload(evaluation)


@pytest.fixture
def as_lead(client, evaluation):
    client.force_login(lead_of(evaluation.team))
    return client


def url(name, *args):
    return reverse(f"spikes:{name}", args=args)


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def upload(client, evaluation, *files, candidate="", workload, **headers):
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    given = {"candidate": candidate, "workload": workload.pk, "result_files": sent, "provenance": "bench-1, 2 March"}
    return client.post(url("upload", evaluation.pk), given, headers=headers)


# The page


def test_an_empty_page_says_what_to_do_first(as_lead, evaluation):
    text = text_of(as_lead.get(url("index", evaluation.pk)))

    assert "Describe the workload" in text
    assert "add the candidates first" in text
    assert "No files yet" in text


def test_a_viewer_reads_the_page_and_finds_nothing_to_press(client, evaluation, candidate, workload):
    read(send(candidate, workload, locust_stats()))
    client.force_login(make_member(evaluation.team, Role.VIEWER))

    page = client.get(url("index", evaluation.pk)).content.decode()

    assert "stats.csv" in page
    assert "<form" not in page.split('<main id="main"')[1].split("</main>")[0]


def test_the_page_shows_runs_charts_and_scores(as_lead, evaluation, candidate, workload):
    measure(make_criterion(evaluation, "Quick answers"))
    read(send(candidate, workload, locust_stats(p95=120)))
    read(send(candidate, workload, k6_points(), "points.ndjson"))

    text = text_of(as_lead.get(url("index", evaluation.pk)))

    assert "1000 requests, 4 failed, p95 120 ms" in text
    assert "Only FastAPI has runs" in text
    assert "Requests per second over the run" in text
    assert "Quick answers" in text and "2 runs" in text


def test_a_run_of_websockets_says_how_many_it_held_and_not_that_its_requests_are_unknown(
    as_lead, evaluation, candidate, workload
):
    sample = Path(__file__).resolve().parents[1] / "samples/k6_sockets.ndjson"
    row = read(send(candidate, workload, sample.read_bytes(), sample.name))
    held = row.runs.get().measurements.get(metric="websocket_connections").value

    listed = text_of(as_lead.get(url("index", evaluation.pk)))
    alone = text_of(as_lead.get(url("file", evaluation.pk, row.pk)))

    assert f"{held:,.0f} WebSocket connections held" in listed
    assert f"{held:,.0f} WebSocket connections held" in alone
    assert "? requests" not in listed + alone


def test_the_number_of_queries_does_not_grow_with_the_files(
    as_lead, evaluation, candidate, workload, django_assert_max_num_queries
):
    for n in range(3):
        read(send(candidate, workload, locust_stats(p95=100 + n)))
        measure(make_criterion(evaluation))
    with django_assert_max_num_queries(80) as few:
        as_lead.get(url("index", evaluation.pk))
    for n in range(10, 16):
        read(send(make_candidate(evaluation), workload, locust_stats(p95=100 + n)))
        measure(make_criterion(evaluation))

    with django_assert_max_num_queries(len(few.captured_queries)):
        as_lead.get(url("index", evaluation.pk))


def test_live_parts_answer_204_until_something_happened(as_lead, evaluation, candidate, workload):
    page = as_lead.get(url("index", evaluation.pk)).content.decode()
    mark = re.search(r'name="since" value="(\d+\.[0-9a-f]+)"', page)[1]
    revision = mark.split(".")[0]
    parts = {"files": mark, "workloads": revision, "results": revision, "scores": revision}

    before = [as_lead.get(url(name, evaluation.pk), {"since": since}).status_code for name, since in parts.items()]
    send(candidate, workload, locust_stats())
    after = [as_lead.get(url(name, evaluation.pk), {"since": since}).status_code for name, since in parts.items()]

    assert (before, after) == ([204] * 4, [200] * 4)


def test_the_list_moves_with_the_progress_of_a_job(as_lead, evaluation, candidate, workload):
    row = send(candidate, workload, locust_stats())
    ResultFile.objects.update(state=ResultFile.State.READING)
    job = jobs.claim(job_id=row.job_id, at=NOW)
    page = as_lead.get(url("index", evaluation.pk)).content.decode()
    mark = re.search(r'name="since" value="(\d+\.[0-9a-f]+)"', page)[1]

    same = as_lead.get(url("files", evaluation.pk), {"since": mark})
    jobs.report(job=job, done=40, total=100, step="reading", at=NOW.replace(minute=1))
    moved = as_lead.get(url("files", evaluation.pk), {"since": mark})

    assert same.status_code == 204
    assert 'value="40"' in moved.content.decode()


# Workloads


def test_a_workload_is_described_without_script(as_lead, evaluation):
    given = {"title": "Noon", "endpoints": "GET /orders 60 list\npost /orders 40%", "users": "20", "seen": "0"}

    answer = as_lead.post(url("add_workload", evaluation.pk), given)

    made = Workload.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, url("index", evaluation.pk))
    assert made.endpoints == [
        {"method": "GET", "path": "/orders", "share": 60.0, "note": "list"},
        {"method": "POST", "path": "/orders", "share": 40.0, "note": ""},
    ]


@pytest.mark.parametrize(
    ("endpoints", "says"),
    [
        ("orders", "Line 1: write a method"),
        ("GET /a 60\nGET /b 30", "come to 90"),
        ("GET /a 60\nGET /b", "every endpoint its share"),
    ],
)
def test_endpoints_that_do_not_add_up_are_refused_beside_the_field(as_lead, evaluation, endpoints, says):
    answer = as_lead.post(url("add_workload", evaluation.pk), {"title": "Noon", "endpoints": endpoints, "seen": "0"})

    assert answer.status_code == 422
    assert says in text_of(answer)
    assert endpoints.splitlines()[0] in answer.content.decode()


@pytest.mark.parametrize("field", ["users", "duration_s", "warm_up_s", "rate_per_s"])
@pytest.mark.parametrize("value", ["99999999999999999999", "-1", "NaN", "1e400"])
def test_numbers_no_workload_has_are_refused_in_words(as_lead, evaluation, field, value):
    answer = as_lead.post(url("add_workload", evaluation.pk), {"title": "Noon", "seen": "0", field: value})

    assert answer.status_code == 422


def test_a_workload_that_moved_shows_both_and_keeps_what_was_typed(as_lead, evaluation, workload):
    given = {"title": "Mine", "endpoints": "GET /mine", "seen": workload.version}
    as_lead.post(url("edit_workload", evaluation.pk, workload.pk), {**given, "title": "Theirs"})

    answer = as_lead.post(url("edit_workload", evaluation.pk, workload.pk), given)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Theirs" in page and 'value="Mine"' in page
    again = re.search(r'name="seen" value="(\d+)"', page)[1]
    assert as_lead.post(url("edit_workload", evaluation.pk, workload.pk), {**given, "seen": again}).status_code == 303


def test_a_used_workload_stays_and_says_why(as_lead, evaluation, candidate, workload):
    send(candidate, workload, locust_stats())

    answer = as_lead.post(url("remove_workload", evaluation.pk, workload.pk), {"seen": workload.version}, follow=True)

    assert "Files were uploaded for this workload" in text_of(answer)


# Sending files


def test_several_files_are_sent_at_once_each_to_the_candidate_in_its_name(as_lead, evaluation, candidate, workload):
    django = make_candidate(evaluation, "Django")

    answer = upload(
        as_lead,
        evaluation,
        ("fastapi_stats.csv", locust_stats(p95=90)),
        ("run-django-1.csv", locust_stats(p95=190)),
        candidate=BY_NAME,
        workload=workload,
    )

    assert (answer.status_code, answer["Location"]) == (303, url("index", evaluation.pk) + "#files")
    assert {row.provenance for row in ResultFile.objects.all()} == {"bench-1, 2 March"}
    assert {row.candidate: row.file_name for row in ResultFile.objects.all()} == {
        candidate: "fastapi_stats.csv",
        django: "run-django-1.csv",
    }


def test_the_longest_name_in_a_file_name_wins_and_a_tie_tells_nothing(evaluation):
    django = make_candidate(evaluation, "Django", framework="django")
    ninja = make_candidate(evaluation, "Django Ninja", framework="django-ninja")
    flask = make_candidate(evaluation, "Flask", framework="flask")

    assert named_in("django_ninja_stats.csv", [django, ninja, flask]) == ninja
    assert named_in("DJANGO.json", [django, ninja, flask]) == django
    assert named_in("results.csv", [django, ninja, flask]) is None
    assert named_in("flask.csv", [flask, flask]) is None


def test_what_is_taken_and_what_is_refused_is_said_file_by_file(settings, as_lead, evaluation, candidate, workload):
    settings.FWSELECT_UPLOAD_MAX = 2000
    make_candidate(evaluation, "Django")

    answer = upload(
        as_lead,
        evaluation,
        ("fastapi.csv", locust_stats()),
        ("fastapi-large.csv", b"x" * 2001),
        ("unnamed.csv", locust_stats(p95=5)),
        candidate=BY_NAME,
        workload=workload,
    )

    text = text_of(answer)
    assert answer.status_code == 422
    assert [row.file_name for row in ResultFile.objects.all()] == ["fastapi.csv"]
    assert "received for FastAPI" in text
    assert "larger than 0.002 MB" in text
    assert "choose the candidate above" in text


def test_an_upload_with_htmx_answers_the_part_and_asks_the_list_to_follow(as_lead, evaluation, candidate, workload):
    answer = upload(as_lead, evaluation, ("a.csv", locust_stats()), candidate=candidate.pk, workload=workload, **HTMX)

    page = answer.content.decode()
    assert (answer.status_code, answer["HX-Trigger"]) == (200, "revision")
    assert "received for FastAPI" in page and "<html" not in page


def test_a_file_that_was_here_already_is_said_so(as_lead, evaluation, candidate, workload):
    read(send(candidate, workload, locust_stats()))

    answer = upload(as_lead, evaluation, ("b.csv", locust_stats()), candidate=candidate.pk, workload=workload, **HTMX)

    assert "was here already, read" in text_of(answer)
    assert ResultFile.objects.count() == 1


def test_an_upload_without_files_asks_for_one(as_lead, evaluation, candidate, workload):
    answer = upload(as_lead, evaluation, candidate=candidate.pk, workload=workload)

    assert answer.status_code == 422
    assert "Choose one or more result files" in text_of(answer)


def test_another_teams_candidate_cannot_be_chosen(as_lead, evaluation, candidate, workload):
    other = make_candidate(make_evaluation("Other"))

    answer = upload(as_lead, evaluation, ("a.csv", locust_stats()), candidate=other.pk, workload=workload)

    assert answer.status_code == 422
    assert not ResultFile.objects.exists()


# Files and runs


def test_a_hostile_file_name_is_shown_as_text_and_downloaded_as_an_attachment(as_lead, candidate, workload):
    row = read(send(candidate, workload, locust_stats(), '"><img src=x onerror=alert(1)>\r\nX-Evil: 1.csv'))

    page = as_lead.get(url("file", row.evaluation_id, row.pk)).content.decode()
    answer = as_lead.get(url("download", row.evaluation_id, row.pk))

    assert "<img src=x" not in page
    assert b"".join(answer.streaming_content) == locust_stats()
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "X-Evil" not in answer.headers


def test_a_rejected_file_says_where_and_what_to_do_next(as_lead, candidate, workload):
    bad = locust_stats().replace(b"POST,/orders,500", b"POST,/orders,many")
    row = read(send(candidate, workload, bad))

    text = text_of(as_lead.get(url("file", row.evaluation_id, row.pk)))

    assert "Line 3" in text
    assert "let the tool write it once more" in text
    assert "Read it again" in text


def test_a_run_shows_totals_endpoints_percentiles_and_origin(as_lead, candidate, workload):
    row = read(send(candidate, workload, locust_stats(p95=120), provenance="host a, 2026-03-01"))

    text = text_of(as_lead.get(url("run", row.evaluation_id, row.runs.get().pk)))

    for part in ("1000", "0.4", "Locust", "GET /orders", "120", "host a, 2026-03-01", row.sha256, "Leave it out"):
        assert part in text


def test_a_run_with_time_line_failures_and_limits_shows_them(as_lead, candidate, workload):
    row = read(send(candidate, workload, k6_points(), "points.ndjson"))
    SpikeRun.objects.update(
        errors=[{"message": "<b>timeout</b>", "count": 3, "method": "GET", "name": "/x"}],
        thresholds=[{"metric": "http_req_duration", "expression": "p(95)<200", "passed": False}],
    )

    answer = as_lead.get(url("run", row.evaluation_id, row.runs.get().pk))

    assert "&lt;b&gt;timeout&lt;/b&gt;" in answer.content.decode()
    assert "crossed" in text_of(answer)
    assert 'data-chart="rates-figure"' in answer.content.decode()
    assert "percentile over time" not in text_of(answer)


def test_a_chart_without_a_line_is_not_drawn_and_said_to_be_missing(as_lead, candidate, workload):
    row = read(send(candidate, workload, k6_points(), "points.ndjson"))
    run = row.runs.get()
    SpikeRun.objects.update(series=[{**point, "p95_ms": None} for point in run.series])

    answer = as_lead.get(url("run", row.evaluation_id, run.pk))

    assert 'data-chart="rates-figure"' in answer.content.decode()
    assert 'data-chart="p95s-figure"' not in answer.content.decode()
    assert "No file tells the 95th percentile over time." in text_of(answer)


def test_leaving_a_run_out_asks_for_a_reason_and_meets_others_politely(as_lead, candidate, workload):
    row = read(send(candidate, workload, locust_stats()))
    run = row.runs.get()
    to = url("leave_out", row.evaluation_id, run.pk)

    empty = as_lead.post(to, {"reason": "", "seen": run.version})
    done = as_lead.post(to, {"reason": "wrong host", "seen": run.version})
    late = as_lead.post(to, {"reason": "typed words", "seen": run.version})
    run.refresh_from_db()
    back = as_lead.post(url("take_in", row.evaluation_id, run.pk), {"seen": run.version})

    assert [answer.status_code for answer in (empty, done, late, back)] == [422, 303, 409, 303]
    assert "wrong host" in text_of(late)
    run.refresh_from_db()
    assert run.left_out_reason == ""


def test_runs_of_several_workloads_are_not_compared_in_silence(as_lead, evaluation, candidate, workload):
    other = add_workload(evaluation, title="Night traffic", users=500)
    read(send(candidate, workload, locust_stats()))
    silent = text_of(as_lead.get(url("index", evaluation.pk)))
    run = read(send(candidate, other, locust_stats())).runs.get()

    warned = text_of(as_lead.get(url("index", evaluation.pk)))
    as_lead.post(url("leave_out", evaluation.pk, run.pk), {"reason": "other workload", "seen": run.version})

    assert "1 more run can’t be compared with them and feeds no score" in warned
    for text in (silent, text_of(as_lead.get(url("index", evaluation.pk)))):
        assert "can’t be compared with them" not in text


def test_a_files_own_page_follows_its_reading(as_lead, evaluation, candidate, workload):
    row = send(candidate, workload, locust_stats())
    page = as_lead.get(url("file", evaluation.pk, row.pk)).content.decode()
    mark = re.search(r'name="since" value="(\d+\.received[^"]+)"', page)[1]
    to = url("state", evaluation.pk, row.pk)

    before = as_lead.get(to, {"since": mark})
    read(row)
    after = as_lead.get(to, {"since": mark})

    assert (before.status_code, after.status_code) == (204, 200)
    assert "p95" in text_of(after)


def test_reading_is_stopped_and_asked_for_again_from_the_files_page(as_lead, evaluation, candidate, workload):
    row = send(candidate, workload, locust_stats())
    waiting = text_of(as_lead.get(url("file", evaluation.pk, row.pk)))

    as_lead.post(url("cancel", evaluation.pk, row.pk))
    stopped = text_of(as_lead.get(url("file", evaluation.pk, row.pk)))
    as_lead.post(url("read_again", evaluation.pk, row.pk))
    row.refresh_from_db()

    assert "Stop reading" in waiting and "Read it again" not in waiting
    assert "Read it again" in stopped and "cancelled by" in stopped
    assert row.state == "received"
    assert as_lead.post(url("read_again", evaluation.pk, row.pk)).status_code == 303


def test_a_file_whose_reading_stopped_without_a_word_can_be_read_again(as_lead, evaluation, candidate, workload):
    row = send(candidate, workload, locust_stats())
    jobs.quarantine(job=row.job, error="", at=NOW)

    text = text_of(as_lead.get(url("file", evaluation.pk, row.pk)))
    as_lead.post(url("read_again", evaluation.pk, row.pk))

    assert "Reading stopped without a result" in text
    assert ResultFile.objects.get().job_id != row.job_id


# Value functions


@pytest.fixture
def criterion(evaluation):
    return make_criterion(evaluation, "Latency")


def points(*pairs, **more):
    rows = {f"metric_{n}": x for n, (x, _) in enumerate(pairs)} | {f"score_{n}": s for n, (_, s) in enumerate(pairs)}
    return {"metric": "latency_p95_ms", "endpoint": "", "outside": "clip", "seen": 0, **rows, **more}


def test_a_value_function_starts_from_the_catalogues_points(as_lead, evaluation, criterion):
    page = as_lead.get(url("edit_score", evaluation.pk, criterion.pk), {"metric": "error_rate"}).content.decode()

    assert re.search(r'name="metric_1" value="0.001"', page)
    assert "No run tells this figure yet" in page and "already. Points" not in page


def test_points_that_come_after_the_runs_are_said_to(as_lead, evaluation, candidate, workload, criterion):
    read(send(candidate, workload, locust_stats()))

    page = text_of(as_lead.get(url("edit_score", evaluation.pk, criterion.pk), {"metric": "error_rate"}))

    assert "1 run tells this figure already." in page


def test_a_value_function_is_saved_without_script_and_scores_at_once(
    as_lead, evaluation, candidate, workload, criterion
):
    read(send(candidate, workload, locust_stats(p95=100)))

    answer = as_lead.post(url("edit_score", evaluation.pk, criterion.pk), points((50, 5), (150, 3), (250, 1)))

    assert answer.status_code == 303
    assert MeasuredScore.objects.get().value == 4.0


@pytest.mark.parametrize(
    ("content", "endpoint", "told"),
    [
        (locust_stats(p95=100), "", "the whole run 100 ms as the tool states it line 4"),
        (locust_stats(p95=100), "GET /orders", "GET /orders 80 ms as the tool states it line 2"),
        (k6_points(), "", "the whole run 105.5 ms nearest rank computed over the file"),
        (HEY.read_bytes(), "", "the whole run 30 ms as the tool states it line 18"),
        (WRITTEN["jmeter_aggregate.csv"], "", "the whole run 40 ms as the tool states it line 3"),
    ],
)
def test_a_score_leads_to_run_endpoint_metric_and_line(
    as_lead, evaluation, candidate, workload, criterion, content, endpoint, told
):
    measure(criterion, endpoint=endpoint)
    run = read(send(candidate, workload, content)).runs.get()

    cell = as_lead.get(reverse("scoring:cell", args=[evaluation.pk, candidate.pk, criterion.pk])).content.decode()
    page = text_of(as_lead.get(url("run", evaluation.pk, run.pk)))

    assert f'href="{url("run", evaluation.pk, run.pk)}#feeds"' in cell
    assert f"Latency, 95th percentile {told}" in page


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (points((50, 5)), "at least two points"),
        (points((50, 5), (40, 1)), "must be more than"),
        (points((50, 5), (90, 9)), "not between 1 and 5"),
        (points((50, 5), (90, "")), "Point 2: give a metric value and a score"),
        (points((50, "five"), (90, 1)), "Points are numbers"),
        (points(("nan", 5), (90, 1)), "Points are numbers"),
    ],
)
def test_points_that_are_no_function_are_refused_and_stay_typed(as_lead, evaluation, criterion, given, says):
    answer = as_lead.post(url("edit_score", evaluation.pk, criterion.pk), given)

    assert answer.status_code == 422
    assert says in text_of(answer)
    assert 'value="50"' in answer.content.decode() or given["metric_0"] == "nan"
    assert not ValueFunction.objects.exists()


def test_the_resulting_score_is_seen_before_it_is_saved(as_lead, evaluation, candidate, workload, criterion):
    read(send(candidate, workload, locust_stats(p95=100)))
    to = url("edit_score", evaluation.pk, criterion.pk)

    part = as_lead.get(to, points((50, 5), (150, 3)), headers=HTMX)
    whole = as_lead.post(to, points((50, 5), (150, 1)) | {"preview": "yes"})

    assert "4.00" in text_of(part) and "<html" not in part.content.decode()
    assert "3.00" in text_of(whole) and whole.status_code == 200
    assert not ValueFunction.objects.exists()


def test_a_value_function_that_moved_shows_both(as_lead, evaluation, criterion):
    measure(criterion)

    answer = as_lead.post(url("edit_score", evaluation.pk, criterion.pk), points((10, 5), (20, 1)))

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "150 → 3" in text_of(answer) and 'name="metric_0" value="10"' in page
    assert re.search(rf'name="seen" value="{ValueFunction.objects.get().version}"', page)


def test_the_lead_lets_the_measured_score_count_from_the_spikes_page(as_lead, evaluation, criterion):
    measure(criterion)
    page = as_lead.get(url("index", evaluation.pk)).content.decode()
    to = re.search(r'action="([^"]+/basis/set/)"', page)[1]

    answer = as_lead.post(to, {"basis": "measured", "next": url("index", evaluation.pk)})

    assert (answer.status_code, answer["Location"]) == (303, url("index", evaluation.pk))
    assert Criterion.objects.get(pk=criterion.pk).basis == "measured"


# Who may what


def test_strangers_find_nothing_and_viewers_change_nothing(client, evaluation, candidate, workload, criterion):
    row = read(send(candidate, workload, locust_stats()))
    run = row.runs.get()
    reads = [url(name, evaluation.pk) for name in ("index", "workloads", "results", "scores", "files")]
    reads += [url(name, evaluation.pk, row.pk) for name in ("file", "state", "download")]
    reads.append(url("run", evaluation.pk, run.pk))
    writes = [url("upload", evaluation.pk), url("add_workload", evaluation.pk)]
    writes += [url(name, evaluation.pk, workload.pk) for name in ("edit_workload", "remove_workload")]
    writes += [url(name, evaluation.pk, row.pk) for name in ("cancel", "read_again")]
    writes += [url(name, evaluation.pk, run.pk) for name in ("leave_out", "take_in")]
    writes.append(url("edit_score", evaluation.pk, criterion.pk))
    stranger, viewer = Client(), Client()
    stranger.force_login(lead_of(make_evaluation("Other").team))
    viewer.force_login(make_member(evaluation.team, Role.VIEWER))
    evaluation.log.refresh_from_db()
    before = evaluation.log.count

    assert {stranger.get(to).status_code for to in reads} == {404}
    assert {stranger.post(to).status_code for to in writes} == {404}
    assert {viewer.get(to).status_code for to in reads} <= {200, 204}
    assert {viewer.post(to).status_code for to in writes} == {403}
    evaluation.log.refresh_from_db()
    assert evaluation.log.count == before


def test_ids_of_another_evaluation_are_not_found_under_ones_own(client, evaluation, candidate, workload, criterion):
    row = read(send(candidate, workload, locust_stats()))
    own = make_evaluation("Own")
    client.force_login(lead_of(own.team))

    found = [client.get(url(name, own.pk, row.pk)).status_code for name in ("file", "state", "download")] + [
        client.get(url("run", own.pk, row.runs.get().pk)).status_code,
        client.get(url("edit_workload", own.pk, workload.pk)).status_code,
        client.get(url("edit_score", own.pk, criterion.pk)).status_code,
    ]

    assert set(found) == {404}


# Charts


def test_figures_are_what_plotly_draws_and_say_the_same_in_words(evaluation, candidate, workload):
    slow = make_candidate(evaluation, "<b>Django</b>")
    for p95 in (100, 140):
        read(send(candidate, workload, locust_stats(p95=p95)))
        read(send(slow, workload, locust_stats(p95=p95 + 100)))
    read(send(candidate, workload, k6_points(), "points.ndjson"))
    kept, _ = side_by_side.kept_runs(evaluation)
    compared = side_by_side.compared_runs(evaluation, kept)
    lines = side_by_side.time_lines(evaluation, kept)

    bars = go.Figure(charts.latencies(compared))
    rates = go.Figure(charts.time_line(lines, "requests_per_s"))
    go.Figure(charts.time_line(lines, "p95_ms"))

    assert [trace.name for trace in bars.data] == ["median", "95th percentile", "99th"]
    assert bars.data[1].x == ("FastAPI", "&lt;b&gt;Django&lt;/b&gt;")
    assert bars.data[1].y[1] == 220
    assert len(rates.data[0].x) == len(rates.data[0].y) > 1
    assert "highest <b>Django</b>’s with 220 ms" in charts.latencies_in_words(compared)


def test_a_long_time_line_is_thinned_keeping_peaks_and_gaps():
    series = [{"t": float(t), "requests_per_s": 10.0, "p95_ms": 5.0 if t != 777 else 900.0} for t in range(3000)]
    series += [{"t": 3000.0 + t, "requests_per_s": None, "p95_ms": None} for t in range(30)]

    rates, peaks = charts.thinned(series, "requests_per_s"), charts.thinned(series, "p95_ms")

    assert len(rates) <= charts.MOST_POINTS
    assert rates[0] == (0.0, 10.0)
    assert max(value for _, value in peaks if value is not None) == 900.0
    assert peaks[-1][1] is None


def test_files_are_read_in_by_streaming_not_by_name(as_lead, evaluation, candidate, workload):
    content = io.BytesIO(locust_stats())
    content.name = "../../../tmp/x.csv"

    given = {"candidate": candidate.pk, "workload": workload.pk, "result_files": [content]}
    as_lead.post(url("upload", evaluation.pk), given)

    assert ResultFile.objects.get().file_name == "x.csv"
