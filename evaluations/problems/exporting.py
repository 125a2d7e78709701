"""An evaluation as a problem file, so that anyone can check our numbers elsewhere. People are numbered, not named."""

from collections.abc import Iterable
from typing import Any, Literal, cast

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.requirements.models import Criterion, Requirement, WeightOpinion
from evaluations.requirements.queries import mean_of_opinions, revealed_opinions, standing_requirements
from evaluations.scoring.details import verdicts_of
from evaluations.scoring.models import ValueFunction
from evaluations.scoring.queries import Basis, Cell, Matrix, matrix_of, ratings_by_person, value_functions
from evaluations.teams.models import Person


class NothingToExport(ValueError):
    """The evaluation has no candidates, or no criteria."""


def problem_of(evaluation: Evaluation) -> dict[str, Any]:
    """The comparison as at the newest revision, in the form of `schema/problem-1.json`. Raises NothingToExport."""
    matrix = matrix_of(evaluation)
    if not matrix.candidates or not matrix.criteria:
        raise NothingToExport(f"“{evaluation.title}” has no {'criteria' if matrix.candidates else 'candidates'} yet.")
    said, opinions = ratings_by_person(evaluation), revealed_opinions(evaluation)
    numbered = _numbered(said, opinions)
    functions = value_functions(evaluation)
    told: dict[str, Any] = {
        "problem": 1,
        "title": evaluation.title,
        "source": f"evaluation {evaluation.pk} at revision {matrix.revision}",
        "candidates": [candidate.name for candidate in matrix.candidates],
        "criteria": [_criterion(each, matrix.hours[each.pk], functions.get(each.pk)) for each in matrix.criteria],
        "ratings": {
            candidate.name: {
                criterion.name: _rating(
                    matrix.cell(candidate, criterion),
                    {numbered[pk]: value for pk, value in sorted(said.get((candidate.pk, criterion.pk), {}).items())},
                    functions.get(criterion.pk),
                )
                for criterion in matrix.criteria
            }
            for candidate in matrix.candidates
        },
        "must_haves": _must_haves(evaluation, matrix.candidates) + _dealbreakers(matrix),
        "limit_per_hour": matrix.limit_per_hour,
    }
    return told | _weights(matrix, {numbered[each.person_id]: each for each in opinions})


def members_of(evaluation: Evaluation) -> dict[str, Person]:
    """Who stands behind each number of the exported problem: for the team's own pages, never for the file."""
    numbered = _numbered(ratings_by_person(evaluation), revealed_opinions(evaluation))
    people = Person.objects.in_bulk(list(numbered))
    return {name: people[pk] for pk, name in numbered.items()}


def _numbered(said: dict[Any, dict[int, int | None]], opinions: Iterable[WeightOpinion]) -> dict[int, str]:
    people = {pk for by in said.values() for pk in by} | {opinion.person_id for opinion in opinions}
    return {pk: f"member {number}" for number, pk in enumerate(sorted(people), 1)}


def _criterion(criterion: Criterion, hours: float, function: ValueFunction | None) -> dict[str, Any]:
    told: dict[str, Any] = {"name": criterion.name, "hours": hours}
    if criterion.basis != Criterion.Basis.MEASURED or function is None:
        return told
    shown = {"metric": function.metric, "unit": function.unit, "outside": function.outside, "points": function.points}
    return told | {"value_function": shown}


def _weights(matrix: Matrix, opinions: dict[str, Any]) -> dict[str, Any]:
    names = {criterion.pk: criterion.name for criterion in matrix.criteria}
    weights = matrix.weights
    used = {names[pk]: share for pk, share in weights.shares.items()}
    told: dict[str, Any] = {"weights": {"fixed": used, "origin": weights.origin}}
    views = {
        member: {names[pk]: share for pk, share in shares.items()}
        for member, opinion in sorted(opinions.items())
        if (shares := mean_of_opinions([opinion], matrix.criteria))
    }
    if not views:
        return told
    if not weights.is_agreed:
        return {"weights": {"members": views, "origin": weights.origin}}
    return told | {"opinions": views}


def _rating(cell: Cell, said: dict[str, int | None], function: ValueFunction | None) -> dict[str, Any] | None:
    if cell.basis == Basis.RATINGS:
        return {"members": said}
    if cell.basis == Basis.AGREED:
        told: dict[str, Any] = {"value": cell.value}
    elif cell.basis == Basis.MEASURED:
        told = _measured(cell, function)
    elif not said:
        return None
    else:
        told = {"unknown": True}
    return told | ({"answers": said} if said else {})


def _measured(cell: Cell, function: ValueFunction | None) -> dict[str, Any]:
    """The runs themselves where they give the stored score through the value function, else the score."""
    runs = (cell.source or {}).get("values", [])
    if function and runs and _gives(runs, function, cell):
        return {"runs": runs}
    stored = {"mean": cell.value, "deviation": cell.deviation}
    return stored | {"scale": "score"} if function else stored


def _gives(runs: list[float], function: ValueFunction, cell: Cell) -> bool:
    from evaluations.problems import ratings  # NumPy: not needed to start the page process

    outside = cast(Literal["clip", "extrapolate"], function.outside)
    read = ratings.ValueFunction(function.points, outside=outside)
    return ratings.mean_and_deviation([read.score(x) for x in runs]) == (cell.value, cell.deviation)


def _must_haves(evaluation: Evaluation, candidates: Iterable[Candidate]) -> list[dict[str, Any]]:
    verdicts = verdicts_of(evaluation)
    return [_must_have(each, candidates, verdicts) for each in standing_requirements(evaluation) if each.must_have]


def _dealbreakers(matrix: Matrix) -> list[dict[str, Any]]:
    """What rules a candidate out beside the must-haves, as must-haves that only it fails."""
    return [
        {
            "statement": ground.statement,
            "verdicts": {one.name: "not_met" if one.pk == candidate.pk else "met" for one in matrix.candidates},
            "reasons": {candidate.name: ground.reason} if ground.reason else {},
        }
        for candidate in matrix.candidates
        for ground in matrix.out.get(candidate.pk, ())
        if ground.is_dealbreaker
    ]


def _must_have(requirement: Requirement, candidates: Iterable[Candidate], verdicts: dict[Any, Any]) -> dict[str, Any]:
    rows = {c.name: row for c in candidates if (row := verdicts.get((requirement.pk, c.pk)))}
    told = {"statement": requirement.statement, "verdicts": {name: row.verdict for name, row in rows.items()}}
    reasons = {name: row.reason for name, row in rows.items() if row.reason}
    return told | ({"reasons": reasons} if reasons else {})
