"""What is typed on the team fit pages, checked."""

from collections.abc import Mapping
from typing import Any

from django import forms

from evaluations.checklist.models import Phase
from evaluations.scoring.scale_forms import ScaleForm
from evaluations.teamfit.models import MOST_MINUTES, Answer, Attempt, CodeReview, Exercise
from evaluations.teamfit.queries import QUESTIONS

SENTIMENTS = [
    ("1", "1, would rather not"),
    ("2", "2"),
    ("3", "3, it is all right"),
    ("4", "4"),
    ("5", "5, a pleasure"),
]
QUALITIES = [
    ("1", "1, to be written anew"),
    ("2", "2"),
    ("3", "3, after some remarks"),
    ("4", "4"),
    ("5", "5, as we would have it"),
]


class ExerciseForm(forms.Form):
    title = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    text = forms.CharField(
        max_length=4000,
        label="What to build",
        help_text="Small enough for one sitting: one endpoint with a lookup, its errors and a test, say.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    conventions = forms.CharField(
        max_length=2000,
        required=False,
        label="Our conventions",
        help_text="What “fits our conventions” is asked about: layout, types, tests, logging.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    limit_minutes = forms.IntegerField(
        min_value=1,
        max_value=MOST_MINUTES,
        required=False,
        label="Stop after, minutes",
        help_text="Who is not done by then stops and says so.",
        widget=forms.NumberInput(attrs={"class": "short"}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "wording-%s", **kwargs})

    @classmethod
    def of(cls, row: Exercise | None) -> "ExerciseForm":
        if row is None:
            return cls(initial={"seen": 0})
        names = ("title", "text", "conventions", "limit_minutes")
        return cls(initial={name: getattr(row, name) for name in names} | {"seen": row.version})


class AttemptForm(forms.Form):
    """One's own answers after the exercise with one candidate; `finished` is the button that was pressed."""

    typed_minutes = forms.FloatField(
        min_value=0.1,
        max_value=MOST_MINUTES,
        required=False,
        label="Minutes, typed",
        widget=forms.NumberInput(attrs={"class": "short", "step": "any"}),
    )
    sentiment = forms.ChoiceField(
        choices=SENTIMENTS, required=False, label="How did it feel?", widget=forms.RadioSelect
    )
    friction = forms.CharField(
        max_length=2000,
        required=False,
        label="Where did it resist?",
        help_text="What cost time or surprised you, in your words.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    may_be_quoted = forms.BooleanField(required=False, label="These words may be quoted, without my name")
    may_be_named = forms.BooleanField(required=False, label="With my name")
    code_at = forms.CharField(
        max_length=300,
        required=False,
        label="Where the code is",
        help_text="A branch or address. The others see this, and that you handed in, at once: for the review.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    seen_round = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    field_order = ["typed_minutes", "sentiment", *QUESTIONS, "friction", "may_be_quoted", "may_be_named", "code_at"]

    def __init__(self, *args: Any, candidate_id: int, clock_minutes: float | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"attempt-{candidate_id}-%s", **kwargs})
        for name, label in QUESTIONS.items():
            self.fields[name] = forms.ChoiceField(choices=Answer.choices, label=label, widget=forms.RadioSelect)
        self.order_fields(self.field_order)
        clock = (
            "Instead of the clock." if clock_minutes is None else f"Empty: the clock’s {clock_minutes:g} minutes count."
        )
        self.fields["typed_minutes"].help_text = clock

    @classmethod
    def of(
        cls, row: Attempt | None, *, candidate_id: int, seen_round: int, clock_minutes: float | None
    ) -> "AttemptForm":
        shown: dict[str, Any] = dict.fromkeys(QUESTIONS, Answer.UNKNOWN) | {"seen": 0}
        if row:
            names = (*QUESTIONS, "typed_minutes", "sentiment", "friction", "may_be_quoted", "may_be_named", "code_at")
            shown = {name: getattr(row, name) for name in names} | {"seen": row.version}
        return cls(initial=shown | {"seen_round": seen_round}, candidate_id=candidate_id, clock_minutes=clock_minutes)

    def clean_sentiment(self) -> int | None:
        return int(self.cleaned_data["sentiment"]) if self.cleaned_data["sentiment"] else None


class ReviewForm(forms.Form):
    quality = forms.ChoiceField(choices=QUALITIES, label="Code quality", widget=forms.RadioSelect)
    remark = forms.CharField(
        max_length=1000,
        required=False,
        help_text="Shown without your name once the exercise is closed.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, attempt_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"review-{attempt_id}-%s", **kwargs})

    @classmethod
    def of(cls, row: CodeReview | None, *, attempt_id: int) -> "ReviewForm":
        shown: Mapping[str, Any] = (
            {"quality": row.quality, "remark": row.remark, "seen": row.version} if row else {"seen": 0}
        )
        return cls(initial=dict(shown), attempt_id=attempt_id)

    def clean_quality(self) -> int:
        return int(self.cleaned_data["quality"])


class ValueFunctionForm(ScaleForm):
    phase = Phase.TEAMFIT.value
