import csv
import io
import json
import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest

from evaluations import catalogue
from evaluations.analysis import ranking, values, weights
from evaluations.catalogue import example_results
from evaluations.catalogue.decoding import CatalogueError
from evaluations.catalogue.scenario_entries import Scenario
from evaluations.catalogue.scenario_reader import SCENARIOS, read_scenario

BOTH = ("logistics", "publishing")
PAIRS = [("logistics", "publishing"), ("publishing", "logistics")]
UNKNOWN = 3.0


def candidates(scenario: Scenario) -> list[str]:
    return [candidate.key for candidate in scenario.candidates]


@cache
def rendered(key: str, name: str) -> bytes:
    return example_results.render(next(one for one in catalogue.scenario(key).result_files if one.name == name))


def figures(scenario: Scenario, metric: str, candidate: str) -> list[float]:
    """What the story's own files, times, packages and tests say of one candidate; a censored time is left out."""
    files = [one for one in scenario.result_files if one.candidate == candidate]
    if metric == "latency_p95_ms":
        name = next(one.name for one in files if one.tool == "locust-stats-csv")
        rows = csv.DictReader(io.StringIO(rendered(scenario.key, name).decode(), newline=""))
        return [float(list(rows)[-1]["95%"])]
    if metric == "websocket_connections":
        return [held_of(json.loads(rendered(scenario.key, one.name))) for one in files if one.sockets]
    if metric == "learning_minutes":
        return [median(one.minutes for one in scenario.exercise_answers if one.candidate == candidate)]
    if metric == "needs_covered_share":
        words = [one.verdict for one in scenario.packages if one.candidate == candidate]
        return [sum(word in ("good", "acceptable") for word in words) / len(words)]
    if metric == "readiness_share":
        answers = [one.answer for one in scenario.readiness_answers if one.candidate == candidate]
        known = [{"yes": 1.0, "partly": 0.5, "no": 0.0}[answer] for answer in answers if answer != "unknown"]
        return [sum(known) / len(known)]
    assert metric == "recovery_s"
    tests = [one for one in scenario.failure_tests if one.candidate == candidate]
    return [one.first_success_s for one in tests if one.first_success_s is not None]


def held_of(summary: dict[str, Any]) -> float:
    metrics = summary["metrics"]
    each_s = metrics["ws_session_duration"]["values"]["avg"] / 1000
    return metrics["ws_sessions"]["values"]["count"] * each_s / (summary["state"]["testRunDurationMs"] / 1000)


def scores(scenario: Scenario, criteria: Iterable[str], measured: bool) -> np.ndarray:
    functions = {function.criterion: function for function in scenario.value_functions}

    def score(criterion: str, candidate: str) -> float:
        if measured and criterion in scenario.measured:
            function = functions[criterion]
            found = figures(scenario, function.metric, candidate)
            return float(np.mean(values.piecewise_linear(list(function.points), np.array(found))))
        judged = scenario.cell(criterion, candidate).score()
        return UNKNOWN if judged is None else judged

    return np.array([[score(criterion, candidate) for criterion in criteria] for candidate in candidates(scenario)])


def totals(rated: Scenario, weighed: Scenario, *, measured: bool = True, must_haves: bool = True) -> dict[str, float]:
    """Totals of `rated` under weights and must-haves of `weighed`, without the candidates that fail one."""
    shares = list(weighed.agreed_weights.values())
    sums = ranking.weighted_sum((scores(rated, weighed.agreed_weights, measured) - 1) / 4, shares)
    out = {verdict.candidate for verdict in weighed.verdicts if must_haves and verdict.verdict == "not_met"}
    return {
        candidate: 1 + 4 * float(total)
        for candidate, total in zip(candidates(rated), sums, strict=True)
        if candidate not in out
    }


def first(found: dict[str, float]) -> str:
    return max(found, key=lambda candidate: found[candidate])


@pytest.mark.parametrize("key", BOTH)
@pytest.mark.parametrize("measured", [True, False])
@pytest.mark.parametrize("must_haves", [True, False])
def test_each_example_ends_as_its_story_does(key: str, measured: bool, must_haves: bool) -> None:
    scenario = catalogue.scenario(key)

    found = totals(scenario, scenario, measured=measured, must_haves=must_haves)

    assert first(found) == scenario.ends_with
    assert scenario.ends_with == {"logistics": "fastapi", "publishing": "django"}[key]


@pytest.mark.parametrize(("rated", "weighed"), PAIRS)
@pytest.mark.parametrize("measured", [True, False])
@pytest.mark.parametrize("must_haves", [True, False])
def test_exchanged_weights_and_must_haves_exchange_the_winners(
    rated: str, weighed: str, measured: bool, must_haves: bool
) -> None:
    other = catalogue.scenario(weighed)

    found = totals(catalogue.scenario(rated), other, measured=measured, must_haves=must_haves)

    assert first(found) == other.ends_with


@pytest.mark.parametrize(("rated", "weighed"), [*PAIRS, ("logistics", "logistics"), ("publishing", "publishing")])
def test_the_winner_is_first_by_a_clear_margin_with_everybody_in(rated: str, weighed: str) -> None:
    found = sorted(totals(catalogue.scenario(rated), catalogue.scenario(weighed), must_haves=False).values())

    assert found[-1] - found[-2] > 0.25


@pytest.mark.parametrize("key", BOTH)
def test_each_member_alone_would_choose_the_same(key: str) -> None:
    scenario = catalogue.scenario(key)
    table = (scores(scenario, scenario.criteria, True) - 1) / 4
    centroid = weights.rank_order_centroid(len(scenario.criteria))

    for opinion in scenario.weight_opinions:
        shares = [
            opinion.points[criterion] if opinion.points else centroid[opinion.order.index(criterion)]
            for criterion in scenario.criteria
        ]
        sums = ranking.weighted_sum(table, shares)

        assert candidates(scenario)[int(np.argmax(sums))] == scenario.ends_with, opinion.member


def test_a_must_have_takes_out_another_candidate_in_each_example() -> None:
    out = {
        key: {verdict.candidate for verdict in catalogue.scenario(key).verdicts if verdict.verdict == "not_met"}
        for key in BOTH
    }

    assert out == {"logistics": {"flask"}, "publishing": {"fastapi", "litestar"}}


def test_no_must_have_is_left_unproven() -> None:
    verdicts = {verdict.verdict for key in BOTH for verdict in catalogue.scenario(key).verdicts}

    assert verdicts == {"met", "not_met"}


def test_both_examples_share_their_candidates() -> None:
    logistics, publishing = map(catalogue.scenario, BOTH)

    assert logistics.candidates == publishing.candidates
    assert {"fastapi", "django", "litestar", "flask"} <= set(candidates(logistics))


def test_ratings_that_do_not_depend_on_the_team_are_the_same_in_both() -> None:
    logistics, publishing = map(catalogue.scenario, BOTH)
    shared = set(logistics.criteria) & set(publishing.criteria)
    independent = {key for key in shared if not catalogue.criterion(key).depends_on_team}

    assert len(independent) >= 8
    for criterion in independent:
        for candidate in candidates(logistics):
            assert logistics.cell(criterion, candidate) == publishing.cell(criterion, candidate)


def test_ratings_that_depend_on_the_team_differ() -> None:
    logistics, publishing = map(catalogue.scenario, BOTH)

    assert logistics.cell("learning-curve", "fastapi").score() == pytest.approx(23 / 6)
    assert publishing.cell("learning-curve", "fastapi").score() == pytest.approx(11 / 4)


@pytest.mark.parametrize("key", BOTH)
def test_an_example_fits_a_workshop_of_two_hours(key: str) -> None:
    scenario = catalogue.scenario(key)

    assert len(scenario.criteria) <= 10
    assert 3 <= len(scenario.candidates) <= 4


@pytest.mark.parametrize("key", BOTH)
def test_the_top_three_have_the_most_votes(key: str) -> None:
    requirements = catalogue.scenario(key).requirements
    votes = sorted((len(requirement.votes) for requirement in requirements), reverse=True)

    for requirement in requirements:
        assert requirement.top == (len(requirement.votes) >= votes[2]), requirement.key


@pytest.mark.parametrize("key", BOTH)
def test_every_one_and_five_has_a_reason(key: str) -> None:
    for cell in catalogue.scenario(key).cells:
        for member, rating in cell.ratings.items():
            assert rating not in (1, 5) or cell.reason_of(member), (cell.criterion, cell.candidate, member)


@pytest.mark.parametrize("key", BOTH)
def test_an_example_knows_what_it_does_not_know(key: str) -> None:
    cells = catalogue.scenario(key).cells

    assert any("dont-know" in cell.ratings.values() for cell in cells)
    assert any(cell.score() is None for cell in cells)


@pytest.mark.parametrize("key", BOTH)
def test_every_figure_says_that_it_is_invented(key: str) -> None:
    scenario = catalogue.scenario(key)

    assert scenario.provenance == "invented example"
    assert {result.provenance for result in scenario.result_files} == {"invented example"}
    assert {test.provenance for test in scenario.failure_tests} == {"invented example"}


def test_each_candidate_that_stays_was_run_three_times_with_one_tool_where_the_story_wants_it_comparable() -> None:
    scenario = catalogue.scenario("logistics")
    out = {verdict.candidate for verdict in scenario.verdicts if verdict.verdict == "not_met"}

    for candidate in set(candidates(scenario)) - out:
        files = [result for result in scenario.result_files if result.candidate == candidate]
        assert [bool(result.sockets) for result in files].count(True) == 3
        assert len([result for result in files if result.tool.startswith("locust")]) == 3


def test_the_other_story_has_both_tools_side_by_side() -> None:
    scenario = catalogue.scenario("publishing")

    for candidate in candidates(scenario):
        tools = [result.tool for result in scenario.result_files if result.candidate == candidate]
        assert len(tools) >= 2
        assert {"locust-stats-csv", "k6-summary"} <= set(tools)


def test_the_sockets_that_were_held_agree_with_the_verdicts_on_them() -> None:
    scenario = catalogue.scenario("logistics")
    asked = next(one.quantity for one in scenario.requirements if one.key == "sockets")
    verdicts = {one.candidate: one.verdict for one in scenario.verdicts if one.requirement == "sockets"}

    held = {key: figures(scenario, "websocket_connections", key) for key in candidates(scenario)}

    assert {key: "met" if min(found) >= asked else "not_met" for key, found in held.items()} == verdicts
    for test in (one for one in scenario.failure_tests if one.kind == "open connections"):
        assert np.mean(held[test.candidate]) == pytest.approx(test.value, rel=0.02)


@pytest.mark.parametrize("key", BOTH)
def test_all_five_checklists_are_answered(key: str) -> None:
    states = {(state.phase, state.item): state.state for state in catalogue.scenario(key).item_states}
    items = {(phase.key, item.key) for phase in catalogue.phases() for item in phase.items}

    assert set(states) == items
    assert "open" not in states.values()


@pytest.mark.parametrize("key", BOTH)
def test_each_developer_did_the_exercise_with_each_candidate(key: str) -> None:
    scenario = catalogue.scenario(key)
    developers = {member.handle for member in scenario.team.members if member.developer}

    done = {(answer.member, answer.candidate) for answer in scenario.exercise_answers}

    assert done == {(member, candidate) for member in developers for candidate in candidates(scenario)}


@pytest.mark.parametrize("key", BOTH)
def test_an_independent_reviewer_entered_nothing(key: str) -> None:
    scenario = catalogue.scenario(key)
    reviewers = {member.handle for member in scenario.team.members if member.role == "reviewer"}
    authors = {
        *(verdict.by for verdict in scenario.verdicts),
        *(evidence.by for evidence in scenario.evidence),
        *(package.by for package in scenario.packages),
        *(answer.by for answer in scenario.readiness_answers),
        *(test.by for test in scenario.failure_tests),
        *(state.by for state in scenario.item_states),
        *(story.by for story in scenario.production_stories),
    }

    assert reviewers
    assert not reviewers & authors


@pytest.mark.parametrize("key", BOTH)
def test_texts_of_an_example_fit_the_columns_they_go_to(key: str) -> None:
    scenario = catalogue.scenario(key)

    for requirement in scenario.requirements:
        assert len(requirement.statement) <= 300 and len(requirement.how_verified) <= 300
        assert len(requirement.source) <= 200 and len(requirement.unit or "") <= 40
    for candidate in scenario.candidates:
        stack = (candidate.name, candidate.server, candidate.data_layer, candidate.proxy)
        assert max(map(len, stack)) <= 80 and len(candidate.version) <= 40
    assert all(len(evidence.text) <= 200 for evidence in scenario.evidence)
    assert all(len(story.title) <= 200 for story in scenario.production_stories)
    assert all(len(one.mitigation) <= 500 and one.mitigation for one in scenario.decision.accepted_tradeoffs)
    assert all(len(state.note) <= 500 for state in scenario.item_states)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SCENARIOS, tmp_path / "scenarios"))


@pytest.mark.parametrize(
    ("file", "found", "written", "said"),
    [
        ("logistics.toml", "openapi = 6\n", "openapi = 7\n", "agreed_weights: must be percentages that sum to 100"),
        ("logistics.toml", 'top = true\nsource = "Service', 'source = "Service', "exactly three are marked top"),
        ("logistics.toml", "quantity = 30\n", "", "quantity and unit belong together"),
        ("logistics.toml", 'key = "logistics"', 'key = "logistic"', "is not the name of the file"),
        ("logistics.toml", 'ends_with = "fastapi"', 'ends_with = "bottle"', "ends_with: 'bottle' is not known"),
        ("logistics.toml", "size = 6", "size = 5", "team.size: is not the number of developers"),
        ("logistics.toml", 'votes = ["backend-2"]', 'votes = ["backend-9"]', "read-mostly.*'backend-9' is not known"),
        ("logistics.toml", 'votes = ["backend-2"]', 'votes = ["lead"]', "lead has more than three votes"),
        ("logistics.toml", "share = 45", "share = 44", "shares must sum to 100"),
        ("logistics.toml", "websocket-capacity = 100", "websocket-capacity = 90", "the best swing has 100 points"),
        ("logistics.toml", "websocket-capacity = 22", "websocket-capacity = 23", "points must sum to 100"),
        ("logistics.toml", 'path = "/events"', 'path = "/event"', "does not have the workload's endpoints"),
        ("logistics.toml", 'member = "ops"\n', 'member = "lead"\n', "'lead' is there 2 times"),
        ("logistics.toml", 'verdict = "not_met"', 'verdict = "perhaps"', "'perhaps' is not one of"),
        ("shared/ratings.toml", 'candidate = "litestar"', 'candidate = "flask"', "is there 2 times"),
        ("shared/ratings.toml", "backend-2 = 4, ops = 5", "backend-2 = 6, ops = 5", "backend-2 is 6, not 1..5"),
        ("shared/readiness.toml", 'item = "upgrades"', 'item = "updates"', "'updates' is not known"),
        ("shared/checklist.toml", 'item = "workload"', 'item = "work"', "'work' is not known"),
        ("logistics/ecosystem.toml", 'need = "broker"', 'need = "brokers"', "packages: broker/fastapi is missing"),
        ("logistics/results.toml", "held_s = [612.0, 868.0", "held_s = [912.0, 868.0", "times must not fall"),
        ("logistics/results.toml", 'tool = "k6-sockets-summary"', 'tool = "k6-summary"', "of endpoints or of sockets"),
        ("logistics/teamfit.toml", "sentiment = 5", "sentiment = 7", "code quality and sentiment 1..5"),
    ],
)
def test_a_scenario_that_contradicts_itself_is_refused(
    copied: Path, file: str, found: str, written: str, said: str
) -> None:
    text = (copied / file).read_text(encoding="utf-8")
    assert found in text
    (copied / file).write_text(text.replace(found, written, 1), encoding="utf-8")

    with pytest.raises(CatalogueError, match=said):
        read_scenario(copied / "logistics.toml")


def test_the_copy_those_errors_start_from_is_read(copied: Path) -> None:
    assert read_scenario(copied / "logistics.toml") == catalogue.scenario("logistics")


def test_a_missing_cell_is_named(copied: Path) -> None:
    (copied / "logistics" / "ratings.toml").unlink()

    with pytest.raises(CatalogueError, match="cells: learning-curve/django is missing"):
        read_scenario(copied / "logistics.toml")


def test_what_two_files_both_say_is_refused(copied: Path) -> None:
    (copied / "logistics" / "title.toml").write_text('title = "Another"', encoding="utf-8")

    with pytest.raises(CatalogueError, match="title: is already given in another file"):
        read_scenario(copied / "logistics.toml")
