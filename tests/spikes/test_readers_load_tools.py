"""Each tool's file becomes runs with the figures that stand in it, in milliseconds and seconds."""

import io
import re
from pathlib import Path

import pytest

from evaluations.spikes.readers import Reading, detect, read
from tests.spikes.result_samples import WRITTEN

SAMPLES = Path(__file__).parent.parent / "samples"


def sample(name: str) -> Reading:
    return read(io.BytesIO((SAMPLES / name).read_bytes()))


def test_the_row_without_a_method_is_the_total_even_when_an_endpoint_is_called_aggregated() -> None:
    run = sample("locust_stats.csv").runs[0]

    assert (run.numbers.requests, run.numbers.failures, run.numbers.requests_per_s) == (1000, 10, 33.333)
    assert [(e.method, e.name, e.numbers.requests) for e in run.endpoints] == [
        ("GET", "/orders", 900),
        ("GET", "Aggregated", 80),
        ("POST", "/orders", 20),
    ]
    assert run.numbers.latency_ms() == {
        "min": 1.5,
        "mean": 15.13,
        "p50": 12,
        "p90": 29,
        "p95": 42,
        "p99": 99,
        "max": 140.5,
    }


def test_old_locust_files_have_no_percentiles_and_get_none() -> None:
    run = sample("locust_requests_0_9.csv").runs[0]

    assert (run.numbers.requests, run.numbers.failures, run.numbers.p50) == (900, 6, 24)
    assert run.numbers.p95 is None and run.numbers.p99 is None


def test_locusts_history_gives_a_time_line_with_the_failures_of_each_interval() -> None:
    run = sample("locust_stats_history.csv").runs[0]

    assert (run.numbers.requests, run.numbers.failures, run.numbers.duration_s) == (990, 10, 30)
    assert [(p.t, p.requests_per_s, p.p95_ms, p.errors) for p in run.series] == [
        (0, 0, None, 0),
        (10, 31, 40, 3),
        (30, 34, 42, 7),
    ]
    assert run.numbers.p95 is None, "percentiles of the last seconds are not those of the run"


def test_locusts_failures_say_nothing_of_the_number_of_requests() -> None:
    run = sample("locust_failures.csv").runs[0]

    assert run.numbers.requests is None and run.numbers.failures == 10
    assert [error.count for error in run.errors] == [9, 1]


def test_locusts_json_is_summed_up_from_its_histogram() -> None:
    run = sample("locust.json").runs[0]

    assert (run.numbers.requests, run.numbers.failures, run.numbers.duration_s) == (10, 1, 30)
    assert (run.numbers.min, run.numbers.mean, run.numbers.max) == (4.6, 26.0, 120.4)
    assert (run.numbers.p50, run.numbers.p90, run.numbers.p99) == (10, 80, 120)
    assert [(p.t, p.requests_per_s, p.errors) for p in run.series] == [(0, 6, 0), (1, 4, 1)]


@pytest.mark.parametrize(
    "name", ["k6_legacy_summary.json", "k6_handle_summary.json", "k6_machine_readable_summary.json"]
)
def test_k6_writes_one_run_in_three_shapes(name: str) -> None:
    reading = sample(name)
    numbers = reading.runs[0].numbers

    assert reading.format == "k6_summary_json"
    assert (numbers.requests, numbers.failures) == (2000, 40)
    assert numbers.duration_s == pytest.approx(20, abs=0.01) and numbers.requests_per_s == pytest.approx(100, abs=0.01)
    assert (numbers.min, numbers.mean, numbers.p50, numbers.p95, numbers.max) == (0.9, 12.5, 9.5, 40.5, 310.25)


def test_a_legacy_threshold_that_is_true_was_crossed() -> None:
    legacy = sample("k6_legacy_summary.json").runs[0]
    newer = sample("k6_handle_summary.json").runs[0]

    expected = {("http_req_failed", "rate<0.01", False), ("http_req_duration", "p(95)<500", True)}
    assert {(t.metric, t.expression, t.passed) for t in legacy.thresholds} == expected
    assert {(t.metric, t.expression, t.passed) for t in newer.thresholds} == expected


def test_k6s_sub_metrics_by_name_are_endpoints_and_failed_checks_are_errors() -> None:
    run = sample("k6_legacy_summary.json").runs[0]

    assert [(e.name, e.numbers.p95) for e in run.endpoints] == [("/orders", 44)]
    assert [(error.message, error.count) for error in run.errors] == [("check failed: status is 200", 40)]


def test_k6_points_are_counted_per_endpoint_and_per_second() -> None:
    reading = sample("k6_points.ndjson")
    run = reading.runs[0]

    assert (run.numbers.requests, run.numbers.failures, run.numbers.duration_s) == (4, 1, 6)
    assert (run.numbers.min, run.numbers.p50, run.numbers.max) == (10.5, 20.25, 40)
    assert [(e.name, e.numbers.requests, e.numbers.failures) for e in run.endpoints] == [
        ("/orders", 3, 1),
        ("/items/{id}", 1, 0),
    ]
    assert [(p.t, p.requests_per_s, p.errors, p.p95_ms) for p in run.series] == [
        (0, 1, 0, 10.5),
        (2, 1, 0, 20.25),
        (4, 1, 1, 30),
        (6, 1, 0, 40),
    ]


def test_k6_points_in_another_order_of_keys_give_the_same_figures() -> None:
    today = (SAMPLES / "k6_points.ndjson").read_text()
    lines = [line for line in today.split("\n") if line]
    older = "\n".join(
        '{"type":"Point",'
        + line.partition('"type":"Point",')[2][:-1]
        + ',"metric":'
        + line.split(":")[1].split(",")[0]
        + "}"
        if line.startswith('{"metric"')
        else line
        for line in lines
    )

    first, second = (read(io.BytesIO(text.encode())).runs[0] for text in (today, older))

    assert second.numbers == first.numbers and second.series == first.series


def test_a_change_of_the_clock_in_the_offset_is_no_jump_in_time() -> None:
    before = '{"metric":"http_reqs","type":"Point","data":{"time":"2026-10-25T02:59:59+02:00","value":1,"tags":{}}}'
    after = '{"metric":"http_reqs","type":"Point","data":{"time":"2026-10-25T02:00:01+01:00","value":1,"tags":{}}}'

    run = read(io.BytesIO(f"{before}\n{after}\n".encode())).runs[0]

    assert run.numbers.duration_s == 2


def test_k6_csv_says_the_same_as_its_points() -> None:
    run = sample("k6_points.csv").runs[0]

    assert (run.numbers.requests, run.numbers.failures, run.numbers.duration_s) == (2, 1, 4)
    assert (run.numbers.min, run.numbers.max) == (10.5, 30)


def test_a_jmeter_log_spans_from_the_first_start_to_the_last_end_whatever_its_order() -> None:
    reading = sample("jmeter.jtl")
    run = reading.runs[0]

    assert (run.numbers.requests, run.numbers.failures) == (4, 1)
    assert run.numbers.duration_s == pytest.approx(6.02)
    assert [(e.name, e.numbers.requests) for e in run.endpoints] == [("List orders", 3), ("Create, order", 1)]
    assert [(error.message, error.count) for error in run.errors] == [("500 Internal Server Error", 1)]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_jmeter_log_may_use_any_delimiter_and_lack_its_header(delimiter: str) -> None:
    rows = [row.replace('"Create, order"', "Create order") for row in (SAMPLES / "jmeter.jtl").read_text().split("\n")]
    with_header = "\n".join(rows).replace(",", delimiter)
    without = with_header.partition("\n")[2]

    for text in (with_header, without):
        reading = read(io.BytesIO(text.encode()))

        assert reading.format == "jmeter_csv"
        assert (reading.runs[0].numbers.requests, reading.runs[0].numbers.failures) == (4, 1)


def test_samples_inside_samples_are_not_counted_twice() -> None:
    reading = sample("jmeter_nested.xml")

    assert (reading.runs[0].numbers.requests, reading.runs[0].numbers.failures) == (2, 1)
    assert any("2 samples lie inside others" in warning for warning in reading.warnings)


def test_wrks_units_differ_from_cell_to_cell_and_several_runs_stay_several() -> None:
    reading = sample("wrk_two_runs.md")
    first, second = (run.numbers for run in reading.runs)

    assert (first.requests, first.failures, first.duration_s) == (101500, 0, 10)
    assert (first.mean, first.p50, first.p99, first.max) == (0.9805, 0.81, 5.2, 850)
    assert first.min is None and first.p95 is None
    assert (second.requests, second.failures, second.duration_s, second.max) == (600000, 15, 60, 1200)
    assert any("2 runs" in warning for warning in reading.warnings)


def test_heys_rate_includes_errors_and_so_do_its_requests() -> None:
    run = sample("hey.txt").runs[0]

    assert (run.numbers.requests, run.numbers.failures, run.numbers.requests_per_s) == (1005, 25, 100.5)
    assert (run.numbers.p50, run.numbers.p95, run.numbers.max) == (8, 30, 200)


def test_ab_calls_other_lengths_failed_and_we_do_not() -> None:
    reading = sample("ab.txt")

    assert (reading.runs[0].numbers.requests, reading.runs[0].numbers.failures) == (2000, 430)
    assert any("another length" in warning for warning in reading.warnings)


def test_ohas_aborts_at_the_deadline_are_no_failures_and_its_seconds_become_milliseconds() -> None:
    run = sample("oha.json").runs[0]

    assert (run.numbers.requests, run.numbers.failures) == (2720, 0)
    assert (run.numbers.p50, run.numbers.p95, run.numbers.max) == (5, 27, 200)


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("wrk_two_runs.md", {"requests_per_s", "mean", "max", "p50", "p90", "p99"}),
        ("hey.txt", {"requests_per_s", "min", "mean", "max", "p50", "p90", "p95", "p99"}),
        ("ab.txt", {"requests_per_s", "min", "mean", "max", "p50", "p90", "p95", "p99"}),
        ("ab_percent.csv", {"p50", "p90", "p95", "p99"}),
        ("autocannon.txt", {"requests_per_s", "mean", "max", "p50", "p99"}),
        ("h2load.txt", {"requests_per_s", "min", "mean", "max"}),
        ("siege.txt", {"requests_per_s", "min", "mean", "max"}),
    ],
)
def test_each_figure_of_a_text_report_names_the_line_on_which_it_stands(name: str, figures: set[str]) -> None:
    content = WRITTEN[name] if name in WRITTEN else (SAMPLES / name).read_bytes()
    lines = content.decode().splitlines()

    runs = read(io.BytesIO(content)).runs

    assert set(runs[0].lines) == figures
    for run in runs:
        for figure, line in run.lines.items():
            written = [float(text) for text in re.findall(r"[0-9.]*[0-9]", lines[line - 1])]
            value = getattr(run.stated, figure)
            scaled = [number * scale for number in written for scale in (0.001, 1, 1000)]
            assert value == pytest.approx(min(scaled, key=lambda one: abs(one - value))), f"{figure} in line {line}"


@pytest.mark.parametrize(("count", "contradictions"), [("2k", 0), ("1652", 0), ("2000", 1)])
def test_a_rounded_count_is_not_told_to_contradict_its_rate(count: str, contradictions: int) -> None:
    text = WRITTEN["autocannon.txt"].decode().replace("10k requests in 10.05s", f"{count} requests in 3.02s")

    reading = read(io.BytesIO(text.replace("1000.5", "550.67").encode()))

    assert sum("are stated, yet" in warning for warning in reading.warnings) == contradictions


def test_a_report_redrawn_as_html_claims_no_lines() -> None:
    rows = "".join(f"<tr><th>{line}</th></tr>\n" for line in (SAMPLES / "ab.txt").read_text().splitlines())

    run = read(io.BytesIO(f"<p>This is ApacheBench, Version 2.3</p>\n<table>{rows}</table>".encode())).runs[0]

    assert (run.numbers.requests, run.lines) == (2000, {})


def test_a_profile_says_where_the_time_goes() -> None:
    profile = sample("pyspy_raw.txt").runs[0].profile

    assert profile is not None and profile["total"] == 100
    assert profile["shares"] == {
        "waiting": 0.4,
        "database driver": 0.3,
        "serialization": 0.12,
        "application": 0.1,
        "framework": 0.08,
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("locust_stats.csv", "locust_stats_csv"),
        ("locust_stats_history.csv", "locust_history_csv"),
        ("k6_points.ndjson", "k6_ndjson"),
        ("k6_legacy_summary.json", "json"),
        ("jmeter_nested.xml", "jmeter_xml"),
        ("wrk_two_runs.md", "wrk_text"),
        ("pyspy_raw.txt", "pyspy_raw"),
    ],
)
def test_the_first_bytes_tell_the_format(name: str, expected: str) -> None:
    assert detect((SAMPLES / name).read_bytes()[:4096]) == expected


def test_bytes_of_no_tool_have_no_format() -> None:
    assert detect(b"dear diary, today nothing was measured") is None
