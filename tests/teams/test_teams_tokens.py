"""Tokens for pipelines: made by leads who gave their password again, shown once, revoked, kept as a digest."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from evaluations.audit.models import AuditEvent
from evaluations.teams import tokens
from evaluations.teams.access import Refused
from evaluations.teams.models import ApiToken, Role
from tests.builders import NOW, lead_of, make_member, make_person, make_team

pytestmark = pytest.mark.django_db
PASSWORD = "uncommon-gate-31"
GIVEN = {"name": "Nightly", "scope": "upload", "days": "30"}


def made(team: Any, **given: Any) -> tuple[ApiToken, str]:
    words = {"name": "Nightly", "scope": "upload", "days": 30, "by": lead_of(team), "at": NOW}
    return tokens.make_token(team=team, **{**words, **given})


def test_a_token_opens_until_it_runs_out() -> None:
    token, text = made(make_team())

    found = tokens.usable_token(text, NOW + timedelta(days=29))

    assert found == token
    with pytest.raises(tokens.TokenUnusable, match="out of date"):
        tokens.usable_token(text, NOW + timedelta(days=30))


def test_the_secret_is_kept_nowhere() -> None:
    token, text = made(make_team())
    secret = text.rsplit("_", 1)[1]

    kept = [str(value) for value in ApiToken.objects.filter(pk=token.pk).values().get().values()]
    told = [f"{event.about}{event.payload}" for event in AuditEvent.objects.all()]

    assert not any(secret in text for text in (*kept, *told))


def test_a_revoked_token_opens_nothing_and_says_so() -> None:
    token, text = made(make_team())

    tokens.revoke_token(token=token, by=token.created_by, at=NOW)

    with pytest.raises(tokens.TokenUnusable, match="revoked"):
        tokens.usable_token(text, NOW)
    with pytest.raises(tokens.TokenMoved):
        tokens.revoke_token(token=token, by=token.created_by, at=NOW)


@pytest.mark.parametrize("text", ["", "fws", "fws__", "fws_00000000_x", "Bearer", "fws_é_ü", "fws_\x00_x"])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(tokens.TokenUnusable):
        tokens.usable_token(text, NOW)


def test_only_leads_make_and_revoke_tokens() -> None:
    team = make_team()
    token, _ = made(team)
    contributor = make_member(team, Role.CONTRIBUTOR)

    with pytest.raises(Refused):
        made(team, by=contributor)
    with pytest.raises(Refused):
        tokens.revoke_token(token=token, by=contributor, at=NOW)


def test_a_team_has_no_end_of_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_USABLE", 2)
    team = make_team()
    first, _ = made(team)
    made(team)

    with pytest.raises(tokens.TooManyTokens):
        made(team)
    tokens.revoke_token(token=first, by=first.created_by, at=NOW)

    assert made(team)[0].pk


def test_making_and_revoking_is_recorded() -> None:
    token, _ = made(make_team())
    tokens.revoke_token(token=token, by=token.created_by, at=NOW)

    kinds = list(AuditEvent.objects.filter(log=token.team.log).order_by("number").values_list("kind", flat=True))

    assert kinds[-2:] == ["teams.token_made", "teams.token_revoked"]


def test_a_lead_gives_the_password_again_before_a_token_is_made(client: Client, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ACCOUNT_RATE_LIMITS = False
    team = make_team(lead=make_person("Lena", username="lena", password=PASSWORD))
    client.post(reverse("account_login"), {"login": "lena", "password": PASSWORD})
    address = reverse("teams:make_token", args=[team.pk])

    before = client.post(address, GIVEN)
    assert not ApiToken.objects.exists()
    client.post(before["Location"], {"password": PASSWORD})

    assert reverse("account_reauthenticate") in before["Location"]
    assert ApiToken.objects.get().name == "Nightly"


def test_the_page_shows_the_token_once(client: Client) -> None:
    team = make_team()
    client.force_login(lead_of(team))
    client.post(reverse("teams:make_token", args=[team.pk]), GIVEN)

    first, second = (client.get(reverse("teams:tokens", args=[team.pk])).content.decode() for _ in range(2))

    prefix = f"fws_{ApiToken.objects.get().prefix}_"
    text = first.split('id="made-token" type="text" readonly value="')[1].split('"')[0]
    assert text.startswith(prefix)
    assert tokens.usable_token(text, ApiToken.objects.get().created_at)
    assert text not in second


def test_a_form_that_says_too_little_is_shown_again(client: Client) -> None:
    team = make_team()
    client.force_login(lead_of(team))

    answer = client.post(reverse("teams:make_token", args=[team.pk]), {**GIVEN, "days": "9999"})

    assert answer.status_code == 422
    assert "Nightly" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_a_member_sees_the_tokens_and_can_not_change_them(client: Client) -> None:
    team = make_team()
    token, _ = made(team)
    client.force_login(make_member(team, Role.VIEWER))

    page = client.get(reverse("teams:tokens", args=[team.pk])).content.decode()
    answer = client.post(reverse("teams:revoke_token", args=[team.pk, token.pk]))

    assert token.name in page
    assert "Revoke" not in page
    assert answer.status_code == 403
