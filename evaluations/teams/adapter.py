from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.urls import reverse

from evaluations.teams.access import Refused
from evaluations.teams.mail import ByWorker
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

    def render_mail(self, *args: Any, **kwargs: Any) -> EmailMessage:
        message = super().render_mail(*args, **kwargs)
        message.connection = ByWorker()
        return message


class BySingleSignOn(DefaultSocialAccountAdapter):
    """The issuer opens accounts that an invitation made, by the address it vouches for; it makes none."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        signing_in = sociallogin.state.get("process", AuthProcess.LOGIN) == AuthProcess.LOGIN
        if sociallogin.is_existing or not signing_in:
            return
        for address in sociallogin.email_addresses:
            person = Person.objects.filter(email__iexact=address.email, is_active=True, is_demo=False).first()
            if address.email and address.verified and person:
                sociallogin.connect(request, person)
                return

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: SocialAccount) -> str:
        return reverse("teams:account")
