from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from evaluations.audit.queries import first_fault
from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.history import queries
from evaluations.teams.access import get_team


@require_GET
@opens_evaluation()
def page(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    wanted = _filter_of(request)
    context = {
        "evaluation": evaluation,
        "page": queries.evaluation_page(evaluation, request.user, wanted),
        "wanted": wanted,
        "people": queries.people_in(evaluation.log),
        "topics": queries.topics_in(evaluation.log),
        "candidates": queries.candidates_in(evaluation),
        "query": _query_of(wanted),
        "log": evaluation.log,
    }
    return render(request, "history/page.html", context)


@require_GET
@login_required
def team(request: HttpRequest, team_id: int) -> HttpResponse:
    found = get_team(request.user, team_id)
    request.team = found
    wanted = _filter_of(request)
    context = {
        "team": found,
        "page": queries.team_page(found, request.user, wanted),
        "wanted": wanted,
        "people": queries.people_in(found.log),
        "topics": queries.topics_in(found.log),
        "query": _query_of(wanted),
        "log": found.log,
    }
    return render(request, "history/page.html", context)


@require_GET
@opens_evaluation()
def verify(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """Recompute the evaluation's chain now and say whether it holds."""
    fault = first_fault(evaluation.log)
    context = {"evaluation": evaluation, "fault": fault, "log": evaluation.log}
    template = "history/_verified.html" if request.htmx else "history/verified.html"
    return render(request, template, context)


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
