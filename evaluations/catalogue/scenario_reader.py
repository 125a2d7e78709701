"""Puts a scenario together from its files and checks that every name in it leads somewhere."""

from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Protocol

from evaluations.catalogue.decoding import CatalogueError, decode
from evaluations.catalogue.reader import (
    HOME,
    check_known,
    check_unique,
    criteria,
    frameworks,
    label,
    metrics,
    phases,
    read_toml,
)
from evaluations.catalogue.scenario_entries import Scenario

SCENARIOS = HOME / "scenarios"
GUEST = "guest"
"""Who reviews without being a member; every scenario knows one."""


class Judged(Protocol):
    @property
    def candidate(self) -> str: ...


def read_scenario(path: Path) -> Scenario:
    """The scenario in `path`, with what lies in the folder of its name and in `shared` beside it.

    Lists are joined (shared first, files by name), anything else may stand in one file only. Raises CatalogueError.
    """
    parts = [*sorted((path.parent / "shared").glob("*.toml")), path, *sorted(path.with_suffix("").glob("*.toml"))]
    table: dict[str, object] = {}
    for part in parts:
        for key, value in read_toml(part).items():
            present = table.get(key)
            if present is None:
                table[key] = value
            elif isinstance(present, list) and isinstance(value, list):
                table[key] = [*present, *value]
            else:
                raise CatalogueError(label(part), key, "is already given in another file of this scenario")
    file = label(path)
    scenario = decode(Scenario, table, file=file)
    if scenario.key != path.stem:
        raise CatalogueError(file, "key", f"{scenario.key!r} is not the name of the file")
    _check_names(scenario, file)
    _check_people(scenario, file)
    _check_requirements(scenario, file)
    _check_weights(scenario, file)
    _check_complete(scenario, file)
    _check_measuring(scenario, file)
    return scenario


@cache
def scenarios() -> tuple[Scenario, ...]:
    """Every scenario that ships, by key."""
    return tuple(read_scenario(path) for path in sorted(SCENARIOS.glob("*.toml")))


def scenario(key: str) -> Scenario:
    """The scenario with this key; KeyError when there is none."""
    for entry in scenarios():
        if entry.key == key:
            return entry
    raise KeyError(key)


def _check_names(scenario: Scenario, file: str) -> None:
    candidates = [candidate.key for candidate in scenario.candidates]
    for keyed, key in (
        (scenario.candidates, "candidates"),
        (scenario.requirements, "requirements"),
        (scenario.needs, "needs"),
    ):
        check_unique(keyed, file, key)
    check_known(scenario.criteria, (criterion.key for criterion in criteria()), file, "criteria")
    check_known([scenario.ends_with], candidates, file, "ends_with")
    known_frameworks = [framework.key for framework in frameworks()]
    check_known((candidate.framework for candidate in scenario.candidates), known_frameworks, file, "candidates")
    rows: dict[str, Iterable[Judged]] = {
        "cells": scenario.cells,
        "verdicts": scenario.verdicts,
        "evidence": scenario.evidence,
        "result_files": scenario.result_files,
        "packages": scenario.packages,
        "exercise_answers": scenario.exercise_answers,
        "readiness_answers": scenario.readiness_answers,
        "failure_tests": scenario.failure_tests,
        "production_stories": scenario.production_stories,
    }
    for key, entries in rows.items():
        check_known((entry.candidate for entry in entries), candidates, file, f"{key}.candidate")
    for key, named in (("cells", scenario.cells), ("evidence", scenario.evidence)):
        check_known((entry.criterion for entry in named), scenario.criteria, file, f"{key}.criterion")
    for state in scenario.item_states:
        items = next(phase.items for phase in phases() if phase.key == state.phase)
        check_known([state.item], (item.key for item in items), file, f"item_states.{state.phase}")
    readiness = next(phase for phase in phases() if phase.key == "readiness")
    check_known(
        (answer.item for answer in scenario.readiness_answers),
        (item.key for item in readiness.items),
        file,
        "readiness_answers.item",
    )


def _check_people(scenario: Scenario, file: str) -> None:
    handles = [member.handle for member in scenario.team.members]
    _check_once(handles, file, "team.members")
    if sum(member.developer for member in scenario.team.members) != scenario.team.size:
        raise CatalogueError(file, "team.size", "is not the number of developers among the members")
    for cell in scenario.cells:
        check_known((*cell.ratings, *cell.reasons), handles, file, f"cells[{cell.criterion}/{cell.candidate}]")
    for key, named in (
        ("verdicts", scenario.verdicts),
        ("evidence", scenario.evidence),
        ("packages", scenario.packages),
        ("readiness_answers", scenario.readiness_answers),
        ("failure_tests", scenario.failure_tests),
        ("production_stories", scenario.production_stories),
        ("item_states", scenario.item_states),
    ):
        check_known((entry.by for entry in named), handles, file, f"{key}.by")
    check_known((one.by for one in scenario.signatures), (*handles, GUEST), file, "signatures.by")
    _check_once([one.phase for one in scenario.signatures], file, "signatures.phase")
    check_known((answer.member for answer in scenario.exercise_answers), handles, file, "exercise_answers.member")
    check_known((opinion.member for opinion in scenario.weight_opinions), handles, file, "weight_opinions.member")
    _check_once([opinion.member for opinion in scenario.weight_opinions], file, "weight_opinions.member")


def _check_requirements(scenario: Scenario, file: str) -> None:
    handles = [member.handle for member in scenario.team.members]
    for requirement in scenario.requirements:
        where = f"requirements[{requirement.key}]"
        check_known(requirement.criteria, scenario.criteria, file, f"{where}.criteria")
        check_known(requirement.votes, handles, file, f"{where}.votes")
        _check_once(requirement.votes, file, f"{where}.votes")
        if (requirement.quantity is None) != (requirement.unit is None):
            raise CatalogueError(file, where, "quantity and unit belong together")
        if requirement.top and not (requirement.criteria or requirement.must_have):
            raise CatalogueError(file, where, "a top requirement maps to a criterion or is a must-have")
    if sum(requirement.top for requirement in scenario.requirements) != 3:
        raise CatalogueError(file, "requirements", "exactly three are marked top")
    for handle, count in Counter(vote for row in scenario.requirements for vote in row.votes).items():
        if count > 3:
            raise CatalogueError(file, "requirements.votes", f"{handle} has more than three votes")


def _check_weights(scenario: Scenario, file: str) -> None:
    if set(scenario.agreed_weights) != set(scenario.criteria):
        raise CatalogueError(file, "agreed_weights", "must name each criterion of the scenario once")
    if abs(sum(scenario.agreed_weights.values()) - 100) > 1e-9 or min(scenario.agreed_weights.values()) < 0:
        raise CatalogueError(file, "agreed_weights", "must be percentages that sum to 100")
    for opinion in scenario.weight_opinions:
        where = f"weight_opinions[{opinion.member}]"
        named = opinion.order if opinion.points is None else tuple(opinion.points)
        if sorted(named) != sorted(scenario.criteria):
            raise CatalogueError(file, where, "must name each criterion of the scenario once")
        if opinion.points is None:
            continue
        if opinion.method == "swing" and max(opinion.points.values()) != 100:
            raise CatalogueError(file, where, "the best swing has 100 points")
        if opinion.method == "points" and sum(opinion.points.values()) != 100:
            raise CatalogueError(file, where, "points must sum to 100")


def _check_complete(scenario: Scenario, file: str) -> None:
    candidates = [candidate.key for candidate in scenario.candidates]
    must_haves = [requirement.key for requirement in scenario.requirements if requirement.must_have]
    cells = [(cell.criterion, cell.candidate) for cell in scenario.cells]
    verdicts = [(verdict.requirement, verdict.candidate) for verdict in scenario.verdicts]
    packages = [(package.need, package.candidate) for package in scenario.packages]
    _check_grid(scenario.criteria, candidates, cells, file, "cells")
    _check_grid(must_haves, candidates, verdicts, file, "verdicts")
    _check_grid([need.key for need in scenario.needs], candidates, packages, file, "packages")


def _check_measuring(scenario: Scenario, file: str) -> None:
    functions = {function.criterion for function in scenario.value_functions}
    check_known(scenario.measured, functions, file, "measured")
    check_known((function.criterion for function in scenario.value_functions), scenario.criteria, file, "measured")
    known = [metric.key for metric in metrics()]
    check_known((function.metric for function in scenario.value_functions), known, file, "value_functions.metric")
    check_known(scenario.decision.forecast, known, file, "decision.forecast")
    _check_once([result.name for result in scenario.result_files], file, "result_files.name")
    if abs(sum(endpoint.share for endpoint in scenario.workload.endpoints) - 100) > 1e-9:
        raise CatalogueError(file, "workload.endpoints", "shares must sum to 100")
    agreed = {(endpoint.method, endpoint.path) for endpoint in scenario.workload.endpoints}
    check_known(scenario.run_setup.drivers, (each.key for each in scenario.candidates), file, "run_setup.drivers")
    for result in scenario.result_files:
        if result.endpoints and {(endpoint.method, endpoint.name) for endpoint in result.endpoints} != agreed:
            raise CatalogueError(file, f"result_files[{result.name}]", "does not have the workload's endpoints")


def _check_grid(rows: Iterable[str], columns: Iterable[str], pairs: list[tuple[str, str]], file: str, key: str) -> None:
    columns = list(columns)
    wanted = {(row, column) for row in rows for column in columns}
    _check_once([f"{row}/{column}" for row, column in pairs], file, key)
    for row, column in sorted(wanted - set(pairs)):
        raise CatalogueError(file, key, f"{row}/{column} is missing")
    for row, column in sorted(set(pairs) - wanted):
        raise CatalogueError(file, key, f"{row}/{column} is not called for")


def _check_once(names: Iterable[str], file: str, key: str) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise CatalogueError(file, key, f"{name!r} is there {count} times")
