"""What is typed on the pages of the decision, checked."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from evaluations import catalogue
from evaluations.candidates.models import Candidate
from evaluations.decision.models import Decision, Forecast, TradeOff

LARGEST = 1e12
OWN = ""
NEW = "new"
FIRST_METRICS = ("latency_p95_ms", "learning_minutes", "migration_days")
"""What is asked for most at a look back; the other metrics of the catalogue follow."""


def _text(label: str, help_text: str, *, rows: int = 3, most: int = 4000) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=most,
        required=False,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class ChoiceForm(forms.Form):
    """Whom one would choose, and all that is said with it."""

    candidate = forms.ChoiceField(label="Choose", required=False, widget=forms.RadioSelect)
    reason = _text(
        "Why", "In words that still hold in a year. Needed when the choice goes against the ranking.", rows=4
    )
    good = _text("Good consequences", "One a line.")
    bad = _text("Bad consequences", "One a line.")
    neutral = _text("Neither good nor bad", "One a line: what simply becomes different.", rows=2)
    confirmation = _text(
        "How it will be confirmed", "The test, review or figure that shows that it was right.", rows=2, most=2000
    )
    revisit_on = forms.DateField(
        label="Look at it again on",
        required=False,
        help_text="From that day it waits in My work of the leads.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    consulted = _text("Consulted", "One a line: whose opinion was asked for.", rows=3)
    informed = _text("Informed", "One a line: who is told.", rows=2)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, candidates: Sequence[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "decision-%s", **kwargs})
        self.candidates = {str(one.pk): one for one in candidates}
        choices = [(pk, one.name) for pk, one in self.candidates.items()]
        self.fields["candidate"].choices = [("", "nobody yet"), *choices]  # type: ignore[attr-defined]

    @classmethod
    def of(
        cls, row: Decision | None, people: tuple[list[str], list[str]], candidates: Sequence[Candidate]
    ) -> "ChoiceForm":
        """people: names of the consulted and the informed that a new draft begins with."""
        consulted, informed = ("\n".join(names) for names in people)
        shown: dict[str, Any] = {"candidate": "", "consulted": consulted, "informed": informed, "seen": 0}
        if row and row.version:
            shown = {name: getattr(row, name) for name in cls.base_fields if name not in ("candidate", "seen")}
            shown |= {"candidate": str(row.candidate_id or ""), "seen": row.version}
        return cls(initial=shown, candidates=candidates)

    @classmethod
    def again(cls, typed: Mapping[str, Any], row: Decision | None, candidates: Sequence[Candidate]) -> "ChoiceForm":
        """What was typed, now against the newest version."""
        return cls({**typed, "seen": row.version if row else 0}, candidates=candidates)

    @property
    def chosen(self) -> Candidate | None:
        return self.candidates.get(self.cleaned_data["candidate"])

    def said(self) -> dict[str, Any]:
        """What was typed, as `actions.choose` takes it."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("candidate", "seen")}


class TradeOffForm(forms.Form):
    what = forms.CharField(
        max_length=500, label="What is accepted", widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"})
    )
    mitigation = _text("What is done about it", "Leave it empty where it is simply borne.", rows=3, most=2000)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)

    def __init__(self, *args: Any, about: str = "new", **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"trade-off-{about}-%s", **kwargs})

    @classmethod
    def of(cls, row: TradeOff) -> "TradeOffForm":
        shown = {"what": row.what, "mitigation": row.mitigation, "seen": row.version}
        return cls(initial=shown, about=str(row.pk))


class ForecastForm(forms.Form):
    metric = forms.ChoiceField(label="What", required=False)
    name = forms.CharField(max_length=120, required=False, label="Name of an own figure")
    unit = forms.CharField(max_length=40, required=False, label="Its unit")
    expected = forms.FloatField(min_value=-LARGEST, max_value=LARGEST, label="Expected")
    note = forms.CharField(
        max_length=500, required=False, label="From what", help_text="The run, exercise or estimate it rests on."
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)

    def __init__(self, *args: Any, about: str = NEW, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"forecast-{about}-%s", **kwargs})
        self.fields["metric"].choices = [(OWN, "an own figure"), *metric_choices()]  # type: ignore[attr-defined]
        self.fields["expected"].widget.attrs |= {"step": "any", "class": "short"}
        if about == NEW:
            del self.fields["seen"]

    @classmethod
    def of(cls, row: Forecast) -> "ForecastForm":
        own = {"name": "", "unit": ""} if row.metric else {"name": row.name, "unit": row.unit}
        shown = {"metric": row.metric, "expected": row.expected, "note": row.note, "seen": row.version} | own
        return cls(initial=shown, about=str(row.pk))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "metric" in given and not given["metric"] and not given.get("name") and "name" not in self.errors:
            self.add_error("name", "Choose a figure of the catalogue, or name your own.")
        return given


def metric_choices() -> list[tuple[str, str]]:
    known = {one.key: f"{one.name}, {one.unit}" for one in catalogue.metrics()}
    first = [(key, known.pop(key)) for key in FIRST_METRICS if key in known]
    return [*first, *known.items()]


class ActualForm(forms.Form):
    actual = forms.FloatField(min_value=-LARGEST, max_value=LARGEST, label="What came of it")
    note = forms.CharField(
        max_length=500, required=False, label="How it was found", help_text="Where it was measured, over which time."
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, forecast: Forecast, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"actual-{forecast.pk}-%s", **kwargs})
        self.fields["actual"].help_text = f"In {forecast.unit}." if forecast.unit else ""
        self.fields["actual"].widget.attrs |= {"step": "any", "class": "short"}

    @classmethod
    def of(cls, row: Forecast) -> "ActualForm":
        shown = {"actual": row.actual, "note": row.actual_note, "seen": row.version}
        return cls(initial=shown, forecast=row)


class RevisitForm(forms.Form):
    finding = forms.CharField(
        max_length=4000,
        label="What was found",
        help_text="Does the decision still hold? What turned out otherwise?",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    next_on = forms.DateField(
        label="Look again on",
        required=False,
        help_text="Leave it empty if this was the last time.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "revisit-%s", **kwargs})


class SuccessorForm(forms.Form):
    title = forms.CharField(max_length=120, label="Title of the successor")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "successor-%s", **kwargs})


class SeenForm(forms.Form):
    """A move: what the person read when they asked for it."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class DecideForm(SeenForm):
    """`password` is asked for where the person proved too long ago who they are."""

    password = forms.CharField(
        label="Your password",
        help_text="Asked for again because this ends in a signed record.",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        max_length=200,
    )

    def __init__(self, *args: Any, asks_for_password: bool, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "decide-%s", **kwargs})
        if not asks_for_password:
            del self.fields["password"]
