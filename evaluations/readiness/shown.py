"""What the readiness page's parts are drawn from, prepared for their templates."""

from typing import Any

from evaluations.audit.queries import has_news
from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.checklist.models import Phase
from evaluations.readiness import kinds, queries
from evaluations.readiness.models import FailureTest
from evaluations.scoring.scales import scales_of
from evaluations.teams.access import Capability

TABLE_FOLLOWS = ("readiness", "checklist", "candidates")
TESTS_FOLLOW = ("readiness", "candidates")
SCORES_FOLLOW = ("readiness", "scoring", "requirements", "candidates", "checklist")
MEASURED_BY = {"measured_by": "readiness", "measured_label": Phase.READINESS.label}
BANDS = {"yes": "v5", "partly": "v3", "no": "v1", "unknown": "v0"}
CHIPS = {
    FailureTest.Verdict.RECOVERED: ("ok", "ok"),
    FailureTest.Verdict.STUCK: ("warn", "warn"),
    FailureTest.Verdict.HUNG: ("stop", "stop"),
    FailureTest.Verdict.CRASHED: ("stop", "stop"),
}


def may(evaluation: Evaluation, capability: Capability) -> bool:
    return evaluation.is_writable and capability in evaluation.capabilities  # type: ignore[attr-defined]


def nothing_new(evaluation: Evaluation, since: str, *topics: str) -> bool:
    """Whether the part drawn at revision `since` would look the same now."""
    known = since.isascii() and since.isdigit() and len(since) < 19
    return known and not has_news(evaluation.log, int(since), *topics)


def _begun(evaluation: Evaluation) -> dict[str, Any]:
    """The revision is read before the rows: what comes between is asked for again."""
    evaluation.log.refresh_from_db(fields=["count", "head"])
    return {
        "evaluation": evaluation,
        "revision": evaluation.log.count,
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
    }


def shown_table(evaluation: Evaluation) -> dict[str, Any]:
    begun = _begun(evaluation)
    grid = queries.grid_of(evaluation)
    rows = [{"row": row, "cells": [(cell, BANDS[cell.counts]) for cell in row.cells]} for row in grid.rows]
    return {**begun, "grid": grid, "rows": rows}


def shown_tests(evaluation: Evaluation) -> dict[str, Any]:
    begun = _begun(evaluation)
    rows = [
        {"test_row": row, "cells": [(one, [shown_test(test) for test in tests]) for one, tests in row.cells]}
        for row in queries.tests_by_kind(evaluation)
    ]
    return {**begun, "test_rows": rows, "test_candidates": standing_candidates(evaluation)}


def shown_test(test: FailureTest) -> dict[str, Any]:
    chip, mark = CHIPS[FailureTest.Verdict(test.verdict)]
    return {"test": test, "chip": chip, "mark": mark, "figures": figures_in_words(test)}


def figures_in_words(test: FailureTest) -> list[str]:
    """What was counted and measured, each as a few words; nothing that nobody looked at."""
    found = []
    if test.first_success_s is not None:
        sign = ">" if test.is_censored else ""
        found.append(f"{sign}{test.first_success_s:g} s to a good answer")
    if test.figure is not None:
        figure = kinds.TEST_FIGURES[test.kind]
        found.append(f"{test.figure:,g} {figure.unit}")
    if test.lost_requests is not None:
        found.append(f"{test.lost_requests:,} lost")
    share = kinds.answered_share(test.answers)
    if test.kind == FailureTest.Kind.SLOW_CLIENTS and share is not None:
        found.append(f"{share:.1%} answered".replace(".0%", "%").replace("%", " %"))
    return found


def shown_stories(evaluation: Evaluation) -> dict[str, Any]:
    return {**_begun(evaluation), "stories": queries.stories_of(evaluation)}


def shown_scores(evaluation: Evaluation) -> dict[str, Any]:
    begun = _begun(evaluation)
    scales = scales_of(evaluation, Phase.READINESS, narrowing=dict(FailureTest.Kind.choices))
    return {
        **begun,
        **MEASURED_BY,
        "scales": [scale for scale in scales if scale.function or scale.metric],
        "further": [scale.criterion for scale in scales if not scale.function and not scale.metric],
        "can_lead": may(evaluation, Capability.LEAD),
    }


def shown_index(evaluation: Evaluation) -> dict[str, Any]:
    return {
        **shown_table(evaluation),
        **shown_tests(evaluation),
        **shown_stories(evaluation),
        **shown_scores(evaluation),
    }
