"""Whoever signs proves who they are, once per ten minutes: by signing in, or by the password in the form itself."""

from datetime import datetime, timedelta

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from django.http import HttpRequest

GOOD_FOR = timedelta(minutes=10)


def is_recent(request: HttpRequest, at: datetime) -> bool:
    """Whether the person proved in this session, at most ten minutes ago, who they are."""
    moments = [record["at"] for record in get_authentication_records(request, request.user) if "at" in record]
    return bool(moments) and at.timestamp() - max(moments) < GOOD_FOR.total_seconds()


def asks_for_password(request: HttpRequest, at: datetime) -> bool:
    """Accounts without a password (demo accounts, a company's sign-in) are as sure as the session that holds them."""
    person = request.user
    return person.is_authenticated and person.has_usable_password() and not is_recent(request, at)


def prove(request: HttpRequest, password: str) -> bool:
    """Check the password through the same backends as signing in does, which count failures; good for ten minutes."""
    if not get_adapter(request).reauthenticate(request.user, password):
        return False
    reauthenticate_by_password(request)
    return True
