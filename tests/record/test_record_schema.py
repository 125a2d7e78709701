import copy
import json
import math

import pytest

from evaluations.record.canonical import CannotBeCanonical, canonical_bytes, checksum
from evaluations.record.validation import (
    SCHEMA_FILE,
    InvalidBody,
    check_any_version,
    check_body,
    check_readable,
    json_schema,
)
from tests.record.bodies import body_of_version_2, decided_body, empty_body, grid_body, sample_body


@pytest.mark.parametrize("body", [empty_body(), sample_body(), decided_body(), grid_body(1, 5), grid_body(12, 60)])
def test_a_complete_body_is_accepted(body):
    check_body(body)

    assert json.loads(canonical_bytes(body)) == json.loads(json.dumps(body))


def test_the_published_schema_is_the_one_the_types_describe():
    published = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))

    assert published == json_schema(), "run python -m evaluations.record.validation"
    assert published["$defs"]["Ranked"]["required"] == ["best", "candidate", "expected", "rank", "worst"]


def broken(path: str, value: object) -> dict:
    body = copy.deepcopy(sample_body())
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    target = body
    for step in steps:
        target = target[step]
    target[last] = value
    return body


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("schema_version", 4, "body.schema_version must be one of 3"),
        ("schema_version", True, "body.schema_version must be one of 3"),
        ("revision", -1, "body.revision is below 0"),
        ("revision", True, "body.revision must be a JSON integer"),
        ("as_of", "2027-03-01 14:02", "body.as_of does not match"),
        ("as_of", "2027-03-01T14:02:00Z\n", "body.as_of does not match"),
        ("state", "final", "body.state must be one of draft"),
        ("cells/0/value", 5.1, "body.cells[0].value is above 5"),
        ("cells/0/low", None, "body.cells[0].low must be a JSON number"),
        ("cells/0/spread", math.nan, "body.cells[0].spread must be a JSON number"),
        ("cells/0/criterion", "C99", "body.cells[0].criterion names 'C99', which is not in the body"),
        ("ranking/0/candidate", "Other", "body.ranking[0].candidate names 'Other'"),
        ("decision/chosen", "Other", "body.decision.chosen names 'Other'"),
        ("verdict/leader", "Other", "body.verdict.leader names 'Other'"),
        ("requirements/0/criteria", ["C77"], "body.requirements[0].criteria names 'C77'"),
        ("must_haves/0/evidence", [44], "body.must_haves[0].evidence names evidence 44"),
        ("candidates/1/name", "FastAPI", "candidate FastAPI appears twice"),
        ("surprise", 1, "body.surprise is not part of its version"),
        ("runs/0/sha256", "abc", "body.runs[0].sha256 does not match"),
        ("readiness/answers/0/item", "O9", "body.readiness.answers[0].item names 'O9'"),
        ("ecosystem/packages/0/need", "N9", "body.ecosystem.packages[0].need names 'N9'"),
        ("decision/trade_offs/0/criterion", "C9", "body.decision.trade_offs[0].criterion names 'C9'"),
        ("criteria", {}, "body.criteria must be a JSON array"),
        ("verdict", [], "body.verdict must be a JSON object"),
    ],
)
def test_a_broken_body_is_refused_and_the_place_named(path, value, problem):
    with pytest.raises(InvalidBody) as refusal:
        check_body(broken(path, value))

    assert any(found.startswith(problem) for found in refusal.value.problems), refusal.value.problems


def test_a_record_of_an_older_version_is_checked_against_the_schema_of_its_time():
    check_any_version(empty_body(schema_version=1))

    with pytest.raises(InvalidBody, match=r"body\.revision is below 0"):
        check_any_version(empty_body(schema_version=1, revision=-1))
    with pytest.raises(InvalidBody, match=r"body\.schema_version must be one of 3"):
        check_any_version(empty_body(schema_version=4))
    with pytest.raises(InvalidBody, match=r"body\.schema_version must be one of 3"):
        check_body(empty_body(schema_version=1))


def test_a_record_of_version_2_is_whole_and_read_as_it_was_frozen():
    body = body_of_version_2()

    check_any_version(body)
    check_readable(body)

    with pytest.raises(InvalidBody, match="names 'Other'"):
        check_any_version(body | {"verdict": body["verdict"] | {"leader": "Other"}})
    with pytest.raises(InvalidBody, match=r"body\.runs\[0\]\.made is not part of its version"):
        check_readable(body | {"runs": sample_body()["runs"]})
    with pytest.raises(InvalidBody, match="only ever a draft's"):
        check_readable(empty_body(schema_version=1))


def test_every_missing_part_is_named():
    body = empty_body()
    del body["verdict"], body["cells"]

    with pytest.raises(InvalidBody) as refusal:
        check_body(body)

    assert refusal.value.problems == ["body.cells is missing", "body.verdict is missing"]


@pytest.mark.parametrize("body", [None, [], "text", 3])
def test_what_is_not_an_object_is_no_body(body):
    with pytest.raises(InvalidBody, match="body must be a JSON object"):
        check_body(body)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        # The examples of RFC 8785, appendix B, and their neighbours.
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (-5e-324, "-5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992.0, "9007199254740992"),
        (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (1e23, "1e+23"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (333333333.3333332, "333333333.3333332"),
        (-0.0000033333333333333333, "-0.0000033333333333333333"),
        (4.0, "4"),
        (4.1, "4.1"),
        (100.0, "100"),
    ],
)
def test_numbers_are_written_as_ecmascript_writes_them(value, written):
    assert canonical_bytes(value).decode() == written


def test_keys_are_sorted_by_utf16_code_units_and_text_is_escaped_no_more_than_needed():
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\xf6": '\x0f\n"\\/é'}

    written = canonical_bytes(value).decode()

    assert written == '{"\\r":2,"1":4,"\x80":6,"ö":"\\u000f\\n\\"\\\\/é","€":1,"😀":5,"\ufb33":3}'


def test_the_checksum_does_not_depend_on_order_or_on_the_way_through_json():
    body = sample_body()
    shuffled = json.loads(json.dumps(dict(reversed(body.items()))))

    assert checksum(shuffled) == checksum(body)
    assert checksum(body | {"revision": 129}) != checksum(body)


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53, {1: 2}, {"a": object()}, "\ud800", b"bytes"])
def test_what_json_cannot_carry_is_refused(value):
    with pytest.raises(CannotBeCanonical):
        canonical_bytes(value)
