"""The team's tokens for pipelines: seen by its members, made and revoked by its leads, after signing in anew."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from evaluations.teams import queries, tokens
from evaluations.teams.access import Capability, can, check_can
from evaluations.teams.forms import TokenForm
from evaluations.teams.models import Team
from evaluations.teams.responses import see_other
from evaluations.teams.views import opens_team

MADE_TOKEN = "teams.made_token"  # noqa: S105  where the session keeps it until the next page shows it


@require_GET
@opens_team
def page(request: HttpRequest, team: Team) -> HttpResponse:
    return _shown(request, team)


@require_POST
@opens_team
def make(request: HttpRequest, team: Team) -> HttpResponse:
    check_can(Capability.LEAD, request.user, team)
    return _make(request, team)


@reauthentication_required
def _make(request: HttpRequest, team: Team) -> HttpResponse:
    form = TokenForm(request.POST)
    if form.is_valid():
        try:
            made, text = tokens.make_token(team=team, by=request.user, at=timezone.now(), **form.facts())
        except tokens.TooManyTokens as full:
            form.add_error(None, str(full))
        else:
            request.session[MADE_TOKEN] = {"pk": made.pk, "name": made.name, "scope": made.scope, "text": text}
            return see_other("teams:tokens", team.pk)
    return _shown(request, team, form=form, status=422)


@require_POST
@opens_team
def revoke(request: HttpRequest, team: Team, token_id: int) -> HttpResponse:
    check_can(Capability.LEAD, request.user, team)
    token = queries.token_of(team, token_id)
    if token is None:
        raise Http404("No such token.")
    try:
        tokens.revoke_token(token=token, by=request.user, at=timezone.now())
    except tokens.TokenMoved:
        messages.info(request, f"{token.name} was revoked already.")
    else:
        messages.success(request, f"{token.name} opens nothing from now on.")
    return see_other("teams:tokens", team.pk)


def _shown(request: HttpRequest, team: Team, *, form: TokenForm | None = None, status: int = 200) -> HttpResponse:
    at = timezone.now()
    context: dict[str, Any] = {
        "team": team,
        "at": at,
        "tokens": queries.tokens_of(team),
        "made": request.session.pop(MADE_TOKEN, None),
        "can_lead": can(Capability.LEAD, request.user, team),
        "form": form or TokenForm(),
        "address": request.build_absolute_uri("/api/v1"),
    }
    return render(request, "teams/tokens.html", context, status=status)
