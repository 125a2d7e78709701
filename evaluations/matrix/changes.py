"""What must change for the runner-up to win: each statement rounded to the side on which it does, and ready to try."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evaluations import catalogue
from evaluations.matrix.what_if import Tried, calculation_of
from evaluations.problems.current import Current

if TYPE_CHECKING:
    from evaluations.requirements.models import Criterion

FINER = 5
"""How often a step that oversteps is divided by ten."""


@dataclass(frozen=True)
class Statement:
    """One change that makes the challenger first.

    kind: weight (a share of one), score (1..5) or metric (in `unit`). `needed` is rounded beyond `tie`, where it is
    level, in steps of `step`. `tried` says the same as a what-if.
    """

    kind: str
    candidate: str
    criterion: str
    now: float | None
    tie: float
    needed: float
    step: float
    side: str
    unit: str
    metric: str
    challenger: str
    tried: Tried

    @property
    def shown_now(self) -> str:
        return self._shown(self.now)

    @property
    def shown_needed(self) -> str:
        return self._shown(self.needed)

    def _shown(self, value: float | None) -> str:
        if value is None:
            return "unknown"
        if self.kind == "weight":
            digits = max(0, round(-math.log10(self.step)) - 2)
            return f"{value * 100:.{digits}f}\u202f%"
        digits = max(0, round(-math.log10(self.step)))
        return f"{value:,.{digits}f} {self.unit}".strip()

    @property
    def text(self) -> str:
        """To be read after "would lead if"."""
        change, now = self.shown_change, f"(now {self.shown_now})"
        if self.kind == "weight":
            return f"{self.criterion} weighed {change} {now}"
        if self.kind == "score":
            return f"{self.candidate} scored {change} on {self.criterion} {now}"
        return f"{self.candidate} had {change} in {self.metric} {now}"

    @property
    def shown_change(self) -> str:
        return f"{self.shown_needed} or {'more' if self.side == 'at or above' else 'less'}"


def statements(current: Current, told: dict[str, Any] | None) -> list[Statement]:
    """Those that hold when they are rounded, in the order of `told` (`calculate`'s what_must_change)."""
    if told is None:
        return []
    found = [_statement(current, told["challenger"], change) for change in told["changes"]]
    return [one for one in found if one is not None]


def tried_at(current: Current, kind: str, candidate: str | None, criterion: str, value: float) -> Tried:
    """The comparison with one weight (the others in proportion), one score or one metric at this value."""
    column = current.criterion_named(criterion)
    if kind == "weight":
        return Tried(weights=_scaled(current, column, value))
    cell = current.candidate_named(candidate or "").pk, column.pk
    return Tried(scores={cell: value}) if kind == "score" else Tried(metrics={cell: value})


def is_first(current: Current, tried: Tried, name: str) -> bool:
    """Whether the candidate would be alone in the first place."""
    from evaluations.analysis import ranking  # NumPy: not needed to start the page process

    given = calculation_of(current, tried)
    ranks = ranking.additive(given.cells, given.problem.weights.used, given.problem.out).ranks
    return [given.problem.candidates[i] for i, rank in enumerate(ranks) if rank == 1] == [name]


def _scaled(current: Current, criterion: "Criterion", value: float) -> dict[int, float]:
    used = current.calculation.problem.weights.used
    at = current.criteria.index(criterion)
    rest = 1 - float(used[at])
    others = max(len(current.criteria) - 1, 1)
    return {
        row.pk: 100 * (value if j == at else (1 - value) * (float(used[j]) / rest if rest > 0 else 1 / others))
        for j, row in enumerate(current.criteria)
    }


def _statement(current: Current, challenger: str, change: dict[str, Any]) -> Statement | None:
    from evaluations.analysis.sensitivity import round_beyond  # NumPy: not needed to start the page process

    kind, tie = change["kind"], change["tie"]
    step = first_step(kind, tie)
    for _ in range(FINER):
        needed = round_beyond(tie, change["side"], step)
        if _is_possible(kind, needed):
            tried = tried_at(current, kind, change["candidate"], change["criterion"], needed)
            if is_first(current, tried, challenger):
                known = {name: change[name] for name in ("kind", "criterion", "now", "tie", "side", "unit")}
                known |= {"candidate": change["candidate"] or "", "metric": _metric_of(current, change)}
                return Statement(needed=needed, step=step, challenger=challenger, tried=tried, **known)
        step /= 10
    return None


def first_step(kind: str, tie: float) -> float:
    """A tenth of a percent, a hundredth of a score, three digits of a metric."""
    if kind == "weight":
        return 0.001
    if kind == "score" or tie == 0:
        return 0.01
    return float(10.0 ** (math.floor(math.log10(abs(tie))) - 2))


def _is_possible(kind: str, value: float) -> bool:
    if kind == "weight":
        return 0 <= value <= 1
    return 1 <= value <= 5 if kind == "score" else True


def _metric_of(current: Current, change: dict[str, Any]) -> str:
    function = current.calculation.problem.criteria[current.calculation.names.index(change["criterion"])].function
    return metric_name(function.metric) if function and change["kind"] == "metric" else ""


def metric_name(key: str) -> str:
    """As the catalogue calls it; a metric it has lost since keeps its key."""
    try:
        return catalogue.metric(key).name
    except KeyError:
        return key
