"""What a reviewer of phase 5 sees and signs of this package, and who entered it."""

from typing import Any

from evaluations.audit.queries import people_behind
from evaluations.candidates.models import Evaluation
from evaluations.readiness.models import FailureTest
from evaluations.readiness.queries import grid_of, standing_tests, stories_of

ENTERED = (
    "readiness.answered",
    "readiness.file_read",
    "readiness.story_added",
    "readiness.story_edited",
    "readiness.story_removed",
    "readiness.test_added",
    "readiness.test_edited",
    "readiness.test_removed",
)


def rendered(evaluation: Evaluation) -> dict[str, Any]:
    """Answers by item and candidate, failure tests and production stories; times in seconds, None is not looked at."""
    return {
        "answers": [
            {
                "item": row.item.text,
                "candidate": cell.candidate.name,
                "answer": cell.counts,
                "told_by_tests": cell.is_from_tests,
                "evidence": cell.answer.evidence if cell.answer else "",
                "address": cell.answer.evidence_url if cell.answer else "",
                "figure": cell.answer.figure if cell.answer else None,
                "note": cell.answer.note if cell.answer else "",
            }
            for row in grid_of(evaluation).rows
            if row.applies
            for cell in row.cells
        ],
        "failure_tests": [_test(test) for test in standing_tests(evaluation) if test.candidate.withdrawn_at is None],
        "production_stories": [
            {"candidate": candidate.name, "title": story.title, "address": story.url, "learned": story.learned}
            for candidate, stories in stories_of(evaluation)
            for story in stories
        ],
    }


def _test(test: FailureTest) -> dict[str, Any]:
    return {
        "candidate": test.candidate.name,
        "kind": test.get_kind_display(),
        "verdict": test.get_verdict_display(),
        "first_success_s": test.first_success_s,
        "was_longer": test.is_censored,
        "lost_requests": test.lost_requests,
        "answers": test.answers,
        "figure": test.figure,
        "host": test.host,
        "run_date": test.run_date.isoformat() if test.run_date else "",
        "provenance": test.provenance,
        "remark": test.remark,
        "sha256": test.sha256,
    }


def authors_of(evaluation: Evaluation) -> set[int]:
    return people_behind(evaluation.log, *ENTERED)
