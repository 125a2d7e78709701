"""A lead without anybody else brings an evaluation to a decided record, and its cover says that nobody reviewed it."""

import pytest
from django.test import Client
from django.urls import reverse

from evaluations.candidates.models import Evaluation
from evaluations.checklist.models import Phase
from evaluations.decision import moving
from evaluations.record.queries import final_record_of
from evaluations.record.tasks import print_final
from evaluations.requirements import actions as requirements
from evaluations.rounds.models import Round
from evaluations.signoff import actions as signoff
from evaluations.signoff.queries import digest_of, phase_standings
from evaluations.signoff.states import PhaseState
from evaluations.teams.access import Refused
from evaluations.teams.models import Membership
from tests.builders import NOW, make_requirement
from tests.decision.choosing import Choice, choose, make_choice, propose, seen_now
from tests.record.pdf_text import page_texts
from tests.signoff.signing import leave_nothing_to_answer, set_aside, settle_checklist

pytestmark = pytest.mark.django_db
ALONE = (Phase.REQUIREMENTS, Phase.READINESS)
REASON = "There is nobody but me yet"


@pytest.fixture
def choice(settings, tmp_path) -> Choice:
    """With the first and the last phase ready to be signed; the files of the test apart from those of others."""
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": default}
    made = make_choice()
    need = make_requirement(made.evaluation, "Hold 5,000 connections", must_have=True)
    requirements.set_top(evaluation=made.evaluation, requirements=[need], by=made.lead, at=NOW)
    settle_checklist(made.evaluation, Phase.REQUIREMENTS)
    leave_nothing_to_answer(made.evaluation)
    return made


def approve_alone(choice: Choice, phase: Phase) -> None:
    seen = digest_of(choice.evaluation, phase)
    signoff.approve_alone(
        evaluation=choice.evaluation, phase=phase, digest_seen=seen, reason=REASON, by=choice.lead, at=NOW
    )


def test_a_lead_alone_gets_to_the_decided_record_and_its_cover_says_that_nobody_reviewed_it(choice):
    for phase in Phase:
        if phase in ALONE:
            approve_alone(choice, phase)
        else:
            set_aside(choice.evaluation, phase, by=choice.lead)
    choose(choice, reason="It holds the load.")
    propose(choice)
    moving.decide(evaluation=choice.evaluation, seen=seen_now(choice.evaluation), by=choice.lead, at=NOW)

    record = final_record_of(choice.evaluation)
    print_final(job_id=record.print.job_id)

    record.print.refresh_from_db()
    with record.print.pdf.open("rb") as pdf:
        cover = " ".join(page_texts(pdf.read())[0].split())
    assert Membership.objects.filter(team=choice.evaluation.team).count() == 1
    assert not Round.objects.filter(evaluation=choice.evaluation).exists()
    assert Evaluation.objects.get(pk=choice.evaluation.pk).state == Evaluation.State.DECIDED
    assert cover.count("was approved without independent review") == len(ALONE)
    assert cover.count(REASON) == len(ALONE)
    client = Client()
    client.force_login(choice.lead)
    page = client.get(reverse("record:final", args=[choice.evaluation.pk])).content.decode()
    assert page.count("was approved without independent review") == len(ALONE)


def test_what_the_lead_wrote_alone_is_never_signed_as_reviewed(choice):
    with pytest.raises(Refused):
        signoff.sign(
            evaluation=choice.evaluation,
            phase=Phase.REQUIREMENTS,
            digest_seen=digest_of(choice.evaluation, Phase.REQUIREMENTS),
            by=choice.lead,
            at=NOW,
        )
    approve_alone(choice, Phase.REQUIREMENTS)

    standing = next(one for one in phase_standings(choice.evaluation) if one.phase == Phase.REQUIREMENTS)
    assert (standing.state, standing.approval.is_independent) == (PhaseState.APPROVED, False)
