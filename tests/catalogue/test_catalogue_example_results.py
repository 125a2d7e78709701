import csv
import dataclasses
import datetime
import io
import json

import pytest

from evaluations import catalogue
from evaluations.catalogue import example_results
from evaluations.catalogue.scenario_entries import EndpointSpec, ResultFile, SocketSpec

SPEC = ResultFile(
    name="x",
    tool="locust-stats-csv",
    candidate="fastapi",
    users=10,
    duration_s=100,
    started_at=datetime.datetime(2026, 11, 9, 9, tzinfo=datetime.UTC),
    provenance="invented example",
    endpoints=(
        EndpointSpec("GET", "/b", 1000, 0, 5, 20, 60, 90, 150),
        EndpointSpec("POST", "/a", 500, 10, 10, 40, 200, 400, 1234, "503 Service Unavailable"),
    ),
)


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def rendered(tool: str) -> bytes:
    return example_results.render(dataclasses.replace(SPEC, tool=tool))  # type: ignore[arg-type]


@pytest.mark.parametrize("tool", ["locust-stats-csv", "locust-json", "k6-summary"])
def test_the_same_figures_give_the_same_bytes(tool: str) -> None:
    assert rendered(tool) == rendered(tool)


def test_files_of_different_runs_differ() -> None:
    files = [example_results.render(result) for entry in catalogue.scenarios() for result in entry.result_files]

    assert len(set(files)) == len(files)


def test_a_locust_table_states_the_figures_it_was_given() -> None:
    first, second, together = rows(rendered("locust-stats-csv"))

    assert (first["Name"], second["Name"], together["Name"]) == ("/a", "/b", "Aggregated")
    assert (first["Request Count"], first["Failure Count"]) == ("500", "10")
    assert float(first["Min Response Time"]) == 10 and float(first["Max Response Time"]) == 1234
    # Locust reads a percentile one request further up; the last hundredth climbs 6 ms a request.
    for column, stated, step in (("50%", 20, 1), ("95%", 60, 1), ("99%", 90, 6), ("100%", 150, 0)):
        assert stated <= int(second[column]) <= stated + step
    assert float(together["Requests/s"]) == 15.0


def test_a_locust_table_adds_up() -> None:
    *parts, together = rows(rendered("locust-stats-csv"))

    for column in ("Request Count", "Failure Count"):
        assert sum(int(part[column]) for part in parts) == int(together[column])
    mean = sum(int(part["Request Count"]) * float(part["Average Response Time"]) for part in parts) / 1500
    assert mean == pytest.approx(float(together["Average Response Time"]))


def test_locust_percentiles_never_fall() -> None:
    for row in rows(rendered("locust-stats-csv")):
        values = [int(row[column]) for column in row if column.endswith("%")]

        assert len(values) == 11
        assert values == sorted(values)


def test_a_locust_histogram_holds_each_request_in_locusts_steps() -> None:
    first, second = json.loads(rendered("locust-json"))

    assert sum(first["response_times"].values()) == first["num_requests"] == 500
    assert all(int(time) % 10 == 0 for time in first["response_times"] if int(time) > 100)
    assert all(int(time) % 100 == 0 for time in first["response_times"] if int(time) > 1000)
    assert sum(second["num_reqs_per_sec"].values()) == 1000
    assert second["num_fail_per_sec"] == {}
    assert first["last_request_timestamp"] - first["start_time"] == 100


def test_a_k6_summary_states_the_figures_it_was_given() -> None:
    document = json.loads(rendered("k6-summary"))
    metrics = document["metrics"]

    assert document["state"]["testRunDurationMs"] == 100_000
    assert metrics["http_reqs"]["values"] == {"count": 1500, "rate": 15.0}
    assert metrics["http_req_failed"]["values"]["passes"] == 10
    part = metrics["http_req_duration{name:GET /b}"]["values"]
    assert part["med"] == pytest.approx(20, abs=0.1)
    assert part["p(95)"] == pytest.approx(60, abs=0.1)
    assert part["p(99)"] == pytest.approx(90, abs=0.2)


def test_a_threshold_that_was_missed_says_so() -> None:
    metrics = json.loads(rendered("k6-summary"))["metrics"]
    slow = dataclasses.replace(SPEC.endpoints[0], requests=9000, p50_ms=300, p95_ms=800, p99_ms=900, max_ms=950)

    missed = json.loads(example_results.render(dataclasses.replace(SPEC, tool="k6-summary", endpoints=(slow,))))

    assert metrics["http_req_duration"]["thresholds"]["p(95)<250"] == {"ok": True}
    assert missed["metrics"]["http_req_duration"]["thresholds"]["p(95)<250"] == {"ok": False}


def test_a_k6_summary_of_sockets_adds_up() -> None:
    sockets = SocketSpec(400, (10, 80, 95, 98, 100), (1, 5, 20, 50, 90), (1, 4, 10, 30, 60), 12_000)
    result = dataclasses.replace(SPEC, tool="k6-sockets-summary", endpoints=(), sockets=sockets)

    document = json.loads(example_results.render(result))

    metrics = document["metrics"]
    assert metrics["ws_sessions"]["values"] == {"count": 400, "rate": 4.0}
    held = metrics["ws_session_duration"]["values"]
    assert (held["min"], held["max"]) == (10_000, 100_000)
    assert held["med"] == pytest.approx(80_000, rel=0.01)
    assert held["min"] < held["avg"] < held["p(95)"]
    assert metrics["ws_connecting"]["values"]["p(95)"] == pytest.approx(20, rel=0.02)
    assert "http_reqs" not in metrics


def test_a_single_request_is_enough() -> None:
    lonely = dataclasses.replace(SPEC, endpoints=(EndpointSpec("GET", "/", 1, 0, 7, 7, 7, 7, 7),))

    (row, together) = rows(example_results.render(lonely))

    assert row["Request Count"] == together["Request Count"] == "1"
    assert row["50%"] == row["100%"] == "7"


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ((10, 0, 5, 4, 6, 7, 8), "must not fall"),
        ((10, 11, 1, 2, 3, 4, 5, "500"), "failures must lie"),
        ((0, 0, 1, 2, 3, 4, 5), "at least one"),
        ((10, 1, 1, 2, 3, 4, 5), "belong together"),
    ],
)
def test_figures_that_cannot_be_are_refused(figures: tuple[float, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        EndpointSpec("GET", "/", *figures)  # type: ignore[arg-type]
