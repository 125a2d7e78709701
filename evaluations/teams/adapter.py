from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ByInvitation(DefaultAccountAdapter):
    """Accounts are made on the page of an invitation or of the first lead's link, never by the open sign-up form."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
