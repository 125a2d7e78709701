"""The matrix as CSV, with nothing a spreadsheet would take for a formula."""

import csv
import io

from evaluations.scoring.queries import Matrix
from evaluations.scoring.standing import Standing

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def neutral(text: str) -> str:
    """Text that a spreadsheet shows and never computes, also where it skips the white space before a formula."""
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) or text.lstrip().startswith(STARTS_A_FORMULA) else text


def matrix_csv(standing: Standing) -> str:
    """One row per cell: criterion, weight, candidate, value, low, high, basis, evidence; then the totals."""
    matrix: Matrix = standing.matrix
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["group", "criterion", "weight", "candidate", "value", "low", "high", "basis", "evidence"])
    for criterion in matrix.criteria_by_group:
        share = matrix.weights.shares.get(criterion.pk, 0.0)
        for candidate in matrix.candidates:
            cell = matrix.cell(candidate, criterion)
            value = "" if cell.value is None else f"{cell.value:.2f}"
            writer.writerow(
                [
                    neutral(criterion.group),
                    neutral(criterion.name),
                    f"{share:.6f}",
                    neutral(candidate.name),
                    value,
                    f"{cell.low:.2f}",
                    f"{cell.high:.2f}",
                    cell.basis,
                    cell.evidence_count,
                ]
            )
    for row in standing.rows:
        basis = f"out: {row.out_in_words}" if row.out else f"rank {row.rank}"
        totals = [f"{row.expected:.4f}", f"{row.worst:.4f}", f"{row.best:.4f}"]
        writer.writerow(["", "total (expected, worst, best)", "", neutral(row.candidate.name), *totals, basis, ""])
    return out.getvalue()
