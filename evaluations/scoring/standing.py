"""Who leads, by how much, and how sure that is: the sentences are composed from the numbers."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.cache import cache

from evaluations.analysis.choices import DRAWS, ENOUGH, LEVEL, SEED
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.scoring.queries import Basis, Cell, Failed, Matrix, grounds_in_words, matrix_of

if TYPE_CHECKING:
    from evaluations.requirements.models import Requirement


class VerdictKind:
    LEADS = "leads"
    LEVEL = "level"
    TOO_EARLY = "too_early"
    ONLY_ONE = "only_one"
    ALL_OUT = "all_out"
    NOTHING_TO_COMPARE = "nothing_to_compare"


@dataclass(frozen=True)
class Verdict:
    kind: str
    sentence: str
    robustness: str
    leader: Candidate | None = None
    runner_up: Candidate | None = None
    margin: float | None = None
    share: float | None = None

    @property
    def is_too_early(self) -> bool:
        return self.kind == VerdictKind.TOO_EARLY

    @property
    def after_leader(self) -> str:
        """The sentence behind the leader's name, so that a page can set the name in its own weight."""
        return self.sentence.removeprefix(self.leader.name) if self.leader else self.sentence


@dataclass(frozen=True)
class StandingRow:
    """One candidate's totals on 1..5; rank and first_share None, and `out` filled, where a must-have or dealbreaker
    rules it out.

    contributions: by criterion id, weight times expected score; they sum to `expected`.
    """

    candidate: Candidate
    rank: int | None
    worst: float
    expected: float
    best: float
    first_share: float | None
    contributions: dict[int, float]
    out: tuple[Failed, ...] = ()
    not_proven: tuple["Requirement", ...] = ()

    @property
    def out_in_words(self) -> str:
        """On which grounds it is out, to be read after "it"; empty where it is not."""
        return grounds_in_words(self.out)


@dataclass(frozen=True)
class Standing:
    """The whole comparison, with how it was computed."""

    matrix: Matrix
    rows: list[StandingRow]
    verdict: Verdict
    method: str
    variant: str
    draws: int
    seed: int
    error: float
    by_candidate: dict[int, StandingRow] = field(repr=False, default_factory=dict)

    @property
    def ranked(self) -> list[StandingRow]:
        """Best first, those that are out at the end."""
        return sorted(self.rows, key=lambda row: (row.rank is None, row.rank or 0, row.candidate.position))

    @property
    def method_note(self) -> str:
        return f"{self.method}, {self.variant}"

    @property
    def draws_note(self) -> str:
        return f"{self.draws:,} draws, seed {self.seed}, error ± {self.error:.3f}" if self.draws else ""


def standing_of(matrix: Matrix) -> Standing:
    """Totals, ranks, shares of first places and the verdict; 10,000 draws of the cells at the weights in use."""
    if not matrix.candidates or not matrix.criteria:
        return _standing(matrix, [], _nothing_to_compare(matrix), draws=0, error=0.0)
    from evaluations.analysis import acceptability, ranking  # NumPy: not needed to start the page process

    weights = [matrix.weights.shares[criterion.pk] for criterion in matrix.criteria]
    table = [[distribution(matrix.cell(c, k)) for k in matrix.criteria] for c in matrix.candidates]
    out = {i for i, candidate in enumerate(matrix.candidates) if candidate.pk in matrix.out}
    totals = ranking.additive(table, weights, out=out)
    drawn = acceptability.first_shares(table, weights, draws=DRAWS, seed=SEED, out=out)
    rows = [
        StandingRow(
            candidate=candidate,
            rank=totals.ranks[i],
            worst=float(totals.worst[i]),
            expected=float(totals.expected[i]),
            best=float(totals.best[i]),
            first_share=None if i in out else float(drawn.shares[i]),
            contributions={k.pk: weights[j] * table[i][j].mean for j, k in enumerate(matrix.criteria)},
            out=tuple(matrix.out.get(candidate.pk, ())),
            not_proven=tuple(matrix.not_proven.get(candidate.pk, ())),
        )
        for i, candidate in enumerate(matrix.candidates)
    ]
    return _standing(matrix, rows, verdict_of(matrix, rows), draws=DRAWS, error=drawn.error)


def current_standing(evaluation: Evaluation) -> Standing:
    """The standing as at the newest revision; computed once per revision and kept in the cache."""
    evaluation.log.refresh_from_db(fields=["count"])
    key = f"standing:{evaluation.pk}:{evaluation.log.count}"
    found = cache.get(key)
    if found is None:
        found = standing_of(matrix_of(evaluation))
        cache.set(f"standing:{evaluation.pk}:{found.matrix.revision}", found, timeout=3600)
    return found


def distribution(cell: Cell) -> Any:
    """Agreed: a point; ratings: the members' values; measured: normal; unknown: anything from 1 to 5."""
    from evaluations.analysis import cells

    if cell.basis == Basis.UNKNOWN or cell.value is None:
        return cells.unknown()
    if cell.basis == Basis.AGREED:
        return cells.point(cell.value)
    if cell.basis == Basis.MEASURED:
        return cells.normal(cell.value, cell.deviation)
    return cells.members(cell.values)


def verdict_of(matrix: Matrix, rows: list[StandingRow]) -> Verdict:
    ranked = sorted((row for row in rows if row.rank is not None), key=lambda row: -row.expected)
    if not ranked:
        return Verdict(VerdictKind.ALL_OUT, f"No candidate is left: each {_ruled_out_by(rows)}.", _out_sentence(rows))
    first = ranked[0]
    if len(ranked) == 1:
        return _only_one(first, rows)
    second = ranked[1]
    unknown = _unknown_sentence(matrix, rows)
    lone = _lone_sentence(matrix, rows)
    not_drawn = " ".join(one for one in (unknown, lone) if one)
    margin = first.expected - second.expected
    share = first.first_share or 0.0
    if _nothing_is_known(matrix, rows):
        return Verdict(VerdictKind.TOO_EARLY, "Too early: nothing is known yet.", unknown, share=share)
    if share < ENOUGH and margin >= LEVEL:
        return Verdict(
            VerdictKind.TOO_EARLY, _too_early(matrix, rows), _ahead_at_present(first, matrix) + lone, share=share
        )
    if margin < LEVEL:
        level = [row for row in ranked if first.expected - row.expected < LEVEL]
        names = _listed([row.candidate.name for row in level])
        so_far = f" so far: {unknown}" if unknown else "."
        sentence = f"{names} are level at {first.expected:.2f} of 5{so_far}"
        return Verdict(VerdictKind.LEVEL, sentence, _weights_sentence(matrix) + lone, margin=margin, share=share)
    return Verdict(
        VerdictKind.LEADS,
        f"{first.candidate.name} leads with {first.expected:.1f} of 5, {_ahead(second, margin)}",
        f"It is first in {_percent(share)} of {DRAWS:,} draws of what is not certain. "
        + _weights_sentence(matrix)
        + not_drawn,
        leader=first.candidate,
        runner_up=second.candidate,
        margin=margin,
        share=share,
    )


def _standing(matrix: Matrix, rows: list[StandingRow], verdict: Verdict, *, draws: int, error: float) -> Standing:
    return Standing(
        matrix=matrix,
        rows=rows,
        verdict=verdict,
        method="Additive value",
        variant=f"weights: {matrix.weights.origin}",
        draws=draws,
        seed=SEED,
        error=error,
        by_candidate={row.candidate.pk: row for row in rows},
    )


def _nothing_to_compare(matrix: Matrix) -> Verdict:
    if not matrix.candidates:
        sentence = "There is nothing to compare yet: add candidates."
    else:
        sentence = "There is nothing to compare by yet: add criteria."
    return Verdict(VerdictKind.NOTHING_TO_COMPARE, sentence, "")


def _only_one(row: StandingRow, rows: list[StandingRow]) -> Verdict:
    name = row.candidate.name
    if len(rows) == 1:
        sentence = f"{name} is the only candidate: there is nothing to compare it with."
    else:
        sentence = f"Only {name} is left: {_the_others(rows)}."
    return Verdict(VerdictKind.ONLY_ONE, sentence, _out_sentence(rows), leader=None, share=row.first_share)


def _the_others(rows: list[StandingRow]) -> str:
    count = len(rows) - 1
    if count == 1:
        return f"the other candidate {_ruled_out_by(rows)}"
    return f"each of the other {count} candidates {_ruled_out_by(rows)}"


def _ruled_out_by(rows: list[StandingRow]) -> str:
    """What each of those that are out has in common: a must-have failed, a dealbreaker, or one of the two."""
    every = [row.out for row in rows if row.out]
    if any(each.is_dealbreaker for out in every for each in out):
        of_all = all(any(each.is_dealbreaker for each in out) for out in every)
        return "has a dealbreaker" if of_all else "fails a must-have or has a dealbreaker"
    return "fails a must-have"


def _ahead(second: StandingRow, margin: float) -> str:
    shown = f"{margin:.1f}" if margin >= 0.05 else f"{margin:.2f}"
    return f"ahead of {second.candidate.name} by {shown}."


def _too_early(matrix: Matrix, rows: list[StandingRow]) -> str:
    unknown, total = _unknown_of_standing(matrix, rows)
    if unknown:
        return f"Too early to name a leader: {unknown} of {total} cells unknown."
    return "Too early to name a leader: what is known is too far apart."


def _ahead_at_present(first: StandingRow, matrix: Matrix) -> str:
    share = first.first_share or 0.0
    return (
        f"{first.candidate.name} is ahead at present, but first in only {_percent(share)} of {DRAWS:,} draws "
        f"of what is not certain. " + _weights_sentence(matrix)
    )


def _weights_sentence(matrix: Matrix) -> str:
    weights = matrix.weights
    if not weights.is_agreed:
        return f"Weights are not agreed yet ({weights.origin}). "
    if weights.unweighed:
        names = [criterion.name for criterion in matrix.criteria if criterion.pk in weights.unweighed]
        return f"Not weighed yet, and so without effect: {_listed(names)}. "
    return ""


def _unknown_sentence(matrix: Matrix, rows: list[StandingRow]) -> str:
    unknown, total = _unknown_of_standing(matrix, rows)
    if not unknown:
        return ""
    return f"{unknown} of {total} cells {'is' if unknown == 1 else 'are'} unknown."


def _lone_sentence(matrix: Matrix, rows: list[StandingRow]) -> str:
    """What counts as exact although nobody knows how much it varies."""
    standing = {row.candidate.pk for row in rows if row.rank is not None}
    cells = [cell for (candidate_id, _), cell in matrix.cells.items() if candidate_id in standing]
    lone = sum(cell.basis == Basis.MEASURED and bool(cell.lone) for cell in cells)
    if not lone:
        return ""
    rest = "cell rests on a single measurement" if lone == 1 else "cells rest on a single measurement each"
    return f"{lone} {rest}: how much it varies is not known, and not in these draws."


def _unknown_of_standing(matrix: Matrix, rows: list[StandingRow]) -> tuple[int, int]:
    standing = {row.candidate.pk for row in rows if row.rank is not None}
    cells = [cell for (candidate_id, _), cell in matrix.cells.items() if candidate_id in standing]
    return sum(not cell.is_known for cell in cells), len(cells)


def _nothing_is_known(matrix: Matrix, rows: list[StandingRow]) -> bool:
    unknown, total = _unknown_of_standing(matrix, rows)
    return unknown == total


def _out_sentence(rows: list[StandingRow]) -> str:
    said = [f"{row.candidate.name}: {row.out[0].reason.rstrip()}" for row in rows if row.out]
    return " ".join(one if one.endswith((".", "!", "?")) else f"{one}." for one in said)


def _percent(share: float) -> str:
    """Whole percent, never 100 for less than all nor 0 for more than nothing."""
    if 0.995 <= share < 1:
        return "over 99 %"
    if 0 < share < 0.005:
        return "under 1 %"
    return f"{share * 100:.0f} %"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
