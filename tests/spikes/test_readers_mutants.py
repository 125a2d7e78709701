"""Damaged result files are accepted or refused in words, quickly, and never end in another way."""

import io
import json
import marshal
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.spikes import limited
from evaluations.spikes.readers import Rejected, read
from evaluations.spikes.readers.durations import Durations
from tests.spikes.mutants import answer_to, mutant, sources

SOURCES = sources()
EACH = 15


@pytest.mark.parametrize("name", SOURCES)
def test_a_sound_file_is_accepted(name: str) -> None:
    assert read(io.BytesIO(SOURCES[name])).runs


@pytest.mark.parametrize("name", SOURCES)
def test_a_damaged_file_is_accepted_or_refused_in_words(name: str) -> None:
    for number in range(EACH):
        assert answer_to(mutant(name, SOURCES[name], number)), number


def test_the_reading_child_survives_damaged_files_of_every_kind() -> None:
    for name, content in list(SOURCES.items())[::2]:
        outcome = limited.read_file(io.BytesIO(mutant(name, content, EACH)))

        assert outcome.outcome == "accepted" or (outcome.outcome == "rejected" and outcome.message), (name, outcome)


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_accepted_or_refused_in_words(content: bytes) -> None:
    assert answer_to(content)


@pytest.mark.parametrize(
    "row",
    [(10**400, 1, 1.0, 1.0, {}), (1, math.inf, 1.0, 1.0, {}), (1, 1, 10**5000, 1, {}), (1, 1, math.nan, 1.0, {})],
    ids=["too many calls", "infinite calls", "a time of thousands of digits", "no time"],
)
def test_a_profile_with_impossible_numbers_is_refused(row: tuple[Any, ...]) -> None:
    with pytest.raises(Rejected, match=r"number of hundreds of digits|not a measurement"):
        read(io.BytesIO(marshal.dumps({("app.py", 1, "view"): row})))


@pytest.mark.parametrize(("count", "taken"), [("1", "1e999"), ("1", "-1e999"), ("1e999", "5"), ("1", "1.2.3")])
def test_a_point_beyond_all_numbers_is_refused(count: str, taken: str) -> None:
    points = point("http_reqs", count, "/a") + point("http_req_duration", taken, "/a")

    with pytest.raises(Rejected, match="is no number"):
        read(io.BytesIO(points.encode()))


def point(metric: str, value: object, path: str, second: int = 0, status: str = "200") -> str:
    return (
        f'{{"metric":"{metric}","type":"Point","data":{{"time":"2026-03-02T09:00:{second:02d}.5Z","value":{value},'
        f'"tags":{{"method":"GET","name":"{path}","status":"{status}"}}}}}}\n'
    )


REQUEST = st.tuples(
    st.integers(0, 59),
    st.floats(0.001, 90_000),
    st.sampled_from(["/a", "/b", "/c}}"]),
    st.booleans(),
    st.integers(0, 4),
)


@given(st.lists(REQUEST, min_size=1, max_size=30))
@settings(max_examples=80, deadline=None)
def test_blocks_of_points_say_what_their_single_lines_say(requests: list[tuple[int, float, str, bool, int]]) -> None:
    lines = []
    for second, taken, path, failed, shape in requests:
        told = (path, second, "500" if failed else "200")
        one = [point("http_reqs", 1, *told), point("http_req_duration", taken, *told)]
        one += [point("http_req_blocked", 0.5, *told), point("http_req_failed", int(failed), *told)]
        lines += {1: one[::-1], 2: one[:1] + one[2:], 3: one[1:]}.get(shape, one)
    together = "".join(lines)
    older = "".join(line.replace('{"metric"', '{ "metric"') for line in lines)

    fast, slow = (read(io.BytesIO(text.encode())).to_json() for text in (together, older))

    assert said(fast) == said(slow)


def said(reading: dict[str, Any]) -> object:
    """Whatever the order of endpoints; sums of the same numbers in another order differ in their last digit."""
    for run in reading["runs"]:
        run["endpoints"].sort(key=lambda endpoint: endpoint["name"])
        run["errors"].sort(key=str)
    return json.loads(json.dumps(reading), parse_float=lambda text: float(f"{float(text):.9g}"))


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=60), st.integers(0, 60))
@settings(max_examples=80, deadline=None)
def test_latencies_counted_in_two_parts_are_ranked_as_one(values: list[float], cut: int) -> None:
    parts = Durations(), Durations()
    parts[0].add_all(values[:cut])
    parts[1].add_all(values[cut:])

    parts[0].merge(parts[1])

    ordered = sorted(values)
    for share in (0.5, 0.9, 0.95, 0.99):
        assert parts[0].percentiles(share) == [ordered[max(1, math.ceil(share * len(ordered) - 1e-9)) - 1]]
