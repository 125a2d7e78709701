from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password

from evaluations.teams.models import ApiToken, Person, Role, Team


class SeenForm(forms.Form):
    """A form that names the version of the object it was drawn from."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class TeamForm(forms.Form):
    name = forms.CharField(max_length=120, label="Name of the team")


class RenameForm(TeamForm, SeenForm):
    pass


class ProfileForm(SeenForm):
    size = forms.IntegerField(label="How many people will work on it", min_value=1, max_value=1000, required=False)
    skills = forms.CharField(
        label="What the team is good at",
        help_text="Languages, frameworks, databases; and what nobody has done yet.",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    async_experience = forms.ChoiceField(
        label="Experience with async code", choices=Team.AsyncExperience.choices, required=False
    )

    @classmethod
    def of(cls, team: Team) -> "ProfileForm":
        shown = {
            "size": team.size,
            "skills": team.skills,
            "async_experience": team.async_experience,
            "seen": team.version,
        }
        return cls(initial=shown, auto_id="profile_%s")


class InviteForm(forms.Form):
    email = forms.EmailField(label="E-mail address", help_text="The link works for this address only.")
    role = forms.ChoiceField(choices=Role.choices, initial=Role.CONTRIBUTOR)


class TokenForm(forms.Form):
    """What a new token for pipelines is called, what it opens and for how long."""

    DAYS = [("30", "30 days"), ("90", "90 days"), ("365", "a year")]

    name = forms.CharField(max_length=80, label="What it is for", help_text="For example “nightly load tests”.")
    scope = forms.ChoiceField(choices=ApiToken.Scope.choices, initial=ApiToken.Scope.UPLOAD, label="It may")
    days = forms.ChoiceField(choices=DAYS, initial="90", label="It works for")

    def facts(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {"name": given["name"], "scope": given["scope"], "days": int(given["days"])}


class RoleForm(SeenForm):
    role = forms.ChoiceField(choices=Role.choices)


class RatesForm(SeenForm):
    rates = forms.BooleanField(required=False)


class NameForm(forms.Form):
    name = forms.CharField(
        max_length=80,
        label="Your name",
        help_text="As the others in the team will see it.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class SignUpForm(NameForm):
    """A name and a password; the address is the invitation's."""

    password = forms.CharField(
        strip=False,
        max_length=200,
        help_text=password_validators_help_text_html,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invited = email

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "password" in given:
            someone = Person(email=given.get("email", self.invited), name=given.get("name", ""))
            try:
                validate_password(given["password"], someone)
            except forms.ValidationError as weak:
                self.add_error("password", weak)
        return given


class FirstLeadForm(SignUpForm):
    email = forms.EmailField(label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    team_name = forms.CharField(max_length=120, label="Name of the team")

    field_order = ["name", "email", "password", "team_name"]
