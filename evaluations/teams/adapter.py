from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from evaluations.teams.access import Refused
from evaluations.teams.models import Person


class ByInvitation(DefaultAccountAdapter):
    """Accounts are made on the page of an invitation or of the first lead's link, never by the open sign-up form."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: Person, password: str) -> None:
        """A demo account keeps none: it must not open once the demo is off."""
        if user.is_demo:
            raise Refused("A demo account has no password: it is for looking around on this machine.")
        super().set_password(user, password)
