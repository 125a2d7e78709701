"""Both examples, entered once for this module; each test changes them and is rolled back."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from evaluations import catalogue
from evaluations.audit.models import AuditEvent
from evaluations.audit.queries import first_fault
from evaluations.candidates.models import Evaluation
from evaluations.catalogue import example_results
from evaluations.checklist.models import Phase
from evaluations.checklist.queries import progress_of
from evaluations.decision.queries import decision_of, forecasts_of, trade_offs_of
from evaluations.ecosystem.exit import EXIT_CRITERIA
from evaluations.ecosystem.queries import grid_of
from evaluations.examples import actions, checklists, deciding, ecosystem, readiness, spikes, teamfit, workshop
from evaluations.jobs import actions as jobs
from evaluations.jobs.models import Job
from evaluations.readiness.models import ProductionStory
from evaluations.record.compose import body_now
from evaluations.record.freezing import printed
from evaluations.record.models import FinalPrint
from evaluations.record.queries import final_record_of
from evaluations.record.tasks import print_final
from evaluations.record.validation import check_body
from evaluations.record.verifying import checks_of
from evaluations.requirements import actions as requirements
from evaluations.requirements import weighing
from evaluations.requirements.queries import (
    agreed_version,
    open_points,
    standing_criteria,
    standing_requirements,
    team_weights,
    vote_counts,
)
from evaluations.rounds.models import Round
from evaluations.scoring import actions as scoring
from evaluations.scoring.models import Evidence, Rating, Score
from evaluations.scoring.queries import matrix_of
from evaluations.scoring.standing import VerdictKind, current_standing
from evaluations.signoff.phases import authors_of
from evaluations.signoff.queries import phase_standings
from evaluations.signoff.states import PhaseState
from evaluations.spikes.comparability import Level, level_of, pair
from evaluations.spikes.guarding import told_of
from evaluations.spikes.models import ResultFile, RunFacts, SpikeRun
from evaluations.teams.models import Membership, Person, Role, Team
from evaluations.teams.queries import demo_people, real_lead_exists
from tests.builders import make_person
from tests.record.pdf_parts import missing_for_readers
from tests.record.pdf_text import page_texts

AT = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
BOTH = ["logistics", "publishing"]
STILL_OPEN = ["logistics-open", "publishing-open"]
EXCHANGED = [("logistics-open", "publishing", "Django"), ("publishing-open", "logistics", "FastAPI")]


@pytest.fixture(scope="module")
def entered(django_db_setup, django_db_blocker):
    """Enters all examples once for the tests of this module, their final records printed."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "send", lambda job: True)
        patch.setattr(settings, "FWSELECT_DEMO", False)
        for key in (*BOTH, *STILL_OPEN):
            actions.load(key=key, at=AT)
        for job in Job.objects.filter(state=Job.State.QUEUED):
            print_final(job.pk)
        connection.close()
    yield
    with django_db_blocker.unblock():
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False, inhibit_post_migrate=True)
        connection.close()


@pytest.fixture
def no_demo(settings):
    settings.FWSELECT_DEMO = False


@pytest.fixture
def loaded(entered, db, no_demo):
    return {key: actions.example_of(key) for key in (*BOTH, *STILL_OPEN)}


def awake_lead(evaluation):
    lead = Person.objects.get(memberships__team=evaluation.team, memberships__role=Role.LEAD)
    lead.is_active = True
    lead.save()
    return lead


def told(evaluation):
    """Everything the comparison rests on, without ids and moments."""
    matrix = matrix_of(evaluation)
    names = {candidate.pk: candidate.name for candidate in matrix.candidates}
    keys = {criterion.pk: criterion.key for criterion in matrix.criteria}
    cells = {
        (names[cell.candidate_id], keys[cell.criterion_id]): (
            cell.basis,
            cell.value,
            sorted(map(str, cell.values)),
            cell.evidence_count,
        )
        for cell in matrix.cells.values()
    }
    return {
        "cells": cells,
        "weights": {keys[pk]: share for pk, share in matrix.weights.shares.items()},
        "out": {names[pk]: [each.statement for each in failed] for pk, failed in matrix.out.items()},
        "votes": sorted(vote_counts(evaluation).values()),
        "files": sorted(ResultFile.objects.filter(evaluation=evaluation).values_list("file_name", "state")),
        "evidence": sorted(Evidence.objects.filter(evaluation=evaluation).values_list("title", "provenance")),
        "progress": progress_of(evaluation),
        "people": sorted(Membership.objects.filter(team=evaluation.team).values_list("person__username", "role")),
    }


@pytest.mark.parametrize("key", BOTH)
def test_the_winner_is_computed_and_is_the_one_the_story_ends_with(loaded, key):
    scenario = catalogue.scenario(key)
    ends_with = next(each.name for each in scenario.candidates if each.key == scenario.ends_with)

    verdict = current_standing(loaded[key]).verdict

    assert (verdict.kind, verdict.leader.name) == (VerdictKind.LEADS, ends_with)
    assert verdict.share > 0.5


@pytest.mark.parametrize(("key", "other", "winner"), EXCHANGED)
def test_with_weights_and_must_haves_exchanged_the_winners_are_exchanged(loaded, key, other, winner):
    evaluation, foreign = loaded[key], catalogue.scenario(other)
    lead = awake_lead(evaluation)
    criteria = {row.key: row for row in standing_criteria(evaluation)}
    candidates = {row.name: row for row in matrix_of(evaluation).candidates}
    names = {each.key: each.name for each in foreign.candidates}
    before = current_standing(evaluation).verdict.leader.name

    weighing.agree_weights(
        evaluation=evaluation,
        shares={criteria[name].pk: share for name, share in foreign.agreed_weights.items()},
        method="the other team's",
        seen=agreed_version(evaluation),
        by=lead,
        at=AT,
    )
    for row in standing_requirements(evaluation):
        changes = {"must_have": False}
        requirements.edit_requirement(requirement=row, seen=row.version, changes=changes, by=lead, at=AT)
    for each in foreign.requirements:
        if each.must_have:
            made = requirements.add_requirement(
                evaluation=evaluation, kind=each.kind, statement=each.statement, must_have=True, by=lead, at=AT
            )
            for verdict in (one for one in foreign.verdicts if one.requirement == each.key):
                scoring.set_verdict(
                    requirement=made,
                    candidate=candidates[names[verdict.candidate]],
                    verdict=verdict.verdict,
                    reason=verdict.reason,
                    seen=0,
                    by=lead,
                    at=AT,
                )

    verdict = current_standing(evaluation).verdict
    assert (verdict.kind, verdict.leader.name) == (VerdictKind.LEADS, winner)
    assert before != winner


@pytest.mark.parametrize("key", BOTH)
def test_everything_of_the_scenario_went_in_through_the_members_own_hands(loaded, key):
    scenario, evaluation = catalogue.scenario(key), loaded[key]

    ratings = Rating.objects.filter(round__evaluation=evaluation)
    agreed = Score.objects.filter(candidate__evaluation=evaluation)
    assert ratings.count() == sum(len(cell.ratings) for cell in scenario.cells)
    assert {row.person.username for row in ratings.select_related("person")} == {
        f"{key}-{handle}" for cell in scenario.cells for handle in cell.ratings
    }
    assert agreed.count() == sum(cell.agreed is not None for cell in scenario.cells)
    assert Round.objects.filter(evaluation=evaluation, revealed_at__isnull=False).count() == 4
    assert Round.objects.unrevealed().filter(evaluation=evaluation).count() == 0
    assert open_points(evaluation) == []
    assert [row.statement for row in standing_requirements(evaluation) if row.is_top] == [
        each.statement for each in scenario.requirements if each.top
    ]
    shares = team_weights(evaluation).shares
    for row in standing_criteria(evaluation):
        assert Decimal(str(round(shares[row.pk], 6))) == Decimal(str(scenario.agreed_weights[row.key])) / 100


@pytest.mark.parametrize("key", BOTH)
def test_the_result_files_were_read_and_the_measured_criteria_count_as_measured(loaded, key):
    scenario, evaluation = catalogue.scenario(key), loaded[key]

    files = ResultFile.objects.filter(evaluation=evaluation)
    runs = SpikeRun.objects.filter(result_file__evaluation=evaluation)
    measured = {row.key for row in standing_criteria(evaluation) if row.basis == "measured"}
    assert {row.state for row in files} == {ResultFile.State.ACCEPTED}
    assert files.count() == runs.count() == len(scenario.result_files)
    assert measured == set(scenario.measured)
    cells = [cell for cell in matrix_of(evaluation).cells.values() if cell.basis == "measured"]
    assert len(cells) == len(scenario.candidates) * len(measured)
    assert set(Job.objects.filter(log=evaluation.log).values_list("state", flat=True)) == {Job.State.DONE}


def test_its_runs_say_how_they_were_made_and_those_the_story_wants_comparable_are(loaded):
    told = told_of(loaded["logistics"])
    of = {name: [run for run in told if run.name.startswith(name)] for name in ("FastAPI", "Litestar", "Django")}

    levels = {
        name: {level_of(pair(one, other)) for one in of["FastAPI"] for other in runs if one is not other}
        for name, runs in of.items()
    }

    assert levels == {
        "FastAPI": {Level.COMPARABLE},
        "Litestar": {Level.COMPARABLE},
        "Django": {Level.WITH_CARE},
    }
    facts = RunFacts.objects.filter(run__result_file__evaluation=loaded["logistics"])
    assert facts.count() == len(catalogue.scenario("logistics").result_files)
    assert all(row.host and row.processors and row.workers and row.loop and row.repeat for row in facts)


@pytest.mark.parametrize("key", BOTH)
def test_scores_from_later_phases_show_the_chain_they_come_from(loaded, key):
    matrix = matrix_of(loaded[key])
    packages = {
        criterion.key: {matrix.cell(candidate, criterion).source["package"] for candidate in matrix.candidates}
        for criterion in matrix.criteria
        if criterion.basis == "measured"
    }

    said = [cell.source["says"] for cell in matrix.cells.values() if cell.source and "says" in cell.source]

    expected = {
        "logistics": {"websocket-capacity": {"spikes"}},
        "publishing": {"ecosystem-integration": {"ecosystem"}},
    }[key]
    both = {"latency-under-load": {"spikes"}, "learning-curve": {"teamfit"}, "operational-maturity": {"readiness"}}
    assert packages == both | expected
    assert any(text.startswith("minutes for the exercise: median") for text in said)
    operated = {"logistics": "time to recover: ", "publishing": "readiness items answered yes: "}[key]
    told = [text for text in said if text.startswith(operated)]
    assert len(told) == len(matrix.candidates)
    assert all("failure tests" in text or "of 12 items answered" in text for text in told)


def test_production_stories_come_with_a_link_and_what_was_learned(loaded):
    stories = ProductionStory.objects.filter(candidate__evaluation=loaded["publishing"])

    assert stories.count() == len(catalogue.scenario("publishing").production_stories) > 3
    assert all(row.url.startswith("https://") and row.learned for row in stories)


@pytest.mark.parametrize("key", BOTH)
def test_phase_3_has_a_word_on_every_need_of_every_candidate(loaded, key):
    scenario, grid = catalogue.scenario(key), grid_of(loaded[key])

    said = [cell.choice.package or cell.choice.verdict for row in grid.rows for cell in row.cells]

    assert [row.need.name for row in grid.rows] == [each.name for each in scenario.needs]
    assert sorted(said) == sorted(each.package or "missing" for each in scenario.packages)
    assert [each(loaded[key]) for each in EXIT_CRITERIA] == [""] * len(EXIT_CRITERIA)


@pytest.mark.parametrize("key", BOTH)
def test_it_is_decided_for_the_computed_winner_with_all_that_belongs_to_a_decision(loaded, key):
    scenario, evaluation = catalogue.scenario(key), loaded[key]

    found = decision_of(evaluation)

    assert (evaluation.state, found.was_against_ranking) == (Evaluation.State.DECIDED, False)
    assert found.candidate == current_standing(evaluation).verdict.leader
    assert found.decided_by.username == f"{key}-lead"
    assert [(row.what, row.mitigation) for row in trade_offs_of(found)] == [
        (each.what, each.mitigation) for each in scenario.decision.accepted_tradeoffs
    ]
    assert {row.metric: row.expected for row in forecasts_of(found)} == dict(scenario.decision.forecast)
    assert found.revisit_on == scenario.decision.revisit_date > found.decided_at.date()
    assert final_record_of(evaluation).body["decision"]["why"] == scenario.decision.because


@pytest.mark.parametrize(("key", "alone"), [("logistics", []), ("publishing", [Phase.TEAMFIT])])
def test_every_phase_was_signed_by_somebody_who_wrote_nothing_of_it_or_says_why_not(loaded, key, alone):
    evaluation = loaded[key]

    standings = phase_standings(evaluation)

    assert {one.state for one in standings} == {PhaseState.APPROVED}
    assert [one.phase for one in standings if not one.approval.is_independent] == alone
    signed = {one.phase: one.approval.person for one in standings if one.approval.is_independent}
    assert not any(person.pk in authors_of(evaluation, phase) for phase, person in signed.items())
    assert {person.username for person in signed.values()} == {f"{key}-reviewer", f"{key}-guest"}
    told = [notice for notice in final_record_of(evaluation).body["notices"] if "without independent review" in notice]
    assert len(told) == len(alone)


@pytest.mark.parametrize("key", BOTH)
def test_its_record_is_printed_and_every_check_of_it_holds(loaded, key):
    record = final_record_of(loaded[key])

    with FinalPrint.objects.get(record=record).pdf.open("rb") as pdf:
        data = pdf.read()

    pages = page_texts(data)
    cover = " ".join(pages[0].split())
    assert missing_for_readers(data) == []
    assert data == printed(record)
    assert not re.search(r"\.[.;]", " ".join(pages))
    assert catalogue.scenario(key).title in cover
    assert ("without independent review" in cover) == (key == "publishing")
    assert [check.fault for check in checks_of(record) if check.fault] == []


@pytest.mark.parametrize("key", STILL_OPEN)
def test_the_open_one_waits_for_reviewers_and_has_the_same_figures(loaded, key):
    evaluation, decided = loaded[key], loaded[key.removesuffix(actions.OPEN)]

    standings = phase_standings(evaluation)

    assert {one.state for one in standings} == {PhaseState.READY}
    assert evaluation.is_writable
    assert evaluation.team == decided.team
    assert told(evaluation) == told(decided)


@pytest.mark.parametrize("key", BOTH)
def test_every_figure_says_that_it_is_invented_also_in_the_record(loaded, key):
    evaluation = loaded[key]

    body = body_now(evaluation)

    check_body(body)
    assert {run["provenance"] for run in body["runs"]} == {"invented example"}
    registered = [piece for piece in body["evidence"] if piece["strength"]]
    assert {piece["provenance"] for piece in registered} == {"invented example"}
    assert {test["provenance"] for test in body["failure_tests"]} == {"invented example"}
    by_hand = ("minutes for the exercise", "needs covered", "readiness items answered")
    measured = [cell["source"] for cell in body["cells"] if cell["basis"] == "measured"]
    assert all("(invented example)" in source or any(word in source for word in by_hand) for source in measured)
    assert sum("(invented example)" in source for source in measured) >= len(catalogue.scenario(key).candidates)
    assert any(notice.startswith("Invented example") for notice in body["notices"])


@pytest.mark.parametrize("key", BOTH)
def test_its_history_is_a_story_of_the_past_days_in_order_and_its_chain_holds(loaded, key):
    evaluation = loaded[key]
    events = list(AuditEvent.objects.filter(log=evaluation.log).order_by("number"))

    moments = [event.at for event in events]

    assert moments == sorted(moments)
    assert moments[0] > AT - timedelta(days=14)
    assert moments[-1] < AT
    assert len({moment.date() for moment in moments}) > 5
    assert [event.kind for event in events].count("examples.loaded") == 1
    assert events[-1].kind == "record.frozen"
    assert all(event.by_id for event in events)
    assert first_fault(evaluation.log) is None
    assert first_fault(evaluation.team.log) is None


@pytest.mark.parametrize("key", BOTH)
def test_loading_again_writes_nothing_and_gives_the_same_evaluation(loaded, key):
    revision, events = loaded[key].log.count, AuditEvent.objects.count()

    again = actions.load(key=key, at=AT + timedelta(days=3))

    assert (again, again.log.count) == (loaded[key], revision)
    assert AuditEvent.objects.count() == events
    assert Evaluation.objects.filter(example=key).count() == 1


def test_what_people_changed_in_a_finished_example_stays(loaded):
    evaluation = loaded["logistics-open"]
    lead = awake_lead(evaluation)
    row = standing_requirements(evaluation)[0]
    requirements.remove_requirement(requirement=row, seen=row.version, by=lead, at=AT)

    actions.load(key="logistics-open", at=AT)

    assert len(standing_requirements(evaluation)) == len(catalogue.scenario("logistics").requirements) - 1


def test_nobody_can_sign_in_as_one_of_its_people_and_none_counts_as_a_real_lead(loaded):
    people = Person.objects.filter(username__startswith="logistics-")

    assert people.count() == len(catalogue.scenario("logistics").team.members) + 1
    assert not any(person.is_active or person.has_usable_password() or person.email for person in people)
    assert not real_lead_exists()
    assert demo_people() == []


def test_a_load_broken_off_anywhere_goes_on_where_it_stopped(loaded, monkeypatch):
    whole = told(loaded["publishing"])
    Evaluation.objects.filter(example="publishing").update(example="an older one")
    Team.objects.filter(pk=loaded["publishing"].team_id).update(name="An older one")
    monkeypatch.setattr(jobs, "send", lambda job: True)
    monkeypatch.setattr(jobs, "LEASE", timedelta(0))
    for module, name, calls in (
        (workshop.requirements, "add_requirement", 3),
        (workshop.requirements, "vote", 2),
        (workshop.weighing, "give_weights", 2),
        (workshop.scoring, "rate", 70),
        (workshop.rounds, "reveal", 0),
        (workshop.scoring, "set_score", 2),
        (spikes.spikes, "ingest", 3),
        (spikes.judging, "set_facts", 2),
        (spikes.scoring, "add_evidence", 4),
        (checklists.checklist, "set_state", 5),
        (ecosystem.ecosystem, "set_package", 7),
        (teamfit.teamfit, "save_attempt", 4),
        (teamfit.teamfit, "review_code", 3),
        (readiness.readiness, "set_answer", 9),
        (readiness.readiness, "add_story", 1),
        (deciding.door, "admit", 0),
        (deciding.signoff, "sign", 2),
        (deciding.decision, "accept_trade_off", 1),
        (deciding.moving, "decide", 0),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, breaking_after(calls, getattr(module, name)))
            with pytest.raises(PowerCut):
                actions.load(key="publishing", at=AT)
        assert not Person.objects.filter(username__startswith="publishing-", is_active=True).exists()

    resumed = actions.load(key="publishing", at=AT + timedelta(minutes=5))

    assert resumed != loaded["publishing"]
    assert told(resumed) == whole
    moments = list(AuditEvent.objects.filter(log=resumed.log).order_by("number").values_list("at", flat=True))
    assert len(moments) == loaded["publishing"].log.count


class PowerCut(Exception):
    pass


def breaking_after(calls, action):
    left = [calls]

    def broken(**words):
        if not left[0]:
            raise PowerCut
        left[0] -= 1
        return action(**words)

    return broken


def test_the_demo_accounts_play_the_members_and_all_of_them_can_open_it(entered, db, settings, monkeypatch):
    Evaluation.objects.filter(example="logistics-open").update(example="an older one")
    settings.FWSELECT_DEMO = True
    monkeypatch.setattr(jobs, "send", lambda job: True)

    evaluation = actions.load(key="logistics-open", at=AT)

    roles = dict(Membership.objects.filter(team=evaluation.team).values_list("person__username", "role"))
    assert (roles["demo-lead"], roles["demo-reviewer"], roles["demo-viewer"]) == ("lead", "reviewer", "viewer")
    assert Rating.objects.filter(round__evaluation=evaluation, person__username="demo-contributor1").count() == 40
    fictional = Person.objects.filter(username__startswith="logistics-", memberships__team=evaluation.team)
    assert {person.username for person in fictional} == {"logistics-backend-3", "logistics-backend-4"}
    assert [person.username for person in demo_people()][:1] == ["demo-lead"]
    assert not any(person.is_active for person in fictional)


def test_two_loaders_at_once_are_told_apart(loaded):
    address = connection.get_connection_params()
    keep = {name: address[name] for name in ("host", "port", "user", "dbname", "password") if address.get(name)}
    with psycopg.connect(**keep, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtext('fwselect example logistics'))")

        with pytest.raises(actions.BeingLoaded):
            actions.load(key="logistics", at=AT)
        other.execute("SELECT pg_advisory_unlock(hashtext('fwselect example logistics'))")

    assert actions.load(key="logistics", at=AT) == loaded["logistics"]


def test_a_shipped_file_that_is_not_read_is_said_with_the_reader_s_reason(entered, db, no_demo, monkeypatch):
    Evaluation.objects.filter(example="logistics").update(example="an older one")
    monkeypatch.setattr(jobs, "send", lambda job: True)
    monkeypatch.setattr(example_results, "render", lambda result: b"nothing a tool wrote")

    with pytest.raises(spikes.ExampleNotRead, match=r"fastapi-run-1_stats\.csv: "):
        actions.load(key="logistics", at=AT)


def test_the_command_prints_the_number_and_nothing_else(loaded, capsys):
    call_command("load_example", "publishing")

    assert capsys.readouterr().out.strip() == str(loaded["publishing"].pk)


def test_the_command_lets_a_named_person_in_as_a_lead(loaded):
    person = make_person()

    call_command("load_example", "logistics", "--lead", person.username)
    call_command("load_example", "logistics", "--lead", person.username)

    assert Membership.objects.get(person=person).role == Role.LEAD
    assert Membership.objects.get(person=person).team == loaded["logistics"].team


def test_the_command_refuses_what_it_does_not_know(loaded):
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("load_example", "bakery")
    with pytest.raises(CommandError, match="nobody with the user name nemo"):
        call_command("load_example", "logistics", "--lead", "nemo")
