"""The problem file: what it may hold, and that a refusal names row, column and value."""

import copy
import json
from pathlib import Path

import pytest

from evaluations.problems import schema, shape
from evaluations.problems.schema import problem_from, problem_from_text

GOOD = {
    "problem": 1,
    "candidates": ["FastAPI", "Django"],
    "criteria": [
        {
            "name": "Latency",
            "hours": 4,
            "value_function": {"unit": "ms", "points": [[50, 5], [150, 3], [250, 1]]},
        },
        {"name": "Learning"},
        {"name": "Lock-in", "direction": "min"},
    ],
    "weights": {"fixed": {"Latency": 50, "Learning": 30, "Lock-in": 20}},
    "ratings": {
        "FastAPI": {
            "Latency": {"runs": [98, 104, 101]},
            "Learning": {"members": {"Ana": 4, "Ben": None}},
            "Lock-in": 2,
        },
        "Django": {"Latency": {"low": 140, "high": 180}, "Learning": {"mean": 4, "deviation": 0.5}, "Lock-in": None},
    },
}


def changed(*path, to):
    """GOOD with the value at `path` replaced."""
    found = copy.deepcopy(GOOD)
    place = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return found


def cell(rating, criterion="Learning", candidate="FastAPI"):
    problem = problem_from(changed("ratings", candidate, criterion, to=rating))
    column = [each.name for each in problem.criteria].index(criterion)
    return problem.ratings[problem.candidates.index(candidate)][column]


@pytest.mark.parametrize(
    ("rating", "kind", "low", "mean", "high"),
    [
        (4, "point", 4, 4, 4),
        ({"value": 4}, "point", 4, 4, 4),
        ({"low": 2, "high": 5}, "interval", 2, 3.5, 5),
        ({"members": [2, 4]}, "discrete", 2, 3, 4),
        ({"members": {"Ana": 2, "Ben": 4}}, "discrete", 2, 3, 4),
        ({"members": [5, None]}, "members", 1, 4, 5),
        ({"members": [None, None]}, "unknown", 1, 3, 5),
        ({"mean": 3, "deviation": 0}, "point", 3, 3, 3),
        ({"unknown": True}, "unknown", 1, 3, 5),
        (None, "unknown", 1, 3, 5),
    ],
)
def test_each_form_of_a_rating_is_the_distribution_it_says(rating, kind, low, mean, high):
    found = cell(rating).cell

    assert (found.kind, found.low, found.high) == (kind, low, high)
    assert found.mean == pytest.approx(mean)


@pytest.mark.parametrize(
    ("rating", "kind", "low", "mean", "high", "metric"),
    [
        (100, "point", 4, 4, 4, 100),
        (20, "point", 5, 5, 5, 20),
        ({"low": 100, "high": 200}, "interval", 2, 3, 4, 150),
        ({"members": [100, 200]}, "discrete", 2, 3, 4, 150),
        ({"value": 2, "scale": "score"}, "point", 2, 2, 2, None),
    ],
)
def test_with_a_value_function_numbers_are_in_its_unit(rating, kind, low, mean, high, metric):
    found = cell(rating, "Latency")

    assert (found.cell.kind, found.cell.low, found.cell.high, found.metric) == (kind, low, high, metric)
    assert found.cell.mean == pytest.approx(mean)


def test_each_run_goes_through_the_value_function_by_itself():
    found = cell({"runs": [100, 150, 200]}, "Latency").cell

    assert (found.centre, found.spread) == (3.0, 1.0)


def test_a_metrics_deviation_is_half_the_way_between_the_scores_one_deviation_off():
    found = cell({"mean": 150, "deviation": 25}, "Latency").cell

    assert (found.centre, found.spread) == (3.0, 0.5)


def test_a_range_takes_the_turn_of_its_value_function_along():
    peak = changed("criteria", 0, "value_function", "points", to=[[0, 1], [100, 5], [200, 1]])
    peak["ratings"]["FastAPI"]["Latency"] = {"low": 50, "high": 150}

    found = problem_from(peak).ratings[0][0].cell

    assert (found.low, found.high) == (3, 5)


def test_where_less_is_better_on_the_plain_scale_a_two_counts_as_a_four():
    assert cell(2, "Lock-in").cell.mean == 4
    assert cell({"low": 1, "high": 2}, "Lock-in").cell.low == 4
    assert cell({"members": {"Ana": 1}}, "Lock-in").answers == {"Ana": 5}


def test_a_cell_left_out_is_unknown():
    found = copy.deepcopy(GOOD)
    del found["ratings"]["Django"]

    assert {each.cell.kind for each in problem_from(found).ratings[1]} == {"unknown"}


@pytest.mark.parametrize(
    ("weights", "used"),
    [
        ({"fixed": {"Latency": 50, "Learning": 30, "Lock-in": 20}}, [0.5, 0.3, 0.2]),
        ({"fixed": {"Learning": 3}}, [0, 1, 0]),
        ({"order": ["Lock-in", "Latency", "Learning"]}, [5 / 18, 2 / 18, 11 / 18]),
        ({"uniform": True}, [1 / 3, 1 / 3, 1 / 3]),
        ({"members": {"Ana": {"Latency": 9}, "Ben": {"Learning": 1, "Lock-in": 1}}}, [0.5, 0.25, 0.25]),
    ],
)
def test_totals_take_the_mean_of_the_weights_that_the_problem_allows(weights, used):
    problem = problem_from(changed("weights", to=weights))

    assert problem.weights.used == pytest.approx(used)


@pytest.mark.parametrize(
    ("path", "to", "said"),
    [
        (("ratings", "FastAPI", "Learning"), 7, "ratings, row 'FastAPI', column 'Learning': 7 lies outside the scale"),
        (("ratings", "FastAPI", "Learning"), "4", "ratings, row 'FastAPI', column 'Learning': \"4\" is not a number"),
        (("ratings", "FastAPI", "Learning"), True, "row 'FastAPI', column 'Learning': true is not a number"),
        (("ratings", "FastAPI", "Learning"), {"low": 4, "high": 2}, "column 'Learning': low, 4, lies above high, 2"),
        (("ratings", "FastAPI", "Learning"), {"low": 4}, "row 'FastAPI', column 'Learning': {\"low\": 4} is not a"),
        (("ratings", "FastAPI", "Learning"), {"members": [3, 9]}, "row 'FastAPI', column 'Learning': 9 lies outside"),
        (("ratings", "FastAPI", "Learning"), {"members": []}, "column 'Learning', members: 0 given where at least 1"),
        (
            ("ratings", "FastAPI", "Learning"),
            {"mean": 3, "deviation": -1},
            "column 'Learning', deviation: -1 lies below",
        ),
        (("ratings", "FastAPI", "Learning"), {"value": 3, "typo": 1}, "column 'Learning': 'typo' is unknown"),
        (
            ("ratings", "FastAPI", "Learning"),
            {"value": 3, "scale": "metric"},
            "scale: 'metric' where the criterion has",
        ),
        (("ratings", "FastAPI", "Learning"), {"value": 3, "answers": {"Ana": 6}}, "answers, Ana: 6 lies outside 1..5"),
        (("ratings", "FastAPI", "Latency"), float("inf"), "row 'FastAPI', column 'Latency': Infinity is not a number"),
        (("ratings", "FastAPI", "Latency"), 10**400, "row 'FastAPI', column 'Latency': 1000"),
        (("ratings", "Flask"), {}, "ratings, row: 'Flask' is not one of the candidates"),
        (("ratings", "Django", "Speed"), 3, "ratings, row 'Django', column: 'Speed' is not one of the criteria"),
        (("candidates",), [], "candidates: 0 given where at least 1"),
        (("candidates",), ["A", "A"], 'candidates: "A" is there twice'),
        (("candidates",), "Django", 'candidates: "Django" is not a list'),
        (("criteria", 1, "name"), "Latency", "criteria, row 1: 'Latency' is there twice"),
        (("criteria", 1, "name"), "", 'criteria, row 1, name: "" is empty'),
        (("criteria", 1, "hours"), 0, "criteria, row 1, hours: 0 is not above 0"),
        (("criteria", 2, "direction"), "down", 'direction: "down" is not one of "max", "min"'),
        (("criteria", 0, "direction"), "max", "'Latency', direction: 'max' where the value function says 'min'"),
        (("criteria", 0, "value_function", "points"), [[1, 2]], "1 given where at least 2"),
        (("criteria", 0, "value_function", "points"), [[1, 2, 3], [2, 3]], "points, row 0: 3 given where 2"),
        (("criteria", 0, "value_function", "points"), [[1, 2], [1, 3]], "row 1, column 0: 1 does not lie above"),
        (("criteria", 0, "value_function", "points"), [[1, 2], [2, 9]], "points, row 1, column 1: 9 lies outside"),
        (("weights",), {}, "weights: {} is not one of fixed, order, uniform and members"),
        (("weights",), {"fixed": {"Latency": -1}}, "weights, fixed, 'Latency': -1 lies below 0"),
        (("weights",), {"fixed": {"Latency": 0}}, "weights, fixed: their sum is 0"),
        (("weights",), {"fixed": {"Speed": 1}}, "weights, fixed: 'Speed' is not one of the criteria"),
        (("weights",), {"order": ["Latency", "Learning"]}, "weights, order: 'Lock-in' is missing"),
        (("weights",), {"members": {"Ana": {"Latency": 0}}}, "weights, members, 'Ana': their sum is 0"),
        (("opinions",), {"Ana": {"Speed": 1}}, "opinions, 'Ana': 'Speed' is not one of the criteria"),
        (("must_haves",), [{"statement": "x", "verdicts": {"Flask": "met"}}], "row 0, verdicts: 'Flask' is not one"),
        (("must_haves",), [{"statement": "x", "verdicts": {"Django": "no"}}], 'verdicts, Django: "no" is not one of'),
        (("problem",), 2, "problem: 2 is not 1"),
        (("problem",), True, "problem: true is not 1"),
        (("draws",), 0, "draws: 0 lies outside 1..1000000"),
        (("seed",), 1.5, "seed: 1.5 is not a whole number"),
        (("extra",), 1, "the problem: 'extra' is unknown"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place_and_value(path, to, said):
    with pytest.raises(ValueError) as refusal:
        problem_from(changed(*path, to=to))

    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 1, column 2: Expecting property name"),
        ("[]", "the problem: [] is not an object"),
        ("{}", "the problem: 'problem' is missing"),
        ('{"problem": 1, "problem": 1}', "'problem' is there twice in one object"),
        ('{"problem": NaN}', "NaN is not a finite number"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_text_that_is_no_problem_is_refused(text, said):
    with pytest.raises(ValueError) as refusal:
        problem_from_text(text)

    assert said in str(refusal.value)


def test_the_schema_uses_only_what_the_check_understands():
    understood = {
        *("$schema", "$ref", "$defs", "title", "description", "type", "enum", "anyOf", "properties", "required"),
        *("additionalProperties", "minProperties", "items", "minItems", "maxItems", "uniqueItems"),
        *("minimum", "maximum", "exclusiveMinimum", "minLength"),
    }

    def words(rule):
        for word, told in rule.items():
            yield word
            if word in ("properties", "$defs"):
                for each in told.values():
                    yield from words(each)
            for each in (
                told if word == "anyOf" else [told] if word in ("items", "additionalProperties") and told else []
            ):
                yield from words(each)

    published = json.loads(Path(schema.SCHEMA_FILE).read_text())

    assert set(words(published)) <= understood
    assert set(shape.TYPE_WORDS) >= {"object", "array", "string", "number", "integer", "null"}
