"""The comparison: the page, what changed since, the table to take away."""

import csv
import io
import json
import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluations.candidates import actions as candidates
from evaluations.matrix import charts
from evaluations.matrix.queries import changes_since
from evaluations.matrix.sheet import matrix_csv, neutral
from evaluations.requirements import actions as requirements
from evaluations.scoring import actions
from evaluations.scoring.standing import current_standing
from evaluations.teams.models import Role
from tests.builders import (
    NOW,
    make_candidate,
    make_criterion,
    make_evaluation,
    make_member,
    make_person,
    make_requirement,
)
from tests.scoring.table import make_table

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def nothing_cached():
    cache.clear()


def as_(person):
    client = Client()
    client.force_login(person)
    return client


def page(table, person=None, **query):
    return as_(person or table.lead).get(reverse("matrix:page", args=[table.evaluation.pk]), query)


def changes(table, since, person=None, **query):
    address = reverse("matrix:changes", args=[table.evaluation.pk])
    return as_(person or table.lead).get(address, {"since": since, **query}, headers=HTMX)


def revision(table):
    table.evaluation.log.refresh_from_db()
    return table.evaluation.log.count


def text(answer):
    return answer.content.decode()


def cell_id(table, candidate, criterion):
    return f"cell-{table.candidate(candidate).pk}-{table.criterion(criterion).pk}"


def filled():
    table = make_table()
    table.agree({("FastAPI", "Speed"): 5, ("FastAPI", "Learning"): 4, ("Django", "Speed"): 3})
    return table


def fail(table, candidate):
    requirement = make_requirement(table.evaluation, "An admin", must_have=True)
    place = {"requirement": requirement, "candidate": table.candidate(candidate)}
    actions.set_verdict(**place, verdict="not_met", reason="has none", seen=0, by=table.lead, at=NOW)


# ---- The page


def test_the_page_says_who_leads_and_shows_every_cell_with_its_origin():
    table = filled()
    table.rate(table.members[0], {("Django", "Learning"): 2})
    table.rate(table.members[1], {("Django", "Learning"): 4})
    table.reveal()

    said = text(page(table))

    assert "<b>FastAPI</b> leads with 4.5 of 5" in said
    assert 'aria-label="FastAPI, Speed: 5.0 of 5, judged, agreed"' in said
    assert 'aria-label="Django, Learning: 3.0 of 5, judged, mean of the members, 2 to 4"' in said
    assert said.count('class="cell ') == 4
    assert "expected, worst to best" in said


def test_an_unknown_cell_is_hatched_and_says_so():
    said = text(page(filled()))

    assert re.search(r'<a class="cell v0"[^>]*aria-label="Django, Learning: unknown"', said)


def test_a_cell_of_whom_one_does_not_know_says_how_many():
    table = make_table()
    table.rate(table.members[0], {("FastAPI", "Speed"): 4})
    table.rate(table.members[1], {("FastAPI", "Speed"): None})
    table.reveal()

    said = text(page(table))

    assert "4, 1?" in said
    assert "FastAPI, Speed: 4.0 of 5, judged, mean of the members, 4, 1 don’t know" in said


def test_empty_pages_say_what_to_do_first():
    nothing, no_criteria = make_table(candidates=()), make_table(criteria=())

    assert "No candidates yet" in text(page(nothing))
    assert "No criteria yet" in text(page(no_criteria))
    assert "No requirement is mapped yet" in text(page(filled(), view="requirements"))


def test_a_candidate_that_is_out_stands_apart_at_the_end_with_the_reason():
    table = make_table(["Flask", "FastAPI", "Django"])
    fail(table, "Flask")

    said = text(page(table))

    table_html = said.split('id="matrix-table"')[1].split("</thead>")[0]
    heads = re.findall(r'<th scope="col" class="(\w*)">(\w+)<', table_html)
    assert heads == [("", "FastAPI"), ("", "Django"), ("out", "Flask")]
    assert "fails “An admin”: has none" in said


def test_contributions_add_up_to_the_totals():
    table = filled()

    said = text(page(table, view="contributions"))

    ids = [cell_id(table, "FastAPI", name) for name in ("Speed", "Learning")]
    given = [float(re.search(rf'id="{one}"[^>]*><b>([\d.]+)</b>', said)[1]) for one in ids]
    assert sum(given) == pytest.approx(4.5)


def test_by_requirement_shows_the_same_cells_and_the_verdict_of_a_must_have():
    table = filled()
    fail(table, "Django")
    make_requirement(table.evaluation, "Fast enough", criteria=[table.criterion("Speed")])

    said = text(page(table, view="requirements"))

    assert "Fast enough" in said and "An admin" in said
    assert "not met" in said and "has none" in said
    assert "FastAPI, Speed: 5.0 of 5" in said
    assert len(re.findall(r'id="(cell-[\d-]+)"', said)) == len(set(re.findall(r'id="(cell-[\d-]+)"', said)))


def test_an_unknown_view_is_the_scores():
    assert 'href="?view=scores" aria-current="page"' in text(page(filled(), view="nonsense"))


def test_names_people_type_are_never_markup():
    table = make_table(["<img src=x onerror=alert(1)>", "B"], ['"><script>alert(2)</script>'])

    for view in ("scores", "contributions", "requirements"):
        said = text(page(table, view=view))

        assert "<img src=x" not in said and "<script>alert(2)" not in said


def test_a_viewer_reads_and_a_stranger_finds_nothing():
    table = filled()
    viewer, stranger = make_member(table.evaluation.team, Role.VIEWER), make_person()

    assert (page(table, viewer).status_code, page(table, stranger).status_code) == (200, 404)
    assert (changes(table, 0, viewer).status_code, changes(table, 0, stranger).status_code) == (200, 404)
    address = reverse("matrix:csv", args=[table.evaluation.pk])
    assert (as_(viewer).get(address).status_code, as_(stranger).get(address).status_code) == (200, 404)


# ---- What changed


def test_nothing_new_is_nothing_to_draw():
    table = filled()

    assert changes(table, revision(table)).status_code == 204


def test_only_the_changed_cell_is_drawn_with_the_totals_and_the_verdict():
    table = filled()
    since = revision(table)
    table.agree({("Django", "Learning"): 4.5})

    said = text(changes(table, since))

    assert re.findall(r'id="(cell-\d+-\d+)"', said) == [cell_id(table, "Django", "Learning")]
    assert re.findall(r'id="(total-\d+)"', said) == [f"total-{one.pk}" for one in table.candidates]
    assert f'name="since" value="{revision(table)}"' in said
    assert "Changed: Learning of Django." in said
    assert 'id="matrix-table"' not in said


def test_a_cell_taken_back_a_measured_one_and_evidence_are_changes_too():
    table = filled()
    since = revision(table)
    actions.add_evidence(
        candidate=table.candidate("FastAPI"),
        criterion=table.criterion("Speed"),
        kind="note",
        title="x",
        text="y",
        strength="weak",
        by=table.lead,
        at=NOW,
    )

    said = text(changes(table, since))

    assert re.findall(r'id="(cell-\d+-\d+)"', said) == [cell_id(table, "FastAPI", "Speed")]
    assert "1 piece of evidence" in said


def change_weights(table):
    table.weigh({"Speed": 1, "Learning": 3})


def change_candidates(table):
    make_candidate(table.evaluation, "Flask")


def change_criteria(table):
    make_criterion(table.evaluation, "Hiring")


def withdraw(table):
    candidates.withdraw_candidate(candidate=table.candidates[0], reason="no", by=table.lead, at=NOW)


def remove(table):
    criterion = table.criterion("Speed")
    criterion.refresh_from_db()
    requirements.remove_criterion(criterion=criterion, seen=criterion.version, by=table.lead, at=NOW)


def reveal(table):
    table.rate(table.members[0], {("Django", "Learning"): 2})
    table.reveal()


@pytest.mark.parametrize(
    "change",
    [change_weights, change_candidates, change_criteria, withdraw, remove, reveal, lambda t: fail(t, "Django")],
)
def test_what_changes_the_structure_draws_the_whole_table(change):
    table = filled()
    since = revision(table)

    change(table)

    said = text(changes(table, since))
    assert '<div id="matrix-table" hx-swap-oob="innerHTML">' in said
    assert "The comparison changed." in said
    assert "hx-swap-oob" not in text(page(table)).split('id="matrix-table"')[1].split("</table>")[0]


def test_what_the_comparison_does_not_show_draws_nothing_but_the_new_revision():
    table = filled()
    since = revision(table)
    candidates.describe(
        evaluation=table.evaluation, title="T", context="c", seen=table.evaluation.version, by=table.lead, at=NOW
    )
    table.rate(table.members[0], {("Django", "Learning"): 2})

    said = text(changes(table, since)).strip()

    assert said == f'<input type="hidden" name="since" value="{revision(table)}">'


@pytest.mark.parametrize("since", ["", "-1", "x", "99999999999999999999", "1e3", "٣"])
def test_a_revision_that_is_none_draws_the_whole_table(since):
    assert 'id="matrix-table"' in text(changes(filled(), since))


def test_a_revision_not_yet_reached_draws_the_whole_table():
    table = filled()

    assert changes_since(table.evaluation, revision(table) + 5).table


@pytest.mark.parametrize("view", ["contributions", "requirements"])
def test_in_the_other_views_a_changed_cell_draws_the_table_of_that_view(view):
    table = filled()
    make_requirement(table.evaluation, "Fast enough", criteria=[table.criterion("Speed")])
    since = revision(table)
    table.agree({("Django", "Speed"): 1.5})

    said = text(changes(table, since, view=view))

    assert 'id="matrix-table"' in said
    assert ("Fast enough" in said) is (view == "requirements")


def test_the_chart_follows_with_its_words_and_its_table():
    table = filled()
    since = revision(table)
    table.agree({("Django", "Learning"): 4.5})

    said = text(changes(table, since))

    figure = re.search(r'<div id="totals-figure" hidden hx-swap-oob="outerHTML">(.*?)</div>', said)[1]
    assert json.loads(figure.replace("&quot;", '"').replace("&#x27;", "'"))["data"][0]["type"] == "bar"
    assert 'id="totals-says" hx-swap-oob' in said and 'id="totals-table"' in said


# ---- Once per revision


def test_the_table_is_drawn_once_per_revision(monkeypatch):
    from evaluations.matrix import views

    table = filled()
    drawn = []
    original = views._cells
    monkeypatch.setattr(views, "_cells", lambda *given: drawn.append(1) or original(*given))

    first, second = text(page(table)), text(page(table, table.members[0]))
    table.agree({("Django", "Learning"): 4.5})
    page(table)

    assert len(drawn) == 2
    inner = [said.split('id="matrix-table"')[1].split("</table>")[0] for said in (first, second)]
    assert inner[0] == inner[1]


@pytest.mark.parametrize("view", ["scores", "contributions", "requirements"])
def test_a_page_takes_as_many_queries_for_a_large_table_as_for_a_small_one(view):
    counts = []
    for size in ((2, 2), (6, 9)):
        table = make_table([f"C{i}" for i in range(size[0])], [f"K{j}" for j in range(size[1])])
        for number, criterion in enumerate(table.criteria):
            make_requirement(table.evaluation, f"R{number}", must_have=True, criteria=[criterion])
        table.agree({(c.name, k.name): 3 for c in table.candidates for k in table.criteria})
        client, address = as_(table.lead), reverse("matrix:page", args=[table.evaluation.pk])
        with CaptureQueriesContext(connection) as queries:
            client.get(address, {"view": view})
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_an_unchanged_revision_asks_nothing_of_the_scores():
    table = filled()
    client, address = as_(table.lead), reverse("matrix:changes", args=[table.evaluation.pk])
    since = revision(table)

    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address, {"since": since}, headers=HTMX)

    assert answer.status_code == 204
    assert not any("evaluations_score" in query["sql"] for query in queries)


# ---- To take away


def test_the_csv_has_a_row_per_cell_and_the_totals():
    table = filled()

    answer = as_(table.lead).get(reverse("matrix:csv", args=[table.evaluation.pk]))

    rows = list(csv.DictReader(io.StringIO(text(answer))))
    assert answer["Content-Type"].startswith("text/csv")
    assert f"order-service-{revision(table)}.csv" in answer["Content-Disposition"]
    assert len(rows) == 4 + 2
    known = next(row for row in rows if row["candidate"] == "FastAPI" and row["criterion"] == "Speed")
    assert (known["value"], known["basis"], known["weight"]) == ("5.00", "agreed", "0.500000")
    unknown = next(row for row in rows if row["candidate"] == "Django" and row["criterion"] == "Learning")
    assert (unknown["value"], unknown["low"], unknown["high"]) == ("", "1.00", "5.00")
    assert rows[-2]["basis"] == "rank 1" and float(rows[-2]["value"]) == 4.5


def test_no_cell_of_the_csv_is_a_formula():
    table = make_table(["=1+1", "@SUM(A1)"], ["+cmd|' /C calc'!A0", "-2+3"])

    said = matrix_csv(current_standing(table.evaluation))

    cells = [cell for row in csv.reader(io.StringIO(said)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert "'=1+1" in cells


@pytest.mark.parametrize("typed", ["=x", "+x", "-x", "@x", "\tx", "\rx", " =x", "\n=x"])
def test_what_a_spreadsheet_would_compute_is_text(typed):
    assert neutral(typed) == f"'{typed}"


def test_the_figure_is_one_plotly_accepts_and_names_in_it_are_escaped():
    import plotly.graph_objects as go

    table = make_table(["<b>FastAPI</b>", "Django"])

    figure = charts.totals(current_standing(table.evaluation))

    go.Figure(figure)
    assert set(figure["data"][0]["y"]) == {"&lt;b&gt;FastAPI&lt;/b&gt;", "Django"}


def test_an_evaluation_with_nothing_in_it_has_every_view_and_its_csv():
    evaluation = make_evaluation()
    lead = evaluation.team.memberships.get().person
    client, here = as_(lead), [evaluation.pk]

    statuses = [
        client.get(reverse("matrix:page", args=here), {"view": view}).status_code
        for view in ("scores", "contributions", "requirements")
    ]

    assert statuses == [200, 200, 200]
    assert client.get(reverse("matrix:csv", args=here)).status_code == 200
    assert client.get(reverse("matrix:changes", args=here), {"since": 0}, headers=HTMX).status_code == 200
