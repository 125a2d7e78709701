"""Do other methods choose the same candidate? One sentence for the comparison, the details for a page of their own."""

from typing import Any

from evaluations.candidates.models import Evaluation
from evaluations.matrix.exhibits import Column, Exhibit, Line, fine, how, whole
from evaluations.problems.current import figures
from evaluations.problems.exporting import NothingToExport

WHY = {
    "topsis": "it measures distances, so one large difference counts for more than several small ones",
    "promethee-ii": "it compares pair by pair; half a point is no difference to it, and two points are a full one",
    "weighted-product": "it multiplies, so a low score hurts more than in a sum",
}
COUNTS = {1: "One", 2: "Two", 3: "Three"}


def sentence(evaluation: Evaluation) -> str:
    """Empty where there is nothing to check."""
    try:
        told = figures(evaluation, "cross_checks")
    except NothingToExport:
        return ""
    return in_words(told)


def in_words(told: dict[str, Any]) -> str:
    if not told["firsts"] or len([row for row in told["checks"][0]["candidates"] if row["rank"]]) < 2:
        return ""
    differing = [check for check in told["checks"] if not check["agrees"]]
    if not differing:
        return f"{COUNTS.get(told['of'], told['of'])} other methods agree."
    parts = [f"{_name(check)} prefers {_listed(check['firsts'])}: {WHY[check['key']]}" for check in differing]
    agree = f" {COUNTS.get(told['agreeing'], told['agreeing'])} of {told['of']} agree." if told["agreeing"] else ""
    return f"{'; '.join(parts)}.{agree}"


def exhibits(evaluation: Evaluation) -> list[Exhibit]:
    try:
        told = figures(evaluation, "cross_checks")
    except NothingToExport:
        return []
    return [_check(check) for check in told["checks"]]


def _check(check: dict[str, Any]) -> Exhibit:
    rows = sorted(check["candidates"], key=lambda row: (row["rank"] is None, row["rank"] or 0))
    columns = [Column("Candidate"), Column("Rank", _place), Column("Figure", _figure)]
    lines = [Line([row["candidate"], row["rank"], row["total"]]) for row in rows]
    firsts = _listed(check["firsts"]) or "Nobody"
    says = f"{firsts} {'are' if len(check['firsts']) > 1 else 'is'} first here"
    says += ", as in the comparison." if check["agrees"] else f", not as in the comparison: {WHY[check['key']]}."
    reversals = [f"without {one['left_out']} it would be {_listed(one['firsts'])}" for one in check["rank_reversals"]]
    if reversals:
        says += f" Leaving out one that is not first changes who is: {'; '.join(reversals)}."
    else:
        says += " Leaving out one that is not first changes nothing."
    return Exhibit(check["key"], _name(check), says, how(check), columns, lines)


def _place(value: float | None) -> str:
    return "out" if value is None else whole(value)


def _figure(value: float | None) -> str:
    return "–" if value is None else fine(value)


def _name(check: dict[str, Any]) -> str:
    method = str(check["method"])
    return f"{method[:1].upper()}{method[1:]}"


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
