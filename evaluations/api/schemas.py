"""What the API takes and tells, as published in its description. Moments are UTC, durations s, latencies ms."""

from datetime import datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

Text = Annotated[str, Field(min_length=1, max_length=200)]


class FieldError(Schema):
    field: str
    message: str


class Problem(Schema):
    """Why a request was refused (RFC 9457), in words that say what to do next."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[FieldError] | None = None


class TokenOut(Schema):
    """The token that asks: whose it is, what it may do, until when."""

    name: str
    scope: Literal["upload", "read"]
    team: str
    made_by: str
    expires_at: datetime


class EvaluationOut(Schema):
    id: int
    title: str
    state: Literal["open", "proposed", "decided", "superseded", "archived"]
    is_writable: bool
    revision: int
    page: str


class CandidateOut(Schema):
    """A candidate that stands; `name` is what a result file is sent for."""

    id: int
    name: str
    kind: Literal["stack", "keep", "strangler"]
    framework: str
    stack: str


class EndpointOut(Schema):
    method: str
    path: str
    share: float | None


class WorkloadOut(Schema):
    """What every candidate is put under. `digest` is over everything that makes runs comparable."""

    id: int
    title: str
    digest: str
    endpoints: list[EndpointOut]
    users: int | None
    rate_per_s: float | None
    duration_s: int | None
    warm_up_s: int | None
    environment: str


class SpreadOut(Schema):
    """A metric over the compared runs of one candidate, in the metric's unit.

    `low` and `high` are the ends of the mean's resampled 95 % interval; with fewer than three runs, the lowest and
    the highest.
    """

    mean: float
    low: float
    high: float
    runs: int


class NotComparedOut(Schema):
    """A run that counts, and why it can't be compared with the others."""

    run: int
    reasons: list[str]
    page: str


class ComparedOut(Schema):
    """One candidate over its runs in the largest group that can be compared, as on the page that compares them."""

    candidate: str
    runs: int
    metrics: dict[str, SpreadOut | None]


class SummaryOut(EvaluationOut):
    """An evaluation with what its runs say side by side. `comparability`: in words, how well they can be compared."""

    context: str
    candidates: list[CandidateOut]
    workloads: list[WorkloadOut]
    comparability: str
    compared: list[ComparedOut]
    not_compared: list[NotComparedOut]


class RunOut(Schema):
    """One run that was found in a file; null is "the file does not say"."""

    id: int
    title: str
    requests: int | None
    failures: int | None
    duration_s: float | None
    requests_per_s: float | None
    latency_ms: dict[str, float | None]
    left_out_reason: str
    page: str


class FileOut(Schema):
    """A result file and how far it is. `state` ends as accepted, rejected or quarantined."""

    id: int
    file_name: str
    state: Literal["received", "reading", "accepted", "rejected", "quarantined"]
    percent: int | None
    candidate: str
    workload: str
    size: int
    sha256: str
    provenance: str
    received_at: datetime
    format: str
    tool: str
    error: str
    error_line: int | None
    warnings: list[str]
    runs: list[RunOut]
    status_url: str
    page: str


class FilesOut(Schema):
    """Result files, newest first. `next` is the address of the older ones, null at the end."""

    files: list[FileOut]
    next: str | None


class SentOut(Schema):
    """What became of one file, or of several that are one run."""

    file_names: list[str]
    outcome: Literal["received", "known", "entered", "refused"]
    detail: str
    id: int | None
    sha256: str | None
    status_url: str | None


class ReceiptOut(Schema):
    """What became of what was sent; `status_url` tells how far its reading is."""

    sent: list[SentOut]
    status_url: str
