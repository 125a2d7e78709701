"""Who gets what: every address of rating and comparing, for every role, by reading and by writing."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from evaluations.matrix import urls as matrix_urls
from evaluations.scoring import actions
from evaluations.scoring import urls as scoring_urls
from evaluations.teams.models import Role
from tests.builders import NOW, make_guest, make_guest_reviewer, make_member, make_person, make_requirement, membership
from tests.scoring.table import make_table

pytestmark = pytest.mark.django_db

READ = {"lead": 200, "contributor": 200, "guest": 200, "reviewer": 200, "invited": 200, "viewer": 200, "stranger": 404}
NOT_READ = dict.fromkeys(READ, 405)
CONTRIBUTE = {**dict.fromkeys(READ, 403), "lead": 303, "contributor": 303, "guest": 303, "stranger": 404}
RATE = {**CONTRIBUTE, "invited": 303}
LEAD = {**dict.fromkeys(READ, 403), "lead": 303, "stranger": 404}

POLICY = {
    "scoring:sheet": (READ, RATE),
    "scoring:progress": (READ, NOT_READ),
    "scoring:rate": (NOT_READ, {who: 200 if status == 303 else status for who, status in RATE.items()}),
    "scoring:clear": (NOT_READ, RATE),
    "scoring:agenda": (READ, NOT_READ),
    "scoring:topics": (READ, NOT_READ),
    "scoring:cell": (READ, NOT_READ),
    "scoring:facts": (READ, NOT_READ),
    "scoring:set": (NOT_READ, CONTRIBUTE),
    "scoring:add_evidence": (NOT_READ, CONTRIBUTE),
    "scoring:remove_evidence": (NOT_READ, CONTRIBUTE),
    "scoring:file": ({**dict.fromkeys(READ, 404)}, NOT_READ),
    "scoring:basis": (NOT_READ, LEAD),
    "scoring:verdicts": (READ, NOT_READ),
    "scoring:verdict_table": (READ, NOT_READ),
    "scoring:set_verdict": (NOT_READ, CONTRIBUTE),
    "scoring:verdict_evidence": (READ, CONTRIBUTE),
    "matrix:page": (READ, NOT_READ),
    "matrix:changes": (READ, NOT_READ),
    "matrix:csv": (READ, NOT_READ),
    "matrix:sensitivity": (READ, NOT_READ),
    "matrix:robustness": (READ, NOT_READ),
    "matrix:trade_offs": (READ, NOT_READ),
    "matrix:members": (READ, NOT_READ),
    "matrix:cross_checks": (READ, NOT_READ),
    "matrix:figure_csv": (READ, NOT_READ),
    "matrix:what_if": (READ, NOT_READ),
    "matrix:propose": (NOT_READ, RATE),
    "matrix:keep": (NOT_READ, RATE),
}


def test_every_address_has_its_row():
    named = {f"{urls.app_name}:{one.name}" for urls in (scoring_urls, matrix_urls) for one in urls.urlpatterns}

    assert named == set(POLICY)


@pytest.mark.parametrize("who", READ)
def test_each_role_gets_what_the_table_says(who):
    cache.clear()
    table = make_table()
    team, cell = table.evaluation.team, {"candidate": table.candidate("Django"), "criterion": table.criterion("Speed")}
    invited = make_member(team, Role.REVIEWER)
    rates = membership(team, invited)
    rates.rates = True
    rates.save()
    people = {
        "lead": lambda: table.lead,
        "contributor": lambda: table.members[0],
        "guest": lambda: make_guest(table.evaluation),
        "reviewer": lambda: make_guest_reviewer(table.evaluation),
        "invited": lambda: invited,
        "viewer": lambda: make_member(team, Role.VIEWER),
        "stranger": make_person,
    }
    note = {"kind": "note", "title": "x", "text": "y", "strength": "weak"}
    row = actions.add_evidence(**cell, **note, by=table.lead, at=NOW)
    function = {"metric": "p95", "unit": "ms", "points": [[1, 5], [2, 1]], "seen": 0}
    actions.set_value_function(criterion=cell["criterion"], **function, by=table.lead, at=NOW)
    must = make_requirement(table.evaluation, must_have=True)
    place = [table.evaluation.pk, cell["candidate"].pk, cell["criterion"].pk]
    arguments = {
        "scoring:remove_evidence": [table.evaluation.pk, row.pk],
        "scoring:file": [table.evaluation.pk, row.pk],
        "scoring:basis": [table.evaluation.pk, cell["criterion"].pk],
        "scoring:set_verdict": [table.evaluation.pk, must.pk, cell["candidate"].pk],
        "scoring:verdict_evidence": [table.evaluation.pk, must.pk, cell["candidate"].pk],
        "matrix:figure_csv": [table.evaluation.pk, "sensitivity", "weights"],
        **{f"scoring:{name}": place for name in ("rate", "clear", "cell", "facts", "set", "add_evidence")},
    }
    given = {
        "scoring:rate": {f"value-{place[1]}-{place[2]}": "3", "round": "0"},
        "scoring:set": {"value": "3", "reason": "x", "seen": "0"},
        "scoring:add_evidence": note,
        "scoring:verdict_evidence": note,
        "scoring:basis": {"basis": "measured"},
        "matrix:propose": {"reason": "x"},
        "scoring:set_verdict": {"verdict": "met", "reason": "x", "seen": "0"},
    }
    client, found, wanted = Client(), {}, {}
    client.force_login(people[who]())

    for name, (reading, writing) in POLICY.items():
        address = reverse(name, args=arguments.get(name, [table.evaluation.pk]))
        found[name] = (client.get(address).status_code, client.post(address, given.get(name, {})).status_code)
        wanted[name] = (reading[who], writing[who])

    assert found == wanted


def test_who_is_not_signed_in_is_sent_to_sign_in():
    table = make_table()

    for name in ("scoring:sheet", "scoring:agenda", "scoring:verdicts", "matrix:page", "matrix:csv"):
        answer = Client().get(reverse(name, args=[table.evaluation.pk]))

        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("account_login"))
