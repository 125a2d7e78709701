"""What is typed about the way on from an old system, checked."""

from typing import Any

from django import forms

from evaluations.legacy.models import Increment, LegacyPlan

MOST_DAYS = 1_000_000
NEW = "new"


def _days(label: str, help_text: str = "") -> forms.FloatField:
    widget = forms.NumberInput(attrs={"step": "any", "class": "short"})
    return forms.FloatField(
        label=label, help_text=help_text, required=False, min_value=0, max_value=MOST_DAYS, widget=widget
    )


class RangeForm(forms.Form):
    """Two ends in person-days: both or neither, low first."""

    ends: tuple[str, str]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        low_name, high_name = self.ends
        if low_name in self.errors or high_name in self.errors:
            return given
        low, high = given.get(low_name), given.get(high_name)
        if (low is None) != (high is None):
            self.add_error(low_name if low is None else high_name, "Give both ends, the same number twice if you must.")
        elif low is not None and high is not None and high < low:
            self.add_error(high_name, "This end is the higher one.")
        return given


class PlanForm(RangeForm):
    ends = ("cost_low_days", "cost_high_days")

    cost_low_days = _days("Cost of migration, at least", "Person-days, as honest as you can.")
    cost_high_days = _days("At most", "Person-days.")
    cost_source = forms.CharField(
        max_length=300,
        required=False,
        label="Where the figures come from",
        help_text="Who estimated it, from what: a trial, an earlier migration, a count of screens.",
    )
    pain_points = forms.CharField(
        max_length=4000,
        required=False,
        label="Pain points",
        help_text="One a line: what hurts in the old system, and stays or goes on this way.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "legacy-%s", **kwargs})

    @classmethod
    def of(cls, row: LegacyPlan | None) -> "PlanForm":
        names = [name for name in cls.base_fields if name != "seen"]
        shown = {name: getattr(row, name) for name in names} if row else {}
        return cls(initial={**shown, "seen": row.version if row else 0})

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("cost_low_days") is not None and not given.get("cost_source") and "cost_source" not in self.errors:
            self.add_error("cost_source", "Say where the figures come from.")
        return given


class IncrementForm(RangeForm):
    ends = ("effort_low_days", "effort_high_days")

    moves = forms.CharField(
        max_length=300,
        label="What moves",
        help_text="A route, a table, a job: small enough to be taken back.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    effort_low_days = _days("Effort, at least", "Person-days.")
    effort_high_days = _days("At most", "Person-days.")
    risk = forms.ChoiceField(choices=Increment.Risk.choices, initial=Increment.Risk.MEDIUM)
    risk_note = forms.CharField(max_length=500, required=False, label="What can go wrong")
    rollback = forms.CharField(
        max_length=2000,
        required=False,
        label="How it is rolled back",
        help_text="Step by step, for whoever is on call.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)

    def __init__(self, *args: Any, about: str = NEW, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"increment-{about}-%s", **kwargs})
        if about == NEW:
            del self.fields["seen"]

    @classmethod
    def of(cls, row: Increment) -> "IncrementForm":
        names = [name for name in cls.base_fields if name != "seen"]
        return cls(initial={name: getattr(row, name) for name in names} | {"seen": row.version}, about=str(row.pk))


class SeenForm(forms.Form):
    seen = forms.IntegerField(min_value=0)
