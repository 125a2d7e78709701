import json
import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest

from evaluations.assignments import actions as assignments
from evaluations.audit.actions import writing
from evaluations.candidates import actions as candidates
from evaluations.candidates.models import Candidate
from evaluations.record.canonical import checksum
from evaluations.record.compose import VERSION, body_now
from evaluations.record.models import Draft
from evaluations.record.printing import print_record
from evaluations.record.validation import check_body
from evaluations.requirements import actions as requirements
from evaluations.requirements import weighing
from evaluations.requirements.models import Criterion
from evaluations.rounds import actions as rounds
from evaluations.rounds.models import Round
from evaluations.rounds.queries import open_round_of
from evaluations.scoring import actions as scoring
from evaluations.teams.models import Role
from tests.builders import (
    NOW,
    lead_of,
    make_criterion,
    make_evaluation,
    make_guest,
    make_guest_reviewer,
    make_member,
    make_requirement,
)
from tests.scoring.table import make_table

pytestmark = pytest.mark.django_db
MOVING = ("revision", "as_of")


def without(body, *keys):
    return {key: value for key, value in body.items() if key not in keys}


def texts(points):
    return [point["text"] for point in points]


def floats_in(value):
    if isinstance(value, float):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from floats_in(item)


def must_have(table, statement="Speaks WebSocket"):
    return make_requirement(table.evaluation, statement, must_have=True)


def verdict(table, requirement, candidate, said, reason="tried it"):
    scoring.set_verdict(
        requirement=requirement,
        candidate=table.candidate(candidate),
        verdict=said,
        reason=reason,
        seen=0,
        by=table.lead,
        at=NOW,
    )


def test_an_evaluation_in_which_nothing_was_written_has_a_record_that_says_so_and_prints():
    evaluation = make_evaluation("Order service")

    body = body_now(evaluation)

    check_body(body)
    assert body["evaluation"] == {"id": evaluation.pk, "title": "Order service", "team": evaluation.team.name}
    assert (body["state"], body["verdict"]["too_early"], body["ranking"]) == ("draft", True, [])
    assert "Write down what the service needs: there is no requirement yet." in texts(body["open"])
    assert print_record(body).startswith(b"%PDF-")


def test_the_revision_is_the_last_event_it_tells_of_and_its_moment_not_the_clock():
    evaluation = make_evaluation()
    make_criterion(evaluation, "Speed", at=NOW + timedelta(days=2, seconds=7))

    body = body_now(evaluation)

    evaluation.log.refresh_from_db()
    assert (body["revision"], body["as_of"]) == (evaluation.log.count, "2026-03-04T09:00:07Z")
    assert body_now(evaluation) == body


def test_the_version_of_the_product_is_the_project_s():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())

    assert project["project"]["version"] == VERSION


def test_criteria_are_numbered_group_by_group_and_cells_name_them():
    evaluation = make_table(criteria=[]).evaluation
    make_criterion(evaluation, "Speed", group="Load")
    make_criterion(evaluation, "Learning", group="Team")
    make_criterion(evaluation, "Memory", group="Load")

    body = body_now(evaluation)

    assert [(one["key"], one["name"]) for one in body["criteria"]] == [
        ("C1", "Speed"),
        ("C2", "Memory"),
        ("C3", "Learning"),
    ]
    assert {cell["criterion"] for cell in body["cells"]} == {"C1", "C2", "C3"}
    assert [one["weight"] for one in body["criteria"]] == [0.333333] * 3


def test_agreed_scores_revealed_ratings_and_unknown_cells_are_told_apart():
    table = make_table()
    table.agree({("FastAPI", "Speed"): 4.25})
    for member, value in zip(table.members, (5, 2), strict=True):
        table.rate(member, {("Django", "Speed"): value}, reason="seen it")
    table.rate(table.lead, {("Django", "Speed"): None})
    table.reveal()

    body = body_now(table.evaluation)

    cells = {(cell["candidate"], cell["criterion"]): cell for cell in body["cells"]}
    agreed, rated, unknown = (
        cells["FastAPI", "C1"],
        cells["Django", "C1"],
        cells["FastAPI", "C2"],
    )
    assert (agreed["basis"], agreed["value"], agreed["low"], agreed["source"]) == ("judged", 4.25, 4.25, "because")
    assert (rated["basis"], rated["value"], rated["spread"]) == ("ratings", 3.5, 2.1213)
    assert rated["source"] == "mean of 2 ratings; 1 member does not know"
    assert (unknown["basis"], unknown["value"], unknown["low"], unknown["high"]) == ("unknown", None, 1.0, 5.0)
    assert "2 of 4 cells are unknown." in texts(body["open"])


def test_ratings_far_apart_are_a_disagreement_in_ascending_order_without_names():
    table = make_table()
    for person, value in zip([table.lead, *table.members], (5, 2, 4), strict=True):
        table.rate(person, {("Django", "Speed"): value, ("FastAPI", "Speed"): 4}, reason="seen it")
    table.reveal()

    body = body_now(table.evaluation)

    assert body["disagreement"] == [{"criterion": "C1", "candidate": "Django", "ratings": [2, 4, 5], "outcome": ""}]
    table.agree({("Django", "Speed"): 3.5})
    assert body_now(table.evaluation)["disagreement"][0]["outcome"] == "agreed on 3.5: because"


def test_an_unrevealed_rating_changes_nothing_whether_it_is_1_or_5():
    table = make_table()
    table.agree({("FastAPI", "Speed"): 4, ("Django", "Speed"): 3})
    bodies = []

    for value in (1, 5):
        table.rate(table.members[0], {("Django", "Learning"): value}, reason=f"it is a {value}")
        bodies.append(body_now(table.evaluation))

    assert without(bodies[0], *MOVING) == without(bodies[1], *MOVING)
    assert "it is a" not in json.dumps(bodies)
    assert "The round of ratings is not revealed: nothing of it stands in here." in texts(bodies[0]["open"])


def test_unrevealed_weights_and_votes_change_nothing():
    table = make_table()
    needs = [make_requirement(table.evaluation, f"Need {number}") for number in range(4)]
    first, second = (criterion.pk for criterion in table.criteria)
    bodies = []

    for order, chosen in (([first, second], needs[:3]), ([second, first], needs[1:])):
        weighing.give_weights(
            evaluation=table.evaluation, method="ordering", answers={"order": order}, by=table.members[0], at=NOW
        )
        requirements.vote(evaluation=table.evaluation, requirements=chosen, by=table.members[0], at=NOW)
        bodies.append(body_now(table.evaluation))

    assert without(bodies[0], *MOVING) == without(bodies[1], *MOVING)
    assert bodies[0]["weights"]["members"] == []
    assert [one["votes"] for one in bodies[0]["requirements"]] == [0, 0, 0, 0]


def test_revealed_weights_stand_with_each_member_and_say_where_they_differ_most():
    table = make_table()
    first, second = (criterion.pk for criterion in table.criteria)
    for member, points in zip(table.members, ({first: 80, second: 20}, {first: 40, second: 60}), strict=True):
        answers = {"points": {str(pk): value for pk, value in points.items()}}
        weighing.give_weights(evaluation=table.evaluation, method="points", answers=answers, by=member, at=NOW)
    rounds.reveal(round=open_round_of(table.evaluation, Round.Subject.WEIGHTS), by=table.lead, at=NOW)

    weights = body_now(table.evaluation)["weights"]

    assert (weights["method"], weights["agreed"]) == ("mean of 2 members", False)
    assert weights["members"][0] == {
        "member": "Member 0",
        "method": "100 points",
        "weights": [{"criterion": "C1", "weight": 0.8}, {"criterion": "C2", "weight": 0.2}],
    }
    assert weights["disagreement"][0] == {"criterion": "C1", "low": 0.4, "high": 0.8}
    table.weigh({"Speed": 3, "Learning": 1})
    weighed = body_now(table.evaluation)
    assert (weighed["weights"]["method"], weighed["weights"]["agreed"]) == ("points", True)
    assert [one["weight"] for one in weighed["criteria"]] == [0.75, 0.25]


def test_a_candidate_that_fails_a_must_have_is_out_and_comes_last_without_a_rank():
    table = make_table()
    table.agree({("FastAPI", "Speed"): 5, ("Django", "Speed"): 2})
    need = must_have(table)
    verdict(table, need, "FastAPI", "not_met", "no server for it")

    body = body_now(table.evaluation)

    out = next(one for one in body["candidates"] if one["name"] == "FastAPI")
    assert (out["out"], out["out_reason"]) == (True, "Fails the must-have “Speaks WebSocket”: no server for it")
    assert [(one["candidate"], one["rank"]) for one in body["ranking"]] == [("Django", 1), ("FastAPI", None)]
    assert [(one["candidate"], one["verdict"]) for one in body["must_haves"]] == [
        ("FastAPI", "not met"),
        ("Django", "not proven"),
    ]
    assert "The must-have “Speaks WebSocket” is not proven for Django." in texts(body["open"])


def test_evidence_is_numbered_and_found_again_in_its_cell_and_its_verdict():
    table = make_table()
    need = must_have(table)
    common = {"candidate": table.candidate("Django"), "strength": "strong", "by": table.lead, "at": NOW}
    scoring.add_evidence(
        criterion=table.criterion("Speed"),
        kind="link",
        title="Release notes",
        url="https://docs.example.org/notes",
        dated_date=date(2026, 2, 1),
        about_version="5.2",
        provenance="laptop, 2026-02-01",
        **common,
    )
    scoring.add_evidence(requirement=need, kind="note", title="Held 5,000", text="for an hour", **common)
    verdict(table, need, "Django", "met")

    body = body_now(table.evaluation)

    assert body["evidence"][0] == {
        "number": 1,
        "kind": "link",
        "title": "Release notes",
        "url": "https://docs.example.org/notes",
        "sha256": None,
        "date": "2026-02-01",
        "version": "5.2",
        "strength": "strong",
        "cells": [{"criterion": "C1", "candidate": "Django"}],
        "about": "",
        "provenance": "laptop, 2026-02-01",
    }
    assert (body["evidence"][1]["title"], body["evidence"][1]["about"]) == ("Held 5,000: for an hour", "R1 × Django")
    assert next(one for one in body["must_haves"] if one["candidate"] == "Django")["evidence"] == [2]
    assert next(one for one in body["cells"] if one["candidate"] == "Django")["evidence"] == 1
    assert body["provenance"] == ["laptop, 2026-02-01: 1 piece of evidence"]


def test_a_cell_measured_by_one_run_claims_no_spread():
    table = make_table()
    speed = table.criterion("Speed")
    points = [[50, 5], [500, 1]]
    value_function = {"metric": "latency_p95_ms", "unit": "ms", "points": points, "seen": 0}
    scoring.set_value_function(criterion=speed, **value_function, by=table.lead, at=NOW)
    source = {"metric": "latency_p95_ms", "unit": "ms", "values": [88.25], "runs": [1], "provenance": ["host a"]}
    with writing(table.evaluation.log, by=table.lead, at=NOW) as entry:
        measured = scoring.Measured(table.candidate("Django"), 4.61, 0.0, 4.61, 4.61, source)
        scoring.put_measured_scores(entry, criterion=speed, measured=[measured])
    scoring.set_basis(criterion=speed, basis=Criterion.Basis.MEASURED, by=table.lead, at=NOW)

    body = body_now(table.evaluation)

    cell = next(one for one in body["cells"] if one["candidate"] == "Django")
    assert (cell["basis"], cell["value"], cell["spread"]) == ("measured", 4.61, None)


def test_a_measured_cell_tells_its_chain_and_keeps_the_judged_value_beside_it():
    table = make_table()
    table.agree({("Django", "Speed"): 2})
    speed = table.criterion("Speed")
    scoring.set_value_function(
        criterion=speed,
        metric="latency_p95_ms",
        unit="ms",
        points=[[50, 5], [500, 1]],
        seen=0,
        by=table.lead,
        at=NOW,
    )
    source = {"metric": "latency_p95_ms", "unit": "ms", "values": [88.25, 92], "runs": [], "provenance": ["host a"]}
    with writing(table.evaluation.log, by=table.lead, at=NOW) as entry:
        measured = scoring.Measured(table.candidate("Django"), 4.61, 0.05, 4.5, 4.7, source)
        scoring.put_measured_scores(entry, criterion=speed, measured=[measured])
    beside = next(one for one in body_now(table.evaluation)["cells"] if one["candidate"] == "Django")
    scoring.set_basis(criterion=speed, basis=Criterion.Basis.MEASURED, by=table.lead, at=NOW)

    body = body_now(table.evaluation)

    cell = next(one for one in body["cells"] if one["candidate"] == "Django")
    assert (beside["basis"], beside["other"]) == ("judged", [{"basis": "measured", "value": 4.61}])
    assert (cell["basis"], cell["value"], cell["low"], cell["high"], cell["spread"]) == (
        "measured",
        4.61,
        4.5,
        4.7,
        0.05,
    )
    assert cell["source"] == "Latency, 95th percentile: 88.25 and 92 ms (host a)"
    assert cell["other"] == [{"basis": "judged", "value": 2.0}]
    assert body["criteria"][0]["metric"] == "Latency, 95th percentile, ms"
    assert body["criteria"][0]["value_function"] == [{"metric": 50.0, "score": 5.0}, {"metric": 500.0, "score": 1.0}]


def test_who_owns_an_open_point_and_until_when_stands_beside_it():
    table = make_table()
    owner, item = table.members[0], table.evaluation.checklist_items.earliest("pk")
    for subject, title in (("phase:ecosystem", "Phase 3"), (f"item:{item.pk}", "Ask operations")):
        assignments.assign(
            evaluation=table.evaluation,
            subject=subject,
            title=title,
            owner=owner,
            due_date=date(2026, 3, 9),
            seen=0,
            by=table.lead,
            at=NOW,
        )

    points = body_now(table.evaluation)["open"]

    phase = next(point for point in points if point.get("phase") == "Ecosystem")
    assert (phase["owner"], phase["due"]) == ("Member 0", "2026-03-09")
    assert points[-1] == {"text": "To do: Ask operations", "owner": "Member 0", "due": "2026-03-09"}


def test_a_top_requirement_without_effect_is_named_among_what_is_open():
    table = make_table()
    needs = [make_requirement(table.evaluation, f"Need {number}") for number in range(3)]
    requirements.set_top(evaluation=table.evaluation, requirements=needs, by=table.lead, at=NOW)

    body = body_now(table.evaluation)

    assert any("Top requirement without effect" in text and "“Need 2”" in text for text in texts(body["open"]))
    assert body["phases"][0]["state"] == "open"


def test_a_withdrawn_candidate_is_a_notice_and_nothing_else():
    table = make_table(candidates=("FastAPI", "Django", "Flask"))
    table.agree({("Flask", "Speed"): 4})
    candidates.withdraw_candidate(candidate=table.candidate("Flask"), reason="nobody wants it", by=table.lead, at=NOW)

    body = body_now(table.evaluation)

    check_body(body)
    assert body["notices"] == ["Flask was withdrawn from the comparison: nobody wants it."]
    assert "Flask" not in json.dumps(without(body, "notices"))


def test_members_and_guests_are_named_by_their_role():
    evaluation = make_evaluation()
    make_member(evaluation.team, Role.VIEWER, name="Vera Viewer")
    make_guest(evaluation, "Gil Guest")
    reviewer = make_guest_reviewer(evaluation)

    people = body_now(evaluation)["people"]

    roles = {one["name"]: one["role"] for one in people["members"]}
    assert roles["Gil Guest"] == "contributor"
    assert roles[reviewer.shown_name] == "guest reviewer"
    assert people["consulted"] == [lead_of(evaluation.team).shown_name, "Gil Guest"]
    assert people["informed"] == ["Vera Viewer", reviewer.shown_name]
    assert people["decided"] == []


def test_keeping_the_old_system_is_a_candidate_like_any_other():
    evaluation = make_evaluation(legacy=True)
    make_criterion(evaluation, "Cost")

    body = body_now(evaluation)

    check_body(body)
    assert [one["name"] for one in body["candidates"]] == ["Keep and modernise", "Replace step by step"]
    assert body["candidates"][0]["stack"] == []


def test_the_framework_of_the_catalogue_lends_its_name_and_summary_to_a_stack():
    evaluation = make_evaluation()
    candidates.add_candidate(
        evaluation=evaluation,
        name="Tracking on FastAPI",
        framework="fastapi",
        framework_version="0.143",
        server="Uvicorn",
        by=lead_of(evaluation.team),
        at=NOW,
    )

    told = body_now(evaluation)["candidates"][0]

    assert told["stack"] == [
        {"part": "framework", "name": "FastAPI", "version": "0.143"},
        {"part": "server", "name": "Uvicorn", "version": ""},
    ]
    assert told["summary"]
    assert Candidate.objects.get().note == ""


def test_no_figure_has_digits_nobody_measured_and_the_database_keeps_the_checksum():
    table = make_table(criteria=("Speed", "Learning", "Cost"))
    for place, person in enumerate([table.lead, *table.members]):
        table.rate(person, {("Django", "Speed"): 2 + place, ("FastAPI", "Cost"): 3}, reason="x")
    table.reveal()
    body = body_now(table.evaluation)

    Draft.objects.create(
        evaluation=table.evaluation, revision=body["revision"], body=body, sha256=checksum(body), asked_at=NOW
    )

    stored = Draft.objects.get()
    assert checksum(stored.body) == stored.sha256
    assert all(value == round(value, 6) for value in floats_in(body))
    assert any(value != round(value) for value in floats_in(body))
