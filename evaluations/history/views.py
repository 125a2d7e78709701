from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from evaluations.audit.models import AuditLog
from evaluations.audit.queries import first_fault
from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.history import queries
from evaluations.teams.access import get_team


@require_GET
@opens_evaluation()
def page(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    wanted = _filter_of(request)
    found = queries.evaluation_page(evaluation, request.user, wanted)
    more = {"evaluation": evaluation, "candidates": queries.candidates_in(evaluation)}
    return _page(request, evaluation.log, wanted, found, reverse("history:verify", args=[evaluation.pk]), **more)


@require_GET
@login_required
def team(request: HttpRequest, team_id: int) -> HttpResponse:
    request.team = get_team(request.user, team_id)
    wanted = _filter_of(request)
    found = queries.team_page(request.team, request.user, wanted)
    return _page(request, request.team.log, wanted, found, reverse("history:verify_team", args=[team_id]))


@require_GET
@opens_evaluation()
def verify(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """Recompute the evaluation's chain now and say whether it holds."""
    return _verified(request, evaluation.log, reverse("history:page", args=[evaluation.pk]))


@require_GET
@login_required
def verify_team(request: HttpRequest, team_id: int) -> HttpResponse:
    request.team = get_team(request.user, team_id)
    return _verified(request, request.team.log, reverse("history:team", args=[team_id]))


def _page(
    request: HttpRequest, log: AuditLog, wanted: queries.Filter, found: queries.Page, verify_url: str, **more: object
) -> HttpResponse:
    context = {
        "page": found,
        "wanted": wanted,
        "people": queries.people_in(log),
        "topics": queries.topics_in(log),
        "query": _query_of(wanted),
        "verify_url": verify_url,
    }
    return render(request, "history/page.html", context | more)


def _verified(request: HttpRequest, log: AuditLog, back: str) -> HttpResponse:
    template = "history/_verified.html" if request.htmx else "history/verified.html"
    return render(request, template, {"fault": first_fault(log), "log": log, "back": back})


def _filter_of(request: HttpRequest) -> queries.Filter:
    given = request.GET
    return queries.Filter(
        person_id=_whole(given.get("person", "")),
        topic=given.get("topic", "")[:40],
        candidate_id=_whole(given.get("candidate", "")),
        before=_whole(given.get("before", "")),
    )


def _query_of(wanted: queries.Filter) -> str:
    kept = {"person": wanted.person_id, "topic": wanted.topic, "candidate": wanted.candidate_id}
    return urlencode({key: value for key, value in kept.items() if value})


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
