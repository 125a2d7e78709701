"""Sign-in through an issuer of one's own, by settings alone; and the settings it needs."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as given
from django.http import HttpResponse
from django.test import Client

from evaluations.teams.models import Person
from fwselect.ops import environment
from fwselect.ops.environment import WrongSetting
from tests.builders import make_person
from tests.ops.issuer import Issuer, issuer

LOGIN, CALLBACK = "/accounts/oidc/sso/login/", "/accounts/oidc/sso/login/callback/"


@pytest.fixture
def sso(settings: Any) -> Iterator[Issuer]:
    with issuer() as running:
        found = environment.single_sign_on(running.url, "fwselect", "word", "Example ID", tls_only=False)
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [found["app"]]}}
        yield running


def signed_in(client: Client, sso: Issuer, **claims: Any) -> HttpResponse:
    sso.claims = {"sub": "4711", "email_verified": True, **claims}
    sent = client.post(LOGIN)
    state = parse_qs(urlsplit(sent["Location"]).query)["state"][0]
    return client.get(CALLBACK, {"code": "once", "state": state})


def who(client: Client) -> str:
    return str(client.session.get("_auth_user_id", ""))


@pytest.mark.django_db
class TestSigningIn:
    def test_the_page_offers_it_and_the_form_leads_to_the_issuer(self, client: Client, sso: Issuer) -> None:
        page = client.get("/accounts/login/").content.decode()
        sent = client.post(LOGIN)

        asked = parse_qs(urlsplit(sent["Location"]).query)
        assert "Sign in with Example ID" in page and f'action="{LOGIN}' in page
        assert sent["Location"].startswith(f"{sso.url}/authorize?")
        assert asked["client_id"] == ["fwselect"] and asked["redirect_uri"] == [f"http://testserver{CALLBACK}"]

    def test_an_invited_person_is_in_and_keeps_the_password_and_is_known_by_subject_from_then_on(
        self, client: Client, sso: Issuer
    ) -> None:
        person = make_person(email="Ada@example.org", password="uncommon-gate-31")

        first = signed_in(client, sso, email="ada@example.org")
        found = who(client)
        client.logout()
        signed_in(client, sso, email="moved@example.org")

        assert first.status_code == 302
        assert (found, who(client)) == (str(person.pk), str(person.pk))
        assert Person.objects.get(pk=person.pk).check_password("uncommon-gate-31")

    @pytest.mark.parametrize(
        "claims",
        [
            {"email": "stranger@example.org"},
            {"email": "ada@example.org", "email_verified": False},
            {"email": "demo@example.org"},
            {"email": "gone@example.org"},
            {"email": ""},
            {},
        ],
    )
    def test_nobody_else_is_and_no_account_is_made(self, client: Client, sso: Issuer, claims: dict[str, Any]) -> None:
        make_person(email="ada@example.org")
        make_person(email="demo@example.org", is_demo=True)
        make_person(email="gone@example.org", is_active=False)
        make_person(email="")
        before = Person.objects.count()

        answer = signed_in(client, sso, **claims)

        assert who(client) == ""
        assert "By invitation" in answer.content.decode()
        assert Person.objects.count() == before

    def test_an_answer_nobody_asked_for_signs_nobody_in(self, client: Client, sso: Issuer) -> None:
        make_person(email="ada@example.org")
        sso.claims = {"sub": "4711", "email": "ada@example.org", "email_verified": True}

        answer = client.get(CALLBACK, {"code": "once", "state": "made up"})

        assert who(client) == ""
        assert "/token" not in sso.asked
        assert answer.status_code < 500

    def test_cancelling_at_the_issuer_is_no_error(self, client: Client, sso: Issuer) -> None:
        state = parse_qs(urlsplit(client.post(LOGIN)["Location"]).query)["state"][0]

        answer = client.get(CALLBACK, {"error": "access_denied", "state": state}, follow=True)

        assert answer.status_code == 200
        assert who(client) == ""

    def test_it_needs_the_forms_token_and_a_get_only_asks(self, sso: Issuer) -> None:
        strict = Client(enforce_csrf_checks=True)

        assert strict.post(LOGIN).status_code == 403
        assert strict.get(LOGIN).status_code == 200
        assert sso.asked == []


@pytest.mark.django_db
def test_without_an_issuer_it_is_neither_offered_nor_there(client: Client) -> None:
    page = client.get("/accounts/login/").content.decode()

    assert "Sign in with" not in page
    assert [client.get(LOGIN).status_code, client.post(LOGIN).status_code] == [404, 404]
    assert [client.get(CALLBACK).status_code, client.post(CALLBACK).status_code] == [404, 404]
    assert given.SINGLE_SIGN_ON == {}


@pytest.mark.parametrize(
    ("url", "client_id", "secret", "named"),
    [
        ("id.example.org", "a", "b", "FWSELECT_OIDC_URL"),
        ("http://id.example.org", "a", "b", "FWSELECT_OIDC_URL"),
        ("https://id.example.org", "", "b", "FWSELECT_OIDC_CLIENT_ID"),
        ("https://id.example.org", "a", "", "FWSELECT_OIDC_CLIENT_SECRET"),
    ],
)
def test_a_half_given_issuer_stops_the_start_by_name(url: str, client_id: str, secret: str, named: str) -> None:
    with pytest.raises(WrongSetting, match=f"^{named}"):
        environment.single_sign_on(url, client_id, secret, "x", tls_only=True)


def test_forms_may_be_sent_on_to_the_issuers_origin_and_to_no_other_place() -> None:
    found = environment.single_sign_on("https://id.example.org/realms/a", "a", "b", "x", tls_only=True)

    assert found["origin"] == "https://id.example.org"
    assert found["app"]["settings"]["server_url"] == "https://id.example.org/realms/a"


def test_mail_goes_where_the_address_says() -> None:
    config = environment.mail_config("smtp+tls://fwselect:a%20word@mail.example.org:587")

    assert config["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert (config["EMAIL_HOST"], config["EMAIL_PORT"], config["EMAIL_USE_TLS"]) == ("mail.example.org", 587, True)
    assert (config["EMAIL_HOST_USER"], config["EMAIL_HOST_PASSWORD"]) == ("fwselect", "a word")
