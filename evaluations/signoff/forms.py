from typing import Any

from django import forms

from evaluations.signoff.actions import LONGEST_TOLD

DIGEST = r"^[0-9a-f]{64}$"
MOST_POINTS = 30


class SeenForm(forms.Form):
    """A form about exactly what the page showed: it carries the digest of that."""

    digest = forms.RegexField(DIGEST, widget=forms.HiddenInput)
    word = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{self.word}-%s", **kwargs})


class ProvingForm(SeenForm):
    """One that asks who is there: `asks_for_password` says whether it was long ago that this was proved."""

    def __init__(self, *args: Any, asks_for_password: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if asks_for_password:
            self.fields["password"] = forms.CharField(
                label="Your password",
                help_text="Asked once per ten minutes of signing.",
                strip=False,
                widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
            )


class SignForm(ProvingForm):
    word = "sign"
    comment = forms.CharField(
        label="Comment", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class AloneForm(ProvingForm):
    word = "alone"
    reason = forms.CharField(
        label="Why nobody independent reviews this phase",
        help_text="The cover of the record prints it.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    comment = forms.CharField(
        label="Comment", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class ChangesForm(SeenForm):
    word = "changes"
    points = forms.CharField(
        label="What has to change",
        help_text="One thing on each line; each is ticked off by itself.",
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    comment = forms.CharField(
        label="Comment", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean_points(self) -> list[str]:
        points = [line.strip() for line in self.cleaned_data["points"].splitlines() if line.strip()]
        if len(points) > MOST_POINTS:
            raise forms.ValidationError(f"At most {MOST_POINTS} points at once.")
        if any(len(point) > LONGEST_TOLD for point in points):
            raise forms.ValidationError(f"At most {LONGEST_TOLD} characters on one line.")
        return points


class NotApplicableForm(forms.Form):
    word = "aside"
    reason = forms.CharField(
        label="Why this phase does not apply",
        help_text="The record prints it.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{self.word}-%s", **kwargs})


class PointForm(forms.Form):
    seen = forms.IntegerField(min_value=0)
    is_settled = forms.TypedChoiceField(choices=[("yes", "yes"), ("no", "no")], coerce=lambda value: value == "yes")
