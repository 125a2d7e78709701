"""What is typed on the readiness pages, checked."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from evaluations.candidates.models import Candidate
from evaluations.checklist.models import ChecklistItem, Phase
from evaluations.readiness import kinds
from evaluations.readiness.models import WEB_ADDRESS, FailureTest, ProductionStory, ReadinessAnswer
from evaluations.readiness.queries import RECOVERY
from evaluations.readiness.reading import ANSWER_WORDS
from evaluations.scoring.scale_forms import ScaleForm

PAIR = re.compile(r"\s*([A-Za-z0-9]+)\s*[:=]?\s+(\d{1,13})\s*|\s*([A-Za-z0-9]+)\s*[:=]\s*(\d{1,13})\s*")


class WebAddressField(forms.URLField):
    """An address that begins with http or https; a bare host is taken for https."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=500, assume_scheme="https", **kwargs)
        self.validators.append(WEB_ADDRESS)


class AnswerForm(forms.Form):
    """One item of one candidate; `figure` only where the item has one."""

    answer = forms.ChoiceField(choices=ReadinessAnswer.Answer.choices, widget=forms.RadioSelect)
    evidence = forms.CharField(
        label="What shows it", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    evidence_url = WebAddressField(label="Address of the evidence", required=False)
    figure = forms.FloatField(min_value=0, max_value=kinds.LARGEST_FIGURE, required=False)
    note = forms.CharField(max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, item: ChecklistItem, candidate: Candidate, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"readiness-{item.pk}-{candidate.pk}-%s", **kwargs})
        self.fields["evidence"].help_text = item.evidence_asked or "Needed for yes, partly and no."
        figure = kinds.ITEM_FIGURES.get(item.key)
        if figure is None:
            del self.fields["figure"]
        else:
            self.fields["figure"].label = f"{figure.name.capitalize()}, {figure.unit}"
            self.fields["figure"].widget.attrs |= {"step": "any", "class": "short"}

    @classmethod
    def of(cls, row: ReadinessAnswer | None, *, item: ChecklistItem, candidate: Candidate) -> "AnswerForm":
        shown: dict[str, Any] = {"answer": kinds.UNKNOWN, "seen": 0}
        if row:
            names = ("answer", "note", "evidence", "evidence_url", "figure")
            shown = {name: getattr(row, name) for name in names} | {"seen": row.version}
        return cls(initial=shown, item=item, candidate=candidate)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        needs = given.get("answer") not in (None, kinds.UNKNOWN)
        if needs and not given.get("evidence") and not given.get("evidence_url") and "evidence_url" not in self.errors:
            self.add_error("evidence", "Say what shows it, or give an address.")
        return given


class StoryForm(forms.Form):
    candidate = forms.ChoiceField()
    title = forms.CharField(
        max_length=200, label="Who runs it, for what", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    url = WebAddressField(label="Address")
    learned = forms.CharField(
        max_length=2000,
        label="What was learned",
        help_text="What went well, what they changed, how near it is to our case.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)

    def __init__(self, *args: Any, candidates: Sequence[Candidate] = (), story_id: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"story-{story_id}-%s", **kwargs})
        self.candidates = {str(one.pk): one for one in candidates}
        if story_id:
            del self.fields["candidate"]
        else:
            self.fields["candidate"].choices = [(pk, one.name) for pk, one in self.candidates.items()]  # type: ignore[attr-defined]
            del self.fields["seen"]

    @classmethod
    def of(cls, row: ProductionStory) -> "StoryForm":
        shown = {"title": row.title, "url": row.url, "learned": row.learned, "seen": row.version}
        return cls(initial=shown, story_id=row.pk)

    def facts(self) -> dict[str, Any]:
        """What was typed, as the actions take it."""
        given = dict(self.cleaned_data)
        if "candidate" in given:
            given["candidate"] = self.candidates[given["candidate"]]
        return given


class AnswersField(forms.CharField):
    """Counted answers as typed, "503 5910, timeout 400"; as {"503": 5910, "timeout": 400}."""

    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(f"{kind} {count}" for kind, count in value.items()) if isinstance(value, Mapping) else value

    def to_python(self, value: Any) -> Any:
        found: dict[str, int] = {}
        for part in filter(str.strip, re.split(r"[,;\n]", super().to_python(value) or "")):
            match = PAIR.fullmatch(part)
            if match is None:
                raise forms.ValidationError(f"“{part.strip()[:40]}”: write a kind and a count, like “503 5910”.")
            kind, count = (match[1] or match[3]).lower(), int(match[2] or match[4])
            if not kinds.ANSWER_KIND.fullmatch(kind):
                raise forms.ValidationError(f"“{kind[:40]}”: {ANSWER_WORDS[0].lower()}{ANSWER_WORDS[1:]}")
            if kind in found:
                raise forms.ValidationError(f"“{kind}” is there twice.")
            found[kind] = count
        if len(found) > kinds.MOST_ANSWER_KINDS:
            raise forms.ValidationError(f"At most {kinds.MOST_ANSWER_KINDS} kinds of answer.")
        return found


class FailureTestForm(forms.Form):
    candidate = forms.ChoiceField()
    kind = forms.ChoiceField(label="What was done", choices=FailureTest.Kind.choices)
    verdict = forms.ChoiceField(choices=FailureTest.Verdict.choices, widget=forms.RadioSelect)
    answers = AnswersField(
        required=False,
        max_length=600,
        label="Answers while it lasted",
        help_text="Counted by status, timeout, refused, reset or other. For example: 503 5910, timeout 400",
    )
    first_success_s = forms.FloatField(
        required=False,
        min_value=0,
        max_value=kinds.LARGEST_FIGURE,
        label="Seconds to the first good answer",
        help_text="From the moment the disturbance ended.",
    )
    is_censored = forms.BooleanField(required=False, label="No good answer came: watching ended after these seconds")
    lost_requests = forms.IntegerField(
        required=False, min_value=0, max_value=kinds.LARGEST_COUNT, label="Requests without any answer"
    )
    figure = forms.FloatField(
        required=False,
        min_value=0,
        max_value=kinds.LARGEST_FIGURE,
        label="Measured",
        help_text="Cold start: ms. Memory over time: MB per hour. Open connections: how many were held.",
    )
    host = forms.CharField(required=False, max_length=200, help_text="Machine, processors, workers.")
    run_date = forms.DateField(
        required=False, label="Day of the test", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    provenance = forms.CharField(
        required=False, max_length=200, label="Tool and script", help_text="With version, so that it can be repeated."
    )
    remark = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)

    def __init__(self, *args: Any, candidates: Sequence[Candidate] = (), test_id: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"failure-test-{test_id}-%s", **kwargs})
        self.candidates = {str(one.pk): one for one in candidates}
        for name in ("first_success_s", "lost_requests", "figure"):
            self.fields[name].widget.attrs |= {"step": "any", "class": "short"}
        if test_id:
            del self.fields["candidate"]
        else:
            self.fields["candidate"].choices = [(pk, one.name) for pk, one in self.candidates.items()]  # type: ignore[attr-defined]
            del self.fields["seen"]

    @classmethod
    def of(cls, row: FailureTest) -> "FailureTestForm":
        names = [name for name in cls.base_fields if name not in ("candidate", "seen")]
        return cls(initial={name: getattr(row, name) for name in names} | {"seen": row.version}, test_id=row.pk)

    def facts(self) -> dict[str, Any]:
        """What was typed, without candidate and version."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("candidate", "seen")}

    @property
    def candidate_chosen(self) -> Candidate:
        return self.candidates[self.cleaned_data["candidate"]]


class FileForm(forms.Form):
    tests_file = forms.FileField(
        label="File of failure tests",
        help_text="JSON, at most 256 KB.",
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"}),
    )


class ValueFunctionForm(ScaleForm):
    """How a figure of readiness becomes a score; time to recover can be narrowed to one kind of outage."""

    endpoint = forms.ChoiceField(required=False, label="From which tests")
    phase = Phase.READINESS
    field_order = ("metric", "points", "endpoint", "outside", "seen")

    def __init__(self, *args: Any, metric: str, **kwargs: Any) -> None:
        super().__init__(*args, metric=metric, **kwargs)
        labels = dict(FailureTest.Kind.choices)
        if metric == RECOVERY:
            narrowed = [(kind, labels[kind]) for kind in kinds.OUTAGES]
            self.fields["endpoint"].choices = [("", "every test of an outage"), *narrowed]  # type: ignore[attr-defined]
        else:
            del self.fields["endpoint"]
