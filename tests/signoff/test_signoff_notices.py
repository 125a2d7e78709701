"""Who is told by mail, of what, how often; and that a mail server that is away costs nothing."""

import pytest

from evaluations.signoff import actions, notices
from evaluations.signoff.models import Notice
from tests.builders import NOW
from tests.signoff.signing import FIRST, make_signing

pytestmark = pytest.mark.django_db


@pytest.fixture
def signing():
    return make_signing()


def told(mailoutbox):
    return {(mail.to[0], mail.subject.partition(":")[2].strip()) for mail in mailoutbox}


def test_a_phase_that_became_ready_is_told_to_reviewers_once(signing, mailoutbox):
    notices.send_due(at=NOW)
    notices.send_due(at=NOW)

    assert told(mailoutbox) == {(signing.reviewer.email, "Requirements is ready for review: Order service")}
    assert f"/evaluations/{signing.evaluation.pk}/signoff/requirements/" in mailoutbox[0].body


def test_changes_asked_for_are_told_to_lead_and_authors_with_the_points(signing, mailoutbox):
    signing.change()
    notices.send_due(at=NOW)
    mailoutbox.clear()

    signing.ask("Name the source")
    notices.send_due(at=NOW)

    assert {mail.to[0] for mail in mailoutbox} == {signing.lead.email, signing.author.email}
    assert "- Name the source" in mailoutbox[0].body


def test_a_signature_that_became_stale_is_told_to_lead_and_authors(signing, mailoutbox):
    signing.sign()
    notices.send_due(at=NOW)
    assert not mailoutbox

    signing.change()
    notices.send_due(at=NOW)

    assert (signing.author.email, "Requirements changed after it was signed: Order service") in told(mailoutbox)
    assert signing.reviewer.email not in {mail.to[0] for mail in mailoutbox}


def test_one_setting_switches_mail_off(signing, mailoutbox, settings):
    settings.FWSELECT_MAIL_NOTICES = False

    assert notices.send_due(at=NOW) == 0
    assert not mailoutbox


def test_a_mail_server_that_is_away_stops_no_signature_and_is_asked_again(signing, mailoutbox, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    with pytest.raises(OSError):
        notices.send_due(at=NOW)
    actions.sign(**signing.seen(), by=signing.reviewer, at=NOW)
    signing.ask("Name the source")

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    notices.send_due(at=NOW)

    assert {mail.to[0] for mail in mailoutbox} == {signing.lead.email}
    assert Notice.objects.get(evaluation=signing.evaluation, phase=FIRST).state == "changes_requested"
