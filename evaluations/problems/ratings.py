"""From a rating as the file gives it to a cell of the analysis: a distribution on the scale 1..5."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from evaluations.analysis import cells, values

Points = Sequence[Sequence[float]]


@dataclass(frozen=True)
class ValueFunction:
    """From a metric in `unit` to a score; a score beyond the scale is cut to 1..5."""

    points: Points
    metric: str = ""
    unit: str = ""
    outside: values.Outside = "clip"

    def score(self, x: float) -> float:
        return _on_scale(values.piecewise_linear(self.points, x, outside=self.outside))

    def reach(self, low: float, high: float) -> tuple[float, float]:
        """The lowest and the highest score between two metric values, turns of the function included."""
        inside = [x for x, _ in self.points if low < x < high]
        scores = [self.score(x) for x in (low, *inside, high)]
        return min(scores), max(scores)


@dataclass(frozen=True)
class Rating:
    """One cell: its distribution, the metric it stands at now (None for a judged one), and the members' answers.

    `answers`: scores by member (None: don't know), under a made-up name each where the file gives a mere list.
    `counts_answers`: they are what the cell counts as; else they stand beside a score that was agreed or measured.
    """

    cell: cells.Cell
    metric: float | None
    answers: dict[str, float | None]
    is_named: bool
    counts_answers: bool = False


def rating(name: str, given: Any, function: ValueFunction | None, turned: bool) -> Rating:
    """A rating whose shape is checked. `turned`: less is better on the plain scale, so that s counts as 6 - s.

    ValueError naming the place (`name`) and the value for a score that is not on the scale or a range upside down.
    """
    told = given if isinstance(given, dict) else {"unknown": True} if given is None else {"value": given}
    in_metric = function if told.get("scale", "metric") == "metric" else None
    if told.get("scale") == "metric" and function is None:
        raise ValueError(f"{name}, scale: 'metric' where the criterion has no value function")
    turned = turned and function is None
    one = _Reader(name, in_metric, turned)
    answers = _answers(told, one, _Reader(name, None, turned))
    is_named = not isinstance(told.get("members"), list)
    return Rating(one.cell(told), one.metric(told) if in_metric else None, answers, is_named, "members" in told)


def mean_and_deviation(scores: Sequence[float]) -> tuple[float, float]:
    """Of at least one score: the mean and the standard deviation over repeats, 0 for a single one."""
    return fmean(scores), stdev(scores) if len(scores) > 1 else 0.0


@dataclass(frozen=True)
class _Reader:
    name: str
    function: ValueFunction | None
    turned: bool

    def score(self, x: float) -> float:
        if self.function:
            return self.function.score(x)
        if not values.SCALE_LOW <= x <= values.SCALE_HIGH:
            raise ValueError(f"{self.name}: {x:g} lies outside the scale 1..5")
        return 6.0 - x if self.turned else float(x)

    def cell(self, told: dict[str, Any]) -> cells.Cell:
        if "value" in told:
            return cells.point(self.score(told["value"]))
        if "low" in told:
            return self._range(told["low"], told["high"])
        if "members" in told:
            given = told["members"]
            listed = given if isinstance(given, list) else list(given.values())
            return cells.members([value if value is None else self.score(value) for value in listed])
        if "mean" in told:
            return self._normal(told["mean"], told["deviation"])
        if "runs" in told:
            return cells.normal(*mean_and_deviation([self.score(x) for x in told["runs"]]))
        return cells.unknown()

    def metric(self, told: dict[str, Any]) -> float | None:
        """Where the metric stands now, in its unit."""
        known = [x for x in told["members"] if x is not None] if isinstance(told.get("members"), list) else []
        if isinstance(told.get("members"), dict):
            known = [x for x in told["members"].values() if x is not None]
        if "low" in told:
            known = [told["low"], told["high"]]
        known += told.get("runs", [])
        known += [told[key] for key in ("value", "mean") if key in told]
        return fmean(known) if known else None

    def _range(self, low: float, high: float) -> cells.Cell:
        if low > high:
            raise ValueError(f"{self.name}: low, {low:g}, lies above high, {high:g}")
        ends = self.function.reach(low, high) if self.function else sorted((self.score(low), self.score(high)))
        return cells.interval(*ends)

    def _normal(self, mean: float, deviation: float) -> cells.Cell:
        if not self.function:
            return cells.normal(self.score(mean), deviation)
        step = abs(self.function.score(mean + deviation) - self.function.score(mean - deviation)) / 2
        return cells.normal(self.function.score(mean), step)


def _answers(told: dict[str, Any], counting: _Reader, judged: _Reader) -> dict[str, float | None]:
    reader = counting if "members" in told else judged
    said = told.get("members", told.get("answers", {}))
    if isinstance(said, list):
        said = {f"member {number}": value for number, value in enumerate(said, 1)}
    return {member: value if value is None else reader.score(value) for member, value in said.items()}


def _on_scale(score: float) -> float:
    return min(max(float(score), values.SCALE_LOW), values.SCALE_HIGH)
