import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from evaluations.candidates.models import Candidate
from evaluations.scoring.actions import PointsNotUsable, checked_points
from evaluations.scoring.models import ValueFunction
from evaluations.spikes.models import ComparisonRule, RunFacts, SpikeRun, Workload
from evaluations.spikes.queries import spike_metrics

ENDPOINT = re.compile(r"^([A-Za-z]{1,10})\s+(\S+)(?:\s+(\d+(?:[.,]\d+)?)\s*%?)?(?:\s+(.*))?$")
MOST_POINTS = 8
BY_NAME = "by-name"


class EndpointsField(forms.CharField):
    """One endpoint a line, "GET /orders 60 reads a page"; as [{"method", "path", "share", "note"}]."""

    widget = forms.Textarea(attrs={"rows": 5, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else "\n".join(_endpoint_line(each) for each in value)

    def to_python(self, value: Any) -> Any:
        lines = enumerate((super().to_python(value) or "").splitlines(), 1)
        found = [_endpoint(number, line.strip()) for number, line in lines if line.strip()]
        shares = [each["share"] for each in found if each["share"] is not None]
        if shares and len(shares) < len(found):
            raise forms.ValidationError("Give every endpoint its share, or none.")
        if shares and abs(sum(shares) - 100) > 0.5:
            raise forms.ValidationError(f"The shares come to {sum(shares):g} %: they should come to 100 %.")
        return found


def _endpoint(number: int, line: str) -> dict[str, Any]:
    match = ENDPOINT.match(line)
    if match is None:
        raise forms.ValidationError(f"Line {number}: write a method, a path and a share, like “GET /orders 60”.")
    method, path, share, note = match.groups()
    exact = None if share is None else float(share.replace(",", "."))
    return {"method": method.upper(), "path": path[:300], "share": exact, "note": (note or "")[:200]}


def _endpoint_line(each: dict[str, Any]) -> str:
    share = "" if each.get("share") is None else f"{each['share']:g}"
    return " ".join(str(part) for part in (each.get("method"), each.get("path"), share, each.get("note")) if part)


class WorkloadForm(forms.ModelForm):
    endpoints = EndpointsField(
        required=False,
        max_length=8000,
        help_text="One a line: method, path, share of the requests in percent. For example: GET /orders 60",
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)

    class Meta:
        model = Workload
        fields = [
            "title",
            "description",
            "endpoints",
            "users",
            "rate_per_s",
            "duration_s",
            "warm_up_s",
            "environment",
        ]
        labels = {
            "title": "Name",
            "users": "Users at once",
            "rate_per_s": "Requests offered per second",
            "duration_s": "Duration in seconds",
            "warm_up_s": "Warm-up in seconds",
        }
        help_texts = {
            "title": "For example “Order traffic at noon”.",
            "description": "What the endpoints do: database query, external call, authentication.",
            "users": "For tools that hold a number of users (closed loop).",
            "rate_per_s": "For tools that hold a rate (open loop).",
            "warm_up_s": "Left out of what is measured.",
            "environment": "Host, processors, workers, database and its latency: equal for every candidate.",
        }
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "environment": forms.Textarea(attrs={"rows": 3}),
        }

    @classmethod
    def of(cls, workload: Workload) -> "WorkloadForm":
        return cls(instance=workload, initial={"seen": workload.version})

    def facts(self) -> dict[str, Any]:
        """What was typed, as the actions take it."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}

    def clean_rate_per_s(self) -> Decimal | None:
        rate = self.cleaned_data["rate_per_s"]
        if rate is not None and rate <= 0:
            raise forms.ValidationError("A rate is more than 0.")
        return rate


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = [each for each in data or [] if each] if isinstance(data, list | tuple) else [data] if data else []
        if not files:
            raise forms.ValidationError("Choose one or more result files.")
        return files


class UploadForm(forms.Form):
    workload = forms.ChoiceField(help_text="What the runs were put under.")
    candidate = forms.ChoiceField(help_text="Whose spike the files come from.")
    provenance = forms.CharField(
        required=False, max_length=200, label="Measured on", help_text="Host and date, for whoever reads the record."
    )
    result_files = ManyFilesField(label="Result files")

    def __init__(
        self, *args: Any, candidates: Sequence[Candidate], workloads: Sequence[Workload], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.candidates = {str(candidate.pk): candidate for candidate in candidates}
        self.workloads = {str(workload.pk): workload for workload in workloads}
        names = [(pk, candidate.name) for pk, candidate in self.candidates.items()]
        several = [(BY_NAME, "told by each file’s name")] if len(names) > 1 else []
        self.fields["candidate"].choices = [*several, *names]  # type: ignore[attr-defined]
        self.fields["workload"].choices = [(pk, w.title) for pk, w in self.workloads.items()]  # type: ignore[attr-defined]

    def destination(self, file: UploadedFile) -> Candidate | None:
        """Whose file it is; None where its name has to tell and doesn't."""
        chosen = self.cleaned_data["candidate"]
        return (
            named_in(file.name or "", list(self.candidates.values())) if chosen == BY_NAME else self.candidates[chosen]
        )

    @property
    def workload_chosen(self) -> Workload:
        return self.workloads[self.cleaned_data["workload"]]


def named_in(file_name: str, candidates: Sequence[Candidate]) -> Candidate | None:
    """The candidate whose name or framework stands in a file's name; the longest match wins, a tie tells nothing."""
    squeezed = _squeezed(file_name)
    lengths: dict[int, int] = {}
    for place, candidate in enumerate(candidates):
        words = {_squeezed(candidate.name), _squeezed(candidate.framework)} - {""}
        lengths[place] = max((len(word) for word in words if word in squeezed), default=0)
    best = max(lengths.values(), default=0)
    found = [place for place, length in lengths.items() if length == best and best]
    return candidates[found[0]] if len(found) == 1 else None


def _squeezed(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


class LeaveOutForm(forms.Form):
    reason = forms.CharField(
        max_length=300,
        label="Why it should not count",
        help_text="For example “a backup ran on the host”.",
        widget=forms.TextInput,
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class LetCountForm(forms.Form):
    reason = forms.CharField(
        max_length=300,
        label="Why it should count all the same",
        help_text="Shown with every score this run feeds, and in the record.",
        widget=forms.TextInput,
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class SampledForm(forms.Form):
    """Which run samples were taken beside; empty is none. notice: what somebody else changed meanwhile."""

    notice = ""
    run = forms.ChoiceField(
        required=False,
        label="Taken beside the run",
        help_text="Runs of the same candidate and workload that count requests and have no samples yet.",
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, runs: Sequence[SpikeRun], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.runs = {str(run.pk): run for run in runs}
        named = [(key, f"run {key}: {run.title or run.result_file.file_name}") for key, run in self.runs.items()]
        self.fields["run"].choices = [("", "none"), *named]  # type: ignore[attr-defined]

    @classmethod
    def of(cls, samples: SpikeRun, runs: Sequence[SpikeRun], data: Any = None) -> "SampledForm":
        now = [samples.sampled_run] if samples.sampled_run else []
        initial = {"run": str(samples.sampled_run_id or ""), "seen": samples.version}
        return cls(data, initial=initial, runs=[*now, *runs], auto_id="sampled_%s")

    @property
    def chosen(self) -> SpikeRun | None:
        return self.runs.get(self.cleaned_data["run"])


class RunFactsForm(forms.ModelForm):
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)

    class Meta:
        model = RunFacts
        fields = [
            "host",
            "processors",
            "workers",
            "driver",
            "client",
            "loop",
            "users",
            "repeat",
            "warm_up_s",
            "generator_busy",
        ]
        labels = {
            "host": "Host of the service",
            "processors": "Processors of the service",
            "workers": "Server workers",
            "driver": "Database driver",
            "client": "Machine that made the load",
            "loop": "Kind of load",
            "users": "Users at once",
            "repeat": "Which repeat it was",
            "warm_up_s": "Warm-up in seconds",
            "generator_busy": "How busy the load generator was, in percent",
        }
        help_texts = {
            "host": "The same words for the same machine: runs on two hosts are not compared.",
            "processors": "As many as the service could use.",
            "driver": "For example asyncpg 0.30.",
            "loop": "Left empty, what the tool always does.",
            "generator_busy": "At the most, of all its processors. From 90 on it measured itself.",
        }

    @classmethod
    def of(cls, facts: RunFacts) -> "RunFactsForm":
        return cls(instance=facts, initial={"seen": facts.version})

    def facts(self) -> dict[str, Any]:
        """What was typed, as the action takes it."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class TieRatioForm(forms.ModelForm):
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)

    class Meta:
        model = ComparisonRule
        fields = ["tie_ratio"]
        labels = {"tie_ratio": "A tie up to the ratio"}
        help_texts = {"tie_ratio": "1.5: one may take half as long again and is still level. From 1 to 10."}

    @classmethod
    def of(cls, rule: ComparisonRule) -> "TieRatioForm":
        return cls(instance=rule, initial={"seen": rule.version})


class ValueFunctionForm(forms.Form):
    """Points as typed pairs metric_0, score_0, ...; empty pairs are left out. The metric is chosen before."""

    metric = forms.ChoiceField(widget=forms.HiddenInput)
    endpoint = forms.ChoiceField(required=False, label="Measured on")
    outside = forms.ChoiceField(
        label="Beyond the first and last point",
        choices=[("clip", "the score stays"), ("extrapolate", "the line goes on, from 1 to 5")],
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, endpoints: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.metrics = {metric.key: metric for metric in spike_metrics()}
        self.fields["metric"].choices = [(key, metric.name) for key, metric in self.metrics.items()]  # type: ignore[attr-defined]
        whole = ("", "the whole run")
        self.fields["endpoint"].choices = [whole, *((name, name) for name in endpoints)]  # type: ignore[attr-defined]
        for number in range(MOST_POINTS):
            for name in ("metric", "score"):
                field = forms.FloatField(required=False)
                field.widget.attrs |= {"step": "any", "aria-label": f"Point {number + 1}, {name}"}
                self.fields[f"{name}_{number}"] = field

    @classmethod
    def of(
        cls, function: ValueFunction | None, metric: str, points: Sequence[Sequence[float]], endpoints: Sequence[str]
    ) -> "ValueFunctionForm":
        initial: dict[str, Any] = {"metric": metric, "seen": function.version if function else 0}
        if function:
            initial |= {"endpoint": function.endpoint, "outside": function.outside}
        for number, (x, score) in enumerate(points[:MOST_POINTS]):
            initial |= {f"metric_{number}": f"{x:.12g}", f"score_{number}": f"{score:.12g}"}
        return cls(initial=initial, endpoints=endpoints)

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        return [(self[f"metric_{number}"], self[f"score_{number}"]) for number in range(MOST_POINTS)]

    @property
    def settings(self) -> list[Any]:
        return [self["endpoint"], self["outside"]]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        pairs = [(cleaned.get(f"metric_{n}"), cleaned.get(f"score_{n}")) for n in range(MOST_POINTS)]
        if any(f"{name}_{n}" in self.errors for n in range(MOST_POINTS) for name in ("metric", "score")):
            raise forms.ValidationError("Points are numbers: a metric value and a score from 1 to 5.")
        for number, (x, score) in enumerate(pairs, 1):
            if (x is None) != (score is None):
                raise forms.ValidationError(f"Point {number}: give a metric value and a score, or neither.")
        try:
            cleaned["points"] = checked_points([x, score] for x, score in pairs if x is not None and score is not None)
        except PointsNotUsable as problem:
            raise forms.ValidationError(str(problem)) from problem
        return cleaned

    def function(self) -> dict[str, Any]:
        """What was typed, as `set_value_function` takes it."""
        given = self.cleaned_data
        metric = self.metrics[given["metric"]]
        return {
            "metric": metric.key,
            "unit": metric.unit,
            "points": given["points"],
            "endpoint": given["endpoint"],
            "outside": given["outside"],
            "seen": given["seen"],
        }
