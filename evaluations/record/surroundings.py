"""The ecosystem and the team's exercise as a body tells them: packages by need, every member's answers, no names."""

from statistics import median
from typing import Any

from evaluations.candidates.models import Evaluation
from evaluations.ecosystem.models import Need, PackageChoice
from evaluations.ecosystem.queries import PackageCell, grid_of
from evaluations.record.grounds import Register
from evaluations.record.naming import Names, rounded
from evaluations.teamfit.queries import QUESTIONS, Result, current_exercise, open_exercise_round, results_of

RATED = {"quality": "Quality of the code, by its reviewers", "sentiment": "How it felt"}
FACTS = {
    "maintained": "maintained",
    "stable": "stable release",
    "supports_async": "async",
    "release_history": "release history",
    "issue_tracker": "issue tracker",
    "community": "community",
}


def ecosystem(evaluation: Evaluation, names: Names, register: Register) -> dict[str, Any]:
    """Every need; a need and candidate at which nobody has looked has no entry among the packages."""
    grid = grid_of(evaluation)
    keys = {row.need.pk: f"N{number}" for number, row in enumerate(grid.rows, 1)}
    return {
        "needs": [_need(row.need, keys) for row in grid.rows],
        "packages": [
            _package(cell, cell.choice, keys[row.need.pk], names, register)
            for row in grid.rows
            for cell in row.cells
            if cell.choice and cell.candidate.pk in names.candidates
        ],
    }


def _need(need: Need, keys: dict[int, str]) -> dict[str, Any]:
    return {
        "key": keys[need.pk],
        "kind": need.kind_shown,
        "name": need.name,
        "note": need.note,
        "required": need.is_required,
        "async_needed": need.async_needed,
    }


def _package(cell: PackageCell, choice: PackageChoice, key: str, names: Names, register: Register) -> dict[str, Any]:
    name = names.candidates[cell.candidate.pk]
    return {
        "need": key,
        "candidate": name,
        "package": choice.package,
        "version": choice.package_version,
        "facts": [
            {"what": what, "answer": getattr(choice, field), "note": getattr(choice, f"{field}_note")}
            for field, what in FACTS.items()
        ],
        "issue_days": rounded(choice.issue_days),
        "verdict": choice.verdict,
        "dealbreaker": choice.dealbreaker,
        "dealbreaker_reason": choice.dealbreaker_reason,
        "note": choice.note,
        "date": choice.looked_date.isoformat() if choice.looked_date else None,
        "evidence": register.cite(words="", url=choice.evidence_url, about=f"{key} × {name}", on=choice.looked_date),
    }


def team_fit(evaluation: Evaluation, names: Names) -> dict[str, Any]:
    """Only what a closed exercise revealed. `revealed` is false while one is open and none was closed before."""
    exercise = current_exercise(evaluation)
    results = [one for one in results_of(evaluation) if one.candidate.pk in names.candidates] if exercise else []
    has_answers = any(one.answers or one.quality for one in results)
    parts = [exercise.text, exercise.conventions] if exercise else []
    return {
        "exercise": exercise.title if exercise else "",
        "task": "\n\n".join(part for part in parts if part),
        "revealed": has_answers or open_exercise_round(evaluation) is None,
        "times": [_times(one, names) for one in results] if has_answers else [],
        "ratings": [
            told for key, question in RATED.items() for one in results if (told := _rated(one, key, question, names))
        ],
        "answers": [
            {"question": question, "candidate": names.candidates[one.candidate.pk], **_counted(one, key)}
            for key, question in QUESTIONS.items()
            for one in results
            if one.answers
        ],
        "quotes": [
            {"candidate": names.candidates[one.candidate.pk], "text": quote.text, "by": quote.name or None}
            for one in results
            for quote in one.quotes
        ],
        "remarks": [
            {"candidate": names.candidates[one.candidate.pk], "text": remark, "by": None}
            for one in results
            for remark in one.remarks
        ],
    }


def _times(one: Result, names: Names) -> dict[str, Any]:
    return {
        "candidate": names.candidates[one.candidate.pk],
        "minutes": [rounded(value) for value in one.minutes],
        "median": rounded(median(one.minutes)) if one.minutes else None,
    }


def _rated(one: Result, key: str, question: str, names: Names) -> dict[str, Any] | None:
    values = [round(value) for value in getattr(one, key)]
    if not values:
        return None
    return {
        "question": question,
        "candidate": names.candidates[one.candidate.pk],
        "values": values,
        "median": rounded(median(values)),
    }


def _counted(one: Result, key: str) -> dict[str, int]:
    counts = one.counts[key]
    return {"yes": counts.yes, "partly": counts.partly, "no": counts.no, "dont_know": counts.unknown}
