"""The comparison as a body tells it: criteria, cells, ranking, weights, and where people saw things differently."""

from statistics import stdev
from typing import Any

from evaluations import catalogue
from evaluations.candidates.models import Evaluation
from evaluations.record.naming import Names, counted, listed, rounded
from evaluations.requirements.models import Criterion
from evaluations.requirements.queries import how_agreed, opinions_of, revealed_opinions
from evaluations.scoring.models import ValueFunction
from evaluations.scoring.queries import Basis, Cell, Matrix
from evaluations.scoring.standing import Standing

FAR_APART = 2
"""Revealed ratings of one cell this many points apart are told as a disagreement."""
MOST_WEIGHTS_TOLD = 5
BASIS_WORDS = {
    Basis.AGREED: "judged",
    Basis.RATINGS: "ratings",
    Basis.MEASURED: "measured",
    Basis.UNKNOWN: "unknown",
}


def criteria(matrix: Matrix, names: Names, functions: dict[int, ValueFunction]) -> list[dict[str, Any]]:
    return [_criterion(row, matrix, names, functions.get(row.pk)) for row in matrix.criteria_by_group]


def _criterion(row: Criterion, matrix: Matrix, names: Names, function: ValueFunction | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "key": names.criteria[row.pk],
        "name": row.name,
        "question": row.question,
        "group": row.group,
        "anchors": {"low": row.anchor_1, "middle": row.anchor_3, "high": row.anchor_5},
        "weight": rounded(matrix.weights.shares.get(row.pk), 6),
        "basis": "measured" if row.basis == Criterion.Basis.MEASURED else "judged",
    }
    if function:
        where = f", of {function.endpoint}" if function.endpoint else ""
        told["metric"] = f"{metric_name(function.metric)}, {function.unit}{where}"
        told["value_function"] = [{"metric": rounded(x, 6), "score": rounded(score)} for x, score in function.points]
    return told


def metric_name(key: str) -> str:
    """As the catalogue calls it; a metric the catalogue has lost since keeps its key."""
    try:
        return catalogue.metric(key).name
    except KeyError:
        return key


def cells(matrix: Matrix, names: Names) -> list[dict[str, Any]]:
    return [
        _cell(matrix.cell(candidate, criterion), names)
        for criterion in matrix.criteria_by_group
        for candidate in matrix.candidates
    ]


def _cell(cell: Cell, names: Names) -> dict[str, Any]:
    told: dict[str, Any] = {
        "criterion": names.criteria[cell.criterion_id],
        "candidate": names.candidates[cell.candidate_id],
        "value": rounded(cell.value),
        "low": rounded(cell.low),
        "high": rounded(cell.high),
        "basis": BASIS_WORDS[cell.basis],
        "spread": _spread(cell),
        "evidence": cell.evidence_count,
        "source": _source(cell, names),
    }
    if other := _other(cell):
        told["other"] = other
    return told


def _spread(cell: Cell) -> float | None:
    if cell.basis == Basis.MEASURED:
        return None if cell.lone else rounded(cell.deviation)
    if cell.basis == Basis.RATINGS and len(cell.known_values) > 1:
        return rounded(stdev(cell.known_values))
    return None


def _source(cell: Cell, names: Names) -> str:
    if cell.basis == Basis.MEASURED:
        return _measured_source(cell.source or {}, names)
    if cell.basis == Basis.AGREED:
        return cell.reason or "agreed by the team"
    if cell.basis == Basis.RATINGS:
        unsure = f"; {counted(cell.unsure_count, 'member does', 'members do')} not know" if cell.unsure_count else ""
        return f"mean of {counted(len(cell.known_values), 'rating')}{unsure}"
    return ""


def _measured_source(source: dict[str, Any], names: Names) -> str:
    """ "95th percentile of latency: 104, 98 and 101 ms, runs 1, 2 and 3 (invented example)".

    A source that says in its own words where it comes from is told in those.
    """
    origin = "; ".join(source.get("provenance", []))
    if source.get("says"):
        told = str(source["says"])
        return f"{told} ({origin})" if origin else told
    values = listed(f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}" for value in source.get("values", []))
    runs = [str(names.runs[pk]) for pk in source.get("runs", []) if pk in names.runs]
    where = f" of {source['endpoint']}" if source.get("endpoint") else ""
    told = f"{metric_name(str(source.get('metric', '')))}{where}: {values} {source.get('unit', '')}".rstrip()
    if runs:
        told += f", {'run' if len(runs) == 1 else 'runs'} {listed(runs)}"
    return f"{told} ({origin})" if origin else told


def _other(cell: Cell) -> list[dict[str, Any]]:
    """The value of the basis that does not count, kept beside the one that does."""
    if cell.basis in {Basis.AGREED, Basis.RATINGS}:
        return [] if cell.measured is None else [{"basis": "measured", "value": rounded(cell.measured)}]
    if cell.judged is None:
        return []
    known = cell.known_values
    is_mean = bool(known) and abs(cell.judged - sum(known) / len(known)) < 1e-9
    return [{"basis": "ratings" if is_mean else "judged", "value": rounded(cell.judged)}]


def ranking(standing: Standing, names: Names) -> list[dict[str, Any]]:
    """Best first; those that are out come last, with rank and share null."""
    return [
        {
            "candidate": names.candidates[row.candidate.pk],
            "rank": row.rank,
            "worst": rounded(row.worst),
            "expected": rounded(row.expected),
            "best": rounded(row.best),
            "first_share": rounded(row.first_share, 6),
        }
        for row in standing.ranked
    ]


def method(standing: Standing) -> dict[str, Any]:
    return {
        "name": standing.method,
        "variant": standing.variant,
        "draws": standing.draws,
        "seed": standing.seed if standing.draws else None,
        "error": rounded(standing.error, 6) if standing.draws else None,
    }


def weights(evaluation: Evaluation, matrix: Matrix, names: Names) -> dict[str, Any]:
    """How the weights came about, and each member's own once the round was revealed."""
    used = matrix.weights
    told: dict[str, Any] = {
        "method": (how_agreed(evaluation) if used.is_agreed else used.origin) or used.origin,
        "agreed": used.is_agreed,
        "members": [],
        "disagreement": [],
    }
    opinions = opinions_of(evaluation, matrix.criteria)
    if opinions is None:
        return told
    methods = {row.person_id: row.get_method_display() for row in revealed_opinions(evaluation)}
    for place, person in enumerate(opinions.people):
        shares = {row.criterion.pk: row.shares[place] for row in opinions.rows}
        given = [(key, shares.get(pk)) for pk, key in names.criteria.items()]
        told["members"].append(
            {
                "member": person.shown_name,
                "method": methods[person.pk],
                "weights": [
                    {"criterion": key, "weight": rounded(share, 6)} for key, share in given if share is not None
                ],
            }
        )
    differing = sorted((row for row in opinions.rows if row.high > row.low), key=lambda row: -round(row.spread, 9))
    told["disagreement"] = [
        {"criterion": names.criteria[row.criterion.pk], "low": rounded(row.low, 6), "high": rounded(row.high, 6)}
        for row in differing[:MOST_WEIGHTS_TOLD]
    ]
    return told


def disagreement(matrix: Matrix, names: Names) -> list[dict[str, Any]]:
    """Cells whose revealed ratings lie far apart, the widest first; numbers only, never whose."""
    apart = [cell for cell in matrix.cells.values() if _range(cell) >= FAR_APART]
    place = {row.pk: number for number, row in enumerate(matrix.criteria_by_group)}
    apart.sort(key=lambda cell: (-_range(cell), place[cell.criterion_id], cell.candidate_id))
    return [
        {
            "criterion": names.criteria[cell.criterion_id],
            "candidate": names.candidates[cell.candidate_id],
            "ratings": sorted(cell.known_values),
            "outcome": _outcome(cell),
        }
        for cell in apart
    ]


def _range(cell: Cell) -> int:
    return max(cell.known_values) - min(cell.known_values) if cell.known_values else 0


def _outcome(cell: Cell) -> str:
    if cell.basis == Basis.AGREED and cell.value is not None:
        return f"agreed on {cell.value:g}: {cell.reason}" if cell.reason else f"agreed on {cell.value:g}"
    return "settled by measuring" if cell.basis == Basis.MEASURED else ""
