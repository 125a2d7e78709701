import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.readiness import kinds, placed_json, reading
from evaluations.readiness.models import FailureTest
from tests.readiness.readiness_facts import file_of, told_test


def faults_of(content):
    with pytest.raises(reading.Unreadable) as refusal:
        reading.read(content)
    return [str(fault) for fault in refusal.value.faults]


def plain(placed):
    if isinstance(placed.value, dict):
        return {key: plain(each) for key, each in placed.value.items()}
    if isinstance(placed.value, list):
        return [plain(each) for each in placed.value]
    return placed.value


def test_a_file_says_everything_a_test_can_say():
    told = told_test(
        "FastAPI",
        verdict="stuck",
        answers={"503": 12, "timeout": 3},
        first_success_s=None,
        not_back_after_s=45,
        lost_requests=2,
        remark="a restart was needed",
    )

    [test] = reading.read(file_of(told, host="4 cores", date="2026-02-20", provenance="kit 1.2"))

    assert (test.first_success_s, test.is_censored) == (45.0, True)
    assert test.answers == {"503": 12, "timeout": 3}
    assert (test.host, test.run_date.isoformat(), test.provenance) == ("4 cores", "2026-02-20", "kit 1.2")
    assert (test.lost_requests, test.remark) == (2, "a restart was needed")


def test_what_a_test_says_itself_stands_before_what_the_file_says_for_all():
    [test] = reading.read(file_of(told_test("FastAPI", host="the big one"), host="4 cores"))

    assert test.host == "the big one"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "Line 1: A value was expected"),
        (b"\xff\xfe", "The file: It is not UTF-8 text"),
        (b'{"a": 1,\n "a": 2}', "Line 2: “a” is there twice in one object"),
        (b'{"format": NaN}', "Line 1: A value was expected"),
        (b"{'format': 1}", "Line 1: A name in double quotes was expected"),
        (b'{"format": 1} x', "Line 1: There is more after the end"),
        (b"[" * 100_000, "Line 1: It is nested far deeper"),
        (b'{"version": ' + b"9" * 5000 + b"}", "Line 1: A number this long"),
        (b'{\n "format": "fwselect\n failure tests"}', "Line 2: Invalid control character"),
        (b"[1]", "Line 1: An object with"),
        (b"{}", "Line 1, format: This must be “fwselect failure tests”."),
        (b'{"format": "fwselect failure tests", "version": true, "tests": [1]}', "Line 1, version: This must be 1."),
        (b'{"format": "fwselect failure tests", "version": 1, "tests": []}', "Line 1, tests: A list of one or more"),
    ],
)
def test_what_is_no_such_file_is_refused_with_its_line(content, fault):
    found = faults_of(content)

    assert found[0].startswith(fault)


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        ({"kind": "earthquake"}, "tests[0].kind: One of: database_refused"),
        ({"verdict": "fine"}, "tests[0].verdict: One of: recovered"),
        ({"candidate": " "}, "tests[0].candidate: This is empty."),
        ({"candidate": 7}, "tests[0].candidate: Text in quotes"),
        ({"answers": [503]}, "tests[0].answers: An object was expected"),
        ({"answers": {"999": 1}}, "tests[0].answers.999: Answers are counted by status"),
        ({"answers": {"503": -1}}, "tests[0].answers.503: A whole number"),
        ({"answers": {"503": 1.5}}, "tests[0].answers.503: A whole number"),
        ({"first_success_s": "2"}, "tests[0].first_success_s: A number from 0"),
        ({"first_success_s": -1}, "tests[0].first_success_s: A number from 0"),
        ({"first_success_s": True}, "tests[0].first_success_s: A number from 0"),
        ({"not_back_after_s": 45}, "tests[0].not_back_after_s: Give first_success_s or not_back_after_s"),
        ({"first_success_s": None}, "tests[0].first_success_s: Say after how many seconds"),
        ({"first_success_s": None, "not_back_after_s": 45}, "tests[0].not_back_after_s: Recovered means"),
        ({"verdict": "hung"}, "tests[0].not_back_after_s: Stuck or hung means"),
        ({"lost_requests": 10**13}, "tests[0].lost_requests: A whole number"),
        ({"figure": 3}, "tests[0].figure: This kind of test has no figure"),
        ({"date": "2026-02-31"}, "tests[0].date: A day like"),
        ({"date": "20260220"}, "tests[0].date: A day like"),
        ({"remark": "x" * 2001}, "tests[0].remark: At most 2000 characters."),
        ({"host": "a\x00b"}, "tests[0].host: It holds a character that can't be shown."),
        ({"recovered": True}, "tests[0].recovered: Nothing of this name is read."),
    ],
)
def test_a_fault_names_its_field(facts, fault):
    found = faults_of(file_of(told_test("FastAPI", **facts)))

    assert found[0].startswith(f"Line 1, {fault}")


def test_every_fault_is_told_in_the_order_of_the_file_up_to_twenty():
    bad = [told_test("FastAPI", kind="earthquake") for _ in range(30)]

    found = faults_of(file_of(*bad, indent=1))

    lines = [int(fault.split(",")[0].removeprefix("Line ")) for fault in found]
    assert len(found) == reading.MOST_FAULTS
    assert lines == sorted(lines) and len(set(lines)) == len(lines)


def test_more_tests_than_are_read_at_once_are_refused():
    [fault] = faults_of(file_of(*[told_test("A")] * (reading.MOST_TESTS + 1)))

    assert "at most 500 are read at once" in fault


def test_a_file_over_the_cap_is_refused():
    [fault] = faults_of(b" " * (reading.LARGEST_FILE + 1))

    assert "at most 262144 are read" in fault


def test_the_kinds_and_verdicts_of_the_file_are_those_that_are_stored():
    assert set(reading.KINDS) == set(FailureTest.Kind.values)
    assert set(reading.VERDICTS) == set(FailureTest.Verdict.values)


def test_the_published_schema_says_what_is_read():
    schema = json.loads(reading.json_schema())
    test = schema["$defs"]["test"]

    assert tuple(schema["properties"]) == reading.TOP and schema["additionalProperties"] is False
    assert set(test["properties"]) == set(reading.FIELDS) and test["additionalProperties"] is False
    assert tuple(test["required"]) == reading.NEEDED
    assert set(test["properties"]["kind"]["enum"]) == set(reading.KINDS)
    assert set(test["properties"]["verdict"]["enum"]) == set(reading.VERDICTS)
    assert schema["properties"]["format"]["const"] == reading.FORMAT
    assert schema["properties"]["version"]["const"] == reading.VERSION
    assert schema["properties"]["tests"]["maxItems"] == reading.MOST_TESTS
    assert test["properties"]["answers"]["maxProperties"] == kinds.MOST_ANSWER_KINDS
    assert test["properties"]["lost_requests"]["maximum"] == kinds.LARGEST_COUNT
    assert test["properties"]["figure"]["maximum"] == kinds.LARGEST_FIGURE


def test_the_example_in_the_documentation_is_read_as_it_stands():
    page = (Path(__file__).parents[2] / "docs" / "failure-tests.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```json\n(.*?)```", page, re.DOTALL)

    tests = reading.read(example.encode())

    assert {test.kind for test in tests} == set(reading.KINDS)


def test_the_documentation_names_every_field_and_kind():
    page = (Path(__file__).parents[2] / "docs" / "failure-tests.md").read_text(encoding="utf-8")

    missing = [word for word in (*reading.FIELDS, *reading.KINDS, *reading.VERDICTS) if f"`{word}`" not in page]

    assert missing == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9) | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=12,
    ),
    st.sampled_from([None, 1]),
)
@settings(max_examples=200, deadline=None)
def test_json_is_read_as_the_standard_library_reads_it(value, indent):
    text = json.dumps(value, indent=indent)

    found = plain(placed_json.parse(text))

    assert found == json.loads(text)


@given(st.text(alphabet='{}[]",:0123456789.eE+-truefalsn \n\\', max_size=60))
@settings(max_examples=500, deadline=None)
def test_what_is_not_json_is_never_taken_for_it(text):
    def by_the_library():
        return json.loads(text, object_pairs_hook=refuse_doubled)

    def refuse_doubled(pairs):
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    try:
        found = plain(placed_json.parse(text))
    except placed_json.NotJson as refusal:
        assert 1 <= refusal.line <= text.count("\n") + 1
    else:
        assert found == by_the_library()
