from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.readiness import kinds
from evaluations.scoring.figures import REACH, Figure, score_of

RECOVERY = [[1, 5], [5, 4], [15, 3], [30, 2], [60, 1]]
SHARE = [[0.2, 1], [0.4, 2], [0.6, 3], [0.8, 4], [1, 5]]


@dataclass
class Test:
    __test__ = False
    kind: str
    verdict: str = "recovered"
    answers: dict[str, int] = field(default_factory=dict)
    first_success_s: float | None = None
    is_censored: bool = False
    lost_requests: int | None = None
    figure: float | None = None


@pytest.mark.parametrize(
    ("test", "answer"),
    [
        (Test("database_refused"), "yes"),
        (Test("database_unresponsive", verdict="stuck"), "no"),
        (Test("sigterm", lost_requests=0), "yes"),
        (Test("sigterm", lost_requests=1), "partly"),
        (Test("sigterm"), "partly"),
        (Test("sigterm", verdict="hung", lost_requests=0), "no"),
        (Test("slow_clients", answers={"200": 98, "timeout": 2}), "yes"),
        (Test("slow_clients", answers={"200": 97, "timeout": 3}), "partly"),
        (Test("slow_clients"), "partly"),
        (Test("cold_start", figure=900), "unknown"),
        (Test("cold_start", verdict="crashed"), "no"),
        (Test("memory_over_time", verdict="crashed"), "unknown"),
        (Test("open_connections"), "unknown"),
    ],
)
def test_a_test_answers_its_item_as_far_as_it_can(test, answer):
    assert kinds.answer_of(test) == answer


@pytest.mark.parametrize(
    ("tests", "answer"),
    [
        ([], "unknown"),
        ([Test("cold_start")], "unknown"),
        ([Test("database_refused"), Test("database_unresponsive")], "yes"),
        ([Test("database_refused"), Test("database_unresponsive", verdict="hung")], "partly"),
        ([Test("database_refused", verdict="stuck"), Test("database_unresponsive", verdict="hung")], "no"),
        ([Test("cold_start", figure=900), Test("cold_start", verdict="crashed")], "no"),
    ],
)
def test_tests_that_disagree_make_partly_and_those_that_cannot_say_are_left_out(tests, answer):
    assert kinds.answer_of_all(tests) == answer


@pytest.mark.parametrize(
    ("test", "fields"),
    [
        (Test("database_refused", first_success_s=2), set()),
        (Test("database_refused"), {"first_success_s"}),
        (Test("database_refused", verdict="crashed"), {"first_success_s"}),
        (Test("database_refused", verdict="stuck", first_success_s=45, is_censored=True), set()),
        (Test("database_refused", verdict="stuck", first_success_s=45), {"is_censored"}),
        (Test("database_refused", verdict="crashed", first_success_s=12), set()),
        (Test("database_refused", first_success_s=2, is_censored=True), {"is_censored"}),
        (Test("sigterm", is_censored=True), {"first_success_s"}),
        (Test("sigterm"), set()),
        (Test("sigterm", figure=3), {"figure"}),
        (Test("cold_start"), {"figure"}),
        (Test("cold_start", verdict="crashed"), set()),
        (Test("open_connections", verdict="hung", figure=380), set()),
    ],
)
def test_what_contradicts_itself_or_lacks_its_point_is_told_by_field(test, fields):
    assert set(kinds.faults_of(test)) == fields


def test_an_exact_figure_is_worth_what_the_value_function_says():
    scored = score_of([Figure.exact("test", 1, 15)], RECOVERY, "clip")

    assert (scored.value, scored.deviation, scored.low, scored.high) == (3.0, 0.0, 3.0, 3.0)


def test_more_than_45_seconds_is_never_worth_what_45_seconds_are():
    seen = score_of([Figure.exact("test", 1, 45)], RECOVERY, "clip")
    watched = score_of([Figure.more_than("test", 1, 45)], RECOVERY, "clip")

    assert seen.value == 1.5
    assert (watched.low, watched.high) == (1.0, 1.5)
    assert watched.value == 1.25 and watched.deviation > 0


def test_a_share_reaches_as_far_as_its_unknown_items_could_move_it():
    scored = score_of([Figure("answer", 0, 0.8, 0.6, 1.0)], SHARE, "clip")

    assert (scored.value, scored.low, scored.high) == (4.0, 3.0, 5.0)
    assert scored.deviation == pytest.approx(1 / REACH)


def test_repeats_that_differ_widen_the_ends():
    scored = score_of([Figure.exact("test", 1, 5), Figure.exact("test", 2, 15)], RECOVERY, "clip")

    assert scored.value == 3.5
    assert scored.low < 3 and scored.high > 4
    assert scored.deviation == pytest.approx(0.7071, abs=1e-4)


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.booleans()), min_size=1, max_size=6),
    st.sampled_from([RECOVERY, SHARE, [[0, 1], [10, 5], [20, 2]]]),
    st.sampled_from(["clip", "extrapolate"]),
)
def test_a_score_lies_between_its_ends_and_on_the_scale(told, points, outside):
    figures = [(Figure.more_than if censored else Figure.exact)("test", 1, value) for value, censored in told]

    scored = score_of(figures, points, outside)

    assert 1 <= scored.low <= scored.value <= scored.high <= 5
    assert scored.deviation >= 0


@given(st.floats(0, 100), st.floats(0, 100))
def test_watching_longer_in_vain_is_never_worth_more(one, more):
    shorter, longer = sorted((one, one + more))

    first = score_of([Figure.more_than("test", 1, shorter)], RECOVERY, "clip")
    second = score_of([Figure.more_than("test", 1, longer)], RECOVERY, "clip")

    assert second.value <= first.value
