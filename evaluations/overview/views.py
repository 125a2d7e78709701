from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from evaluations import catalogue
from evaluations.audit.models import AuditLog
from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.history.queries import lately
from evaluations.matrix import robustness
from evaluations.overview import queries
from evaluations.overview.context import Shell
from evaluations.overview.places import phase_url
from evaluations.scoring.finding import find_out_next
from evaluations.scoring.standing import Standing, current_standing
from evaluations.signoff.shown import shown_phases
from evaluations.teams.access import Capability, can, get_team
from evaluations.teams.queries import teams_of

FINDINGS_SHOWN = 5
EVENTS_SHOWN = 6
WORTH_A_LINE = 0.0005
"""Points an hour: below, a cell would be shown as bringing nothing."""


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The person's team, or the choice among several, or what a guest was admitted to."""
    teams = teams_of(request.user)
    guest_of = queries.guest_evaluations(request.user)
    if len(teams) == 1 and not guest_of:
        return redirect("overview:team", team_id=teams[0].pk)
    if not teams and len(guest_of) == 1:
        return redirect("overview:evaluation", evaluation_id=guest_of[0].pk)
    groups = [queries.team_cards(team, may_create=can(Capability.LEAD, request.user, team)) for team in teams]
    evaluations = [one for group in groups for one in group.evaluations] + guest_of
    context = {
        "groups": groups,
        "guest_cards": queries.cards_of(guest_of),
        "work": queries.work_of(request.user, evaluations, today=timezone.now().date()),
    }
    return render(request, "overview/home.html", context)


@require_GET
@login_required
def team(request: HttpRequest, team_id: int) -> HttpResponse:
    found = get_team(request.user, team_id)
    request.team = found
    evaluations = queries.evaluations_of(found)
    context = {
        "team": found,
        "cards": queries.cards_of(evaluations),
        "work": queries.work_of(request.user, evaluations, today=timezone.now().date()),
        "may_create": can(Capability.LEAD, request.user, found),
    }
    return render(request, "overview/team.html", context)


@require_GET
@opens_evaluation()
def evaluation(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return render(request, "overview/evaluation.html", _overview(request, evaluation))


@require_GET
@opens_evaluation()
def changes(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The overview's live part, or 204 when the page has seen the newest revision; a new verdict is said aloud."""
    if request.GET.get("since") == str(evaluation.log.count):
        return HttpResponse(status=204)
    shown = _overview(request, evaluation)
    verdict = shown["standing"].verdict.sentence
    says = verdict if request.GET.get("said", verdict) != verdict else ""
    return render(request, "overview/_changes.html", shown | {"says": says})


@require_GET
@opens_evaluation()
def rail(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """Rail and footer of an evaluation's pages, or 204 when they show the newest revision."""
    return _rail(request, evaluation.log)


@require_GET
@login_required
def team_rail(request: HttpRequest, team_id: int) -> HttpResponse:
    request.team = get_team(request.user, team_id)
    return _rail(request, request.team.log)


def _rail(request: HttpRequest, log: AuditLog) -> HttpResponse:
    if request.GET.get("since") == str(log.count):
        return HttpResponse(status=204)
    shell = Shell(request, place=request.GET.get("place", ""))
    return render(request, "overview/_rail_changes.html", {"shell": shell})


def _overview(request: HttpRequest, evaluation: Evaluation) -> dict[str, Any]:
    standing = current_standing(evaluation)
    next_up = find_out_next(standing)
    findings = [one for one in next_up.items if one.per_hour >= WORTH_A_LINE]
    return {
        "evaluation": evaluation,
        "standing": standing,
        "revision": standing.matrix.revision,
        "small": _small_matrix(standing),
        "phases": [
            {
                "shown": shown,
                "purpose": catalogue.phase(shown.phase.value).purpose,
                "url": phase_url(evaluation, shown.phase),
            }
            for shown in shown_phases(evaluation)
        ],
        "findings": findings[:FINDINGS_SHOWN],
        "findings_left": max(0, len(findings) - FINDINGS_SHOWN),
        "next_up": next_up,
        **robustness.around(evaluation),
        "lately": lately(evaluation, request.user, most=EVENTS_SHOWN),
    }


def _small_matrix(standing: Standing) -> list[dict[str, object]]:
    matrix = standing.matrix
    if not standing.rows:
        return []
    return [
        {"criterion": criterion, "cells": [matrix.cell(candidate, criterion) for candidate in matrix.candidates]}
        for criterion in matrix.criteria_by_group
    ]
