import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms

from evaluations import catalogue
from evaluations.candidates.models import Evaluation
from evaluations.requirements.models import Criterion, Requirement
from evaluations.requirements.queries import OTHER_EVIDENCE, Costs, evidence_kinds, standing_criteria


class RequirementForm(forms.Form):
    """One requirement; the constraint between quantity and unit is said beside the field it concerns."""

    statement = forms.CharField(
        max_length=300,
        label="What the service needs",
        widget=forms.TextInput(attrs={"placeholder": "Each vehicle keeps one connection open", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(choices=Requirement.Kind.choices)
    quantity = forms.DecimalField(max_digits=18, decimal_places=4, required=False, min_value=0, label="How much")
    unit = forms.CharField(
        max_length=40, required=False, widget=forms.TextInput(attrs={"placeholder": "connections, requests/s, days"})
    )
    must_have = forms.BooleanField(
        required=False, label="Must-have", help_text="A candidate that does not meet it is out, whatever its scores."
    )
    source = forms.CharField(max_length=200, required=False, label="Who says so", help_text="Person, paper or system.")
    verification = forms.CharField(
        max_length=300, required=False, label="How we will know", help_text="The test, reading or talk that shows it."
    )
    criteria = forms.ModelMultipleChoiceField(
        queryset=Criterion.objects.none(),
        required=False,
        label="Weighed by",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "This criterion was removed meanwhile; choose another."},
    )

    def __init__(self, *args: Any, evaluation: Evaluation, prefix_id: str = "requirement", **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{prefix_id}-%s", **kwargs})
        choices = Criterion.objects.standing().filter(evaluation=evaluation).order_by("position", "pk")
        self.fields["criteria"].queryset = choices  # type: ignore[attr-defined]
        if not standing_criteria(evaluation):
            del self.fields["criteria"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("unit") and given.get("quantity") is None and "quantity" not in self.errors:
            self.add_error("quantity", f"Say how many {given['unit']}, or leave the unit empty.")
        return given


class EditRequirementForm(RequirementForm):
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    @classmethod
    def of(cls, row: Requirement, evaluation: Evaluation) -> "EditRequirementForm":
        return cls(initial=typed_of(row), evaluation=evaluation, prefix_id=f"requirement-{row.pk}")

    @classmethod
    def again(cls, typed: Mapping[str, Any], row: Requirement, evaluation: Evaluation) -> "EditRequirementForm":
        """What was typed, now against the newest version."""
        data = {**typed, "seen": row.version, "criteria": [c.pk for c in typed.get("criteria", ())]}
        return cls(data, evaluation=evaluation, prefix_id=f"requirement-{row.pk}")


def typed_of(row: Requirement) -> dict[str, Any]:
    quantity = row.quantity
    return {
        "kind": row.kind,
        "statement": row.statement,
        "quantity": None if quantity is None else f"{quantity:.4f}".rstrip("0").rstrip("."),
        "unit": row.unit,
        "must_have": row.must_have,
        "source": row.source,
        "verification": row.verification,
        "criteria": [c.pk for c in row.criteria.all()],
        "seen": row.version,
    }


class CriterionForm(forms.Form):
    name = forms.CharField(max_length=80)
    question = forms.CharField(
        max_length=300, required=False, label="The question put to each candidate", widget=forms.TextInput
    )
    anchor_1 = forms.CharField(max_length=300, required=False, label="A 1 looks like")
    anchor_3 = forms.CharField(max_length=300, required=False, label="A 3 looks like")
    anchor_5 = forms.CharField(max_length=300, required=False, label="A 5 looks like")
    group = forms.CharField(max_length=60, required=False, widget=forms.TextInput(attrs={"list": "criterion-groups"}))
    evidence_kind = forms.ChoiceField(required=False, label="Found out by")
    cost_hours = forms.DecimalField(
        max_digits=6,
        decimal_places=2,
        min_value=Decimal("0.25"),
        required=False,
        label="Hours to find out",
        help_text="For one candidate. Empty: what this kind of evidence usually takes here.",
    )

    def __init__(self, *args: Any, prefix_id: str = "criterion", **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{prefix_id}-%s", **kwargs})
        kinds = [(key, name) for key, name in evidence_kinds().items() if key != OTHER_EVIDENCE]
        self.fields["evidence_kind"].choices = [("", "Anything else"), *kinds]  # type: ignore[attr-defined]

    @property
    def groups(self) -> tuple[str, ...]:
        return catalogue.criterion_groups()


class EditCriterionForm(CriterionForm):
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    @classmethod
    def of(cls, row: Criterion) -> "EditCriterionForm":
        names = ("name", "question", "anchor_1", "anchor_3", "anchor_5", "group", "evidence_kind", "cost_hours")
        shown = {name: getattr(row, name) for name in names}
        return cls(initial={**shown, "seen": row.version}, prefix_id=f"criterion-{row.pk}")

    @classmethod
    def again(cls, typed: Mapping[str, Any], row: Criterion) -> "EditCriterionForm":
        """What was typed, now against the newest version."""
        return cls({**typed, "seen": row.version}, prefix_id=f"criterion-{row.pk}")


class CostsForm(forms.Form):
    """Hours by kind of evidence, one field each, and the limit."""

    limit_per_hour = forms.DecimalField(
        max_digits=8,
        decimal_places=5,
        min_value=Decimal("0.00001"),
        label="Stop below",
        help_text="Points of expected total that an hour must bring. When no cell does, it says: stop collecting, "
        "decide.",
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "costs-%s", **kwargs})
        for key, name in evidence_kinds().items():
            self.fields[f"hours-{key}"] = forms.FloatField(
                min_value=0.05, max_value=1000, label=f"{name}, hours", widget=forms.NumberInput(attrs={"step": "any"})
            )

    @classmethod
    def of(cls, costs: Costs) -> "CostsForm":
        shown = {f"hours-{key}": f"{hours:g}" for key, hours in costs.hours.items()}
        limit = f"{costs.limit_per_hour:.5f}".rstrip("0")
        return cls(initial={**shown, "limit_per_hour": limit, "seen": costs.version})

    @classmethod
    def again(cls, typed: Mapping[str, Any], costs: Costs) -> "CostsForm":
        """What was typed, now against the newest version."""
        return cls({**typed, "seen": costs.version})

    def hours(self) -> dict[str, float]:
        return {
            name.removeprefix("hours-"): value for name, value in self.cleaned_data.items() if name.startswith("hours-")
        }


class NumbersForm:
    """One number for each criterion, named `<prefix>-<id>`; what was typed stays, errors stand beside their field."""

    def __init__(self, prefix: str, criteria: Iterable[Criterion], typed: Mapping[str, str]) -> None:
        self.typed = {c.pk: typed.get(f"{prefix}-{c.pk}", "").strip() for c in criteria}
        self.numbers: dict[int, float] = {}
        self.errors: dict[int, str] = {}
        for pk, text in self.typed.items():
            number = _number(text)
            if number is None:
                self.errors[pk] = "Type a number of 0 or more."
            else:
                self.numbers[pk] = number

    @property
    def is_valid(self) -> bool:
        return not self.errors


def _number(text: str) -> float | None:
    """Empty counts as 0: nothing given."""
    try:
        number = float(text.replace(",", ".") or 0)
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 <= number <= 1_000_000 else None
