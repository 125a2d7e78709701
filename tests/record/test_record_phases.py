import json

import pytest

from evaluations.candidates.queries import standing_candidates
from evaluations.record.compose import body_now
from evaluations.record.printing import print_record
from evaluations.record.validation import check_body
from evaluations.signoff import actions as signoff
from evaluations.signoff.models import ReviewPoint
from evaluations.spikes import judging
from evaluations.spikes.models import SpikeRun
from evaluations.teams.models import Role
from tests.builders import NOW, lead_of, make_criterion, make_evaluation, make_member
from tests.ecosystem import ecosystem_facts as ecosystem
from tests.legacy import legacy_facts as legacy
from tests.readiness import readiness_facts as readiness
from tests.record.pdf_text import page_texts
from tests.scoring.table import make_table
from tests.signoff.signing import make_signing
from tests.spikes import spike_files as spikes
from tests.teamfit import teamfit_facts as teamfit

pytestmark = pytest.mark.django_db


def told(evaluation):
    """A body that is a record, and can be printed."""
    body = body_now(evaluation)
    check_body(body)
    return body


def test_readiness_tells_answers_what_tests_say_and_where_both_are_shown():
    table = make_table()
    evaluation, fastapi = table.evaluation, table.candidate("FastAPI")
    item = readiness.item_called(evaluation, "health-checks")
    readiness.answer(item, fastapi, "yes", evidence="Probes", evidence_url="https://docs.example.org/health")
    readiness.add_test(fastapi, first_success_s=45.0, is_censored=True, verdict="stuck", answers={"503": 12})
    readiness.add_story(fastapi, learned="Pools first")

    body = told(evaluation)

    keys = {one["text"]: one["key"] for one in body["readiness"]["items"]}
    said = {(one["item"], one["candidate"]): one for one in body["readiness"]["answers"]}
    answer = said[keys[item.text], "FastAPI"]
    recovery = said[keys[readiness.item_called(evaluation, "connection-recovery").text], "FastAPI"]
    cited = next(one for one in body["evidence"] if one["number"] == answer["evidence"][0])
    assert (cited["title"], cited["about"]) == ("Probes", f"{answer['item']} × FastAPI")
    assert (recovery["answer"], recovery["from_tests"], recovery["tests_say"]) == ("no", True, "no")
    assert said[keys[item.text], "Django"]["answer"] == "unknown"
    assert body["failure_tests"][0]["says"] == [">45 s to a good answer"]
    assert body["failure_tests"][0]["answers"] == [{"kind": "503", "count": 12}]
    assert body["readiness"]["stories"][0]["learned"] == "Pools first"
    assert {one["candidate"]: one["share"] for one in body["readiness"]["shares"]} == {"FastAPI": 0.5, "Django": None}


def test_the_ecosystem_tells_each_package_and_a_dealbreaker_puts_its_candidate_out():
    table = make_table()
    need = ecosystem.add_need(table.evaluation, "PostgreSQL")
    ecosystem.choose(need, table.candidate("FastAPI"), evidence_url="https://pypi.example.org/asyncpg")
    ecosystem.break_the_deal(need, table.candidate("Django"))

    body = told(table.evaluation)

    good, broken = body["ecosystem"]["packages"]
    out = next(one for one in body["candidates"] if one["name"] == "Django")
    assert (good["need"], good["package"], good["verdict"]) == ("N1", "asyncpg", "good")
    assert body["evidence"][good["evidence"][0] - 1]["about"] == "N1 × FastAPI"
    assert (broken["dealbreaker"], broken["dealbreaker_reason"]) == (True, "Abandoned, and we can't own it")
    assert (out["out"], out["out_because"][0]["rule"]) == (True, "dealbreaker")


def test_the_exercise_is_told_once_it_is_closed_and_names_only_who_agreed():
    evaluation = make_table().evaluation
    fastapi = standing_candidates(evaluation)[0]
    members = [make_member(evaluation.team, Role.CONTRIBUTOR, name=name) for name in ("Ada", "Bo")]
    teamfit.make_exercise(evaluation)
    for member, minutes in zip(members, (61.5, 40.0), strict=True):
        attempt = teamfit.hand_in(
            fastapi,
            member,
            typed_minutes=minutes,
            error_helpful="yes",
            friction=f"{member.shown_name} stumbled",
            may_be_quoted=True,
            may_be_named=member.shown_name == "Ada",
        )
        teamfit.review(attempt, lead_of(evaluation.team), quality=3)

    private = told(evaluation)
    teamfit.close(evaluation)
    body = told(evaluation)

    assert private["team_fit"]["revealed"] is False
    assert "stumbled" not in json.dumps(private)
    assert "61.5" not in json.dumps(private)
    fit = body["team_fit"]
    assert fit["times"][0] == {"candidate": "FastAPI", "minutes": [40.0, 61.5], "median": 50.75}
    assert fit["ratings"][0]["values"] == [3, 3]
    assert (fit["answers"][0]["yes"], fit["answers"][0]["dont_know"]) == (2, 0)
    assert [(one["text"], one["by"]) for one in fit["quotes"]] == [("Ada stumbled", "Ada"), ("Bo stumbled", None)]


def test_a_run_tells_how_it_was_made_by_people_else_by_its_file_and_what_its_websockets_did():
    evaluation = make_table().evaluation
    workload = spikes.add_workload(evaluation)
    fastapi, django = standing_candidates(evaluation)[:2]
    files = [spikes.read(spikes.send(one, workload, spikes.k6_summary())) for one in (fastapi, django)]
    described, silent = (SpikeRun.objects.get(result_file=file) for file in files)
    facts = {"host": "host-a", "processors": 4, "workers": 2, "driver": "asyncpg 0.30", "loop": "open"}
    judging.set_facts(run=described, seen=0, facts=facts, by=lead_of(evaluation.team), at=NOW)
    held = {"websocket_connections": 4800.4, "websocket_rule": "counted", "websocket_message_ms": {"p95": 12.25}}
    described.stated["context"] |= held | {"websocket_sessions": 4801, "users": 50, "websocket_messages_sent": 1e300}
    described.save()
    silent.stated["context"] = {"users": -5, "loop": "closed"}
    silent.save()

    runs = told(evaluation)["runs"]

    said, unsaid = (one["made"] for one in runs)
    assert (said["host"], said["processors"], said["workers"], said["driver"]) == ("host-a", 4, 2, "asyncpg 0.30")
    assert (said["loop"], said["users"], said["not_said"]) == ("open", 50, ["users"])
    assert (unsaid["host"], unsaid["processors"], unsaid["users"]) == ("", None, None)
    assert (unsaid["loop"], unsaid["not_said"]) == ("closed", ["loop"])
    sockets = runs[0]["sockets"]
    assert (sockets["held"], sockets["held_rule"], sockets["sessions"]) == (4800.4, "counted", 4801)
    assert (sockets["message_ms"]["p95"], sockets["connect_ms"], sockets["messages_sent"]) == (12.25, None, None)
    assert "sockets" not in runs[1]


def test_the_ways_on_from_an_old_system_tell_cost_and_increments():
    evaluation = make_evaluation(legacy=True)
    make_criterion(evaluation, "Cost")
    strangler = standing_candidates(evaluation)[1]
    legacy.describe(strangler, pain_points="Slow\nOld")
    legacy.add_step(strangler, moves="Login")

    keep, replace = told(evaluation)["legacy"]

    assert (keep["cost_low_days"], keep["increments"]) == (None, [])
    assert (replace["cost_low_days"], replace["cost_high_days"]) == (60, 140)
    assert replace["pain_points"] == ["Slow", "Old"]
    assert [(one["number"], one["moves"]) for one in replace["increments"]] == [(1, "Login")]


def test_sign_offs_stand_with_their_digest_and_points_and_one_that_changed_is_open():
    signing = make_signing()
    signed = signing.sign(comment="Clear.")
    approved = told(signing.evaluation)
    signing.change(score=5)

    stale = told(signing.evaluation)

    first = approved["sign_offs"][0]
    assert (first["phase"], first["state"], first["stands"]) == ("Requirements", "approved", True)
    assert (first["by"], first["role"], first["digest"]) == ("Rea Reviewer", "reviewer", signed.digest)
    assert approved["phases"][0]["state"] == "approved"
    assert not any(one["text"].startswith("Phase 1 ") for one in approved["open"])
    assert (stale["sign_offs"][0]["state"], stale["phases"][0]["state"]) == ("stale", "stale")
    assert "Phase 1 changed after it was signed, and is not confirmed." in [one["text"] for one in stale["open"]]


def test_an_approval_without_independent_review_stands_on_the_cover_with_its_reason():
    signing = make_signing()
    signing.ask("Say where the 5,000 come from")
    asked = told(signing.evaluation)
    point = ReviewPoint.objects.get()
    signoff.settle_point(point=point, is_settled=True, seen=point.version, by=signing.author, at=NOW)
    signoff.approve_alone(**signing.seen(), reason="nobody else knows this", by=signing.lead, at=NOW)

    body = told(signing.evaluation)

    notice = "Phase 1, Requirements, was approved without independent review: nobody else knows this"
    words = [(one["state"], one["stands"], one["independent"]) for one in body["sign_offs"]]
    assert "the reviewer asked for “Say where the 5,000 come from”." in json.dumps(asked["open"], ensure_ascii=False)
    assert words == [("changes requested", False, True), ("approved", True, False)]
    assert body["sign_offs"][0]["points"] == [{"text": "Say where the 5,000 come from", "settled": True}]
    assert body["notices"] == [notice]
    assert notice in page_texts(print_record(body))[0]
