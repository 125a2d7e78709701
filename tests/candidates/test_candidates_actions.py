from datetime import timedelta

import pytest

from evaluations import catalogue
from evaluations.audit.queries import first_fault
from evaluations.candidates import actions, queries
from evaluations.candidates.access import NotOpen
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.teams.access import Refused
from evaluations.teams.models import Role
from tests.builders import NOW, lead_of, make_candidate, make_evaluation, make_guest, make_member, make_team

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def last_event(evaluation):
    return evaluation.log.events.order_by("-number")[0]


def test_an_evaluation_starts_with_the_five_checklists_of_the_catalogue():
    evaluation = make_evaluation()

    found = set(evaluation.checklist_items.values_list("phase", "key"))
    assert found == {(phase.key, item.key) for phase in catalogue.phases() for item in phase.items}


def test_starting_an_evaluation_is_recorded_in_its_own_log_and_the_teams():
    team = make_team()

    evaluation = make_evaluation("Order service", team=team, context="Old and slow")

    first = evaluation.log.events.order_by("number")[0]
    assert (first.kind, first.payload["after"]) == (
        "candidates.evaluation_created",
        {"title": "Order service", "context": "Old and slow"},
    )
    assert team.log.events.order_by("-number")[0].about == {"team": team.pk, "evaluation": evaluation.pk}
    assert (first_fault(evaluation.log), first_fault(team.log)) == (None, None)


def test_only_a_lead_of_the_team_starts_an_evaluation():
    team = make_team()

    for person in (make_member(team), make_member(team, Role.REVIEWER), lead_of(make_team())):
        with pytest.raises(Refused):
            actions.create_evaluation(team=team, title="Mine", by=person, at=NOW)

    assert not Evaluation.objects.exists()
    assert team.log.events.filter(kind__startswith="candidates.").count() == 0


def test_a_scenario_brings_its_candidates_and_no_example_mark():
    evaluation = make_evaluation(scenario="logistics")

    expected = [candidate.name for candidate in catalogue.scenario("logistics").candidates]
    assert [candidate.name for candidate in queries.standing_candidates(evaluation)] == expected
    assert evaluation.example == ""


def test_an_unknown_scenario_makes_nothing():
    team = make_team()

    with pytest.raises(KeyError):
        make_evaluation(team=team, scenario="nonsense")

    assert not Evaluation.objects.exists()


def test_a_legacy_system_is_a_candidate_in_two_ways():
    evaluation = make_evaluation(legacy=True)

    kinds = [candidate.kind for candidate in queries.standing_candidates(evaluation)]
    assert kinds == [Candidate.Kind.KEEP, Candidate.Kind.STRANGLER]


def test_title_and_context_are_changed_and_collide_by_version():
    evaluation = make_evaluation("Orders")
    seen, lead = evaluation.version, lead_of(evaluation.team)

    actions.describe(evaluation=evaluation, title="Deliveries", context="New", seen=seen, by=lead, at=LATER)
    with pytest.raises(actions.EvaluationMoved) as moved:
        actions.describe(evaluation=evaluation, title="Mine", context="", seen=seen, by=lead, at=LATER)

    assert moved.value.evaluation.title == "Deliveries"
    assert last_event(evaluation).payload["before"] == {"title": "Orders", "context": ""}


def test_a_contributor_may_not_change_the_title():
    evaluation = make_evaluation("Orders")
    contributor = make_member(evaluation.team)

    with pytest.raises(Refused):
        actions.describe(
            evaluation=evaluation, title="Mine", context="", seen=evaluation.version, by=contributor, at=LATER
        )


def test_a_contributor_and_a_guest_add_candidates_and_each_is_recorded():
    evaluation = make_evaluation()

    first = make_candidate(evaluation, "Django", by=make_member(evaluation.team), framework="django", server="granian")
    second = make_candidate(evaluation, "Own thing", by=make_guest(evaluation))

    assert queries.standing_candidates(evaluation) == [first, second]
    assert last_event(evaluation).about == {"candidate": second.pk}
    assert last_event(evaluation).payload["after"]["name"] == "Own thing"
    assert second.version == last_event(evaluation).number


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_who_only_reads_or_signs_adds_no_candidate(role):
    evaluation = make_evaluation()
    member = make_member(evaluation.team, role)

    with pytest.raises(Refused):
        make_candidate(evaluation, by=member)

    assert not evaluation.candidates.exists()


def test_two_standing_candidates_never_carry_one_name():
    evaluation = make_evaluation()
    make_candidate(evaluation, "Django")

    with pytest.raises(actions.NameTaken):
        make_candidate(evaluation, "DJANGO")

    assert make_candidate(make_evaluation(), "Django")


def test_a_name_is_free_again_after_its_candidate_was_withdrawn():
    evaluation = make_evaluation()
    old = make_candidate(evaluation, "Django")
    actions.withdraw_candidate(candidate=old, reason="Nobody wants it", by=lead_of(evaluation.team), at=LATER)

    new = make_candidate(evaluation, "Django")

    assert queries.standing_candidates(evaluation) == [new]
    assert last_event(evaluation).number == new.version


def test_a_framework_the_catalogue_does_not_have_is_not_taken():
    evaluation = make_evaluation()

    with pytest.raises(KeyError):
        make_candidate(evaluation, framework="nonsense")

    assert not evaluation.candidates.exists()


def test_an_edit_is_recorded_with_before_and_after_and_a_stale_one_is_refused():
    evaluation = make_evaluation()
    candidate = make_candidate(evaluation, "Django", server="granian")
    lead = lead_of(evaluation.team)

    actions.edit_candidate(
        candidate=candidate, name="Django", server="uvicorn", seen=candidate.version, by=lead, at=LATER
    )
    with pytest.raises(actions.CandidateMoved) as moved:
        actions.edit_candidate(candidate=candidate, name="Mine", seen=candidate.version, by=lead, at=LATER)

    payload = last_event(evaluation).payload
    assert (payload["before"]["server"], payload["after"]["server"]) == ("granian", "uvicorn")
    assert (moved.value.candidate.name, moved.value.candidate.server) == ("Django", "uvicorn")


def test_an_edit_takes_no_name_of_another():
    evaluation = make_evaluation()
    make_candidate(evaluation, "Django")
    other = make_candidate(evaluation, "Flask")

    with pytest.raises(actions.NameTaken):
        actions.edit_candidate(
            candidate=other, name="django", seen=other.version, by=lead_of(evaluation.team), at=LATER
        )

    assert Candidate.objects.get(pk=other.pk).name == "Flask"


def test_only_a_lead_withdraws_and_a_withdrawn_candidate_cannot_be_changed():
    evaluation = make_evaluation()
    candidate = make_candidate(evaluation)
    lead = lead_of(evaluation.team)

    with pytest.raises(Refused):
        actions.withdraw_candidate(candidate=candidate, reason="No", by=make_member(evaluation.team), at=LATER)
    gone = actions.withdraw_candidate(candidate=candidate, reason="Too small", by=lead, at=LATER)

    assert last_event(evaluation).payload["reason"] == "Too small"
    for again in (
        lambda: actions.withdraw_candidate(candidate=gone, reason="Twice", by=lead, at=LATER),
        lambda: actions.edit_candidate(candidate=gone, name="Back", seen=gone.version, by=lead, at=LATER),
    ):
        with pytest.raises(actions.Withdrawn):
            again()


def test_candidates_are_put_in_another_order_and_a_stale_order_is_refused():
    evaluation = make_evaluation()
    first, second = make_candidate(evaluation), make_candidate(evaluation)
    lead = lead_of(evaluation.team)

    actions.reorder(evaluation=evaluation, order=[second.pk, first.pk], by=lead, at=LATER)
    make_candidate(evaluation)

    with pytest.raises(actions.OrderMoved):
        actions.reorder(evaluation=evaluation, order=[first.pk, second.pk], by=lead, at=LATER)
    assert queries.standing_candidates(evaluation)[:2] == [second, first]


def test_an_order_takes_no_candidate_of_another_evaluation():
    evaluation, foreign = make_evaluation(), make_candidate(make_evaluation())
    make_candidate(evaluation)

    with pytest.raises(actions.OrderMoved):
        actions.reorder(evaluation=evaluation, order=[foreign.pk], by=lead_of(evaluation.team), at=LATER)


def test_a_decided_evaluation_is_read_only():
    evaluation = make_evaluation()
    candidate = make_candidate(evaluation)
    Evaluation.objects.filter(pk=evaluation.pk).update(state=Evaluation.State.DECIDED)
    evaluation.refresh_from_db()
    candidate.refresh_from_db()
    lead = lead_of(evaluation.team)

    for write in (
        lambda: make_candidate(evaluation),
        lambda: actions.reorder(evaluation=evaluation, order=[candidate.pk], by=lead, at=LATER),
        lambda: actions.describe(evaluation=evaluation, title="X", context="", seen=1, by=lead, at=LATER),
        lambda: actions.withdraw_candidate(candidate=candidate, reason="X", by=lead, at=LATER),
    ):
        with pytest.raises(NotOpen):
            write()
