"""Who asks: a team's token in the header, how often it may ask, and what it may ask for."""

import time

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from evaluations.candidates.models import Evaluation
from evaluations.teams.access import Refused
from evaluations.teams.models import ApiToken
from evaluations.teams.tokens import mark_used, usable_token

PERIOD_S = 60
NO_TOKEN = "Send a token of the team: “Authorization: Bearer fws_…”. A lead makes one on the team's page."  # noqa: S105


class TooManyRequests(Exception):
    """The token asked more often than FWSELECT_API_RATE allows; `wait_s` seconds from now it may go on."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"This token has asked too often. Go on in {wait_s} s.")
        self.wait_s = wait_s


class ByToken(HttpBearer):
    """Lets tokens of these scopes in. `request.auth` is the ApiToken, with its team and its maker."""

    def __init__(self, *scopes: str) -> None:
        super().__init__()
        self.scopes = frozenset(scopes)

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        at = timezone.now()
        found = usable_token(token, at)
        count_request(found, time.time())
        if found.scope not in self.scopes:
            raise Refused(f"This token may only {found.get_scope_display()}. A lead can make one that may do this.")
        mark_used(found, at)
        return found


def count_request(token: ApiToken, now_s: float) -> None:
    """Counts one request in the present minute. While the cache is away everybody may. Raises TooManyRequests."""
    limit = settings.FWSELECT_API_RATE
    if not limit:
        return
    minute, spent_s = divmod(int(now_s), PERIOD_S)
    key = f"api:{token.pk}:{minute}"
    cache.add(key, 0, 2 * PERIOD_S)
    try:
        count = cache.incr(key)
    except ValueError:  # forgotten between the two lines
        count = 1
    if count > limit:
        raise TooManyRequests(PERIOD_S - spent_s)


def evaluation_of(token: ApiToken, evaluation_id: int) -> Evaluation:
    """An evaluation of the token's team; any other does not exist (404)."""
    found = Evaluation.objects.select_related("team", "log").filter(pk=evaluation_id, team_id=token.team_id).first()
    if found is None:
        raise Http404("No such evaluation in this token's team.")
    return found
