from typing import Any

from django import forms

from evaluations import catalogue
from evaluations.candidates.models import Candidate, Evaluation

STACK_LABELS = {
    "name": "Name of the candidate",
    "framework_version": "Version of the framework",
    "server": "Server",
    "data_layer": "Data layer",
    "proxy": "Proxy",
    "note": "Note",
}
STACK_HELP = {
    "name": "As it will stand at the head of its column.",
    "framework_version": "For example 5.2; results count for this version.",
    "server": "For example granian, uvicorn with 4 workers.",
    "data_layer": "For example SQLAlchemy 2 with asyncpg.",
    "proxy": "For example nginx.",
}


class DescribeForm(forms.Form):
    title = forms.CharField(max_length=120, help_text="The service the framework is for.")
    context = forms.CharField(
        max_length=5000,
        required=False,
        help_text="What exists today, what forces a decision, and by when.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class EditDescriptionForm(DescribeForm):
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    @classmethod
    def of(cls, evaluation: Evaluation) -> "EditDescriptionForm":
        shown = {"title": evaluation.title, "context": evaluation.context, "seen": evaluation.version}
        return cls(initial=shown)


class NewEvaluationForm(DescribeForm):
    scenario = forms.ChoiceField(label="Start from", required=False, widget=forms.RadioSelect)
    legacy = forms.BooleanField(
        label="We have a legacy system",
        required=False,
        help_text="Adds “keep and modernise” and “replace step by step” as candidates.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = [(scenario.key, f"{scenario.title}. {scenario.summary}") for scenario in catalogue.scenarios()]
        self.fields["scenario"].choices = [("", "A blank page"), *given]  # type: ignore[attr-defined]


class StackForm(forms.ModelForm):
    """The stack itself. That names are unique is the action's to say, under the lock."""

    class Meta:
        model = Candidate
        fields = ["name", "framework_version", "server", "data_layer", "proxy", "note"]
        labels = STACK_LABELS
        help_texts = STACK_HELP
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}

    def validate_constraints(self) -> None:
        return None


class AddForm(StackForm):
    framework = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    kind = forms.ChoiceField(choices=Candidate.Kind.choices, initial=Candidate.Kind.STACK)

    class Meta(StackForm.Meta):
        fields = ["kind", *StackForm.Meta.fields, "framework"]

    def clean_framework(self) -> str:
        key = self.cleaned_data["framework"]
        if key and key not in {framework.key for framework in catalogue.frameworks()}:
            raise forms.ValidationError("The catalogue has no such framework.")
        return key

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self["framework"].value():
            self.fields["kind"].widget = forms.HiddenInput()

    @classmethod
    def prefilled(cls, framework: str) -> "AddForm":
        """From the catalogue's usual stack; KeyError for an unknown framework."""
        if not framework:
            return cls()
        known = catalogue.framework(framework)
        stack = known.stack
        shown = {
            "name": known.name,
            "framework": known.key,
            "server": stack.server,
            "data_layer": stack.data_layer,
            "proxy": stack.proxy,
        }
        return cls(initial=shown)


class EditForm(StackForm):
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    class Meta(StackForm.Meta):
        fields = [*StackForm.Meta.fields, "seen"]


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        max_length=300, label="Why it is withdrawn", help_text="Stands in the record, beside the candidate’s name."
    )


class KnockForm(forms.Form):
    name = forms.CharField(
        max_length=80,
        label="Your name",
        help_text="As the others in the workshop will see it.",
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())
