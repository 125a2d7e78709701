"""My work of leads: proposals to decide, and decisions whose day to be looked at again has come."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from evaluations.candidates.models import Evaluation
from evaluations.decision import moving
from evaluations.overview.queries import work_of
from evaluations.teams.models import Person, Role
from tests.builders import NOW, make_member
from tests.decision.choosing import choose, decide, make_choice, propose

pytestmark = pytest.mark.django_db
DAY = date(2027, 3, 1)


def waiting(person: Person, evaluation: Evaluation, today: date = DAY) -> list[tuple[str, date | None]]:
    work = work_of(person, [Evaluation.objects.select_related("team", "log").get(pk=evaluation.pk)], today=today)
    return [(one.title, one.due) for one in work.decisions]


def test_a_proposal_waits_for_the_lead_alone() -> None:
    choice = make_choice()
    contributor = make_member(choice.evaluation.team, Role.CONTRIBUTOR)
    choose(choice)
    before = waiting(choice.lead, choice.evaluation)

    propose(choice)

    assert before == []
    assert waiting(choice.lead, choice.evaluation) == [("Decide: a choice is proposed", None)]
    assert waiting(contributor, choice.evaluation) == []


def test_a_decision_waits_from_its_day_until_somebody_looked_again() -> None:
    choice = make_choice()
    choose(choice, revisit_on=DAY)
    decide(choice)

    early = waiting(choice.lead, choice.evaluation, DAY - timedelta(days=1))
    due = waiting(choice.lead, choice.evaluation)
    moving.revisit(evaluation=choice.evaluation, finding="It holds", next_on=None, seen=0, by=choice.lead, at=NOW)

    assert (early, due) == ([], [("Look at the decision again", DAY)])
    assert waiting(choice.lead, choice.evaluation) == []


def test_the_button_at_the_top_leads_to_the_draft_and_once_decided_to_the_record_also_from_the_archive() -> None:
    choice = make_choice()
    client = Client()
    client.force_login(choice.lead)
    here = choice.evaluation.pk
    draft, final = (f'href="{reverse(f"record:{name}", args=[here])}"' for name in ("draft", "final"))

    before = client.get(reverse("overview:evaluation", args=[here])).content.decode()
    choose(choice)
    decide(choice)
    after = client.get(reverse("overview:evaluation", args=[here])).content.decode()
    moving.archive(evaluation=choice.evaluation, by=choice.lead, at=NOW)
    archived = client.get(reverse("overview:evaluation", args=[here])).content.decode()

    assert (before.count(draft), before.count(final)) == (2, 0)
    assert [(page.count(draft), page.count(final)) for page in (after, archived)] == [(0, 2)] * 2


def test_the_team_page_leads_from_what_waits_to_the_decision() -> None:
    choice = make_choice()
    choose(choice)
    propose(choice)
    client = Client()
    client.force_login(choice.lead)

    page = client.get(reverse("overview:team", args=[choice.evaluation.team_id])).content.decode()

    assert (
        f'<a href="{reverse("decision:index", args=[choice.evaluation.pk])}">Decide: a choice is proposed</a>' in page
    )
