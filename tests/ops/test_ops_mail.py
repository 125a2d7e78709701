"""Mail over real SMTP: it arrives, one setting switches notices off, and a server that hangs delays no page."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from celery import current_app
from celery.exceptions import Retry
from django.test import Client, override_settings
from django.urls import reverse

from evaluations.signoff import notices
from evaluations.signoff.models import Notice
from evaluations.teams import tasks
from evaluations.teams.mail import TASK
from fwselect.ops import environment
from tests.builders import NOW, make_person
from tests.ops.mail_server import MailServer, mail_server
from tests.signoff.signing import Signing, make_signing

pytestmark = pytest.mark.django_db
SILENCE_S, PATIENCE_S = 0.3, 60.0
"""How long a server that hangs is waited for in these tests, and one that speaks: a busy machine makes it slow."""


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    """The app's mail goes there, by the one setting that says where."""
    with mail_server() as server:
        for name, value in environment.mail_config(server.url).items():
            setattr(settings, name, value)
        settings.EMAIL_TIMEOUT = PATIENCE_S
        yield server


@contextmanager
def hanging(server: MailServer) -> Iterator[None]:
    with override_settings(EMAIL_TIMEOUT=SILENCE_S):
        server.is_silent = True
        yield
        server.is_silent = False


@pytest.fixture
def signing() -> Signing:
    return make_signing()


def test_a_mail_server_has_ten_seconds_to_say_something() -> None:
    assert environment.mail_config("smtp://127.0.0.1:25")["EMAIL_TIMEOUT"] == 10
    assert environment.mail_config("consolemail://")["EMAIL_TIMEOUT"] == 10


def test_a_notice_arrives_unless_the_setting_switches_notices_off(
    server: MailServer, signing: Signing, settings: Any
) -> None:
    settings.FWSELECT_MAIL_NOTICES = False
    assert notices.send_due(at=NOW) == 0
    assert server.taken == []

    Notice.objects.all().delete()
    settings.FWSELECT_MAIL_NOTICES = True
    notices.send_due(at=NOW)

    assert server.told == {(signing.reviewer.email, "fwselect: Requirements is ready for review: Order service")}
    assert "Sign it, or ask for changes." in server.taken[0].get_content()
    assert str(server.taken[0]["From"]) == settings.DEFAULT_FROM_EMAIL


def test_a_server_that_hangs_loses_no_notice(server: MailServer, signing: Signing) -> None:
    begun = time.monotonic()
    with hanging(server), pytest.raises(OSError):
        notices.send_due(at=NOW)
    seconds = time.monotonic() - begun

    notices.send_due(at=NOW)
    notices.send_due(at=NOW)

    assert seconds < PATIENCE_S / 2
    assert [str(mail["To"]) for mail in server.taken] == [signing.reviewer.email]


def test_an_address_the_server_refuses_does_not_keep_the_others_waiting(server: MailServer, signing: Signing) -> None:
    signing.sign()
    signing.change()
    server.refused = {signing.lead.email}

    notices.send_due(at=NOW)
    notices.send_due(at=NOW)

    assert [str(mail["To"]) for mail in server.taken] == [signing.author.email]


def ask_for_a_new_password(client: Client) -> None:
    answer = client.post(reverse("account_reset_password"), {"email": "ada@example.com"})
    assert (answer.status_code, answer.url) == (302, reverse("account_reset_password_done"))


def test_a_page_hands_its_mail_to_the_worker_which_tries_again_while_the_server_hangs(
    server: MailServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, kwargs, retry: handed.append((name, kwargs)))
    make_person("ada", email="ada@example.com")

    with hanging(server):
        ask_for_a_new_password(client)
        asked_by_the_page = server.talks
        [(name, told)] = handed
        with pytest.raises((Retry, OSError)):
            tasks.send_mail(**told)
    tasks.send_mail(**told)

    assert (asked_by_the_page, server.talks) == (0, 2)
    assert name == TASK == tasks.send_mail.name
    assert [str(mail["To"]) for mail in server.taken] == ["ada@example.com"]
    assert "/accounts/password/reset/key/" in server.taken[0].get_content()


def test_without_broker_and_mail_server_the_page_still_answers(
    server: MailServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(current_app, "send_task", away)
    make_person("ada", email="ada@example.com")

    with hanging(server):
        ask_for_a_new_password(client)

    assert server.taken == []
