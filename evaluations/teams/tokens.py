"""A team's tokens for pipelines: made by a lead, shown once, kept as a digest, in the name of whoever made them."""

import hashlib
import secrets
from datetime import datetime, timedelta
from hmac import compare_digest

from evaluations.audit.actions import writing
from evaluations.teams.access import Capability, check_can
from evaluations.teams.models import ApiToken, Membership, Person, Team

PREFIX = "fws"
MOST_USABLE = 50
USED_AGAIN_AFTER = timedelta(minutes=1)
"""How exactly the last use is kept: a pipeline that sends a thousand files writes it once a minute."""

NOT_KNOWN = "This token opens nothing: it is mistyped, or it was never made here."
REVOKED = "This token was revoked. A lead of the team can make another one."
EXPIRED = "This token is out of date. A lead of the team can make another one."
MAKER_LEFT = "Whoever made this token is no longer in the team. A lead of the team can make another one."


class TokenUnusable(Exception):
    """Nobody is let in with it; `reason` says why and what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TokenMoved(Exception):
    """The token was revoked in the meantime."""


class TooManyTokens(ValueError):
    """A team has MOST_USABLE usable tokens at once at most."""


def make_token(*, team: Team, name: str, scope: str, days: int, by: Person, at: datetime) -> tuple[ApiToken, str]:
    """A token that lives `days` days, and its text, which is kept nowhere. Raises TooManyTokens, Refused."""
    check_can(Capability.LEAD, by, team)
    secret = secrets.token_urlsafe(32)
    with writing(team.log, by=by, at=at) as entry:
        if ApiToken.objects.filter(team=team, revoked_at__isnull=True, expires_at__gt=at).count() >= MOST_USABLE:
            raise TooManyTokens(f"The team has {MOST_USABLE} tokens. Revoke one that nobody needs first.")
        made = ApiToken.objects.create(
            team=team,
            name=name,
            scope=scope,
            prefix=secrets.token_hex(4),
            secret_digest=digest_of(secret),
            created_by=by,
            created_at=at,
            expires_at=at + timedelta(days=days),
        )
        facts = {"name": name, "scope": scope, "expires_at": made.expires_at}
        made.version = entry.record("teams.token_made", about={"token": made.pk}, payload={"after": facts})
        made.save(update_fields=["version"])
    return made, f"{PREFIX}_{made.prefix}_{secret}"


def revoke_token(*, token: ApiToken, by: Person, at: datetime) -> ApiToken:
    """From now on it opens nothing. Raises TokenMoved when it was revoked already, Refused."""
    check_can(Capability.LEAD, by, token.team)
    with writing(token.team.log, by=by, at=at) as entry:
        row = ApiToken.objects.select_for_update().get(pk=token.pk)
        if row.revoked_at is not None:
            raise TokenMoved
        row.revoked_at = at
        row.version = entry.record(
            "teams.token_revoked", about={"token": row.pk}, payload={"before": {"name": row.name, "scope": row.scope}}
        )
        row.save(update_fields=["revoked_at", "version"])
    return row


def usable_token(text: str, at: datetime) -> ApiToken:
    """The token a pipeline shows, with its team and its maker. Raises TokenUnusable."""
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] != PREFIX or not (text.isascii() and text.isprintable()):
        raise TokenUnusable(NOT_KNOWN)
    row = ApiToken.objects.select_related("team", "created_by").filter(prefix=parts[1]).first()
    if row is None or not compare_digest(row.secret_digest, digest_of(parts[2])):
        raise TokenUnusable(NOT_KNOWN)
    if row.revoked_at is not None:
        raise TokenUnusable(REVOKED)
    if row.expires_at <= at:
        raise TokenUnusable(EXPIRED)
    maker = row.created_by
    if not maker.is_active or not Membership.objects.filter(team=row.team, person=maker).exists():
        raise TokenUnusable(MAKER_LEFT)
    return row


def mark_used(token: ApiToken, at: datetime) -> None:
    """Keep when it was last used, to the minute. A clock, not a change: it stands outside the log."""
    if token.last_used_at is None or at - token.last_used_at >= USED_AGAIN_AFTER:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
        token.last_used_at = at


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
