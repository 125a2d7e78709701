"""What comes back from a spike kit: samples of the service, results with their workload, WebSockets."""

import io
import json
import zipfile
from typing import Any

import pytest

from evaluations.spikes.bundling import Parcel, bundled, opened
from evaluations.spikes.measuring import figures_of
from evaluations.spikes.readers import Reading, Rejected, detect, read
from tests.spikes.spike_files import k6_summary, locust_stats

DIGEST = "ab" * 32
HEAD = "time,rss_bytes,cpu_s,processes,warm_up,workload\n"


def reading(content: bytes | str) -> Reading:
    return read(io.BytesIO(content.encode() if isinstance(content, str) else content))


def samples(*, seconds: int = 120, warm_up: int = 20, growth: int = 1000, digest: str = DIGEST) -> str:
    """100 MB that grow by `growth` bytes a second, a quarter of a processor busy."""
    rows = [
        f"{1_700_000_000 + second}.5,{100_000_000 + growth * second},{second / 4},3,{int(second < warm_up)},{digest}\n"
        for second in range(seconds)
    ]
    return HEAD + "".join(rows)


def packed(**files: bytes | str) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return whole.getvalue()


def kit_result(inside: Any, **head: Any) -> bytes:
    environment = {"host": "bench-1", "cpus": "8", "users": 50, "warm_up_s": 10, "measured_s": 60.0}
    whole = {"format": "fwselect run", "version": 1, "workload": DIGEST, "tool": "k6 1.1.0", "result": inside}
    return json.dumps({**whole, "environment": environment, **head}).encode()


def test_samples_tell_memory_its_growth_and_processor_time() -> None:
    found = reading(samples())

    context = found.runs[0].context
    assert found.format == "fwselect_samples_csv"
    assert context["memory_mb"] == pytest.approx(100 + 0.0695, abs=0.001)
    assert context["memory_growth_mb_per_h"] == pytest.approx(3.6)
    assert context["cpu_s"] == pytest.approx(25.0)
    assert (context["processes_most"], context["samples"], context["workload_digest"]) == (3, 100, DIGEST)


def test_memory_growth_is_not_told_of_a_short_time() -> None:
    found = reading(samples(seconds=40))

    assert "memory_growth_mb_per_h" not in found.runs[0].context
    assert any("growth is not told" in warning for warning in found.warnings)


def test_samples_become_measurements_of_the_catalogue() -> None:
    figures = {figure.metric: figure.value for figure in figures_of(reading(samples()).runs[0].to_json())}

    assert figures.keys() == {"memory_mb", "memory_growth_mb_per_h"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (HEAD, "no rows"),
        (HEAD + "1,2,3,1,0,a\n2,2,3,1,0,b\n", "several workloads"),
        (HEAD + "1,,3,1,0,a\n", "not whole"),
        (HEAD + "1,-2,3,1,0,a\n", "negative"),
        (HEAD + "nan,2,3,1,0,a\n", "number was expected"),
    ],
)
def test_samples_that_can_not_be_trusted_are_refused(content: str, says: str) -> None:
    with pytest.raises(Rejected, match=says):
        reading(content)


def test_a_processor_time_that_falls_is_said_and_never_counts_backwards() -> None:
    rows = [f"{second},1000000,{second if second < 5 else second - 4},1,0,{DIGEST}\n" for second in range(10)]

    found = reading(HEAD + "".join(rows))

    assert found.runs[0].context["cpu_s"] == pytest.approx(8.0)
    assert any("falls" in warning for warning in found.warnings)


def test_samples_beside_a_run_give_processor_time_per_request() -> None:
    found = reading(packed(**{"a_stats.csv": locust_stats(requests=1000), "a_samples.csv": samples()}))

    [run] = found.runs
    assert (found.format, run.numbers.requests) == ("locust_stats_csv", 1000)
    assert run.context["cpu_ms_per_request"] == pytest.approx(25.0)
    assert {figure.metric for figure in figures_of(run.to_json())} >= {"cpu_ms_per_request", "memory_mb"}


def test_samples_beside_two_runs_stay_by_themselves() -> None:
    files = {"a.csv": locust_stats(), "b.json": k6_summary(), "samples.csv": samples()}

    found = reading(packed(**files))

    assert len(found.runs) == 3
    assert not any("cpu_ms_per_request" in run.context for run in found.runs)


def test_samples_of_another_workload_are_refused_beside_a_run() -> None:
    result = kit_result(json.loads(k6_summary()))

    with pytest.raises(Rejected, match="another workload"):
        reading(packed(**{"k6.json": result, "samples.csv": samples(digest="cd" * 32)}))


def test_a_kits_result_is_its_tools_with_workload_and_environment() -> None:
    found = reading(kit_result(json.loads(k6_summary(requests=600))))

    [run] = found.runs
    assert (found.format, found.tool) == ("fwselect_k6_summary_json", "k6 1.1.0")
    assert run.numbers.requests == 600
    assert run.context["workload_digest"] == DIGEST
    assert (run.context["host"], run.context["users"]) == ("bench-1", 50)


@pytest.mark.parametrize(
    ("head", "says"), [({"version": 2}, "version"), ({"result": {}}, "neither"), ({"result": [1]}, "neither")]
)
def test_a_kits_result_that_is_none_is_refused(head: dict[str, Any], says: str) -> None:
    with pytest.raises(Rejected, match=says):
        reading(kit_result(json.loads(k6_summary()), **head))


def point(metric: str, second: int, value: float) -> str:
    data = {"time": f"2026-03-02T09:00:{second:02}.250Z", "value": value, "tags": {"url": "ws://127.0.0.1/live"}}
    return json.dumps({"metric": metric, "type": "Point", "data": data}, separators=(",", ":")) + "\n"


def socket_points() -> str:
    """Three connections from seconds 0, 1 and 2; the first ends in second 5, the others in second 9."""
    lines = [point("ws_sessions", second, 1) + point("ws_connecting", second, 10 + second) for second in range(3)]
    lines += [point("ws_message_time", second, second) for second in range(1, 9)]
    lines += [point("ws_session_duration", 5, 5000), *(point("ws_session_duration", 9, 7500) for _ in range(2))]
    return "".join(lines)


@pytest.mark.parametrize("spaced", [False, True], ids=["as k6 writes it", "in another layout"])
def test_points_tell_how_many_websockets_were_held_at_once(spaced: bool) -> None:
    text = socket_points()
    lines = text if not spaced else "".join(json.dumps(json.loads(line)) + "\n" for line in text.splitlines())

    found = reading(lines)

    [run] = found.runs
    assert run.context["websocket_connections"] == 3
    assert run.context["websocket_connect_ms"]["p95"] == 12
    assert run.context["websocket_message_ms"]["p50"] == 4
    assert run.numbers.requests is None
    assert not any("no request was measured" in warning for warning in found.warnings)


def test_points_of_sockets_and_requests_together_tell_both() -> None:
    request = point("http_reqs", 1, 1) + point("http_req_duration", 1, 7.5) + point("http_req_failed", 1, 0)

    [run] = reading(request + socket_points()).runs

    assert (run.numbers.requests, run.context["websocket_connections"]) == (1, 3)


def test_a_table_of_points_tells_the_same() -> None:
    rows = [json.loads(line) for line in socket_points().splitlines()]
    table = "metric_name,timestamp,metric_value,extra_tags\n" + "".join(
        f"{row['metric']},{1_700_000_000 + int(row['data']['time'][17:19])},{row['data']['value']},\n" for row in rows
    )

    [run] = reading(table).runs

    assert run.context["websocket_connections"] == 3


def test_a_summary_tells_how_many_were_held_in_the_mean() -> None:
    summary = json.loads(k6_summary())
    summary["metrics"] |= {
        "ws_sessions": {"type": "counter", "contains": "default", "values": {"count": 100, "rate": 1.6}},
        "ws_session_duration": {"type": "trend", "contains": "time", "values": {"avg": 30_000, "p(95)": 31_000}},
        "ws_connecting": {"type": "trend", "contains": "time", "values": {"avg": 2.5, "med": 2, "p(95)": 6}},
    }

    [run] = reading(json.dumps(summary)).runs

    assert run.context["websocket_connections"] == pytest.approx(50)
    assert run.context["websocket_connect_ms"] == {"mean": 2.5, "p50": 2, "p95": 6}
    assert "mean held" in str(run.context["websocket_rule"])


def parcel(name: str, content: bytes | str) -> Parcel:
    return Parcel(io.BytesIO(content.encode() if isinstance(content, str) else content), name)


FAILURES = "Method,Name,Error,Occurrences\nGET,/orders,HTTPError,4\n"


def names(parcels: list[Parcel]) -> list[list[str]]:
    return [[each.name for each in bundle.parcels] for bundle in bundled(parcels)]


def test_locusts_tables_of_one_run_are_put_together() -> None:
    parcels = [
        parcel("x_stats.csv", locust_stats()),
        parcel("x_failures.csv", FAILURES),
        parcel("k6.json", k6_summary()),
    ]

    assert names(parcels) == [["x_stats.csv", "x_failures.csv"], ["k6.json"]]


def test_of_several_runs_each_gets_the_files_that_begin_alike() -> None:
    parcels = [
        parcel("a_stats.csv", locust_stats()),
        parcel("b_stats.csv", locust_stats(130)),
        parcel("b_failures.csv", FAILURES),
        parcel("a_failures.csv", FAILURES),
        parcel("a_samples.csv", samples()),
    ]

    assert names(parcels) == [["a_stats.csv", "a_failures.csv", "a_samples.csv"], ["b_stats.csv", "b_failures.csv"]]


def test_what_belongs_to_nobody_stays_by_itself() -> None:
    parcels = [
        parcel("a_stats.csv", locust_stats()),
        parcel("b_stats.csv", locust_stats(130)),
        parcel("c_failures.csv", FAILURES),
        parcel("notes.txt", "nothing"),
    ]

    assert names(parcels) == [["a_stats.csv"], ["b_stats.csv"], ["c_failures.csv"], ["notes.txt"]]


def test_the_same_files_make_the_same_bundle_whatever_their_order() -> None:
    files = [("x_stats.csv", locust_stats()), ("x_failures.csv", FAILURES.encode()), ("s.csv", samples().encode())]
    whole = []
    for order in (files, files[::-1]):
        [bundle] = bundled([parcel(*each) for each in order])
        with opened(bundle) as packed_file:
            whole.append(packed_file.read())

    assert whole[0] == whole[1]
    [run] = reading(whole[0]).runs
    assert run.context["cpu_ms_per_request"] == pytest.approx(25.0)
    assert [error.count for error in run.errors] == [4]


def test_the_first_bytes_tell_samples() -> None:
    assert detect(samples().encode()[:4096]) == "fwselect_samples_csv"
