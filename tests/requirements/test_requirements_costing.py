"""What finding out costs: hours by kind of evidence, the catalogue's or the team's, and when to stop."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from evaluations import catalogue
from evaluations.requirements import costing, proposing
from evaluations.requirements.actions import Moved, UnknownCriterion, add_criterion
from evaluations.requirements.models import EvidenceCosts, WeightProposal
from evaluations.requirements.queries import costs_of, proposals_of, standing_criteria
from evaluations.rounds import actions as rounds
from evaluations.rounds.models import Round
from evaluations.scoring.finding import find_out_next
from evaluations.scoring.queries import matrix_of
from evaluations.scoring.standing import standing_of
from evaluations.teams.access import Refused
from evaluations.teams.models import Role
from tests.builders import NOW, lead_of, make_criterion, make_evaluation, make_member
from tests.scoring.table import make_table

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def test_a_criterion_costs_what_its_kind_of_evidence_takes_unless_it_has_an_estimate_of_its_own():
    evaluation = make_evaluation()
    lead = lead_of(evaluation.team)
    usual = next(c for c in catalogue.criteria() if c.hours == catalogue.evidence_kind(c.evidence).hours)
    rows = [
        add_criterion(evaluation=evaluation, key=usual.key, by=lead, at=NOW),
        make_criterion(evaluation, "Ours", evidence_kind=usual.evidence, cost_hours=Decimal("1.5")),
        make_criterion(evaluation, "Plain"),
    ]

    before = [costs_of(evaluation).hours_of(row) for row in rows]
    costing.set_costs(
        evaluation=evaluation, hours={usual.evidence: 77.0}, limit_per_hour=Decimal("0.01"), seen=0, by=lead, at=NOW
    )
    after = [costs_of(evaluation).hours_of(row) for row in rows]

    assert before == [usual.hours, 1.5, 2.0]
    assert after == [77.0, 1.5, 2.0]
    assert costs_of(evaluation).limit_per_hour == 0.01


def test_find_out_next_follows_the_costs_and_stops_below_the_teams_limit():
    table = make_table()
    table.agree({("FastAPI", "Speed"): 4})
    dear = find_out_next(standing_of(matrix_of(table.evaluation)))

    costing.set_costs(
        evaluation=table.evaluation, hours={"other": 20.0}, limit_per_hour=Decimal(3), seen=0, by=table.lead, at=NOW
    )
    found = find_out_next(standing_of(matrix_of(table.evaluation)))

    assert not dear.stop
    assert found.stop
    assert found.limit == pytest.approx(3)
    assert [one.per_hour for one in found.items] == pytest.approx([one.per_hour / 10 for one in dear.items])


def test_costs_are_refused_when_they_are_nonsense_foreign_or_were_changed_meanwhile():
    evaluation = make_evaluation()
    given = {"evaluation": evaluation, "limit_per_hour": Decimal("0.01"), "by": lead_of(evaluation.team), "at": NOW}
    viewer = make_member(evaluation.team, Role.VIEWER)

    for wrong in ({"hours": {"spike": 0.0}}, {"hours": {"magic": 1.0}}, {"hours": {}, "limit_per_hour": Decimal(0)}):
        with pytest.raises(ValueError, match=r"above 0|no kind"):
            costing.set_costs(**{**given, **wrong}, seen=0)
    with pytest.raises(Refused):
        costing.set_costs(**{**given, "by": viewer}, hours={}, seen=0)
    costing.set_costs(**given, hours={"spike": 9.0}, seen=0)
    with pytest.raises(Moved):
        costing.set_costs(**given, hours={"spike": 8.0}, seen=0)

    assert EvidenceCosts.objects.get().hours == {"spike": 9.0}


def test_the_form_saves_in_the_panel_and_keeps_what_was_typed_when_somebody_was_faster():
    table = make_table()
    client = Client()
    client.force_login(table.lead)
    address = reverse("requirements:costs", args=[table.evaluation.pk])
    hours = {f"hours-{key}": value for key, value in costs_of(table.evaluation).hours.items()}
    typed = {**hours, "hours-spike": "7.5", "limit_per_hour": "0.02", "seen": 0}

    shown = client.get(address, headers=HTMX)
    wrong = client.post(address, {**typed, "hours-spike": "0"}, headers=HTMX)
    saved = client.post(address, typed, headers=HTMX)
    late = client.post(address, {**typed, "hours-spike": "6.5"}, headers=HTMX)

    assert 'name="hours-spike"' in shown.content.decode()
    assert wrong.status_code == 422
    assert saved.status_code == 204
    assert costs_of(table.evaluation).hours["spike"] == 7.5
    assert late.status_code == 409
    assert "Building a small spike 7.5 h" in late.content.decode()
    assert 'value="6.5"' in late.content.decode()


def test_a_proposal_takes_the_place_of_the_same_members_earlier_one_and_the_lead_can_agree_it():
    table = make_table()
    member = table.members[0]
    speed, learning = (criterion.pk for criterion in table.criteria)
    given = {"evaluation": table.evaluation, "by": member, "at": NOW}

    proposing.propose_weights(**given, shares={speed: 1, learning: 1}, reason="even")
    proposing.propose_weights(**given, shares={speed: 1, learning: 3}, reason="we learn slowly")

    [(row, shares)] = proposals_of(table.evaluation, standing_criteria(table.evaluation))
    assert row.reason == "we learn slowly"
    assert shares == pytest.approx({speed: 0.25, learning: 0.75})
    client = Client()
    client.force_login(table.lead)
    page = client.get(reverse("requirements:weights", args=[table.evaluation.pk])).content.decode()
    assert "we learn slowly" in page
    assert f'id="take-{row.pk}"' in page


def test_a_proposal_is_refused_while_weights_are_blind_and_from_who_may_not_weigh():
    table = make_table()
    shares = {criterion.pk: 1.0 for criterion in table.criteria}
    viewer = make_member(table.evaluation.team, Role.VIEWER)
    given = {"evaluation": table.evaluation, "reason": "", "at": NOW}

    with pytest.raises(Refused):
        proposing.propose_weights(**given, shares=shares, by=viewer)
    with pytest.raises(UnknownCriterion):
        proposing.propose_weights(**given, shares={table.criteria[0].pk: 1.0}, by=table.lead)
    rounds.open_round(evaluation=table.evaluation, subject=Round.Subject.WEIGHTS, by=table.lead, at=NOW)
    with pytest.raises(proposing.RoundIsOpen):
        proposing.propose_weights(**given, shares=shares, by=table.members[0])

    assert not WeightProposal.objects.exists()
