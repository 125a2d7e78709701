"""The comparison's tabs show what `calculate` gives for the exported problem, and every statement on them holds."""

import csv
import io
import json
import re
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from evaluations.examples import actions
from evaluations.jobs import actions as jobs
from evaluations.matrix import cross_checking, members, robustness, sensitivity, trade_offs
from evaluations.matrix.changes import is_first, statements, tried_at
from evaluations.matrix.what_if import Tried, outcome_of
from evaluations.problems.calculate import PARTS, calculate
from evaluations.problems.calculation import Calculation
from evaluations.problems.current import Current, current_problem
from evaluations.problems.exporting import problem_of
from evaluations.problems.schema import problem_from
from evaluations.requirements.models import WeightOpinion, WeightProposal
from evaluations.scoring.actions import set_verdict
from evaluations.scoring.agenda import agenda_of
from evaluations.scoring.finding import find_out_next
from evaluations.scoring.queries import matrix_of
from evaluations.scoring.standing import standing_of
from evaluations.spikes import actions as spikes
from evaluations.spikes import judging
from evaluations.spikes.models import SpikeRun
from evaluations.teams.models import Role
from tests.builders import NOW, make_evaluation, make_member, make_requirement
from tests.scoring.table import make_table

AT = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
HTMX = {"HX-Request": "true"}
TABS = ["sensitivity", "robustness", "trade_offs", "members", "cross_checks", "what_if"]


@pytest.fixture(scope="module")
def entered(django_db_setup, django_db_blocker):
    """Both examples for all tests of this module."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "send", lambda job: True)
        patch.setattr(settings, "FWSELECT_DEMO", False)
        for key in ("logistics-open", "publishing-open"):
            actions.load(key=key, at=AT)
        connection.close()
    yield
    with django_db_blocker.unblock():
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False, inhibit_post_migrate=True)
        connection.close()


@pytest.fixture(autouse=True)
def nothing_remembered(db):
    cache.clear()


def client_of(person):
    client = Client()
    client.force_login(person)
    return client


def told_of(evaluation):
    return calculate(problem_from(json.loads(json.dumps(problem_of(evaluation)))))


@pytest.mark.parametrize("key", ["logistics-open", "publishing-open"])
def test_each_tab_has_the_figures_of_the_exported_problem(entered, key):
    evaluation = actions.example_of(key)
    told = told_of(evaluation)

    by_key = {
        one.key: one for part in (sensitivity, robustness, members, cross_checking) for one in part.exhibits(evaluation)
    }

    def cells(name):
        return [tuple(line.cells) for line in by_key[name].lines]

    assert cells("weights") == [
        (row["criterion"], row["weight"], row["low"], row["high"]) for row in told["weight_stability"]["criteria"]
    ]
    assert cells("tornado") == [
        (bar["criterion"], bar["candidate"], bar["at_low"], bar["at_high"]) for bar in told["tornado"]["bars"]
    ]
    for one in told["rank_acceptability"]:
        shown = cells(f"ranks-{robustness.KINDS[one['variant']][0]}")
        assert sorted(shown) == sorted((row["candidate"], *row["ranks"]) for row in one["candidates"])
        assert all(sum(row[1:]) == pytest.approx(1) for row in shown)
    facts = told["agreement"]["facts"]
    assert cells("concordance")[0][1:] == (facts["w"], facts["p"], facts["permutation_p"])
    assert [line[:2] for line in cells("facts")] == [
        (item["criterion"], item["candidate"]) for item in told["agenda"]["items"]
    ]
    for check in told["cross_checks"]["checks"]:
        assert {(row["candidate"], row["total"]) for row in check["candidates"]} == {
            (line[0], line[2]) for line in cells(check["key"])
        }


@pytest.mark.parametrize("key", ["logistics-open", "publishing-open"])
def test_nobody_is_asked_to_talk_about_ratings_that_a_measurement_replaced(entered, key):
    evaluation = actions.example_of(key)
    measured = {k.name for k in matrix_of(evaluation).criteria if k.basis == "measured"}

    talked = {item["criterion"] for item in told_of(evaluation)["agenda"]["items"]}
    topics = {topic.criterion.name for topic in agenda_of(evaluation).topics}

    assert talked == topics
    assert topics and not topics & measured


@pytest.mark.parametrize("key", ["logistics-open", "publishing-open"])
def test_what_must_change_flips_the_winner_and_a_hair_less_does_not(entered, key):
    evaluation = actions.example_of(key)
    current, told = current_problem(evaluation), told_of(evaluation)["what_must_change"]

    found = sensitivity.what_must_change(evaluation)

    assert len(found) == len(told["changes"])
    assert found or told["smallest_weight_move"]["moved"] > 0.5
    assert_each_holds(current, found)


def test_a_measured_statement_holds_in_the_metrics_own_unit():
    points = [[50, 5], [250, 1]]
    problem = {
        "problem": 1,
        "candidates": ["FastAPI", "Django"],
        "criteria": [
            {"name": "Latency", "value_function": {"metric": "latency_p95_ms", "unit": "ms", "points": points}},
            {"name": "Admin"},
        ],
        "weights": {"fixed": {"Latency": 3, "Admin": 2}},
        "ratings": {
            "FastAPI": {"Latency": {"runs": [98, 100, 104]}, "Admin": 2},
            "Django": {"Latency": 150, "Admin": 4},
        },
    }
    given = Calculation(problem_from(problem), 1000, 7)
    candidates, criteria = (
        [SimpleNamespace(pk=4, name="FastAPI"), SimpleNamespace(pk=5, name="Django")],
        [SimpleNamespace(pk=6), SimpleNamespace(pk=7)],
    )
    current = Current(given, candidates, criteria, 1, "")

    found = statements(current, PARTS["what_must_change"](given))

    assert {one.kind for one in found} == {"weight", "score", "metric"}
    assert_each_holds(current, found)
    of_metric = next(one for one in found if one.kind == "metric")
    assert "ms or" in of_metric.text
    assert "Latency, 95th percentile" in of_metric.text


def assert_each_holds(current, found):
    """Rounded to the winning side it flips the winner; one step less does not."""
    for one in found:
        assert is_first(current, one.tried, one.challenger), one.text
        assert outcome_of(current, one.tried).firsts == [one.challenger]
        back = -one.step if one.side == "at or above" else one.step
        if one.kind == "score" and not 1 <= one.needed + back <= 5:
            continue
        less = tried_at(current, one.kind, one.candidate, one.criterion, one.needed + back)
        assert not is_first(current, less, one.challenger), one.text


def test_a_statement_is_tried_by_its_link_and_the_page_says_who_would_lead(entered):
    evaluation = actions.example_of("logistics-open")
    client, before = client_of(make_member(evaluation.team, Role.LEAD)), evaluation.log.count

    page = client.get(reverse("matrix:sensitivity", args=[evaluation.pk])).content.decode()
    links = re.findall(r'href="([^"]*/what-if/\?[^"]+)"', page)
    answers = [client.get(link.replace("&amp;", "&")).content.decode() for link in links]

    challenger = sensitivity.what_must_change(evaluation)[0].challenger
    assert len(links) == len(sensitivity.what_must_change(evaluation))
    assert all(f"{challenger} would lead with" in answer for answer in answers)
    evaluation.log.refresh_from_db()
    assert evaluation.log.count == before


@pytest.mark.parametrize("key", ["logistics-open", "publishing-open"])
def test_every_tab_is_drawn_and_its_tables_can_be_downloaded(entered, key):
    evaluation = actions.example_of(key)
    client = client_of(make_member(evaluation.team, Role.LEAD))

    for tab in TABS:
        page = client.get(reverse(f"matrix:{tab}", args=[evaluation.pk]))
        assert page.status_code == 200
        links = re.findall(r'href="([^"]*/csv/(?:\?[^"]*)?)"', page.content.decode())
        assert links or tab == "what_if"
        for link in links:
            file = client.get(link)
            rows = list(csv.reader(io.StringIO(file.content.decode())))
            assert file["Content-Type"].startswith("text/csv")
            assert len(rows) >= 3
            assert {len(row) for row in rows[:-1]} == {len(rows[0])}


def test_a_tab_is_asked_for_again_only_when_something_changed(entered):
    evaluation = actions.example_of("publishing-open")
    client = client_of(make_member(evaluation.team, Role.LEAD))

    for tab in ("sensitivity", "robustness", "trade_offs", "members", "cross_checks"):
        address = reverse(f"matrix:{tab}", args=[evaluation.pk])
        same = client.get(address, {"since": evaluation.log.count}, headers=HTMX)
        newer = client.get(address, {"since": evaluation.log.count - 1}, headers=HTMX)
        assert same.status_code == 204
        assert newer.status_code == 200
        assert "<html" not in newer.content.decode()


def test_trade_offs_show_any_metric_with_its_runs(entered):
    evaluation = actions.example_of("logistics-open")
    standing = standing_of(matrix_of(evaluation))

    found = [trade_offs.compared(evaluation, one) for one in trade_offs.measured_of(evaluation)]
    drawn = [trade_offs.exhibit(standing, one) for one in found]

    assert len({one.key for one in found}) == len(found) > 3
    for one, exhibit in zip(found, drawn, strict=True):
        assert not one.apart
        assert one.name in exhibit.title
        for line, point in zip(exhibit.lines, exhibit.figure["data"], strict=True):
            total, worst, best, mean, low, high, count = line.cells[1:]
            assert worst <= total <= best
            assert low <= mean <= high if count > 1 else (low, high) == (None, None)
            assert ("error_x" in point) == (count > 1)
    of_sockets = next(exhibit for one, exhibit in zip(found, drawn, strict=True) if "websocket" in one.key)
    assert [cell["text"] for cell in of_sockets.shown[-1]["cells"]][5:] == ["no interval", "no interval", "1"]


def test_a_run_that_cannot_be_compared_stands_apart_in_trade_offs_with_its_reason(entered):
    evaluation = actions.example_of("logistics-open")
    lead = make_member(evaluation.team, Role.LEAD)
    run = runs_named(evaluation, "fastapi-run-1")[0]
    judging.set_facts(run=run, seen=run.facts.version, facts={"host": "a laptop"}, by=lead, at=AT)
    address = reverse("matrix:trade_offs", args=[evaluation.pk])

    page = client_of(lead).get(address, {"metric": "run-latency_p95_ms"}).content.decode()

    chosen = next(one for one in trade_offs.measured_of(evaluation) if one.key == "run-latency_p95_ms")
    exhibit = trade_offs.exhibit(standing_of(matrix_of(evaluation)), trade_offs.compared(evaluation, chosen))
    fastapi = exhibit.lines[0].cells
    assert fastapi[7] == 2
    assert f"run {run.pk} (" in fastapi[8]
    assert "Two hosts: a laptop and staging-1" in fastapi[8]
    assert [len(line.cells) for line in exhibit.lines] == [9] * 4
    hollow = exhibit.figure["data"][-1]
    assert (hollow["marker"]["symbol"], len(hollow["x"])) == ("circle-open", 1)
    assert hollow["x"][0] not in chosen.values.get(run.result_file.candidate_id)[1:]
    assert "1 run stands apart, hollow in the chart" in page


def test_one_run_alone_is_said_to_have_no_interval(entered):
    evaluation = actions.example_of("logistics-open")
    client = client_of(make_member(evaluation.team, Role.LEAD))
    matrix = matrix_of(evaluation)
    criterion = next(k for k in matrix.criteria if k.key == "websocket-capacity")
    flask, fastapi = matrix.candidates[-1], matrix.candidates[0]

    page = client.get(reverse("matrix:page", args=[evaluation.pk])).content.decode()
    panels = [
        client.get(reverse("scoring:cell", args=[evaluation.pk, one.pk, criterion.pk])).content.decode()
        for one in (flask, fastapi)
    ]

    drawn = re.search(rf'id="cell-{flask.pk}-{criterion.pk}".*?</a>', page, re.S)[0]
    assert "one run: no interval" in drawn
    assert "±" in re.search(rf'id="cell-{fastapi.pk}-{criterion.pk}".*?</a>', page, re.S)[0]
    assert "How much it would vary is not known" in panels[0]
    assert "How much it would vary is not known" not in panels[1]


def test_a_verdict_that_rests_on_a_run_alone_says_so(entered):
    evaluation = actions.example_of("logistics-open")
    lead = make_member(evaluation.team, Role.LEAD)
    before = standing_of(matrix_of(evaluation)).verdict

    for run in runs_named(evaluation, "litestar-sockets-")[1:]:
        spikes.leave_out(run=run, reason="another host", seen=run.version, by=lead, at=AT)

    after = standing_of(matrix_of(evaluation)).verdict
    assert "single measurement" not in before.robustness  # Flask's only run is of a candidate that is out
    assert after.robustness.endswith(
        "1 cell rests on a single measurement: how much it varies is not known, and not in these draws."
    )


def test_without_the_websocket_runs_logistics_is_less_sure_and_that_cell_is_worth_finding_out(entered):
    evaluation = actions.example_of("logistics-open")
    client = client_of(make_member(evaluation.team, Role.LEAD))
    overview = reverse("overview:evaluation", args=[evaluation.pk])
    before, page = told_of(evaluation), client.get(overview).content.decode()

    for run in runs_named(evaluation, "-sockets-"):
        address = reverse("spikes:leave_out", args=[evaluation.pk, run.pk])
        client.post(address, {"reason": "the room was too warm", "seen": run.version})

    after, then = told_of(evaluation), client.get(overview).content.decode()
    shown = find_out_next(standing_of(matrix_of(evaluation)))
    first = after["find_out_next"]["items"][0]
    name = next(criterion.name for criterion in matrix_of(evaluation).criteria if criterion.key == "websocket-capacity")
    assert [each["criterion"] for each in before["find_out_next"]["items"]][:1] != [name]
    assert before["find_out_next"]["stop"] and not after["find_out_next"]["stop"]
    assert after["verdict"]["share"] < before["verdict"]["share"] - 0.2
    assert (first["criterion"], first["candidate"]) == (name, "FastAPI")
    assert shown.items[0].title == f"{name}, FastAPI"
    assert "It is first in 99 % of 10,000 draws" in page and "Stop collecting, decide: no cell brings 0.004" in page
    assert "3 of 30 cells are unknown" in then and "Stop collecting" not in then
    assert then.index(f"{name}, FastAPI") < then.index("points an hour")


def runs_named(evaluation, part):
    runs = SpikeRun.objects.filter(result_file__evaluation=evaluation, result_file__file_name__contains=part)
    return list(runs.select_related("result_file__evaluation__log").order_by("pk"))


def test_weights_that_are_tried_are_divided_by_their_sum_and_totals_follow():
    table = make_table()
    table.agree({("FastAPI", "Speed"): 5, ("FastAPI", "Learning"): 2})
    table.agree({("Django", "Speed"): 2, ("Django", "Learning"): 4})
    speed, learning = (criterion.pk for criterion in table.criteria)
    current = current_problem(table.evaluation)

    found = outcome_of(current, Tried(weights={speed: 10, learning: 30}))

    assert found.shares == pytest.approx({speed: 0.25, learning: 0.75})
    assert [row.expected for row in found.rows] == pytest.approx([2.75, 3.5])
    assert [row.expected_now for row in found.rows] == pytest.approx([3.5, 3.0])
    assert found.sentence == "Django would lead with 3.50 of 5, ahead of FastAPI by 0.8."


def test_what_if_says_what_it_cannot_take_and_passes_over_what_is_foreign():
    table, other = make_table(), make_table()
    client = client_of(table.lead)
    address = reverse("matrix:what_if", args=[table.evaluation.pk])
    speed = table.criterion("Speed").pk
    cell = f"{table.candidates[0].pk}-{speed}"

    said = [
        client.get(address, {f"w-{speed}": "many"}, headers=HTMX).content.decode(),
        client.get(
            address, {f"w-{speed}": "0", f"w-{table.criterion('Learning').pk}": "0"}, headers=HTMX
        ).content.decode(),
        client.get(address, {f"s-{cell}": "7"}, headers=HTMX).content.decode(),
        client.get(address, {f"s-{other.candidates[0].pk}-{other.criteria[0].pk}": "2"}, headers=HTMX).content.decode(),
        client.get(address, {f"m-{cell}": "3", "try": f"s-{cell}"}, headers=HTMX).content.decode(),
    ]

    assert "A weight is a number from 0 to 1000." in said[0]
    assert "Give at least one criterion more than 0." in said[1]
    assert "A score is a number from 1 to 5." in said[2]
    assert 'class="error"' not in said[3] + said[4]


def test_tried_weights_become_ones_own_opinion_or_a_proposal_and_nothing_before_that():
    table = make_table()
    table.agree({("FastAPI", "Speed"): 5, ("Django", "Learning"): 4})
    member = table.members[0]
    client = client_of(member)
    speed, learning = (criterion.pk for criterion in table.criteria)
    form = {f"w-{speed}": "20", f"w-{learning}": "60"}
    table.evaluation.log.refresh_from_db()
    before = table.evaluation.log.count

    client.get(reverse("matrix:what_if", args=[table.evaluation.pk]), form)
    table.evaluation.log.refresh_from_db()
    tried = table.evaluation.log.count
    asked = {"tried": urlencode(form), "reason": "we learn slowly"}
    proposed = client.post(reverse("matrix:propose", args=[table.evaluation.pk]), asked)
    kept = client.post(reverse("matrix:keep", args=[table.evaluation.pk]), asked)
    again = client.post(reverse("matrix:propose", args=[table.evaluation.pk]), asked)

    assert tried == before
    assert (proposed.status_code, kept.status_code, again.status_code) == (303, 303, 409)
    assert "A blind round of weights is open" in again.content.decode()
    assert WeightProposal.objects.get().shares == pytest.approx({str(speed): 0.25, str(learning): 0.75})
    assert WeightOpinion.objects.get(person=member).shares == pytest.approx({str(speed): 0.25, str(learning): 0.75})
    page = client.get(reverse("matrix:what_if", args=[table.evaluation.pk])).content.decode()
    assert 'id="with-my-weights"' in page


def test_a_tab_says_what_is_missing_when_there_is_nothing_to_compare():
    evaluation = make_evaluation()
    client = client_of(make_member(evaluation.team, Role.LEAD))

    pages = [client.get(reverse(f"matrix:{tab}", args=[evaluation.pk])).content.decode() for tab in TABS]

    assert all("There is nothing to" in page or "Nothing is measured yet" in page for page in pages)


def test_a_tab_is_drawn_when_everybody_is_out_or_one_is_left():
    table = make_table()
    table.agree({("FastAPI", "Speed"): 5, ("Django", "Speed"): 4})
    must = make_requirement(table.evaluation, "Maintained", must_have=True)
    client = client_of(table.lead)
    pages = []

    for candidate in table.candidates:
        facts = {"verdict": "not_met", "reason": "abandoned", "seen": 0, "by": table.lead, "at": NOW}
        set_verdict(requirement=must, candidate=candidate, **facts)
        pages += [client.get(reverse(f"matrix:{tab}", args=[table.evaluation.pk])) for tab in TABS]

    assert {page.status_code for page in pages} == {200}
    assert cross_checking.sentence(table.evaluation) == ""
    assert robustness.sentences(table.evaluation) == []
