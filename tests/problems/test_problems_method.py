"""docs/method.md says what the code does: its example is recomputed, its names and constants are looked up."""

import importlib
import json
import re
from pathlib import Path

import pytest

from evaluations.problems.calculate import calculate
from evaluations.problems.schema import problem_from_text

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "method.md").read_text(encoding="utf-8")
PROBLEM = re.search(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)[1]
ROW = re.compile(r"^\| `([\w.]+)` \| (.*) \| (.*) \|$", re.MULTILINE)
EXAMPLE = ROW.findall(DOCUMENT.partition("## A worked example")[2])
CHOICES = ROW.findall(DOCUMENT.partition("## Choices")[2].partition("## A worked example")[0])
NAMES = sorted(set(re.findall(r"`([a-z_]+\.[a-z_]+)`", DOCUMENT.partition("## Choices")[0])))


@pytest.fixture(scope="module")
def answer():
    return calculate(problem_from_text(PROBLEM))


def found_at(path, value):
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


@pytest.mark.parametrize(("path", "value"), [(path, value) for path, _, value in EXAMPLE])
def test_each_step_of_the_worked_example_is_what_calculate_gives(answer, path, value):
    found = found_at(path, answer)

    if value.startswith("drawn "):
        assert found == pytest.approx(float(value.removeprefix("drawn ")), abs=0.015)
    elif re.fullmatch(r"-?\d+\.\d{4}", value):
        assert f"{found:.4f}" == value
    else:
        assert found == json.loads(value)


def test_the_document_has_its_example_and_its_tables():
    assert len(EXAMPLE) > 25
    assert len(CHOICES) >= 10
    assert len(NAMES) > 25


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, value, _ in CHOICES])
def test_each_choice_has_the_value_that_the_code_has(name, value):
    module, _, constant = name.rpartition(".")

    assert getattr(importlib.import_module(module), constant) == json.loads(value)


@pytest.mark.parametrize("name", NAMES)
def test_each_place_named_in_the_code_is_there(name):
    module, _, function = name.partition(".")

    assert callable(getattr(importlib.import_module(f"evaluations.analysis.{module}"), function))
