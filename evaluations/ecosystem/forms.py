"""What is typed on the ecosystem pages, checked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from evaluations.candidates.models import Candidate
from evaluations.checklist.models import Phase
from evaluations.ecosystem.actions import CHECKS, NEED_FIELDS, PACKAGE_FIELDS
from evaluations.ecosystem.models import WEB_ADDRESS, Answer, Need, PackageChoice
from evaluations.scoring.scale_forms import ScaleForm

MOST_DAYS = 36_500
CHECK_LABELS = {
    "maintained": "It is maintained",
    "stable": "It has a stable release",
    "supports_async": "It works async",
    "release_history": "It is released regularly",
    "issue_tracker": "Its issues are answered",
    "community": "Its community is active",
}


class NeedForm(forms.Form):
    kind = forms.ChoiceField(choices=Need.Kind.choices)
    own_kind = forms.CharField(
        max_length=60, required=False, label="Which other kind", help_text="Only for “another kind”."
    )
    name = forms.CharField(
        max_length=120,
        label="What exactly",
        help_text="For example: PostgreSQL, company sign-in, carrier lookup.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    note = forms.CharField(max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    is_required = forms.BooleanField(required=False, initial=True, label="The service can’t do without it")
    async_needed = forms.BooleanField(required=False, label="It must work async where the candidate does")
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, need_id: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"need-{need_id}-%s", **kwargs})
        if not need_id:
            del self.fields["seen"]

    @classmethod
    def of(cls, row: Need) -> "NeedForm":
        return cls(initial={name: getattr(row, name) for name in NEED_FIELDS} | {"seen": row.version}, need_id=row.pk)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        is_own = given.get("kind") == Need.Kind.OWN
        if is_own and not given.get("own_kind") and "own_kind" not in self.errors:
            self.add_error("own_kind", "Say which kind it is.")
        if not is_own:
            given["own_kind"] = ""
        return given

    def facts(self) -> dict[str, Any]:
        """What was typed, without the version."""
        return {name: self.cleaned_data[name] for name in NEED_FIELDS}


class AnswerField(forms.ChoiceField):
    """Yes, partly, no, unknown; what is not sent is unknown."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Answer.choices, initial=Answer.UNKNOWN, **kwargs)

    def clean(self, value: Any) -> Any:
        return super().clean(value or Answer.UNKNOWN)


@dataclass(frozen=True)
class Check:
    """One thing looked at of a package, with its note."""

    answer: forms.BoundField
    note: forms.BoundField


class PackageForm(forms.Form):
    """What covers one need for one candidate."""

    package = forms.CharField(
        max_length=120,
        required=False,
        help_text="Empty where none was found.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    package_version = forms.CharField(
        max_length=60, required=False, label="Version", widget=forms.TextInput(attrs={"class": "short"})
    )
    verdict = forms.ChoiceField(choices=PackageChoice.Verdict.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        max_length=1000,
        required=False,
        help_text="Without a package: what we would write, and how many days it takes.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    dealbreaker = forms.BooleanField(required=False, label="Dealbreaker: this rules the candidate out")
    dealbreaker_reason = forms.CharField(
        max_length=500, required=False, label="Why it rules the candidate out", widget=forms.Textarea(attrs={"rows": 2})
    )
    issue_days = forms.FloatField(
        required=False,
        min_value=0,
        max_value=MOST_DAYS,
        label="Days to resolve an issue",
        help_text="Median age at closing of last year’s closed issues.",
        widget=forms.NumberInput(attrs={"step": "any", "class": "short"}),
    )
    evidence_url = forms.URLField(
        max_length=500,
        required=False,
        label="Address of the evidence",
        assume_scheme="https",
        validators=[WEB_ADDRESS],
    )
    looked_date = forms.DateField(
        required=False, label="Looked at on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, need: Need, candidate: Candidate, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"package-{need.pk}-{candidate.pk}-%s", **kwargs})
        for name in CHECKS:
            label = CHECK_LABELS[name]
            self.fields[name] = AnswerField(label=label)
            note = forms.TextInput(attrs={"aria-label": f"Note: {label}"})
            self.fields[f"{name}_note"] = forms.CharField(label="Note", max_length=300, required=False, widget=note)
        if need.async_needed:
            self.fields["supports_async"].help_text = "Needed here."

    @classmethod
    def of(cls, row: PackageChoice | None, *, need: Need, candidate: Candidate, today: date) -> "PackageForm":
        shown: dict[str, Any] = {"verdict": PackageChoice.Verdict.UNKNOWN, "looked_date": today, "seen": 0}
        if row:
            shown = {name: getattr(row, name) for name in PACKAGE_FIELDS} | {"seen": row.version}
        return cls(initial=shown, need=need, candidate=candidate)

    @property
    def first_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("package", "package_version", "verdict", "note")]

    @property
    def last_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("issue_days", "evidence_url", "looked_date")]

    @property
    def dealbreaker_fields(self) -> list[forms.BoundField]:
        return [self["dealbreaker"], self["dealbreaker_reason"]]

    @property
    def checks(self) -> Iterator[Check]:
        return (Check(self[name], self[f"{name}_note"]) for name in CHECKS)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        verdict, package = given.get("verdict"), given.get("package")
        if verdict == PackageChoice.Verdict.MISSING and package:
            self.add_error("package", "Leave this empty where no package was found, or choose another verdict.")
        elif verdict == PackageChoice.Verdict.MISSING and not given.get("note"):
            self.add_error("note", "Say what we would write and how long it takes.")
        elif verdict not in (None, PackageChoice.Verdict.MISSING, PackageChoice.Verdict.UNKNOWN) and not package:
            self.add_error("package", "Name the package that this is the verdict on.")
        if given.get("dealbreaker") and not given.get("dealbreaker_reason"):
            self.add_error("dealbreaker_reason", "Say why this rules the candidate out.")
        return given

    def facts(self) -> dict[str, Any]:
        """What was typed, as `set_package` takes it; a reason without its dealbreaker is dropped."""
        given = {name: self.cleaned_data[name] for name in PACKAGE_FIELDS}
        return given if given["dealbreaker"] else given | {"dealbreaker_reason": ""}


class ValueFunctionForm(ScaleForm):
    """How a figure of the ecosystem becomes a score."""

    phase = Phase.ECOSYSTEM
