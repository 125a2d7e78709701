"""A team with an evaluation, a candidate, a workload and a token of each scope."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.test import Client
from django.utils import timezone

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.spikes import actions as spikes
from evaluations.spikes.models import Workload
from evaluations.teams import tokens
from evaluations.teams.models import ApiToken, Person
from tests.builders import lead_of, make_candidate, make_evaluation

ENDPOINTS = [
    {"method": "GET", "path": "/orders", "share": 80, "note": ""},
    {"method": "POST", "path": "/orders", "share": 20, "note": ""},
]


@dataclass
class Pipeline:
    """What a build server knows, and how it asks."""

    lead: Person
    evaluation: Evaluation
    candidate: Candidate
    workload: Workload
    token: ApiToken
    texts: dict[str, str]

    @property
    def runs(self) -> str:
        return f"/api/v1/evaluations/{self.evaluation.pk}/runs"

    def get(self, path: str, *, scope: str = "upload") -> Any:
        return Client().get(path, headers={"Authorization": f"Bearer {self.texts[scope]}"})

    def send(self, *files: Any, key: str = "", scope: str = "upload", **fields: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.texts[scope]}"}
        if key:
            headers["Idempotency-Key"] = key
        for file in files:
            file.seek(0)
        body = {"candidate": self.candidate.name, "workload": self.workload.digest, "files": list(files), **fields}
        return Client().post(self.runs, body, headers=headers)


def made_pipeline(at: datetime | None = None) -> Pipeline:
    moment = at or timezone.now()
    evaluation = make_evaluation("Order service")
    lead = lead_of(evaluation.team)
    workload = spikes.add_workload(
        evaluation=evaluation, title="Noon", endpoints=ENDPOINTS, users=5, duration_s=3, warm_up_s=1, by=lead, at=moment
    )
    made = {
        scope: tokens.make_token(team=evaluation.team, name=scope, scope=scope, days=30, by=lead, at=moment)
        for scope in ("upload", "read")
    }
    texts = {scope: text for scope, (_, text) in made.items()}
    return Pipeline(lead, evaluation, make_candidate(evaluation, "Django"), workload, made["upload"][0], texts)
