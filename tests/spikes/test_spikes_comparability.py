"""The guard: each rule speaks where it should and keeps quiet where it should."""

from dataclasses import replace
from pathlib import Path

import pytest

from evaluations.spikes.comparability import LIMITS, RULES, Level, Told, alone, between, largest_group, level_of, pair

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "comparability.md").read_text(encoding="utf-8")
RUN = Told(
    run=1,
    candidate=1,
    name="FastAPI, run 1",
    digest="a" * 64,
    host="bench-1",
    processors=4,
    workers=4,
    driver="asyncpg",
    client="load-1",
    tool="wrk 4.2",
    users=50,
    warm_up_s=30,
    busy=40,
    duration_s=120,
    requests=60_000,
    failures=10,
    rate=500,
    mean_ms=100,
    max_ms=400,
    repeats=3,
)


def test_two_runs_that_differ_in_nothing_are_comparable():
    findings = pair(RUN, replace(RUN, run=2, candidate=2, name="Django, run 2"))

    assert findings == []
    assert level_of(findings) is Level.COMPARABLE


@pytest.mark.parametrize(
    ("change", "rule", "level"),
    [
        ({"digest": "b" * 64}, "workload", Level.NOT_COMPARABLE),
        ({"host": "laptop"}, "host", Level.NOT_COMPARABLE),
        ({"host": ""}, "host", Level.WITH_CARE),
        ({"processors": 8}, "processors", Level.NOT_COMPARABLE),
        ({"loop": "open"}, "loop", Level.NOT_COMPARABLE),
        ({"workers": 2}, "workers", Level.WITH_CARE),
        ({"driver": "psycopg"}, "driver", Level.WITH_CARE),
        ({"client": "laptop"}, "client", Level.WITH_CARE),
        ({"tool": "hey"}, "tool", Level.WITH_CARE),
        ({"warm_up_s": 0}, "warm_up", Level.WITH_CARE),
    ],
)
def test_what_differs_between_two_runs_is_said(change, rule, level):
    findings = between(RUN, replace(RUN, **change))

    assert [(finding.rule, finding.level) for finding in findings] == [(rule, level)]


@pytest.mark.parametrize("change", [{"processors": None}, {"digest": ""}, {"workers": None}, {"tool": ""}])
def test_what_nobody_said_contradicts_nothing(change):
    assert between(RUN, replace(RUN, **change)) == []


@pytest.mark.parametrize(
    ("change", "rule", "level"),
    [
        ({"duration_s": 30.0, "max_ms": 200}, "short", Level.WITH_CARE),
        ({"requests": 900, "failures": 0}, "short", Level.WITH_CARE),
        ({"requests": 90, "duration_s": 0.5, "failures": 0, "max_ms": 2}, "short", Level.NOT_COMPARABLE),
        ({"repeats": 2}, "repeats", Level.WITH_CARE),
        ({"rate": 350}, "little", Level.WITH_CARE),
        ({"rate": 200}, "little", Level.NOT_COMPARABLE),
        ({"tool": "Locust", "rate": 1200}, "little", Level.NOT_COMPARABLE),
        ({"max_ms": 5000}, "omission", Level.WITH_CARE),
        ({"busy": 75}, "generator", Level.WITH_CARE),
        ({"busy": 95}, "generator", Level.NOT_COMPARABLE),
        ({"failures": 1200}, "errors", Level.WITH_CARE),
        ({"failures": 12_000}, "errors", Level.NOT_COMPARABLE),
    ],
)
def test_what_speaks_against_a_run_by_itself_is_said(change, rule, level):
    findings = alone(replace(RUN, **change))

    assert [(finding.rule, finding.level) for finding in findings] == [(rule, level)]
    assert all(finding.says.endswith(".") for finding in findings)


@pytest.mark.parametrize(
    "quiet",
    [
        {"tool": "Locust", "rate": 50},
        {"tool": "vegeta", "rate": 50, "max_ms": 60_000},
        {"mean_ms": 0.02},
        {"users": None, "rate": 1},
    ],
    ids=["users who pause", "an open loop", "a mean that is rounded away", "nobody said how many users"],
)
def test_a_rule_keeps_quiet_where_it_has_nothing_to_go_by(quiet):
    assert alone(replace(RUN, **quiet)) == []


def test_failures_spoil_the_latency_but_not_the_error_rate():
    failing = replace(RUN, failures=30_000)

    assert level_of(alone(failing, "latency_p95_ms")) is Level.NOT_COMPARABLE
    assert alone(failing, "error_rate") == []


def test_the_largest_group_covers_most_candidates_and_says_why_the_rest_is_out():
    runs = [
        replace(RUN, run=1, candidate=1),
        replace(RUN, run=2, candidate=2),
        replace(RUN, run=3, candidate=1, host="laptop"),
        replace(RUN, run=4, candidate=1, host="laptop"),
        replace(RUN, run=5, candidate=1, host="laptop"),
        replace(RUN, run=6, candidate=2, host=""),
    ]

    choice = largest_group(runs)

    # Both hosts cover both candidates through run 6, which may be of either; more runs decide.
    assert [run.run for run in choice.kept] == [3, 4, 5, 6]
    assert choice.left_out == {1: ["Two hosts: bench-1 and laptop."], 2: ["Two hosts: bench-1 and laptop."]}


def test_candidates_count_more_than_runs():
    runs = [replace(RUN, run=number, candidate=1, host="laptop") for number in (1, 2, 3)]
    runs += [replace(RUN, run=4, candidate=1), replace(RUN, run=5, candidate=2)]

    assert [run.run for run in largest_group(runs).kept] == [4, 5]


def test_a_leads_override_lets_a_run_count_whatever_speaks_against_it():
    runs = [replace(RUN, run=1), replace(RUN, run=2, candidate=2, busy=99, host="laptop", despite="Known, accepted")]

    choice = largest_group(runs)

    assert [run.run for run in choice.kept] == [1, 2]
    assert choice.left_out == {}


def test_no_runs_make_no_group():
    assert largest_group([]).kept == []


def test_the_document_prints_every_limit_and_every_rule_as_the_code_has_them():
    for name, limit in LIMITS.items():
        assert f"| `{name}` | {limit.value:g} {limit.unit} | {limit.says} |" in DOCUMENT
    for rule, says in RULES.items():
        assert f"| {rule.replace('_', ' ')} | {says} |" in DOCUMENT
