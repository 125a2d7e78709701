"""The answers of the API, read through the packages' own queries; `schemas` says what stands in them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest
from django.urls import reverse

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.spikes import queries as spikes
from evaluations.spikes import side_by_side
from evaluations.spikes.models import ResultFile, SpikeRun, Workload
from evaluations.spikes.sending import Sent
from evaluations.teams.models import ApiToken, Team

SHORTEST_DIGEST = 8


def token_out(token: ApiToken) -> dict[str, Any]:
    maker = token.created_by.shown_name
    return {
        "name": token.name,
        "scope": token.scope,
        "team": token.team.name,
        "made_by": maker,
        "expires_at": token.expires_at,
    }


def evaluations_of(request: HttpRequest, team: Team) -> list[dict[str, Any]]:
    rows = Evaluation.objects.select_related("log").filter(team=team).order_by("-created_at", "-pk")
    return [_evaluation(request, row) for row in rows]


def summary_of(request: HttpRequest, evaluation: Evaluation) -> dict[str, Any]:
    kept, verdict = side_by_side.kept_runs(evaluation)
    compared = [
        {
            "candidate": each.candidate.name,
            "runs": each.runs,
            "metrics": {
                name: {"mean": found.mean, "low": found.low, "high": found.high, "runs": found.count} if found else None
                for name, found in each.metrics.items()
            },
        }
        for each in side_by_side.compared_runs(evaluation, kept)
    ]
    not_compared = [
        {
            "run": run.run,
            "reasons": reasons,
            "page": request.build_absolute_uri(reverse("spikes:run", args=[evaluation.pk, run.run])),
        }
        for run, reasons in verdict.left_out
    ]
    return dict(
        **_evaluation(request, evaluation),
        context=evaluation.context,
        candidates=candidates_out(evaluation),
        workloads=workloads_out(evaluation),
        comparability=verdict.says,
        compared=compared,
        not_compared=not_compared,
    )


def _evaluation(request: HttpRequest, row: Evaluation) -> dict[str, Any]:
    return {
        "id": row.pk,
        "title": row.title,
        "state": row.state,
        "is_writable": row.is_writable,
        "revision": row.log.count,
        "page": request.build_absolute_uri(reverse("overview:evaluation", args=[row.pk])),
    }


def candidates_out(evaluation: Evaluation) -> list[dict[str, Any]]:
    return [
        {"id": row.pk, "name": row.name, "kind": row.kind, "framework": row.framework, "stack": row.stack}
        for row in standing_candidates(evaluation)
    ]


def workloads_out(evaluation: Evaluation) -> list[dict[str, Any]]:
    return [
        {
            "id": row.pk,
            "title": row.title,
            "digest": row.digest,
            "endpoints": [{name: each.get(name) for name in ("method", "path", "share")} for each in row.endpoints],
            "users": row.users,
            "rate_per_s": None if row.rate_per_s is None else float(row.rate_per_s),
            "duration_s": row.duration_s,
            "warm_up_s": row.warm_up_s,
            "environment": row.environment,
        }
        for row in spikes.workloads_of(evaluation)
    ]


def candidate_named(evaluation: Evaluation, given: str) -> Candidate:
    """The standing candidate of this name or id. Raises Http404 with the names there are."""
    rows = standing_candidates(evaluation)
    found = [row for row in rows if row.name.casefold() == given.strip().casefold()]
    found = found or [row for row in rows if str(row.pk) == given.strip()]
    if not found:
        raise Http404(f"No candidate of this evaluation is called so. There are: {_listed(row.name for row in rows)}.")
    return found[0]


def workload_named(evaluation: Evaluation, given: str) -> Workload:
    """The workload of this fingerprint (8 characters or more), id or name. Raises Http404 with those there are."""
    rows, said = spikes.workloads_of(evaluation), given.strip()
    by_digest = [row for row in rows if len(said) >= SHORTEST_DIGEST and row.digest.startswith(said.lower())]
    by_name = [row for row in rows if row.title.casefold() == said.casefold()]
    by_id = [row for row in rows if str(row.pk) == said]
    found = by_digest or by_name or by_id
    if not found:
        there = _listed(f"{row.title} ({row.digest[:12]})" for row in rows)
        raise Http404(
            f"No workload of this evaluation has this fingerprint or name: it may have been changed since the kit was "
            f"made. There are: {there}."
        )
    return found[0]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none yet"


def files_out(
    request: HttpRequest, evaluation: Evaluation, *, ids: Sequence[int], before: int | None, limit: int
) -> dict[str, Any]:
    rows = spikes.listed_files(evaluation).order_by("-pk")
    if ids:
        rows = rows.filter(pk__in=ids)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    page = list(rows[: limit + 1])
    older = _with(request, evaluation, ids=ids, before=page[limit - 1].pk, limit=limit) if len(page) > limit else None
    return {"files": _files(request, page[:limit]), "next": older}


def file_out(request: HttpRequest, evaluation: Evaluation, file_id: int) -> dict[str, Any]:
    row = spikes.listed_files(evaluation).filter(Q(pk=file_id)).first()
    if row is None:
        raise Http404("No such file.")
    return _files(request, [row])[0]


def _files(request: HttpRequest, rows: Sequence[ResultFile]) -> list[dict[str, Any]]:
    runs: dict[int, list[SpikeRun]] = {row.pk: [] for row in rows}
    for run in spikes.light_runs().filter(result_file__in=rows):
        runs[run.result_file_id].append(run)
    return [_file(request, row, runs[row.pk]) for row in rows]


def _file(request: HttpRequest, row: ResultFile, runs: Sequence[SpikeRun]) -> dict[str, Any]:
    at = request.build_absolute_uri
    is_reading = row.job is not None and row.state == ResultFile.State.READING
    return {
        "id": row.pk,
        "file_name": row.file_name,
        "state": row.state,
        "percent": row.job.percent if row.job and is_reading else None,
        "candidate": row.candidate.name,
        "workload": row.workload.title,
        "size": row.size,
        "sha256": row.sha256,
        "provenance": row.provenance,
        "received_at": row.uploaded_at,
        "format": row.format,
        "tool": row.tool,
        "error": row.error,
        "error_line": row.error_line,
        "warnings": row.warnings,
        "runs": [
            {
                "id": run.pk,
                "title": run.title,
                "requests": run.requests,
                "failures": run.failures,
                "duration_s": run.duration_s,
                "requests_per_s": run.requests_per_s,
                "latency_ms": run.latency_ms,
                "left_out_reason": run.left_out_reason,
                "page": at(reverse("spikes:run", args=[row.evaluation_id, run.pk])),
            }
            for run in runs
        ],
        "status_url": at(reverse("api:file", args=[row.evaluation_id, row.pk])),
        "page": at(reverse("spikes:file", args=[row.evaluation_id, row.pk])),
    }


def receipt(request: HttpRequest, evaluation: Evaluation, sent: Sequence[Sent]) -> dict[str, Any]:
    """What became of the files, and where to ask how far they are: the file itself, or the list of several."""
    told = [_sent(request, each) for each in sent]
    ids = [each["id"] for each in told if each["id"] is not None]
    one = next((each["status_url"] for each in told if each["status_url"]), None) if len(ids) == 1 else None
    return {"sent": told, "status_url": one or _with(request, evaluation, ids=ids)}


def _sent(request: HttpRequest, each: Sent) -> dict[str, Any]:
    row = each.row
    at = request.build_absolute_uri(reverse("api:file", args=[row.evaluation_id, row.pk])) if row else None
    taken = "received" if row else "entered"
    return {
        "file_names": list(each.names),
        "outcome": "refused" if each.is_refused else taken if each.is_new else "known",
        "detail": each.says,
        "id": row.pk if row else None,
        "sha256": row.sha256 if row else None,
        "status_url": at,
    }


def _with(request: HttpRequest, evaluation: Evaluation, *, ids: Sequence[int] = (), **numbers: int) -> str:
    asked = [*(f"id={pk}" for pk in ids), *(f"{name}={number}" for name, number in numbers.items())]
    path = reverse("api:files", args=[evaluation.pk])
    return request.build_absolute_uri(f"{path}?{'&'.join(asked)}" if asked else path)
