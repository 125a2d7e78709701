"""A value function as it is typed: the points over a phase's metric, and what lies beyond them."""

import re
from collections.abc import Sequence
from typing import Any, Self

from django import forms

from evaluations.scoring.actions import PointsNotUsable, checked_points
from evaluations.scoring.models import ValueFunction
from evaluations.scoring.scales import metrics_of

MOST_POINTS = 12


class PointsField(forms.CharField):
    """A value function's points, one a line, "800 4"; as [[800.0, 4.0], ...]."""

    widget = forms.Textarea(attrs={"rows": 6, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value
        return "\n".join(f"{x:.12g} {score:.12g}" for x, score in value)

    def to_python(self, value: Any) -> Any:
        lines = [line for line in (super().to_python(value) or "").splitlines() if line.strip()]
        if len(lines) > MOST_POINTS:
            raise forms.ValidationError(f"At most {MOST_POINTS} points.")
        try:
            pairs = [[float(part) for part in re.split(r"[\s;→]+", line.strip())] for line in lines]
            return checked_points(pairs)
        except PointsNotUsable as problem:
            raise forms.ValidationError(str(problem)) from problem
        except (ValueError, OverflowError) as problem:
            raise forms.ValidationError("Write one point a line: a figure and a score, like “800 4”.") from problem


class ScaleForm(forms.Form):
    """How a figure becomes a score; the metric, one of the `phase` that a package's form names, is chosen before."""

    metric = forms.ChoiceField(widget=forms.HiddenInput)
    points = PointsField(
        max_length=600,
        help_text="One a line: the figure, then the score from 1 to 5; figures ascending.",
    )
    outside = forms.ChoiceField(
        label="Beyond the first and last point",
        choices=[("clip", "the score stays"), ("extrapolate", "the line goes on, from 1 to 5")],
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    phase = ""

    def __init__(self, *args: Any, metric: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.metrics = metrics_of(self.phase)
        self.fields["metric"].choices = [(key, each.name) for key, each in self.metrics.items()]  # type: ignore[attr-defined]

    @classmethod
    def of(cls, function: ValueFunction | None, metric: str, points: Sequence[Sequence[float]]) -> Self:
        shown: dict[str, Any] = {"metric": metric, "points": points, "seen": function.version if function else 0}
        if function and function.metric == metric:
            shown |= {"endpoint": function.endpoint, "outside": function.outside}
        return cls(initial=shown, metric=metric)

    def function(self) -> dict[str, Any]:
        """What was typed, as `set_value_function` takes it."""
        given = self.cleaned_data
        metric = self.metrics[given["metric"]]
        return {
            "metric": metric.key,
            "unit": metric.unit,
            "points": given["points"],
            "endpoint": given.get("endpoint", ""),
            "outside": given["outside"],
            "seen": given["seen"],
        }
