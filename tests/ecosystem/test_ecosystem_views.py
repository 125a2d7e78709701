import re

import pytest
from django.urls import reverse

from evaluations.ecosystem import actions
from evaluations.ecosystem.models import Need, PackageChoice
from evaluations.scoring.models import ValueFunction
from evaluations.teams.models import Role
from tests.builders import NOW, lead_of, make_candidate, make_criterion, make_evaluation, make_member
from tests.ecosystem.ecosystem_facts import add_need, break_the_deal, choose, measure

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def evaluation():
    return make_evaluation()


@pytest.fixture
def candidate(evaluation):
    return make_candidate(evaluation, "FastAPI")


@pytest.fixture
def need(evaluation):
    return add_need(evaluation, "PostgreSQL")


@pytest.fixture
def as_lead(client, evaluation):
    client.force_login(lead_of(evaluation.team))
    return client


@pytest.fixture
def as_viewer(client, evaluation):
    client.force_login(make_member(evaluation.team, Role.VIEWER))
    return client


def url(name, *args):
    return reverse(f"ecosystem:{name}", args=args)


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def main_of(page):
    return page.content.decode().split('<main id="main"')[1].split("</main>")[0]


# The page


def test_an_empty_page_says_what_to_do_first(as_lead, evaluation):
    text = text_of(as_lead.get(url("index", evaluation.pk)))

    assert "No needs listed yet" in text and "Add the first need" in text
    assert "0 of 8 settled" in text


def test_needs_without_candidates_are_listed_and_say_what_is_next(as_lead, evaluation, need):
    text = text_of(as_lead.get(url("index", evaluation.pk)))

    assert "No candidates yet" in text and "PostgreSQL" in text


def test_the_page_shows_packages_gaps_unknowns_and_the_share(as_lead, evaluation, need, candidate):
    measure(make_criterion(evaluation, "Glue"), "needs_covered_share", [[0, 1], [1, 5]])
    choose(need, candidate, "asyncpg", package_version="0.30", verdict="acceptable")
    choose(add_need(evaluation, "Redis", kind="cache_client"), candidate, "")
    add_need(evaluation, "Broker", kind="own", own_kind="queue", async_needed=True)

    text = text_of(as_lead.get(url("index", evaluation.pk)))

    assert "asyncpg 0.30, acceptable" in text
    assert "none you would write this" in text
    assert "? not looked at yet" in text
    assert "queue , async needed" in text
    assert "50 % 1 of 2 judged; 33 % to 67 % with the rest" in text
    assert "Glue" in text and "◆ 3.00" in text


def test_a_dealbreaker_stands_above_the_table(as_lead, evaluation, need, candidate):
    break_the_deal(need, candidate, "Abandoned for years")

    text = text_of(as_lead.get(url("index", evaluation.pk)))

    assert "FastAPI is out. Dealbreaker in PostgreSQL: Abandoned for years" in text


def test_an_async_need_covered_by_a_package_without_async_says_so(as_lead, evaluation, candidate):
    need = add_need(evaluation, "PostgreSQL", async_needed=True)
    choose(need, candidate, "psycopg2", supports_async="no")

    assert "good, not async" in text_of(as_lead.get(url("index", evaluation.pk)))


def test_a_viewer_reads_the_page_and_finds_nothing_to_press(as_viewer, evaluation, need, candidate):
    choose(need, candidate)

    page = as_viewer.get(url("index", evaluation.pk))
    panel = as_viewer.get(url("package", evaluation.pk, need.pk, candidate.pk), headers=HTMX).content.decode()

    assert "<form" not in main_of(page) and "Add a need" not in main_of(page)
    assert "<form" not in panel and "asyncpg" in panel


def test_the_number_of_queries_does_not_grow_with_what_is_known(
    as_lead, evaluation, django_assert_max_num_queries, django_assert_num_queries
):
    def fill(name):
        need = add_need(evaluation, f"Need of {name}")
        choose(need, make_candidate(evaluation, name))

    fill("FastAPI")
    with django_assert_max_num_queries(45) as counted:
        as_lead.get(url("index", evaluation.pk))
    for name in ("Django", "Litestar", "Flask"):
        fill(name)

    with django_assert_num_queries(len(counted)):
        as_lead.get(url("index", evaluation.pk))


@pytest.mark.parametrize("part", ["table", "scores"])
def test_a_part_is_drawn_when_something_changed_and_else_is_204(as_lead, evaluation, need, candidate, part):
    evaluation.log.refresh_from_db()
    before = evaluation.log.count
    choose(need, candidate)
    evaluation.log.refresh_from_db()

    changed = as_lead.get(url(part, evaluation.pk), {"since": before}, headers=HTMX)
    unchanged = as_lead.get(url(part, evaluation.pk), {"since": evaluation.log.count}, headers=HTMX)

    assert changed.status_code == 200
    assert f'name="since" value="{evaluation.log.count}"' in changed.content.decode()
    assert unchanged.status_code == 204


# Needs


@pytest.mark.parametrize(("headers", "status"), [(HTMX, 204), ({}, 303)])
def test_a_need_is_added_changed_and_taken_out_by_form(as_lead, evaluation, headers, status):
    given = {"kind": "cache_client", "name": "Redis", "is_required": "on", "async_needed": "on"}

    added = as_lead.post(url("add_need", evaluation.pk), given, headers=headers)
    row = Need.objects.get()
    changed = as_lead.post(
        url("edit_need", evaluation.pk, row.pk),
        {"kind": "logging", "name": "Logs", "seen": row.version},
        headers=headers,
    )
    edited = Need.objects.get()
    removed = as_lead.post(url("remove_need", evaluation.pk, row.pk), {"seen": edited.version}, headers=headers)

    assert [each.status_code for each in (added, changed, removed)] == [status] * 3
    assert (row.name, row.is_required, row.async_needed) == ("Redis", True, True)
    assert (edited.name, edited.kind, edited.is_required) == ("Logs", "logging", False)
    assert Need.objects.get().removed_at


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"name": ""}, "This field is required"),
        ({"kind": "own"}, "Say which kind it is"),
        ({"kind": "x"}, "valid choice"),
    ],
)
def test_a_need_that_is_not_clear_is_refused_beside_the_field(as_lead, evaluation, facts, words):
    given = {"kind": "logging", "name": "Logs", "note": "kept text", **facts}

    refused = as_lead.post(url("add_need", evaluation.pk), given, headers=HTMX)

    assert refused.status_code == 422
    assert words in refused.content.decode() and "kept text" in refused.content.decode()
    assert not Need.objects.exists()


def test_a_need_that_collides_shows_both_and_keeps_what_was_typed(as_lead, evaluation, need):
    actions.edit_need(need=need, seen=need.version, changes={"name": "MariaDB"}, by=lead_of(evaluation.team), at=NOW)
    given = {"kind": "database_driver", "name": "SQLite", "seen": need.version}

    collided = as_lead.post(url("edit_need", evaluation.pk, need.pk), given, headers=HTMX)
    seen = re.search(r'name="seen" value="(\d+)"', collided.content.decode())[1]
    again = as_lead.post(url("edit_need", evaluation.pk, need.pk), {**given, "seen": seen}, headers=HTMX)

    assert collided.status_code == 409
    assert "MariaDB" in collided.content.decode() and "SQLite" in collided.content.decode()
    assert again.status_code == 204 and Need.objects.get().name == "SQLite"


def test_a_need_changed_before_it_is_taken_out_is_shown_again(as_lead, evaluation, need):
    actions.edit_need(need=need, seen=need.version, changes={"name": "MariaDB"}, by=lead_of(evaluation.team), at=NOW)

    collided = as_lead.post(url("remove_need", evaluation.pk, need.pk), {"seen": need.version}, headers=HTMX)

    assert collided.status_code == 409 and "MariaDB" in collided.content.decode()
    assert Need.objects.get().removed_at is None


# Packages


def typed(**facts):
    given = {"package": "asyncpg", "package_version": "0.30", "verdict": "good", "looked_date": "2026-02-20", "seen": 0}
    return {**given, **facts}


@pytest.mark.parametrize(("headers", "status"), [(HTMX, 204), ({}, 303)])
def test_a_package_is_saved_with_and_without_htmx(as_lead, evaluation, need, candidate, headers, status):
    given = typed(maintained="yes", community="partly", community_note="Two people", issue_days="12.5")

    saved = as_lead.post(url("package", evaluation.pk, need.pk, candidate.pk), given, headers=headers)

    row = PackageChoice.objects.get()
    assert saved.status_code == status
    assert (row.package, row.maintained, row.community_note, row.issue_days) == ("asyncpg", "yes", "Two people", 12.5)
    assert row.stable == "unknown" and str(row.looked_date) == "2026-02-20"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"package": ""}, "Name the package that this is the verdict on."),
        ({"verdict": "missing"}, "Leave this empty where no package was found"),
        ({"verdict": "missing", "package": ""}, "Say what we would write and how long it takes."),
        ({"dealbreaker": "on"}, "Say why this rules the candidate out."),
        ({"evidence_url": "javascript:alert(1)"}, "Enter a valid URL"),
        ({"issue_days": "-3"}, "greater than or equal to 0"),
        ({"maintained": "perhaps"}, "Select a valid choice"),
    ],
)
def test_what_contradicts_itself_is_refused_beside_the_field(as_lead, evaluation, need, candidate, facts, words):
    given = typed(community_note="kept text", **facts)

    refused = as_lead.post(url("package", evaluation.pk, need.pk, candidate.pk), given, headers=HTMX)

    assert refused.status_code == 422
    assert words in refused.content.decode() and "kept text" in refused.content.decode()
    assert not PackageChoice.objects.exists()


def test_a_reason_goes_with_its_dealbreaker(as_lead, evaluation, need, candidate):
    choice = break_the_deal(need, candidate, "Abandoned")
    given = typed(seen=choice.version, dealbreaker_reason="Abandoned")

    as_lead.post(url("package", evaluation.pk, need.pk, candidate.pk), given)

    row = PackageChoice.objects.get()
    assert (row.dealbreaker, row.dealbreaker_reason) == (False, "")


def test_a_package_that_collides_shows_both_and_keeps_what_was_typed(as_lead, evaluation, need, candidate):
    choose(need, candidate, "psycopg", note="Their note")

    collided = as_lead.post(url("package", evaluation.pk, need.pk, candidate.pk), typed(), headers=HTMX)
    seen = re.search(r'name="seen" value="(\d+)"', collided.content.decode())[1]
    again = as_lead.post(url("package", evaluation.pk, need.pk, candidate.pk), typed(seen=seen), headers=HTMX)

    assert collided.status_code == 409
    assert "Their note" in collided.content.decode() and 'value="asyncpg"' in collided.content.decode()
    assert again.status_code == 204 and PackageChoice.objects.get().package == "asyncpg"


def test_a_viewer_may_not_set_a_package(as_viewer, evaluation, need, candidate):
    shown = as_viewer.get(url("package", evaluation.pk, need.pk, candidate.pk))
    refused = as_viewer.post(url("package", evaluation.pk, need.pk, candidate.pk), typed())

    assert shown.status_code == 200 and "<form" not in main_of(shown)
    assert refused.status_code == 403 and not PackageChoice.objects.exists()


def test_needs_of_other_evaluations_and_removed_ones_do_not_exist_here(as_lead, evaluation, need, candidate):
    other = make_evaluation()
    theirs, foreign = add_need(other), make_candidate(other)
    gone = add_need(evaluation, "Gone")
    actions.remove_need(need=gone, seen=gone.version, by=lead_of(evaluation.team), at=NOW)

    answers = [
        as_lead.get(url("package", evaluation.pk, theirs.pk, candidate.pk)),
        as_lead.get(url("package", evaluation.pk, need.pk, foreign.pk)),
        as_lead.get(url("package", evaluation.pk, gone.pk, candidate.pk)),
        as_lead.get(url("edit_need", evaluation.pk, theirs.pk)),
    ]

    assert [each.status_code for each in answers] == [404] * 4


def test_links_to_evidence_lead_out_without_credit(as_lead, evaluation, need, candidate):
    choose(need, candidate, evidence_url="https://example.org/releases")

    panel = as_lead.get(url("package", evaluation.pk, need.pk, candidate.pk), headers=HTMX).content.decode()

    assert '<a href="https://example.org/releases" rel="noopener nofollow ugc"' in panel


# Scores


def test_a_value_function_is_previewed_then_saved(as_lead, evaluation, need, candidate):
    criterion = make_criterion(evaluation, "Glue")
    choose(need, candidate)
    here = url("edit_score", evaluation.pk, criterion.pk)
    given = {"metric": "needs_covered_share", "points": "0 1\n1 4", "outside": "clip", "seen": 0}

    preview = as_lead.post(here, {**given, "preview": "yes"})
    kept = ValueFunction.objects.exists()
    saved = as_lead.post(here, given)

    assert "4.00" in text_of(preview) and "100 %" in text_of(preview) and not kept
    assert saved.status_code == 303 and saved.url == f"{url('index', evaluation.pk)}#scores"
    assert ValueFunction.objects.get().points == [[0, 1], [1, 4]]


def test_points_that_do_not_rise_are_refused_and_collisions_keep_them(as_lead, evaluation):
    criterion = make_criterion(evaluation, "Glue")
    here = url("edit_score", evaluation.pk, criterion.pk)
    given = {"metric": "issue_days", "outside": "clip", "seen": 0}

    refused = as_lead.post(here, {**given, "points": "9 1\n3 5"})
    measure(criterion, "needs_covered_share", [[0, 1], [1, 5]])
    collided = as_lead.post(here, {**given, "points": "7 5\n70 1"})

    assert refused.status_code == 422 and "must be more than" in refused.content.decode()
    assert collided.status_code == 409 and "70 1" in collided.content.decode()


def test_the_cell_of_the_comparison_says_where_the_score_came_from(as_lead, evaluation, need, candidate):
    criterion = make_criterion(evaluation, "Glue")
    measure(criterion, "needs_covered_share", [[0, 1], [1, 5]])
    choose(need, candidate)

    panel = as_lead.get(reverse("scoring:cell", args=[evaluation.pk, candidate.pk, criterion.pk]))

    assert "needs covered by packages: 1 of 1 needs" in text_of(panel)


# Elsewhere


def test_the_comparison_and_the_overview_tell_a_dealbreaker_apart_from_a_must_have(
    as_lead, evaluation, need, candidate
):
    make_candidate(evaluation, "Django")
    make_criterion(evaluation)
    break_the_deal(need, candidate, "Abandoned")

    compare = text_of(as_lead.get(reverse("matrix:page", args=[evaluation.pk])))
    overview = text_of(as_lead.get(reverse("overview:evaluation", args=[evaluation.pk])))
    sheet = as_lead.get(reverse("matrix:csv", args=[evaluation.pk])).content.decode()

    assert "It has the dealbreaker “PostgreSQL: old-driver”: Abandoned" in compare
    assert "out has a dealbreaker" in compare and "fails a must-have" not in compare
    assert "Only Django is left: the other candidate has a dealbreaker." in overview
    assert "out: has the dealbreaker “PostgreSQL: old-driver”" in overview
    assert "out: has a dealbreaker" in sheet


def test_the_rail_leads_to_the_page(as_lead, evaluation):
    page = as_lead.get(url("index", evaluation.pk)).content.decode()

    assert re.search(rf'href="{url("index", evaluation.pk)}"[^>]*aria-current="page"', page)
