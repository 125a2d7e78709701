from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import URLValidator

from evaluations.candidates.models import Candidate
from evaluations.requirements.models import Criterion, Requirement
from evaluations.scoring.models import Evidence, MustHaveVerdict, Score

UNKNOWN = "unknown"
RATINGS: dict[str, int | None] = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, UNKNOWN: None}
"""What a rating's keys send, and what it means."""


class ScoreForm(forms.Form):
    value = forms.DecimalField(
        label="Agreed score",
        min_value=1,
        max_value=5,
        max_digits=4,
        decimal_places=2,
        help_text="1 to 5, to two decimals.",
    )
    reason = forms.CharField(
        label="Reason",
        max_length=1000,
        required=False,
        help_text="Asked for a 1, a 5, and where members differ.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, candidate: Candidate, criterion: Criterion, place: str = "", **kwargs: Any) -> None:
        self.anchor = f"{place}score-{candidate.pk}-{criterion.pk}"
        super().__init__(*args, **{"auto_id": f"{self.anchor}-%s", **kwargs})
        self.fields["value"].required = not self.data.get("clear")

    def clean_value(self) -> Decimal | None:
        return None if self.data.get("clear") else self.cleaned_data["value"]

    @property
    def may_be_cleared(self) -> bool:
        """Whether a score stands that can be taken back."""
        return self.initial.get("value") is not None

    @classmethod
    def of(cls, score: Score | None, *, candidate: Candidate, criterion: Criterion, place: str = "") -> "ScoreForm":
        """place: what tells the panel's form from the one of the same cell on the page behind it."""
        shown = {"value": score.value, "reason": score.reason, "seen": score.version} if score else {"seen": 0}
        return cls(initial=shown, candidate=candidate, criterion=criterion, place=place)


class EvidenceForm(forms.Form):
    kind = forms.ChoiceField(choices=Evidence.Kind.choices, initial=Evidence.Kind.NOTE, widget=forms.RadioSelect)
    title = forms.CharField(max_length=200, help_text="What it shows, in a line.")
    text = forms.CharField(label="Note", max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    url = forms.URLField(
        label="Address",
        max_length=500,
        required=False,
        assume_scheme="https",
        validators=[URLValidator(schemes=["http", "https"])],
    )
    file = forms.FileField(label="File", max_length=200, required=False, allow_empty_file=True)
    strength = forms.ChoiceField(choices=Evidence.Strength.choices, initial=Evidence.Strength.FAIR)
    dated_date = forms.DateField(
        label="As of", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    about_version = forms.CharField(label="About version", max_length=60, required=False)

    needed = {
        Evidence.Kind.NOTE: ("text", "Write the note."),
        Evidence.Kind.LINK: ("url", "Give the address."),
        Evidence.Kind.FILE: ("file", "Choose the file."),
    }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        field, words = self.needed.get(cleaned.get("kind", ""), ("", ""))
        if field and field not in self.errors and not cleaned.get(field):
            self.add_error(field, words)
        return cleaned


class VerdictForm(forms.Form):
    verdict = forms.ChoiceField(choices=MustHaveVerdict.Verdict.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Reason",
        max_length=1000,
        required=False,
        help_text="Needed unless it is not proven.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, requirement: Requirement, candidate: Candidate, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"verdict-{requirement.pk}-{candidate.pk}-%s", **kwargs})

    @classmethod
    def of(cls, row: MustHaveVerdict | None, *, requirement: Requirement, candidate: Candidate) -> "VerdictForm":
        shown: dict[str, Any] = {"verdict": MustHaveVerdict.Verdict.NOT_PROVEN, "seen": 0}
        if row:
            shown = {"verdict": row.verdict, "reason": row.reason, "seen": row.version}
        return cls(initial=shown, requirement=requirement, candidate=candidate)
