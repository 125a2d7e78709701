"""The sheet, the cell, the agenda and the must-haves, with and without htmx."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from evaluations.rounds import actions as rounds
from evaluations.rounds.models import Round
from evaluations.rounds.queries import open_round_of
from evaluations.scoring import actions
from evaluations.scoring.models import Evidence, MustHaveVerdict, Rating, Score
from evaluations.teams.models import Role
from tests.builders import NOW, make_evaluation, make_member, make_person, make_requirement, membership
from tests.scoring.table import make_table

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }
    return tmp_path


def url(name, table, *args):
    return reverse(f"scoring:{name}", args=[table.evaluation.pk, *args])


def cell_url(name, table, candidate="FastAPI", criterion="Speed"):
    return url(name, table, table.candidate(candidate).pk, table.criterion(criterion).pk)


def key(table, candidate="FastAPI", criterion="Speed"):
    return f"{table.candidate(candidate).pk}-{table.criterion(criterion).pk}"


def as_(person):
    client = Client()
    client.force_login(person)
    return client


def text(answer):
    return answer.content.decode()


def reveal(table):
    rounds.reveal(round=open_round_of(table.evaluation, Round.Subject.RATINGS), by=table.lead, at=NOW)


# ---- The sheet


def test_an_empty_evaluation_says_what_to_do_before_rating():
    no_candidates, no_criteria = make_table(candidates=()), make_table(criteria=())

    first = text(as_(no_candidates.lead).get(url("sheet", no_candidates)))
    second = text(as_(no_criteria.lead).get(url("sheet", no_criteria)))

    assert "No candidates yet" in first
    assert "No criteria yet" in second


def test_one_answer_is_saved_by_itself_and_counted():
    table = make_table()
    client = as_(table.members[0])
    given = {f"value-{key(table)}": "4", f"reason-{key(table)}": "", "round": "0"}

    answer = client.post(cell_url("rate", table), given, headers=HTMX)

    assert answer.status_code == 200
    assert "saved" in text(answer) and "1 of 4 answered" in text(answer)
    assert Rating.objects.get().value == 4
    assert re.search(r'value="4"[^>]* checked', text(client.get(url("sheet", table))))


@pytest.mark.parametrize(("value", "asks"), [("1", True), ("5", True), ("3", False), ("unknown", False)])
def test_a_one_and_a_five_ask_for_a_reason_and_are_kept_without(value, asks):
    table = make_table()
    given = {f"value-{key(table)}": value, "round": "0"}

    answer = as_(table.lead).post(cell_url("rate", table), given, headers=HTMX)

    assert Rating.objects.count() == 1
    assert ("asks for a line of reason" in text(answer)) is asks


def test_an_answer_that_is_none_of_the_keys_is_refused_beside_them():
    table = make_table()

    answer = as_(table.lead).post(cell_url("rate", table), {f"value-{key(table)}": "6", "round": "0"}, headers=HTMX)

    assert (answer.status_code, Rating.objects.count()) == (422, 0)
    assert "Choose 1 to 5" in text(answer)


def test_the_whole_sheet_is_saved_without_script_and_only_what_changed_is_recorded():
    table = make_table()
    table.rate(table.members[0], {("FastAPI", "Speed"): 4})
    shown = open_round_of(table.evaluation, Round.Subject.RATINGS).pk
    given = {f"value-{key(table)}": "4", f"value-{key(table, 'Django')}": "unknown", "round": str(shown)}
    before = table.evaluation.log.events.count()

    answer = as_(table.members[0]).post(url("sheet", table), given)

    assert answer.status_code == 303
    assert sorted((r.candidate.name, r.value) for r in Rating.objects.all()) == [("Django", None), ("FastAPI", 4)]
    assert table.evaluation.log.events.count() == before + 1


def test_an_answer_for_a_round_that_was_revealed_meanwhile_changes_nothing_and_says_so():
    table = make_table()
    table.rate(table.members[0], {("FastAPI", "Speed"): 4})
    shown = open_round_of(table.evaluation, Round.Subject.RATINGS).pk
    reveal(table)
    given = {f"value-{key(table)}": "2", f"reason-{key(table)}": "half typed", "round": str(shown)}
    client = as_(table.members[0])

    alone = client.post(cell_url("rate", table), given, headers=HTMX)
    whole = client.post(url("sheet", table), given)

    assert (alone.status_code, whole.status_code) == (409, 409)
    assert "was revealed" in text(alone)
    assert "was revealed" in text(whole)
    assert Rating.objects.get().value == 4


def test_taking_an_answer_back_empties_the_row():
    table = make_table()
    table.rate(table.lead, {("FastAPI", "Speed"): 4})

    with_htmx = as_(table.lead).post(cell_url("clear", table), headers=HTMX)
    without = as_(table.lead).post(cell_url("clear", table))

    assert "checked" not in text(with_htmx)
    assert (without.status_code, Rating.objects.count()) == (303, 0)


def test_after_the_reveal_everybodys_answers_stand_by_name_and_the_keys_are_gone():
    table = make_table()
    table.rate(table.members[0], {("FastAPI", "Speed"): 4})
    table.rate(table.members[1], {("FastAPI", "Speed"): None})
    reveal(table)

    page = text(as_(table.lead).get(url("sheet", table)))

    assert "Everybody’s answers" in page and "Member 0" in page and "Member 1" in page
    assert 'id="sheet"' not in page
    assert reverse("scoring:agenda", args=[table.evaluation.pk]) in page


def test_the_count_of_the_finished_is_asked_for_only_when_something_happened():
    table = make_table()
    table.rate(table.members[0], {("FastAPI", "Speed"): 4})
    client = as_(table.lead)
    table.evaluation.log.refresh_from_db()
    since = {"since": table.evaluation.log.count}

    nothing = client.get(url("progress", table), since, headers=HTMX)
    found = open_round_of(table.evaluation, Round.Subject.RATINGS)
    rounds.set_finished(round=found, finished=True, by=table.members[0], at=NOW)
    news = client.get(url("progress", table), since, headers=HTMX)

    assert nothing.status_code == 204
    assert "1 of 3 finished" in text(news) and "Member 0" not in text(news)


def test_a_sheet_whose_round_was_revealed_is_told_where_to_look():
    table = make_table()
    table.rate(table.members[0], {("FastAPI", "Speed"): 4})
    shown = open_round_of(table.evaluation, Round.Subject.RATINGS).pk
    reveal(table)

    part = text(as_(table.members[1]).get(url("progress", table), {"since": 1, "shown_round": shown}, headers=HTMX))

    assert "takes no answers any more" in part


def test_who_may_rate_and_who_may_only_look():
    table = make_table()
    viewer = make_member(table.evaluation.team, Role.VIEWER)
    reviewer, invited = (make_member(table.evaluation.team, Role.REVIEWER) for _ in range(2))
    member = membership(table.evaluation.team, invited)
    member.rates = True
    member.save()
    given = {f"value-{key(table)}": "3", "round": "0"}

    people = (viewer, reviewer, invited, table.members[0])
    statuses = [as_(one).post(cell_url("rate", table), given, headers=HTMX).status_code for one in people]

    assert statuses == [403, 403, 200, 200]
    assert as_(make_person()).get(url("sheet", table)).status_code == 404
    assert 'id="sheet"' not in text(as_(viewer).get(url("sheet", table)))
    assert as_(viewer).post(url("sheet", table), given).status_code == 403


# ---- The cell


def test_a_cell_is_a_panel_with_htmx_and_a_page_without():
    table = make_table()
    client = as_(table.members[0])

    panel, page = client.get(cell_url("cell", table), headers=HTMX), client.get(cell_url("cell", table))

    assert text(panel).lstrip().startswith('<div class="panel-head">')
    assert "<html" in text(page) and "Agreed score" in text(page)


def test_a_cell_of_another_evaluation_does_not_exist():
    table, other = make_table(), make_table()
    mixed = url("cell", table, table.candidate("FastAPI").pk, other.criterion("Speed").pk)

    assert as_(table.lead).get(mixed).status_code == 404


def test_an_agreed_score_is_saved_and_the_page_behind_is_told():
    table = make_table()
    given = {"value": "4.25", "reason": "spike 3", "seen": "0"}

    with_htmx = as_(table.members[0]).post(cell_url("set", table), given, headers=HTMX)
    without = as_(table.lead).post(cell_url("set", table, "Django"), given)

    saved = Score.objects.get(candidate=table.candidate("FastAPI"))
    assert (with_htmx.status_code, with_htmx["HX-Trigger"]) == (200, "revision")
    assert f'name="seen" value="{saved.version}"' in text(with_htmx)
    assert (without.status_code, without["Location"]) == (303, cell_url("cell", table, "Django"))


def test_the_next_page_of_a_saved_score_is_one_of_this_site():
    table = make_table()
    given = {"value": "4", "reason": "x", "seen": "0"}

    own = as_(table.lead).post(cell_url("set", table), {**given, "next": url("agenda", table)})
    foreign = as_(table.lead).post(cell_url("set", table, "Django"), {**given, "next": "https://example.com/"})

    assert (own["Location"], foreign["Location"]) == (url("agenda", table), cell_url("cell", table, "Django"))


def test_a_score_that_moved_shows_both_values_and_keeps_what_was_typed():
    table = make_table()
    table.agree({("FastAPI", "Speed"): 4.5}, by=table.members[0])
    typed = {"value": "2.5", "reason": "I measured it <b>twice</b>", "seen": "0"}

    for headers in (HTMX, {}):
        answer = as_(table.members[1]).post(cell_url("set", table), typed, headers=headers)

        said = text(answer)
        assert answer.status_code == 409
        assert "Member 0 set it to <b>4.50</b>" in said and "You typed <b>2.5</b>" in said
        assert "I measured it &lt;b&gt;twice&lt;/b&gt;" in said
        assert f'name="seen" value="{Score.objects.get().version}"' in said
        assert Score.objects.get().value == 4.5


def test_saving_again_after_a_collision_uses_ones_own():
    table = make_table()
    table.agree({("FastAPI", "Speed"): 4.5})
    client, typed = as_(table.members[1]), {"value": "2.5", "reason": "mine", "seen": "0"}

    refused = text(client.post(cell_url("set", table), typed, headers=HTMX))
    seen = re.search(r'name="seen" value="(\d+)"', refused)[1]
    again = client.post(cell_url("set", table), {**typed, "seen": seen}, headers=HTMX)

    assert (again.status_code, Score.objects.get().value) == (200, 2.5)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"value": "5", "reason": " "}, "Say in a line why this is a 5."),
        ({"value": "1", "reason": ""}, "Say in a line why this is a 1."),
        ({"value": "6", "reason": "x"}, "less than or equal to 5"),
        ({"value": "0.5", "reason": "x"}, "greater than or equal to 1"),
        ({"value": "NaN", "reason": "x"}, "Enter a number"),
        ({"value": "3.123", "reason": "x"}, "2 decimal places"),
    ],
)
def test_what_is_wrong_with_a_score_stands_beside_the_field(given, words):
    table = make_table()

    answer = as_(table.lead).post(cell_url("set", table), {**given, "seen": "0"}, headers=HTMX)

    assert (answer.status_code, Score.objects.count()) == (422, 0)
    assert words in text(answer)


def test_the_form_in_the_panel_and_the_one_behind_it_keep_their_own_ids():
    table = differing()
    reveal(table)
    client, given = as_(table.lead), {"value": "9", "reason": "x", "seen": "0"}

    behind, panel = client.get(url("agenda", table)), client.get(cell_url("cell", table), headers=HTMX)
    sent = [
        client.post(cell_url("set", table), given, headers={**HTMX, "HX-Target": f"{place}score-{key(table)}"})
        for place in ("panel-", "")
    ]

    ids = [set(re.findall(r' id="([^"]+)"', text(one))) for one in (behind, panel)]
    assert ids[0] & ids[1] == set()
    assert [re.search(r'<form id="([^"]+)"', text(one))[1] for one in sent] == [
        f"panel-score-{key(table)}",
        f"score-{key(table)}",
    ]


def test_where_members_differ_the_agreed_score_asks_for_a_reason():
    table = make_table()
    table.rate(table.members[0], {("FastAPI", "Speed"): 2})
    table.rate(table.members[1], {("FastAPI", "Speed"): 4})
    reveal(table)
    client, given = as_(table.lead), {"value": "3", "reason": "", "seen": "0"}

    differing = client.post(cell_url("set", table), given, headers=HTMX)
    elsewhere = client.post(cell_url("set", table, "Django"), given, headers=HTMX)

    assert (differing.status_code, elsewhere.status_code) == (422, 200)
    assert "Members differ here" in text(differing)


def test_an_agreed_score_is_taken_back_and_an_empty_field_is_no_such_thing():
    table = make_table()
    table.agree({("FastAPI", "Speed"): 4.5})
    seen = Score.objects.get().version

    client, given = as_(table.lead), {"value": "", "reason": "", "seen": seen}

    offered = text(client.get(cell_url("cell", table)))
    empty = client.post(cell_url("set", table), given, headers=HTMX)
    answer = client.post(cell_url("set", table), {**given, "clear": "1"}, headers=HTMX)

    assert "Take it back" in offered
    assert (empty.status_code, answer.status_code, Score.objects.get().value) == (422, 200, None)
    assert "took the agreed score back" in text(as_(table.lead).get(cell_url("cell", table)))


def test_a_viewer_reads_a_cell_and_may_not_change_it():
    table = make_table()
    viewer = as_(make_member(table.evaluation.team, Role.VIEWER))

    shown = text(viewer.get(cell_url("cell", table)))

    assert "Agreed score" not in shown
    assert viewer.post(cell_url("set", table), {"value": "3", "seen": "0"}).status_code == 403
    assert viewer.post(cell_url("add_evidence", table), {}).status_code == 403


def test_the_facts_answer_204_until_something_happens_to_this_cell():
    table = make_table()
    table.agree({("FastAPI", "Speed"): 4})
    table.evaluation.log.refresh_from_db()
    since, client = {"since": table.evaluation.log.count}, as_(table.lead)

    table.agree({("Django", "Speed"): 2})
    nothing = client.get(cell_url("facts", table), since, headers=HTMX)
    table.agree({("FastAPI", "Speed"): 3})
    news = client.get(cell_url("facts", table), since, headers=HTMX)

    assert nothing.status_code == 204
    assert "set the agreed score to 3, before 4" in text(news)


# ---- Evidence


def evidence(**more):
    return {"kind": "note", "title": "Spike 3", "text": "held 6,100", "strength": "strong", **more}


def test_a_note_and_a_link_stand_behind_the_cell_with_date_version_and_strength():
    table = make_table()
    client = as_(table.members[0])
    link = evidence(kind="link", url="https://example.com/x", dated_date="2026-01-31", about_version="0.115")

    first = client.post(cell_url("add_evidence", table), evidence(), headers=HTMX)
    second = client.post(cell_url("add_evidence", table), link)

    page = text(client.get(cell_url("cell", table)))
    assert (first.status_code, first["HX-Trigger"], second.status_code) == (200, "revision", 303)
    assert "held 6,100" in page and "as of 31 Jan 2026" in page and "about 0.115" in page
    assert 'href="https://example.com/x" rel="noopener noreferrer nofollow"' in page


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": ""}, "Write the note."),
        ({"kind": "link"}, "Give the address."),
        ({"kind": "link", "url": "javascript:alert(1)"}, "Enter a valid URL."),
        ({"kind": "file"}, "Choose the file."),
        ({"title": ""}, "This field is required."),
    ],
)
def test_what_is_missing_from_evidence_stands_beside_its_field(given, words):
    table = make_table()

    for headers in (HTMX, {}):
        answer = as_(table.lead).post(cell_url("add_evidence", table), evidence(**given), headers=headers)

        assert (answer.status_code, Evidence.objects.count()) == (422, 0)
        assert words in text(answer)


def test_a_file_is_kept_by_its_content_and_only_ever_downloaded(uploads):
    table = make_table()
    client, harmful = as_(table.lead), b"<script>alert(1)</script>"
    for name in ("report.html", "same.html"):
        upload = SimpleUploadedFile(f"../../{name}", harmful, content_type="text/html")
        assert client.post(cell_url("add_evidence", table), evidence(kind="file", file=upload)).status_code == 303

    answer = client.get(url("file", table, Evidence.objects.order_by("pk")[0].pk))

    kept = [path for path in uploads.rglob("*") if path.is_file()]
    assert len(kept) == 1 and kept[0].name == Evidence.objects.order_by("pk")[0].sha256
    assert b"".join(answer.streaming_content) == harmful
    assert answer["Content-Disposition"] == 'attachment; filename="report.html"'
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")


def test_an_empty_and_a_large_file_are_refused_beside_the_field(settings):
    table = make_table()
    settings.FWSELECT_UPLOAD_MAX = 1_000_000
    client = as_(table.lead)

    said = []
    for content in (b"", b"x" * 1_000_001):
        upload = SimpleUploadedFile("big.bin", content)
        answer = client.post(cell_url("add_evidence", table), evidence(kind="file", file=upload), headers=HTMX)
        said.append((answer.status_code, "empty" in text(answer), "larger than 1 MB" in text(answer)))

    assert said == [(422, True, False), (422, False, True)]


def test_a_stranger_finds_no_file_and_another_evaluation_has_not_got_it():
    table, other = make_table(), make_table()
    upload = SimpleUploadedFile("report.txt", b"secret")
    as_(table.lead).post(cell_url("add_evidence", table), evidence(kind="file", file=upload))
    row = Evidence.objects.get()

    assert as_(make_person()).get(url("file", table, row.pk)).status_code == 404
    assert as_(other.lead).get(url("file", other, row.pk)).status_code == 404
    assert as_(other.lead).post(url("remove_evidence", other, row.pk)).status_code == 404


def test_evidence_taken_out_leaves_the_cell_and_stays_in_its_history():
    table = make_table()
    client = as_(table.lead)
    client.post(cell_url("add_evidence", table), evidence())
    row = Evidence.objects.get()

    answer = client.post(url("remove_evidence", table, row.pk), headers=HTMX)

    assert (answer.status_code, answer["HX-Trigger"]) == (200, "revision")
    assert "None yet." in text(answer) and "took the evidence “Spike 3” out" in text(answer)


# ---- Basis


def test_the_lead_sets_the_basis_once_something_can_be_measured():
    table = make_table()
    criterion = table.criterion("Speed")
    to, given = url("basis", table, criterion.pk), {"basis": "measured"}
    client = as_(table.lead)

    refused = client.post(to, given, headers=HTMX)
    actions.set_value_function(
        criterion=criterion, metric="p95", unit="ms", points=[[50, 5], [400, 1]], seen=0, by=table.lead, at=NOW
    )
    offered = text(client.get(cell_url("cell", table)))
    done = client.post(to, given, headers=HTMX)

    criterion.refresh_from_db()
    assert (refused.status_code, done.status_code, criterion.basis) == (422, 204, "measured")
    assert "Count as measured" in offered
    assert as_(table.members[0]).post(to, given).status_code == 403


# ---- The agenda


def differing():
    table = make_table(["FastAPI", "Django"], ["Speed", "Learning"])
    table.weigh({"Speed": 3, "Learning": 1})
    one, other = table.members
    table.rate(one, {("FastAPI", "Speed"): 2, ("Django", "Speed"): 3, ("FastAPI", "Learning"): 4}, reason="I tried it")
    table.rate(other, {("FastAPI", "Speed"): 5, ("Django", "Speed"): 3, ("FastAPI", "Learning"): 5}, reason="docs")
    return table


def test_before_the_reveal_the_agenda_is_empty_and_sends_people_to_the_sheet():
    table = differing()

    page = text(as_(table.members[0]).get(url("agenda", table)))

    assert "Nothing is revealed yet" in page
    assert "I tried it" not in page


def test_the_cell_that_differs_most_and_weighs_most_comes_first_and_agreement_is_left_out():
    table = differing()
    reveal(table)

    page = text(as_(table.members[0]).get(url("agenda", table)))

    order = re.findall(r'id="topic-(\d+-\d+)"', page)
    assert order == [key(table, "FastAPI", "Speed"), key(table, "FastAPI", "Learning")]
    assert "I tried it" in page and "0 of 2</b> settled" in page
    assert "Nobody knows yet" in page  # Learning of Django


def test_a_settled_cell_moves_down_and_a_skipped_one_comes_back():
    table = differing()
    reveal(table)
    client, first = as_(table.lead), key(table, "FastAPI", "Speed")

    skipped = text(client.get(url("agenda", table), {"skip": first}))
    table.agree({("FastAPI", "Speed"): 4})
    settled = text(client.get(url("agenda", table)))

    assert f'id="topic-{first}"' not in skipped and "Bring back" in skipped
    assert f'id="topic-{first}"' not in settled and "1 of 2</b> settled" in settled


def test_the_topics_answer_204_until_something_happens():
    table = differing()
    reveal(table)
    table.evaluation.log.refresh_from_db()
    since, client = {"since": table.evaluation.log.count}, as_(table.lead)

    nothing = client.get(url("topics", table), since, headers=HTMX)
    table.agree({("FastAPI", "Speed"): 4})
    news = client.get(url("topics", table), since, headers=HTMX)

    assert nothing.status_code == 204
    assert text(news).lstrip().startswith('<div id="topics"')


def test_no_more_than_the_worst_eight_are_shown_at_once():
    names = [f"K{number}" for number in range(10)]
    table = make_table(["FastAPI"], names)
    for person, value in zip(table.members, (1, 5), strict=True):
        table.rate(person, {("FastAPI", name): value for name in names}, reason="x")
    reveal(table)

    page = text(as_(table.lead).get(url("agenda", table)))

    assert len(re.findall(r'id="topic-\d', page)) == 8
    assert "2 more come after these" in page


# ---- Must-haves


def test_a_verdict_is_set_with_a_reason_and_puts_a_candidate_out():
    table = make_table()
    requirement = make_requirement(table.evaluation, "5,000 connections", must_have=True)
    to = url("set_verdict", table, requirement.pk, table.candidate("Django").pk)
    client = as_(table.members[0])

    without = client.post(to, {"verdict": "not_met", "reason": "", "seen": "0"}, headers=HTMX)
    done = client.post(to, {"verdict": "not_met", "reason": "broke at 900", "seen": "0"}, headers=HTMX)
    page = text(client.get(url("verdicts", table)))

    assert (without.status_code, done.status_code, done["HX-Trigger"]) == (422, 200, "revision")
    assert "Say why: a verdict needs a reason." in text(without)
    assert "Out: Django." in page and "broke at 900" in page


def test_a_verdict_that_moved_shows_both_and_keeps_what_was_typed():
    table = make_table()
    requirement = make_requirement(table.evaluation, must_have=True)
    to = url("set_verdict", table, requirement.pk, table.candidate("Django").pk)
    first = {"verdict": "met", "reason": "tried", "seen": "0"}
    as_(table.members[0]).post(to, first)

    for headers in (HTMX, {}):
        second = {"verdict": "not_met", "reason": "I saw it fail", "seen": "0"}
        answer = as_(table.members[1]).post(to, second, headers=headers)

        assert answer.status_code == 409
        assert "Member 0 said <b>met</b>" in text(answer) and "I saw it fail" in text(answer)
    assert MustHaveVerdict.objects.get().verdict == "met"


def test_a_wish_has_no_verdict_and_a_viewer_gives_none():
    table = make_table()
    wish = make_requirement(table.evaluation)
    must = make_requirement(table.evaluation, must_have=True)
    given, candidate = {"verdict": "met", "reason": "x", "seen": "0"}, table.candidate("Django").pk
    viewer = make_member(table.evaluation.team, Role.VIEWER)

    assert as_(table.lead).post(url("set_verdict", table, wish.pk, candidate), given).status_code == 404
    assert as_(viewer).post(url("set_verdict", table, must.pk, candidate), given).status_code == 403


def test_without_must_haves_the_page_says_what_one_is_for():
    table = make_table()

    assert "No must-haves yet" in text(as_(table.lead).get(url("verdicts", table)))


# ---- All of them


PAGES = ("sheet", "agenda", "verdicts")


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_finds_no_page_of_the_evaluation(name):
    table = make_table()

    assert as_(make_person()).get(url(name, table)).status_code == 404
    assert as_(make_member(table.evaluation.team, Role.VIEWER)).get(url(name, table)).status_code == 200


def test_a_decided_evaluation_can_be_read_and_not_changed():
    table = make_table()
    table.rate(table.lead, {("FastAPI", "Speed"): 3})
    reveal(table)
    table.evaluation.state = "decided"
    table.evaluation.save()
    client = as_(table.lead)

    pages = [client.get(url(name, table)).status_code for name in PAGES]
    written = client.post(cell_url("set", table), {"value": "3", "reason": "x", "seen": "0"}).status_code

    assert (pages, written) == ([200, 200, 200], 403)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_takes_as_many_queries_for_a_large_table_as_for_a_small_one(name):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for candidates, criteria in ((2, 2), (4, 8)):
        table = make_table([f"C{i}" for i in range(candidates)], [f"K{j}" for j in range(criteria)])
        for person, value in zip(table.members, (2, 5), strict=True):
            table.rate(person, {(c.name, k.name): value for c in table.candidates for k in table.criteria})
        reveal(table)
        for number in range(candidates):
            make_requirement(table.evaluation, f"Must {number}", must_have=True)
        client = as_(table.lead)
        client.get(url(name, table))
        with CaptureQueriesContext(connection) as queries:
            client.get(url(name, table))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_an_evaluation_with_nothing_in_it_has_all_its_pages():
    evaluation = make_evaluation()
    lead = evaluation.team.memberships.get().person

    statuses = [as_(lead).get(reverse(f"scoring:{name}", args=[evaluation.pk])).status_code for name in PAGES]

    assert statuses == [200, 200, 200]
