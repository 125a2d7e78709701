from typing import Any

from django import forms

from evaluations.assignments.actions import SUBJECT
from evaluations.assignments.models import Assignment
from evaluations.teams.models import Person


class AssignForm(forms.Form):
    """Owner and due date for one subject; drawn once beside each thing that is open, hence the ids by subject."""

    subject = forms.RegexField(rf"\A{SUBJECT.pattern}\Z", max_length=80, widget=forms.HiddenInput)
    title = forms.CharField(max_length=200, widget=forms.HiddenInput)
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    owner = forms.ChoiceField(label="Who", error_messages={"invalid_choice": "Choose somebody who takes part."})
    due_date = forms.DateField(
        label="Until", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, people: list[Person], subject: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{anchor(subject)}-%s", **kwargs})
        self.people = {str(person.pk): person for person in people}
        choices = [(key, person.shown_name) for key, person in self.people.items()]
        self.fields["owner"].choices = [("", "Choose a person"), *choices]  # type: ignore[attr-defined]

    def clean_owner(self) -> Person:
        return self.people[self.cleaned_data["owner"]]


def anchor(subject: str) -> str:
    """The id of the part that belongs to a subject."""
    return "assign-" + "".join(sign if sign.isalnum() else "-" for sign in subject)


def form_for(subject: str, title: str, assignment: Assignment | None, people: list[Person]) -> AssignForm:
    shown: dict[str, Any] = {"subject": subject, "title": title, "seen": assignment.version if assignment else 0}
    if assignment is not None:
        shown |= {"title": assignment.title, "owner": assignment.owner_id, "due_date": assignment.due_date}
    return AssignForm(initial=shown, people=people, subject=subject)
